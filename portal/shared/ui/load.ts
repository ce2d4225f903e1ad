/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Something fetched: loading, failed, or there.  A later failure keeps what is shown.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client";

export interface Loaded<T> {
	data: T | null;
	error: ApiError | null;
	busy: boolean;
	reload(): void;
	set(data: T): void;
}

/* Fetches when `keys` change (forgetting the old) and when `refresh` changes (keeping it). */
export function useLoad<T>(fetcher: () => Promise<T>, keys: unknown[], refresh = 0): Loaded<T> {
	const [data, setData] = useState<T | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const [busy, setBusy] = useState(true);
	const turn = useRef(0);
	const latest = useRef(fetcher);
	latest.current = fetcher;

	const reload = useCallback(() => {
		const mine = ++turn.current;
		setBusy(true);
		latest.current().then(
			(fresh) => {
				if (mine !== turn.current) return;
				setData(fresh);
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

	const seen = useRef<string | null>(null);
	const key = JSON.stringify(keys);
	useEffect(() => {
		if (seen.current !== key) {
			seen.current = key;
			setData(null);
			setError(null);
		}
		reload();
	}, [key, refresh]);

	useEffect(() => () => void ++turn.current, []);
	return { data, error, busy, reload, set: setData };
}
