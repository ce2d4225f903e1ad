/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a first visit loads (npm run size, after npm run build): every script and style that
 * each page names, gzip.  Fails above 100 kB of script, and on anything that the security
 * policy would refuse: inline script or style, data:, another host.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
const LIMIT = 100_000;
const PAGES = ["index.html", "member/index.html", "operator/index.html"];
const problems = [];

const read = (path) => readFileSync(new URL(path.replace(/^\//, ""), DIST));
const gzip = (path) => gzipSync(read(path)).length;

if (!existsSync(DIST)) {
	console.error("size: no dist/ here; npm run build first");
	process.exit(1);
}
for (const page of PAGES) {
	const html = read(page).toString();
	const scripts = [...html.matchAll(/<script[^>]*src="([^"]+)"|<link rel="modulepreload"[^>]*href="([^"]+)"/g)]
		.map((m) => m[1] ?? m[2]);
	const styles = [...html.matchAll(/<link rel="stylesheet"[^>]*href="([^"]+)"/g)].map((m) => m[1]);
	const script = scripts.reduce((sum, path) => sum + gzip(path), 0);
	const style = styles.reduce((sum, path) => sum + gzip(path), 0);
	console.log(`${page.padEnd(20)} script ${String(script).padStart(6)} B gzip, style ${String(style).padStart(5)} B`);
	if (scripts.length === 0) problems.push(`${page}: no script`);
	if (script > LIMIT) problems.push(`${page}: ${script} B of script, more than ${LIMIT}`);
	if (/<script(?![^>]*\bsrc=)/.test(html)) problems.push(`${page}: inline script`);
	if (/<style|\sstyle=|\son\w+=/.test(html)) problems.push(`${page}: inline style or handler`);
	for (const path of [...scripts, ...styles])
		if (!path.startsWith("/assets/")) problems.push(`${page}: ${path} is not ours`);
}
for (const name of readdirSync(new URL("assets/", DIST))) {
	const text = read(`assets/${name}`).toString();
	if (name.endsWith(".css") && /url\(|@import/.test(text)) problems.push(`${name}: loads something`);
	if (name.endsWith(".js") && /\beval\(|new Function\(/.test(text)) problems.push(`${name}: eval`);
	const hosts = (text.match(/https?:\/\/[\w.-]+/g) ?? []).filter((h) => h !== "http://www.w3.org");
	if (hosts.length) problems.push(`${name}: names ${hosts.join(", ")}`);
}
for (const problem of problems) console.error(`size: ${problem}`);
process.exit(problems.length ? 1 : 0);
