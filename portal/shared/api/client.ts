/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one place that talks to the centre.  Same origin, JSON, a cookie that script
 * cannot read, and the session's CSRF value in a header of everything that changes.
 */
import type {
	AuditList, BundleList, CampaignDetail, CampaignMove, CampaignPage, CompanyList, CompanyNew, Consent,
	ConsentGive, Contact, ContactChange, ContactList, ContactMade, ContactNew, Containment,
	ContainmentList, DeadlineList, Duty, DutyShiftNew, DutySwapNew, EnrolCode, EventPage, Exception,
	ExceptionList, ExceptionNew, Gate, GateFindingList, GateFleet, GateList, GlassBroken, Home,
	IncidentDetail, IncidentLadder, IncidentPage, IncidentPlaybooks, IncidentSplit, InviteList,
	InviteNew, InviteShown, Ladders, LadderStepNew, Lang, Live, Machine, MachineChange, MachinePage,
	Me, MeAnswer, NewId, Notice, OidcAsked, OidcOn, Outcome, PasskeyChallenge, PasskeyList,
	PasskeyOffer, PersonList, PlaybookList, QuietWindowList, QuietWindowNew, RecoveryList,
	ResellerList, ResellerNew, Rollout, RolloutList, SessionList, SettingChange, State, Suppression, SuppressionAdd,
	SuppressionPage, SuppressionPreview, TotpOffer, TraceList, TuningList, WatchChanged,
	WatchLimitList,
} from "./types";

/* `code` is the centre's word ("denied", "slow"); "offline" when it gave no answer at all. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: string,
		readonly message_ja: string,
		readonly message_en: string,
		readonly retry_after_s: number,
	) {
		super(`${status} ${code}`);
	}
}

let csrf = "";
let onSignedOut: () => void = () => {};

export function setCsrf(value: string): void {
	csrf = value;
}

/* Called when the centre no longer knows the session. */
export function whenSignedOut(then: () => void): void {
	onSignedOut = then;
}

export type Query = Record<string, string | number | undefined | null>;

export function withQuery(path: string, query: Query): string {
	const parts: string[] = [];
	for (const [key, value] of Object.entries(query)) {
		if (value === undefined || value === null || value === "") continue;
		parts.push(`${key}=${encodeURIComponent(String(value))}`);
	}
	return parts.length ? `${path}?${parts.join("&")}` : path;
}

async function failure(answer: Response): Promise<ApiError> {
	let error: Record<string, unknown> = {};
	let retry = Number(answer.headers.get("Retry-After") ?? 0);
	try {
		const body = (await answer.json()) as Record<string, unknown>;
		if (body && typeof body["error"] === "object" && body["error"])
			error = body["error"] as Record<string, unknown>;
		retry = Number(error["retry_after_s"] ?? body["retry_after_s"] ?? retry);
	} catch {
		/* A proxy's own page is not JSON; the status alone must do. */
	}
	const text = (key: string) => (typeof error[key] === "string" ? (error[key] as string) : "");
	return new ApiError(
		answer.status, text("code") || `http-${answer.status}`, text("message_ja"),
		text("message_en"), Number.isFinite(retry) ? retry : 0,
	);
}

const OPEN_DOORS = ["/login", "/once", "/login/passkey", "/login/passkey/ask", "/login/oidc", "/login/oidc/ask", "/invites/look", "/invites/accept"];

async function call<T>(
	method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown, signal?: AbortSignal,
): Promise<T> {
	const headers: Record<string, string> = { Accept: "application/json" };
	if (method !== "GET") {
		headers["Content-Type"] = "application/json";
		if (csrf) headers["X-Otasuke-Csrf"] = csrf;
	}
	let answer: Response;
	try {
		answer = await fetch(`/api/v1${path}`, {
			method,
			headers,
			credentials: "same-origin",
			cache: "no-store",
			body: body === undefined ? undefined : JSON.stringify(body),
			signal,
		});
	} catch (problem) {
		if (signal?.aborted) throw problem;
		throw new ApiError(0, "offline", "", "", 0);
	}
	if (!answer.ok) {
		const error = await failure(answer);
		if (error.status === 401 && !OPEN_DOORS.includes(path)) onSignedOut();
		throw error;
	}
	if (answer.status === 204) return undefined as T;
	return (await answer.json()) as T;
}

