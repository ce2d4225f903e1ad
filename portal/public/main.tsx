/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The login page: mail and password, the code when the centre asks for one, or a one-time
 * link /#once=TOKEN.  /#next=PLACE says where to go afterwards.
 */
import { type JSX, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError } from "../shared/api/client";
import { noteVisit, visited } from "../shared/api/visit";
import { loginByPasskey, passkeysPossible } from "../shared/api/passkey";
import type { InviteShown, Lang, Me } from "../shared/api/types";
import { Brand, LangSwitch } from "../shared/ui/frame";
import { Icon } from "../shared/ui/icon";
import { Loading, sentence } from "../shared/ui/parts";
import { safeNext } from "../shared/ui/route";
import { LangContext, useCommon, useLang, useWords } from "../shared/ui/session";
import { sayLang } from "../shared/ui/start";
import { keepLang, keptLang } from "../shared/words/words";
import { people } from "../shared/words/people";
import "../shared/style/base.css";
import "./login.css";
import { words as loginWords } from "./words";

const asked = new URLSearchParams(location.hash.slice(1));
const once = asked.get("once");
const invited = asked.get("invite");
const next = asked.get("next");
/* Back from the common login server.  Only the browser that went there comes back with its
 * state: a link made by somebody else logs nobody in. */
