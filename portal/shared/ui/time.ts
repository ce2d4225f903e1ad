/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Times as people say them.  The service is in Japan and so are its months and days,
 * whatever the browser's own time zone is.
 */
import type { Lang } from "../api/types";

const ZONE = "Asia/Tokyo";
const LOCALE: Record<Lang, string> = { ja: "ja-JP", en: "en-GB", easy: "ja-JP" };

const DAY_KEY = new Intl.DateTimeFormat("en-CA", {
	timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit",
});

/* 2026-11-21, put together from its parts: how a locale writes a date differs between
 * versions of the same browser. */
export function dayKey(us: number): string {
	const parts = DAY_KEY.formatToParts(new Date(us / 1000));
	const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
	return `${part("year")}-${part("month")}-${part("day")}`;
}

function clock(us: number, lang: Lang): string {
	return new Intl.DateTimeFormat(LOCALE[lang], {
		timeZone: ZONE, hour: "numeric", minute: "2-digit", hour12: false,
	}).format(new Date(us / 1000));
}

function date(us: number, lang: Lang, withYear: boolean): string {
	return new Intl.DateTimeFormat(LOCALE[lang], {
		timeZone: ZONE,
		...(withYear ? { year: "numeric" as const } : {}),
		month: lang !== "en" ? "long" : "short",
		day: "numeric",
		weekday: "short",
	}).format(new Date(us / 1000));
}

/* "今日 14:32", "きのう 9:05", "11月3日(火) 14:32", with the year when it is another one. */
export function when(us: number, lang: Lang, now_us = Date.now() * 1000): string {
	const day = dayKey(us);
	if (day === dayKey(now_us)) return `${lang !== "en" ? "今日" : "Today"} ${clock(us, lang)}`;
	if (day === dayKey(now_us - 86_400_000_000))
		return `${lang !== "en" ? "きのう" : "Yesterday"} ${clock(us, lang)}`;
	const sameYear = day.slice(0, 4) === dayKey(now_us).slice(0, 4);
	return `${date(us, lang, !sameYear)} ${clock(us, lang)}`;
}

/* The whole date and time, for paper and for the desk. */
export function exactly(us: number, lang: Lang): string {
	return `${date(us, lang, true)} ${clock(us, lang)}`;
}

/* To the second, for operators. */
export function precisely(us: number): string {
	const d = new Date(us / 1000);
	const time = new Intl.DateTimeFormat("en-GB", {
		timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
	}).format(d);
	return `${dayKey(us)} ${time}`;
}

/* 1260 → "21:00"; 1440 is the day's end. */
export function hourOf(minutes: number): string {
	return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/* "21:00" → 1260 */
export function minutesOf(hour: string): number {
	const [h, m] = hour.split(":");
	return Number(h) * 60 + Number(m);
}

/* What a field for date and time holds: "2026-11-21T21:00", to the hour. */
export function atInput(us: number): string {
	return `${precisely(us).slice(0, 13).replace(" ", "T")}:00`;
}

/* "3分前", "2時間前"; for operators, who ask "how long has this waited?" */
export function ago(us: number, lang: Lang, now_us = Date.now() * 1000): string {
	const minutes = Math.max(0, Math.floor((now_us - us) / 60_000_000));
	const ja = lang !== "en";
	if (minutes < 1) return ja ? "今" : "now";
	if (minutes < 60) return ja ? `${minutes}分前` : `${minutes} min ago`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return ja ? `${hours}時間前` : `${hours} h ago`;
	const days = Math.floor(hours / 24);
	return ja ? `${days}日前` : `${days} days ago`;
}

/* "2026-11" → "2026年11月" / "November 2026". */
export function monthName(month: string, lang: Lang): string {
	const us = Date.parse(`${month}-15T00:00:00Z`);
	if (Number.isNaN(us)) return month;
	return new Intl.DateTimeFormat(LOCALE[lang], {
		timeZone: ZONE, year: "numeric", month: "long",
	}).format(new Date(us));
}
