/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A centre made of a few arrays, to look at the pages without one: npm run mock, then
 * http://127.0.0.1:8490/.  Serves dist/ under the same security policy as the centre.
 * Any password logs in: member@sakura.example, calm@fuji.example, operator@chamber.example;
 * code@sakura.example is also asked for a code (123456).  The tests use the real centre.
 */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const SAY = {
	BACKDOOR: ["裏口の通信", "Backdoor traffic from inside",
		"社内の「{m}」が、攻撃者のものとみられる相手（198.51.100.7）と通信しようとしました。見守り装置が止めました。",
		"「{m}」は、すでに遠くから操られている可能性があります。ほかの機器へ広がることがあります。",
		"「{m}」のネットワークの線を抜いてください（無線なら無線を切る）。電源は切らないでください。今からでも遅くありません。そのあと相談窓口へ電話してください。",
		"\"{m}\" in your office tried to talk to what looks like an attacker's server (198.51.100.7); the gate stopped it.",
		"\"{m}\" may already be under remote control, and it can spread to others.",
		"Unplug its network cable (or turn its Wi-Fi off) and leave the power on. It is not too late. Then call the desk."],
	DANGEROUS_SITE: ["危険なサイト", "Dangerous site",
		"「{m}」が危険なサイト（bank-login.example）を開こうとしたため、見守り装置が止めました。",
		"偽の画面で暗証番号を盗まれたり、ウイルスを入れられたりするサイトとして知られています。",
		"届いたメールのリンクを押していないか、「{m}」を使っていた人に聞いてください。番号や合言葉を入れていたら、すぐ相談窓口へ電話してください。",
		"\"{m}\" tried to open a dangerous site (bank-login.example); the gate stopped it.",
		"It is known for stealing passwords with fake pages or for planting viruses.",
		"Ask whoever uses \"{m}\" whether they followed a link in a mail. If they typed a password or number, call the desk at once."],
	VIRUS_WEB: ["ダウンロードしたウイルス", "Virus in a download",
		"「{m}」がダウンロードしたファイルにウイルス（Eicar-Test-Signature）が入っていたため、見守り装置が止めました。",
		"開いていれば、データを壊されたり、盗まれたりするおそれがありました。",
		"「{m}」を使っていた人に、何をダウンロードしようとしたかを聞いてください。ファイルが残っていても開かずに、相談窓口へ知らせてください。",
		"A file that \"{m}\" downloaded carried a virus (Eicar-Test-Signature); the gate stopped it.",
		"Opened, it could have destroyed or stolen data.",
		"Ask whoever uses \"{m}\" what they wanted to download. If the file is there, do not open it; tell the desk."],
	NEW_MACHINE: ["新しい機器", "New machine",
		"社内のネットワークに新しい機器「{m}」がつながりました。",
		"会社が知らない機器は、弱点のあるまま使われることがあります。",
		"心当たりがあれば何もする必要はありません。なければ「知らない機器」を押してください。",
		"A new machine, \"{m}\", joined your office network.",
		"Machines nobody knows of are often left with weak points.",
		"If you know it, there is nothing to do. If not, press \"unknown machine\"."],
	OFF_BUSINESS_SITE: ["業務外のサイト", "Off-business site",
		"「{m}」が業務外のサイト（games.example）を開きました。", "危険ではありませんが、仕事と関係のない通信として数えています。",
		"何もする必要はありません。月次レポートで回数を確認できます。",
		"\"{m}\" opened an off-business site (games.example).", "It is not dangerous; it is counted as not being work.",
		"Nothing to do. The monthly report shows the count."],
};
const WHAT = { BACKDOOR: "OTASUKE Gh0st check-in", DANGEROUS_SITE: "bank-login.example", VIRUS_WEB: "Eicar-Test-Signature", NEW_MACHINE: "", OFF_BUSINESS_SITE: "games.example" };

