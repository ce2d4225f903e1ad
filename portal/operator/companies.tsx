/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import { useLoad } from "../shared/ui/load";
import { Badge, Empty, Fetched, SampleMark } from "../shared/ui/parts";
import { Rest, usePortion } from "../shared/ui/portion";
import { quietWords } from "../shared/words/quiet";
import { useHeading, useSession, useWords } from "../shared/ui/session";
import { words as operatorWords } from "./words";

export function CompaniesPage({ show }: { show: (company: number) => void }): JSX.Element {
	const words = useWords(operatorWords);
	const quiet = useWords(quietWords);
	const { change } = useSession();
	const heading = useHeading(words("companies"), "companies");
	const [typed, setTyped] = useState("");
	const [q, setQ] = useState("");
	useEffect(() => {
		const soon = setTimeout(() => setQ(typed.trim()), 300);
		return () => clearTimeout(soon);
	}, [typed]);
	const portion = usePortion([q]);
	const companies = useLoad(() => api.companies(q), ["companies", q], change);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("companies")}</h1>
			<div class="search">
				<label class="label" for="q">{words("companies_search")}</label>
				<input id="q" type="search" value={typed} maxLength={100} onInput={(event) => setTyped(event.currentTarget.value)} />
			</div>
			<Fetched from={companies}>
				{(list) => list.items.length === 0
					? <Empty icon="office">{words(q ? "companies_not_found" : "companies_none")}</Empty>
					: (
						<>
						<table class="table card">
							<thead>
								<tr>
									<th scope="col">{words("company")}</th>
									<th scope="col">{words("col_urgent")}</th>
									<th scope="col">{words("col_caution")}</th>
									<th scope="col">{words("col_gates")}</th>
									<th scope="col">{words("col_silent")}</th>
									<th scope="col">{words("col_do")}</th>
								</tr>
							</thead>
							<tbody>
								{portion.of(list.items).map((c) => (
									<tr key={c.id}>
										<th scope="row">{c.name}{c.sample && <SampleMark />}</th>
										<td data-label={words("col_urgent")} class="num">
											{c.open_urgent > 0 ? <Badge tone="alarm" icon="alarm">{c.open_urgent}</Badge> : 0}
										</td>
										<td data-label={words("col_caution")} class="num">
											{c.open_caution > 0 ? <Badge tone="care" icon="alert">{c.open_caution}</Badge> : 0}
										</td>
										<td data-label={words("col_gates")} class="num">{c.gates}</td>
										<td data-label={words("col_silent")} class="num">
											{c.silent_gates > 0 ? <Badge tone="care" icon="alert">{c.silent_gates}</Badge> : 0}
										</td>
										<td data-label={words("col_do")}>
											<div class="row">
												<a href="#/" onClick={() => show(c.id)} aria-label={`${words("see_incidents")}: ${c.name}`}>{words("see_incidents")}</a>
												<a href={`#/contacts/${c.id}`} aria-label={`${words("see_contacts")}: ${c.name}`}>{words("see_contacts")}</a>
												<a href={`#/quiet/${c.id}`} aria-label={`${quiet("quiet")}: ${c.name}`}>{quiet("quiet")}</a>
												<a href={`#/gates/${c.id}`} aria-label={`${words("see_gates")}: ${c.name}`}>{words("see_gates")}</a>
											</div>
										</td>
									</tr>
								))}
							</tbody>
						</table>
						<Rest portion={portion} total={list.items.length} />
						</>
					)}
			</Fetched>
		</>
	);
}
