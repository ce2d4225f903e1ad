/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The events behind an incident, each with its whole EVE record.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Event as GateEvent } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { Paged, usePages } from "../shared/ui/pages";
import { SeverityBadge } from "../shared/ui/parts";
import { useCommon, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { words as operatorWords } from "./words";

function Record({ event }: { event: GateEvent }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const [open, setOpen] = useState(false);
	const [copied, setCopied] = useState(false);
	const eve = event.eve === undefined ? "" : JSON.stringify(event.eve, null, 2);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(eve);
			setCopied(true);
			setTimeout(() => setCopied(false), 2000);
		} catch {
			/* Without permission the text is still there to be marked by hand. */
			setOpen(true);
		}
	};
	return (
		<li>
			<p class="row event-line">
				<time class="fixed" dateTime={new Date(event.at_us / 1000).toISOString()}>{precisely(event.at_us)}</time>
				<SeverityBadge severity={event.severity} />
				<span>{event.kind}</span>
				{event.way && <span>{words(`way_${event.way}`)}</span>}
				<span>{shared(event.stopped ? "stopped" : "not_stopped")}</span>
				<span class="fixed">{event.src || "–"} → {event.dest || "–"}</span>
				{event.what && <span>{event.what}</span>}
			</p>
			{eve && (
				<details open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
					<summary aria-label={`${words("evidence_open")}: ${event.id}`}>{words("evidence_open")}</summary>
					{open && (
						<>
							<button type="button" class="button small" onClick={copy}>
								<Icon name={copied ? "check" : "copy"} size={18} />
								{words("copy")}
							</button>
							<span class="copied" role="status">{copied && words("copied")}</span>
							<pre class="eve" tabIndex={0} aria-label={words("evidence")}>{eve}</pre>
						</>
					)}
				</details>
			)}
		</li>
	);
}

/* Without consent: what happened shows, the records do not; in an emergency with a reason. */
function Closed({ company, again }: { company: number; again: () => void }): JSX.Element {
	const words = useWords(operatorWords);
	const { me } = useSession();
	const [reason, setReason] = useState("");
	const look = async (event: Event) => {
		event.preventDefault();
		await api.breakGlass(company, reason).then(again, () => undefined);
	};
	return (
		<div class="panel tone-care stack">
			<p>{words("evidence_closed")}</p>
			{me.may.includes("glass.break") && (
				<form class="stack" onSubmit={look}>
					<div class="field">
						<label for="glass">{words("glass_reason")}</label>
						<input id="glass" required minLength={10} maxLength={500} value={reason}
							onInput={(event) => setReason(event.currentTarget.value)} />
					</div>
					<div><button type="submit" class="button warn">{words("glass_break")}</button></div>
				</form>
			)}
		</div>
	);
}

export function Evidence({ id, company, change }: { id: number; company: number; change: number }): JSX.Element {
	const words = useWords(operatorWords);
	const [closed, setClosed] = useState(false);
	const [turn, setTurn] = useState(0);
	const pages = usePages<GateEvent>(async (before) => {
		const page = await api.events(id, before, 20);
		setClosed(page.evidence === "no_consent");
		return page;
	}, ["events", id], change + turn);
	return (
		<section aria-labelledby="evidence">
			<h2 id="evidence">{words("evidence")}</h2>
			{closed && <Closed company={company} again={() => setTurn((n) => n + 1)} />}
			<Paged pages={pages} empty={<p class="soft">{words("evidence_none")}</p>}>
				{(items) => <ul class="events">{items.map((event) => <Record event={event} key={event.id} />)}</ul>}
			</Paged>
		</section>
	);
}
