/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Moves an incident along 新規→確認中→対応中→様子見→完了, one step at a time; to 完了 from
 * anywhere, with an outcome; from 完了 back to 確認中.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../shared/api/client";
import type { IncidentDetail, Outcome, State } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { sentence } from "../shared/ui/parts";
import { useCommon, useLang, useWords } from "../shared/ui/session";
import { words as operatorWords } from "./words";

export const OUTCOMES = ["solved", "harmless", "accepted", "mistaken", "unclear", "duplicate", "drill"] as const;

type Step = { to: State; label: "to_checking" | "to_working" | "to_watching" | "reopen" } | null;

export function nextStep(state: State): Step {
	switch (state) {
	case "new": return { to: "checking", label: "to_checking" };
	case "checking": return { to: "working", label: "to_working" };
	case "working": return { to: "watching", label: "to_watching" };
	case "watching": return null;
	case "done": return { to: "checking", label: "reopen" };
	}
}

export function Move({ incident, changed }: {
	incident: IncidentDetail; changed: (i: IncidentDetail) => void;
}): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const lang = useLang();
	const [note, setNote] = useState("");
	const [outcome, setOutcome] = useState<Outcome>("");
	const [said, setSaid] = useState("");
	const [problem, setProblem] = useState("");
	const [busy, setBusy] = useState(false);
	const step = nextStep(incident.state);

	const move = async (to: State, as?: Outcome) => {
		if (busy) return;
		setBusy(true);
		setSaid("");
		setProblem("");
		try {
			changed(await api.moveIncident(incident.id, to, as, note.trim()));
			setSaid(to === incident.state ? words("noted") : words("moved", { state: shared(`state_${to}`) }));
			setNote("");
			setOutcome("");
		} catch (error) {
			const known = error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0);
			if (known.status === 409) {
				setProblem(words("conflict"));
				api.incident(incident.id).then(changed, () => undefined);
			} else {
				setProblem(sentence(known, lang, shared));
			}
		} finally {
			setBusy(false);
		}
	};
	const finish = () => {
		if (outcome) return void move("done", outcome);
		setSaid("");
		setProblem(words("outcome_missing"));
		document.getElementById("outcome")?.focus();
	};
	return (
		<section class="move no-print" aria-label={words("move")}>
			<label class="label" for="note">{words("note")}</label>
			<textarea id="note" rows={2} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
			<div class="row">
				{step && (
					<button type="button" class="button primary" aria-busy={busy} onClick={() => move(step.to)}>{words(step.label)}</button>
				)}
				{incident.state !== "done" && (
					<span class="finish">
						<label class="unseen" for="outcome">{words("outcome")}</label>
						<select id="outcome" value={outcome} onChange={(event) => setOutcome(event.currentTarget.value as Outcome)}>
							<option value="">{words("outcome_pick")}</option>
							{OUTCOMES.map((o) => <option value={o} key={o}>{shared(`outcome_${o}`)}</option>)}
						</select>
						<button type="button" class="button" aria-busy={busy} onClick={finish}>{words("finish")}</button>
					</span>
				)}
				{note.trim() && (
					<button type="button" class="plain" onClick={() => move(incident.state)}>{words("only_note")}</button>
				)}
			</div>
			<div role="status">
				{said && <p class="done-note"><Icon name="check" size={20} />{said}</p>}
				{problem && <p class="problem"><Icon name="alert" size={18} />{problem}</p>}
			</div>
		</section>
	);
}
