/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Made from center/api/openapi/ by tools/types.mjs (npm run types); do not edit.
 */

/* cause class: ids of lib/record/causes.tbl */
export type Cause = "EXPLOIT" | "BACKDOOR" | "VIRUS_WEB" | "VIRUS_MAIL" | "UNSCANNABLE" | "DANGEROUS_SITE" | "OFF_BUSINESS_SITE" | "REMOTE_CONTROL" | "APPLICATION" | "NEW_MACHINE" | "SCANNER" | "SILENT" | "CLOCK" | "KEY_TWICE" | "RECORDS_LOST" | "PROBE" | "OTHER";

/* A company as the operator sees it. */
export interface Company {
	id: number;
	name: string;
	sample: boolean;
	open_urgent: number;
	open_caution: number;
	gates: number;
	silent_gates: number;
}

/* companies */
export interface CompanyList {
	items: Company[];
}

/* a company */
export interface CompanyRef {
	id: number;
	name: string;
	sample: boolean;
}

/* no members */
export type Empty = Record<string, never>;

/* a code for one gate, shown once */
export interface EnrolCode {
	code: string;
	expires_us: number;
}

/* Every answer that is not a success. */
export interface Error {
	error: {
		code: "bad" | "login" | "csrf" | "denied" | "missing" | "method" | "conflict" | "large" | "slow" | "wrong" | "totp" | "busy" | "broken";
		message_ja: string;
		message_en: string;
		retry_after_s?: number;
	};
}

/* One event of the gate. */
export interface Event {
	id: number;
	at_us: number;
	taken_us: number;
	kind: string;
	cause: Cause;
	severity: Severity;
	way: "in" | "out" | "local" | "";
	stopped: boolean;
	src: string;
	dest: string;
	what: string;
	eve?: Record<string, unknown>;
}

/* a page */
export interface EventPage {
	items: Event[];
	next: string | null;
}

/* A gate. */
export interface Gate {
	id: number;
	company: CompanyRef;
	site: string;
	name: string;
	state: GateState;
	seen_us: number | null;
	enrolled_us: number | null;
	revoked_us: number | null;
	scanner: ScannerState;
	mode: GateMode;
	rules: number;
	version: string;
}

/* gates */
export interface GateList {
	items: Gate[];
}

/* protect, observe; empty: not known yet */
export type GateMode = "protect" | "observe" | "";

/* a gate */
export interface GateRef {
	id: number;
	name: string;
}

/* ok; silent: nothing heard for a while; never: not enrolled or nothing heard yet; revoked */
export type GateState = "ok" | "silent" | "never" | "revoked";

/* the centre answers */
export interface Health {
	ok: boolean;
	version: string;
}

/* The member's first screen. */
export interface Home {
	needed: boolean;
	open: Incident[];
	counts: {
		exploit_in: number;
		backdoor_out: number;
		virus: number;
		dangerous_site: number;
		off_business: number;
		remote_control: number;
		new_machine: number;
	};
	month: string;
	gates: HomeGate[];
	machines: number;
}

/* a gate on the first screen */
export interface HomeGate {
	id: number;
	name: string;
	site: string;
	state: GateState;
	seen_us: number | null;
	scanner: ScannerState;
	mode: GateMode;
	rules: number;
}

