/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the clerk of a small company meets.
 */
import { records } from "./gate.mjs";
import { check, same, story, within } from "./tap.mjs";
import { NAMES, PEOPLE } from "./world.mjs";

const LIVE_MS = 5000;

story("before a gate watches, the page does not say that all is well", async ({ browser }) => {
	const person = await browser.person();
	await person.once(PEOPLE.hajime);
	same(await person.text("h1"), "見守りは、まだ始まっていません", "the sentence");
	check(!(await person.text()).includes("必要なことはありません"), "no calm sentence");
	person.quiet();
	await person.close();
});

story("002-09 an urgent incident changes the sentence by itself, and one button leads to what to do", async (world) => {
	const person = await world.browser.person({ width: 360, height: 740 });
	const { page } = person;
	await person.once(PEOPLE.keiri);
	same(await person.text("h1"), "今月、あなたの会社で必要なことはありません", "calm before");
	check((await person.text()).includes("見守り中です"), "the gate watches");
	check((await person.text("header")).includes(NAMES.neji), "whose page it is");
	check((await person.text("header")).includes("見本"), "marked as sample");

	await world.gates.neji.send(records.backdoor("koujou-pc"));
	const took = await within(LIVE_MS, "the sentence", async () =>
		(await person.text("h1")) === "今月、あなたの会社で必要なことがあります");
	console.log(`# the sentence changed after ${took} ms`);
	same(await page.getAttribute(".verdict-box", "data-standing"), "urgent", "it is urgent");
	await page.getByRole("link", { name: "やることを見る" }).click();
	await page.getByRole("heading", { name: "裏口の通信" }).waitFor();
	const text = await person.text();
	check(text.includes("koujou-pc"), "which machine");
	check(text.includes("198.51.100.7"), "the other side");
	same(await page.locator(".steps li").count(), 3, "numbered steps");
	check(text.includes("今からでも遅くありません"), "002-28: it is not too late");
	same(await page.locator("a.phone").getAttribute("href"), "tel:0600000000", "the desk can be called");
	check(text.includes("見守りセンターに届きました"), "the state of help");
	same(await page.evaluate(() => document.activeElement?.tagName), "H1", "reading begins at the heading");
	const id = page.url().split("/").pop();
	check(new RegExp(`できごと|${id}`).test(text), "its number");
	world.urgent = Number(id);
	person.quiet();
	await person.close();
});

story("001-13 the incident page prints on paper without what is only for the screen", async (world) => {
	const person = await world.browser.person();
	await person.once(PEOPLE.keiri);
	await person.go(`/member/#/incidents/${world.urgent}`);
	await person.page.getByRole("heading", { name: "裏口の通信" }).waitFor();
	await person.page.emulateMedia({ media: "print" });
	for (const hidden of ["nav", ".tools", ".back", "button"])
		check(!(await person.page.locator(hidden).first().isVisible()), `${hidden} is not printed`);
	for (const shown of [".steps", ".phone", ".paper-only", ".happened"])
		check(await person.page.locator(shown).first().isVisible(), `${shown} is printed`);
	const pdf = await person.page.pdf({ format: "A4" });
	const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
	check(pages <= 2, `at most two sheets, not ${pages}`);
	person.quiet();
	await person.close();
});

story("002-25 a machine that nobody knows is one press away from being told", async (world) => {
	await world.gates.neji.send(records.newMachine("shiranai-kiki"));
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.keiri);
	await page.getByRole("link", { name: /新しい機器/ }).first().click();
	await person.button("知らない機器").click();
	await page.getByText("「知らない機器」と記録しました").waitFor();
	/* It is 注意 now, until the company knows it after all. */
	await page.locator(".badges", { hasText: "注意" }).waitFor();
	await page.getByRole("link", { name: "機器", exact: true }).click();
	const card = page.locator(".machine", { hasText: "shiranai-kiki" });
	await card.waitFor();
	check((await card.innerText()).includes("知らない機器"), "the list says so");
	await card.getByRole("button", { name: /名前をつける/ }).click();
	await page.getByLabel("機器の名前").fill("受付のタブレット");
	await person.button("保存する").click();
	await page.locator(".machine h3", { hasText: "受付のタブレット" }).waitFor();
	await page.reload();
	await page.locator(".machine h3", { hasText: "受付のタブレット" }).waitFor();
	/* What it is used for decides how grave it is. */
	const tablet = page.locator(".machine", { hasText: "受付のタブレット" });
	await tablet.locator("summary").click();
	await tablet.getByLabel("パソコンの役割").selectOption("payment");
	await tablet.getByRole("button", { name: "保存する" }).click();
	await tablet.locator(".between", { hasText: "支払いに使うパソコン" }).waitFor();
	await page.getByLabel("名前や番号で探す").fill("koujou");
	await within(3000, "the search", async () => (await page.locator(".machine").count()) === 1);
	await page.evaluate(async () => {
		const get = async (path) => (await fetch(`/api/v1${path}`)).json();
		const { csrf } = await get("/me");
		const { items } = await get("/machines?q=%E5%8F%97%E4%BB%98");
		await fetch(`/api/v1/machines/${items[0].id}`, { method: "PUT", body: '{"known":1}',
			headers: { "Content-Type": "application/json", "X-Otasuke-Csrf": csrf } });
	});
	person.quiet();
	await person.close();
});

