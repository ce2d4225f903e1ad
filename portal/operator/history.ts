/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the centre's history lines (center/incident/incident.h): incident.open "urgent";
 * incident.raise "caution>urgent"; incident.state "new>checking" or "working>done solved",
 * a note behind a newline; incident.note; incident.book "ransomware"; incident.step
 * "ransomware/cable" or "ransomware/cable undone".
 */
import type { IncidentDetail, NoticeRef, Outcome, Severity, State } from "../shared/api/types";

const STATES = ["new", "checking", "working", "watching", "done"];
const SEVERITIES = ["urgent", "caution", "log"];
const OUTCOMES = ["harmless", "solved", "mistaken", "accepted", "unclear", "duplicate", "drill"];

const SHAPES = ["story", "campaign", "leave", "merge", "merged", "unmerge", "split", "from"] as const;
type Shape = (typeof SHAPES)[number];

export type Deed =
	| { kind: "first" }
	| { kind: "open"; severity: Severity | "" }
	| { kind: "raise"; from: Severity; to: Severity }
	| { kind: "state"; from: State; to: State; outcome: Outcome }
	| { kind: "shape"; what: Shape; n: number }
	| { kind: "note" }
	| { kind: "notice"; state: NoticeRef["state"]; recipient: string }
	| { kind: "book"; book: string }
	| { kind: "step"; step: string; done: boolean }
	| { kind: "ladder"; what: "answer" | "nobody" | "top" | "remind" }
	| { kind: "other"; action: string };

export interface Line {
	at_us: number;
	who: string;
	deed: Deed;
	note: string;
}

function among<T extends string>(list: string[], word: string | undefined): T | null {
	return word !== undefined && list.includes(word) ? (word as T) : null;
}

export function readDeed(action: string, detail: string): { deed: Deed; note: string } {
	const end = detail.indexOf("\n");
	const head = end < 0 ? detail : detail.slice(0, end);
	const note = end < 0 ? "" : detail.slice(end + 1);
	if (action === "incident.open")
		return { deed: { kind: "open", severity: among<Severity>(SEVERITIES, head.split(" ")[0]) ?? "" }, note };
	const shape = SHAPES.find((s) => action === `incident.${s}`);
	if (shape) {
		const [n, ...rest] = head.split(" ");
		return { deed: { kind: "shape", what: shape, n: Number(n) }, note: shape === "campaign" ? rest.join(" ") : "" };
	}
	if (action === "incident.note") return { deed: { kind: "note" }, note: detail };
	if (action === "incident.book") return { deed: { kind: "book", book: head }, note };
	if (action === "incident.step") {
		const [step, undone] = head.split(" ");
		return { deed: { kind: "step", step: step!, done: undone === undefined }, note };
	}
	const ladder = /^ladder\.(answer|nobody|top|remind)$/.exec(action)?.[1];
	if (ladder) return { deed: { kind: "ladder", what: ladder as "top" }, note: detail };
	const [left, right] = head.split(">");
	const [right_word, outcome] = (right ?? "").split(" ");
	if (action === "incident.raise") {
		const from = among<Severity>(SEVERITIES, left);
		const to = among<Severity>(SEVERITIES, right_word);
		if (from && to) return { deed: { kind: "raise", from, to }, note };
	}
	if (action === "incident.state") {
		const from = among<State>(STATES, left);
		const to = among<State>(STATES, right_word);
		if (from && to)
			return { deed: { kind: "state", from, to, outcome: among<Outcome>(OUTCOMES, outcome) ?? "" }, note };
	}
	return { deed: { kind: "other", action }, note: detail };
}

/* History, notices and the first event in one line of time, oldest first. */
export function timeline(incident: IncidentDetail): Line[] {
	const lines: Line[] = [{ at_us: incident.first_us, who: "", deed: { kind: "first" }, note: "" }];
	/* What became of a notice stands in the notice itself. */
	const told = incident.history.filter((h) => !/^notice\.(sent|bounced|failed|cancelled)$/.test(h.action));
	for (const h of told) lines.push({ at_us: h.at_us, who: h.who, ...readDeed(h.action, h.detail) });
	for (const n of incident.notices)
		lines.push({
			at_us: n.sent_us ?? incident.opened_us, who: "", note: n.error,
			deed: { kind: "notice", state: n.state, recipient: n.recipient },
		});
	return lines.map((line, i) => ({ line, i }))
		.sort((a, b) => a.line.at_us - b.line.at_us || a.i - b.i)
		.map(({ line }) => line);
}
