/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People: a passkey, an invitation, consent, letting somebody in again by two.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { check, story, within } from "./tap.mjs";
import { PASSWORD, PEOPLE } from "./world.mjs";

/* What stands in the newest mail to this address behind `mark=`. */
function token(centre, mail, mark) {
	const run = spawnSync("python3", ["-c",
		"import sqlite3, sys, re; c = sqlite3.connect(sys.argv[1]);"
		+ "t = c.execute(\"SELECT body FROM notice WHERE recipient = ? AND step = 'link' ORDER BY id DESC\", (sys.argv[2],)).fetchone()[0];"
		+ "print(re.search(sys.argv[3] + r'=([\\w-]+)', t)[1])", join(centre.data, "otasuke.db"), mail, mark], { encoding: "utf8" });
	if (run.status !== 0) throw new Error(run.stderr);
	return run.stdout.trim();
}

story("a passkey is made and logs in without a password", async ({ browser, centre }) => {
	const person = await browser.person();
	const { page } = person;
	await person.once(PEOPLE.keiri);
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("WebAuthn.enable");
	await cdp.send("WebAuthn.addVirtualAuthenticator", { options: {
		protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
		isUserVerified: true, automaticPresenceSimulation: true } });
	await person.go("/member/#/account");
	await page.fill("#pk-name", "受付のパソコン");
	await person.button("この機器で使えるようにする").click();
	await page.getByText("使えるようになりました").waitFor();
	check((await person.text()).includes("受付のパソコン"), "it is in the list");
	check((await person.text()).includes("今使っている画面です"), "and so is this login");
	await person.button("ログアウト").click();
	await page.waitForURL(`${centre.url}/`);
	await person.button("パスキーでログインする").click();
	await page.waitForURL(/\/member\//);
	await person.go("/member/#/account");
	await page.getByText("パスキーでログイン").first().waitFor();
	await person.button("使えなくする").click();
	await page.locator("[aria-labelledby=passkeys]").getByText("まだありません").waitFor();
	person.quiet();
	await person.close();
});

story("somebody is invited and begins", async ({ browser, centre }) => {
	const operator = await browser.person();
	await operator.once(PEOPLE.touban);
	await operator.go("/operator/#/people");
	await operator.page.fill("#inv-mail", "shinjin@neji.example");
	await operator.page.fill("#inv-name", "見本 新人");
	await operator.page.selectOption("#inv-duty", "staff");
	await operator.page.locator("#inv-company option").first().waitFor({ state: "attached" });
	await operator.page.selectOption("#inv-company", { label: "見本ねじ製作所" });
	await operator.button("招待のメールを送る").click();
	await operator.page.getByText("招待のメールを送りました").waitFor();
	const person = await browser.person();
	await person.go(`/#invite=${token(centre, "shinjin@neji.example", "invite")}`);
	await person.page.getByText("ようこそ").waitFor();
	check((await person.text()).includes("見本ねじ製作所"), "whose pages they are");
	await person.page.fill("#password", PASSWORD);
	await person.button("始める").click();
	await person.page.waitForURL(/\/member\//);
	await within(5000, "the first screen", async () => (await person.text()).includes("今月"));
	check(!(await person.text("nav")).includes("人"), "staff does not manage people");
	for (const p of [operator, person]) {
		p.quiet();
		await p.close();
	}
});

story("a company takes its consent back, and gives it", async ({ browser, ids }) => {
	const owner = await browser.person();
	await owner.once(PEOPLE.shacho);
	await owner.go("/member/#/people");
	await owner.page.getByRole("button", { name: /見せないことにする: できごとのもとの記録/ }).click();
	await owner.page.getByRole("button", { name: /見せることにする: できごとのもとの記録/ }).waitFor();
	await owner.page.getByRole("button", { name: /見せることにする: できごとのもとの記録/ }).click();
	await owner.page.getByRole("button", { name: /見せないことにする: できごとのもとの記録/ }).waitFor();
	await owner.page.reload();
	await owner.page.getByText("consent.take").first().waitFor();
	check(ids.insatsu !== ids.neji, "two companies");
	owner.quiet();
	await owner.close();
});

story("two persons let somebody in again", async ({ browser, centre }) => {
	centre.person("desk", "madoguchi@chamber.example", "見本 窓口");
	const first = await browser.person();
	await first.once(PEOPLE.touban);
	await first.go("/operator/#/register");
	await first.page.fill("#recovery-mail", PEOPLE.hajime);
	await first.page.fill("#recovery-reason", "電話もパソコンもなくした");
	await first.button("受け付ける").click();
	await first.page.getByText("もう一人の担当者が確かめます").waitFor();
	const second = await browser.person();
	await second.once("madoguchi@chamber.example");
	await second.go("/operator/#/register");
	await second.page.getByLabel("だれに、どの番号でかけ直したか").fill("代表番号で社長に確認");
	await second.button("本人と確かめた").click();
	await second.page.getByText("すみました").waitFor();
	const person = await browser.person();
	await person.go(`/#once=${token(centre, PEOPLE.hajime, "once")}`);
	await person.page.waitForURL(/\/member\//);
	for (const p of [first, second, person]) {
		p.quiet();
		await p.close();
	}
});