story("001-13 two people are told: one more is added, tested, and taken away again", async (world) => {
	const person = await world.browser.person({ width: 360, height: 740 });
	const { page } = person;
	await person.once(PEOPLE.keiri);
	await person.go("/member/#/contacts");
	await page.getByText("知らせる相手が一人だけです").waitFor();
	await person.button("相手を加える").click();
	await page.getByLabel("メールアドレス").fill("soumu@");
	person.expect(400);
	await person.button("加える").click();
	await page.getByText("アドレスか番号が正しくありません").waitFor();
	await page.getByLabel("メールアドレス").fill("soumu@sample.example");
	await page.getByLabel(/^だれ/).fill("総務 田中");
	await page.getByLabel("夜（20時から8時）は「緊急」だけ").check();
	await person.button("加える").click();
	const card = page.locator(".contact", { hasText: "総務 田中" });
	await card.waitFor();
	check((await card.innerText()).includes("まだ確かめていません"), "not yet checked");
	check((await card.innerText()).includes("夜（20時から8時）"), "its hours");
	check(!(await person.text()).includes("一人だけです"), "two are enough");
	await card.getByRole("button", { name: /テストを送る/ }).click();
	await card.getByText("テストを送りました").waitFor();
	const code = world.centre.testCode("soumu@sample.example");
	if (process.env.OTASUKE_E2E_SHOTS) await page.screenshot({ path: `${process.env.OTASUKE_E2E_SHOTS}/contacts-360.png`, fullPage: true });
	await card.getByLabel("届いた番号").fill(code);
	await card.getByRole("button", { name: "確かめる" }).click();
	await card.getByText("届くことを確かめました").waitFor();
	await card.getByRole("button", { name: /やめる/ }).click();
	await card.getByText("総務 田中へ知らせるのをやめますか").waitFor();
	await card.getByRole("button", { name: "やめる" }).first().click();
	await within(5000, "it is gone", async () => (await card.count()) === 0);
	person.quiet();
	await person.close();
});

story("a member sees nothing of another company, not even that it exists", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.shacho);
	same(await person.text("h1"), "今月、あなたの会社で必要なことはありません", "calm at the neighbour's");
	check(!(await page.content()).includes(NAMES.neji), "the other company's name is nowhere");
	person.expect(404);
	await page.goto(`${world.centre.url}/member/#/incidents/${world.urgent}`);
	await page.getByRole("alert").waitFor();
	const foreign = await person.text();
	check(foreign.includes("見つかりません"), "a foreign incident is not found");
	await page.goto(`${world.centre.url}/member/#/incidents/999999`);
	await within(3000, "the same answer", async () => (await person.text()) === foreign);
	check(!(await page.content()).includes("koujou-pc"), "and nothing of it shows");
	await page.goto(`${world.centre.url}/operator/`);
	await page.waitForURL(`${world.centre.url}/member/`);
	for (const path of ["/companies", "/gates/1/enrol-code", `/incidents/${world.urgent}/events`]) {
		const status = await page.evaluate((p) => fetch(`/api/v1${p}`, p.includes("code") ? { method: "POST" } : {}).then((r) => r.status), path);
		person.expect(404, 403);
		check([403, 404].includes(status), `${path} is refused, not ${status}`);
	}
	await person.close();
});

story("the whole page can be used with the keyboard alone", async (world) => {
	const person = await world.browser.person();
	const { page } = person;
	await person.once(PEOPLE.keiri);
	await page.locator(".verdict-box a").first().waitFor();
	await page.keyboard.press("Tab");
	same(await page.evaluate(() => document.activeElement?.className), "skip", "first the way past the menu");
	check((await page.locator(".skip").boundingBox()).y >= 0, "which then can be seen");
	await page.keyboard.press("Enter");
	same(await page.evaluate(() => document.activeElement?.id), "main", "it leads to the content");
	await page.keyboard.press("Tab");
	const focus = await page.evaluate(() => {
		const at = document.activeElement;
		const style = getComputedStyle(at);
		return { href: at.getAttribute("href"), outline: style.outlineStyle, width: parseFloat(style.outlineWidth) };
	});
	check(focus.href?.startsWith("#/incidents/"), "the next stop is the one button");
	check(focus.outline === "solid" && focus.width >= 2, "and one sees where one is");
	await page.keyboard.press("Enter");
	await page.locator(".act").waitFor();
	person.quiet();
	await person.close();
});

story("a scanner that stopped and a gate that only looks on are told", async (world) => {
	const person = await world.browser.person();
	await person.once(PEOPLE.shacho);
	await world.gates.insatsu.send(records.heartbeat("down", "observe"));
	await person.page.reload();
	await person.page.getByText("ウイルス検査が止まっています").waitFor();
	await person.page.getByText("見つけても止めません").waitFor();
	await world.gates.insatsu.send(records.heartbeat());
	person.quiet();
	await person.close();
});

story("while the centre is away the page says so, keeps what it shows, and comes back", async (world) => {
	const person = await world.browser.person();
	await person.once(PEOPLE.shacho);
	person.expect("offline", 503);
	await world.centre.stop();
	await person.page.getByText("見守りセンターとつながりません").waitFor({ timeout: 30_000 });
	check((await person.text("h1")).startsWith("今月"), "the page is still there");
	await world.centre.start();
	await within(20_000, "it comes back by itself", async () =>
		!(await person.page.getByText("見守りセンターとつながりません").isVisible()));
	person.quiet();
	await person.close();
});
