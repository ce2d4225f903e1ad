/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Starts a page that needs a login: asks who it is, sends others to the login page, keeps
 * the language, and listens for changes.
 */
import { type ComponentType, type JSX, render } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { api, ApiError, whenSignedOut } from "../api/client";
import { live } from "../api/live";
import type { Lang, Me } from "../api/types";
import { noteVisit } from "../api/visit";
import { keepLang, keptLang } from "../words/words";
import { Failed, Loading } from "./parts";
import { LangContext, type Session, SessionContext } from "./session";

type Role = Me["role"];

function toLogin(): void {
	noteVisit(false);
	const here = location.pathname + location.hash;
	location.replace(`/#next=${encodeURIComponent(here)}`);
}

export function sayLang(lang: Lang): void {
	document.documentElement.lang = lang === "en" ? "en" : "ja";
}

function Root({ role, page: Page }: { role: Role; page: ComponentType }): JSX.Element {
	const [me, setMe] = useState<Me | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const [lang, setLangState] = useState<Lang>(keptLang() ?? "ja");
	const [change, setChange] = useState(0);
	const [reachable, setReachable] = useState(true);

	const begin = useCallback(() => {
		setError(null);
		api.me().then((who) => {
			if (who.role !== role) {
				location.replace(`/${who.role}/`);
				return;
			}
			if (!keptLang()) setLangState(who.lang);
			setMe(who);
		}, (problem: unknown) => {
			if (problem instanceof ApiError && problem.status === 401) return;
			setError(problem instanceof ApiError ? problem : new ApiError(0, "broken", "", "", 0));
		});
	}, []);

	useEffect(() => {
		whenSignedOut(toLogin);
		begin();
	}, []);
	useEffect(() => sayLang(lang), [lang]);
	useEffect(() => {
		if (!me) return undefined;
		const listening = live(() => setChange((n) => n + 1), setReachable);
		return () => listening.stop();
	}, [me !== null]);

	const setLang = useCallback((next: Lang) => {
		keepLang(next);
		setLangState(next);
		/* Notices follow the person's language; the page does not wait for it. */
		api.setLang(next).then(setMe, () => undefined);
	}, []);

	const session = useMemo<Session | null>(
		() => me && { me, lang, setLang, setMe, change, reachable },
		[me, lang, change, reachable],
	);
	return (
		<LangContext.Provider value={lang}>
			{session
				? <SessionContext.Provider value={session}><Page /></SessionContext.Provider>
				: <main class="alone">{error ? <Failed error={error} again={begin} /> : <Loading />}</main>}
		</LangContext.Provider>
	);
}

export function start(role: Role, page: ComponentType): void {
	render(<Root role={role} page={page} />, document.getElementById("app")!);
}