/* What a suppression covers; nothing given: all. */
export type Covers = Omit<SuppressionAdd, "reason" | "days">;

export interface IncidentQuery {
	state?: "open" | "done" | "all";
	severity?: string;
	cause?: string;
	company?: number | string;
	q?: string;
	before?: string;
	limit?: number;
}

function signedIn(me: Me): Me {
	csrf = me.csrf;
	return me;
}

export const api = {
	login: async (mail: string, password: string, totp?: string) =>
		signedIn((await call<MeAnswer>("POST", "/login",
			totp ? { mail, password, totp } : { mail, password })).me),
	once: async (token: string, totp?: string) =>
		signedIn((await call<MeAnswer>("POST", "/once", totp ? { token, totp } : { token })).me),
	hasOidc: () => call<OidcOn>("GET", "/login/oidc"),
	oidcAsk: () => call<OidcAsked>("POST", "/login/oidc/ask", {}),
	oidc: async (code: string, state: string) =>
		signedIn((await call<MeAnswer>("POST", "/login/oidc", { code, state })).me),
	passkeyAsk: () => call<PasskeyChallenge>("POST", "/login/passkey/ask", {}),
	passkeyLogin: async (id: string, client: string, auth: string, signature: string) =>
		signedIn((await call<MeAnswer>("POST", "/login/passkey", { id, client, auth, signature })).me),
	passkeys: () => call<PasskeyList>("GET", "/me/passkeys"),
	passkeyOffer: () => call<PasskeyOffer>("POST", "/me/passkeys/offer", {}),
	passkeyAdd: (name: string, client: string, auth: string) =>
		call<NewId>("POST", "/me/passkeys", { name, client, auth }),
	removePasskey: (id: number) => call<void>("DELETE", `/me/passkeys/${id}`, {}),
	sessions: () => call<SessionList>("GET", "/me/sessions"),
	endSession: (id: number) => call<void>("DELETE", `/me/sessions/${id}`, {}),
	lookAtInvite: (token: string) => call<InviteShown>("POST", "/invites/look", { token }),
	acceptInvite: async (token: string, name: string, password: string) =>
		signedIn((await call<MeAnswer>("POST", "/invites/accept", { token, name, password })).me),
	people: (before?: string) => call<PersonList>("GET", withQuery("/people", { before, limit: 50 })),
	endPerson: (id: number) => call<void>("DELETE", `/people/${id}`, {}),
	invites: () => call<InviteList>("GET", "/invites"),
	invite: (whom: InviteNew) => call<NewId>("POST", "/invites", whom),
	revokeInvite: (id: number) => call<void>("DELETE", `/invites/${id}`, {}),
	resellers: () => call<ResellerList>("GET", "/resellers"),
	addReseller: (fresh: ResellerNew) => call<NewId>("POST", "/resellers", fresh),
	addCompany: (fresh: CompanyNew) => call<NewId>("POST", "/companies", fresh),
	breakGlass: (company: number, reason: string) => call<GlassBroken>("POST", `/companies/${company}/glass`, { reason }),
	consent: () => call<Consent>("GET", "/consent"),
	setConsent: (given: ConsentGive) => call<Consent>("PUT", "/consent", given),
	recoveries: (before?: string) => call<RecoveryList>("GET", withQuery("/recoveries", { before })),
	openRecovery: (mail: string, reason: string) => call<NewId>("POST", "/recoveries", { mail, reason }),
	confirmRecovery: (id: number, called: string) => call<void>("POST", `/recoveries/${id}/confirm`, { called }),
	refuseRecovery: (id: number) => call<void>("DELETE", `/recoveries/${id}`, {}),
	audit: (before?: string) => call<AuditList>("GET", withQuery("/audit", { before, limit: 50 })),
	logout: () => call<void>("POST", "/logout", {}),
	me: async () => signedIn(await call<Me>("GET", "/me")),
	setLang: async (lang: Lang) => signedIn((await call<MeAnswer>("PUT", "/me", { lang })).me),
	/* The first password has no old one. */
	setPassword: async (old: string | null, fresh: string) =>
		signedIn((await call<MeAnswer>("PUT", "/me", {
			password: old === null ? { new: fresh } : { old, new: fresh },
		})).me),
	totpStart: () => call<TotpOffer>("POST", "/me/totp", {}),
	totpOn: (code: string) => call<void>("PUT", "/me/totp", { code }),
	totpOff: (code: string) => call<void>("DELETE", "/me/totp", { code }),
	home: () => call<Home>("GET", "/home"),
	incidents: (query: IncidentQuery, signal?: AbortSignal) =>
		call<IncidentPage>("GET", withQuery("/incidents", { ...query }), undefined, signal),
	incident: (id: number) => call<IncidentDetail>("GET", `/incidents/${id}`),
	events: (id: number, before?: string, limit = 20) =>
		call<EventPage>("GET", withQuery(`/incidents/${id}/events`, { before, limit })),
	moveIncident: (id: number, state: State, outcome?: Outcome, note?: string) =>
		call<IncidentDetail>("PUT", `/incidents/${id}`, {
			state,
			...(outcome ? { outcome } : {}),
			...(note ? { note } : {}),
		}),
	mergeIncident: (into: number, from: number) =>
		call<IncidentDetail>("POST", `/incidents/${into}/merge`, { from }),
	unmergeIncident: (id: number) => call<IncidentDetail>("POST", `/incidents/${id}/unmerge`, {}),
	splitIncident: (id: number, split: IncidentSplit) =>
		call<IncidentDetail>("POST", `/incidents/${id}/split`, split),
	linkIncident: (id: number, parent: number) =>
		call<IncidentDetail>("PUT", `/incidents/${id}/parent`, { parent }),
	putInCampaign: (id: number, campaign: number) =>
		call<IncidentDetail>("PUT", `/incidents/${id}/campaign`, { campaign }),
	traces: (id: number) => call<TraceList>("GET", `/incidents/${id}/traces`),
	campaigns: (query: { state?: "open" | "done" | "all"; before?: string; limit?: number }) =>
		call<CampaignPage>("GET", withQuery("/campaigns", { ...query })),
	campaign: (id: number) => call<CampaignDetail>("GET", `/campaigns/${id}`),
	openCampaign: (incident: number, title: string) =>
		call<CampaignDetail>("POST", "/campaigns", { incident, title }),
	moveCampaign: (id: number, move: CampaignMove) =>
		call<CampaignDetail>("PUT", `/campaigns/${id}`, move),
	suppressions: (query: { state?: "alive" | "over" | "all"; before?: string; limit?: number }) =>
		call<SuppressionPage>("GET", withQuery("/suppressions", { ...query })),
	previewSuppression: (covers: Covers) =>
		call<SuppressionPreview>("GET", withQuery("/suppressions/preview", { ...covers })),
	suppress: (add: SuppressionAdd) => call<Suppression>("POST", "/suppressions", add),
	agreeSuppression: (id: number) => call<Suppression>("POST", `/suppressions/${id}/agree`, {}),
	endSuppression: (id: number) => call<Suppression>("DELETE", `/suppressions/${id}`, {}),
	tuning: () => call<TuningList>("GET", "/tuning"),
	playbooks: () => call<PlaybookList>("GET", "/playbooks"),
	incidentPlaybooks: (id: number) => call<IncidentPlaybooks>("GET", `/incidents/${id}/playbooks`),
	addPlaybook: (id: number, book: string) => call<IncidentPlaybooks>("POST", `/incidents/${id}/playbooks`, { book }),
	markStep: (id: number, book: string, step: string, done: boolean) =>
		call<IncidentPlaybooks>("PUT", `/incidents/${id}/playbooks`, { book, step, done: done ? 1 : 0 }),
	machines: (query: { q?: string; company?: number; before?: string; limit?: number }) =>
		call<MachinePage>("GET", withQuery("/machines", { ...query })),
	setMachine: (id: number, change: MachineChange) =>
		call<Machine>("PUT", `/machines/${id}`, change),
	gates: (company?: number) => call<GateList>("GET", withQuery("/gates", { company })),
	enrolCode: (gate: number) => call<EnrolCode>("POST", `/gates/${gate}/enrol-code`, {}),
	revoke: (gate: number) => call<Gate>("POST", `/gates/${gate}/revoke`, {}),
	gateFleet: (gate: number) => call<GateFleet>("GET", `/gates/${gate}/fleet`),
	setGateSetting: (gate: number, change: SettingChange) => call<GateFleet>("PUT", `/gates/${gate}/settings`, change),
	joinGroup: (gate: number, group: string) => call<GateFleet>("PUT", `/gates/${gate}/group`, { group }),
	swapCode: (gate: number) => call<EnrolCode>("POST", `/gates/${gate}/swap-code`, {}),
	containments: (company?: number) => call<ContainmentList>("GET", withQuery("/containments", { company })),
	cut: (machine: number, reason: string, minutes: number) =>
		call<Containment>("POST", `/machines/${machine}/contain`, { reason, minutes }),
	confirmCut: (id: number) => call<Containment>("POST", `/containments/${id}/confirm`, {}),
	releaseCut: (id: number) => call<Containment>("POST", `/containments/${id}/release`, {}),
	exceptions: (company?: number) => call<ExceptionList>("GET", withQuery("/exceptions", { company })),
	addException: (gate: number, it: ExceptionNew) => call<Exception>("POST", `/gates/${gate}/exceptions`, it),
	removeException: (id: number) => call<Exception>("DELETE", `/exceptions/${id}`, {}),
	bundles: () => call<BundleList>("GET", "/bundles"),
	rollouts: () => call<RolloutList>("GET", "/rollouts"),
	startRollout: (bundle: number, rings: string, soak_minutes: number) =>
		call<Rollout>("POST", `/bundles/${bundle}/rollout`, { rings, soak_minutes }),
	freezeRollout: (id: number) => call<Rollout>("POST", `/rollouts/${id}/freeze`, {}),
	resumeRollout: (id: number) => call<Rollout>("POST", `/rollouts/${id}/resume`, {}),
	undoRollout: (id: number, reason: string) => call<Rollout>("POST", `/rollouts/${id}/undo`, { reason }),
	companies: (q?: string) => call<CompanyList>("GET", withQuery("/companies", { q })),
	contacts: (company?: number) => call<ContactList>("GET", withQuery("/contacts", { company })),
	addContact: (fresh: ContactNew) => call<ContactMade>("POST", "/contacts", fresh),
	setContact: (id: number, change: ContactChange) => call<Contact>("PUT", `/contacts/${id}`, change),
	removeContact: (id: number) => call<void>("DELETE", `/contacts/${id}`, {}),
	testContact: (id: number) => call<Contact>("POST", `/contacts/${id}/test`, {}),
	confirmContact: (id: number, code: string) => call<Contact>("POST", `/contacts/${id}/confirm`, { code }),
	duty: () => call<Duty>("GET", "/watch/duty"),
	addShift: (fresh: DutyShiftNew) => call<WatchChanged>("POST", "/watch/shifts", fresh),
	endShift: (id: number) => call<WatchChanged>("DELETE", `/watch/shifts/${id}`, {}),
	addSwap: (fresh: DutySwapNew) => call<WatchChanged>("POST", "/watch/swaps", fresh),
	endSwap: (id: number) => call<WatchChanged>("DELETE", `/watch/swaps/${id}`, {}),
	ladder: (at_us?: number) => call<Ladders>("GET", withQuery("/watch/ladder", { at_us })),
	addLadderStep: (fresh: LadderStepNew) => call<WatchChanged>("POST", "/watch/ladder", fresh),
	endLadderStep: (id: number) => call<WatchChanged>("DELETE", `/watch/ladder/${id}`, {}),
	resetLadder: (severity: "urgent" | "caution") => call<WatchChanged>("PUT", "/watch/ladder", { severity }),
	incidentLadder: (id: number) => call<IncidentLadder>("GET", `/incidents/${id}/ladder`),
	deadlines: () => call<DeadlineList>("GET", "/watch/deadlines"),
	findings: (company?: number) => call<GateFindingList>("GET", withQuery("/watch/findings", { company })),
	limits: () => call<WatchLimitList>("GET", "/watch/limits"),
	setLimit: (key: string, value: number) => call<WatchChanged>("PUT", "/watch/limits", { key, value }),
	quiet: (company?: number) => call<QuietWindowList>("GET", withQuery("/watch/windows", { company })),
	planQuiet: (fresh: QuietWindowNew) => call<WatchChanged>("POST", "/watch/windows", fresh),
	endQuiet: (id: number) => call<WatchChanged>("DELETE", `/watch/windows/${id}`, {}),
	notice: (id: number) => call<Notice>("GET", `/notices/${id}`),
	live: (since: number | undefined, signal: AbortSignal) =>
		call<Live>("GET", withQuery("/live", { since }), undefined, signal),
};
