/* SPDX-License-Identifier: GPL-3.0-or-later */
import { afterEach, expect, test, vi } from "vitest";
import { api, ApiError, setCsrf, whenSignedOut, withQuery } from "./client";
import { backoffMs } from "./live";

afterEach(() => vi.unstubAllGlobals());

function answers(status: number, body: unknown, headers: Record<string, string> = {}) {
	const asked = vi.fn(async () => new Response(status === 204 ? null : JSON.stringify(body), { status, headers }));
	vi.stubGlobal("fetch", asked);
	return asked as unknown as { mock: { calls: [string, RequestInit][] } };
}

test("a query leaves out what is empty and escapes the rest", () => {
	expect(withQuery("/x", { a: "", b: undefined, c: null, q: "a&b 日" })).toBe("/x?q=a%26b%20%E6%97%A5");
	expect(withQuery("/x", {})).toBe("/x");
});

test("what changes something carries the token of the session", async () => {
	setCsrf("t1");
	const asked = answers(200, { id: 1 });
	await api.revoke(1);
	const [path, init] = asked.mock.calls[0]!;
	expect(path).toBe("/api/v1/gates/1/revoke");
	expect((init.headers as Record<string, string>)["X-Otasuke-Csrf"]).toBe("t1");
	expect(init.credentials).toBe("same-origin");
});

test("the answer of a login brings the token", async () => {
	answers(200, { me: { csrf: "t2" } });
	await api.login("a@b.example", "pw");
	const asked = answers(204, null);
	await api.logout();
	expect((asked.mock.calls[0]![1].headers as Record<string, string>)["X-Otasuke-Csrf"]).toBe("t2");
});

test("a refusal keeps the centre's word and sentence", async () => {
	answers(429, { error: { code: "slow", message_ja: "待って", message_en: "wait", retry_after_s: 90 } });
	const error = await api.login("a@b.example", "pw").catch((e: unknown) => e);
	expect(error).toBeInstanceOf(ApiError);
	expect(error).toMatchObject({ status: 429, code: "slow", message_ja: "待って", retry_after_s: 90 });
});

test("an answer that is no JSON is still an error, not a crash", async () => {
	vi.stubGlobal("fetch", async () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
	await expect(api.home()).rejects.toMatchObject({ status: 502, code: "http-502" });
});

test("no network is told as offline", async () => {
	vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("failed")));
	await expect(api.home()).rejects.toMatchObject({ status: 0, code: "offline" });
});

test("a lost session is told once, a wrong password is not one", async () => {
	const out = vi.fn();
	whenSignedOut(out);
	answers(401, { error: { code: "wrong", message_ja: "", message_en: "" } });
	await api.login("a@b.example", "x").catch(() => undefined);
	expect(out).not.toHaveBeenCalled();
	answers(401, { error: { code: "login", message_ja: "", message_en: "" } });
	await api.home().catch(() => undefined);
	expect(out).toHaveBeenCalledOnce();
});

test("waiting grows, is bounded, and never less than half", () => {
	expect(backoffMs(1, 0)).toBe(1000);
	expect(backoffMs(1, 1)).toBe(2000);
	expect(backoffMs(50, 1)).toBe(30_000);
	expect(backoffMs(50, 0)).toBe(15_000);
});
