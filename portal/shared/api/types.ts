/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Made from center/api/openapi/ by tools/types.mjs (npm run types); do not edit.
 */

export interface Advisory {
	id: number;
	severity: "log" | "caution" | "urgent";
	from_us: number;
	until_us: number;
	withdrawn: boolean;
	own: boolean;
	shown_us: number | null;
	title_ja: string;
	title_en: string;
	title_easy: string;
	text_ja: string;
	text_en: string;
	text_easy: string;
}

export interface AdvisoryList {
	items: Advisory[];
}

export interface AdvisoryShow {
	show: number;
}

/* a line of the audit log */
export interface AuditLine {
	id: number;
	at_us: number;
	account: PersonRef | null;
	company: PersonRef | null;
	incident_id: number | null;
	action: string;
	detail: string;
	hash: string;
}

/* lines, newest first */
export interface AuditList {
	items: AuditLine[];
	next: string | null;
}

/* Rules or lists of sites for all gates. */
export interface Bundle {
	id: number;
	name: string;
	version: number;
	size: number;
	published_us: number;
	expires_us: number;
	published_by: string;
	may_start: boolean;
}

/* Bundles. */
export interface BundleList {
	items: Bundle[];
}

/* The same at several companies. */
export interface Campaign {
	id: number;
	kind: string;
	value: string;
	title: string;
	kind_ja: string;
	kind_en: string;
	state: State;
	opened_us: number;
	closed_us: number | null;
	companies: number;
	incidents: number;
	events: number;
	severity: Severity;
	open: number;
	last_us: number;
	first_us: number | null;
}

/* what it begins with */
export interface CampaignAdd {
	incident: number;
	title: string;
}

/* A campaign and its incidents. */
export interface CampaignDetail {
	id: number;
	kind: string;
	value: string;
	title: string;
	kind_ja: string;
	kind_en: string;
	state: State;
	opened_us: number;
	closed_us: number | null;
	companies: number;
	incidents: number;
	events: number;
	severity: Severity;
	open: number;
	last_us: number;
	first_us: number | null;
	items: Incident[];
}

/* where all go */
export interface CampaignMove {
	state: State;
	outcome?: "harmless" | "solved" | "mistaken" | "accepted" | "unclear" | "duplicate" | "drill";
	note?: string;
	book?: string;
}

/* a page */
export interface CampaignPage {
	items: Campaign[];
	next: string | null;
}

/* a campaign in short */
export interface CampaignRef {
	id: number;
	kind: string;
	value: string;
	title: string;
	companies: number;
}

/* cause class: ids of lib/record/causes.tbl */
export type Cause = "EXPLOIT" | "BACKDOOR" | "VIRUS_WEB" | "VIRUS_MAIL" | "UNSCANNABLE" | "DANGEROUS_SITE" | "OFF_BUSINESS_SITE" | "REMOTE_CONTROL" | "APPLICATION" | "NEW_MACHINE" | "SCANNER" | "SILENT" | "FLAPPING" | "DEFINITIONS_OLD" | "GATE_SLOW" | "ONE_WAY" | "ONE_MACHINE" | "NO_LOCAL" | "CLOCK" | "KEY_TWICE" | "RECORDS_LOST" | "PROBE" | "OTHER";

/* a way to send */
export interface Channel {
	name: string;
	ready: boolean;
	month?: {
		used: number;
		most: number;
		reserve: number;
	};
}

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

/* what changes */
export interface CompanyChange {
	name?: string;
	lang?: "ja" | "en";
	reseller?: number;
}

/* a company and its sites */
export interface CompanyDetail {
	id: number;
	name: string;
	lang: "ja" | "en";
	reseller: PersonRef | null;
	sites: {
		id: number;
		name: string;
		gates: number;
	}[];
}

/* companies */
export interface CompanyList {
	items: Company[];
}

/* a company to be */
export interface CompanyNew {
	name: string;
	mail?: string;
	lang?: "ja" | "en";
	reseller?: number;
}

/* a company */
export interface CompanyRef {
	id: number;
	name: string;
	sample: boolean;
}

/* confidential or not, and who else sees it */
export interface Confide {
	confidential: number;
	account?: number;
}

/* what a company allows the centre to look at */
export interface Consent {
	items: {
		scope: "evidence" | "flows" | "captures";
		given: boolean;
		by: "contract" | "person";
		who: string;
		at_us: number | null;
		expires_us: number | null;
	}[];
	glass: {
		who: string;
		reason: string;
		at_us: number;
		expires_us: number;
	}[];
}

