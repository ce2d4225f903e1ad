/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { EnrolCode, Gate } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { ActButton, Badge, Empty, Fetched, GateBadge, SampleMark } from "../shared/ui/parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { ago, precisely } from "../shared/ui/time";
import { Rest, usePortion } from "../shared/ui/portion";
import { words as operatorWords } from "./words";

/* Asks before something that cannot be undone. */
function Confirm({ text, yes, act, close }: {
	text: string; yes: string; act: () => Promise<void>; close: () => void;
}): JSX.Element {
	const shared = useCommon();
	const box = useRef<HTMLDialogElement>(null);
	useEffect(() => box.current?.showModal(), []);
	return (
		<dialog ref={box} class="confirm" aria-labelledby="confirm-text" onClose={close}>
			<p id="confirm-text">{text}</p>
			<div class="row">
				<ActButton class="button warn" act={act}>{yes}</ActButton>
				<button type="button" class="button" autofocus onClick={() => box.current?.close()}>{shared("cancel")}</button>
			</div>
		</dialog>
	);
}

function Code({ gate, code, close }: { gate: Gate; code: EnrolCode; close: () => void }): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const box = useRef<HTMLDialogElement>(null);
	useEffect(() => box.current?.showModal(), []);
	return (
		<dialog ref={box} class="confirm" aria-labelledby="code-title" onClose={close}>
			<h2 id="code-title">{words("enrol_title")}</h2>
			<p>{gate.company.name} {gate.site} {gate.name}</p>
			<p class="code">{code.code}</p>
			<p>{words("enrol_use", { time: precisely(code.expires_us) })}</p>
			<button type="button" class="button" autofocus onClick={() => box.current?.close()}>{shared("close")}</button>
		</dialog>
	);
}

function GateRow({ gate, changed }: { gate: Gate; changed: () => void }): JSX.Element {
	const words = useWords(operatorWords);
	const lang = useLang();
	const [code, setCode] = useState<EnrolCode | null>(null);
	const [asking, setAsking] = useState(false);
	const name = `${gate.company.name} ${gate.name}`;
	return (
		<tr>
			<th scope="row">
				{gate.company.name}{gate.company.sample && <SampleMark />}
				<a class="block" href={`#/gate/${gate.id}`}>{gate.site} / {gate.name}</a>
			</th>
			<td data-label={words("col_state")}><GateBadge state={gate.state} /></td>
			<td data-label={words("col_seen")}>
				{gate.seen_us === null ? words("never") : <span title={precisely(gate.seen_us)}>{ago(gate.seen_us, lang)}</span>}
				{Math.abs(gate.skew_s) >= 60 && gate.state !== "revoked" && (
					<span class="block"><Badge tone="care" icon="alert">{words(gate.skew_s > 0 ? "clock_fast" : "clock_slow", { minutes: Math.floor(Math.abs(gate.skew_s) / 60) })}</Badge></span>
				)}
			</td>
			<td data-label={words("col_scanner")}>
				{gate.state === "never" || gate.state === "revoked" ? "–"
					: gate.scanner === "down" ? <Badge tone="care" icon="alert">{words("scanner_down")}</Badge>
					: words(`scanner_${gate.scanner}`)}
			</td>
			<td data-label={words("col_mode")}>{gate.mode ? words(`mode_${gate.mode}`) : "–"}</td>
			<td data-label={words("col_rules")} class="num">{gate.rules ? gate.rules.toLocaleString(lang) : "–"}</td>
			<td data-label={words("col_version")}>{gate.sensor === "suricata" ? words("sensor_suricata") : gate.version || "–"}</td>
			<td data-label={words("col_do")}>
				<div class="row">
					<ActButton class="button small" label={`${words("enrol")}: ${name}`}
						act={async () => setCode(await api.enrolCode(gate.id))}>{words("enrol")}</ActButton>
					{gate.state !== "revoked" && gate.state !== "never" && (
						<button type="button" class="button small warn" aria-label={`${words("revoke")}: ${name}`}
							onClick={() => setAsking(true)}>{words("revoke")}</button>
					)}
				</div>
				{code && <Code gate={gate} code={code} close={() => setCode(null)} />}
				{asking && (
					<Confirm text={words("revoke_ask", { company: gate.company.name, gate: gate.name })}
						yes={words("revoke_yes")} close={() => setAsking(false)}
						act={async () => {
							await api.revoke(gate.id);
							setAsking(false);
							changed();
						}} />
				)}
			</td>
		</tr>
	);
}

/* What needs somebody first. */
const ORDER = ["silent", "ok", "never", "revoked"];

function inOrder(gates: Gate[]): Gate[] {
	return [...gates].sort((a, b) =>
		ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.company.name.localeCompare(b.company.name, "ja"));
}

function fits(gate: Gate, q: string): boolean {
	return [gate.company.name, gate.site, gate.name].join(" ").toLowerCase().includes(q.trim().toLowerCase());
}

export function GatesPage({ company }: { company: number | null }): JSX.Element {
	const words = useWords(operatorWords);
	const { change } = useSession();
	const heading = useHeading(words("gates"), "gates");
	const gates = useLoad(() => api.gates(company ?? undefined), ["gates", company], change);
	const [q, setQ] = useState("");
	const portion = usePortion([company, q]);
	const columns = ["col_state", "col_seen", "col_scanner", "col_mode", "col_rules", "col_version", "col_do"] as const;
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("gates")}</h1>
			<div class="search">
				<label class="label" for="q">{words("gates_search")}</label>
				<input id="q" type="search" value={q} maxLength={100} onInput={(event) => setQ(event.currentTarget.value)} />
			</div>
			<Fetched from={gates}>
				{(list) => {
					const found = inOrder(list.items.filter((gate) => fits(gate, q)));
					if (found.length === 0)
						return <Empty icon="pulse">{words(list.items.length ? "gates_not_found" : "gates_none")}</Empty>;
					return (
						<>
						<table class="table card">
							<thead>
								<tr>
									<th scope="col">{words("company")} / {words("col_site")}</th>
									{columns.map((c) => <th scope="col" key={c}>{words(c)}</th>)}
								</tr>
							</thead>
							<tbody>{portion.of(found).map((g) => <GateRow gate={g} changed={gates.reload} key={g.id} />)}</tbody>
						</table>
						<Rest portion={portion} total={found.length} />
						</>
					);
				}}
			</Fetched>
		</>
	);
}