const now = () => Date.now() * 1000;
const MIN = 60_000_000;
const companies = [
	{ id: 1, name: "さくら金属工業", sample: true },
	{ id: 2, name: "ふじ印刷所", sample: true },
	{ id: 3, name: "みなと水産加工協同会社 第二営業所", sample: true },
];
const call = { name: "お助け相談窓口", phone: "06-0000-0000", mail: "desk@chamber.example" };
const machines = [
	["koujou-pc", "pc", "02:00:5e:00:53:13", "192.168.10.23", 1], ["keiri-pc", "pc", "02:00:5e:00:53:11", "192.168.10.21", 1],
	["eigyo-note", "pc", "02:00:5e:00:53:12", "192.168.10.22", 0], ["shiranai-kiki", "", "02:00:5e:00:53:99", "192.168.10.77", 0],
	["fukugouki", "printer", "02:00:5e:00:53:31", "192.168.10.31", 2],
].map(([label, kind, mac, ip, known], i) => ({
	id: i + 1, company: companies[0], gate: { id: 1, name: "本社の見守り装置" }, mac, label, name: label, ip,
	vendor: "Example Works", kind, known, first_us: now() - 9000 * MIN, last_us: now() - i * 7 * MIN,
}));

let change = 1;
let nextId = 1;
const incidents = [];
export function add(company, cause, machine, severity, minutes, state = "new") {
	const say = SAY[cause].map((s) => s.replaceAll("{m}", machine?.label ?? ""));
	const at = now() - minutes * MIN;
	const incident = {
		id: nextId++, company: companies[company - 1], gate: { id: company, name: "本社の見守り装置" },
		machine: machine && { id: machine.id, label: machine.label, mac: machine.mac, ip: machine.ip, kind: machine.kind },
		cause, title_ja: say[0], title_en: say[1], severity, state, outcome: state === "done" ? "solved" : "",
		stopped: severity !== "log", what: WHAT[cause], peer: cause === "BACKDOOR" ? "198.51.100.7" : "",
		events: 1 + (nextId % 5), first_us: at - 5 * MIN, last_us: at, opened_us: at, change: ++change,
		happened_ja: say[2], why_ja: say[3], act_ja: say[4], happened_en: say[5], why_en: say[6], act_en: say[7], call,
		notices: severity === "log" ? [] : [{ id: nextId, channel: "mail", recipient: "soumu@sakura.example",
			subject: `【${severity === "urgent" ? "緊急" : "注意"}】${say[0]}`, state: "sent", sent_us: at + MIN, error: "" }],
		history: [{ at_us: at, who: "", action: "incident.open", detail: "" }],
	};
	incidents.push(incident);
	return incident;
}
add(1, "BACKDOOR", machines[0], "urgent", 4);
add(1, "DANGEROUS_SITE", machines[2], "caution", 65, "checking");
add(1, "NEW_MACHINE", machines[3], "log", 200);
add(1, "VIRUS_WEB", machines[1], "caution", 1500, "done");
add(1, "OFF_BUSINESS_SITE", machines[2], "log", 2000);
for (let i = 0; i < 14; i++) add(2 + (i % 2), ["VIRUS_WEB", "DANGEROUS_SITE", "OFF_BUSINESS_SITE"][i % 3], { ...machines[1], id: 50 + i, label: `pc-${i}` }, i % 3 === 2 ? "log" : "caution", 300 + i * 90, i % 4 ? "watching" : "done");

const gates = companies.map((company, i) => ({
	id: i + 1, company, site: "本社", name: "本社の見守り装置", state: ["ok", "ok", "silent"][i],
	seen_us: now() - [1, 2, 340][i] * MIN, enrolled_us: now() - 90000 * MIN, revoked_us: null,
	scanner: ["up", "up", "down"][i], mode: i === 1 ? "observe" : "protect", rules: 48211, version: "0.1.0", sensor: i === 2 ? "suricata" : "", skew_s: i === 2 ? 190 : 0,
}));
gates.push({ ...gates[0], id: 4, company: companies[1], site: "工場", name: "工場の見守り装置", state: "never", seen_us: null, enrolled_us: null, scanner: "none", mode: "", rules: 0, version: "" });

