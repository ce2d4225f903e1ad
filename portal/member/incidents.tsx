/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Incident } from "../shared/api/types";
import { Empty } from "../shared/ui/parts";
import { Paged, usePages } from "../shared/ui/pages";
import { useHeading, useSession, useWords } from "../shared/ui/session";
import { IncidentList } from "./list";
import { words as memberWords } from "./words";

const STATES = ["all", "open", "done"] as const;

export function IncidentsPage(): JSX.Element {
	const words = useWords(memberWords);
	const { change } = useSession();
	const [state, setState] = useState<(typeof STATES)[number]>("all");
	const heading = useHeading(words("list_title"), "incidents");
	const pages = usePages<Incident>(
		(before) => api.incidents({ state, before, limit: 30 }), [state], change);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("list_title")}</h1>
			<div class="choices" role="group" aria-label={words("filter_state")}>
				{STATES.map((s) => (
					<button type="button" key={s} aria-pressed={state === s} onClick={() => setState(s)}>
						{words(`filter_${s}`)}
					</button>
				))}
			</div>
			<section class="card">
				<Paged pages={pages} empty={<Empty icon="shieldcheck">{words("list_none")}</Empty>}>
					{(items) => <IncidentList items={items} />}
				</Paged>
			</section>
		</>
	);
}
