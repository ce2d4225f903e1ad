/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Duty and calls: who is on duty, who is told next, deadlines kept, gates to look at, the
 * numbers.
 */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../shared/api/client";
import type { Duty, WatchLimit } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { type Loaded, useLoad } from "../shared/ui/load";
import { ActButton, Badge, Empty, Fetched, SampleMark } from "../shared/ui/parts";
import { DayBoxes, useDays } from "../shared/ui/quiet";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { atInput, hourOf, minutesOf, precisely } from "../shared/ui/time";
import { quietWords } from "../shared/words/quiet";
import { said as spoken } from "../shared/words/words";
import { LadderTable } from "./laddertable";
import { watchWords } from "./watchwords";

const RANKS = ["duty", "second", "chief"] as const;
type Rank = (typeof RANKS)[number];

/* A form that opens by a button, saves, and says so. */
export function Fold({ title, children, save }: {
	title: string; children: ComponentChildren; save: () => Promise<unknown>;
}): JSX.Element {
	const words = useWords(watchWords);
	const shared = useCommon();
	const [open, setOpen] = useState(false);
	const [problem, setProblem] = useState("");
	const act = async () => {
		setProblem("");
		try {
			await save();
			setOpen(false);
		} catch (error) {
			if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 409)) throw error;
			setProblem(words("wrong"));
		}
	};
	if (!open)
		return <div><button type="button" class="button small" onClick={() => setOpen(true)}><Icon name="plus" size={18} />{title}</button></div>;
	return (
		<form class="card stack" onSubmit={(event) => event.preventDefault()}>
			<h3>{title}</h3>
			{children}
			<div class="row">
				<ActButton class="button primary" act={act}>{words("save")}</ActButton>
				<button type="button" class="plain" onClick={() => setOpen(false)}>{shared("cancel")}</button>
			</div>
			{problem && <p class="problem" role="alert"><Icon name="alert" size={18} />{problem}</p>}
		</form>
	);
}

function Who({ duty, id, person, rank, change }: {
	duty: Duty; id: string; person: string; rank: Rank; change: (person: string, rank: Rank) => void;
}): JSX.Element {
	const words = useWords(watchWords);
	return (
		<>
			<div class="field">
				<label for={`${id}-who`}>{words("person")}</label>
				<select id={`${id}-who`} value={person} onChange={(event) => change(event.currentTarget.value, rank)}>
					{duty.people.map((p) => <option value={String(p.id)} key={p.id}>{p.name}</option>)}
				</select>
			</div>
			<div class="field">
				<label for={`${id}-rank`}>{words("rank")}</label>
				<select id={`${id}-rank`} value={rank} onChange={(event) => change(person, event.currentTarget.value as Rank)}>
					{RANKS.map((r) => <option value={r} key={r}>{words(`rank_${r}`)}</option>)}
				</select>
			</div>
		</>
	);
}

function Swap({ duty, done }: { duty: Duty; done: () => void }): JSX.Element {
	const words = useWords(watchWords);
	const [person, setPerson] = useState(String(duty.people[0]?.id ?? ""));
	const [rank, setRank] = useState<Rank>("duty");
	const [from, setFrom] = useState(() => atInput(Date.now() * 1000));
	const [to, setTo] = useState(() => atInput(Date.now() * 1000 + 12 * 3600e6));
	const [reason, setReason] = useState("");
	return (
		<Fold title={words("swap")} save={async () => {
			await api.addSwap({
				rank, account: Number(person), reason,
				from_us: Date.parse(`${from}+09:00`) * 1000, to_us: Date.parse(`${to}+09:00`) * 1000,
			});
			done();
		}}>
			<Who duty={duty} id="swap" person={person} rank={rank} change={(p, r) => { setPerson(p); setRank(r); }} />
			<div class="field"><label for="swap-from">{words("from")}</label>
				<input id="swap-from" type="datetime-local" value={from} onInput={(event) => setFrom(event.currentTarget.value)} /></div>
			<div class="field"><label for="swap-to">{words("to")}</label>
				<input id="swap-to" type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} /></div>
			<div class="field"><label for="swap-why">{words("reason")}</label>
				<input id="swap-why" value={reason} maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} /></div>
		</Fold>
	);
}

