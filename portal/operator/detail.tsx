/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One incident for the operator: what it is, what to do with it, what happened so far, and
 * the evidence behind it.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { IncidentDetail, NoticeRef } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { ActButton, Badge, Fetched, SampleMark, SeverityBadge, StateBadge } from "../shared/ui/parts";
import { Playbooks } from "../shared/ui/playbook";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { CutBox } from "./cuts";
import { Evidence } from "./evidence";
import { Ladder } from "./ladder";
import { type Deed, type Line, timeline } from "./history";
import { Move } from "./move";
import { Reshape } from "./reshape";
import { Why } from "./why";
import { watchWords } from "./watchwords";
import { words as operatorWords } from "./words";

function Facts({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(operatorWords);
	const { machine } = incident;
	const rows: [string, string][] = [
		[words("machine"), machine ? machine.label : words("no_machine")],
		[words("address"), machine ? [machine.ip, machine.mac].filter(Boolean).join("  ") : ""],
		[words("what"), incident.what],
		[words("peer"), incident.peer],
		[words("stopped"), words(incident.stopped ? "stopped_yes" : "stopped_no")],
		[words("events"), String(incident.events)],
		[words("first"), precisely(incident.first_us)],
		[words("last"), precisely(incident.last_us)],
		[words("opened"), precisely(incident.opened_us)],
		[words("gate"), incident.gate.name],
		[words("call"), [incident.call.name, incident.call.phone].filter(Boolean).join("  ")],
	];
	return (
		<dl class="facts dense">
			{rows.filter(([, value]) => value).map(([name, value]) => (
				<><dt>{name}</dt><dd>{value}</dd></>
			))}
		</dl>
	);
}

function Plain({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(operatorWords);
	const lang = useLang();
	return (
		<details>
			<summary>{words("text")}</summary>
			<dl class="facts">
				<dt>{words("happened")}</dt><dd>{said(incident, "happened", lang)}</dd>
				<dt>{words("why")}</dt><dd>{said(incident, "why", lang)}</dd>
				<dt>{words("act")}</dt><dd>{said(incident, "act", lang)}</dd>
			</dl>
		</details>
	);
}

function useDeed(): (deed: Deed) => string {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const watch = useWords(watchWords);
	return (deed) => {
		switch (deed.kind) {
		case "first": return words("did_first");
		case "open": return words("did_open", { severity: deed.severity ? shared(`severity_${deed.severity}`) : "–" });
		case "raise": return words("did_raise", { from: shared(`severity_${deed.from}`), to: shared(`severity_${deed.to}`) });
		case "state": {
			const moved = words("did_state", { from: shared(`state_${deed.from}`), to: shared(`state_${deed.to}`) });
			return deed.outcome ? `${moved} (${shared(`outcome_${deed.outcome}`)})` : moved;
		}
		case "shape": return words(`did_${deed.what}`, { n: deed.n });
		case "note": return words("did_note");
		case "notice": {
			const key = deed.state === "sent" ? "did_notice" as const : `did_notice_${deed.state}` as const;
			return words(key, { recipient: deed.recipient });
		}
		case "book": return words("did_book", { book: deed.book });
		case "step": return words(deed.done ? "did_step" : "did_step_undone");
		case "ladder": return watch(`did_${deed.what}`);
		case "other": return deed.action;
		}
	};
}

function Timeline({ lines }: { lines: Line[] }): JSX.Element {
	const words = useWords(operatorWords);
	const deed = useDeed();
	return (
		<section aria-labelledby="timeline">
			<h2 id="timeline">{words("timeline")}</h2>
			<ol class="timeline">
				{lines.map((line) => (
					<li>
						<time class="fixed" dateTime={new Date(line.at_us / 1000).toISOString()}>{precisely(line.at_us)}</time>
						<span><strong>{deed(line.deed)}</strong>
							<span class="soft"> {line.who || (line.deed.kind === "first" ? "" : words("by_centre"))}</span>
							{line.note && <span class="note">{line.note}</span>}
						</span>
					</li>
				))}
			</ol>
		</section>
	);
}

function NoticeLine({ notice }: { notice: NoticeRef }): JSX.Element {
	const words = useWords(operatorWords);
	const [body, setBody] = useState<string | null>(null);
	const tone = notice.state === "sent" ? "calm" : notice.state === "failed" ? "alarm" : "quiet";
	return (
		<li>
			<p class="row">
				<Badge tone={tone} icon={notice.state === "sent" ? "check" : notice.state === "failed" ? "alarm" : "clock"}>
					{words(`notice_${notice.state}`)}
				</Badge>
				<span><strong>{notice.subject}</strong>{" "}
					<span class="soft">{notice.channel} {notice.recipient} {notice.sent_us !== null && precisely(notice.sent_us)}</span>
				</span>
				{body === null && (
					<ActButton class="plain" label={`${words("notice_read")}: ${notice.subject}`}
						act={async () => setBody((await api.notice(notice.id)).body)}>{words("notice_read")}</ActButton>
				)}
			</p>
			{notice.error && <p class="problem"><Icon name="alert" size={18} />{notice.error}</p>}
			{body !== null && <pre class="letter" tabIndex={0}>{body}</pre>}
		</li>
	);
}

function Notices({ list }: { list: NoticeRef[] }): JSX.Element {
	const words = useWords(operatorWords);
	return (
		<section aria-labelledby="notices">
			<h2 id="notices">{words("notices")}</h2>
			{list.length === 0
				? <p class="soft">{words("notices_none")}</p>
				: <ul class="notices">{list.map((n) => <NoticeLine notice={n} key={n.id} />)}</ul>}
		</section>
	);
}

function Detail({ incident, changed }: {
	incident: IncidentDetail; changed: (i: IncidentDetail) => void;
}): JSX.Element {
	const lang = useLang();
	const title = said(incident, "title", lang);
	const heading = useHeading(`${title} – ${incident.company.name}`, `incident ${incident.id}`);
	return (
		<article class="detail">
			<div class="row">
				<SeverityBadge severity={incident.severity} />
				<StateBadge state={incident.state} />
				<span class="soft fixed">#{incident.id}</span>
			</div>
			<h1 class="detail-title" ref={heading} tabIndex={-1}>{title}</h1>
			<p class="detail-company">
				<strong>{incident.company.name}</strong>{incident.company.sample && <SampleMark />}
				{incident.machine && <>　<Icon name="machine" size={18} /> {incident.machine.label}</>}
			</p>
			<Move incident={incident} changed={changed} />
			<Why incident={incident} changed={changed} />
			<Reshape incident={incident} changed={changed} />
			<Ladder id={incident.id} change={incident.change} />
			<Facts incident={incident} />
			{incident.machine && <CutBox machine={incident.machine} company={incident.company.id} key={incident.machine.id} />}
			<Plain incident={incident} />
			<Playbooks id={incident.id} change={incident.change} open={incident.state !== "done"} all />
			<Timeline lines={timeline(incident)} />
			<Notices list={incident.notices} />
			<Evidence company={incident.company.id} id={incident.id} change={incident.change} />
		</article>
	);
}

export function DetailPane({ id, seen }: { id: number; seen: (i: IncidentDetail) => void }): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const incident = useLoad(() => api.incident(id), ["incident", id], change);
	useEffect(() => {
		if (incident.data) seen(incident.data);
	}, [incident.data]);
	return (
		<>
			<p class="back"><a href="#/"><Icon name="back" size={18} />{words("back")}</a></p>
			<Fetched from={incident}>{(it) => <Detail incident={it} changed={incident.set} />}</Fetched>
		</>
	);
}
