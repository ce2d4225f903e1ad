/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is on the company's network, and whether the company knows it.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Machine } from "../shared/api/types";
import { Icon, type IconName } from "../shared/ui/icon";
import { Paged, usePages } from "../shared/ui/pages";
import { ActButton, Badge, Empty, type Tone } from "../shared/ui/parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { when } from "../shared/ui/time";
import { kindKey } from "../shared/words/kind";
import { Cuts } from "./cut";
import { words as memberWords } from "./words";

const MARK: Record<Machine["known"], { tone: Tone; icon: IconName }> = {
	0: { tone: "quiet", icon: "question" },
	1: { tone: "calm", icon: "check" },
	2: { tone: "care", icon: "alert" },
};

function Rename({ machine, done }: { machine: Machine; done: (m: Machine | null) => void }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const [name, setName] = useState(machine.name);
	const field = useRef<HTMLInputElement>(null);
	useEffect(() => field.current?.focus(), []);
	const save = async () => done(await api.setMachine(machine.id, { name: name.trim() }));
	const id = `name-${machine.id}`;
	return (
		<form class="rename" onSubmit={(event) => event.preventDefault()}>
			<label class="label" for={id}>{words("machine_name")}</label>
			<input id={id} ref={field} value={name} maxLength={80} placeholder={words("machine_hint")}
				onInput={(event) => setName(event.currentTarget.value)} />
			<div class="row">
				<ActButton act={save} disabled={!name.trim()}>{shared("save")}</ActButton>
				<button type="button" class="plain" onClick={() => done(null)}>{shared("cancel")}</button>
			</div>
		</form>
	);
}

const ROLES: Machine["role"][] = ["other", "server", "payment"];

/* What happens on a server or on the payments computer is graver. */
function Role({ machine, changed }: { machine: Machine; changed: (m: Machine) => void }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const [role, setRole] = useState(machine.role);
	const id = `role-${machine.id}`;
	const save = async () => changed(await api.setMachine(machine.id, { role }));
	return (
		<form class="rename" onSubmit={(event) => event.preventDefault()}>
			<label class="label" for={id}>{words("role")}</label>
			<select id={id} value={role} onChange={(event) => setRole(event.currentTarget.value as Machine["role"])}>
				{ROLES.map((r) => <option value={r} key={r}>{words(`role_${r}`)}</option>)}
			</select>
			<p class="soft">{words("role_note")}</p>
			{role !== machine.role && <ActButton act={save}>{shared("save")}</ActButton>}
		</form>
	);
}

function MachineCard({ machine, changed }: { machine: Machine; changed: (m: Machine) => void }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const lang = useLang();
	const [naming, setNaming] = useState(false);
	const [marking, setMarking] = useState(false);
	const say = (known: 1 | 2) => async () => {
		changed(await api.setMachine(machine.id, { known }));
		setMarking(false);
	};
	const mark = MARK[machine.known];
	const heading = `machine-${machine.id}`;
	return (
		<li class="card machine" aria-labelledby={heading}>
			<div class="row between">
				<h3 id={heading}><Icon name="machine" />{machine.label}</h3>
				{machine.role !== "other" && <span class="soft">{words(`role_${machine.role}`)}</span>}
				<Badge tone={mark.tone} icon={mark.icon}>{words(`mark_${machine.known}`)}</Badge>
			</div>
			<p class="soft">
				{shared(kindKey(machine.kind))}{machine.vendor && ` / ${machine.vendor}`}<br />
				{words("machine_last")} {when(machine.last_us, lang)}<br />
				{words("machine_first")} {when(machine.first_us, lang)}
			</p>
			{(machine.known === 0 || marking) && (
				<div class="row" role="group" aria-label={words("known_ask")}>
					<ActButton class="button small" act={say(1)} label={`${words("known_ours")}: ${machine.label}`}>
						<Icon name="check" size={18} />{words("known_ours")}
					</ActButton>
					<ActButton class="button small warn" act={say(2)} label={`${words("known_not")}: ${machine.label}`}>
						<Icon name="question" size={18} />{words("known_not")}
					</ActButton>
				</div>
			)}
			{machine.known === 2 && !marking && (
				<p class="panel tone-care"><Icon name="alert" size={22} />{words("known_is_not")}</p>
			)}
			{naming
				? <Rename machine={machine} done={(m) => {
					if (m) changed(m);
					setNaming(false);
				}} />
				: (
					<div class="row">
						<button type="button" class="plain" aria-label={`${words("machine_rename")}: ${machine.label}`}
							onClick={() => setNaming(true)}>{words("machine_rename")}</button>
						{machine.known !== 0 && !marking && (
							<button type="button" class="plain" onClick={() => setMarking(true)}
								aria-label={`${words("mark_change")}: ${machine.label}`}>
								{words("mark_change")}
							</button>
						)}
					</div>
				)}
			<details>
				<summary aria-label={`${words("machine_numbers")}: ${machine.label}`}>{words("machine_numbers")}</summary>
				<dl class="facts">
					<dt>{words("machine_ip")}</dt><dd class="fixed">{machine.ip || "–"}</dd>
					<dt>{words("machine_mac")}</dt><dd class="fixed">{machine.mac}</dd>
					<dt>{words("fact_gate")}</dt><dd>{machine.gate.name}</dd>
				</dl>
				<Role machine={machine} changed={changed} />
			</details>
		</li>
	);
}

export function MachinesPage(): JSX.Element {
	const words = useWords(memberWords);
	const { change } = useSession();
	const heading = useHeading(words("machines_title"), "machines");
	const [typed, setTyped] = useState("");
	const [q, setQ] = useState("");
	useEffect(() => {
		const soon = setTimeout(() => setQ(typed.trim()), 300);
		return () => clearTimeout(soon);
	}, [typed]);
	const pages = usePages<Machine>((before) => api.machines({ q, before, limit: 50 }), [q], change);
	const group = (title: string, items: Machine[]) => items.length > 0 && (
		<section>
			<h2 class="group">{title}</h2>
			<ul class="bare machines">
				{items.map((m) => <MachineCard machine={m} changed={pages.change} key={m.id} />)}
			</ul>
		</section>
	);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("machines_title")}</h1>
			<p>{words("machines_lead")}</p>
			<Cuts />
			<div class="search no-print">
				<label class="label" for="q">{words("machines_search")}</label>
				<input id="q" type="search" value={typed} maxLength={100}
					onInput={(event) => setTyped(event.currentTarget.value)} />
			</div>
			<Paged pages={pages} empty={<Empty icon="machine">{words(q ? "machines_not_found" : "machines_none")}</Empty>}>
				{(items) => (
					<>
						{group(words("machines_ask"), items.filter((m) => m.known !== 1))}
						{group(words("machines_rest"), items.filter((m) => m.known === 1))}
					</>
				)}
			</Paged>
		</>
	);
}
