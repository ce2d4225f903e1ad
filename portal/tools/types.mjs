/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes shared/api/types.ts from center/api/openapi/ (npm run types).  With --print it
 * only prints; types.test.ts compares that with the file, so the two cannot drift apart.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PARTS = new URL("../../center/api/openapi/", import.meta.url);
const TARGET = new URL("../shared/api/types.ts", import.meta.url);

const HEAD = `/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Made from center/api/openapi/ by tools/types.mjs (npm run types); do not edit.
 */
`;

function type(schema, depth) {
	if (schema.$ref) return schema.$ref.split("/").pop();
	if (schema.oneOf) return schema.oneOf.map((s) => type(s, depth)).join(" | ");
	if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
	if (Array.isArray(schema.type))
		return schema.type.map((t) => type({ ...schema, type: t }, depth)).join(" | ");
	switch (schema.type) {
	case "integer":
	case "number": return "number";
	case "string": return "string";
	case "boolean": return "boolean";
	case "null": return "null";
	case "array": {
		const item = type(schema.items, depth);
		return /[ |]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
	}
	case "object": return schema.properties ? members(schema, depth) : "Record<string, unknown>";
	default: throw new Error(`no type for ${JSON.stringify(schema)}`);
	}
}

function members(schema, depth) {
	const pad = "\t".repeat(depth + 1);
	const must = new Set(schema.required ?? []);
	const lines = Object.entries(schema.properties).map(([name, s]) =>
		`${pad}${name}${must.has(name) ? "" : "?"}: ${type(s, depth + 1)};`);
	return lines.length ? `{\n${lines.join("\n")}\n${"\t".repeat(depth)}}` : "Record<string, never>";
}

/* All parts, joined as tools/openapi.py joins them. */
export function load() {
	const api = { paths: {}, schemas: {} };
	for (const name of readdirSync(PARTS).filter((n) => n.endsWith(".json")).sort()) {
		const part = JSON.parse(readFileSync(new URL(name, PARTS), "utf8"));
		/* Two topics may share a path, each with its methods. */
		for (const [path, item] of Object.entries(part.paths ?? {}))
			api.paths[path] = { ...api.paths[path], ...item };
		Object.assign(api.schemas, part.components?.schemas);
	}
	return api;
}

export function generate() {
	let text = HEAD;
	for (const [name, schema] of Object.entries(load().schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
		text += "\n";
		if (schema.description) text += `/* ${schema.description} */\n`;
		const body = type(schema, 0);
		text += body.startsWith("{\n") ? `export interface ${name} ${body}\n` : `export type ${name} = ${body};\n`;
	}
	return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	if (process.argv.includes("--print")) process.stdout.write(generate());
	else writeFileSync(TARGET, generate());
}
