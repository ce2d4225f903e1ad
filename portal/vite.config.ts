/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three pages, one script each: / (log in), /member/, /operator/.
 * The centre serves the result under a content security policy without any
 * 'unsafe-inline' and without data: addresses, so nothing here may inline.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
	root: here("."),
	base: "/",
	publicDir: false,
	esbuild: { jsx: "automatic", jsxImportSource: "preact" },
	build: {
		target: "es2020",
		outDir: "dist",
		emptyOutDir: true,
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		rollupOptions: {
			input: {
				public: here("index.html"),
				member: here("member/index.html"),
				operator: here("operator/index.html"),
			},
		},
	},
	test: { environment: "node", include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"] },
} as never);
