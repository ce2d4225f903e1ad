/* SPDX-License-Identifier: GPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Home, Incident } from "../shared/api/types";
import { first, standing, waiting } from "./standing";
import { sentences, todo } from "./steps";

const incident = (over: Partial<Incident>): Incident => ({
	id: 1, company: { id: 1, name: "", sample: true }, gate: { id: 1, name: "" }, machine: null,
	cause: "BACKDOOR", title_ja: "", title_en: "", severity: "urgent", state: "new", outcome: "",
	stopped: true, what: "", peer: "", events: 1, first_us: 1, last_us: 1, opened_us: 1, change: 1,
	...over,
});

const home = (over: Partial<Home>): Home => ({
	needed: false, open: [], month: "2026-11", machines: 3,
	counts: { exploit_in: 0, backdoor_out: 0, virus: 0, dangerous_site: 0, off_business: 0, remote_control: 0, new_machine: 0 },
	gates: [{ id: 1, name: "g", site: "s", state: "ok", seen_us: 1, scanner: "up", mode: "protect", rules: 1 }],
	...over,
});

const gate = (state: Home["gates"][number]["state"]) => ({ ...home({}).gates[0]!, state });

test("nothing to do is said only when a gate watches", () => {
	expect(standing(home({}))).toBe("calm");
	expect(standing(home({ gates: [] }))).toBe("begin");
	expect(standing(home({ gates: [gate("never")] }))).toBe("begin");
	expect(standing(home({ gates: [gate("revoked")] }))).toBe("begin");
	expect(standing(home({ gates: [gate("ok"), gate("silent")] }))).toBe("gate");
	expect(standing(home({ gates: [gate("ok"), gate("never")] }))).toBe("calm");
});

test("an urgent one is red, a caution amber, whatever the gate does", () => {
	const urgent = incident({ id: 2 });
	const caution = incident({ id: 3, severity: "caution", last_us: 9 });
	expect(standing(home({ needed: true, open: [caution, urgent], gates: [gate("silent")] }))).toBe("urgent");
	expect(standing(home({ needed: true, open: [caution] }))).toBe("caution");
	expect(first(home({ open: [caution, urgent] }))?.id).toBe(2);
	expect(waiting(home({ open: [caution, urgent] }))).toBe(2);
});

test("what is watched, done or only a record asks for nothing", () => {
	const open = [incident({ state: "watching" }), incident({ state: "done" }), incident({ severity: "log" })];
	expect(first(home({ open }))).toBeNull();
	expect(standing(home({ open }))).toBe("calm");
});

test("the centre's word that something is needed is never ignored", () => {
	expect(standing(home({ needed: true }))).toBe("caution");
});

test("sentences end at a full stop, but not inside names and brackets", () => {
	expect(sentences("線を抜いてください（無線なら無線を切る）。電話してください。")).toEqual([
		"線を抜いてください（無線なら無線を切る）。", "電話してください。",
	]);
	expect(sentences("「会社。名」の線を抜いてください。")).toEqual(["「会社。名」の線を抜いてください。"]);
	expect(sentences("Unplug \"pc. one\" (or turn it off). Call 06-0000.1 now.")).toEqual([
		"Unplug \"pc. one\" (or turn it off).", "Call 06-0000.1 now.",
	]);
	expect(sentences("何もする必要はありません")).toEqual(["何もする必要はありません"]);
	expect(sentences("")).toEqual([]);
});

test("a request is a step; what reassures goes with the one before, or leads", () => {
	const ja = todo("線を抜いてください。電源は切らないでください。今からでも遅くありません。そのあと電話してください。");
	expect(ja.steps.map((s) => s.text)).toEqual(["線を抜いてください。", "電源は切らないでください。", "そのあと電話してください。"]);
	expect(ja.steps[1]!.more).toEqual(["今からでも遅くありません。"]);
	const en = todo("Unplug its network cable and leave the power on. It is not too late. Then call the desk.");
	expect(en.steps.map((s) => s.text)).toEqual(["Unplug its network cable and leave the power on.", "Then call the desk."]);
	expect(todo("今すぐの作業はありません。更新を確かめてください。")).toEqual({
		lead: ["今すぐの作業はありません。"], steps: [{ text: "更新を確かめてください。", more: [] }],
	});
	expect(todo("Nothing to do.")).toEqual({ lead: ["Nothing to do."], steps: [] });
});