/* An incident: one cause, one machine, one company. */
export interface Incident {
	id: number;
	company: CompanyRef;
	gate: GateRef;
	machine: MachineRef | null;
	cause: Cause;
	title_ja: string;
	title_en: string;
	title_easy: string;
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

/* An incident with its sentences, notices and history. */
export interface IncidentDetail {
	id: number;
	company: CompanyRef;
	gate: GateRef;
	machine: MachineRef | null;
	cause: Cause;
	title_ja: string;
	title_en: string;
	title_easy: string;
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
	happened_ja: string;
	why_ja: string;
	act_ja: string;
	happened_en: string;
	happened_easy: string;
	why_en: string;
	why_easy: string;
	act_en: string;
	act_easy: string;
	call: {
		name: string;
		phone: string;
		mail: string;
	};
	notices: NoticeRef[];
	history: {
		at_us: number;
		who: string;
		action: string;
		detail: string;
	}[];
}

/* Moves an incident: new → checking → working → watching → done one step at a time; any state → done needs an outcome; done → checking opens it again; the same state only adds the note. */
export interface IncidentMove {
	state: State;
	outcome?: "harmless" | "solved" | "mistaken";
	note?: string;
}

/* a page */
export interface IncidentPage {
	items: Incident[];
	next: string | null;
}

export interface IncidentPlaybooks {
	items: Playbook[];
}

/* language of the person; easy: easy Japanese */
export type Lang = "ja" | "en" | "easy";

/* change counter */
export interface Live {
	now: number;
	changed: boolean;
}

/* login */
export interface Login {
	mail: string;
	password: string;
	totp?: string;
}

/* A machine on a company's network. */
export interface Machine {
	id: number;
	company: CompanyRef;
	gate: GateRef;
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

/* what the company says about it; at least one */
export interface MachineChange {
	known?: 1 | 2;
	name?: string;
}

/* a page */
export interface MachinePage {
	items: Machine[];
	next: string | null;
}

/* a machine */
export interface MachineRef {
	id: number;
	label: string;
	mac: string;
	ip: string;
	kind: string;
}

/* a mail of the sample mailbox */
export interface Mail {
	id: string;
	at_us: number;
	from: string;
	to: string;
	subject: string;
	text: string;
}

/* sample mailbox, newest first */
export interface MailList {
	items: {
		id: string;
		at_us: number;
		from: string;
		to: string;
		subject: string;
	}[];
}

/* The person who is logged in. */
export interface Me {
	name: string;
	mail: string;
	role: "member" | "operator";
	duty: "owner" | "staff" | "operator" | "desk" | "partner" | "reseller" | "agent" | "insurer" | "office" | "auditor";
	may: string[];
	lang: Lang;
	csrf: string;
	company?: CompanyRef;
	chamber: {
		id: number;
		name: string;
		desk_name: string;
		desk_phone: string;
		desk_mail: string;
	};
	password: boolean;
	totp: boolean;
	demo?: {
		mailbox: string;
	};
}

/* answer of login, once and PUT /me */
export interface MeAnswer {
	me: Me;
}

/* what to change */
export interface MeChange {
	lang?: Lang;
	password?: {
		old?: string;
		new: string;
	};
}

/* A notice with its text. */
export interface Notice {
	id: number;
	channel: string;
	recipient: string;
	subject: string;
	state: "waiting" | "sent" | "bounced" | "failed" | "cancelled" | "folded";
	sent_us: number | null;
	error: string;
	incident_id: number;
	company: CompanyRef;
	body: string;
}

/* a notice */
export interface NoticeRef {
	id: number;
	channel: string;
	recipient: string;
	subject: string;
	state: "waiting" | "sent" | "bounced" | "failed" | "cancelled" | "folded";
	sent_us: number | null;
	error: string;
}

/* one-time login */
export interface Once {
	token: string;
	totp?: string;
}

/* how it ended; empty while open */
export type Outcome = "" | "harmless" | "solved" | "mistaken";

export interface Playbook {
	id: string;
	title: PlaybookTitle;
	steps: PlaybookStep[];
	letters: PlaybookLetter[];
}

export interface PlaybookAdd {
	book: string;
}

/* first line: subject */
export interface PlaybookLetter {
	id: string;
	text_ja: string;
	text_en: string;
	text_easy?: string;
}

export interface PlaybookList {
	items: PlaybookRef[];
}

export interface PlaybookMark {
	book: string;
	step: string;
	done: number;
}

export interface PlaybookRef {
	id: string;
	title: PlaybookTitle;
}

export interface PlaybookStep {
	id: string;
	who: "member" | "operator" | "desk" | "partner";
	within_min: number;
	due_us: number;
	done_us: number | null;
	done_by: string | null;
	text_ja: string;
	text_en: string;
	text_easy?: string;
}

/* in Japanese, English and easy Japanese */
export interface PlaybookTitle {
	ja: string;
	en: string;
	easy: string;
}

/* virus scanner of the gate; none: there is none or nothing is known */
export type ScannerState = "up" | "down" | "none";

/* urgent 緊急, caution 注意, log 記録 */
export type Severity = "urgent" | "caution" | "log";

/* new 新規, checking 確認中, working 対応中, watching 様子見, done 完了 */
export type State = "new" | "checking" | "working" | "watching" | "done";

/* a code */
export interface TotpCode {
	code: string;
}

/* a new secret; it counts only after PUT /me/totp */
export interface TotpOffer {
	secret: string;
	uri: string;
}
