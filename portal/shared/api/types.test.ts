/* SPDX-License-Identifier: GPL-3.0-or-later */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generate, load } from "../../tools/types.mjs";

const here = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("types.ts is what center/api/openapi/ says (else: npm run types)", () => {
	expect(here("./types.ts")).toBe(generate());
});

test("every path of the client exists in the interface, with its method", () => {
	const paths = load().paths as Record<string, Record<string, unknown>>;
	const client = here("./client.ts");
	const calls = [...client.matchAll(/"(GET|POST|PUT|DELETE)",\s*(?:withQuery\()?["`](\/[^"`]*)["`]/g)];
	expect(calls.length).toBeGreaterThanOrEqual(20);
	for (const [, method, path] of calls) {
		const known = paths[path!.replace(/\$\{\w+\}/g, "{id}")];
		expect([path, method, known !== undefined && method!.toLowerCase() in known]).toEqual([path, method, true]);
	}
});