/* given or taken back */
export interface ConsentGive {
	scope: "evidence" | "flows" | "captures";
	given: number;
	days?: number;
}

/* Somebody who is told. */
export interface Contact {
	id: number;
	company: CompanyRef;
	name: string;
	channel: "mail" | "webhook" | "sms" | "voice" | "line" | "fax";
	address: string;
	lang: "ja" | "en" | "easy";
	severity: "urgent" | "caution" | "log";
	reserve: boolean;
	events: boolean;
	from_min: number;
	to_min: number;
	state: "ok" | "bounced" | "off";
	failing: boolean;
	error: string;
	verified_us: number | null;
	tested_us: number | null;
	test: "" | "waiting" | "sent" | "bounced" | "failed" | "cancelled" | "folded";
	sent_us: number | null;
}

/* what to change; at least one */
export interface ContactChange {
	name?: string;
	lang?: "ja" | "en" | "easy";
	severity?: "caution" | "urgent";
	reserve?: number;
	from_min?: number;
	to_min?: number;
	on?: number;
}

/* the number of the test */
export interface ContactCode {
	code: string;
}

/* whom notices go to */
export interface ContactList {
	items: Contact[];
	channels: Channel[];
}

/* Somebody who is told; with the secret that signs a webhook, shown this once. */
export interface ContactMade {
	id: number;
	company: CompanyRef;
	name: string;
	channel: "mail" | "webhook" | "sms" | "voice" | "line" | "fax";
	address: string;
	lang: "ja" | "en" | "easy";
	severity: "urgent" | "caution" | "log";
	reserve: boolean;
	events: boolean;
	from_min: number;
	to_min: number;
	state: "ok" | "bounced" | "off";
	failing: boolean;
	error: string;
	verified_us: number | null;
	tested_us: number | null;
	test: "" | "waiting" | "sent" | "bounced" | "failed" | "cancelled" | "folded";
	sent_us: number | null;
	secret?: string;
}

/* somebody to tell */
export interface ContactNew {
	company?: number;
	channel: "mail" | "webhook" | "sms" | "voice" | "line" | "fax";
	address: string;
	name?: string;
	lang?: "ja" | "en" | "easy";
	severity?: "caution" | "urgent";
	reserve?: number;
	events?: number;
	from_min?: number;
	to_min?: number;
}

/* A machine that is cut off. */
export interface Containment {
	id: number;
	company: CompanyRef;
	gate: GateRef;
	machine: number | null;
	label: string;
	mac: string;
	ip: string;
	reason: string;
	state: "asked" | "cut" | "listening" | "failed" | "releasing" | "released" | "ended";
	why: string;
	until_us: number;
	asked_us: number;
	asked_by: string;
	cut_us: number | null;
	released_us: number | null;
	may_release: boolean;
}

/* all */
export interface ContainmentList {
	items: Containment[];
}

/* why and for how long */
export interface ContainmentNew {
	reason: string;
	minutes?: number;
}

/* A month of one severity. */
export interface Deadline {
	from_us: number;
	severity: "urgent" | "caution";
	limit_us: number;
	incidents: number;
	kept: number;
	untold: number;
	slowest_us: number | null;
}

/* Deadlines kept, newest month first. */
export interface DeadlineList {
	items: Deadline[];
}

/* When the digest comes to whoever asks. */
export interface Digest {
	rhythm: "off" | "daily" | "weekly";
	at_min: number;
	empty: boolean;
}

/* When it shall come. */
export interface DigestNew {
	rhythm: "off" | "daily" | "weekly";
	at_min: number;
	empty?: number;
}

/* The rota. */
export interface Duty {
	now: {
		rank: "duty" | "second" | "chief";
		people: DutyPerson[];
	}[];
	calendar: DutyTurn[];
	shifts: DutyShift[];
	swaps: DutySwap[];
	people: WatchRef[];
}

/* Who has it. */
export interface DutyPerson {
	id: number;
	name: string;
	until_us: number;
	swapped: boolean;
}

/* A weekly shift. */
export interface DutyShift {
	id: number;
	rank: "duty" | "second" | "chief";
	person: WatchRef;
	days: string;
	from_min: number;
	to_min: number;
	every: number;
	turn: number;
}

/* A weekly shift to be. */
export interface DutyShiftNew {
	rank: "duty" | "second" | "chief";
	account: number;
	days: string;
	from_min: number;
	to_min: number;
	every?: number;
	turn?: number;
}

