/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list that came whole but is drawn in portions: three thousand rows at once would keep the
 * screen busy for seconds.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCommon } from "./session";

const PORTION = 100;

export interface Portion {
	shown: number;
	of<T>(items: T[]): T[];
	more(): void;
}

/* Begins again when `keys` change. */
export function usePortion(keys: unknown[]): Portion {
	const [shown, setShown] = useState(PORTION);
	useEffect(() => setShown(PORTION), [JSON.stringify(keys)]);
	return { shown, of: (items) => items.slice(0, shown), more: () => setShown((n) => n + PORTION) };
}

export function Rest({ portion, total }: { portion: Portion; total: number }): JSX.Element {
	const words = useCommon();
	if (total <= portion.shown) return <></>;
	return (
		<p class="more">
			<button type="button" class="button" onClick={portion.more}>{words("more")} ({portion.shown} / {total})</button>
		</p>
	);
}
