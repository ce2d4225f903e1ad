/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What surrounds every page: service, company, ways, language, and the desk's number.
 */
import type { ComponentChildren, JSX } from "preact";
import type { Lang } from "../api/types";
import { api } from "../api/client";
import { noteVisit } from "../api/visit";
import { Icon } from "./icon";
import { SampleMark } from "./parts";
import { useCommon, useSession } from "./session";
import { when } from "./time";

export interface Way {
	href: string;
	label: string;
	current: boolean;
}

export function LangSwitch({ lang, change }: { lang: Lang; change: (lang: Lang) => void }): JSX.Element {
	const all: [Lang, string, string][] = [["ja", "日本語", "ja"], ["easy", "やさしい日本語", "ja"], ["en", "English", "en"]];
	return (
		<div class="langs" role="group" aria-label="言語 / Language">
			{all.map(([code, name, tag]) => (
				<button type="button" lang={tag} aria-pressed={lang === code} key={code}
					onClick={() => change(code)}>{name}</button>
			))}
		</div>
	);
}

export function Brand({ href }: { href: string }): JSX.Element {
	const words = useCommon();
	return <a class="brand" href={href}><Icon name="shieldcheck" size={30} /><span>{words("service")}</span></a>;
}

let lastReached = Date.now() * 1000;

export function Frame({ home, ways, wide = false, children }: {
	home: string; ways: Way[]; wide?: boolean; children: ComponentChildren;
}): JSX.Element {
	const { me, lang, setLang, reachable } = useSession();
	const words = useCommon();
	if (reachable) lastReached = Date.now() * 1000;
	const leave = async () => {
		await api.logout().catch(() => undefined);
		noteVisit(false);
		location.assign("/");
	};
	return (
		<div class={wide ? "page wide" : "page"}>
			<a class="skip" href="#main" onClick={(event) => {
				event.preventDefault();
				document.getElementById("main")?.focus();
			}}>{words("skip")}</a>
			<header class="top">
				<div class="top-row">
					<Brand href={home} />
					<p class="whose">
						{me.company?.name ?? me.chamber.name}
						{me.company?.sample && <SampleMark />}
					</p>
					<div class="tools">
						<LangSwitch lang={lang} change={setLang} />
						<button type="button" class="plain" onClick={leave}>{words("logout")}</button>
					</div>
				</div>
				<nav aria-label={words("menu")}>
					<ul>
						{ways.map((way) => (
							<li key={way.href}>
								<a href={way.href} aria-current={way.current ? "page" : undefined}>{way.label}</a>
							</li>
						))}
					</ul>
				</nav>
			</header>
			{!reachable && (
				<p class="stale tone-care" role="status">
					<Icon name="alert" size={20} />{words("stale", { time: when(lastReached, lang) })}
				</p>
			)}
			<main id="main" tabIndex={-1}>{children}</main>
			<footer class="bottom">
				{me.demo && <p><a href={me.demo.mailbox}>{words("demo_mail")}</a></p>}
				<p>{me.chamber.name}　{words("footer")}</p>
			</footer>
		</div>
	);
}
