/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "What to do now" comes as a few sentences; on the page each is a numbered step.  A full
 * stop inside 「…」, （…）, "…" or a machine's name does not end a step.
 */
const OPEN = "「『（(“";
const CLOSE = "」』）)”";

export function steps(text: string): string[] {
	const found: string[] = [];
	let depth = 0;
	let quoted = false;
	let step = "";
	for (let i = 0; i < text.length; i++) {
		const c = text[i]!;
		step += c;
		if (OPEN.includes(c)) depth++;
		else if (CLOSE.includes(c)) depth = Math.max(0, depth - 1);
		else if (c === '"') quoted = !quoted;
		const stop = c === "。" || (".!?".includes(c) && /^\s|^$/.test(text.slice(i + 1, i + 2)));
		if (!stop || depth > 0 || quoted) continue;
		if (step.trim()) found.push(step.trim());
		step = "";
	}
	if (step.trim()) found.push(step.trim());
	return found;
}
