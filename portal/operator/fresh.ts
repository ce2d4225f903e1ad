/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which rows are news to this operator: what came or changed after the screen was opened and
 * has not been opened since.
 */
import type { Incident } from "../shared/api/types";

export type News = "new" | "changed" | "";

export class Fresh {
	/* The greatest `change` on the first screen; null until it is there. */
	private baseline: number | null = null;
	private readonly seen = new Map<number, number>();
	private readonly known = new Set<number>();

	/* Rows that came; the first ones are the baseline and news to nobody. */
	note(rows: Incident[]): void {
		if (this.baseline !== null) return;
		this.baseline = rows.reduce((most, row) => Math.max(most, row.change), 0);
		for (const row of rows) this.known.add(row.id);
	}

	news(row: Incident): News {
		if (this.baseline === null || row.change <= this.baseline) return "";
		const seen = this.seen.get(row.id);
		if (seen !== undefined) return row.change > seen ? "changed" : "";
		return this.known.has(row.id) || row.state !== "new" ? "changed" : "new";
	}

	see(row: { id: number; change: number }): void {
		this.seen.set(row.id, Math.max(row.change, this.seen.get(row.id) ?? 0));
	}
}
