/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Companies, resellers, and letting somebody in again who lost every way to log in.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../shared/api/client";
import type { Recovery } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { Paged, usePages } from "../shared/ui/pages";
import { sentence } from "../shared/ui/parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { when } from "../shared/ui/time";
import { words as operatorWords } from "./words";

type Fields = Record<string, string>;

/* A small form: a line for each field, then one button. */
function Form({ id, fields, action, send }: {
	id: string; fields: [name: string, label: string, needed: boolean][]; action: string;
	send: (values: Fields) => Promise<unknown>;
}): JSX.Element {
	const shared = useCommon();
	const lang = useLang();
	const [values, setValues] = useState<Fields>({});
	const [told, setTold] = useState<"done" | ApiError | null>(null);
	const submit = async (event: Event) => {
		event.preventDefault();
		setTold(null);
		try {
			await send(values);
			setValues({});
			setTold("done");
		} catch (error) {
			setTold(error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0));
		}
	};
	return (
		<form class="stack" onSubmit={submit}>
			{fields.map(([name, label, needed]) => (
				<div class="field" key={name}>
					<label for={`${id}-${name}`}>{label}</label>
					<input id={`${id}-${name}`} required={needed} value={values[name] ?? ""}
						onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })} />
				</div>
			))}
			<div><button type="submit" class="button">{action}</button></div>
			<div role="status">
				{told === "done" && <p class="done-note"><Icon name="check" size={20} />{shared("saved")}</p>}
				{told instanceof ApiError && <p class="problem"><Icon name="alert" size={18} />{sentence(told, lang, shared)}</p>}
			</div>
		</form>
	);
}

function Case({ of, reload }: { of: Recovery; reload: () => void }): JSX.Element {
	const words = useWords(operatorWords);
	const lang = useLang();
	return (
		<li class="card stack">
			<p>
				<strong>{of.name}</strong> {of.mail}　{of.company?.name}　{words(`recovery_state_${of.state}`)}<br />
				{of.reason}<br />
				<span class="soft small">{when(of.opened_us, lang)}　{of.opened_by}{of.confirmed_by && ` → ${of.confirmed_by}：${of.called}`}</span>
			</p>
			{of.state === "open" && (of.may_confirm
				? <Form id={`case-${of.id}`} fields={[["called", words("recovery_called"), true]]} action={words("recovery_confirm")}
					send={(v) => api.confirmRecovery(of.id, v.called ?? "").then(reload)} />
				: <p class="soft">{words("recovery_other")}</p>)}
			{of.state === "open" && <div><button type="button" class="button small"
				onClick={() => api.refuseRecovery(of.id).then(reload, reload)}>{words("recovery_refuse")}</button></div>}
		</li>
	);
}

export function RegisterPage(): JSX.Element {
	const words = useWords(operatorWords);
	const { me } = useSession();
	const heading = useHeading(words("register"), "register");
	const [turn, setTurn] = useState(0);
	const again = () => setTurn((n) => n + 1);
	const resellers = useLoad(() => api.resellers(), ["resellers"], turn);
	const cases = usePages<Recovery>((before) => api.recoveries(before), ["recoveries"], turn);
	const company = (v: Fields) => {
		const reseller = resellers.data?.items.find((r) => r.name === v.reseller);
		return api.addCompany({ name: v.name ?? "", mail: v.mail ?? "", ...(reseller ? { reseller: reseller.id } : {}) });
	};
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("register")}</h1>
			{me.may.includes("company.edit") && (
				<section class="card stack" aria-labelledby="new-company">
					<h2 id="new-company">{words("company_new")}</h2>
					<Form id="company" action={words("company_add")} send={company} fields={[["name", words("company"), true],
						["mail", words("company_mail"), false], ["reseller", words("company_reseller"), false]]} />
				</section>
			)}
			<section class="card stack" aria-labelledby="resellers">
				<h2 id="resellers">{words("resellers")}</h2>
				<ul class="plain-list">
					{(resellers.data?.items ?? []).map((r) => <li key={r.id}>{r.name}　{words("reseller_companies", { n: r.companies })}</li>)}
				</ul>
				{me.may.includes("reseller.edit") && <Form id="reseller" action={words("reseller_add")}
					send={(v) => api.addReseller({ name: v.name ?? "" }).then(again)} fields={[["name", words("reseller_name"), true]]} />}
			</section>
			{me.may.includes("recovery") && (
				<section class="stack" aria-labelledby="recoveries">
					<h2 id="recoveries">{words("recovery")}</h2>
					<p>{words("recovery_why")}</p>
					<Form id="recovery" action={words("recovery_open")} send={(v) => api.openRecovery(v.mail ?? "", v.reason ?? "").then(again)}
						fields={[["mail", words("recovery_mail"), true], ["reason", words("recovery_reason"), true]]} />
					<Paged pages={cases} empty={<p class="soft">{words("recovery_none")}</p>}>
						{(items) => <ul class="plain-list">{items.map((c) => <Case of={c} reload={again} key={c.id} />)}</ul>}
					</Paged>
				</section>
			)}
		</>
	);
}
