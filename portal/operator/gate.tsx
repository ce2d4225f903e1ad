/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One gate in full: what it should run and where that was decided, what it does run, what it
 * was ordered.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { EnrolCode, GateFleet, GateSetting, SettingChange } from "../shared/api/types";
import { useLoad } from "../shared/ui/load";
import { Icon } from "../shared/ui/icon";
import { ActButton, Badge, Fetched, SampleMark, type Tone } from "../shared/ui/parts";
import { useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { precisely } from "../shared/ui/time";
import { CutLine, ExceptLine } from "./cuts";
import { words as fleetWords } from "./fleetwords";

const DRIFT: Record<GateFleet["drift"], Tone> = { none: "calm", never: "quiet", old: "care", local: "care" };

const LEVELS = ["gate", "site", "company", "group", "chamber"] as const;

function Facts({ fleet }: { fleet: GateFleet }): JSX.Element {
	const words = useWords(fleetWords);
	return (
		<>
			<p class="row">
				<Badge tone={DRIFT[fleet.drift]} icon={fleet.drift === "none" ? "check" : fleet.drift === "never" ? "clock" : "alert"}>
					{words(`drift_${fleet.drift}`)}
				</Badge>
			</p>
			<dl class="facts dense">
				<dt>{words("reported")}</dt><dd>{fleet.reported_us === null ? "–" : precisely(fleet.reported_us)}</dd>
				{fleet.reported_us !== null && (
					<>
						<dt>{words("software")}</dt><dd>{fleet.software || "–"}</dd>
						<dt>{words("started")}</dt><dd>{fleet.started_us ? precisely(fleet.started_us) : "–"}</dd>
						<dt>{words("cuts_can")}</dt><dd>{words(fleet.cuts ? "cuts_yes" : "cuts_no")}</dd>
						<dt>{words("refused")}</dt><dd>{fleet.refused}</dd>
					</>
				)}
				<dt>{words("group")}</dt><dd>{fleet.group || words("group_none")}</dd>
			</dl>
		</>
	);
}

function SettingRow({ s }: { s: GateSetting }): JSX.Element {
	const words = useWords(fleetWords);
	const lang = useLang();
	return (
		<tr>
			<th scope="row">{lang === "en" ? s.en : s.ja}<span class="soft block fixed">{s.name}{s.unit && ` (${s.unit})`}</span></th>
			<td data-label={words("col_wanted")} class="fixed">{s.value || <span class="soft">{words("nothing")}</span>}</td>
			<td data-label={words("col_from")}>{s.level ? words(`level_${s.level}`) : "–"}</td>
			<td data-label={words("col_runs")} class="fixed">
				{s.runs || "–"}{s.drift && <>{" "}<Badge tone="care" icon="alert">{words("differs")}</Badge></>}
			</td>
			<td data-label={words("col_runs_from")}>{s.runs_from ? words(`from_${s.runs_from}`) : "–"}</td>
		</tr>
	);
}

function Settings({ fleet }: { fleet: GateFleet }): JSX.Element {
	const words = useWords(fleetWords);
	return (
		<table class="table card">
			<thead><tr>
				<th scope="col">{words("col_setting")}</th><th scope="col">{words("col_wanted")}</th><th scope="col">{words("col_from")}</th>
				<th scope="col">{words("col_runs")}</th><th scope="col">{words("col_runs_from")}</th>
			</tr></thead>
			<tbody>{fleet.settings.map((s) => <SettingRow s={s} key={s.name} />)}</tbody>
		</table>
	);
}

function SetForm({ fleet, set }: { fleet: GateFleet; set: (f: GateFleet) => void }): JSX.Element {
	const words = useWords(fleetWords);
	const lang = useLang();
	const [name, setName] = useState(fleet.settings[0]?.name ?? "");
	const [level, setLevel] = useState<SettingChange["level"]>("gate");
	const [value, setValue] = useState("");
	const row = fleet.settings.find((s) => s.name === name);
	const choices = row?.kind === "bool" ? ["true", "false"] : row?.choices ? row.choices.split("|") : null;
	return (
		<form class="card" onSubmit={(e) => e.preventDefault()}>
			<h3>{words("set_title")}</h3>
			<label class="label" for="set-name">{words("set_name")}</label>
			<select id="set-name" value={name} onChange={(e) => { setName(e.currentTarget.value); setValue(""); }}>
				{fleet.settings.map((s) => <option value={s.name} key={s.name}>{lang === "en" ? s.en : s.ja}</option>)}
			</select>
			<label class="label" for="set-level">{words("set_level")}</label>
			<select id="set-level" value={level} onChange={(e) => setLevel(e.currentTarget.value as SettingChange["level"])}>
				{LEVELS.filter((l) => l !== "group" || fleet.group).map((l) => <option value={l} key={l}>{words(`level_${l}`)}</option>)}
			</select>
			<label class="label" for="set-value">{words("set_value")}</label>
			{choices
				? (
					<select id="set-value" value={value} onChange={(e) => setValue(e.currentTarget.value)}>
						<option value="" />
						{choices.map((c) => <option value={c} key={c}>{c}</option>)}
					</select>
				)
				: <input id="set-value" value={value} maxLength={1000} onInput={(e) => setValue(e.currentTarget.value)} />}
			<ActButton act={async () => {
				set(await api.setGateSetting(fleet.gate.id, { level, name, ...(value.trim() ? { value: value.trim() } : {}) }));
				setValue("");
			}}>{words("set_yes")}</ActButton>
		</form>
	);
}

function Group({ fleet, set }: { fleet: GateFleet; set: (f: GateFleet) => void }): JSX.Element {
	const words = useWords(fleetWords);
	const [group, setGroup] = useState(fleet.group);
	return (
		<form class="card" onSubmit={(e) => e.preventDefault()}>
			<label class="label" for="group">{words("group")}</label>
			<input id="group" value={group} maxLength={60} onInput={(e) => setGroup(e.currentTarget.value)} />
			<ActButton act={async () => set(await api.joinGroup(fleet.gate.id, group.trim()))}>{words("group_set")}</ActButton>
		</form>
	);
}

function Excepting({ gate, added }: { gate: number; added: () => void }): JSX.Element {
	const words = useWords(fleetWords);
	const [what, setWhat] = useState<"host" | "signature" | "machine">("host");
	const [value, setValue] = useState("");
	const [reason, setReason] = useState("");
	const [days, setDays] = useState(30);
	return (
		<form class="card" onSubmit={(e) => e.preventDefault()}>
			<h3>{words("except_title")}</h3>
			<label class="label" for="ex-what">{words("except_what")}</label>
			<select id="ex-what" value={what} onChange={(e) => setWhat(e.currentTarget.value as typeof what)}>
				{(["host", "signature", "machine"] as const).map((w) => <option value={w} key={w}>{words(`what_${w}`)}</option>)}
			</select>
			<label class="label" for="ex-value">{words("except_value")}</label>
			<input id="ex-value" value={value} maxLength={253} onInput={(e) => setValue(e.currentTarget.value)} />
			<label class="label" for="ex-reason">{words("except_reason")}</label>
			<input id="ex-reason" value={reason} maxLength={160} onInput={(e) => setReason(e.currentTarget.value)} />
			<label class="label" for="ex-days">{words("except_days")}</label>
			<input id="ex-days" type="number" min={1} max={365} value={days}
				onInput={(e) => setDays(Math.min(365, Math.max(1, Number(e.currentTarget.value) || 30)))} />
			<ActButton disabled={!value.trim() || !reason.trim()} act={async () => {
				await api.addException(gate, { what, value: value.trim(), reason: reason.trim(), days });
				setValue("");
				setReason("");
				added();
			}}>{words("except_yes")}</ActButton>
		</form>
	);
}

function Orders({ fleet }: { fleet: GateFleet }): JSX.Element {
	const words = useWords(fleetWords);
	const kind = (k: string) => (`kind_${k}` in fleetWords.ja ? words(`kind_${k}` as "kind_config") : k);
	if (fleet.orders.length === 0) return <p class="soft">{words("orders_none")}</p>;
	return (
		<table class="table card">
			<thead><tr>
				<th scope="col">{words("col_number")}</th><th scope="col">{words("col_kind")}</th><th scope="col">{words("col_state")}</th>
				<th scope="col">{words("col_when")}</th><th scope="col">{words("col_done")}</th><th scope="col">{words("col_by")}</th>
			</tr></thead>
			<tbody>
				{fleet.orders.map((o) => (
					<tr key={o.number}>
						<th scope="row" class="num">{o.number}</th>
						<td data-label={words("col_kind")}>{kind(o.kind)}</td>
						<td data-label={words("col_state")}>{words(`state_${o.state}`)}{o.why && <span class="soft block">{o.why}</span>}</td>
						<td data-label={words("col_when")}>{precisely(o.issued_us)}</td>
						<td data-label={words("col_done")}>{o.done_us === null ? "–" : precisely(o.done_us)}</td>
						<td data-label={words("col_by")}>{o.by || words("by_centre")}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}

function Swap({ gate }: { gate: number }): JSX.Element {
	const words = useWords(fleetWords);
	const [code, setCode] = useState<EnrolCode | null>(null);
	return (
		<div class="card">
			<ActButton class="button" act={async () => setCode(await api.swapCode(gate))}>{words("swap")}</ActButton>
			{code && (
				<>
					<p>{words("swap_code", { time: precisely(code.expires_us) })}</p>
					<p class="code">{code.code}</p>
				</>
			)}
		</div>
	);
}

export function GatePage({ id }: { id: number }): JSX.Element {
	const words = useWords(fleetWords);
	const { change } = useSession();
	const heading = useHeading(words("gate_title"), `gate-${id}`);
	const fleet = useLoad(() => api.gateFleet(id), ["fleet", id], change);
	const company = fleet.data?.company.id;
	const cuts = useLoad(async () => (company ? api.containments(company) : { items: [] }), ["cuts", company], change);
	const excepts = useLoad(async () => (company ? api.exceptions(company) : { items: [] }), ["excepts", company], change);
	return (
		<>
			<p class="back"><a href="#/gates"><Icon name="back" size={18} />{words("to_gates")}</a></p>
			<h1 ref={heading} tabIndex={-1}>{words("gate_title")}</h1>
			<Fetched from={fleet}>
				{(f) => (
					<>
						<p><strong>{f.company.name}</strong>{f.company.sample && <SampleMark />} {f.site} / {f.gate.name}</p>
						<Facts fleet={f} />
						<h2>{words("settings")}</h2>
						<Settings fleet={f} />
						<SetForm fleet={f} set={fleet.set} />
						<Group fleet={f} set={fleet.set} key={f.group} />
						<h2>{words("cuts")}</h2>
						{(cuts.data?.items ?? []).filter((c) => c.gate.id === id).slice(0, 5).map((c) => (
							<div class="card" key={c.id}><CutLine cut={c} changed={cuts.reload} /></div>
						))}
						<h2>{words("excepts")}</h2>
						{(excepts.data?.items ?? []).filter((x) => x.gate.id === id).slice(0, 10).map((x) => (
							<div class="card" key={x.id}><ExceptLine it={x} changed={excepts.reload} /></div>
						))}
						<Excepting gate={id} added={excepts.reload} />
						<h2>{words("orders")}</h2>
						<Orders fleet={f} />
						<Swap gate={id} />
					</>
				)}
			</Fetched>
		</>
	);
}
