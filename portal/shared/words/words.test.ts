/* SPDX-License-Identifier: GPL-3.0-or-later */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { words as member } from "../../member/words";
import { words as operator } from "../../operator/words";
import { watchWords as watch } from "../../operator/watchwords";
import { words as login } from "../../public/words";
import { common } from "./common";
import { contactWords as contact } from "./contact";
import { people } from "./people";
import { jargonEn, jargonJa } from "./jargon";
import { quietWords as quiet } from "./quiet";
import { fill, said, speaker, type Table } from "./words";

const TABLES: Record<string, Table> = { common, contact, login, member, operator, people, quiet, watch };
const MEMBERS_READ: Record<string, Table> = { common, contact, login, member, people, quiet };

function placeholders(text: string): string[] {
	return [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]!))].sort();
}

describe.each(Object.entries(TABLES))("%s", (_name, table) => {
	test("has every key in both languages", () => {
		expect(Object.keys(table.en)).toEqual(Object.keys(table.ja));
	});
	test("has the same placeholders in both languages", () => {
		for (const [key, text] of Object.entries(table.ja))
			expect([key, placeholders(table.en[key]!)]).toEqual([key, placeholders(text)]);
	});
	test("leaves nothing empty but units, which English does without", () => {
		for (const lang of ["ja", "en"] as const)
			for (const [key, text] of Object.entries(table[lang]))
				if (!key.endsWith("_unit")) expect([key, text.trim().length > 0]).toEqual([key, true]);
	});
	test("has no English sentence in Japanese and no Japanese in English", () => {
		for (const [key, text] of Object.entries(table.en))
			expect([key, /[\u3040-\u30ff\u4e00-\u9fff]/.test(text)]).toEqual([key, false]);
	});
});

/* What is read in one breath: without what stands in brackets. */
function longest(text: string): number {
	const plain = text.replace(/\{\w+\}|「[^」]*」|（[^）]*）/g, "");
	return Math.max(...plain.split("。").map((s) => s.length));
}

describe.each(Object.entries(MEMBERS_READ))("%s, read by members,", (_name, table) => {
	test("has every key in easy Japanese, with the same placeholders", () => {
		for (const [key, text] of Object.entries(table.ja)) {
			expect([key, typeof table.easy?.[key]]).toEqual([key, "string"]);
			expect([key, placeholders(table.easy![key]!)]).toEqual([key, placeholders(text)]);
		}
		for (const key of Object.keys(table.easy ?? {})) expect([key, key in table.ja]).toEqual([key, true]);
	});
	test("has short sentences and short words in easy Japanese", () => {
		for (const [key, text] of Object.entries(table.easy ?? {})) {
			expect([key, longest(text!), longest(text!) <= 38]).toEqual([key, longest(text!), true]);
			expect([key, text, /[\u4e00-\u9fff]{3,}/.test(text!)]).toEqual([key, text, false]);
			expect([key, jargonJa(text!)]).toEqual([key, []]);
		}
	});
	test("has no specialist words in Japanese", () => {
		for (const [key, text] of Object.entries(table.ja)) expect([key, jargonJa(text)]).toEqual([key, []]);
	});
	test("has no specialist words in English", () => {
		for (const [key, text] of Object.entries(table.en)) expect([key, jargonEn(text)]).toEqual([key, []]);
	});
});

/* The "not" column of docs/words.md: "端末(PCだけの意味)" forbids 端末. */
function notWords(): string[] {
	const page = readFileSync(new URL("../../../docs/words.md", import.meta.url), "utf8");
	return page.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.split("|")[4] ?? "")
		.flatMap((cell) => cell.replace(/[(（].*/, "").split(/[、,/]/)).map((w) => w.replace(/等$/, "").trim())
		.filter((w) => w && w !== "not" && !/^-+$/.test(w));
}

test("no word that docs/words.md rules out stands in what members read", () => {
	const ruledOut = notWords();
	expect(ruledOut).toContain("ヘルプデスク");
	for (const [name, table] of Object.entries(MEMBERS_READ))
		for (const [key, text] of Object.entries(table.ja))
			for (const word of ruledOut) expect([name, key, word, text.includes(word)]).toEqual([name, key, word, false]);
});

test("the search for specialist words finds them", () => {
	expect(jargonJa("ログを見る")).toEqual(["ログ"]);
	expect(jargonJa("ログインする")).toEqual([]);
	expect(jargonEn("Two incidents and an alert")).toEqual(["incident", "alert"]);
	expect(jargonEn("an unalerted clerk")).toEqual([]);
});

test("easy Japanese where there is some, else Japanese", () => {
	const t = { ja: { a: "甲", b: "乙" }, en: { a: "A", b: "B" }, easy: { a: "こう" } };
	expect([speaker(t, "easy")("a"), speaker(t, "easy")("b"), speaker(t, "en")("a")]).toEqual(["こう", "乙", "A"]);
	const of = { title_ja: "題", title_en: "title", title_easy: "だい" };
	expect([said(of, "title", "ja"), said(of, "title", "en"), said(of, "title", "easy")]).toEqual(["題", "title", "だい"]);
	expect(said({ title_ja: "題", title_en: "title" }, "title", "easy")).toBe("題");
});

test("fill() puts values in and picks the plural", () => {
	expect(fill("{n} {n|time|times}", { n: 1 })).toBe("1 time");
	expect(fill("{n} {n|time|times}", { n: 3 })).toBe("3 times");
	expect(fill("{a}と{b}", { a: "x" })).toBe("xと{b}");
});
