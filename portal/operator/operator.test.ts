/* SPDX-License-Identifier: GPL-3.0-or-later */
import { expect, test } from "vitest";
import type { Incident, IncidentDetail } from "../shared/api/types";
import { Fresh } from "./fresh";
import { readDeed, timeline } from "./history";
import { nextStep } from "./move";

const row = (id: number, change: number, state = "new") => ({ id, change, state }) as Incident;

test("the first screen is news to nobody; what comes later is, until it is opened", () => {
	const fresh = new Fresh();
	expect(fresh.news(row(1, 5))).toBe("");
	fresh.note([row(1, 5), row(2, 7)]);
	fresh.note([row(3, 100)]);
	expect(fresh.news(row(2, 7))).toBe("");
	expect(fresh.news(row(3, 8))).toBe("new");
	expect(fresh.news(row(1, 9))).toBe("changed");
	fresh.see(row(3, 8));
	expect(fresh.news(row(3, 8))).toBe("");
	expect(fresh.news(row(3, 10))).toBe("changed");
});

test("an empty inbox still has a first screen", () => {
	const fresh = new Fresh();
	fresh.note([]);
	expect(fresh.news(row(1, 1))).toBe("new");
});

test("history lines of the centre are understood, strange ones shown as they are", () => {
	expect(readDeed("incident.open", "urgent")).toEqual({ deed: { kind: "open", severity: "urgent" }, note: "" });
	expect(readDeed("incident.raise", "caution>urgent").deed).toEqual({ kind: "raise", from: "caution", to: "urgent" });
	expect(readDeed("incident.state", "new>checking").deed).toEqual({ kind: "state", from: "new", to: "checking", outcome: "" });
	expect(readDeed("incident.state", "working>done solved\n電話で確認\n2行目")).toEqual({
		deed: { kind: "state", from: "working", to: "done", outcome: "solved" }, note: "電話で確認\n2行目",
	});
	expect(readDeed("incident.note", "a>b")).toEqual({ deed: { kind: "note" }, note: "a>b" });
	expect(readDeed("incident.open", "urgent CALLS_HOME SPREADS:3").deed).toEqual({ kind: "open", severity: "urgent" });
	expect(readDeed("incident.merge", "7")).toEqual({ deed: { kind: "shape", what: "merge", n: 7 }, note: "" });
	expect(readDeed("incident.campaign", "2 C2 198.51.100.7")).toEqual({ deed: { kind: "shape", what: "campaign", n: 2 }, note: "C2 198.51.100.7" });
	expect(readDeed("incident.melt", "7")).toEqual({ deed: { kind: "other", action: "incident.melt" }, note: "7" });
	expect(readDeed("incident.state", "x>y").deed).toEqual({ kind: "other", action: "incident.state" });
});

test("the timeline mixes history and notices by time", () => {
	const lines = timeline({
		first_us: 10, opened_us: 20,
		history: [{ at_us: 20, who: "", action: "incident.open", detail: "urgent" }, { at_us: 31, who: "", action: "notice.sent", detail: "first mail a@b.example" }, { at_us: 50, who: "次郎", action: "incident.state", detail: "new>checking" }],
		notices: [{ id: 1, channel: "mail", recipient: "a@b.example", subject: "", state: "sent", sent_us: 30, error: "" }],
	} as unknown as IncidentDetail);
	expect(lines.map((line) => line.deed.kind)).toEqual(["first", "open", "notice", "state"]);
});

test("one step at a time", () => {
	expect(nextStep("new")?.to).toBe("checking");
	expect(nextStep("checking")?.to).toBe("working");
	expect(nextStep("working")?.to).toBe("watching");
	expect(nextStep("watching")).toBeNull();
	expect(nextStep("done")?.to).toBe("checking");
});
