/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { qrEncode } from "./qr";

const QUIET = 4; /* light border that readers need, in modules (ISO/IEC 18004, 6.3.8) */

export function QrPicture({ text, label }: { text: string; label: string }): JSX.Element {
	const modules = qrEncode(text);
	if (!modules) return <></>;
	const size = modules.length + 2 * QUIET;
	let path = "";
	modules.forEach((row, y) => row.forEach((dark, x) => {
		if (dark) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
	}));
	return (
		<svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
			<rect width={size} height={size} fill="#fff" />
			<path d={path} fill="#000" />
		</svg>
	);
}