/* Somebody instead of whoever the shifts say. */
export interface DutySwap {
	id: number;
	rank: "duty" | "second" | "chief";
	person: WatchRef;
	from_us: number;
	to_us: number;
	reason: string;
}

/* A swap to be. */
export interface DutySwapNew {
	rank: "duty" | "second" | "chief";
	account: number;
	from_us: number;
	to_us: number;
	reason?: string;
}

/* A stretch of the calendar. */
export interface DutyTurn {
	rank: "duty" | "second" | "chief";
	from_us: number;
	to_us: number;
	people: DutyPerson[];
}

/* how many other companies have the same */
export interface Elsewhere {
	companies: number | null;
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
	shift_us: number;
	clock: "said" | "corrected" | "impossible";
	more: number;
	eve?: Record<string, unknown>;
}

/* a page */
export interface EventPage {
	items: Event[];
	next: string | null;
	evidence: "not_yours" | "no_consent" | "shown";
}

/* Something that a gate lets be. */
export interface Exception {
	id: number;
	company: CompanyRef;
	gate: GateRef;
	what: "host" | "signature" | "machine";
	value: string;
	reason: string;
	state: "asked" | "active" | "failed" | "removing" | "removed" | "ended";
	why: string;
	until_us: number;
	asked_us: number;
	asked_by: string;
	removed_us: number | null;
}

/* all */
export interface ExceptionList {
	items: Exception[];
}

/* what, why and for how long */
export interface ExceptionNew {
	what: "host" | "signature" | "machine";
	value: string;
	reason: string;
	days?: number;
}

export interface FederationMember {
	id: number;
	name: string;
	companies: number;
	gates: number;
	heard_us: number | null;
	admitted_us: number;
}

export interface FederationNews {
	advisories: {
		body: string;
		signature: string;
	}[];
	bundles: {
		id: number;
		name: string;
		version: number;
		sha256: string;
		size: number;
		expires_us: number;
	}[];
}

export interface FederationPart {
	day: number;
	as_of_us: number;
	hour: number;
	cells: string;
	sealed: number;
	hours: number;
	companies: number;
	gates: number;
}

export interface FederationRow {
	cause: string;
	title_ja: string;
	title_en: string;
	way: "" | "in" | "out" | "local";
	stopped: boolean;
	severity: "log" | "caution" | "urgent";
	events: number;
	incidents: number;
	chambers: number;
}

export interface FederationStatistics {
	from: number;
	until: number;
	least: number;
	events: number;
	members: FederationMember[];
	rows: FederationRow[];
	hours: number[];
}

export interface FederationTaken {
	taken: number;
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
	sensor: string;
	skew_s: number;
}

/* Something is wrong with a gate at this moment. */
export interface GateFinding {
	company: CompanyRef;
	gate: GateRef;
	cause: string;
	title_ja: string;
	title_en: string;
	what: string;
	since_us: number;
	due_us: number;
	told: boolean;
}

/* What is wrong with gates at this moment. */
export interface GateFindingList {
	items: GateFinding[];
}

/* A gate in full. */
export interface GateFleet {
	company: CompanyRef;
	gate: GateRef;
	site: string;
	group: string;
	reported_us: number | null;
	drift: "none" | "never" | "old" | "local";
	version: number;
	runs_version: number;
	cuts: boolean;
	software: string;
	started_us: number;
	refused: number;
	settings: GateSetting[];
	orders: GateOrder[];
}

/* gates */
export interface GateList {
	items: Gate[];
}

/* protect, observe; empty: not known yet */
export type GateMode = "protect" | "observe" | "";

/* An order to a gate. */
export interface GateOrder {
	number: number;
	kind: string;
	state: "waiting" | "sent" | "done" | "failed" | "refused" | "expired";
	why: string;
	issued_us: number;
	by: string;
	expires_us: number;
	sent_us: number | null;
	done_us: number | null;
}

/* a gate */
export interface GateRef {
	id: number;
	name: string;
}

/* A setting of a gate. */
export interface GateSetting {
	name: string;
	ja: string;
	en: string;
	kind: "text" | "bool" | "number" | "size" | "choice";
	choices: string;
	unit: string;
	value: string;
	level: "" | "chamber" | "group" | "company" | "site" | "gate";
	runs: string;
	runs_from: "" | "centre" | "gate" | "preset" | "kept";
	drift: boolean;
}

