/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The place within a page is the part after '#', so that the centre only has to hand out
 * files: /member/#/incidents/7.
 */
import { useEffect, useRef, useState } from "preact/hooks";

export interface Place {
	parts: string[];
}

export function parse(hash: string): Place {
	const path = hash.replace(/^#\/?/, "").split("?")[0] ?? "";
	return { parts: path.split("/").filter(Boolean).map(decodeURIComponentSafely) };
}

function decodeURIComponentSafely(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

export function usePlace(): Place {
	const drawn = useRef(location.hash);
	const [place, setPlace] = useState(() => parse(drawn.current));
	useEffect(() => {
		const moved = () => setPlace(parse(location.hash));
		addEventListener("hashchange", moved);
		/* It may have moved between the first drawing and this line. */
		if (drawn.current !== location.hash) moved();
		return () => removeEventListener("hashchange", moved);
	}, []);
	return place;
}

export function go(hash: string): void {
	location.hash = hash;
}

/* A positive number that could be an id, or null. */
export function idOf(part: string | undefined): number | null {
	return part && /^[1-9]\d{0,15}$/.test(part) ? Number(part) : null;
}

/* Where to go after login; only places inside the portal. */
export function safeNext(next: string | null, role: "member" | "operator"): string {
	const home = `/${role}/`;
	if (!next || !next.startsWith(home) || next.startsWith("//") || /[\\\s]/.test(next)) return home;
	return next;
}
