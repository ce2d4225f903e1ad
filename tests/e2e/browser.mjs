/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Debian's chromium, one context for each person.  Whatever the page logs as an error, throws,
 * tries against the security policy or asks of another host is kept and fails the story.
 */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../../portal/package.json", import.meta.url));
export const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export class Browser {
	async open(centre) {
		const { chromium } = require("playwright-core");
		this.axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
		this.centre = centre;
		this.people = [];
		this.chromium = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
	}

	async person({ lang = "ja", width = 1280, height = 860 } = {}) {
		const context = await this.chromium.newContext({
			viewport: { width, height }, locale: "ja-JP", timezoneId: "Asia/Tokyo",
		});
		await context.addInitScript((to) => {
			if (location.protocol === "about:") return;
			if (!localStorage.getItem("otasuke-lang")) localStorage.setItem("otasuke-lang", to);
			addEventListener("securitypolicyviolation", (e) =>
				console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
		}, lang);
		const page = await context.newPage();
		page.setDefaultTimeout(30_000);
		const person = new Person(page, this);
		this.people.push(person);
		return person;
	}

	async close() {
		await this.chromium?.close();
	}
}

export class Person {
	constructor(page, browser) {
		this.page = page;
		this.browser = browser;
		this.noise = [];
		this.expected = [];
		const { origin } = new URL(browser.centre.url);
		page.on("console", (m) => m.type() === "error" && this.hear(m.text()));
		page.on("pageerror", (error) => this.hear(`thrown: ${error}`));
		page.on("request", (r) => new URL(r.url()).origin !== origin && this.hear(`elsewhere: ${r.url()}`));
	}

	hear(text) {
		if (!this.expected.some((pattern) => pattern.test(text))) this.noise.push(text);
	}

	/* What the browser itself logs when the centre refuses, as this story wants it to. */
	expect(...statuses) {
		this.expected = statuses.map((s) => s === "offline"
			? /net::ERR_|Failed to fetch/
			: new RegExp(`status of ${s} `));
	}

	quiet() {
		if (this.noise.length) throw new Error(`the browser complained: ${this.noise.join(" | ")}`);
	}

	async go(path) {
		await this.page.goto(this.browser.centre.url + path);
		await this.page.locator("h1:visible").first().waitFor();
	}

	async once(mail) {
		await this.page.goto(this.browser.centre.once(mail));
		await this.page.waitForURL(/\/(member|operator)\//);
		await this.page.locator("h1:visible").first().waitFor();
	}

	text(selector = "main") {
		return this.page.locator(selector).first().innerText();
	}

	button(name) {
		return this.page.getByRole("button", { name, exact: false }).first();
	}

	async size(width, height = 800) {
		await this.page.setViewportSize({ width, height });
	}

	/* Serious and critical findings of axe-core, for people as "rule: where". */
	async axe() {
		await this.page.evaluate(this.browser.axe);
		const found = await this.page.evaluate(() => globalThis.axe.run(document, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		}));
		return found.violations
			.filter((v) => v.impact === "serious" || v.impact === "critical")
			.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`);
	}

	async tooWide() {
		return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	}

	async close() {
		await this.page.context().close();
	}
}
