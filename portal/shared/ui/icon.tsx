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
	shield: "M12 2.8l7.5 2.7v6c0 4.6-3 8-7.5 9.7-4.5-1.700-7.500-5.100-7.500-9.700v-6z",
	shieldcheck: "M12 2.8l7.5 2.7v6c0 4.6-3 8-7.500 9.700-4.500-1.700-7.500-5.100-7.500-9.700v-6zM8.500 11.800l2.600 2.600 4.600-5",
	phone: "M6 3h3.500l1.500 5-2.300 1.500a12 12 0 0 0 5.800 5.800L16 13l5 1.500V18a3 3 0 0 1-3.200 3A16 16 0 0 1 3 6.200 3 3 0 0 1 6 3z",
	mail: "M3 5.500h18v13H3zM3.500 6l8.500 7 8.500-7",
	machine: "M3.500 4.500h17v11h-17zM9 19.500h6M12 15.500v4",
	arrow: "M5 12h14M13 6l6 6-6 6",
	back: "M19 12H5M11 6l-6 6 6 6",
	cloud: "M7 18.500a4.500 4.500 0 0 1-.4-9A6 6 0 0 1 18 10.600a4 4 0 0 1-.7 7.900z",
	office: "M4.500 20.500v-16h10v16M14.500 9.500h5v11M3 20.500h18M7.500 8h4M7.500 12h4M7.500 16h4",
	virus: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 3v4M12 17v4M3 12h4M17 12h4M5.600 5.600l2.900 2.900M15.500 15.500l2.900 2.900M18.400 5.600l-2.900 2.900M8.500 15.500l-2.900 2.900",
	site: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3.500 4 3.500 14 0 18M12 3c-3.500 4-3.500 14 0 18",
	hand: "M4 5h16v11H4zM8 20h8M12 10l4 4M12 10v4.500M12 10h4.500",
	door: "M5.500 21V3.500h10V21M3 21h18M12.500 12.500v.2M15.500 6.500H19V21",
	plus: "M12 5v14M5 12h14",
	coffee: "M4.500 8.500h12v7a4 4 0 0 1-4 4h-4a4 4 0 0 1-4-4zM16.500 10.500h1.500a2.500 2.500 0 0 1 0 5h-1.500M8 3v2.500M12.500 3v2.500",
	pulse: "M3 12h4l2.500-6 4 12 2.500-6h5",
	print: "M7 8.500v-5h10v5M7 17.500H4v-9h16v9h-3M7 14h10v6.500H7z",
	search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500l5 5",
	copy: "M8.500 8.500h11v12h-11zM15.500 8.500v-5h-11v12h4",
	clock: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500v5l3 2",
	question: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.300 9.500a2.800 2.800 0 1 1 3.800 2.700c-.8.4-1.100.9-1.100 1.800M12 17v.2",
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