function Shift({ duty, done }: { duty: Duty; done: () => void }): JSX.Element {
	const words = useWords(watchWords);
	const [person, setPerson] = useState(String(duty.people[0]?.id ?? ""));
	const [rank, setRank] = useState<Rank>("duty");
	const [days, setDays] = useState("11111111");
	const [hours, setHours] = useState<[string, string]>(["00:00", "00:00"]);
	const [every, setEvery] = useState(1);
	const [turn, setTurn] = useState(0);
	return (
		<Fold title={words("shift_add")} save={async () => {
			await api.addShift({
				rank, account: Number(person), days, every, turn,
				from_min: minutesOf(hours[0]), to_min: minutesOf(hours[1]),
			});
			done();
		}}>
			<Who duty={duty} id="shift" person={person} rank={rank} change={(p, r) => { setPerson(p); setRank(r); }} />
			<DayBoxes days={days} change={setDays} name="shift-day" />
			<div class="field"><label for="shift-from">{words("from")}</label>
				<input id="shift-from" type="time" value={hours[0]} onInput={(event) => setHours([event.currentTarget.value, hours[1]])} /></div>
			<div class="field"><label for="shift-to">{words("to")}</label>
				<input id="shift-to" type="time" value={hours[1]} onInput={(event) => setHours([hours[0], event.currentTarget.value])} /></div>
			<div class="field"><label for="shift-every">{words("every")}</label>
				<input id="shift-every" type="number" min={1} max={52} value={every} onInput={(event) => setEvery(Number(event.currentTarget.value))} /></div>
			<div class="field"><label for="shift-turn">{words("turn")}</label>
				<input id="shift-turn" type="number" min={0} max={51} value={turn} onInput={(event) => setTurn(Number(event.currentTarget.value))} /></div>
		</Fold>
	);
}

function Now({ duty }: { duty: Duty }): JSX.Element {
	const words = useWords(watchWords);
	return (
		<section aria-labelledby="now">
			<h2 id="now">{words("now")}</h2>
			<dl class="facts">
				{duty.now.map((rank) => (
					<>
						<dt>{words(`rank_${rank.rank}`)}</dt>
						<dd>
							{rank.people.length === 0 && words("nobody")}
							{rank.people.map((p) => (
								<span class="block" key={p.id}><strong>{p.name}</strong>{" "}
									{p.swapped && <Badge tone="quiet" icon="question">{words("stands_in")}</Badge>}
									{p.until_us > 0 && <span class="soft"> {words("until", { time: precisely(p.until_us).slice(0, 16) })}</span>}
								</span>
							))}
						</dd>
					</>
				))}
			</dl>
			{duty.shifts.length === 0 && <p class="panel tone-care"><Icon name="alert" size={20} />{words("everybody")}</p>}
		</section>
	);
}

function Calendar({ duty }: { duty: Duty }): JSX.Element {
	const words = useWords(watchWords);
	return (
		<details>
			<summary>{words("calendar")}</summary>
			<table class="table card">
				<thead><tr><th scope="col">{words("from")}</th><th scope="col">{words("to")}</th><th scope="col">{words("rank")}</th><th scope="col">{words("person")}</th></tr></thead>
				<tbody>
					{[...duty.calendar].sort((a, b) => a.from_us - b.from_us).map((turn) => (
						<tr key={`${turn.rank}${turn.from_us}`}>
							<th scope="row">{precisely(turn.from_us).slice(0, 16)}</th>
							<td data-label={words("to")}>{precisely(turn.to_us).slice(0, 16)}</td>
							<td data-label={words("rank")}>{words(`rank_${turn.rank}`)}</td>
							<td data-label={words("person")}>{turn.people.map((p) => p.name).join(", ")}</td>
						</tr>
					))}
				</tbody>
			</table>
		</details>
	);
}

function Rota({ from }: { from: Loaded<Duty> }): JSX.Element {
	const words = useWords(watchWords);
	const days = useDays();
	return (
		<Fetched from={from}>
			{(duty) => (
				<>
					<Now duty={duty} />
					<Calendar duty={duty} />
					<h2>{words("swaps")}</h2>
					{duty.swaps.length === 0 ? <p class="soft">{words("swaps_none")}</p> : (
						<ul>
							{duty.swaps.map((s) => (
								<li key={s.id}>{words(`rank_${s.rank}`)}: <strong>{s.person.name}</strong> {precisely(s.from_us).slice(0, 16)} – {precisely(s.to_us).slice(0, 16)} {s.reason}{" "}
									<ActButton class="plain" label={words("remove_one", { what: s.person.name })}
										act={async () => { await api.endSwap(s.id); from.reload(); }}>{words("remove")}</ActButton></li>
							))}
						</ul>
					)}
					<Swap duty={duty} done={from.reload} />
					<h2>{words("shifts")}</h2>
					{duty.shifts.length === 0 ? <p class="soft">{words("shifts_none")}</p> : (
						<ul>
							{duty.shifts.map((s) => (
								<li key={s.id}>{words(`rank_${s.rank}`)}: <strong>{s.person.name}</strong> {days(s.days)}{" "}
									{hourOf(s.from_min)}–{s.to_min <= s.from_min && `${words("next_day")} `}{hourOf(s.to_min)}{" "}
									<span class="soft">{s.every === 1 ? words("every_week") : words("every_n", { n: s.every, turn: s.turn })}</span>{" "}
									<ActButton class="plain" label={words("remove_one", { what: s.person.name })}
										act={async () => { await api.endShift(s.id); from.reload(); }}>{words("remove")}</ActButton></li>
							))}
						</ul>
					)}
					<Shift duty={duty} done={from.reload} />
				</>
			)}
		</Fetched>
	);
}