const back = new URLSearchParams(location.search);
const code_back = back.get("code"), state_back = back.get("state");
const returns = code_back && state_back && sessionStorage.getItem("otasuke-state") === state_back;
if (location.search) history.replaceState(null, "", "/" + location.hash);
/* A link pasted into the address of this very page only changes the part behind '#'. */
addEventListener("hashchange", () => /[#&](once|invite)=/.test(location.hash) && location.reload());
/* The token must not stay in the address or the history. */
if (once || invited) history.replaceState(null, "", "/");

function enter(me: Me): void {
	noteVisit(true);
	location.replace(safeNext(next, me.role));
}

function Field({ id, label, type, value, change, problem, complete, mode, extra }: {
	id: string; label: string; type: string; value: string; change: (text: string) => void;
	problem: string; complete: string; mode?: "email" | "numeric"; extra?: JSX.Element;
}): JSX.Element {
	return (
		<div class="field">
			<label for={id}>{label}</label>
			<input id={id} name={id} type={type} value={value} autocomplete={complete} inputMode={mode}
				autocapitalize="none" spellcheck={false}
				aria-invalid={problem ? true : undefined}
				aria-describedby={problem ? `${id}-problem` : undefined}
				onInput={(event) => change(event.currentTarget.value)} />
			{problem && <p class="problem" id={`${id}-problem`}><Icon name="alert" size={18} />{problem}</p>}
			{extra}
		</div>
	);
}

function Login(): JSX.Element {
	const words = useWords(loginWords);
	const who = useWords(people);
	const shared = useCommon();
	const lang = useLang();
	const [mail, setMail] = useState("");
	const [password, setPassword] = useState("");
	const [code, setCode] = useState("");
	const [shown, setShown] = useState(false);
	const [step, setStep] = useState<"once" | "password" | "code">(once ? "once" : "password");
	const [busy, setBusy] = useState(false);
	const [tried, setTried] = useState(false);
	const [problem, setProblem] = useState<ApiError | "once" | "passkey" | "oidc" | null>(null);
	const form = useRef<HTMLFormElement>(null);

	useEffect(() => {
		document.title = `${words("title")} | ${shared("service")}`;
	}, [lang]);
	useEffect(() => {
		if (returns) {
			sessionStorage.removeItem("otasuke-state");
			api.oidc(code_back, state_back).then(enter, () => setProblem("oidc"));
			return;
		}
		api.hasOidc().then((has) => setCommon(has.on), () => undefined);
		if (!once) {
			/* Somebody with a session need not log in again. */
			if (!next && visited()) api.me().then(enter, () => noteVisit(false));
			return;
		}
		api.once(once).then(enter, (error: unknown) => {
			if (error instanceof ApiError && error.code === "totp") {
				setStep("code");
				return;
			}
			setProblem(error instanceof ApiError && error.status !== 401 && error.status !== 400 ? error : "once");
			setStep("password");
		});
	}, []);
	useEffect(() => {
		if (step === "code") document.getElementById("code")?.focus();
	}, [step]);

	const missing = {
		mail: tried && !mail.trim() ? words("mail_missing") : "",
		password: tried && !password ? words("password_missing") : "",
		code: tried && !/^\d{6}$/.test(code.trim()) ? words("code_digits") : "",
	};

	const submit = async (event: Event) => {
		event.preventDefault();
		setTried(true);
		setProblem(null);
		const ready = step === "code" ? /^\d{6}$/.test(code.trim()) : mail.trim() && password;
		if (!ready) {
			requestAnimationFrame(() =>
				form.current?.querySelector<HTMLInputElement>("[aria-invalid]")?.focus());
			return;
		}
		setBusy(true);
		try {
			enter(once && step === "code" ? await api.once(once, code.trim())
				: await api.login(mail.trim(), password, step === "code" ? code.trim() : undefined));
		} catch (error) {
			const api_error = error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0);
			setBusy(false);
			if (api_error.code === "totp" && step === "password") {
				setTried(false);
				setStep("code");
				return;
			}
			if (step === "code") setCode("");
			setTried(false);
			setProblem(api_error);
		}
	};

	const [common, setCommon] = useState(false);
	const byOidc = () => api.oidcAsk().then((asked) => {
		sessionStorage.setItem("otasuke-state", asked.state);
		location.assign(asked.url);
	}, () => setProblem("oidc"));
	const byPasskey = () => loginByPasskey().then(enter, (error: unknown) =>
		setProblem(error instanceof ApiError && error.status !== 401 && error.status !== 404 ? error : "passkey"));

	const told = problem === "oidc" ? who("oidc_wrong") : problem === "passkey" ? who("pk_failed") : problem === "once" ? words("once_wrong")
		: problem?.code === "wrong" ? words("wrong")
		: problem?.code === "totp" ? words("code_wrong")
		: problem ? sentence(problem, lang, shared) : "";

	if (step === "once") return <div class="card login-card"><h1>{words("once_busy")}</h1><Loading /></div>;
	return (
		<form class="card login-card" ref={form} onSubmit={submit} noValidate>
			<h1>{step === "code" ? words("code_title") : words("title")}</h1>
			{next && !problem && step === "password" && <p class="soft">{words("again_please")}</p>}
			{told && <p class="panel tone-care" role="alert"><Icon name="alert" size={22} />{told}</p>}
			{step === "password" ? (
				<>
					<Field id="mail" label={words("mail")} type="email" mode="email" value={mail}
						change={setMail} problem={missing.mail} complete="username" />
					<Field id="password" label={words("password")} type={shown ? "text" : "password"}
						value={password} change={setPassword} problem={missing.password}
						complete="current-password" extra={(
							<label class="tick">
								<input type="checkbox" checked={shown}
									onChange={(event) => setShown(event.currentTarget.checked)} />
								{words("show")}
							</label>
						)} />
				</>
			) : (
				<>
					<p>{words("code_lead")}</p>
					<Field id="code" label={words("code")} type="text" mode="numeric" value={code}
						change={setCode} problem={missing.code} complete="one-time-code" />
				</>
			)}
			<button type="submit" class="button main" disabled={busy} aria-busy={busy}>
				{busy ? words("busy") : words("login")}
			</button>
			{step === "password" && common && (
				<button type="button" class="button" onClick={byOidc}>{who("oidc_login")}</button>
			)}
			{step === "password" && passkeysPossible() && (
				<button type="button" class="button" onClick={byPasskey}>{who("pk_login")}</button>
			)}
			{step === "code" && !once && (
				<button type="button" class="plain" onClick={() => {
					setStep("password");
					setProblem(null);
					setCode("");
				}}>{words("code_back")}</button>
			)}
		</form>
	);
}

/* Somebody new, with the link of the invitation. */
function Welcome({ token }: { token: string }): JSX.Element {
	const who = useWords(people);
	const shared = useCommon();
	const lang = useLang();
	const [shown, setShown] = useState<InviteShown | null>(null);
	const [name, setName] = useState("");
	const [password, setPassword] = useState("");
	const [problem, setProblem] = useState("");
	const fail = (error: unknown) => setProblem(error instanceof ApiError && error.status !== 401
		? sentence(error, lang, shared) : who("inv_wrong"));
	useEffect(() => {
		api.lookAtInvite(token).then((what) => {
			setShown(what);
			setName(what.name);
		}, fail);
	}, []);
	const submit = (event: Event) => {
		event.preventDefault();
		setProblem("");
		if (password.length < 10) {
			setProblem(who("password"));
			return;
		}
		api.acceptInvite(token, name.trim(), password).then(enter, fail);
	};
	return (
		<form class="card login-card" onSubmit={submit} noValidate>
			<h1>{who("inv_title")}</h1>
			{problem && <p class="panel tone-care" role="alert"><Icon name="alert" size={22} />{problem}</p>}
			{!shown && !problem && <Loading />}
			{shown && (
				<>
					<p>{who("inv_lead", { place: shown.company || shown.chamber })}</p>
					<Field id="mail" label={who("mail")} type="email" value={shown.mail} change={() => undefined} problem="" complete="username" />
					<Field id="name" label={who("name")} type="text" value={name} change={setName} problem="" complete="name" />
					<Field id="password" label={who("password")} type="password" value={password} change={setPassword}
						problem="" complete="new-password" />
					<button type="submit" class="button main">{who("inv_go")}</button>
				</>
			)}
		</form>
	);
}

function Page(): JSX.Element {
	const [lang, setLang] = useState<Lang>(keptLang() ?? "ja");
	useEffect(() => sayLang(lang), [lang]);
	return (
		<LangContext.Provider value={lang}>
			<Outside lang={lang} change={(to) => {
				keepLang(to);
				setLang(to);
			}} />
		</LangContext.Provider>
	);
}

function Outside({ lang, change }: { lang: Lang; change: (lang: Lang) => void }): JSX.Element {
	const words = useWords(loginWords);
	const shared = useCommon();
	return (
		<div class="outside">
			<header class="outside-top">
				<Brand href="/" />
				<LangSwitch lang={lang} change={change} />
			</header>
			<main>
				<p class="lead">{words("lead")}</p>
				{invited ? <Welcome token={invited} /> : <Login />}
				<section class="login-help">
					<h2>{words("help_title")}</h2>
					<p>{words("help")}</p>
				</section>
			</main>
			<footer class="bottom"><p>{shared("footer")}</p></footer>
		</div>
	);
}

render(<Page />, document.getElementById("app")!);
