/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first sentence of the home page, decided in one place.  "Nothing to do" is said only
 * when a gate really watches: a silent one makes it "there is", none at all "not begun".
 */
import type { Home, Incident } from "../shared/api/types";

export type Standing = "urgent" | "caution" | "gate" | "calm" | "begin";

function waits(incident: Incident): boolean {
	return incident.severity !== "log" && incident.state !== "watching" && incident.state !== "done";
}

/* What to do first: the most severe, then the newest. */
export function first(home: Home): Incident | null {
	const rank = { urgent: 0, caution: 1, log: 2 };
	const waiting = home.open.filter(waits);
	waiting.sort((a, b) => rank[a.severity] - rank[b.severity] || b.last_us - a.last_us);
	return waiting[0] ?? null;
}

export function waiting(home: Home): number {
	return home.open.filter(waits).length;
}

export function standing(home: Home): Standing {
	const todo = first(home);
	if (home.needed || todo) return todo?.severity === "urgent" ? "urgent" : "caution";
	const gates = home.gates.filter((gate) => gate.state !== "revoked");
	if (gates.some((gate) => gate.state === "silent")) return "gate";
	if (!gates.some((gate) => gate.state === "ok")) return "begin";
	return "calm";
}
