/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Silence on purpose: what a suppression would have hidden, before it is asked for; the list
 * of those that are alive; and the signatures that were wrong.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Covers } from "../shared/api/client";
import type { IncidentDetail, Suppression, SuppressionPreview, Trace } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { Paged, usePages } from "../shared/ui/pages";
import { ActButton, Badge, Empty, Fetched } from "../shared/ui/parts";
import { useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { Dialog, Problem, useAct } from "./dialog";
import { Lines } from "./why";
import { words as operatorWords } from "./words";

function Preview({ preview }: { preview: SuppressionPreview }): JSX.Element {
	const words = useWords(operatorWords);
	return (
		<div class="panel preview" role="status">
			<p><strong>{words("preview_sum", { days: preview.days, incidents: preview.incidents, events: preview.events, companies: preview.companies })}</strong></p>
			<p>{words("preview_levels", { urgent: preview.urgent, caution: preview.caution, log: preview.log })}</p>
			{preview.unknown > 0 && <p class="soft">{words("preview_unknown", { n: preview.unknown })}</p>}
			{preview.policy === "second" && <p>{words("policy_second")}</p>}
			{preview.policy === "never" && <p class="problem">{words("policy_never")}</p>}
			<Lines list={preview.examples} here={0} />
		</div>
	);
}

interface Wanted { trace: string; peer: boolean; machine: boolean; company: boolean; cause: boolean }

function coversOf(incident: IncidentDetail, traces: Trace[], wanted: Wanted): Covers {
	const trace = traces[Number(wanted.trace)];
	return {
		...(wanted.cause ? { cause: incident.cause } : {}),
		...(trace?.sign ? { sign: trace.sign } : {}),
		...(wanted.peer && trace?.peer ? { peer: trace.peer } : {}),
		...(wanted.machine && incident.machine ? { machine: incident.machine.id } : {}),
		...(wanted.company ? { company: incident.company.id } : {}),
	};
}

function Form({ incident, traces, close }: {
	incident: IncidentDetail; traces: Trace[]; close: () => void;
}): JSX.Element {
	const words = useWords(operatorWords);
	const [wanted, setWanted] = useState<Wanted>({ trace: "0", peer: false, machine: incident.machine !== null, company: true, cause: true });
	const [reason, setReason] = useState("");
	const [days, setDays] = useState(30);
	const [preview, setPreview] = useState<SuppressionPreview | null>(null);
	const { busy, problem, act } = useAct();
	const covers = coversOf(incident, traces, wanted);
	useEffect(() => {
		let late = false;
		api.previewSuppression(covers).then((p) => void (late || setPreview(p)), () => void (late || setPreview(null)));
		return () => void (late = true);
	}, [JSON.stringify(covers)]);
	const box = (key: "peer" | "machine" | "company" | "cause", label: string) => (
		<label class="tick"><input type="checkbox" checked={wanted[key]}
			onChange={(e) => setWanted({ ...wanted, [key]: e.currentTarget.checked })} /> {label}</label>
	);
	return (
		<form onSubmit={(e) => {
			e.preventDefault();
			act(async () => {
				await api.suppress({ ...covers, reason: reason.trim(), days });
				close();
				location.hash = "#/suppressions";
			});
		}}>
			<label class="label" for="s-sign">{words("s_sign")}</label>
			<select id="s-sign" value={wanted.trace} onChange={(e) => setWanted({ ...wanted, trace: e.currentTarget.value })}>
				<option value="">{words("s_any")}</option>
				{traces.map((t, i) => t.sign && <option value={String(i)} key={i}>{t.what || t.sign} – {t.peer} ({t.events})</option>)}
			</select>
			<fieldset class="scope"><legend>{words("s_scope")}</legend>
				{box("cause", words("s_cause"))}
				{box("peer", words("s_peer"))}
				{incident.machine && box("machine", words("s_machine", { machine: incident.machine.label }))}
				{box("company", words("s_company", { company: incident.company.name }))}
			</fieldset>
			{preview && <Preview preview={preview} />}
			<label class="label" for="s-reason">{words("s_reason")}</label>
			<textarea id="s-reason" rows={2} maxLength={500} required value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
			<label class="label" for="s-days">{words("s_days")}</label>
			<input id="s-days" type="number" min={1} max={365} required value={days} onInput={(e) => setDays(Number(e.currentTarget.value))} />
			<Problem text={problem} />
			<p><button type="submit" class="button primary" aria-busy={busy}
				disabled={!reason.trim() || preview?.policy === "never"}>{words(preview?.policy === "second" ? "s_ask" : "s_begin")}</button></p>
		</form>
	);
}

export function Suppress({ incident }: { incident: IncidentDetail }): JSX.Element {
	const words = useWords(operatorWords);
	return (
		<Dialog label={words("suppress")} title={words("suppress")}>
			{(close) => <Loaded incident={incident} close={close} />}
		</Dialog>
	);
}

function Loaded({ incident, close }: { incident: IncidentDetail; close: () => void }): JSX.Element {
	const traces = useLoad(() => api.traces(incident.id), ["traces", incident.id]);
	return <Fetched from={traces}>{(list) => <Form incident={incident} traces={list.items} close={close} />}</Fetched>;
}

/* ---- the page ---- */

function Row({ s, again }: { s: Suppression; again: () => void }): JSX.Element {
	const words = useWords(operatorWords);
	const scope = [s.cause, s.sign, s.peer, s.machine?.label, s.company?.name ?? words("s_all")].filter(Boolean).join(" / ");
	const soon = s.state === "alive" && s.expires_us - Date.now() * 1000 < 7 * 86400e6;
	return (
		<li class="card">
			<p class="row">
				<Badge tone={s.state === "waits" ? "care" : "quiet"} icon={s.state === "waits" ? "clock" : "note"}>{words(`s_state_${s.state}`)}</Badge>
				<strong>{scope}</strong>
			</p>
			<p>{s.reason}</p>
			<p class="soft">{words("s_by", { who: s.created_by, until: precisely(s.expires_us), n: s.hits })}
				{s.approved_by && ` ${words("s_second", { who: s.approved_by })}`}</p>
			{soon && <p>{words("s_soon")}</p>}
			{s.state !== "over" && (
				<p class="row">
					{s.state === "waits" && !s.mine && (
						<ActButton act={async () => { await api.agreeSuppression(s.id); again(); }}>{words("s_agree")}</ActButton>
					)}
					{s.state === "waits" && s.mine && <span class="soft">{words("s_mine")}</span>}
					<ActButton class="button small" label={`${words("s_end")}: ${s.id}`}
						act={async () => { await api.endSuppression(s.id); again(); }}>{words("s_end")}</ActButton>
				</p>
			)}
		</li>
	);
}

function Tuning(): JSX.Element {
	const words = useWords(operatorWords);
	const list = useLoad(() => api.tuning(), ["tuning"]);
	return (
		<section aria-labelledby="tuning">
			<h2 id="tuning">{words("tuning")}</h2>
			<p class="soft">{words("tuning_note")}</p>
			<Fetched from={list}>
				{(it) => it.items.length === 0 ? <p class="soft">{words("tuning_none")}</p> : (
					<table class="table card">
						<thead><tr>
							<th scope="col">{words("s_sign")}</th>
							<th scope="col">{words("tuning_wrong")}</th>
							<th scope="col">{words("tuning_all")}</th>
							<th scope="col">{words("way_companies")}</th>
						</tr></thead>
						<tbody>{it.items.map((t) => (
							<tr key={t.sign}>
								<th scope="row">{t.what || t.sign} <span class="soft fixed">{t.sign}</span></th>
								<td class="num" data-label={words("tuning_wrong")}>{t.mistaken}</td>
								<td class="num" data-label={words("tuning_all")}>{t.incidents}</td>
								<td class="num" data-label={words("way_companies")}>{t.companies}</td>
							</tr>
						))}</tbody>
					</table>
				)}
			</Fetched>
		</section>
	);
}

export function SuppressionsPage(): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const heading = useHeading(words("suppressions"), "suppressions");
	const [turn, setTurn] = useState(0);
	const lang = useLang();
	const pages = usePages<Suppression>((before) => api.suppressions({ before, limit: 50 }), ["suppressions", turn, lang], change);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("suppressions")}</h1>
			<p class="soft">{words("suppressions_note")}</p>
			<Paged pages={pages} empty={<Empty icon="note">{words("suppressions_none")}</Empty>}>
				{(items) => <ul class="plain-list">{items.map((s) => <Row s={s} again={() => setTurn(turn + 1)} key={s.id} />)}</ul>}
			</Paged>
			<Tuning />
		</>
	);
}
