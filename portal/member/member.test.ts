/* SPDX-License-Identifier: GPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Home, Incident } from "../shared/api/types";
import { first, standing, waiting } from "./standing";
import { steps } from "./steps";

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

test("sentences become steps, but not inside names and brackets", () => {
	expect(steps("線を抜いてください（無線なら無線を切る）。電源は切らないでください。電話してください。")).toEqual([
		"線を抜いてください（無線なら無線を切る）。", "電源は切らないでください。", "電話してください。",
	]);
	expect(steps("「会社。名」の線を抜いてください。")).toEqual(["「会社。名」の線を抜いてください。"]);
	expect(steps("Unplug \"pc. one\" (or turn it off). Call 06-0000.1 now.")).toEqual([
		"Unplug \"pc. one\" (or turn it off).", "Call 06-0000.1 now.",
	]);
	expect(steps("何もする必要はありません")).toEqual(["何もする必要はありません"]);
	expect(steps("")).toEqual([]);
});
