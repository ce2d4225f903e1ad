/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Planned quiet (停電・工事の予定): what is planned, and planning it.  Members see their own
 * company; an operator names one, or none for the whole chamber.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { Lang, QuietWindow, QuietWindowNew } from "../api/types";
import { quietWords } from "../words/quiet";
import { Icon } from "./icon";
import { useLoad } from "./load";
import { ActButton, Empty, Fetched } from "./parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "./session";
import { atInput, hourOf, minutesOf, when } from "./time";

const DAYS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export function useDays(): (days: string) => string {
	const words = useWords(quietWords);
	return (days) => DAYS.filter((d) => days[d] === "1").map((d) => words(`day_${d}`)).join(" ");
}

export function DayBoxes({ days, change, name }: {
	days: string; change: (days: string) => void; name: string;
}): JSX.Element {
	const words = useWords(quietWords);
	return (
		<fieldset class="days">
			<legend class="label">{words("quiet_days")}</legend>
			{DAYS.map((d) => (
				<label class="row" for={`${name}-${d}`} key={d}>
					<input id={`${name}-${d}`} type="checkbox" checked={days[d] === "1"}
						onChange={(event) => change(days.slice(0, d) + (event.currentTarget.checked ? "1" : "0") + days.slice(d + 1))} />
					{words(`day_${d}`)}
				</label>
			))}
		</fieldset>
	);
}

function useSpan(): (w: QuietWindow, lang: Lang) => string {
	const words = useWords(quietWords);
	const days = useDays();
	return (w, lang) => w.days
		? words("quiet_each", { days: days(w.days), from: hourOf(w.from_min), to: hourOf(w.to_min) })
		: words("quiet_span", { from: when(w.from_us, lang), to: when(w.to_us, lang) });
}

function Card({ window: w, removed, may }: {
	window: QuietWindow; removed: () => void; may: boolean;
}): JSX.Element {
	const words = useWords(quietWords);
	const shared = useCommon();
	const lang = useLang();
	const span = useSpan();
	const [leaving, setLeaving] = useState(false);
	const what = span(w, lang);
	const where = w.gate?.name ?? w.site?.name ?? (w.company ? words("quiet_all") : words("quiet_chamber"));
	return (
		<li class="card">
			<h2>{what}</h2>
			<p>{w.reason}</p>
			<p class="soft">{where} / {words("quiet_by", { who: w.who })}</p>
			{may && w.mine && (leaving
				? (
					<div class="row" role="group" aria-label={words("quiet_really", { what })}>
						<span>{words("quiet_really", { what })}</span>
						<ActButton class="button small warn" act={async () => { await api.endQuiet(w.id); removed(); }}>{words("quiet_remove")}</ActButton>
						<button type="button" class="plain" onClick={() => setLeaving(false)}>{shared("cancel")}</button>
					</div>
				)
				: <button type="button" class="plain" aria-label={`${words("quiet_remove")}: ${what}`}
					onClick={() => setLeaving(true)}>{words("quiet_remove")}</button>)}
		</li>
	);
}

function Add({ company, done }: { company?: number | undefined; done: () => void }): JSX.Element {
	const words = useWords(quietWords);
	const shared = useCommon();
	const { me } = useSession();
	const gates = useLoad(() => api.gates(company), ["quiet-gates", company]);
	const [open, setOpen] = useState(false);
	const [weekly, setWeekly] = useState(false);
	const [from, setFrom] = useState(() => atInput(Date.now() * 1000 + 3600e6));
	const [to, setTo] = useState(() => atInput(Date.now() * 1000 + 4 * 3600e6));
	const [days, setDays] = useState("00000110");
	const [hours, setHours] = useState<[string, string]>(["20:00", "07:00"]);
	const [reason, setReason] = useState("");
	const [gate, setGate] = useState("");
	const [problem, setProblem] = useState("");
	const save = async () => {
		setProblem("");
		const fresh: QuietWindowNew = {
			reason: reason.trim(),
			...(company && me.role !== "member" ? { company } : {}),
			...(gate ? { gate: Number(gate) } : {}),
			...(weekly
				? { days, from_min: minutesOf(hours[0]), to_min: minutesOf(hours[1]) }
				/* What is written there is Japan's time, whatever the browser's is. */
				: { from_us: Date.parse(`${from}+09:00`) * 1000, to_us: Date.parse(`${to}+09:00`) * 1000 }),
		};
		try {
			await api.planQuiet(fresh);
		} catch (error) {
			if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 409)) throw error;
			setProblem(words("quiet_wrong"));
			return;
		}
		setOpen(false);
		setReason("");
		done();
	};
	if (!open)
		return <div><button type="button" class="button" onClick={() => setOpen(true)}><Icon name="plus" />{words("quiet_add")}</button></div>;
	return (
		<form class="card stack" onSubmit={(event) => event.preventDefault()}>
			<h2>{words("quiet_add")}</h2>
			<div class="field">
				<label for="q-kind">{words("quiet_kind")}</label>
				<select id="q-kind" value={weekly ? "weekly" : "once"} onChange={(event) => setWeekly(event.currentTarget.value === "weekly")}>
					<option value="once">{words("quiet_once")}</option>
					<option value="weekly">{words("quiet_weekly")}</option>
				</select>
			</div>
			{weekly && <DayBoxes days={days} change={setDays} name="q-day" />}
			<div class="field">
				<label for="q-from">{words("quiet_from")}</label>
				{weekly
					? <input id="q-from" type="time" value={hours[0]} onInput={(event) => setHours([event.currentTarget.value, hours[1]])} />
					: <input id="q-from" type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />}
			</div>
			<div class="field">
				<label for="q-to">{words("quiet_to")}</label>
				{weekly
					? <input id="q-to" type="time" value={hours[1]} onInput={(event) => setHours([hours[0], event.currentTarget.value])} />
					: <input id="q-to" type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />}
			</div>
			{(company !== undefined || me.role === "member") && (
				<div class="field">
					<label for="q-gate">{words("quiet_where")}</label>
					<select id="q-gate" value={gate} onChange={(event) => setGate(event.currentTarget.value)}>
						<option value="">{words("quiet_all")}</option>
						{gates.data?.items.map((g) => <option value={String(g.id)} key={g.id}>{g.site} / {g.name}</option>)}
					</select>
				</div>
			)}
			<div class="field">
				<label for="q-why">{words("quiet_reason")}</label>
				<input id="q-why" value={reason} maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
			</div>
			<div class="row">
				<ActButton class="button primary" act={save}>{words("quiet_save")}</ActButton>
				<button type="button" class="plain" onClick={() => setOpen(false)}>{shared("cancel")}</button>
			</div>
			{problem && <p class="problem" role="alert"><Icon name="alert" size={18} />{problem}</p>}
		</form>
	);
}

export function QuietPage({ company }: { company?: number }): JSX.Element {
	const words = useWords(quietWords);
	const heading = useHeading(words("quiet"), "quiet");
	const windows = useLoad(() => api.quiet(company), ["quiet", company]);
	const [said, setSaid] = useState("");
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("quiet")}</h1>
			<p>{words("quiet_what")}</p>
			<Add company={company} done={() => { setSaid(words("quiet_saved")); windows.reload(); }} />
			<div role="status">{said && <p class="done-note"><Icon name="check" size={20} />{said}</p>}</div>
			<Fetched from={windows}>
				{(list) => list.items.length === 0
					? <Empty icon="coffee">{words("quiet_none")}</Empty>
					: <ul class="plain-list">{list.items.map((w) => <Card window={w} may removed={windows.reload} key={w.id} />)}</ul>}
			</Fetched>
		</>
	);
}
