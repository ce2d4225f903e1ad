/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A machine is cut off, shown, and connected again.  The gate's part is played here, through
 * the centre's real door; tests/join and tests/net have a real gate.
 */
import { writeFileSync } from "node:fs";
import { records } from "./gate.mjs";
import { check, same, story, within } from "./tap.mjs";
import { PEOPLE } from "./world.mjs";

const ROW = "[data-row]";
const PC = "koujou-pc";

/* What a gate's control process does: fetch, do, report. */
async function obey(gate, after) {
	const { orders } = await gate.ask("GET", `/gate/v1/orders?after=${after}&wait=5`);
	const numbers = orders.map((o) => JSON.parse(o.text));
	await gate.ask("POST", "/gate/v1/report", {
		results: numbers.map((o) => ({ number: o.number, result: "done", why: "" })),
		runs: { inline: true, config_version: 0, config: {}, version: "0.1.0" },
	});
	return numbers;
}

story("an operator cuts a machine off, the member sees it and connects it again", async (world) => {
	const gate = world.gates.neji;
	await gate.send(records.backdoor(PC));
	const desk = await world.browser.person();
	const { page } = desk;
	await desk.once(PEOPLE.touban);
	await page.locator(ROW, { hasText: PC }).first().click();
	await page.getByRole("button", { name: "切り離す" }).click();
	await page.getByLabel("理由（会社にも見えます）").fill("外から操作されている疑いがあります");
	await page.getByRole("dialog").getByRole("button", { name: "切り離す" }).click();
	await page.getByText("指示を送った（返事待ち）").waitFor();
	const [order] = await obey(gate, 0);
	same(order.kind, "contain", "the gate hears of it");
	await page.getByText("切り離し中").waitFor();

	const clerk = await world.browser.person({ width: 360 });
	await clerk.once(PEOPLE.keiri);
	const panel = clerk.page.locator("[data-cut]");
	await panel.waitFor();
	check((await panel.innerText()).includes("インターネットから切り離されています"), "the company reads it");
	check((await panel.innerText()).includes("外から操作されている疑い"), "and why");
	await panel.getByRole("button", { name: "もとにもどす" }).click();
	await panel.getByRole("button", { name: "片づいたので、もどす" }).click();
	await clerk.page.getByText("もどしています").waitFor();
	const [back] = await obey(gate, order.number);
	same(back.kind, "release", "the gate hears of that, too");
	await within(10000, "the panel goes", async () => (await panel.count()) === 0);

	await page.goto(`${page.url().split("#")[0]}#/cuts`);
	await page.getByText("もどした").first().waitFor();
	await page.goto(`${page.url().split("#")[0]}#/gate/${gate.id}`);
	await page.getByText("指示どおりに動いています").waitFor();
	check((await page.locator("table").last().innerText()).includes("切り離す"), "the gate's page has the orders");
	desk.quiet();
	clerk.quiet();
	await desk.close();
	await clerk.close();
});

/* A bundle as it is made on the centre's machine. */
function publish(centre, version) {
	const file = `${centre.dir}/rules-${version}.bundle`, rules = `${centre.dir}/our.rules`;
	writeFileSync(rules, `# sample ${version}\n`);
	const data = ["--data", centre.data];
	centre.otasuke(["bundle", "build", "--name", "rules", "--version", String(version), "--out", file, rules]);
	centre.otasuke(["bundle", "sign", file, ...data]);
	centre.otasuke(["bundle", "publish", file, ...data]);
}

story("an operator hands new rules to the gates, holds them and takes them back", async (world) => {
	publish(world.centre, 7);
	const desk = await world.browser.person();
	const { page } = desk;
	await desk.once(PEOPLE.touban);
	await page.getByRole("link", { name: "ルール", exact: true }).click();
	await page.getByRole("button", { name: "入れかえる: 検知ルール 7" }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("何％ずつ渡すか（最後は100）").fill("100");
	await dialog.getByRole("button", { name: "始める" }).click();
	const card = page.locator("[data-rollout]").first();
	await card.getByText("入れかえ中").waitFor();
	check((await card.locator("[data-ring]").innerText()).includes("100％まで"), "the ring is there");
	await card.getByRole("button", { name: "次へ進めない" }).click();
	await card.getByText("止めている").waitFor();
	if (process.env.OTASUKE_E2E_SHOTS) {
		await page.screenshot({ path: `${process.env.OTASUKE_E2E_SHOTS}/rollouts.png`, fullPage: true });
		await page.setViewportSize({ width: 360, height: 740 });
		await page.screenshot({ path: `${process.env.OTASUKE_E2E_SHOTS}/rollouts-360.png`, fullPage: true });
	}
	await card.getByRole("button", { name: "続ける" }).click();
	await card.getByText("入れかえ中").waitFor();
	await card.getByRole("button", { name: "もとにもどす" }).click();
	await dialog.getByLabel("理由（記録に残ります）").fill("誤検知が多い");
	await dialog.getByRole("button", { name: "もどす" }).click();
	await card.getByText("もどした理由: 誤検知が多い").waitFor();
	desk.quiet();
	await desk.close();
});
