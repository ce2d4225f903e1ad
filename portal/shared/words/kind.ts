/* SPDX-License-Identifier: GPL-3.0-or-later */
const KINDS = ["pc", "phone", "printer", "camera", "server", "router", "nas", "iot"] as const;

/* The word for what the gate calls a machine; one it does not know stays "unknown". */
export function kindKey(kind: string): `kind_${(typeof KINDS)[number] | ""}` {
	const known = KINDS.find((k) => k === kind);
	return `kind_${known ?? ""}`;
}
