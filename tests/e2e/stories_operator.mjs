/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the operator of the monitoring centre meets.
 */
import { Gate, records } from "./gate.mjs";
import { check, same, story, within } from "./tap.mjs";
import { NAMES, PEOPLE } from "./world.mjs";

const LIVE_MS = 5000;

const ROW = "[data-row]";

story("the inbox has all companies, the most severe first, samples marked", async (world) => {
	await world.gates.insatsu.send(records.offBusiness("eigyo-note"), records.virus("keiri-pc"));
	const person = await world.browser.person();
	await person.once(PEOPLE.touban);
	await person.page.locator(ROW).first().waitFor();
	const sections = await person.page.locator(".severity h2").allInnerTexts();
	same(sections.map((t) => t.slice(0, 2)), ["緊急", "注意", "記録"], "order of severity");
	const rows = await person.page.locator(ROW).allInnerTexts();
	check(rows[0].includes("裏口の通信") && rows[0].includes(NAMES.neji), "the urgent one stands first");
	check(rows.some((r) => r.includes(NAMES.insatsu)), "the other company is there too");
	check(rows.every((r) => r.includes("見本")), "made-up companies are marked");
	person.quiet();
	await person.close();
});

story("a new incident appears by itself, marked, and does not move what one looks at", async (world) => {
	const person = await world.browser.person({ height: 480 });
	const { page } = person;
	await person.once(PEOPLE.touban);
	await page.locator(ROW).first().waitFor();
	const mine = page.locator(ROW, { hasText: "業務外のサイト" });
	await mine.focus();
	await mine.scrollIntoViewIfNeeded();
	const before = await mine.boundingBox();
	await world.gates.insatsu.send(records.dangerousSite("eigyo-note"));
	const took = await within(LIVE_MS, "the new row", async () =>
		(await page.locator(ROW, { hasText: "危険なサイト" }).count()) === 1);
	console.log(`# the row came after ${took} ms`);
	const row = page.locator(ROW, { hasText: "危険なサイト" });
	check((await row.innerText()).includes("新着"), "it is marked as new");
	check((await person.text(".news-line")).includes("1"), "and counted");
	const after = await mine.boundingBox();
	check(Math.abs(after.y - before.y) < 2, `the row in focus stays where it was (${before.y} → ${after.y})`);
	check(await mine.evaluate((el) => el === document.activeElement), "and keeps the focus");
	await row.click();
	await page.locator(".detail-title", { hasText: "危険なサイト" }).waitFor();
	check(!(await row.innerText()).includes("新着"), "opened, it is no longer new");
	person.quiet();
	await person.close();
});

story("j, k, Enter and Escape are enough; switched off they do nothing", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await page.locator(ROW).first().waitFor();
	const focused = () => page.evaluate(() => document.activeElement?.dataset?.row ?? "");
	const ids = await page.locator(ROW).evaluateAll((rows) => rows.map((r) => r.dataset.row));
	await page.keyboard.press("j");
	same(await focused(), ids[0], "j goes to the first");
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await page.keyboard.press("k");
	same(await focused(), ids[1], "k goes back");
	await page.keyboard.press("Enter");
	await page.waitForURL(new RegExp(`incidents/${ids[1]}$`));
	await page.locator(".detail-title").waitFor();
	await page.keyboard.press("Escape");
	await within(2000, "Escape goes back to the row", async () => (await focused()) === ids[1]);
	await page.fill("#f-text", "jjkk");
	same(await page.inputValue("#f-text"), "jjkk", "in a field they are letters");
	await page.fill("#f-text", "");
	await page.getByLabel("キー操作").uncheck();
	await page.locator("h1").first().focus();
	await page.keyboard.press("j");
	same(await focused(), "", "switched off");
	await page.getByLabel("キー操作").check();
	person.quiet();
	await person.close();
});

story("filters narrow the list and can be cleared", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	/* Three lists, each with its number when it is there: only then can one count. */
	const lists = (n) => async () => (await page.locator(".severity h2 .n").count()) === n;
	await within(5000, "three lists", lists(3));
	const all = await page.locator(ROW).count();
	await page.selectOption("#f-company", world.ids.neji);
	await within(3000, "by company", async () => {
		const rows = await page.locator(ROW).allInnerTexts();
		return rows.length > 0 && rows.length < all && rows.every((r) => r.includes(NAMES.neji));
	});
	await page.selectOption("#f-severity", "urgent");
	await within(3000, "by severity", async () => (await page.locator(".severity").count()) === 1);
	/* Typed, and at once another field: neither is lost. */
	await page.fill("#f-text", "そんな文字はない");
	await page.selectOption("#f-severity", "");
	await page.getByText("当てはまるできごとはありません").waitFor();
	await person.button("しぼり込みを消す").click();
	await within(5000, "all again", async () => (await page.locator(ROW).count()) === all);
	await page.fill("#f-text", "また");
	await person.button("しぼり込みを消す").click();
	await new Promise((done) => setTimeout(done, 600));
	same(await page.inputValue("#f-text"), "", "nothing comes back by itself");
	same(await page.locator(ROW).count(), all, "all stays");
	person.quiet();
	await person.close();
});

