/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The portal as people meet it: a real otasuke-center, a real browser, records through the
 * real gate door.
 *
 *	node tests/e2e/run.mjs BUILD [part of a story's name]
 *
 * Builds the portal into a directory of its own; needs portal/node_modules (npm ci) and
 * /usr/bin/chromium, else ends with 77, which Meson counts as skipped.  A failed story leaves
 * a picture of each open page in $OTASUKE_E2E_SHOTS, when that is set.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser, CHROMIUM } from "./browser.mjs";
import { Centre } from "./centre.mjs";
import { tell } from "./tap.mjs";
import { settle } from "./world.mjs";
import "./stories_login.mjs";
import "./stories_people.mjs";
import "./stories_member.mjs";
import "./stories_operator.mjs";
import "./stories_fleet.mjs";
import "./stories_watch.mjs";
import "./stories_everywhere.mjs";

const PORTAL = fileURLToPath(new URL("../../portal/", import.meta.url));
const build = resolve(process.argv[2] ?? "b");
const only = process.argv[3] ?? "";

function missing() {
	if (!existsSync(CHROMIUM)) return `${CHROMIUM} is not here`;
	if (!existsSync(join(PORTAL, "node_modules/playwright-core"))) return "portal/node_modules is not here (npm ci)";
	for (const program of ["center/otasuke-center", "cli/otasuke"])
		if (!existsSync(join(build, program))) return `${join(build, program)} is not built`;
	return "";
}

function buildPortal(to) {
	const done = spawnSync(process.execPath, [join(PORTAL, "node_modules/vite/bin/vite.js"), "build", "--outDir", to, "--logLevel", "warn"],
		{ cwd: PORTAL, encoding: "utf8" });
	if (done.status !== 0) throw new Error(`the portal does not build:\n${done.stdout}${done.stderr}`);
}

const why = missing();
if (why) {
	console.log(`1..0 # SKIP ${why}`);
	process.exit(77);
}

const centre = new Centre(build, "");
const browser = new Browser();
let bad = 1;
try {
	centre.portalDir = join(centre.dir, "portal");
	buildPortal(centre.portalDir);
	await centre.start();
	await browser.open(centre);
	const world = await settle(centre, browser);
	bad = await tell(world, only, async (number) => {
		const shots = process.env.OTASUKE_E2E_SHOTS;
		if (!shots) return;
		mkdirSync(shots, { recursive: true });
		for (const [i, person] of browser.people.entries())
			if (!person.page.isClosed()) await person.page.screenshot({ path: join(shots, `${number}-${i}.png`), fullPage: true });
	});
} catch (problem) {
	console.log(`Bail out! ${problem?.stack ?? problem}`);
} finally {
	await browser.close();
	await centre.remove();
}
process.exit(bad ? 1 : 0);
