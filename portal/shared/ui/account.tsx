/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The person's own settings: language, password, login code.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { TotpOffer } from "../api/types";
import { people } from "../words/people";
import { LangSwitch } from "./frame";
import { Icon } from "./icon";
import { sentence } from "./parts";
import { Passkeys, Places } from "./passkeys";
import { QrPicture } from "./qrpicture";
import { useCommon, useHeading, useLang, useSession, useWords } from "./session";

function Input({ id, label, hint, type, value, change, complete, mode }: {
	id: string; label: string; hint?: string; type: string; value: string;
	change: (text: string) => void; complete: string; mode?: "numeric";
}): JSX.Element {
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<input id={id} type={type} value={value} autocomplete={complete} inputMode={mode}
				aria-describedby={hint ? `${id}-hint` : undefined}
				onInput={(event) => change(event.currentTarget.value)} />
			{hint && <p class="soft small" id={`${id}-hint`}>{hint}</p>}
		</div>
	);
}

/* What came of pressing: said politely, or as a problem. */
function Outcome({ done, problem }: { done: string; problem: string }): JSX.Element {
	return (
		<div role="status">
			{done && <p class="done-note"><Icon name="check" size={20} />{done}</p>}
			{problem && <p class="problem"><Icon name="alert" size={18} />{problem}</p>}
		</div>
	);
}

function Password(): JSX.Element {
	const words = useCommon();
	const lang = useLang();
	const { me, setMe } = useSession();
	const [old, setOld] = useState("");
	const [fresh, setFresh] = useState("");
	const [done, setDone] = useState("");
	const [problem, setProblem] = useState("");
	const submit = async (event: Event) => {
		event.preventDefault();
		setDone("");
		setProblem("");
		if (fresh.length < 10) {
			setProblem(words("pass_short"));
			return;
		}
		try {
			setMe(await api.setPassword(me.password ? old : null, fresh));
			setOld("");
			setFresh("");
			setDone(words("pass_done"));
		} catch (error) {
			const known = error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0);
			setProblem(known.code === "denied" || known.code === "wrong" ? words("pass_wrong") : sentence(known, lang, words));
		}
	};
	return (
		<form class="card stack" onSubmit={submit} noValidate>
			<h2>{words(me.password ? "pass_title" : "pass_first")}</h2>
			{me.password
				? <Input id="pass-old" label={words("pass_old")} type="password" value={old} change={setOld} complete="current-password" />
				: <p>{words("pass_none")}</p>}
			<Input id="pass-new" label={words("pass_new")} type="password" value={fresh} change={setFresh}
				complete="new-password" hint={words("pass_rule")} />
			<div><button type="submit" class="button">{words(me.password ? "pass_save" : "pass_first")}</button></div>
			<Outcome done={done} problem={problem} />
		</form>
	);
}

function Code(): JSX.Element {
	const words = useCommon();
	const lang = useLang();
	const { me, setMe } = useSession();
	const [offer, setOffer] = useState<TotpOffer | null>(null);
	const [code, setCode] = useState("");
	const [done, setDone] = useState("");
	const [problem, setProblem] = useState("");
	const attempt = async (work: () => Promise<void>) => {
		setDone("");
		setProblem("");
		try {
			await work();
		} catch (error) {
			const known = error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0);
			setProblem(known.code === "denied" || known.code === "totp" ? words("code_wrong") : sentence(known, lang, words));
		}
	};
	const withCode = (work: (six: string) => Promise<void>, said: string, totp: boolean) => (event: Event) => {
		event.preventDefault();
		const six = code.trim();
		if (!/^\d{6}$/.test(six)) {
			setDone("");
			setProblem(words("code_digits"));
			return;
		}
		void attempt(async () => {
			await work(six);
			setMe({ ...me, totp, factor_needed: me.factor_needed && !totp });
			setOffer(null);
			setCode("");
			setDone(said);
		});
	};
	const field = (
		<Input id="code" label={words("code_field")} type="text" mode="numeric" value={code}
			change={setCode} complete="one-time-code" />
	);
	return (
		<section class="card stack" aria-labelledby="code-title">
			<h2 id="code-title">{words("code_title")}</h2>
			<p>{words("code_why")}</p>
			<p><strong>{words(me.totp ? "code_is_on" : "code_is_off")}</strong></p>
			{me.totp && (
				<form class="stack" onSubmit={withCode(api.totpOff, words("code_ended"), false)} noValidate>
					{field}
					<div><button type="submit" class="button warn">{words("code_off")}</button></div>
				</form>
			)}
			{!me.totp && !offer && (
				<div>
					<button type="button" class="button" onClick={() => attempt(async () => setOffer(await api.totpStart()))}>
						{words("code_start")}
					</button>
				</div>
			)}
			{!me.totp && offer && (
				<form class="stack" onSubmit={withCode(api.totpOn, words("code_done"), true)} noValidate>
					<p>{words("code_step1")}</p>
					<QrPicture text={offer.uri} label={words("code_qr")} />
					<p>{words("code_step1_alt")}<br /><code class="secret">{offer.secret}</code></p>
					<p>{words("code_step2")}</p>
					{field}
					<div><button type="submit" class="button">{words("code_on")}</button></div>
				</form>
			)}
			<Outcome done={done} problem={problem} />
		</section>
	);
}

export function Account(): JSX.Element {
	const words = useCommon();
	const who = useWords(people);
	const { me, lang, setLang } = useSession();
	const heading = useHeading(words("account_title"), "account");
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("account_title")}</h1>
			{me.factor_needed && <p class="panel tone-care" role="alert"><Icon name="alert" size={22} />{who("factor_needed")}</p>}
			<section class="card stack" aria-labelledby="you">
				<h2 id="you">{words("account_you")}</h2>
				<dl class="facts">
					<dt>{words("account_name")}</dt><dd>{me.name}</dd>
					<dt>{words("account_mail")}</dt><dd>{me.mail}</dd>
					<dt>{words("account_lang")}</dt><dd><LangSwitch lang={lang} change={setLang} /></dd>
				</dl>
			</section>
			<Password />
			<Passkeys />
			<Code />
			<Places />
		</>
	);
}
