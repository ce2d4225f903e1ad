/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A gate, seen from the centre: joins with `otasuke enrol`, then sends batches through the
 * real door with its client certificate.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

/* RFC 8878 with raw blocks: what a centre must take from any sender, and no library. */
export function zstdRaw(bytes) {
	const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), Buffer.alloc(4)];
	parts[1].writeUInt32LE(bytes.length);
	const BLOCK = 100_000;
	for (let at = 0; at === 0 || at < bytes.length; at += BLOCK) {
		const block = bytes.subarray(at, at + BLOCK);
		const head = Buffer.alloc(3);
		head.writeUIntLE((at + BLOCK >= bytes.length ? 1 : 0) | (block.length << 3), 0, 3);
		parts.push(head, block);
	}
	return Buffer.concat(parts);
}

const MACHINES = {
	"koujou-pc": ["02:00:5e:00:53:13", "192.168.10.23", "pc"],
	"keiri-pc": ["02:00:5e:00:53:11", "192.168.10.21", "pc"],
	"eigyo-note": ["02:00:5e:00:53:12", "192.168.10.22", "pc"],
	"shiranai-kiki": ["02:00:5e:00:53:99", "192.168.10.77", ""],
};

function base(kind, machine, cause, way, stopped) {
	const [mac, ip, type] = MACHINES[machine];
	return {
		timestamp: new Date().toISOString().replace(/(\.\d{3})Z$/, "$1000+0000"),
		event_type: kind, src_ip: ip, src_port: 49822, dest_ip: "198.51.100.7", dest_port: 80, proto: "TCP",
		otasuke: { cause, way, stopped, machine: { mac, name: machine, ip, vendor: "Example Works", kind: type } },
	};
}

export const records = {
	backdoor: (machine) => ({
		...base("alert", machine, "BACKDOOR", "out", true),
		alert: { action: "blocked", gid: 1, signature_id: 9000001, rev: 1, signature: "OTASUKE Gh0st check-in", category: "A Network Trojan was detected", severity: 1 },
	}),
	dangerousSite: (machine) => ({
		...base("site", machine, "DANGEROUS_SITE", "out", true),
		site: { host: "bank-login.example", category: "phishing", list: "sample", seen_in: "http", dangerous: true },
	}),
	virus: (machine) => ({
		...base("virus", machine, "VIRUS_WEB", "in", true),
		virus: { name: "Eicar-Test-Signature", engine: "clamav", carrier: "http", result: "infected" },
	}),
	offBusiness: (machine) => ({
		...base("site", machine, "OFF_BUSINESS_SITE", "out", false),
		site: { host: "games.example", category: "games", list: "sample", seen_in: "http", dangerous: false },
	}),
	newMachine: (machine) => ({
		...base("asset", machine, "NEW_MACHINE", "local", false), asset: { event: "new" },
	}),
	heartbeat: (scanner = "up", mode = "protect") => ({
		timestamp: new Date().toISOString().replace(/(\.\d{3})Z$/, "$1000+0000"), event_type: "gate",
		gate: { version: "0.1.0", mode, uptime_s: 60, rules: 48211, rules_refused: 0, packets: 1000, bytes: 100000, capture_lost: 0, spool_lost: 0, exceptions: 0 },
		scanner: { state: scanner },
	}),
};

export class Gate {
	constructor(centre, company, name) {
		this.centre = centre;
		this.name = name;
		this.seq = 0;
		this.id = centre.otasuke(["gate", "add", "--company", company, "--site", "本社", "--name", name]);
	}

	/* Joins with CODE, or with a fresh one from the command line. */
	join(code = this.centre.otasuke(["gate", "code", this.id])) {
		this.dir = join(this.centre.dir, `gate-${this.id}`);
		const done = spawnSync(join(this.centre.build, "cli/otasuke"),
			["enrol", "--centre", `https://127.0.0.1:${this.centre.door}`, "--code", code, "--dir", this.dir],
			{ encoding: "utf8" });
		if (done.status !== 0) throw new Error(`enrol: ${done.stdout}${done.stderr} ${readdirSync(this.centre.dir)}`);
		const read = (name) => readFileSync(join(this.dir, name));
		this.tls = { key: read("key.pem"), cert: read("cert.pem"), ca: read("ca.pem") };
	}

	/* One batch; the status and the centre's answer. */
	post(list) {
		const body = zstdRaw(Buffer.from(list.map((r) => `${JSON.stringify(r)}\n`).join("")));
		return new Promise((done, fail) => {
			const ask = request({
				...this.tls, host: "127.0.0.1", port: this.centre.door, method: "POST", servername: "",
				path: `/gate/v1/batches/e2e/${++this.seq}`,
				headers: { "Content-Type": "application/zstd", "Content-Length": body.length },
			}, (answer) => {
				let text = "";
				answer.on("data", (part) => (text += part));
				answer.on("end", () => done({ status: answer.statusCode, text }));
			});
			ask.on("error", fail);
			ask.end(body);
		});
	}

	/* Anything else that a gate asks; the centre's answer. */
	ask(method, path, body) {
		const text = body === undefined ? "" : JSON.stringify(body);
		return new Promise((done, fail) => {
			const ask = request({
				...this.tls, host: "127.0.0.1", port: this.centre.door, method, servername: "", path,
				headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) },
			}, (answer) => {
				let all = "";
				answer.on("data", (part) => (all += part));
				answer.on("end", () => (answer.statusCode === 200 ? done(JSON.parse(all))
					: fail(new Error(`${path}: ${answer.statusCode} ${all}`))));
			});
			ask.on("error", fail);
			ask.end(text);
		});
	}

	async send(...list) {
		const { status, text } = await this.post(list);
		if (status !== 200 || JSON.parse(text).refused !== 0) throw new Error(`batch: ${status} ${text}`);
	}
}
