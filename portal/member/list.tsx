/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import type { Incident } from "../shared/api/types";
import { SeverityBadge } from "../shared/ui/parts";
import { useCommon, useLang, useWords } from "../shared/ui/session";
import { when } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { words as memberWords } from "./words";

export function IncidentList({ items }: { items: Incident[] }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const lang = useLang();
	return (
		<ul class="incidents">
			{items.map((incident) => (
				<li key={incident.id}>
					<a href={`#/incidents/${incident.id}`}>
						<span class="incident-badge"><SeverityBadge severity={incident.severity} /></span>
						<span class="incident-main">
							<strong>{said(incident, "title", lang)}</strong>
							<span>{incident.machine?.label ?? words("whole_office")}</span>
						</span>
						<span class="incident-side">
							<span>{when(incident.last_us, lang)}</span>
							<span>{shared(`state_${incident.state}`)}</span>
						</span>
					</a>
				</li>
			))}
		</ul>
	);
}
