/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stories in the order of their writing, as TAP.  A story that fails does not stop the others.
 */
const stories = [];

export function story(name, run) {
	stories.push({ name, run });
}

export async function tell(world, only, failed) {
	const chosen = stories.filter((s) => s.name.includes(only));
	let bad = 0;
	console.log(`1..${chosen.length}`);
	for (const [i, { name, run }] of chosen.entries()) {
		const began = Date.now();
		try {
			await run(world);
			console.log(`ok ${i + 1} - ${name} # ${Date.now() - began} ms`);
		} catch (problem) {
			bad++;
			console.log(`not ok ${i + 1} - ${name}`);
			for (const line of String(problem?.stack ?? problem).split("\n")) console.log(`# ${line}`);
			await failed(i + 1).catch(() => undefined);
		}
	}
	return bad;
}

export function check(condition, what) {
	if (!condition) throw new Error(what);
}

export function same(is, wanted, what) {
	const [a, b] = [JSON.stringify(is), JSON.stringify(wanted)];
	if (a !== b) throw new Error(`${what}: ${a}, wanted ${b}`);
}

/* Waits until `look` gives something true; says how long it took, in ms. */
export async function within(ms, what, look) {
	const began = Date.now();
	for (;;) {
		const found = await look();
		if (found) return Date.now() - began;
		if (Date.now() - began > ms) throw new Error(`not within ${ms} ms: ${what}`);
		await new Promise((done) => setTimeout(done, 50));
	}
}
