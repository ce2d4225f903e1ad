/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "What to do now" comes as a few sentences.  On the page each request is a numbered step; a
 * sentence that only reassures or explains ("今からでも遅くありません。") goes with the step
 * before it, or leads when there is none.
 */
const OPEN = "「『（(“";
const CLOSE = "」』）)”";

/* A full stop inside 「…」, （…） or "…" does not end a sentence. */
export function sentences(text: string): string[] {
	const found: string[] = [];
	let depth = 0;
	let quoted = false;
	let sentence = "";
	for (let i = 0; i < text.length; i++) {
		const c = text[i]!;
		sentence += c;
		if (OPEN.includes(c)) depth++;
		else if (CLOSE.includes(c)) depth = Math.max(0, depth - 1);
		else if (c === '"') quoted = !quoted;
		const stop = c === "。" || (".!?".includes(c) && /^\s|^$/.test(text.slice(i + 1, i + 2)));
		if (!stop || depth > 0 || quoted) continue;
		if (sentence.trim()) found.push(sentence.trim());
		sentence = "";
	}
	if (sentence.trim()) found.push(sentence.trim());
	return found;
}

export interface Todo {
	lead: string[];
	steps: { text: string; more: string[] }[];
}

function asks(sentence: string): boolean {
	if (/[\u3040-\u30ff]/.test(sentence)) return sentence.includes("ください");
	return !/^(It|Nothing|Everything|There|The (centre|monthly))\b/.test(sentence) &&
		!/there is nothing to do/.test(sentence);
}

export function todo(text: string): Todo {
	const result: Todo = { lead: [], steps: [] };
	for (const sentence of sentences(text)) {
		const last = result.steps[result.steps.length - 1];
		if (asks(sentence)) result.steps.push({ text: sentence, more: [] });
		else if (last) last.more.push(sentence);
		else result.lead.push(sentence);
	}
	return result;
}
