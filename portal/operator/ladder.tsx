/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far an incident's ladder has been climbed: who was told, who answered, what is next.
 */
import type { JSX } from "preact";
import { api } from "../shared/api/client";
import type { IncidentLadder } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { Badge, type Tone } from "../shared/ui/parts";
import { useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import type { IconName } from "../shared/ui/icon";
import { watchWords } from "./watchwords";

const MARKS: Record<Exclude<IncidentLadder["state"], "none">, { tone: Tone; icon: IconName }> = {
	running: { tone: "care", icon: "clock" }, joined: { tone: "quiet", icon: "clock" },
	answered: { tone: "calm", icon: "check" }, top: { tone: "alarm", icon: "alarm" },
	ended: { tone: "quiet", icon: "check" },
};

export function Ladder({ id, change }: { id: number; change: number }): JSX.Element {
	const words = useWords(watchWords);
	const ladder = useLoad(() => api.incidentLadder(id), ["ladder", id], change);
	const data = ladder.data;
	if (!data || data.state === "none") return <></>;
	return (
		<section aria-labelledby="ladder">
			<h2 id="ladder">{words("ladder")}</h2>
			<p class="row">
				<Badge tone={MARKS[data.state].tone} icon={MARKS[data.state].icon}>{words(`ladder_${data.state}`)}</Badge>
				{data.state === "joined" && data.leader && <a href={`#/incidents/${data.leader}`}>#{data.leader}</a>}
				{data.answered_us !== null && (
					<span>{precisely(data.answered_us)} {data.answered_by} {data.answered_how && `(${words(`how_${data.answered_how as "link"}`)})`}</span>
				)}
				{data.next_us !== null && data.state !== "ended" && (
					<span class="soft">{words(data.state === "running" ? "ladder_next" : "ladder_again", { time: precisely(data.next_us).slice(11, 16) })}</span>
				)}
			</p>
			<ol class="timeline">
				{data.calls.map((call, i) => (
					<li key={i}>
						<time class="fixed" dateTime={new Date(call.at_us / 1000).toISOString()}>{precisely(call.at_us)}</time>
						<span><strong>{call.step === 0 ? words("ladder_reminded") : words(`whom_${call.whom}`)} {call.name}</strong>
							<span class="soft"> {words(call.channel === "mail" ? "by_mail" : "by_phone")}</span></span>
					</li>
				))}
			</ol>
		</section>
	);
}
