/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whom notices go to: the list, the test, and adding somebody.  Members see their own
 * company; an operator names one.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { Contact, ContactList, ContactNew } from "../api/types";
import { contactWords } from "../words/contact";
import { Icon, type IconName } from "./icon";
import { useLoad } from "./load";
import { ActButton, Badge, Empty, Fetched, type Tone } from "./parts";
import { useCommon, useHeading, useLang, useSession, useWords } from "./session";
import { when } from "./time";

type Channel = Contact["channel"];
type Mark = "verified" | "unverified" | "bounced" | "off" | "failing";

const ICON: Record<Channel, IconName> = {
	mail: "mail", webhook: "cloud", sms: "phone", voice: "phone", line: "hand", fax: "print",
};
const MARKS: Record<Mark, { tone: Tone; icon: IconName }> = {
	verified: { tone: "calm", icon: "check" },
	unverified: { tone: "quiet", icon: "question" },
	bounced: { tone: "alarm", icon: "alert" },
	off: { tone: "alarm", icon: "alert" },
	failing: { tone: "care", icon: "alert" },
};
const NIGHT = { from_min: 480, to_min: 1200 };

function markOf(c: Contact): Mark {
	if (c.state !== "ok") return c.state;
	if (c.failing) return "failing";
	return c.verified_us !== null ? "verified" : "unverified";
}

/* The number that came with the test. */
function Code({ contact, changed }: { contact: Contact; changed: (c: Contact) => void }): JSX.Element {
	const words = useWords(contactWords);
	const [code, setCode] = useState("");
	const [problem, setProblem] = useState("");
	const id = `code-${contact.id}`;
	const check = async () => {
		setProblem("");
		try {
			changed(await api.confirmContact(contact.id, code));
		} catch (error) {
			if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 409)) throw error;
			setProblem(words(error.status === 400 ? "contact_wrong" : "contact_new_test"));
		}
	};
	return (
		<form class="rename" onSubmit={(event) => event.preventDefault()}>
			<p role="status">{words("contact_tested")}</p>
			<label class="label" for={id}>{words("contact_code")}</label>
			<input id={id} value={code} maxLength={4} inputMode="numeric" autocomplete="one-time-code"
				onInput={(event) => setCode(event.currentTarget.value.replace(/\D/g, ""))} />
			<div><ActButton act={check} disabled={code.length !== 4}>{words("contact_confirm")}</ActButton></div>
			{problem && <p class="problem" role="alert"><Icon name="alert" size={18} />{problem}</p>}
		</form>
	);
}

function Card({ contact: c, changed, removed, may }: {
	contact: Contact; changed: (c: Contact) => void; removed: () => void; may: boolean;
}): JSX.Element {
	const words = useWords(contactWords);
	const shared = useCommon();
	const lang = useLang();
	const [testing, setTesting] = useState(false);
	const [leaving, setLeaving] = useState(false);
	const mark = markOf(c);
	const who = c.name || c.address;
	const test = async () => {
		changed(await api.testContact(c.id));
		setTesting(true);
	};
	const confirmed = (fresh: Contact) => {
		setTesting(false);
		changed(fresh);
	};
	const remove = async () => {
		await api.removeContact(c.id);
		removed();
	};
	return (
		<li class="card contact" aria-labelledby={`contact-${c.id}`}>
			<div class="row between">
				<h3 id={`contact-${c.id}`}><Icon name={ICON[c.channel]} />{who}</h3>
				<Badge tone={MARKS[mark].tone} icon={MARKS[mark].icon}>{words(`contact_${mark}`)}</Badge>
			</div>
			<p class="soft">
				{words(`contact_${c.channel}`)} <span class="fixed">{c.address}</span><br />
				{words(c.severity === "urgent" ? "severity_only" : "severity_some")}
				{c.reserve && ` / ${words("field_reserve")}`}{c.events && ` / ${words("field_events")}`}
				{c.from_min > 0 && ` / ${words("field_night")}`}
				{c.sent_us !== null && <><br />{words("contact_last")} {when(c.sent_us, lang)}</>}
			</p>
			{mark !== "verified" && mark !== "unverified" && (
				<div class="panel tone-care" role="status">
					<p><Icon name="alert" size={20} />{words("contact_fix")}</p>
					{c.error && <p class="soft fixed">{c.error}</p>}
				</div>
			)}
			{testing && <Code contact={c} changed={confirmed} />}
			{may && (
				<div class="row">
					{c.state === "off"
						? <ActButton class="button small" label={`${words("contact_on")}: ${who}`}
							act={async () => changed(await api.setContact(c.id, { on: 1 }))}>{words("contact_on")}</ActButton>
						: <ActButton class="button small" act={test} label={`${words("contact_test")}: ${who}`}>{words("contact_test")}</ActButton>}
					{leaving
						? (
							<span class="row" role="group" aria-label={words("contact_really", { who })}>
								<span>{words("contact_really", { who })}</span>
								<ActButton class="button small warn" act={remove}>{words("contact_remove")}</ActButton>
								<button type="button" class="plain" onClick={() => setLeaving(false)}>{shared("cancel")}</button>
							</span>
						)
						: <button type="button" class="plain" aria-label={`${words("contact_remove")}: ${who}`}
							onClick={() => setLeaving(true)}>{words("contact_remove")}</button>}
				</div>
			)}
		</li>
	);
}