function took(us: number, words: (key: "min_s", values: Record<string, number>) => string): string {
	const s = Math.round(us / 1e6);
	return words("min_s", { m: Math.floor(s / 60), s: s % 60 });
}

function Deadlines(): JSX.Element {
	const words = useWords(watchWords);
	const found = useLoad(() => api.deadlines(), ["deadlines"]);
	return (
		<section aria-labelledby="deadlines">
			<h2 id="deadlines">{words("deadlines")}</h2>
			<Fetched from={found}>
				{(list) => list.items.length === 0 ? <p class="soft">{words("deadlines_none")}</p> : (
					<table class="table card">
						<thead><tr>{(["month", "incidents", "kept", "missed", "untold", "slowest"] as const).map((c) => <th scope="col" key={c}>{words(c)}</th>)}</tr></thead>
						<tbody>
							{list.items.map((d) => (
								<tr key={`${d.from_us}${d.severity}`}>
									<th scope="row">{precisely(d.from_us).slice(0, 7)} {words(`severity_${d.severity}`)} ({took(d.limit_us, words)})</th>
									<td data-label={words("incidents")} class="num">{d.incidents}</td>
									<td data-label={words("kept")} class="num">{d.kept}</td>
									<td data-label={words("missed")} class="num">{d.incidents - d.kept - d.untold}</td>
									<td data-label={words("untold")} class="num">{d.untold}</td>
									<td data-label={words("slowest")} class="num">{d.slowest_us === null ? "–" : took(d.slowest_us, words)}</td>
								</tr>
							))}
						</tbody>
					</table>
				)}
			</Fetched>
		</section>
	);
}

function Findings(): JSX.Element {
	const words = useWords(watchWords);
	const lang = useLang();
	const { change } = useSession();
	const found = useLoad(() => api.findings(), ["findings"], change);
	return (
		<section aria-labelledby="findings">
			<h2 id="findings">{words("findings")}</h2>
			<Fetched from={found}>
				{(list) => list.items.length === 0 ? <Empty icon="check">{words("findings_none")}</Empty> : (
					<ul>
						{list.items.map((f) => (
							<li key={`${f.gate.id}${f.cause}`}><strong>{f.company.name}</strong>{f.company.sample && <SampleMark />} {f.gate.name}:{" "}
								{spoken(f, "title", lang)} {f.what}{" "}
								<span class="soft">{words("since")} {precisely(f.since_us).slice(0, 16)} / {f.told ? words("finding_told") : words("finding_due", { time: precisely(f.due_us).slice(0, 16) })}</span></li>
						))}
					</ul>
				)}
			</Fetched>
		</section>
	);
}

const UNITS: Record<string, "unit_n" | "unit_d" | "unit_min" | "unit_permille" | "unit_percent"> = {
	n: "unit_n", d: "unit_d", min: "unit_min", "‰": "unit_permille", "%": "unit_percent",
};

function Limit({ limit, changed }: { limit: WatchLimit; changed: () => void }): JSX.Element {
	const words = useWords(watchWords);
	const lang = useLang();
	const [value, setValue] = useState(String(limit.value));
	const what = spoken({ what_ja: limit.ja, what_en: limit.en }, "what", lang);
	const id = `limit-${limit.key}`;
	return (
		<li>
			<label class="label" for={id}>{what}</label>
			<div class="row">
				<input id={id} type="number" min={limit.least} max={limit.most} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
				<span>{words(UNITS[limit.unit] ?? "unit_n")} <span class="soft">({limit.preset})</span></span>
				{Number(value) !== limit.value && (
					<ActButton class="button small" label={words("change_one", { what })}
						act={async () => { await api.setLimit(limit.key, Number(value)); changed(); }}>{words("change")}</ActButton>
				)}
			</div>
		</li>
	);
}

function Limits(): JSX.Element {
	const words = useWords(watchWords);
	const found = useLoad(() => api.limits(), ["limits"]);
	return (
		<details>
			<summary>{words("limits")}</summary>
			<p class="soft">{words("limits_what")}</p>
			<Fetched from={found}>
				{(list) => <ul class="plain-list">{list.items.map((l) => <Limit limit={l} changed={found.reload} key={l.key} />)}</ul>}
			</Fetched>
		</details>
	);
}

export function WatchPage(): JSX.Element {
	const words = useWords(watchWords);
	const heading = useHeading(words("watch"), "watch");
	const quiet = useWords(quietWords);
	const { change } = useSession();
	const duty = useLoad(() => api.duty(), ["duty"], change);
	return (
		<div class="watch">
			<h1 ref={heading} tabIndex={-1}>{words("watch")}</h1>
			<p><a href="#/quiet">{quiet("quiet")}</a></p>
			<Rota from={duty} />
			<LadderTable />
			<Deadlines />
			<Findings />
			<Limits />
		</div>
	);
}
