/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Watching without staff: answering by the link on a telephone, planning quiet, the rota.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { records } from "./gate.mjs";
import { check, same, story, within } from "./tap.mjs";
import { NAMES, PEOPLE } from "./world.mjs";

const SHOTS = process.env.OTASUKE_E2E_SHOTS;

async function shot(person, name) {
	if (!SHOTS) return;
	mkdirSync(SHOTS, { recursive: true });
	await person.page.screenshot({ path: join(SHOTS, `watch-${name}.png`), fullPage: true });
}

story("whoever is on duty answers by the link, on a telephone, without a login", async (world) => {
	await world.gates.insatsu.send(records.backdoor("eigyo-note"));
	let link = "";
	await within(5000, "the call", async () => (link = world.centre.answerLink(PEOPLE.touban)) !== "");
	const phone = await world.browser.person({ width: 360, height: 740 });
	const { page } = phone;
	phone.expect(404); /* the page has no picture for its tab; and a wrong link at the end */
	/* A mail server looks first. */
	same((await fetch(world.centre.url + link)).status, 200, "looking answers nothing");
	await phone.go(link);
	check((await phone.text()).includes(NAMES.insatsu), "it says which company");
	check((await phone.text()).includes("eigyo-note"), "and which machine");
	same(await phone.tooWide(), 0, "it fits");
	same(await phone.axe(), [], "everybody can use it");
	await shot(phone, "answer-before-360");
	await page.getByRole("button", { name: "引き受けます" }).click();
	await page.getByText("引き受けました。ありがとうございます。").waitFor();
	await shot(phone, "answer-after-360");
	await phone.go(link);
	check((await phone.text()).includes("見本 当番"), "it says who took it");
	same(await page.getByRole("button").count(), 0, "and cannot be taken twice");
	await page.goto(`${world.centre.url}/answer/none`);
	check((await phone.text()).includes("このリンクは使えません"), "a wrong link says so");
	phone.quiet();
	await phone.close();

	const desk = await world.browser.person();
	await desk.once(PEOPLE.touban);
	await desk.page.locator("[data-row]", { hasText: "裏口の通信" }).filter({ hasText: NAMES.insatsu }).first().click();
	await desk.page.getByRole("heading", { name: "連絡の順番" }).waitFor();
	const told = await desk.text(".detail");
	check(told.includes("返事がありました") && told.includes("リンク"), "the incident shows who answered and how");
	check(told.includes("確認中"), "and that somebody looks at it");
	await shot(desk, "incident-1280");
	desk.quiet();
	await desk.close();
});

story("a clerk plans a power cut, and takes it back", async (world) => {
	const clerk = await world.browser.person({ width: 360, height: 740 });
	const { page } = clerk;
	await clerk.once(PEOPLE.keiri);
	await page.getByRole("link", { name: "停電・工事の予定" }).click();
	await page.getByText("予定は入っていません。").waitFor();
	await page.getByRole("button", { name: "予定を入れる" }).click();
	await page.getByLabel("理由").fill("電気の点検");
	await shot(clerk, "quiet-form-360");
	await page.getByRole("button", { name: "この予定を入れる" }).click();
	await page.getByText("電気の点検").waitFor();
	await shot(clerk, "quiet-360");
	same(await clerk.tooWide(), 0, "it fits");
	const desk = await world.browser.person();
	await desk.once(PEOPLE.touban);
	await desk.go("/operator/#/quiet");
	await desk.page.getByText("電気の点検").waitFor(); /* the centre sees it */
	await desk.close();
	await page.getByRole("button", { name: /取り消す/ }).first().click();
	await page.getByRole("group").getByRole("button", { name: "取り消す" }).click();
	await page.getByText("予定は入っていません。").waitFor();
	clerk.quiet();
	await clerk.close();
});

story("the rota: a shift, a swap, and whom the ladder would reach", async (world) => {
	const desk = await world.browser.person();
	const { page } = desk;
	await desk.once(PEOPLE.touban);
	await desk.go("/operator/#/watch");
	await page.getByText("当番表に人がいないため").waitFor();
	await page.getByRole("button", { name: "当番表に加える" }).click();
	await page.getByRole("button", { name: "登録する" }).click();
	await within(5000, "the shift", async () => (await page.getByText("当番表に人がいないため").count()) === 0);
	await page.getByRole("button", { name: "交代を入れる" }).click();
	await page.getByLabel("理由").fill("通院");
	await page.getByRole("button", { name: "登録する" }).click();
	await page.getByText("通院").waitFor();
	const text = await desk.text();
	check(text.includes("はじめからの順番") && text.includes("緊急") && text.includes("10分後"), "the ladder is there");
	await shot(desk, "rota-1280");
	await desk.size(360, 740);
	same(await desk.tooWide(), 0, "it fits a telephone");
	await shot(desk, "rota-360");
	same(await desk.axe(), [], "everybody can use it");
	await page.getByRole("button", { name: /取り消す：見本 当番/ }).first().click();
	desk.quiet();
	await desk.close();
});