function Choice({ id, label, value, change }: {
	id: string; label: string; value: boolean; change: (on: boolean) => void;
}): JSX.Element {
	return (
		<label class="row" for={id}>
			<input id={id} type="checkbox" checked={value} onChange={(event) => change(event.currentTarget.checked)} />
			{label}
		</label>
	);
}

function Add({ list, company, done }: {
	list: ContactList; company?: number | undefined; done: (secret: string) => void;
}): JSX.Element {
	const words = useWords(contactWords);
	const shared = useCommon();
	const { me } = useSession();
	const member = me.role === "member";
	const ways = list.channels.filter((c) => c.ready || c.name === "mail")
		.map((c) => c.name as Channel).filter((name) => !member || name !== "webhook");
	const [open, setOpen] = useState(false);
	const [fresh, setFresh] = useState<ContactNew>({ channel: "mail", address: "" });
	const [night, setNight] = useState(false);
	const [problem, setProblem] = useState("");
	const set = (part: Partial<ContactNew>) => setFresh({ ...fresh, ...part });
	const save = async () => {
		setProblem("");
		try {
			const made = await api.addContact({
				...fresh, address: fresh.address.trim(), ...(company ? { company } : {}), ...(night ? NIGHT : {}),
			});
			setOpen(false);
			setFresh({ channel: "mail", address: "" });
			done(made.secret ?? "");
		} catch (error) {
			if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 409)) throw error;
			setProblem(words(error.status === 400 ? "contact_address_wrong" : "contact_twice"));
		}
	};
	if (!open)
		return <div><button type="button" class="button" onClick={() => setOpen(true)}><Icon name="plus" />{words("contact_add")}</button></div>;
	return (
		<form class="card stack" onSubmit={(event) => event.preventDefault()}>
			<h2>{words("contact_add")}</h2>
			<div class="field">
				<label for="way">{words("field_channel")}</label>
				<select id="way" value={fresh.channel} onChange={(event) => set({ channel: event.currentTarget.value as Channel, events: 0 })}>
					{ways.map((name) => <option value={name} key={name}>{words(`contact_${name}`)}</option>)}
				</select>
			</div>
			<div class="field">
				<label for="address">{words(`field_address_${fresh.channel}`)}</label>
				<input id="address" value={fresh.address} maxLength={1000} autocomplete="off"
					type={fresh.channel === "mail" ? "email" : fresh.channel === "webhook" ? "url" : "text"}
					onInput={(event) => set({ address: event.currentTarget.value })} />
			</div>
			<div class="field">
				<label for="who">{words("field_name")}</label>
				<input id="who" value={fresh.name ?? ""} maxLength={80} onInput={(event) => set({ name: event.currentTarget.value })} />
			</div>
			<div class="field">
				<label for="what">{words("field_severity")}</label>
				<select id="what" value={fresh.severity ?? "caution"} onChange={(event) => set({ severity: event.currentTarget.value as "caution" | "urgent" })}>
					<option value="caution">{words("severity_some")}</option>
					<option value="urgent">{words("severity_only")}</option>
				</select>
			</div>
			<Choice id="night" label={words("field_night")} value={night} change={setNight} />
			<Choice id="reserve" label={words("field_reserve")} value={fresh.reserve === 1} change={(on) => set({ reserve: on ? 1 : 0 })} />
			{fresh.channel === "webhook" &&
				<Choice id="events" label={words("field_events")} value={fresh.events === 1} change={(on) => set({ events: on ? 1 : 0 })} />}
			<div class="row">
				<ActButton act={save} disabled={!fresh.address.trim()}>{words("contact_save")}</ActButton>
				<button type="button" class="plain" onClick={() => setOpen(false)}>{shared("cancel")}</button>
			</div>
			{problem && <p class="problem" role="alert"><Icon name="alert" size={18} />{problem}</p>}
		</form>
	);
}

export function ContactsPage({ company }: { company?: number }): JSX.Element {
	const words = useWords(contactWords);
	const { change, me } = useSession();
	const may = me.may.includes("contact.edit");
	const heading = useHeading(words("contacts_title"), "contacts");
	const [round, setRound] = useState(0);
	const [secret, setSecret] = useState("");
	const contacts = useLoad(() => api.contacts(company), ["contacts", company], change + round);
	const again = () => setRound(round + 1);
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("contacts_title")}</h1>
			<p>{words("contacts_lead")}</p>
			<Fetched from={contacts}>
				{(list) => {
					const month = list.channels.find((c) => c.month)?.month;
					return (
						<div class="stack">
							{company && list.items[0] && <p><strong>{words("contacts_of", { company: list.items[0].company.name })}</strong></p>}
							{list.items.length === 0 && <Empty icon="mail">{words("contacts_none")}</Empty>}
							{list.items.length === 1 &&
								<p class="panel tone-care"><Icon name="alert" size={20} />{words("contacts_one")}</p>}
							{secret && (
								<div class="panel tone-care" role="status">
									<p>{words("contact_secret")}</p><p class="fixed">{secret}</p>
								</div>
							)}
							<ul class="bare stack">
								{list.items.map((c) => (
									<Card contact={c} key={c.id} changed={again} removed={again} may={may} />
								))}
							</ul>
							{month && <p class="soft">{words("contact_month", { used: month.used, most: month.most })}</p>}
							{may && <Add list={list} company={company} done={(made) => {
								setSecret(made);
								again();
							}} />}
						</div>
					);
				}}
			</Fetched>
		</>
	);
}
