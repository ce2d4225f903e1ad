/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may log in, who is invited; what the centre may look at; who did what.  The owner of a
 * company and the people of the chamber see the same pages, each about their own.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { ConsentGive, InviteNew, Person } from "../api/types";
import { people } from "../words/people";
import { Icon } from "./icon";
import { useLoad } from "./load";
import { Paged, usePages } from "./pages";
import { Fetched, sentence } from "./parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "./session";
import { when } from "./time";

type Duty = InviteNew["duty"];
const MEMBER_DUTIES: Duty[] = ["staff", "owner"];
const CHAMBER_DUTIES: Duty[] = ["owner", "staff", "operator", "desk", "partner", "reseller", "agent", "insurer", "office"];

function Row({ person, reload }: { person: Person; reload: () => void }): JSX.Element {
	const words = useWords(people);
	const { me } = useSession();
	const end = async () => {
		if (!confirm(words("people_sure", { name: person.name }))) return;
		await api.endPerson(person.id).catch(() => undefined);
		reload();
	};
	return (
		<tr>
			<th scope="row">{person.name}<br /><span class="soft small">{person.mail}</span></th>
			<td data-label={words("invite_duty")}>{words(`duty_${person.duty}`)}{person.company && me.role === "operator" && <><br />{person.company.name}</>}</td>
			<td data-label={words("pk_title")}>{person.factor ? words("factor_on") : "–"}</td>
			<td>{person.ended_us ? words("people_ended")
				: me.may.includes("people.edit") && person.mail !== me.mail &&
					<button type="button" class="button small" onClick={end} aria-label={`${words("people_end")}: ${person.name}`}>{words("people_end")}</button>}</td>
		</tr>
	);
}

function Select({ id, label, value, change, of }: {
	id: string; label: string; value: string; change: (value: string) => void; of: [string, string][];
}): JSX.Element {
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<select id={id} value={value} onChange={(event) => change(event.currentTarget.value)}>
				{of.map(([v, name]) => <option value={v} key={v}>{name}</option>)}
			</select>
		</div>
	);
}

function Invite({ done }: { done: () => void }): JSX.Element {
	const words = useWords(people);
	const shared = useCommon();
	const lang = useLang();
	const { me } = useSession();
	const chamber = me.role === "operator";
	const duties = chamber ? CHAMBER_DUTIES : MEMBER_DUTIES;
	const [mail, setMail] = useState("");
	const [name, setName] = useState("");
	const [duty, setDuty] = useState<Duty>(duties[0]!);
	const [company, setCompany] = useState("");
	const [reseller, setReseller] = useState("");
	const [told, setTold] = useState<"sent" | ApiError | null>(null);
	const forCompany = chamber && (duty === "owner" || duty === "staff");
	const companies = useLoad(async () => chamber ? (await api.companies()).items : [], ["companies-of-invite"]);
	const resellers = useLoad(async () => chamber ? (await api.resellers()).items : [], ["resellers-of-invite"]);
	const submit = async (event: Event) => {
		event.preventDefault();
		setTold(null);
		try {
			await api.invite({ mail: mail.trim(), name: name.trim(), duty, lang: lang === "en" ? "en" : "ja",
				...(forCompany ? { company: Number(company || companies.data?.[0]?.id) } : {}),
				...(duty === "reseller" ? { reseller: Number(reseller || resellers.data?.[0]?.id) } : {}) });
			setTold("sent");
			setMail("");
			setName("");
			done();
		} catch (error) {
			setTold(error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0));
		}
	};
	return (
		<form class="stack" onSubmit={submit}>
			<div class="field">
				<label for="inv-mail">{words("mail")}</label>
				<input id="inv-mail" type="email" required maxLength={254} value={mail} onInput={(event) => setMail(event.currentTarget.value)} />
			</div>
			<div class="field">
				<label for="inv-name">{words("name")}</label>
				<input id="inv-name" required maxLength={120} value={name} onInput={(event) => setName(event.currentTarget.value)} />
			</div>
			<Select id="inv-duty" label={words("invite_duty")} value={duty} change={(v) => setDuty(v as Duty)}
				of={duties.map((d) => [d, words(`duty_${d}`)])} />
			{forCompany && <Select id="inv-company" label={words("invite_company")} value={company} change={setCompany}
				of={(companies.data ?? []).map((c) => [String(c.id), c.name])} />}
			{duty === "reseller" && <Select id="inv-reseller" label={words("invite_reseller")} value={reseller} change={setReseller}
				of={(resellers.data ?? []).map((r) => [String(r.id), r.name])} />}
			<div><button type="submit" class="button">{words("invite_send")}</button></div>
			<div role="status">
				{told === "sent" && <p class="done-note"><Icon name="check" size={20} />{words("invite_sent")}</p>}
				{told instanceof ApiError && <p class="problem"><Icon name="alert" size={18} />{sentence(told, lang, shared)}</p>}
			</div>
		</form>
	);
}

