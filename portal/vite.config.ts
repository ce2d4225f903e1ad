/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three pages, one script each: / (log in), /member/, /operator/.
 * The centre serves the result under a content security policy without any
 * 'unsafe-inline' and without data: addresses, so nothing here may inline.
 */
import { defineConfig } from "vite";

export default defineConfig({
	root: __dirname,
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
				public: "index.html",
				member: "member/index.html",
				operator: "operator/index.html",
			},
		},
	},
	test: { environment: "node", include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"] },
} as never);
