/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All companies' incidents: one list for each severity, most severe first, so that an old
 * urgent one is never below a new record.  Renews itself; the place, the focus and what is
 * open stay.  On a wide screen the incident stands beside the list.
 */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Incident, Severity } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { type Pages, usePages } from "../shared/ui/pages";
import { Empty, Failed, Loading, SampleMark, SEVERITY_ICON, SEVERITY_TONE } from "../shared/ui/parts";
import { go } from "../shared/ui/route";
import { useCommon, useLang, useSession, useWords } from "../shared/ui/session";
import { ago, precisely } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { DetailPane } from "./detail";
import { type Filter, FilterBar, NO_FILTER, SEVERITIES } from "./filter";
import { Fresh } from "./fresh";
import { words as operatorWords } from "./words";

/* Lives as long as the page: going to the gates and back is no reason to forget. */
const fresh = new Fresh();
let listScroll = 0;

function Row({ incident, open }: { incident: Incident; open: boolean }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const lang = useLang();
	const news = fresh.news(incident);
	return (
		<li>
			<a class={`row-link${open ? " open" : ""}${news ? " news" : ""}`} href={`#/incidents/${incident.id}`}
				data-row={incident.id} aria-current={open ? "true" : undefined}>
				<span class="r-title">
					{news && <span class="mark">{words(news === "new" ? "new_mark" : "changed_mark")}</span>}
					<strong>{said(incident, "title", lang)}</strong>
				</span>
				<span class="r-company">{incident.company.name}{incident.company.sample && <SampleMark />}</span>
				<span class="r-what">
					{[incident.machine?.label ?? words("no_machine"), incident.what].filter(Boolean).join(" / ")}
				</span>
				<span class="r-state">{shared(`state_${incident.state}`)}</span>
				<time class="r-when" dateTime={new Date(incident.last_us / 1000).toISOString()}
					title={precisely(incident.last_us)}>{ago(incident.last_us, lang)}</time>
			</a>
		</li>
	);
}

function Section({ severity, pages, id }: {
	severity: Severity; pages: Pages<Incident>; id: number | null;
}): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const name = shared(`severity_${severity}`);
	const n = pages.items?.length ?? 0;
	return (
		<section class={`severity tone-${SEVERITY_TONE[severity]}`} aria-labelledby={`s-${severity}`}>
			<h2 id={`s-${severity}`}>
				<Icon name={SEVERITY_ICON[severity]} size={20} />{name}
				{pages.items && <span class="n">{words(pages.next === null ? "shown" : "shown_more", { n })}</span>}
			</h2>
			{pages.items === null && (pages.error ? <Failed error={pages.error} again={pages.reload} /> : <Loading />)}
			{pages.items && n === 0 && <p class="soft none">{words("none_in", { severity: name })}</p>}
			{pages.items && n > 0 && (
				<ul>{pages.items.map((incident) => <Row incident={incident} open={incident.id === id} key={incident.id} />)}</ul>
			)}
			{pages.items && pages.error && <Failed error={pages.error} again={pages.reload} />}
			{pages.next !== null && (
				<p class="more"><button type="button" class="button small" aria-busy={pages.busy}
					onClick={pages.more}>{shared("more")}</button></p>
			)}
		</section>
	);
}

function useSeverity(severity: Severity, filter: Filter, news: number): Pages<Incident> | null {
	const wanted = filter.severity === "" || filter.severity === severity;
	const pages = usePages<Incident>(
		(before) => wanted
			? api.incidents({ ...filter, severity, before, limit: 50 })
			: Promise.resolve({ items: [], next: null }),
		[filter, severity], news);
	return wanted ? pages : null;
}

const KEYS_KEPT = "otasuke-keys";

function keysWanted(): boolean {
	try {
		return localStorage.getItem(KEYS_KEPT) !== "off";
	} catch {
		return true;
	}
}

/* j and k move, Enter is the link's own, Escape goes back to the row.  Can be switched off
 * (WCAG 2.1.4), and never takes a key from a field. */
function useKeys(on: boolean, id: number | null): void {
	useEffect(() => {
		const rows = () => [...document.querySelectorAll<HTMLElement>("[data-row]")];
		const press = (event: KeyboardEvent) => {
			if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
			const at = event.target as HTMLElement;
			if (at.closest("input, select, textarea, dialog")) return;
			if (event.key === "Escape" && id !== null) {
				go("#/");
				requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus());
				return;
			}
			if (!on || (event.key !== "j" && event.key !== "k")) return;
			const all = rows();
			const focused = all.indexOf(at.closest<HTMLElement>("[data-row]") ?? at);
			const from = focused >= 0 ? focused : all.findIndex((row) => row.dataset["row"] === String(id));
			const to = event.key === "j" ? from + 1 : Math.max(0, from - 1);
			all[Math.min(to, all.length - 1)]?.focus();
			event.preventDefault();
		};
		addEventListener("keydown", press);
		return () => removeEventListener("keydown", press);
	}, [on, id]);
}

