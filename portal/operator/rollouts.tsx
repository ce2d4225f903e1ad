/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * New rules on their way to the gates: ring by ring, held, taken back.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Bundle, Rollout, RolloutRing } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { ActButton, Badge, Empty, Fetched, type Tone } from "../shared/ui/parts";
import { useHeading, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { Ask } from "./cuts";
import { words as rolloutWords } from "./rolloutwords";

const TONE: Record<Rollout["state"], Tone> = { running: "care", frozen: "care", done: "calm", undone: "alarm" };
const ICON = { running: "arrow", frozen: "hand", done: "check", undone: "back" } as const;

/* In the order of a bar, from left to right. */
const PARTS = ["runs", "ordered", "waiting", "failed", "undone"] as const;

/* "rules" as it is called; a name that we do not know stands as it is. */
function useName(): (name: string) => string {
	const words = useWords(rolloutWords);
	return (name) => (`name_${name}` in rolloutWords.ja ? words(`name_${name}` as "name_rules") : name);
}

function Ring({ ring, number, here }: { ring: RolloutRing; number: number; here: boolean }): JSX.Element {
	const words = useWords(rolloutWords);
	const all = PARTS.reduce((sum, part) => sum + ring[part], 0);
	const told = PARTS.filter((part) => ring[part] > 0).map((part) => `${words(`part_${part}`)} ${ring[part]}`);
	return (
		<li class={here ? "ring here" : "ring"} data-ring={number} aria-current={here ? "step" : undefined}>
			<span class="ring-name">{words("ring", { number, percent: ring.percent })}</span>
			<span class="ring-bar" aria-hidden="true">
				{PARTS.map((part) => ring[part] > 0 && (
					<span class={`ring-${part}`} style={{ flexGrow: ring[part] }} key={part} />
				))}
			</span>
			<span class="ring-told">{all === 0 ? words("ring_empty") : told.join("　")}</span>
		</li>
	);
}

function Undo({ rollout, changed, close }: { rollout: Rollout; changed: () => void; close: () => void }): JSX.Element {
	const words = useWords(rolloutWords);
	const [reason, setReason] = useState("");
	return (
		<Ask title={words("undo_title")} yes={words("undo_yes")} close={close}
			act={async () => {
				if (!reason.trim()) return;
				await api.undoRollout(rollout.id, reason.trim());
				close();
				changed();
			}}>
			<p>{words("undo_text")}</p>
			<label class="label" for="undo-reason">{words("undo_reason")}</label>
			<input id="undo-reason" value={reason} maxLength={120} required onInput={(e) => setReason(e.currentTarget.value)} />
		</Ask>
	);
}

function RolloutCard({ it, changed }: { it: Rollout; changed: () => void }): JSX.Element {
	const words = useWords(rolloutWords);
	const name = useName();
	const [asking, setAsking] = useState(false);
	const goes = it.state === "running" || it.state === "frozen";
	return (
		<li class="card" data-rollout={it.id}>
			<p class="row">
				<Badge tone={TONE[it.state]} icon={ICON[it.state]}>{words(`state_${it.state}`)}</Badge>
				<strong>{name(it.bundle.name)}</strong><span class="fixed">{it.bundle.version}</span>
			</p>
			{it.state === "undone" && it.why && <p class="problem"><Icon name="alert" size={18} />{words("went_back", { why: it.why })}</p>}
			<ol class="bare rings">
				{it.rings.map((ring, i) => <Ring ring={ring} number={i + 1} here={goes && i === it.ring} key={ring.percent} />)}
			</ol>
			{it.failures.length > 0 && (
				<ul class="soft">{it.failures.map((f) => <li key={f.why}>{words("failure", { gates: f.gates, why: f.why || "–" })}</li>)}</ul>
			)}
			<p class="soft">
				{words("began", { time: precisely(it.started_us), name: it.started_by || words("on_machine") })}{"　"}
				{it.ended_us !== null ? words("ended", { time: precisely(it.ended_us) })
					: words("watched", { minutes: Math.round(it.soak_s / 60) })}
			</p>
			{(it.may_hold || it.may_undo) && (
				<div class="row">
					{it.may_hold && (it.state === "running"
						? <ActButton class="button small" act={async () => { await api.freezeRollout(it.id); changed(); }}>{words("freeze")}</ActButton>
						: <ActButton class="button small" act={async () => { await api.resumeRollout(it.id); changed(); }}>{words("resume")}</ActButton>)}
					{it.may_undo && (
						<button type="button" class="button small" onClick={() => setAsking(true)}
							aria-label={`${words("undo")}: ${name(it.bundle.name)} ${it.bundle.version}`}>{words("undo")}</button>
					)}
				</div>
			)}
			{asking && <Undo rollout={it} changed={changed} close={() => setAsking(false)} />}
		</li>
	);
}

function Start({ bundle, changed, close }: { bundle: Bundle; changed: () => void; close: () => void }): JSX.Element {
	const words = useWords(rolloutWords);
	const name = useName();
	const [rings, setRings] = useState("1,10,100");
	const [minutes, setMinutes] = useState(60);
	return (
		<Ask title={words("start_title", { name: name(bundle.name), version: bundle.version })} yes={words("start_yes")} close={close}
			act={async () => {
				await api.startRollout(bundle.id, rings.replace(/\s/g, ""), minutes);
				close();
				changed();
			}}>
			<p>{words("start_text")}</p>
			<label class="label" for="start-rings">{words("start_rings")}</label>
			<input id="start-rings" value={rings} maxLength={40} inputMode="numeric" onInput={(e) => setRings(e.currentTarget.value)} />
			<label class="label" for="start-minutes">{words("start_minutes")}</label>
			<input id="start-minutes" type="number" min={1} max={10080} value={minutes}
				onInput={(e) => setMinutes(Math.min(10080, Math.max(1, Number(e.currentTarget.value) || 60)))} />
		</Ask>
	);
}

function BundleLine({ it, busy, changed }: { it: Bundle; busy: boolean; changed: () => void }): JSX.Element {
	const words = useWords(rolloutWords);
	const name = useName();
	const [asking, setAsking] = useState(false);
	return (
		<tr>
			<th scope="row">{name(it.name)} <span class="fixed">{it.version}</span></th>
			<td data-label={words("col_published")}>{precisely(it.published_us)}</td>
			<td data-label={words("col_expires")}>{precisely(it.expires_us)}</td>
			<td data-label={words("col_size")} class="num">{Math.ceil(it.size / 1024)}</td>
			<td data-label="">
				{it.may_start && (
					<button type="button" class="button small" disabled={busy} onClick={() => setAsking(true)}
						aria-label={`${words("start")}: ${name(it.name)} ${it.version}`}>{words("start")}</button>
				)}
				{asking && <Start bundle={it} changed={changed} close={() => setAsking(false)} />}
			</td>
		</tr>
	);
}

export function RolloutsPage(): JSX.Element {
	const words = useWords(rolloutWords);
	const { change } = useSession();
	const heading = useHeading(words("title"), "rollouts");
	const rollouts = useLoad(() => api.rollouts(), ["rollouts"], change);
	const bundles = useLoad(() => api.bundles(), ["bundles"], change);
	const busy = rollouts.data?.items.some((r) => r.state === "running" || r.state === "frozen") ?? true;
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("title")}</h1>
			<p>{words("intro")}</p>
			<h2>{words("rollouts")}</h2>
			<Fetched from={rollouts}>
				{(list) => list.items.length === 0 ? <Empty icon="shieldcheck">{words("rollouts_none")}</Empty> : (
					<ul class="bare">{list.items.map((it) => <RolloutCard it={it} changed={rollouts.reload} key={it.id} />)}</ul>
				)}
			</Fetched>
			<h2>{words("bundles")}</h2>
			<Fetched from={bundles}>
				{(list) => list.items.length === 0 ? <Empty icon="question">{words("bundles_none")}</Empty> : (
					<table class="table card">
						<thead><tr>
							<th scope="col">{words("col_bundle")}</th><th scope="col">{words("col_published")}</th>
							<th scope="col">{words("col_expires")}</th><th scope="col">{words("col_size")}</th><th scope="col">{words("start")}</th>
						</tr></thead>
						<tbody>{list.items.map((it) => <BundleLine it={it} busy={busy} changed={rollouts.reload} key={it.id} />)}</tbody>
					</table>
				)}
			</Fetched>
		</>
	);
}
