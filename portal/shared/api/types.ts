/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the centre says, as the portal reads it.  types.test.ts holds these against
 * center/api/openapi.json.  Times are microseconds since 1970-01-01 UTC.
 */
export type Lang = "ja" | "en";
export type Severity = "urgent" | "caution" | "log";
export type State = "new" | "checking" | "working" | "watching" | "done";
export type Outcome = "" | "harmless" | "solved" | "mistaken";

export interface Me {
	name: string;
	mail: string;
	role: "member" | "operator";
	lang: Lang;
	csrf: string;
	company?: { id: number; name: string; sample: boolean };
	chamber: {
		id: number;
		name: string;
		desk_name: string;
		desk_phone: string;
		desk_mail: string;
	};
	totp: boolean;
	demo?: { mailbox: string };
}

export interface IncidentSummary {
	id: number;
	company: { id: number; name: string; sample: boolean };
	gate: { id: number; name: string };
	machine: { id: number; label: string; mac: string; ip: string; kind: string } | null;
	cause: string;
	title_ja: string;
	title_en: string;
	severity: Severity;
	state: State;
	outcome: Outcome;
	stopped: boolean;
	what: string;
	peer: string;
	events: number;
	first_us: number;
	last_us: number;
	opened_us: number;
	change: number;
}

export interface NoticeSummary {
	id: number;
	channel: string;
	recipient: string;
	subject: string;
	state: "waiting" | "sent" | "failed";
	sent_us: number | null;
	error: string;
}

export interface Notice extends NoticeSummary {
	body: string;
}

export interface HistoryEntry {
	at_us: number;
	who: string;
	action: string;
	detail: string;
}

export interface Incident extends IncidentSummary {
	happened_ja: string;
	why_ja: string;
	act_ja: string;
	happened_en: string;
	why_en: string;
	act_en: string;
	call: { name: string; phone: string; mail: string };
	notices: NoticeSummary[];
	history: HistoryEntry[];
}

export interface EventItem {
	id: number;
	at_us: number;
	taken_us: number;
	kind: string;
	cause: string;
	severity: Severity;
	way: string;
	stopped: boolean;
	src: string;
	dest: string;
	what: string;
	eve?: unknown;
}

export interface Counts {
	exploit_in: number;
	backdoor_out: number;
	virus: number;
	dangerous_site: number;
	off_business: number;
	remote_control: number;
	new_machine: number;
}

export interface HomeGate {
	id: number;
	name: string;
	site: string;
	state: GateState;
	seen_us: number | null;
	scanner: "up" | "down" | "none";
	mode: string;
	rules: number;
}

export interface Home {
	needed: boolean;
	open: IncidentSummary[];
	counts: Counts;
	month: string;
	gates: HomeGate[];
	machines: number;
}

export interface Machine {
	id: number;
	company: { id: number; name: string; sample: boolean };
	gate: { id: number; name: string };
	mac: string;
	label: string;
	name: string;
	ip: string;
	vendor: string;
	kind: string;
	known: 0 | 1 | 2;
	first_us: number;
	last_us: number;
}

export type GateState = "ok" | "silent" | "never" | "revoked";

export interface Gate {
	id: number;
	company: { id: number; name: string; sample: boolean };
	site: string;
	name: string;
	state: GateState;
	seen_us: number | null;
	enrolled_us: number | null;
	revoked_us: number | null;
	scanner: "up" | "down" | "none";
	mode: string;
	rules: number;
	version: string;
}

export interface Company {
	id: number;
	name: string;
	sample: boolean;
	open_urgent: number;
	open_caution: number;
	gates: number;
	silent_gates: number;
}

export interface Page<T> {
	items: T[];
	next: string | null;
}
