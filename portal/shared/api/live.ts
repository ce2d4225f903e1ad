/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Long poll of /live: tells when anything that this session may see has changed, and
 * whether the centre answers at all.  After a failure it waits 1, 2, 4 … 30 s, each
 * with jitter, so that a thousand screens do not come back in the same second.
 */
import { api, ApiError } from "./client";

export interface LiveEnd {
	stop(): void;
}

const LONGEST_WAIT_MS = 30_000;
const QUIET_MS = 500;

export function backoffMs(failures: number, random = Math.random()): number {
	const ceiling = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(failures, 10));
	return ceiling / 2 + (random * ceiling) / 2;
}

export function live(changed: () => void, reachable: (ok: boolean) => void): LiveEnd {
	const end = new AbortController();
	let since: number | undefined;
	let failures = 0;

	async function turn(): Promise<void> {
		while (!end.signal.aborted) {
			try {
				const answer = await api.live(since, end.signal);
				/* The first answer comes at once.  What the page loaded before it may be
				 * older than `now`, so it counts as a change. */
				const first = since === undefined;
				since = answer.now;
				failures = 0;
				reachable(true);
				if (first || answer.changed) changed();
				/* While much happens, once in a while is enough. */
				if (answer.changed) await new Promise((done) => setTimeout(done, QUIET_MS));
			} catch (problem) {
				if (end.signal.aborted) return;
				if (problem instanceof ApiError && problem.status === 401) return;
				if (problem instanceof ApiError && (problem.code === "busy" || problem.code === "slow")) {
					/* It is there, but has too many who wait: look now and then instead. */
					reachable(true);
					changed();
					await new Promise((done) => setTimeout(done, backoffMs(3)));
					continue;
				}
				reachable(false);
				failures += 1;
				/* What was missed meanwhile is fetched once the centre answers again. */
				since = undefined;
				await new Promise((done) => setTimeout(done, backoffMs(failures)));
			}
		}
	}
	void turn();
	return { stop: () => end.abort() };
}
