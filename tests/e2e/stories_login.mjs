/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coming in: one-time link, password, code; and being refused in plain words.
 */
import { createHmac } from "node:crypto";
import { check, same, story, within } from "./tap.mjs";
import { PASSWORD, PEOPLE } from "./world.mjs";

function base32(text) {
	const bits = [...text.replace(/=+$/, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	return Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
}

/* RFC 6238, 30 s, six digits; `off` steps from now. */
function totp(secret, off) {
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + off));
	const mac = createHmac("sha1", base32(secret)).update(step).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function submit(person, mail, password) {
	await person.page.fill("#mail", mail);
	await person.page.fill("#password", password);
	await person.page.locator("form button[type=submit]").click();
}

story("a stranger comes to the login page, and from there to where they wanted", async ({ browser, centre }) => {
	const person = await browser.person();
	person.expect(401);
	await person.page.goto(`${centre.url}/member/#/machines`);
	await person.page.waitForURL(/\/#next=/);
	check((await person.text()).includes("ログインしてください"), "the page says why");
	await submit(person, PEOPLE.code, PASSWORD);
	await person.page.waitForURL(`${centre.url}/member/#/machines`);
	person.quiet();
	await person.close();
});

story("a one-time link works once, and its token does not stay in the address", async ({ browser, centre }) => {
	const link = centre.once(PEOPLE.keiri);
	const person = await browser.person();
	await person.page.goto(link);
	await person.page.waitForURL(`${centre.url}/member/`);
	check(!person.page.url().includes("once"), "no token in the address");
	person.quiet();
	const other = await browser.person();
	other.expect(401, 400);
	await other.page.goto(link);
	await other.page.getByRole("alert").waitFor();
	check((await other.text()).includes("このリンクはもう使えません"), "the second use is refused in plain words");
	check(!other.page.url().includes("once"), "no token in the address");
	other.quiet();
	await person.close();
	await other.close();
});

story("what is missing or wrong is said beside the field, and nothing more is told", async ({ browser }) => {
	const person = await browser.person();
	await person.go("/");
	await person.page.locator("form button[type=submit]").click();
	same(await person.page.locator("[aria-invalid=true]").count(), 2, "both fields are marked");
	await within(2000, "the first wrong field has the focus", () => person.page.evaluate(() => document.activeElement?.id === "mail"));
	person.expect(401);
	await submit(person, PEOPLE.code, "falsch-falsch");
	await person.page.getByRole("alert").waitFor();
	const wrong = await person.text("[role=alert]");
	await submit(person, "nobody@nowhere.example", "falsch-falsch");
	await within(5000, "the answer", () => person.page.locator("button[type=submit]").isEnabled());
	same(await person.text("[role=alert]"), wrong, "an unknown address gets the same answer");
	person.quiet();
	await person.close();
});

story("whoever came by a one-time link can choose a password, and change it", async ({ browser, centre }) => {
	const person = await browser.person();
	const { page } = person;
	await person.once(PEOPLE.hajime);
	await person.go("/member/#/account");
	same(await page.locator("#pass-old").count(), 0, "there is no old one to ask for");
	await page.fill("#pass-new", "kurz");
	await person.button("パスワードを決める").click();
	await page.getByText("10文字以上にしてください").waitFor();
	await page.fill("#pass-new", PASSWORD);
	await person.button("パスワードを決める").click();
	await page.getByText("パスワードを保存しました").waitFor();
	person.expect(403);
	await page.fill("#pass-old", "not the old one");
	await page.fill("#pass-new", `${PASSWORD}-2`);
	await person.button("パスワードを変える").click();
	await page.getByText("今のパスワードを確かめてください").waitFor();
	await person.button("ログアウト").click();
	await page.waitForURL(`${centre.url}/`);
	await submit(person, PEOPLE.hajime, PASSWORD);
	await page.waitForURL(/\/member\//);
	person.quiet();
	await person.close();
});

story("password, then a code is set up by its picture, asked for, and given up again", async ({ browser, centre }) => {
	const person = await browser.person();
	const { page } = person;
	await person.go("/");
	await submit(person, PEOPLE.code, PASSWORD);
	await page.waitForURL(/\/member\//);
	await person.go("/member/#/account");
	await person.button("確認番号を使う").click();
	await page.locator("svg.qr").waitFor();
	const secret = await person.text("code.secret");
	await page.fill("#code", totp(secret, -1));
	await person.button("使いはじめる").click();
	await page.getByText("確認番号を使いはじめました").waitFor();
	person.quiet();

	await person.button("ログアウト").click();
	await page.waitForURL(`${centre.url}/`);
	person.expect(401);
	await submit(person, PEOPLE.code, PASSWORD);
	await page.locator("#code").waitFor();
	await within(2000, "the code field has the focus", () => page.evaluate(() => document.activeElement?.id === "code"));
	await page.fill("#code", totp(secret, 40));
	await page.locator("form button[type=submit]").click();
	await page.getByText("番号がちがいます").waitFor();
	await page.fill("#code", totp(secret, 0));
	await page.locator("form button[type=submit]").click();
	await page.waitForURL(/\/member\//);
	await person.go("/member/#/account");
	await page.fill("#code", totp(secret, 1));
	await person.button("確認番号をやめる").click();
	await page.getByText("確認番号をやめました").waitFor();
	person.quiet();
	await person.close();
});

story("the language is chosen once and kept", async ({ browser }) => {
	const person = await browser.person();
	await person.go("/");
	await within(5000, "Japanese first", async () => (await person.page.getAttribute("html", "lang")) === "ja");
	await person.button("English").click();
	await within(5000, "the page says its language", async () => (await person.page.getAttribute("html", "lang")) === "en");
	check((await person.text("h1")) === "Log in", "and speaks it");
	await person.once(PEOPLE.shacho);
	await within(5000, "kept after login", async () => (await person.page.getAttribute("html", "lang")) === "en");
	await person.page.locator(".tools").getByRole("button", { name: "日本語", exact: true }).click();
	check((await person.text()).includes("今月、あなたの会社で"), "Japanese again, without loading");
	await person.page.reload();
	await person.page.locator("h1").waitFor();
	await person.button("やさしい日本語").click();
	check((await person.text()).match(/今月、すること(があります|はありません)/), "easy Japanese");
	await within(5000, "kept after loading again", async () => (await person.page.getAttribute("html", "lang")) === "ja");
	person.quiet();
	await person.close();
});