const chamber = { id: 1, name: "見本商工会議所", desk_name: call.name, desk_phone: call.phone, desk_mail: call.mail };
const people = {
	member: { name: "総務 花子", mail: "member@sakura.example", role: "member", company: companies[0] },
	calm: { name: "藤 一郎", mail: "calm@fuji.example", role: "member", company: companies[1] },
	operator: { name: "当番 次郎", mail: "operator@chamber.example", role: "operator" },
};
const langs = {};
const me = (who) => ({ ...people[who], lang: langs[who] ?? "ja", csrf: "mock", chamber, password: true, totp: false, demo: { mailbox: "/demo/mail" } });

const publicPart = ({ happened_ja, why_ja, act_ja, happened_en, why_en, act_en, call: _c, notices, history, ...summary }) => summary;
const error = (status, code) => [status, { error: { code, message_ja: "受け付けられません。", message_en: "Not accepted." } }];
const waiting = [];
export function changed() {
	change++;
	for (const answer of waiting.splice(0)) answer();
}

function route(method, path, query, body, who) {
	const mine = (x) => people[who].role === "operator" || x.company.id === people[who].company.id;
	const [head, id, tail] = path.split("/").filter(Boolean);
	const n = Number(id);
	if (path === "/me" && method === "GET") return [200, me(who)];
	if (path === "/me") { if (body.lang) langs[who] = body.lang; return [200, { me: me(who) }]; }
	if (path === "/me/totp") return method === "POST"
		? [200, { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/otasuke:member%40sakura.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=otasuke" }]
		: [204];
	if (path === "/home") {
		const own = incidents.filter(mine);
		const open = own.filter((i) => i.state !== "done" && i.severity !== "log" && i.state !== "watching").map(publicPart);
		const count = (...causes) => own.filter((i) => causes.includes(i.cause)).length;
		return [200, { needed: open.length > 0, open: open.slice(0, 5), month: new Date().toISOString().slice(0, 7),
			counts: { exploit_in: 0, backdoor_out: count("BACKDOOR"), virus: count("VIRUS_WEB"), dangerous_site: count("DANGEROUS_SITE"), off_business: count("OFF_BUSINESS_SITE"), remote_control: 0, new_machine: count("NEW_MACHINE") },
			gates: gates.filter((g) => mine(g) && g.state !== "never").map(({ company: _x, enrolled_us: _y, revoked_us: _z, version: _v, sensor: _s, skew_s: _k, ...g }) => g),
			machines: machines.filter(mine).length }];
	}
	if (head === "incidents" && !id) {
		let items = incidents.filter(mine);
		const s = query.get("state");
		if (s === "open") items = items.filter((i) => i.state !== "done");
		if (s === "done") items = items.filter((i) => i.state === "done");
		for (const key of ["severity", "cause"]) if (query.get(key)) items = items.filter((i) => i[key] === query.get(key));
		if (query.get("company")) items = items.filter((i) => i.company.id === Number(query.get("company")));
		const q = query.get("q");
		if (q) items = items.filter((i) => JSON.stringify(i).includes(q));
		items = items.sort((a, b) => b.last_us - a.last_us).map(publicPart);
		const from = Number(query.get("before") ?? 0), limit = Number(query.get("limit") ?? 50);
		return [200, { items: items.slice(from, from + limit), next: from + limit < items.length ? String(from + limit) : null }];
	}
	if (head === "incidents") {
		const incident = incidents.find((i) => i.id === n && mine(i));
		if (!incident) return error(404, "missing");
		if (tail === "events") {
			const items = Array.from({ length: incident.events }, (_x, i) => ({ id: incident.id * 100 + i, at_us: incident.last_us - i * MIN, taken_us: incident.last_us, kind: "alert", cause: incident.cause, severity: incident.severity, way: "out", stopped: incident.stopped, src: "192.168.10.23:49822", dest: "198.51.100.7:80", what: incident.what,
				...(people[who].role === "operator" ? { eve: { timestamp: "2026-11-21T10:00:00.000000+0900", event_type: "alert", src_ip: "192.168.10.23", src_port: 49822, dest_ip: "198.51.100.7", dest_port: 80, proto: "TCP", alert: { action: "blocked", gid: 1, signature_id: 9000001, rev: 1, signature: "OTASUKE Gh0st check-in", category: "A Network Trojan was detected", severity: 1 } } } : {}) }));
			return [200, { items, next: null }];
		}
		if (method === "PUT") {
			Object.assign(incident, { state: body.state, outcome: body.outcome ?? (body.state === "done" ? incident.outcome : "") });
			incident.history.push({ at_us: now(), who: people[who].name, action: "incident.state", detail: `${body.state} ${body.note ?? ""}` });
			incident.change = change + 1;
			changed();
		}
		return [200, incident];
	}
	if (head === "machines" && !id) {
		const q = query.get("q");
		return [200, { items: machines.filter((m) => mine(m) && (!q || JSON.stringify(m).includes(q))), next: null }];
	}
	if (head === "machines") {
		const machine = machines.find((m) => m.id === n && mine(m));
		if (!machine) return error(404, "missing");
		Object.assign(machine, body, body.name ? { label: body.name } : {});
		return [200, machine];
	}
	if (head === "gates" && !id) return [200, { items: gates.filter(mine) }];
	if (head === "gates" && tail === "enrol-code") return [200, { code: "7K3QX-M2N8P-Z4R6T-V9WAB-CDEFG", expires_us: now() + 4320 * MIN }];
	if (head === "gates" && tail === "revoke") return [200, Object.assign(gates.find((g) => g.id === n), { state: "revoked", revoked_us: now() })];
	if (head === "companies") return [200, { items: companies.filter((c) => !query.get("q") || c.name.includes(query.get("q"))).map((c) => ({ ...c,
		open_urgent: incidents.filter((i) => i.company.id === c.id && i.state !== "done" && i.severity === "urgent").length,
		open_caution: incidents.filter((i) => i.company.id === c.id && i.state !== "done" && i.severity === "caution").length,
		gates: gates.filter((g) => g.company.id === c.id).length, silent_gates: gates.filter((g) => g.company.id === c.id && g.state === "silent").length })) }];
	if (head === "notices") return [200, { id: n, channel: "mail", recipient: "soumu@sakura.example", subject: "お知らせ", state: "sent", sent_us: now(), error: "", incident_id: 1, company: companies[0], body: "何が起きたか\n…\n\n今やること\n…" }];
	return error(404, "missing");
}

function file(path, answer) {
	const name = path.endsWith("/") ? `${path}index.html` : path;
	try {
		const bytes = readFileSync(join(DIST, normalize(name)));
		answer.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
		answer.end(bytes);
	} catch {
		answer.writeHead(404).end();
	}
}

export const server = createServer(async (request, answer) => {
	const url = new URL(request.url, "http://x");
	if (!url.pathname.startsWith("/api/v1")) return file(url.pathname, answer);
	let text = "";
	for await (const part of request) text += part;
	const body = text ? JSON.parse(text) : {};
	const path = url.pathname.slice(7);
	const send = (status, value, headers = {}) => {
		answer.writeHead(status, { "Content-Type": "application/json", ...headers });
		answer.end(value === undefined ? "" : JSON.stringify(value));
	};
	if (path === "/login" || path === "/once") {
		const who = path === "/once" ? (people[body.token] ? body.token : "") : body.mail.split("@")[0];
		const real = who === "code" ? "member" : who;
		if (!people[real] || body.password === "wrong") return send(...error(401, "wrong"));
		if (who === "code" && body.totp !== "123456") return send(...error(401, "totp"));
		return send(200, { me: me(real) }, { "Set-Cookie": `mock=${real}; Path=/; SameSite=Strict` });
	}
	const who = /mock=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
	if (!who || !people[who]) return send(...error(401, "login"));
	if (path === "/logout") return send(204, undefined, { "Set-Cookie": "mock=; Path=/; Max-Age=0" });
	if (path === "/live") {
		const since = url.searchParams.get("since");
		const tell = () => send(200, { now: change, changed: since !== null && change > Number(since) });
		if (since === null || change > Number(since)) return tell();
		const timer = setTimeout(tell, 20_000);
		waiting.push(() => { clearTimeout(timer); tell(); });
		return undefined;
	}
	return send(...route(request.method, path, url.searchParams, body, who));
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	server.listen(8490, "127.0.0.1", () => console.log("http://127.0.0.1:8490/"));
}
