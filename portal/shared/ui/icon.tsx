/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own line drawings, 24 × 24.  They decorate: the word beside them says the same.
 */
import type { JSX } from "preact";

const PATHS = {
	check: "M4.5 12.5l5 5 10-11",
	alert: "M12 3.2l9.3 16.6H2.7zM12 9.5v5M12 17.2v.2",
	alarm: "M8.2 2.8h7.6l5.4 5.4v7.6l-5.4 5.4H8.2l-5.4-5.4V8.2zM12 7.2v6M12 16.6v.2",
	note: "M5 3.5h14v17H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
	shield: "M12 2.8l7.5 2.7v6c0 4.6-3 8-7.5 9.7-4.5-1.7-7.5-5.1-7.5-9.7v-6z",
	shieldcheck: "M12 2.8l7.5 2.7v6c0 4.6-3 8-7.5 9.7-4.5-1.7-7.5-5.1-7.5-9.7v-6zM8.5 11.8l2.6 2.6 4.6-5",
	phone: "M6 3h3.5l1.5 5-2.3 1.5a12 12 0 0 0 5.8 5.8L16 13l5 1.5V18a3 3 0 0 1-3.2 3A16 16 0 0 1 3 6.2 3 3 0 0 1 6 3z",
	mail: "M3 5.5h18v13H3zM3.5 6l8.5 7 8.5-7",
	machine: "M3.5 4.5h17v11h-17zM9 19.5h6M12 15.5v4",
	arrow: "M5 12h14M13 6l6 6-6 6",
	back: "M19 12H5M11 6l-6 6 6 6",
	cloud: "M7 18.5a4.5 4.5 0 0 1-.4-9A6 6 0 0 1 18 10.6a4 4 0 0 1-.7 7.9z",
	office: "M4.5 20.5v-16h10v16M14.5 9.5h5v11M3 20.5h18M7.5 8h4M7.5 12h4M7.5 16h4",
	virus: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M18.4 5.6l-2.9 2.9M8.5 15.5l-2.9 2.9",
	site: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3.5 4 3.5 14 0 18M12 3c-3.5 4-3.5 14 0 18",
	hand: "M4 5h16v11H4zM8 20h8M12 10l4 4M12 10v4.5M12 10h4.5",
	door: "M5.5 21V3.5h10V21M3 21h18M12.5 12.5v.2M15.5 6.5H19V21",
	plus: "M12 5v14M5 12h14",
	coffee: "M4.5 8.5h12v7a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4zM16.5 10.5h1.5a2.5 2.5 0 0 1 0 5h-1.5M8 3v2.5M12.5 3v2.5",
	pulse: "M3 12h4l2.5-6 4 12 2.5-6h5",
	print: "M7 8.5v-5h10v5M7 17.5H4v-9h16v9h-3M7 14h10v6.5H7z",
	search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5l5 5",
	copy: "M8.5 8.5h11v12h-11zM15.5 8.5v-5h-11v12h4",
	clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5v5l3 2",
	question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.3 9.5a2.8 2.8 0 1 1 3.8 2.7c-.8.4-1.1.9-1.1 1.8M12 17v.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }): JSX.Element {
	return (
		<svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none"
			stroke="currentColor" stroke-width="2" stroke-linecap="round"
			stroke-linejoin="round" aria-hidden="true" focusable="false">
			<path d={PATHS[name]} />
		</svg>
	);
}
