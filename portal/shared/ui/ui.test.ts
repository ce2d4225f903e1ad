/* SPDX-License-Identifier: GPL-3.0-or-later */
import { expect, test } from "vitest";
import { readAgain } from "./pages";
import { qrEncode } from "./qr";
import { idOf, parse, safeNext } from "./route";
import { ago, dayKey, monthName, when } from "./time";
import { kindKey } from "../words/kind";

const T = Date.parse("2026-11-21T14:32:05+09:00") * 1000;

test("times are Japan's, near ones by name", () => {
	expect(dayKey(T)).toBe("2026-11-21");
	expect(when(T, "ja", T + 60e6)).toBe("今日 14:32");
	expect(when(T, "ja", T + 86_400e6)).toBe("きのう 14:32");
	expect(when(T, "ja", T + 10 * 86_400e6)).toMatch(/^11月21日\(土\) 14:32$/);
	expect(when(T, "ja", T + 400 * 86_400e6)).toContain("2026年");
	/* 00:10 in Japan is still the day before in UTC. */
	const early = Date.parse("2026-11-21T00:10:00+09:00") * 1000;
	expect(when(early, "en", T)).toBe("Today 0:10");
	expect(monthName("2026-11", "ja")).toBe("2026年11月");
	expect(monthName("2026-11", "en")).toBe("November 2026");
	expect(ago(T, "ja", T + 30e6)).toBe("今");
	expect(ago(T, "en", T + 3 * 3600e6)).toBe("3 h ago");
});

test("places are read safely", () => {
	expect(parse("#/incidents/7").parts).toEqual(["incidents", "7"]);
	expect(parse("").parts).toEqual([]);
	expect(parse("#/%E0%A4%A").parts).toEqual(["%E0%A4%A"]);
	expect(idOf("7")).toBe(7);
	for (const bad of ["0", "-1", "7x", "", undefined, "99999999999999999999"]) expect(idOf(bad)).toBeNull();
});

test("after login one goes only into the own part of the portal", () => {
	expect(safeNext("/member/#/incidents/7", "member")).toBe("/member/#/incidents/7");
	for (const bad of [null, "", "//evil.example", "https://evil.example", "/operator/", "/member/\\evil", "/memberx"])
		expect(safeNext(bad, "member")).toBe("/member/");
});

test("a renewal reads as much as was shown, and stops", async () => {
	const asked: (string | undefined)[] = [];
	const fetch = async (before?: string) => {
		asked.push(before);
		const n = Number(before ?? 0);
		return { items: [n, n + 1], next: String(n + 2) };
	};
	expect((await readAgain(fetch, 5)).items).toEqual([0, 1, 2, 3, 4, 5]);
	expect(asked).toEqual([undefined, "2", "4"]);
	asked.length = 0;
	await readAgain(fetch, 1_000_000);
	expect(asked.length).toBe(10);
});

test("a kind the portal does not know is unknown, not an error", () => {
	expect(kindKey("pc")).toBe("kind_pc");
	expect(kindKey("toaster")).toBe("kind_");
});

/* The example of ISO/IEC 18004 for level M needs numeric mode, so this holds what every
 * reader relies on. */
test("a QR code has its size, finders and timing; too much text has none", () => {
	for (const [length, version] of [[1, 1], [14, 1], [15, 2], [150, 8], [213, 10]] as const) {
		const grid = qrEncode("a".repeat(length))!;
		const size = 17 + 4 * version;
		expect([length, grid.length]).toEqual([length, size]);
		for (const [y, x] of [[0, 0], [0, size - 7], [size - 7, 0]] as const) {
			expect(grid[y]!.slice(x, x + 7)).toEqual(new Array(7).fill(true));
			expect(grid[y + 1]!.slice(x, x + 7)).toEqual([true, false, false, false, false, false, true]);
		}
		for (let i = 8; i < size - 8; i++) expect(grid[6]![i]).toBe(i % 2 === 0);
		expect(grid[size - 8]![8]).toBe(true);
	}
	expect(qrEncode("a".repeat(214))).toBeNull();
});