/* ok; silent: nothing heard for a while; never: not enrolled or nothing heard yet; revoked */
export type GateState = "ok" | "silent" | "never" | "revoked";

/* a token for /gate/v1/eve, shown once */
export interface GateToken {
	token: string;
}

/* how many tokens ended */
export interface GateTokensEnded {
	ended: number;
}

/* why somebody must look without consent */
export interface GlassBreak {
	reason: string;
}

/* until when */
export interface GlassBroken {
	expires_us: number;
}

/* the group */
export interface GroupChange {
	group: string;
}

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

/* where it goes */
export interface IncidentCampaign {
	campaign: number;
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
	why: Reason[];
	story: Incident[];
	merged: Incident[];
	parent_id: number | null;
	merged_into: number | null;
	suppression_id: number | null;
	campaign: null | CampaignRef;
	elsewhere: null | Elsewhere;
}

/* How far an incident's ladder has been climbed. */
export interface IncidentLadder {
	state: "none" | "running" | "joined" | "answered" | "top" | "ended";
	began_us: number | null;
	next_us: number | null;
	answered_us: number | null;
	answered_by: string;
	answered_how: string;
	leader: number | null;
	calls: LadderCall[];
}

/* what it belongs to */
export interface IncidentLink {
	parent: number;
}

/* what goes in */
export interface IncidentMerge {
	from: number;
}