export function PeoplePage(): JSX.Element {
	const words = useWords(people);
	const lang = useLang();
	const { me } = useSession();
	const heading = useHeading(words("people_title"), "people");
	const [turn, setTurn] = useState(0);
	const again = () => setTurn((n) => n + 1);
	const all = usePages<Person>((before) => api.people(before), ["people"], turn);
	const invites = useLoad(() => api.invites(), ["invites"], turn);
	const revoke = async (id: number) => {
		await api.revokeInvite(id).catch(() => undefined);
		again();
	};
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("people_title")}</h1>
			<Paged pages={all} empty={<p class="soft">{words("audit_none")}</p>}>
				{(items) => (
					<table class="table card">
						<thead><tr>
							<th scope="col">{words("name")}</th><th scope="col">{words("invite_duty")}</th>
							<th scope="col">{words("pk_title")}</th><th scope="col">{words("people_end")}</th>
						</tr></thead>
						<tbody>{items.map((p) => <Row person={p} reload={again} key={p.id} />)}</tbody>
					</table>
				)}
			</Paged>
			<section class="card stack" aria-labelledby="invites">
				<h2 id="invites">{words("invites_title")}</h2>
				<Fetched from={invites}>
					{(list) => list.items.length === 0 ? <p class="soft">{words("invite_none")}</p> : (
						<ul class="plain-list">
							{list.items.map((i) => (
								<li class="row" key={i.id}>
									<strong>{i.name}</strong><span>{i.mail}</span><span>{words(`duty_${i.duty}`)}</span>
									<span class="soft">{words(`invite_${i.state}`)}（{when(i.created_us, lang)}）</span>
									{i.state === "open" && me.may.includes("people.edit") &&
										<button type="button" class="button small" aria-label={`${words("invite_revoke")}: ${i.name}`}
											onClick={() => revoke(i.id)}>{words("invite_revoke")}</button>}
								</li>
							))}
						</ul>
					)}
				</Fetched>
				{me.may.includes("people.edit") && <Invite done={again} />}
			</section>
			{me.company && <Consent />}
			{me.may.includes("audit.see") && <Audit />}
		</>
	);
}

function Consent(): JSX.Element {
	const words = useWords(people);
	const lang = useLang();
	const { me } = useSession();
	const consent = useLoad(() => api.consent(), ["consent"]);
	const change = async (scope: ConsentGive["scope"], given: boolean) => {
		await api.setConsent({ scope, given: given ? 1 : 0 }).then(consent.set, () => undefined);
	};
	return (
		<section class="card stack" aria-labelledby="consent">
			<h2 id="consent">{words("consent_title")}</h2>
			<p>{words("consent_why")}</p>
			<Fetched from={consent}>
				{(state) => (
					<>
						<ul class="plain-list">
							{state.items.map((c) => (
								<li class="row" key={c.scope}>
									<span>{words(`consent_${c.scope}`)}</span>
									<strong>{words(c.given ? "consent_on" : "consent_off")}</strong>
									<span class="soft small">
										{c.by === "contract" ? words("consent_by_contract") : c.who}
										{c.expires_us ? `　${words("consent_until", { time: when(c.expires_us, lang) })}` : ""}
									</span>
									{me.may.includes("consent.give") &&
										<button type="button" class="button small" aria-label={`${words(c.given ? "consent_take" : "consent_give")}: ${words(`consent_${c.scope}`)}`}
											onClick={() => change(c.scope, !c.given)}>{words(c.given ? "consent_take" : "consent_give")}</button>}
								</li>
							))}
						</ul>
						<h3>{words("glass_title")}</h3>
						{state.glass.length === 0 ? <p class="soft">{words("glass_none")}</p>
							: <ul>{state.glass.map((g) => <li key={g.at_us}>{when(g.at_us, lang)}　{g.who}　{g.reason}</li>)}</ul>}
					</>
				)}
			</Fetched>
		</section>
	);
}

export function Audit(): JSX.Element {
	const words = useWords(people);
	const lang = useLang();
	const lines = usePages((before) => api.audit(before), ["audit"], 0);
	return (
		<section class="stack" aria-labelledby="audit">
			<h2 id="audit">{words("audit_title")}</h2>
			<Paged pages={lines} empty={<p class="soft">{words("audit_none")}</p>}>
				{(items) => (
					<table class="table card">
						<thead><tr>
							<th scope="col">{words("audit_when")}</th><th scope="col">{words("audit_who")}</th>
							<th scope="col">{words("audit_what")}</th><th scope="col">{words("audit_detail")}</th>
						</tr></thead>
						<tbody>
							{items.map((l) => (
								<tr key={l.id}>
									<td data-label={words("audit_when")}>{when(l.at_us, lang)}</td>
									<td data-label={words("audit_who")}>{l.account?.name ?? words("audit_centre")}</td>
									<td data-label={words("audit_what")} class="fixed">{l.action}</td>
									<td data-label={words("audit_detail")} class="flow">{l.company && <>{l.company.name} </>}{l.detail}</td>
								</tr>
							))}
						</tbody>
					</table>
				)}
			</Paged>
		</section>
	);
}
