/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ladder as a table, with what it would mean at a moment: "if this happened now, who
 * would be told when".
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { LadderStepNew, Ladders } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { ActButton, Fetched } from "../shared/ui/parts";
import { useWords } from "../shared/ui/session";
import { atInput, precisely } from "../shared/ui/time";
import { Fold } from "./watch";
import { watchWords } from "./watchwords";

type One = Ladders["ladders"][number];

function Steps({ ladder, changed }: { ladder: One; changed: () => void }): JSX.Element {
	const words = useWords(watchWords);
	return (
		<table class="table card">
			<thead><tr>{(["minutes", "whom", "way", "when", "who"] as const).map((c) => <th scope="col" key={c}>{words(c)}</th>)}
				{ladder.own && <th scope="col"><span class="unseen">{words("remove")}</span></th>}</tr></thead>
			<tbody>
				{ladder.rows.map((r) => (
					<tr key={r.step}>
						<th scope="row">{r.after_min === 0 ? words("at_once") : words("after", { n: r.after_min })}</th>
						<td data-label={words("whom")}>{words(`whom_${r.whom}`)}</td>
						<td data-label={words("way")}>{words(`way_${r.way}`)}{r.day && <span class="soft"> {words("only_day")}</span>}</td>
						<td data-label={words("when")}>{precisely(r.due_us).slice(0, 16)}</td>
						<td data-label={words("who")}>{r.people.join(", ") || "–"}</td>
						{ladder.own && (
							<td><ActButton class="plain" label={words("remove_one", { what: `${r.after_min} ${words(`whom_${r.whom}`)}` })}
								act={async () => { await api.endLadderStep(r.id); changed(); }}>{words("remove")}</ActButton></td>
						)}
					</tr>
				))}
			</tbody>
		</table>
	);
}

const WHOM = ["member", "duty", "second", "chief", "all"] as const;

function AddStep({ done }: { done: () => void }): JSX.Element {
	const words = useWords(watchWords);
	const [fresh, setFresh] = useState<LadderStepNew>({ severity: "urgent", after_min: 15, whom: "second", way: "phone", hours: "always" });
	const set = (part: Partial<LadderStepNew>) => setFresh({ ...fresh, ...part });
	return (
		<Fold title={words("row_add")} save={async () => { await api.addLadderStep(fresh); done(); }}>
			<div class="field"><label for="step-what">{words("severity_urgent")} / {words("severity_caution")}</label>
				<select id="step-what" value={fresh.severity} onChange={(event) => set({ severity: event.currentTarget.value as "urgent" })}>
					<option value="urgent">{words("severity_urgent")}</option>
					<option value="caution">{words("severity_caution")}</option>
				</select></div>
			<div class="field"><label for="step-min">{words("minutes")}</label>
				<input id="step-min" type="number" min={0} max={10080} value={fresh.after_min} onInput={(event) => set({ after_min: Number(event.currentTarget.value) })} /></div>
			<div class="field"><label for="step-whom">{words("whom")}</label>
				<select id="step-whom" value={fresh.whom} onChange={(event) => set({ whom: event.currentTarget.value as "all" })}>
					{WHOM.map((w) => <option value={w} key={w}>{words(`whom_${w}`)}</option>)}
				</select></div>
			<div class="field"><label for="step-way">{words("way")}</label>
				<select id="step-way" value={fresh.way} onChange={(event) => set({ way: event.currentTarget.value as "mail" })}>
					<option value="phone">{words("way_phone")}</option>
					<option value="mail">{words("way_mail")}</option>
				</select></div>
			<div class="field"><label for="step-hours">{words("hours")}</label>
				<select id="step-hours" value={fresh.hours} onChange={(event) => set({ hours: event.currentTarget.value as "day" })}>
					<option value="always">{words("always")}</option>
					<option value="day">{words("only_day")}</option>
				</select></div>
		</Fold>
	);
}

export function LadderTable(): JSX.Element {
	const words = useWords(watchWords);
	const [at, setAt] = useState(() => atInput(Date.now() * 1000));
	const at_us = Date.parse(`${at}+09:00`) * 1000;
	const found = useLoad(() => api.ladder(Number.isFinite(at_us) ? at_us : undefined), ["ladders", at]);
	return (
		<section aria-labelledby="ladders">
			<h2 id="ladders">{words("ladder_table")}</h2>
			<p>{words("ladder_what")}</p>
			<div class="field">
				<label for="ladder-at">{words("at")}</label>
				<input id="ladder-at" type="datetime-local" value={at} onInput={(event) => setAt(event.currentTarget.value)} />
			</div>
			<Fetched from={found}>
				{(all) => (
					<>
						{all.ladders.map((l) => (
							<div key={l.severity}>
								<h3>{words(`severity_${l.severity}`)} <span class="soft">{words(l.own ? "own" : "presets")}</span></h3>
								<Steps ladder={l} changed={found.reload} />
								{l.own && <ActButton class="plain" label={`${words("to_presets")}: ${words(`severity_${l.severity}`)}`}
									act={async () => { await api.resetLadder(l.severity); found.reload(); }}>{words("to_presets")}</ActButton>}
							</div>
						))}
						<AddStep done={found.reload} />
					</>
				)}
			</Fetched>
		</section>
	);
}
