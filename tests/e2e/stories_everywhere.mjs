/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every route, in both languages, on a phone and on a desk: axe-core finds nothing serious,
 * nothing is wider than the screen, the browser complains about nothing.
 */
import { check, same, story, within } from "./tap.mjs";
import { PEOPLE } from "./world.mjs";

const ROUTES = [
	[null, ["/"]],
	["keiri", ["/member/", "/member/#/incidents", "/member/#/incidents/URGENT", "/member/#/incidents/2",
		"/member/#/machines", "/member/#/contacts", "/member/#/quiet", "/member/#/account", "/member/#/nowhere"]],
	["hajime", ["/member/", "/member/#/incidents", "/member/#/machines"]],
	["touban", ["/operator/", "/operator/#/incidents/URGENT", "/operator/#/gates", "/operator/#/companies", "/operator/#/contacts/1",
		"/operator/#/campaigns", "/operator/#/campaigns/1", "/operator/#/suppressions",
		"/operator/#/watch", "/operator/#/quiet", "/operator/#/account", "/operator/#/nowhere"]],
];

for (const [who, paths] of ROUTES) {
	story(`every page is usable by everybody: ${who ?? "before login"}`, async (world) => {
		const problems = [];
		for (const lang of ["ja", "en"]) {
			const person = await world.browser.person({ lang });
			if (who) await person.once(PEOPLE[who]);
			for (const path of paths.map((p) => p.replace("URGENT", String(world.urgent)))) {
				for (const width of [360, 1280]) {
					await person.size(width);
					await person.go(path);
					problems.push(...(await look(person, lang)).map((p) => `${path} ${lang} ${width}: ${p}`));
				}
			}
			person.quiet();
			await person.close();
		}
		same(problems, [], "problems");
	});
}

/* What is wrong with the page as it stands, everything unfolded. */
async function look(person, lang) {
	const { page } = person;
	await within(5000, "everything is loaded", async () => (await page.locator(".spinner").count()) === 0);
	await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
	await within(5000, "what was folded is loaded", async () => (await page.locator(".spinner").count()) === 0);
	const problems = await person.axe();
	const wide = await person.tooWide();
	if (wide > 0) problems.push(`${wide} px wider than the screen`);
	await within(5000, `the page says ${lang}`, async () => (await page.getAttribute("html", "lang")) === lang);
	if (!/\| (お助け|otasuke)$/.test(await page.title())) problems.push(`title ${await page.title()}`);
	return problems;
}

story("text twice as large still fits (WCAG 1.4.4, 1.4.10)", async (world) => {
	const person = await world.browser.person({ width: 640 });
	await person.once(PEOPLE.keiri);
	await person.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
	same(await person.tooWide(), 0, "home at twice the size");
	person.quiet();
	await person.close();
});

story("who asks for less motion gets none", async (world) => {
	const person = await world.browser.person();
	await person.page.emulateMedia({ reducedMotion: "reduce" });
	await person.once(PEOPLE.keiri);
	const slow = await person.page.evaluate(() => [...document.querySelectorAll("*")].filter((el) => {
		const s = getComputedStyle(el);
		return parseFloat(s.animationDuration) > 0.01 || parseFloat(s.transitionDuration) > 0.01;
	}).length);
	same(slow, 0, "nothing moves");
	person.quiet();
	await person.close();
});

story("the security policy is strict, and a page of the portal cannot be framed", async (world) => {
	for (const path of ["/", "/member/", "/operator/"]) {
		const answer = await fetch(world.centre.near + path);
		same(answer.status, 200, path);
		const policy = answer.headers.get("content-security-policy") ?? "";
		check(/default-src 'none'|default-src 'self'/.test(policy), `${path}: ${policy}`);
		check(!/unsafe-|https?:|\*|data:/.test(policy), `${path}: nothing loose in ${policy}`);
		check(/frame-ancestors 'none'/.test(policy), `${path}: frame-ancestors`);
		same(answer.headers.get("x-content-type-options"), "nosniff", `${path}: nosniff`);
	}
});
