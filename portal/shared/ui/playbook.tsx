/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who does what next: the steps of an incident's playbooks to tick off, and letters to copy.
 * Members see their own steps, operators everybody's.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { IncidentPlaybooks, Lang, Playbook, PlaybookLetter, PlaybookStep } from "../api/types";
import { Icon } from "./icon";
import { useLoad } from "./load";
import { Fetched } from "./parts";
import { useCommon, useLang, useSession } from "./session";
import { when } from "./time";
import { said as inLang } from "../words/words";

type Said = (answer: IncidentPlaybooks) => void;

function title(book: { title: { ja: string; en: string; easy: string } }, lang: Lang): string {
	return book.title[lang];
}

function Step({ id, book, step, open, said }: {
	id: number; book: string; step: PlaybookStep; open: boolean; said: Said;
}): JSX.Element {
	const shared = useCommon();
	const lang = useLang();
	const [busy, setBusy] = useState(false);
	const [failed, setFailed] = useState(false);
	const done = step.done_us !== null;
	const now = step.within_min === 0;
	const late = !done && open && !now && step.due_us < Date.now() * 1000;
	const mark = async () => {
		setBusy(true);
		setFailed(false);
		try {
			said(await api.markStep(id, book, step.id, !done));
		} catch {
			setFailed(true);
		} finally {
			setBusy(false);
		}
	};
	return (
		<li class={done ? "done" : late ? "late" : undefined}>
			<label class="tick">
				<input type="checkbox" checked={done} disabled={busy} onChange={mark} />
				<span>{inLang(step, "text", lang)}</span>
			</label>
			<small class="soft">
				{done
					? shared("step_done", { who: step.done_by ?? "", time: when(step.done_us ?? 0, lang) })
					: shared(now ? "step_now" : late ? "step_late" : "step_until", { time: when(step.due_us, lang) })}
			</small>
			{failed && <small role="alert">{shared("failed")}</small>}
		</li>
	);
}

function Letter({ letter }: { letter: PlaybookLetter }): JSX.Element {
	const shared = useCommon();
	const lang = useLang();
	const [copied, setCopied] = useState(false);
	const whole = inLang(letter, "text", lang);
	const [subject] = whole.split("\n");
	const copy = async () => {
		await navigator.clipboard.writeText(whole);
		setCopied(true);
	};
	return (
		<details class="letter-of">
			<summary>{shared("step_letter")}: {subject}</summary>
			<pre class="letter">{whole}</pre>
			<button type="button" class="button small" onClick={copy}>
				<Icon name={copied ? "check" : "copy"} size={18} />{shared("step_copy")}
			</button>
		</details>
	);
}

const WHO = ["member", "operator", "desk", "partner"] as const;

function Book({ id, book, open, all, said }: {
	id: number; book: Playbook; open: boolean; all: boolean; said: Said;
}): JSX.Element {
	const shared = useCommon();
	const lang = useLang();
	const groups = WHO.map((who) => ({ who, steps: book.steps.filter((s) => s.who === who) }))
		.filter((g) => g.steps.length > 0);
	return (
		<>
			{all && <h3>{title(book, lang)}</h3>}
			{groups.map(({ who, steps }) => (
				<div key={who}>
					{all && <h4>{shared(`step_who_${who}`)}</h4>}
					<ul class="bare ticks">
						{steps.map((s) => <Step id={id} book={book.id} step={s} open={open} said={said} key={s.id} />)}
					</ul>
				</div>
			))}
			{book.letters.map((l) => <Letter letter={l} key={l.id} />)}
		</>
	);
}

function Add({ id, has, said }: { id: number; has: string[]; said: Said }): JSX.Element {
	const shared = useCommon();
	const lang = useLang();
	const known = useLoad(() => api.playbooks(), ["playbooks"]);
	const [failed, setFailed] = useState(false);
	const add = async (book: string) => {
		setFailed(false);
		try {
			said(await api.addPlaybook(id, book));
		} catch {
			setFailed(true);
		}
	};
	return (
		<p>
			<label>{shared("step_add")}{" "}
				<select value="" onChange={(event) => void add(event.currentTarget.value)}>
					<option value="">{shared("step_add_none")}</option>
					{known.data?.items.filter((b) => !has.includes(b.id)).map((b) => (
						<option value={b.id} key={b.id}>{title(b, lang)}</option>
					))}
				</select>
			</label>
			{failed && <span role="alert"> {shared("failed")}</span>}
		</p>
	);
}

/* `all`: everybody's steps, and others can be added (operators). */
export function Playbooks({ id, change, open, all = false }: {
	id: number; change: number; open: boolean; all?: boolean;
}): JSX.Element {
	const shared = useCommon();
	const { change: news } = useSession();
	const books = useLoad(() => api.incidentPlaybooks(id), ["playbooks", id], change + news);
	const [said, setSaid] = useState<IncidentPlaybooks | null>(null);
	return (
		<section class="card playbooks" aria-labelledby="playbooks">
			<h2 id="playbooks">{shared("step_title")}</h2>
			<Fetched from={books}>
				{(loaded) => {
					const { items } = said ?? loaded;
					return (
						<>
							{items.map((b) => <Book id={id} book={b} open={open} all={all} said={setSaid} key={b.id} />)}
							{all && <Add id={id} has={items.map((b) => b.id)} said={setSaid} />}
						</>
					);
				}}
			</Fetched>
		</section>
	);
}
