/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words in two languages.  A page has one table { ja: {...}, en: {...} }; the type system
 * demands each key in both, words.test.ts checks it again with the placeholders, and looks
 * for words that a clerk would not know in what members read.  What members read is there in
 * easy Japanese too (easy.ts beside it); operators' pages fall back to Japanese.
 *
 * {name} is replaced; {n|one|many} picks by the number n (English only needs it).
 */
import type { Lang } from "../api/types";

export interface Table<K extends string = string> {
	ja: Record<K, string>;
	en: Record<K, string>;
	easy?: Partial<Record<K, string>>;
}

export type Values = Record<string, string | number>;

export function fill(text: string, values: Values = {}): string {
	return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one, many) => {
		const value = values[name];
		if (value === undefined) return whole;
		if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
		return String(value);
	});
}

/* Checks at compile time that both languages carry the same keys. */
export function table<K extends string>(t: Table<K>): Table<K> {
	return t;
}

export function speaker<K extends string>(t: Table<K>, lang: Lang) {
	return (key: K, values?: Values): string =>
		fill((lang === "easy" ? t.easy?.[key] : undefined) ?? t[lang === "en" ? "en" : "ja"][key], values);
}

/* of.title_ja, of.title_en or of.title_easy: what the centre says in each language. */
export function said<K extends string>(
	of: Record<`${K}_ja` | `${K}_en`, string> & Partial<Record<`${K}_easy`, string>>, key: K, lang: Lang,
): string {
	const easy = lang === "easy" ? (of as Record<string, string | undefined>)[`${key}_easy`] : undefined;
	return easy ?? (of as Record<string, string>)[`${key}_${lang === "en" ? "en" : "ja"}`]!;
}

const KEPT = "otasuke-lang";

/* The choice made on this machine, or null. */
export function keptLang(): Lang | null {
	try {
		const kept = localStorage.getItem(KEPT);
		return kept === "ja" || kept === "en" || kept === "easy" ? kept : null;
	} catch {
		return null;
	}
}

export function keepLang(lang: Lang): void {
	try {
		localStorage.setItem(KEPT, lang);
	} catch {
		/* A browser that keeps nothing still shows the page; it asks again next time. */
	}
}
