/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures of every page at 360 and 1280 px in both languages, from the mock centre:
 * npm run build && npm run shots -- OUT [page-name-part]
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { server } from "./mock.mjs";

const out = process.argv[2] ?? "shots";
const only = process.argv[3] ?? "";
mkdirSync(out, { recursive: true });
const PAGES = [
	["login", null, "/"],
	["home", "member", "/member/"],
	["home-calm", "calm", "/member/"],
	["incidents", "member", "/member/#/incidents"],
	["incident", "member", "/member/#/incidents/1"],
	["incident-new-machine", "member", "/member/#/incidents/3"],
	["incident-done", "member", "/member/#/incidents/4"],
	["machines", "member", "/member/#/machines"],
	["account", "member", "/member/#/account"],
	["inbox", "operator", "/operator/"],
	["inbox-open", "operator", "/operator/#/incidents/1"],
	["gates", "operator", "/operator/#/gates"],
	["companies", "operator", "/operator/#/companies"],
];
await new Promise((up) => server.listen(0, "127.0.0.1", up));
const base = `http://127.0.0.1:${server.address().port}`;
const profile = mkdtempSync(join(tmpdir(), "shots-"));
const browser = await chromium.launchPersistentContext(profile, {
	executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
	for (const [name, who, path] of PAGES.filter(([n]) => n.includes(only))) {
		for (const lang of ["ja", "en"]) {
			for (const width of [360, 1280]) {
				const page = await browser.newPage();
				page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(name, m.text()));
				page.on("pageerror", (e) => console.log(name, e));
				await page.setViewportSize({ width, height: width === 360 ? 740 : 860 });
				await browser.clearCookies();
				if (who) await browser.addCookies([{ name: "mock", value: who, url: base }]);
				await page.addInitScript((l) => localStorage.setItem("otasuke-lang", l), lang);
				await page.goto(base + path);
				await page.locator("h1:visible").first().waitFor();
				await page.waitForTimeout(350);
				const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
				if (wider > 0) console.log(`${name} ${lang} ${width}: ${wider} px too wide`);
				await page.screenshot({ path: join(out, `${name}-${lang}-${width}.png`), fullPage: true });
				await page.close();
			}
		}
	}
} finally {
	await browser.close();
	server.closeAllConnections();
	server.close();
	rmSync(profile, { recursive: true, force: true });
}