story("evidence stands behind the incident: timeline, events, EVE to copy", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
	await person.once(PEOPLE.touban);
	await person.go(`/operator/#/incidents/${world.urgent}`);
	await page.locator("[aria-labelledby=timeline] li").first().waitFor();
	const text = await person.text(".detail");
	check(text.includes("できごとを受け付けた（緊急）"), "the history in words");
	check(text.includes("soumu@neji.example"), "the notice and to whom");
	await page.locator("summary", { hasText: "EVE を見る" }).first().click();
	const shown = JSON.parse(await person.text("pre.eve"));
	same(shown.alert.signature_id, 9000001, "the whole record");
	await person.button("コピー").click();
	same(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).alert.signature_id, 9000001, "copied");
	person.quiet();
	await person.close();
});

story("001-15 steps are ticked off by those who did them, another playbook is added, a letter copied", async (world) => {
	const member = await world.browser.person();
	await member.once(PEOPLE.keiri);
	await member.go(`/member/#/incidents/${world.urgent}`);
	const mine = member.page.locator(".playbooks .ticks li");
	await mine.first().waitFor();
	const n = await mine.count();
	await mine.first().locator("input").click();
	await member.page.locator(".playbooks .ticks li.done").waitFor();

	const operator = await world.browser.person();
	await operator.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
	await operator.once(PEOPLE.touban);
	await operator.go(`/operator/#/incidents/${world.urgent}`);
	const { page } = operator;
	await page.locator(".playbooks .ticks li.done", { hasText: "見本 経理" }).waitFor();
	check((await page.locator(".playbooks .ticks li").count()) > n, "operators see everybody's steps");
	await page.locator(".playbooks select").selectOption("partner-infected");
	await page.locator(".letter-of summary").first().click();
	await page.locator(".letter-of button").first().click();
	check((await page.evaluate(() => navigator.clipboard.readText())).includes("見本ねじ製作所です"), "the letter has the company's name");
	await within(3000, "history", async () => (await operator.text("[aria-labelledby=timeline]")).includes("手順を加えた"));
	member.quiet();
	operator.quiet();
	await member.close();
	await operator.close();
});

story("新規→確認中→対応中→完了, with a note; the company sees it", async (world) => {
	const member = await world.browser.person();
	await member.once(PEOPLE.keiri);
	await member.go(`/member/#/incidents/${world.urgent}`);
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await person.go(`/operator/#/incidents/${world.urgent}`);
	await page.fill("#note", "電話で確認した");
	await person.button("「確認中」にする").click();
	await page.getByText("「確認中」にしました").waitFor();
	check((await person.text("[aria-labelledby=timeline]")).includes("電話で確認した"), "the note is in the timeline");
	await within(LIVE_MS, "the member sees it", async () => (await member.text()).includes("見守りセンターが確認しています"));
	await person.button("「対応中」にする").click();
	await page.getByText("「対応中」にしました").waitFor();
	await person.button("完了にする").click();
	await page.getByText("結果を選んでから").waitFor();
	await page.selectOption("#outcome", "solved");
	await person.button("完了にする").click();
	await page.getByText("「完了」にしました").waitFor();
	await within(LIVE_MS, "the member sees the end", async () => (await member.text()).includes("このできごとは終わりました"));
	check((await member.text()).includes("解決した"), "and how it ended");
	await member.go("/member/");
	await within(LIVE_MS, "the sentence is calm again", async () =>
		(await member.text("h1")) === "今月、あなたの会社で必要なことはありません");
	await person.button("もう一度「確認中」にする").click();
	await page.getByText("「確認中」にしました").waitFor();
	person.quiet();
	member.quiet();
	await person.close();
	await member.close();
});

story("two operators at once: the second learns that the first was quicker", async (world) => {
	const [one, two] = [await world.browser.person(), await world.browser.person()];
	for (const person of [one, two]) {
		await person.once(PEOPLE.touban);
		await person.go(`/operator/#/incidents/${world.urgent}`);
		await person.button("「対応中」にする").waitFor();
	}
	/* The second's page does not hear of the change: its long poll is held back. */
	await two.page.route("**/api/v1/live*", () => undefined);
	await two.page.reload();
	await two.button("「対応中」にする").waitFor();
	await one.button("「対応中」にする").click();
	await one.page.getByText("「対応中」にしました").waitFor();
	await one.button("「様子見」にする").click();
	await one.page.getByText("「様子見」にしました").waitFor();
	two.expect(409);
	await two.button("「対応中」にする").click();
	await two.page.getByText("ほかの人が先に").waitFor();
	await within(3000, "and sees the new state", async () => (await two.text(".detail .row")).includes("様子見"));
	two.quiet();
	one.quiet();
	await one.close();
	await two.close();
});

