/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Severity } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { useCommon, useSession, useWords } from "../shared/ui/session";
import { words as operatorWords } from "./words";

export interface Filter {
	state: "open" | "done" | "all";
	severity: Severity | "";
	company: string;
	q: string;
}

export const NO_FILTER: Filter = { state: "open", severity: "", company: "", q: "" };

export const SEVERITIES: Severity[] = ["urgent", "caution", "log"];

export function FilterBar({ filter, change }: { filter: Filter; change: (f: Filter) => void }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const { change: news } = useSession();
	const companies = useLoad(() => api.companies(), ["companies"], news);
	const [text, setText] = useState(filter.q);
	useEffect(() => setText(filter.q), [filter.q]);
	/* A change of another field while the pause runs starts it anew: it is not taken back. */
	useEffect(() => {
		if (text.trim() === filter.q) return undefined;
		const soon = setTimeout(() => change({ ...filter, q: text.trim() }), 300);
		return () => clearTimeout(soon);
	}, [text, filter]);
	const clear = () => {
		setText("");
		change(NO_FILTER);
	};
	const touched = text !== "" || JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
	return (
		<form class="filters" role="search" aria-label={words("filters")} onSubmit={(event) => event.preventDefault()}>
			<div>
				<label for="f-state">{words("filter_state")}</label>
				<select id="f-state" value={filter.state}
					onChange={(event) => change({ ...filter, state: event.currentTarget.value as Filter["state"] })}>
					<option value="open">{words("filter_open")}</option>
					<option value="done">{words("filter_done")}</option>
					<option value="all">{words("filter_all")}</option>
				</select>
			</div>
			<div>
				<label for="f-severity">{words("filter_severity")}</label>
				<select id="f-severity" value={filter.severity}
					onChange={(event) => change({ ...filter, severity: event.currentTarget.value as Filter["severity"] })}>
					<option value="">{words("filter_any")}</option>
					{SEVERITIES.map((s) => <option value={s} key={s}>{shared(`severity_${s}`)}</option>)}
				</select>
			</div>
			<div class="grow">
				<label for="f-company">{words("filter_company")}</label>
				<select id="f-company" value={filter.company}
					onChange={(event) => change({ ...filter, company: event.currentTarget.value })}>
					<option value="">{words("filter_any")}</option>
					{companies.data?.items.map((c) => (
						<option value={String(c.id)} key={c.id}>{c.name}{c.sample ? `（${shared("sample")}）` : ""}</option>
					))}
				</select>
			</div>
			<div class="grow">
				<label for="f-text">{words("filter_text")}</label>
				<input id="f-text" type="search" value={text} maxLength={100} placeholder={words("filter_text_hint")}
					onInput={(event) => setText(event.currentTarget.value)} />
			</div>
			{touched && (
				<button type="button" class="plain" onClick={clear}>{words("filter_clear")}</button>
			)}
		</form>
	);
}
