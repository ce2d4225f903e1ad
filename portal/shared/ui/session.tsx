/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is logged in and in which language the page speaks, for every component below.
 */
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import type { Lang, Me } from "../api/types";
import { common } from "../words/common";
import { type Table, type Values, speaker } from "../words/words";

export interface Session {
	me: Me;
	lang: Lang;
	setLang(lang: Lang): void;
	setMe(me: Me): void;
	/* Counts up when the centre says that something changed. */
	change: number;
	/* false while the centre does not answer. */
	reachable: boolean;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
	const session = useContext(SessionContext);
	if (!session) throw new Error("no session above this component");
	return session;
}

export const LangContext = createContext<Lang>("ja");

export function useLang(): Lang {
	return useContext(LangContext);
}

export function useWords<K extends string>(t: Table<K>): (key: K, values?: Values) => string {
	return speaker(t, useLang());
}

export const useCommon = () => useWords(common);

/* Names the page in the tab, and moves the reading position to its heading when the place
 * changes, so that a screen reader starts there. */
export function useHeading(title: string, place: string) {
	const heading = useRef<HTMLHeadingElement>(null);
	const words = useCommon();
	useEffect(() => {
		document.title = `${title} | ${words("service")}`;
	}, [title]);
	useEffect(() => {
		const first = lastPlace === null;
		const moved = lastPlace !== place;
		lastPlace = place;
		if (first || !moved) return;
		scrollTo(0, 0);
		heading.current?.focus({ preventScroll: true });
	}, [place]);
	return heading;
}

/* The first page keeps the browser's own focus. */
let lastPlace: string | null = null;