/* Moves an incident: new → checking → working → watching → done one step at a time; any state → done needs an outcome; done → checking opens it again; the same state only adds the note. */
export interface IncidentMove {
	state: State;
	outcome?: "harmless" | "solved" | "mistaken" | "accepted" | "unclear" | "duplicate" | "drill";
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

/* which events go */
export interface IncidentSplit {
	events?: string;
	from_us?: number;
	until_us?: number;
	machine?: number;
}

/* an invitation */
export interface Invite {
	id: number;
	name: string;
	mail: string;
	duty: "owner" | "staff" | "operator" | "desk" | "partner" | "reseller" | "agent" | "insurer" | "office" | "auditor";
	company: PersonRef | null;
	reseller: PersonRef | null;
	state: "open" | "used" | "revoked" | "over";
	created_us: number;
	expires_us: number;
}

/* the invited person's answer */
export interface InviteAccept {
	token: string;
	name: string;
	password: string;
}

/* invitations, newest first */
export interface InviteList {
	items: Invite[];
	next: string | null;
}

/* whom to invite as what */
export interface InviteNew {
	mail: string;
	name: string;
	duty: "owner" | "staff" | "operator" | "desk" | "partner" | "reseller" | "agent" | "insurer" | "office" | "auditor";
	lang?: "ja" | "en";
	company?: number;
	reseller?: number;
}

/* what the link is about */
export interface InviteShown {
	mail: string;
	name: string;
	duty: "owner" | "staff" | "operator" | "desk" | "partner" | "reseller" | "agent" | "insurer" | "office" | "auditor";
	chamber: string;
	company: string;
}

/* a link */
export interface InviteToken {
	token: string;
}

/* A key was pressed on the telephone. */
export interface KeyPressed {
	id: string;
	digits: string;
	time: number;
	mac: string;
}

/* What it meant. */
export interface KeyTaken {
	answered: boolean;
}

/* Somebody was told. */
export interface LadderCall {
	step: number;
	whom: "member" | "duty" | "second" | "chief" | "all";
	name: string;
	channel: string;
	at_us: number;
	notice: string;
}

/* Back to the presets. */
export interface LadderPresets {
	severity: "urgent" | "caution";
}

/* A row of the ladder, and what it would mean at that moment. */
export interface LadderStep {
	id: number;
	step: number;
	after_min: number;
	whom: "member" | "duty" | "second" | "chief" | "all";
	way: "phone" | "mail";
	day: boolean;
	due_us: number;
	people: string[];
}

/* A row to be; the first one makes the presets the chamber's own. */
export interface LadderStepNew {
	severity: "urgent" | "caution";
	after_min: number;
	whom: "member" | "duty" | "second" | "chief" | "all";
	way: "phone" | "mail";
	hours: "always" | "day";
}

/* If something happened at that moment: who would be told when. */
export interface Ladders {
	at_us: number;
	ladders: {
		severity: "urgent" | "caution";
		own: boolean;
		rows: LadderStep[];
	}[];
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
	role: "other" | "server" | "payment";
}

/* what the company says about it; at least one */
export interface MachineChange {
	known?: 1 | 2;
	name?: string;
	role?: "other" | "server" | "payment";
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
	factor_needed: boolean;
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

/* what was made */
export interface NewId {
	id: number;
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

/* where to go */
export interface OidcAsked {
	url: string;
	state: string;
}

/* what came back */
export interface OidcBack {
	code: string;
	state: string;
}

/* is there a common login */
export interface OidcOn {
	on: boolean;
}

/* one-time login */
export interface Once {
	token: string;
	totp?: string;
}

/* how it ended; empty while open */
export type Outcome = "" | "harmless" | "solved" | "mistaken" | "accepted" | "unclear" | "duplicate" | "drill";

/* a passkey */
export interface Passkey {
	id: number;
	name: string;
	created_us: number;
	used_us: number | null;
}

/* what the browser shall sign */
export interface PasskeyChallenge {
	challenge: string;
	rp: string;
}

/* the own passkeys */
export interface PasskeyList {
	items: Passkey[];
	possible: boolean;
}

/* what the browser signed */
export interface PasskeyLogin {
	id: string;
	client: string;
	auth: string;
	signature: string;
}

/* what the browser made */
export interface PasskeyNew {
	name: string;
	client: string;
	auth: string;
}

/* what the browser needs for a new passkey */
export interface PasskeyOffer {
	challenge: string;
	rp: string;
	user: {
		id: string;
		mail: string;
		name: string;
	};
	known: string[];
}

/* somebody who may log in */
export interface Person {
	id: number;
	name: string;
	mail: string;
	duty: "owner" | "staff" | "operator" | "desk" | "partner" | "reseller" | "agent" | "insurer" | "office" | "auditor";
	company: PersonRef | null;
	reseller: PersonRef | null;
	factor: boolean;
	created_us: number;
	ended_us: number | null;
}

/* people, newest first */
export interface PersonList {
	items: Person[];
	next: string | null;
}

/* an account, a company or a reseller */
export interface PersonRef {
	id: number;
	name: string;
}

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

/* what the chamber decided */
export interface Policy {
	second_factor: string[];
	consent: boolean;
}

/* what changes */
export interface PolicyChange {
	second_factor?: string;
	consent?: number;
}

/* Planned quiet: no silence is told in it. */
export interface QuietWindow {
	id: number;
	company: WatchRef | null;
	site: WatchRef | null;
	gate: WatchRef | null;
	days: string;
	from_us: number;
	to_us: number;
	from_min: number;
	to_min: number;
	reason: string;
	who: string;
	mine: boolean;
}

/* Planned quiet that is not over. */
export interface QuietWindowList {
	items: QuietWindow[];
}

/* Planned quiet to be: once (from_us, to_us, at most 31 days) or weekly (days, from_min, to_min). */
export interface QuietWindowNew {
	company?: number;
	site?: number;
	gate?: number;
	days?: string;
	from_us?: number;
	to_us?: number;
	from_min?: number;
	to_min?: number;
	reason?: string;
}

/* a reason of a decision (docs/reference/correlation.md) */
export interface Reason {
	id: string;
	ja: string;
	en: string;
}

/* somebody who is let in again */
export interface Recovery {
	id: number;
	name: string;
	mail: string;
	company: PersonRef | null;
	reason: string;
	opened_by: string;
	opened_us: number;
	called: string;
	confirmed_by: string;
	state: "open" | "confirmed" | "refused" | "over";
	may_confirm: boolean;
}

/* the second person's call */
export interface RecoveryConfirm {
	called: string;
}

/* newest first */
export interface RecoveryList {
	items: Recovery[];
	next: string | null;
}

/* who lost every way to log in */
export interface RecoveryNew {
	mail: string;
	reason: string;
}

/* a reseller */
export interface Reseller {
	id: number;
	name: string;
	mail: string;
	phone: string;
	companies: number;
}

/* what changes */
export interface ResellerChange {
	name?: string;
	mail?: string;
	phone?: string;
}

/* resellers, newest first */
export interface ResellerList {
	items: Reseller[];
	next: string | null;
}

/* a reseller to be */
export interface ResellerNew {
	name: string;
	mail?: string;
	phone?: string;
}

/* How a bundle reaches the gates. */
export interface Rollout {
	id: number;
	bundle: {
		id: number;
		name: string;
		version: number;
	};
	state: "running" | "frozen" | "done" | "undone";
	ring: number;
	rings: RolloutRing[];
	soak_s: number;
	ring_us: number;
	why: string;
	started_us: number;
	started_by: string;
	ended_us: number | null;
	may_hold: boolean;
	may_undo: boolean;
	failures: RolloutFailure[];
}

/* A reason that gates gave. */
export interface RolloutFailure {
	why: string;
	gates: number;
}

/* Roll-outs. */
export interface RolloutList {
	items: Rollout[];
}

/* How to reach the gates. */
export interface RolloutNew {
	rings: string;
	soak_minutes?: number;
}

/* A ring of a roll-out: gates by how far they are. */
export interface RolloutRing {
	percent: number;
	waiting: number;
	ordered: number;
	runs: number;
	failed: number;
	undone: number;
}

/* Why. */
export interface RolloutUndo {
	reason: string;
}

/* virus scanner of the gate; none: there is none or nothing is known */
export type ScannerState = "up" | "down" | "none";

/* where somebody is logged in */
export interface Session {
	id: number;
	way: string;
	peer: string;
	browser: string;
	created_us: number;
	seen_us: number;
	expires_us: number;
	own: boolean;
}

/* sessions, last active first */
export interface SessionList {
	items: Session[];
}

/* one setting */
export interface SettingChange {
	level: "chamber" | "group" | "company" | "site" | "gate";
	name: string;
	value?: string;
}

/* urgent 緊急, caution 注意, log 記録 */
export type Severity = "urgent" | "caution" | "log";

/* a site to be */
export interface SiteNew {
	name: string;
}

/* new 新規, checking 確認中, working 対応中, watching 様子見, done 完了 */
export type State = "new" | "checking" | "working" | "watching" | "done";

/* a machine */
export interface SuppressedMachine {
	id: number;
	label: string;
}

/* Silence on purpose. */
export interface Suppression {
	id: number;
	cause: string;
	sign: string;
	peer: string;
	reason: string;
	state: "waits" | "alive" | "over";
	created_us: number;
	created_by: string;
	approved_us: number | null;
	approved_by: string;
	expires_us: number;
	ended_us: number | null;
	hits: number;
	hit_us: number | null;
	company: null | CompanyRef;
	machine: null | SuppressedMachine;
	mine: boolean;
}

/* what to keep silent, why and how long; it names a signature, an address or a machine, or a cause of one company */
export interface SuppressionAdd {
	reason: string;
	days: number;
	cause?: Cause;
	sign?: string;
	peer?: string;
	machine?: number;
	company?: number;
}

/* a page */
export interface SuppressionPage {
	items: Suppression[];
	next: string | null;
}

/* what it would have kept silent */
export interface SuppressionPreview {
	days: number;
	incidents: number;
	events: number;
	companies: number;
	machines: number;
	urgent: number;
	caution: number;
	log: number;
	unknown: number;
	policy: "alone" | "second" | "never";
	examples: Incident[];
}

export interface Token {
	id: number;
	name: string;
	scopes: string;
	created_us: number;
	expires_us: number;
	used_us: number | null;
}

export interface TokenList {
	items: Token[];
}

export interface TokenMade {
	id: number;
	token: string;
	expires_us: number;
}

export interface TokenMake {
	name: string;
	scopes: string;
	days?: number;
}

/* a code */
export interface TotpCode {
	code: string;
}

/* a new secret; it counts only after PUT /me/totp */
export interface TotpOffer {
	secret: string;
	uri: string;
}

/* what and whom events were about; sign and peer empty: the rest */
export interface Trace {
	sign: string;
	peer: string;
	what: string;
	events: number;
	last_us: number;
}

/* traces */
export interface TraceList {
	items: Trace[];
}

/* a signature that was wrong */
export interface Tuning {
	sign: string;
	what: string;
	mistaken: number;
	companies: number;
	events: number;
	last_us: number;
	incidents: number;
}

/* tuning list */
export interface TuningList {
	items: Tuning[];
}

/* What was made or changed. */
export interface WatchChanged {
	id: number;
}

/* A number. */
export interface WatchLimit {
	key: string;
	value: number;
	preset: number;
	least: number;
	most: number;
	unit: string;
	ja: string;
	en: string;
}

/* The numbers. */
export interface WatchLimitList {
	items: WatchLimit[];
}

/* A number to be. */
export interface WatchLimitNew {
	key: string;
	value: number;
}

/* Somebody or something by name. */
export interface WatchRef {
	id: number;
	name: string;
}
