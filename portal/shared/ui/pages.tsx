/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list that grows page by page and renews itself without losing what is already shown.
 */
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { Failed, Loading } from "./parts";
import { useCommon } from "./session";

export interface PageOf<T> {
	items: T[];
	next: string | null;
}

export interface Pages<T> {
	items: T[] | null;
	next: string | null;
	error: ApiError | null;
	busy: boolean;
	more(): void;
	reload(): void;
	change(item: T): void;
}

type Fetch<T> = (before?: string) => Promise<PageOf<T>>;

/* A renewal reads again as much as was shown, but no more than this many pages. */
const RENEW_PAGES_MAX = 10;

export async function readAgain<T>(fetch: Fetch<T>, shown: number): Promise<PageOf<T>> {
	const all: T[] = [];
	let next: string | null = null;
	for (let i = 0; i < RENEW_PAGES_MAX; i++) {
		const page: PageOf<T> = await fetch(next ?? undefined);
		all.push(...page.items);
		next = page.next;
		if (next === null || all.length >= shown) break;
	}
	return { items: all, next };
}

export function usePages<T extends { id: number }>(
	fetch: Fetch<T>, keys: unknown[], refresh = 0,
): Pages<T> {
	const [state, setState] = useState<PageOf<T> | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const [busy, setBusy] = useState(true);
	const turn = useRef(0);
	const now = useRef({ fetch, state });
	now.current = { fetch, state };

	const run = useCallback((work: () => Promise<PageOf<T>>) => {
		const mine = ++turn.current;
		setBusy(true);
		work().then(
			(fresh) => {
				if (mine !== turn.current) return;
				setState(fresh);
				setError(null);
				setBusy(false);
			},
			(problem: unknown) => {
				if (mine !== turn.current) return;
				setError(problem instanceof ApiError ? problem : new ApiError(0, "broken", "", "", 0));
				setBusy(false);
			},
		);
	}, []);

	const reload = useCallback(
		() => run(() => readAgain(now.current.fetch, now.current.state?.items.length ?? 0)), []);
	const more = useCallback(() => {
		const shown = now.current.state;
		if (!shown?.next) return;
		const cursor = shown.next;
		run(async () => {
			const page = await now.current.fetch(cursor);
			const have = new Set(shown.items.map((item) => item.id));
			return { items: [...shown.items, ...page.items.filter((i) => !have.has(i.id))], next: page.next };
		});
	}, []);
	const change = useCallback((item: T) => setState((old) =>
		old && { ...old, items: old.items.map((i) => (i.id === item.id ? item : i)) }), []);

	const seen = useRef<string | null>(null);
	const key = JSON.stringify(keys);
	useEffect(() => {
		if (seen.current !== key) {
			seen.current = key;
			setState(null);
			setError(null);
			run(() => now.current.fetch());
		} else {
			reload();
		}
	}, [key, refresh]);
	useEffect(() => () => void ++turn.current, []);

	return { items: state?.items ?? null, next: state?.next ?? null, error, busy, more, reload, change };
}

export function Paged<T>({ pages, empty, children }: {
	pages: Pages<T>; empty: JSX.Element; children: (items: T[]) => ComponentChildren;
}): JSX.Element {
	const words = useCommon();
	if (pages.items === null)
		return pages.error ? <Failed error={pages.error} again={pages.reload} /> : <Loading />;
	return (
		<>
			{pages.items.length === 0 ? empty : children(pages.items)}
			{pages.error && <Failed error={pages.error} again={pages.reload} />}
			{pages.next !== null && (
				<p class="more">
					<button type="button" class="button" aria-busy={pages.busy} onClick={pages.more}>{words("more")}</button>
				</p>
			)}
		</>
	);
}
