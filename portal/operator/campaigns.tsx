/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same at several companies: the list, and one place to act on all of them.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Campaign, CampaignDetail, Outcome, State } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { Paged, usePages } from "../shared/ui/pages";
import { ActButton, Empty, Fetched, SampleMark, SeverityBadge, StateBadge } from "../shared/ui/parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { Problem, useAct } from "./dialog";
import { nextStep, OUTCOMES } from "./move";
import { words as operatorWords } from "./words";

function useTitle(): (c: Campaign) => string {
	const lang = useLang();
	return (c) => c.title || `${lang === "en" ? c.kind_en : c.kind_ja} ${c.value}`;
}

export function CampaignsPage(): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const title = useTitle();
	const heading = useHeading(words("campaigns"), "campaigns");
	const pages = usePages<Campaign>((before) => api.campaigns({ before, limit: 50 }), ["campaigns"], change);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("campaigns")}</h1>
			<p class="soft">{words("campaigns_note")}</p>
			<Paged pages={pages} empty={<Empty icon="coffee">{words("campaigns_none")}</Empty>}>
				{(items) => (
					<ul class="plain-list">{items.map((c) => (
						<li class="card" key={c.id}>
							<p class="row"><SeverityBadge severity={c.severity} /><StateBadge state={c.state} />
								<a href={`#/campaigns/${c.id}`}><strong>{title(c)}</strong></a></p>
							<p class="soft">{words("campaign_counts", { companies: c.companies, incidents: c.incidents, open: c.open, events: c.events })}{" "}
								{precisely(c.last_us)}</p>
						</li>
					))}</ul>
				)}
			</Paged>
		</>
	);
}

function Act({ campaign, changed }: { campaign: CampaignDetail; changed: (c: CampaignDetail) => void }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const lang = useLang();
	const [note, setNote] = useState("");
	const [book, setBook] = useState("");
	const [outcome, setOutcome] = useState<Outcome>("");
	const books = useLoad(() => api.playbooks(), ["books"]);
	const { busy, problem, act } = useAct();
	const step = nextStep(campaign.state);
	const move = (state: State, as?: Exclude<Outcome, "">) => act(async () => {
		changed(await api.moveCampaign(campaign.id, {
			state, ...(as ? { outcome: as } : {}), ...(note.trim() ? { note: note.trim() } : {}), ...(book ? { book } : {}),
		}));
		setNote("");
		setBook("");
	});
	return (
		<section class="move no-print" aria-label={words("campaign_act")}>
			<p>{words("campaign_act_note", { n: campaign.open })}</p>
			<label class="label" for="c-note">{words("note")}</label>
			<textarea id="c-note" rows={2} maxLength={2000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
			<label class="label" for="c-book">{words("campaign_book")}</label>
			<select id="c-book" value={book} onChange={(e) => setBook(e.currentTarget.value)}>
				<option value="">–</option>
				{books.data?.items.map((b) => <option value={b.id} key={b.id}>{lang === "en" ? b.title.en : b.title.ja}</option>)}
			</select>
			<div class="row">
				{step && <button type="button" class="button primary" aria-busy={busy} onClick={() => move(step.to)}>{words(step.label)}</button>}
				{campaign.state !== "done" && (
					<span class="finish">
						<label class="unseen" for="c-outcome">{words("outcome")}</label>
						<select id="c-outcome" value={outcome} onChange={(e) => setOutcome(e.currentTarget.value as Outcome)}>
							<option value="">{words("outcome_pick")}</option>
							{OUTCOMES.map((o) => <option value={o} key={o}>{shared(`outcome_${o}`)}</option>)}
						</select>
						<button type="button" class="button" disabled={!outcome} aria-busy={busy}
							onClick={() => outcome && move("done", outcome)}>{words("finish")}</button>
					</span>
				)}
				{(note.trim() || book) && <button type="button" class="plain" onClick={() => move(campaign.state)}>{words("only_note")}</button>}
			</div>
			<Problem text={problem} />
		</section>
	);
}

function One({ campaign, changed }: { campaign: CampaignDetail; changed: (c: CampaignDetail) => void }): JSX.Element {
	const words = useWords(operatorWords);
	const lang = useLang();
	const title = useTitle()(campaign);
	const heading = useHeading(title, `campaign ${campaign.id}`);
	return (
		<article class="detail">
			<div class="row"><SeverityBadge severity={campaign.severity} /><StateBadge state={campaign.state} /></div>
			<h1 class="detail-title" ref={heading} tabIndex={-1}>{title}</h1>
			<p>{words("campaign_counts", { companies: campaign.companies, incidents: campaign.incidents, open: campaign.open, events: campaign.events })}</p>
			<Act campaign={campaign} changed={changed} />
			<h2>{words("way_companies")}</h2>
			<table class="table card">
				<thead><tr>
					<th scope="col">{words("company")}</th><th scope="col">{words("way_inbox")}</th>
					<th scope="col">{words("machine")}</th><th scope="col">{words("last")}</th><th scope="col">{words("col_do")}</th>
				</tr></thead>
				<tbody>{campaign.items.map((i) => (
					<tr key={i.id}>
						<th scope="row">{i.company.name}{i.company.sample && <SampleMark />}</th>
						<td data-label={words("way_inbox")}><a href={`#/incidents/${i.id}`}>{said(i, "title", lang)} #{i.id}</a>{" "}
							<SeverityBadge severity={i.severity} /> <StateBadge state={i.state} /></td>
						<td data-label={words("machine")}>{i.machine?.label ?? words("no_machine")}</td>
						<td data-label={words("last")}>{precisely(i.last_us)}</td>
						<td data-label={words("col_do")}>
							<ActButton class="plain" label={`${words("campaign_leave")}: #${i.id}`} act={async () => {
								await api.putInCampaign(i.id, 0);
								changed(await api.campaign(campaign.id));
							}}>{words("campaign_leave")}</ActButton>
						</td>
					</tr>
				))}</tbody>
			</table>
		</article>
	);
}

export function CampaignPage({ id }: { id: number }): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const campaign = useLoad(() => api.campaign(id), ["campaign", id], change);
	return (
		<>
			<p class="back"><a href="#/campaigns">{words("campaigns")}</a></p>
			<Fetched from={campaign}>{(it) => <One campaign={it} changed={campaign.set} />}</Fetched>
		</>
	);
}
