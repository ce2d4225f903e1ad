/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes incidents together and apart: merge, split, link, campaign.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Event as GateEvent, Incident, IncidentDetail } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { Fetched, SeverityBadge } from "../shared/ui/parts";
import { go } from "../shared/ui/route";
import { useLang, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { Dialog, Problem, useAct } from "./dialog";
import { Suppress } from "./suppress";
import { words as operatorWords } from "./words";

type Changed = (i: IncidentDetail) => void;

/* The company's other incidents that are not part of one already. */
function Others({ incident, pick, name }: {
	incident: IncidentDetail; pick: (id: number) => void; name: string;
}): JSX.Element {
	const words = useWords(operatorWords);
	const lang = useLang();
	const others = useLoad(() => api.incidents({ state: "open", company: String(incident.company.id), limit: 100 }),
		["others", incident.id]);
	const row = (i: Incident) => (
		<li key={i.id}>
			<label class="tick">
				<input type="radio" name={name} value={i.id} onChange={() => pick(i.id)} />
				<span>{said(i, "title", lang)} #{i.id} <SeverityBadge severity={i.severity} />{" "}
					<span class="soft">{[i.machine?.label, i.what, precisely(i.last_us)].filter(Boolean).join(" / ")}</span></span>
			</label>
		</li>
	);
	return (
		<Fetched from={others}>
			{(page) => {
				const items = page.items.filter((i) => i.id !== incident.id);
				return items.length === 0 ? <p class="soft">{words("others_none")}</p>
					: <ul class="choices">{items.map(row)}</ul>;
			}}
		</Fetched>
	);
}

function Merge({ incident, changed, link }: { incident: IncidentDetail; changed: Changed; link: boolean }): JSX.Element {
	const words = useWords(operatorWords);
	const [id, setId] = useState(0);
	const { busy, problem, act } = useAct();
	const title = words(link ? "link" : "merge");
	return (
		<Dialog label={title} title={title}>
			{(close) => (
				<form onSubmit={(e) => {
					e.preventDefault();
					if (id) act(async () => {
						changed(link ? await api.linkIncident(incident.id, id) : await api.mergeIncident(incident.id, id));
						close();
					});
				}}>
					<p>{words(link ? "link_note" : "merge_note")}</p>
					<Others incident={incident} pick={setId} name={link ? "link" : "merge"} />
					<Problem text={problem} />
					<button type="submit" class="button primary" disabled={!id} aria-busy={busy}>{title}</button>
				</form>
			)}
		</Dialog>
	);
}

function Split({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(operatorWords);
	const [picked, setPicked] = useState<number[]>([]);
	const { busy, problem, act } = useAct();
	const tick = (event: GateEvent, on: boolean) =>
		setPicked(on ? [...picked, event.id] : picked.filter((id) => id !== event.id));
	return (
		<Dialog label={words("split")} title={words("split")}>
			{(close) => (
				<form onSubmit={(e) => {
					e.preventDefault();
					if (picked.length) act(async () => {
						const fresh = await api.splitIncident(incident.id, { events: picked.join() });
						close();
						go(`#/incidents/${fresh.id}`);
					});
				}}>
					<p>{words("split_note")}</p>
					<Events id={incident.id} picked={picked} tick={tick} />
					<Problem text={problem} />
					<button type="submit" class="button primary" disabled={!picked.length} aria-busy={busy}>
						{words("split_go", { n: picked.length })}</button>
				</form>
			)}
		</Dialog>
	);
}

function Events({ id, picked, tick }: {
	id: number; picked: number[]; tick: (e: GateEvent, on: boolean) => void;
}): JSX.Element {
	const events = useLoad(() => api.events(id, undefined, 200), ["split", id]);
	return (
		<Fetched from={events}>
			{(page) => (
				<ul class="choices">{page.items.map((event) => (
					<li key={event.id}>
						<label class="tick">
							<input type="checkbox" checked={picked.includes(event.id)}
								onChange={(e) => tick(event, e.currentTarget.checked)} />
							<span><time class="fixed">{precisely(event.at_us)}</time> {event.what}{" "}
								<span class="soft fixed">{event.src} → {event.dest}</span></span>
						</label>
					</li>
				))}</ul>
			)}
		</Fetched>
	);
}

function Campaign({ incident, changed }: { incident: IncidentDetail; changed: Changed }): JSX.Element {
	const words = useWords(operatorWords);
	const { busy, problem, act } = useAct();
	const [title, setTitle] = useState("");
	const open = useLoad(() => api.campaigns({ state: "open", limit: 50 }), ["open campaigns", incident.id]);
	return (
		<Dialog label={words("campaign_put")} title={words("campaign_put")}>
			{(close) => (
				<>
					{open.data?.items.map((c) => (
						<p key={c.id}><button type="button" class="button small" aria-busy={busy} onClick={() => act(async () => {
							changed(await api.putInCampaign(incident.id, c.id));
							close();
						})}>{c.title || `${c.kind_ja} ${c.value}`}</button></p>
					))}
					<form onSubmit={(e) => {
						e.preventDefault();
						if (title.trim()) act(async () => {
							const fresh = await api.openCampaign(incident.id, title.trim());
							close();
							go(`#/campaigns/${fresh.id}`);
						});
					}}>
						<label class="label" for="campaign-title">{words("campaign_title")}</label>
						<input id="campaign-title" type="text" value={title} maxLength={120} onInput={(e) => setTitle(e.currentTarget.value)} />
						<Problem text={problem} />
						<button type="submit" class="button primary" disabled={!title.trim()} aria-busy={busy}>{words("campaign_new")}</button>
					</form>
				</>
			)}
		</Dialog>
	);
}

export function Reshape({ incident, changed }: { incident: IncidentDetail; changed: Changed }): JSX.Element {
	const words = useWords(operatorWords);
	if (incident.merged_into !== null) return <></>;
	return (
		<div class="row no-print reshape" role="group" aria-label={words("reshape")}>
			<Merge incident={incident} changed={changed} link={false} />
			<Split incident={incident} />
			<Merge incident={incident} changed={changed} link={true} />
			<Suppress incident={incident} />
			{!incident.campaign && <Campaign incident={incident} changed={changed} />}
		</div>
	);
}