story("a gate joins with a code from the screen, and is refused after it was revoked there", async (world) => {
	const gate = new Gate(world.centre, world.ids.insatsu, "工場の見守り装置");
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await person.go("/operator/#/gates");
	const row = page.locator("tr", { hasText: gate.name });
	check((await row.innerText()).includes("未接続"), "not connected yet");
	await row.getByRole("button", { name: /登録コードを作る/ }).click();
	const code = (await person.text(".code")).trim();
	check(/^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/.test(code), `a code, not ${code}`);
	await person.button("閉じる").click();
	gate.join(code);
	await gate.send(records.heartbeat());
	await page.reload();
	await within(5000, "it is there", async () => (await row.innerText()).includes("見守り中"));
	await row.getByRole("button", { name: /利用を止める/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "やめる" }).click();
	same((await gate.post([records.heartbeat()])).status, 200, "giving up changes nothing");
	await row.getByRole("button", { name: /利用を止める/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "利用を止める" }).click();
	await within(5000, "it is revoked", async () => (await row.innerText()).includes("利用停止"));
	same((await gate.post([records.heartbeat()])).status, 403, "its records are refused");
	person.quiet();
	await person.close();
});

story("companies show who needs help, and lead to their incidents and gates", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await person.go("/operator/#/companies");
	await page.getByLabel("名前で探す").fill("印刷");
	await within(3000, "the search", async () => (await page.locator("tbody tr").count()) === 1);
	await page.getByRole("link", { name: /^できごと:/ }).click();
	await page.locator(ROW).first().waitFor();
	check((await page.locator(ROW).allInnerTexts()).every((r) => r.includes(NAMES.insatsu)), "only that company");
	person.quiet();
	await person.close();
});

/* The same attacker at three companies is one thing for the operator. */
async function threeHit(world) {
	const third = new Gate(world.centre, world.ids.begin, "はじめの見守り装置");
	third.join();
	await third.send(records.dangerousSite("koujou-pc"));
	await world.gates.neji.send(records.dangerousSite("keiri-pc"));
	await world.gates.insatsu.send(records.dangerousSite("eigyo-note"));
}

story("a campaign: the same at three companies, one place to act on all", async (world) => {
	await threeHit(world);
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await page.goto(`${world.centre.url}/operator/#/campaigns`);
	const link = page.locator(".plain-list a", { hasText: "bank-login.example" });
	await link.waitFor();
	check((await person.text(".plain-list")).includes("3社"), "three companies are counted");
	await link.click();
	await page.locator(".detail-title", { hasText: "bank-login.example" }).waitFor();
	const hit = await person.text("table");
	for (const name of Object.values(NAMES)) check(hit.includes(name), `${name} is listed`);
	await page.fill("#c-note", "全社に電話した");
	await page.getByRole("button", { name: "「確認中」にする" }).click();
	await within(3000, "all are being looked at", async () =>
		(await page.locator("table tbody tr", { hasText: "確認中" }).count()) === 3);
	await page.locator("table tbody a").first().click();
	await page.locator(".why h2", { hasText: "なぜ" }).waitFor();
	check((await person.text(".why")).includes("3社にまたがる"), "the incident says that it is part of it");
	check((await person.text("[aria-labelledby=timeline]")).includes("全社に電話した"), "the note is in its history");
	person.quiet();
	await person.close();
});

story("a company hears that it is not alone, never who else", async (world) => {
	const person = await world.browser.person();
	await person.once(PEOPLE.keiri);
	await person.page.goto(`${world.centre.url}/member/#/incidents`);
	await person.page.locator("a", { hasText: "危険なサイト" }).first().click();
	await person.page.locator("#belongs").waitFor();
	const text = await person.text("main");
	check(text.includes("他の会員企業でも見つかっています"), "it is said");
	check(!text.includes(NAMES.insatsu) && !text.includes(NAMES.begin), "without names");
	person.quiet();
	await person.close();
});

story("suppress with a preview: what it would have hidden, and who must agree", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.touban);
	await page.locator(ROW, { hasText: "危険なサイト" }).first().click();
	await page.getByRole("button", { name: "抑止する" }).click();
	const dialog = page.locator("dialog[open]");
	await dialog.locator(".preview").waitFor();
	check((await dialog.locator(".preview").innerText()).includes("この30日なら"), "the preview counts");
	check((await dialog.innerText()).includes("もう一人の承認"), "it can be urgent: two persons");
	await dialog.locator("#s-reason").fill("社内の試験");
	await dialog.getByRole("button", { name: "もう一人に承認を頼む" }).click();
	await page.locator("h1", { hasText: "抑止と誤検知" }).waitFor();
	await page.locator("li", { hasText: "社内の試験" }).waitFor();
	const row = await page.locator("li", { hasText: "社内の試験" }).innerText();
	check(row.includes("承認待ち") && row.includes("ほかの人の承認"), "it waits for somebody else");
	await page.getByRole("button", { name: /^終える/ }).click();
	await page.locator("li", { hasText: "社内の試験" }).filter({ hasText: "終わり" }).waitFor();
	person.quiet();
	await person.close();
});