/* Rows that come in above must not push away what the operator looks at: the row under the
 * focus, else the first one in sight, stays where it was. */
function useSteady(list: { current: HTMLElement | null }, version: unknown): void {
	const before = useRef<{ row: string; top: number } | null>(null);
	useLayoutEffect(() => {
		const kept = before.current;
		const box = list.current;
		if (!kept || !box) return;
		const row = box.querySelector<HTMLElement>(`[data-row="${kept.row}"]`);
		const moved = row ? row.getBoundingClientRect().top - kept.top : 0;
		if (Math.abs(moved) < 1) return;
		if (box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "visible") box.scrollTop += moved;
		else scrollBy(0, moved);
	}, [version]);
	useEffect(() => {
		const remember = () => {
			const box = list.current;
			before.current = null;
			if (!box) return;
			const top = Math.max(0, box.getBoundingClientRect().top);
			const scrolled = box.scrollTop > 0 || box.getBoundingClientRect().top < -1;
			const rows = [...box.querySelectorAll<HTMLElement>("[data-row]")];
			const focused = rows.find((row) => row === document.activeElement);
			const row = focused ?? (scrolled ? rows.find((r) => r.getBoundingClientRect().top >= top) : undefined);
			if (row) before.current = { row: row.dataset["row"] ?? "", top: row.getBoundingClientRect().top };
		};
		remember();
		const box = list.current;
		box?.addEventListener("scroll", remember, { passive: true });
		box?.addEventListener("focusin", remember);
		addEventListener("scroll", remember, { passive: true });
		return () => {
			box?.removeEventListener("scroll", remember);
			box?.removeEventListener("focusin", remember);
			removeEventListener("scroll", remember);
		};
	}, [version]);
}

function ListHeading({ alone }: { alone: boolean }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	useEffect(() => {
		if (alone) document.title = `${words("inbox")} | ${shared("service")}`;
	}, [alone, words("inbox")]);
	return <h1 class="inbox-title" tabIndex={-1}>{words("inbox")}</h1>;
}

export function InboxPage({ id, filter, setFilter }: {
	id: number | null; filter: Filter; setFilter: (f: Filter) => void;
}): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const [keys, setKeys] = useState(keysWanted);
	const [, redraw] = useState(0);
	const list = useRef<HTMLDivElement>(null);
	const all = [
		useSeverity("urgent", filter, change),
		useSeverity("caution", filter, change),
		useSeverity("log", filter, change),
	];
	const shown = SEVERITIES.map((severity, i) => ({ severity, pages: all[i]! })).filter((s) => s.pages);
	const rows = shown.flatMap((s) => s.pages.items ?? []);
	const complete = shown.every((s) => s.pages.items !== null);
	if (complete) fresh.note(rows);
	const opened = rows.find((row) => row.id === id);
	if (opened) fresh.see(opened);
	const news = rows.filter((row) => fresh.news(row)).length;
	useKeys(keys, id);
	useSteady(list, rows.map((row) => row.id).join());

	useEffect(() => {
		if (id !== null) return undefined;
		scrollTo(0, listScroll);
		const keep = () => void (listScroll = scrollY);
		addEventListener("scroll", keep, { passive: true });
		return () => removeEventListener("scroll", keep);
	}, [id]);

	const seeAll = () => {
		rows.forEach((row) => fresh.see(row));
		redraw((n) => n + 1);
	};
	const empty = complete && rows.length === 0;
	const filtered = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
	return (
		<div class={id === null ? "inbox" : "inbox has-open"}>
			<div class="inbox-list" ref={list}>
				<div class="inbox-head">
					<ListHeading alone={id === null} />
					<div class="news-line" role="status">
						{news > 0 && (
							<>
								<span class="mark">{words("new_count", { n: news })}</span>
								<button type="button" class="plain" onClick={seeAll}>{words("seen_all")}</button>
							</>
						)}
					</div>
				</div>
				<FilterBar filter={filter} change={setFilter} />
				{empty && filtered
					? <Empty icon="search">{words("none_at_all")}</Empty>
					: shown.map(({ severity, pages }) => <Section severity={severity} pages={pages} id={id} key={severity} />)}
				<p class="keys">
					<label class="tick">
						<input type="checkbox" checked={keys} onChange={(event) => {
							const on = event.currentTarget.checked;
							setKeys(on);
							try {
								localStorage.setItem(KEYS_KEPT, on ? "on" : "off");
							} catch {
								/* Not kept; the switch still works for this visit. */
							}
						}} />
						{words("keys")}
					</label>
					<span class="soft small">{words("keys_hint")}</span>
				</p>
			</div>
			<div class="inbox-open">
				{id === null
					? <Empty icon="note">{words("pick")}</Empty>
					: <DetailPane id={id} seen={(row) => fresh.see(row)} key={id} />}
			</div>
		</div>
	);
}

