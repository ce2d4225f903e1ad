/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Machines that are cut off from the Internet, and what gates let be.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Containment, Exception } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { ActButton, Badge, Empty, Fetched, SampleMark, type Tone } from "../shared/ui/parts";
import { useCommon, useHeading, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { words as fleetWords } from "./fleetwords";

const TONE: Record<Containment["state"], Tone> = {
	asked: "care", cut: "alarm", listening: "care", failed: "care", releasing: "care", released: "quiet", ended: "quiet",
};

const HOLDS = ["asked", "cut", "listening", "releasing"];

export const holds = (cut: Containment) => HOLDS.includes(cut.state);

export function Ask({ title, yes, act, close, children }: {
	title: string; yes: string; act: () => Promise<void>; close: () => void; children?: preact.ComponentChildren;
}): JSX.Element {
	const shared = useCommon();
	const box = useRef<HTMLDialogElement>(null);
	useEffect(() => box.current?.showModal(), []);
	return (
		<dialog ref={box} class="confirm" aria-labelledby="ask-title" onClose={close}>
			<h2 id="ask-title">{title}</h2>
			{children}
			<div class="row">
				<ActButton class="button warn" act={act}>{yes}</ActButton>
				<button type="button" class="button" onClick={() => box.current?.close()}>{shared("cancel")}</button>
			</div>
		</dialog>
	);
}

export function CutLine({ cut, changed }: { cut: Containment; changed: () => void }): JSX.Element {
	const words = useWords(fleetWords);
	const [asking, setAsking] = useState(false);
	return (
		<div class="cut">
			<p class="row">
				<Badge tone={TONE[cut.state]} icon={holds(cut) ? "hand" : "check"}>{words(`cut_state_${cut.state}`)}</Badge>
				<strong>{cut.label}</strong>
				<span class="soft fixed">{[cut.ip, cut.mac].filter(Boolean).join("  ")}</span>
			</p>
			<p>{cut.reason}</p>
			<p class="soft">
				{precisely(cut.asked_us)} {cut.asked_by && words("by", { name: cut.asked_by })}{"　"}
				{holds(cut)
					? cut.until_us ? words("until", { time: precisely(cut.until_us) }) : words("until_released")
					: cut.released_us !== null && words("ended_at", { time: precisely(cut.released_us) })}
			</p>
			{cut.state === "failed" && cut.why && <p class="problem"><Icon name="alert" size={18} />{cut.why}</p>}
			{cut.may_release && (
				<div class="row">
					{cut.until_us > 0 && (
						<ActButton class="button small" label={`${words("confirm")}: ${cut.label}`}
							act={async () => { await api.confirmCut(cut.id); changed(); }}>{words("confirm")}</ActButton>
					)}
					<button type="button" class="button small" aria-label={`${words("release")}: ${cut.label}`}
						onClick={() => setAsking(true)}>{words("release")}</button>
				</div>
			)}
			{asking && (
				<Ask title={words("release_ask", { machine: cut.label })} yes={words("release")} close={() => setAsking(false)}
					act={async () => {
						await api.releaseCut(cut.id);
						setAsking(false);
						changed();
					}} />
			)}
		</div>
	);
}

/* Beside an incident: is its machine cut off, and may it be? */
export function CutBox({ machine, company }: { machine: { id: number; label: string }; company: number }): JSX.Element {
	const words = useWords(fleetWords);
	const { change } = useSession();
	const cuts = useLoad(() => api.containments(company), ["cuts", company], change);
	const [asking, setAsking] = useState(false);
	const [reason, setReason] = useState("");
	const [minutes, setMinutes] = useState(60);
	const now = cuts.data?.items.find((c) => c.machine === machine.id && holds(c));
	return (
		<section class="panel" aria-label={words("cuts")}>
			{now
				? <CutLine cut={now} changed={cuts.reload} />
				: (
					<button type="button" class="button warn" onClick={() => setAsking(true)} disabled={!cuts.data}>
						<Icon name="hand" size={18} />{words("cut")}
					</button>
				)}
			{asking && (
				<Ask title={words("cut_title")} yes={words("cut_yes")} close={() => setAsking(false)}
					act={async () => {
						await api.cut(machine.id, reason.trim() || "–", minutes);
						setAsking(false);
						cuts.reload();
					}}>
					<p>{words("cut_text", { machine: machine.label })}</p>
					<label class="label" for="cut-reason">{words("cut_reason")}</label>
					<input id="cut-reason" value={reason} maxLength={160} onInput={(e) => setReason(e.currentTarget.value)} />
					<label class="label" for="cut-minutes">{words("cut_minutes")}</label>
					<input id="cut-minutes" type="number" min={5} max={1440} value={minutes}
						onInput={(e) => setMinutes(Math.min(1440, Math.max(5, Number(e.currentTarget.value) || 60)))} />
				</Ask>
			)}
		</section>
	);
}

export function ExceptLine({ it, changed }: { it: Exception; changed: () => void }): JSX.Element {
	const words = useWords(fleetWords);
	const lives = it.state === "asked" || it.state === "active";
	return (
		<div class="cut">
			<p class="row">
				<Badge tone={lives ? "care" : "quiet"} icon={lives ? "door" : "check"}>{words(`ex_state_${it.state}`)}</Badge>
				<span>{words(`what_${it.what}`)}</span><strong class="fixed">{it.value}</strong>
			</p>
			<p>{it.reason}</p>
			<p class="soft">{it.gate.name}{"　"}{words("except_until", { time: precisely(it.until_us) })}{"　"}{it.asked_by && words("by", { name: it.asked_by })}</p>
			{it.state === "failed" && <p class="problem"><Icon name="alert" size={18} />{it.why}</p>}
			{lives && (
				<ActButton class="button small" label={`${words("except_remove")}: ${it.value}`}
					act={async () => { await api.removeException(it.id); changed(); }}>{words("except_remove")}</ActButton>
			)}
		</div>
	);
}

export function CutsPage(): JSX.Element {
	const words = useWords(fleetWords);
	const { change } = useSession();
	const heading = useHeading(words("cuts_title"), "cuts");
	const cuts = useLoad(() => api.containments(), ["cuts"], change);
	const excepts = useLoad(() => api.exceptions(), ["excepts"], change);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("cuts_title")}</h1>
			<h2>{words("cuts")}</h2>
			<Fetched from={cuts}>
				{(list) => list.items.length === 0 ? <Empty icon="shieldcheck">{words("cuts_none")}</Empty> : (
					<ul class="bare">
						{[...list.items].sort((a, b) => Number(holds(b)) - Number(holds(a))).map((cut) => (
							<li class="card" key={cut.id}>
								<p><strong>{cut.company.name}</strong>{cut.company.sample && <SampleMark />} <span class="soft">{cut.gate.name}</span></p>
								<CutLine cut={cut} changed={cuts.reload} />
							</li>
						))}
					</ul>
				)}
			</Fetched>
			<h2>{words("excepts")}</h2>
			<Fetched from={excepts}>
				{(list) => list.items.length === 0 ? <Empty icon="shieldcheck">{words("excepts_none")}</Empty> : (
					<ul class="bare">
						{list.items.map((it) => (
							<li class="card" key={it.id}>
								<p><strong>{it.company.name}</strong>{it.company.sample && <SampleMark />}</p>
								<ExceptLine it={it} changed={excepts.reload} />
							</li>
						))}
					</ul>
				)}
			</Fetched>
		</>
	);
}
