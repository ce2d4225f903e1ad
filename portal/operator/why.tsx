/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why an incident is as severe as it is, and what it belongs to: its story, what was merged
 * into it, the campaign over several companies.
 */
import type { JSX } from "preact";
import { api } from "../shared/api/client";
import type { Incident, IncidentDetail } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { ActButton, SeverityBadge, StateBadge } from "../shared/ui/parts";
import { useCommon, useLang, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { words as operatorWords } from "./words";

export function Lines({ list, here }: { list: Incident[]; here: number }): JSX.Element {
	const lang = useLang();
	return (
		<ol class="lines">
			{list.map((i) => (
				<li key={i.id} aria-current={i.id === here ? "true" : undefined}>
					<time class="fixed">{precisely(i.first_us)}</time>{" "}
					{i.id === here ? <strong>{said(i, "title", lang)}</strong>
						: <a href={`#/incidents/${i.id}`}>{said(i, "title", lang)} #{i.id}</a>}{" "}
					<SeverityBadge severity={i.severity} /> <StateBadge state={i.state} />
				</li>
			))}
		</ol>
	);
}

export function Why({ incident, changed }: {
	incident: IncidentDetail; changed: (i: IncidentDetail) => void;
}): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const lang = useLang();
	const { campaign } = incident;
	return (
		<section class="panel why" aria-labelledby="why">
			<h2 id="why">{words("why_severity", { severity: shared(`severity_${incident.severity}`) })}</h2>
			{incident.why.length === 0
				? <p class="soft">{words("why_none")}</p>
				: <ul>{incident.why.map((w) => <li key={w.id}>{lang === "en" ? w.en : w.ja}{" "}<code class="soft">{w.id}</code></li>)}</ul>}
			{campaign && (
				<p><Icon name="office" size={18} /> <a href={`#/campaigns/${campaign.id}`}>
					{words("in_campaign", { n: campaign.companies })}</a>{" "}
					<span class="soft">{campaign.title || campaign.value}</span></p>
			)}
			{incident.suppression_id !== null && (
				<p><Icon name="note" size={18} /> <a href="#/suppressions">{words("is_suppressed", { n: incident.suppression_id })}</a></p>
			)}
			{incident.merged_into !== null && (
				<p><a href={`#/incidents/${incident.merged_into}`}>{words("is_merged", { n: incident.merged_into })}</a>{" "}
					<ActButton class="plain" act={async () => changed(await api.unmergeIncident(incident.id))}>{words("unmerge")}</ActButton></p>
			)}
			{incident.story.length > 0 && (
				<>
					<h3>{words("story")}</h3>
					<Lines list={incident.story} here={incident.id} />
					{incident.parent_id !== null && (
						<ActButton class="plain no-print" act={async () => changed(await api.linkIncident(incident.id, 0))}>{words("unlink")}</ActButton>
					)}
				</>
			)}
			{incident.merged.length > 0 && (
				<>
					<h3>{words("merged")}</h3>
					<Lines list={incident.merged} here={incident.id} />
				</>
			)}
		</section>
	);
}
