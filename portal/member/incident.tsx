/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One incident for the company: what happened, what to do, whom to call.  Made to be
 * printed or sent by FAX too.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { IncidentDetail, Machine, NoticeRef, State } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { Paged, usePages } from "../shared/ui/pages";
import { ActButton, Badge, Fetched, SEVERITY_TONE, SeverityBadge, tel } from "../shared/ui/parts";
import { Playbooks } from "../shared/ui/playbook";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { exactly, precisely, when } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { todo } from "./steps";
import { words as memberWords } from "./words";

const STATES: State[] = ["new", "checking", "working", "watching", "done"];

function Act({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const done = incident.state === "done";
	const { lead, steps } = todo(said(incident, "act", lang));
	const join = lang !== "en" ? "" : " ";
	const tone = done || incident.severity === "log" ? "quiet" : SEVERITY_TONE[incident.severity];
	return (
		<section class={`act tone-${tone}`} aria-labelledby="act">
			<h2 id="act">{words(done ? "act_done" : "act")}</h2>
			{lead.length > 0 && <p class="one-step">{lead.join(join)}</p>}
			{steps.length === 1 && steps.map((step) => (
				<p class="one-step">{[step.text, ...step.more].join(join)}</p>
			))}
			{steps.length > 1 && (
				<ol class="steps">
					{steps.map((step) => (
						<li key={step.text}>
							<span>{step.text}{step.more.length > 0 && <small>{step.more.join(join)}</small>}</span>
						</li>
					))}
				</ol>
			)}
		</section>
	);
}

function Call({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const { call } = incident;
	if (!call.phone && !call.mail) return <></>;
	return (
		<section class="card call" aria-labelledby="call">
			<h2 id="call">{words("call")}</h2>
			<p class="call-name">{call.name || shared("desk")}</p>
			{call.phone && (
				<a class="phone" href={tel(call.phone)}><Icon name="phone" size={30} />{call.phone}</a>
			)}
			{call.mail && <p><Icon name="mail" size={20} /> <a href={`mailto:${call.mail}`}>{call.mail}</a></p>}
			<p class="soft">{words("call_note", { n: incident.id })}</p>
		</section>
	);
}

/* Only NEW_MACHINE asks; what was answered is kept with the machine. */
function Known({ incident, machine }: { incident: IncidentDetail; machine: NonNullable<IncidentDetail["machine"]> }): JSX.Element {
	const words = useWords(memberWords);
	const found = useLoad(
		async () => (await api.machines({ q: machine.mac, limit: 20 })).items.find((m) => m.id === machine.id) ?? null,
		["machine", machine.id, incident.change]);
	const [said, setSaid] = useState<Machine["known"] | null>(null);
	const known = said ?? found.data?.known ?? 0;
	const say = (as: 1 | 2) => async () => {
		await api.setMachine(machine.id, { known: as });
		setSaid(as);
	};
	return (
		<section class="card known" aria-labelledby="known">
			<h2 id="known">{words("known_ask")}</h2>
			<p class="known-name"><Icon name="machine" /> <strong>{machine.label}</strong></p>
			<div class="row">
				<ActButton act={say(1)}><Icon name="check" size={20} />{words("known_ours")}</ActButton>
				<ActButton act={say(2)} class="button warn"><Icon name="question" size={20} />{words("known_not")}</ActButton>
			</div>
			<div role="status">
				{known === 1 && <p class="done-note"><Icon name="check" size={20} />{words("known_is_ours")}</p>}
				{known === 2 && <p class="panel tone-care spaced"><Icon name="alert" size={22} />{words("known_is_not")}</p>}
			</div>
		</section>
	);
}

function Help({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const at = STATES.indexOf(incident.state);
	return (
		<section class="card" aria-labelledby="help">
			<h2 id="help">{words("help")}</h2>
			<p>
				{words(`help_${incident.state}`)}
				{incident.outcome && <> {words("help_outcome")}: <strong>{shared(`outcome_${incident.outcome}`)}</strong></>}
			</p>
			<ol class="stages">
				{STATES.map((state, i) => (
					<li key={state} class={i < at ? "past" : i === at ? "now" : "later"}
						aria-current={i === at ? "step" : undefined}>
						<span class="dot">{i < at || incident.state === "done" ? <Icon name="check" size={16} /> : i + 1}</span>
						{shared(`state_${state}`)}
					</li>
				))}
			</ol>
		</section>
	);
}

/* Where `what` is a virus, a site or an application, the company knows the word; the name
 * of a rule is for specialists. */
function known(cause: string, what: string): string {
	return ["EXPLOIT", "BACKDOOR", "PROBE", "OTHER"].includes(cause) ? "" : what;
}

function Facts({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const { machine } = incident;
	const numbers = machine ? [machine.ip, machine.mac].filter(Boolean).join(" / ") : "";
	const rows: [string, string][] = [
		[words("fact_machine"), machine?.label ?? words("whole_office")],
		[words("fact_number"), numbers],
		[words("fact_what"), known(incident.cause, incident.what)],
		[words("fact_peer"), incident.peer],
		[words("fact_first"), exactly(incident.first_us, lang)],
		[words("fact_last"), exactly(incident.last_us, lang)],
		[words("fact_times"), words("times", { n: incident.events })],
		[words("fact_gate"), incident.gate.name],
	];
	return (
		<section class="card" aria-labelledby="facts">
			<h2 id="facts">{words("facts")}</h2>
			<dl class="facts">
				{rows.filter(([, value]) => value).map(([name, value]) => (
					<><dt>{name}</dt><dd>{value}</dd></>
				))}
			</dl>
			<Notices list={incident.notices} />
			<Records id={incident.id} change={incident.change} />
		</section>
	);
}

function NoticeLine({ notice }: { notice: NoticeRef }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const [body, setBody] = useState<string | null>(null);
	return (
		<li>
			<p><strong>{notice.subject}</strong><br />
				<span class="soft">
					{words(`notice_${notice.state}`, { time: notice.sent_us === null ? "" : when(notice.sent_us, lang) })} {notice.recipient}
				</span>
			</p>
			{body === null
				? <ActButton class="plain" label={`${words("notice_open")}: ${notice.subject}`}
					act={async () => setBody((await api.notice(notice.id)).body)}>{words("notice_open")}</ActButton>
				: <pre class="letter">{body}</pre>}
		</li>
	);
}

function Notices({ list }: { list: NoticeRef[] }): JSX.Element {
	const words = useWords(memberWords);
	if (list.length === 0) return <></>;
	return (
		<details>
			<summary>{words("notices")}</summary>
			<ul class="bare notices">{list.map((n) => <NoticeLine notice={n} key={n.id} />)}</ul>
		</details>
	);
}

function Records({ id, change }: { id: number; change: number }): JSX.Element {
	const words = useWords(memberWords);
	const [open, setOpen] = useState(false);
	return (
		<details onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>{words("records")}</summary>
			{open && <RecordTable id={id} change={change} />}
		</details>
	);
}

function RecordTable({ id, change }: { id: number; change: number }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const pages = usePages((before) => api.events(id, before, 20), ["events", id], change);
	return (
		<Paged pages={pages} empty={<p>{words("records_none")}</p>}>
			{(items) => (
				<ul class="bare records">
					{items.map((event) => (
						<li key={event.id}>
							<span class="fixed">{precisely(event.at_us + event.shift_us)}</span>{" "}
							{event.clock !== "said" && <span class="soft">{words("record_clock")} </span>}
							<span>{shared(event.stopped ? "stopped" : "not_stopped")}</span>
							{event.more > 0 && <strong class="more"> {words("record_more", { n: event.more })}</strong>}
							<span class="soft">
								{words("record_from")} <span class="fixed">{event.src || "–"}</span>{" "}
								{words("record_to")} <span class="fixed">{event.dest || "–"}</span>
								{known(event.cause, event.what) && <> / {event.what}</>}
							</span>
						</li>
					))}
				</ul>
			)}
		</Paged>
	);
}

/* What happened before and after on the same machine, and that others have it too. */
function Belongs({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const others = incident.story.filter((i) => i.id !== incident.id);
	if (others.length === 0 && !incident.elsewhere) return <></>;
	const n = incident.elsewhere?.companies;
	return (
		<section class="card" aria-labelledby="belongs">
			<h2 id="belongs">{words("belongs")}</h2>
			{incident.elsewhere && <p>{n ? words("elsewhere_n", { n }) : words("elsewhere")}</p>}
			{others.length > 0 && (
				<ul class="bare">{others.map((i) => (
					<li key={i.id}><a href={`#/incidents/${i.id}`}>{said(i, "title", lang)}</a>{" "}
						<span class="soft">{when(i.first_us, lang)}</span></li>
				))}</ul>
			)}
		</section>
	);
}

function Sheet({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const lang = useLang();
	const heading = useHeading(said(incident, "title", lang), `incident ${incident.id}`);
	const asks = incident.cause === "NEW_MACHINE" && incident.machine && incident.state !== "done";
	return (
		<article class="sheet">
			<p class="paper-only">
				{words("call_number")} {incident.id}　{words("printed", { time: exactly(Date.now() * 1000, lang) })}
			</p>
			<div class="row badges">
				<SeverityBadge severity={incident.severity} />
				{incident.severity !== "log" && (
					<Badge tone={incident.stopped ? "calm" : "care"} icon={incident.stopped ? "shieldcheck" : "alert"}>
						{shared(incident.stopped ? "stopped" : "not_stopped")}
					</Badge>
				)}
				<span class="soft">{when(incident.last_us, lang)}</span>
			</div>
			<h1 ref={heading} tabIndex={-1}>{said(incident, "title", lang)}</h1>
			<section aria-label={words("happened")}>
				<p class="happened">{said(incident, "happened", lang)}</p>
			</section>
			{asks && incident.machine && <Known incident={incident} machine={incident.machine} />}
			<Act incident={incident} />
			<div class="pair">
				<Call incident={incident} />
				<section class="card" aria-labelledby="why">
					<h2 id="why">{words("why")}</h2>
					<p class="last">{said(incident, "why", lang)}</p>
				</section>
			</div>
			{incident.severity !== "log" && (
				<Playbooks id={incident.id} change={incident.change} open={incident.state !== "done"} />
			)}
			<Belongs incident={incident} />
			<Help incident={incident} />
			<Facts incident={incident} />
			<p class="after-list">
				<button type="button" class="button" onClick={() => print()}><Icon name="print" size={20} />{shared("print")}</button>
			</p>
		</article>
	);
}

export function IncidentPage({ id }: { id: number }): JSX.Element {
	const words = useWords(memberWords);
	const { change } = useSession();
	const incident = useLoad(() => api.incident(id), ["incident", id], change);
	return (
		<>
			<p class="no-print back"><a href="#/incidents"><Icon name="back" size={18} />{words("list_title")}</a></p>
			<Fetched from={incident}>{(it) => <Sheet incident={it} />}</Fetched>
		</>
	);
}
