/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A QR code of a short text, so that nobody has to type a 32-character secret into a phone.
 * ISO/IEC 18004: byte mode, error correction M, versions 1 to 10 (213 bytes).
 *
 * Returns rows of modules, true = dark; null when the text is too long.
 */

/* Table 9, level M: [error correction codewords per block, data codewords of each block]. */
const BLOCKS: [number, number[]][] = [
	[10, [16]],
	[16, [28]],
	[26, [44]],
	[18, [32, 32]],
	[24, [43, 43]],
	[16, [27, 27, 27, 27]],
	[18, [31, 31, 31, 31]],
	[22, [38, 38, 39, 39]],
	[22, [36, 36, 36, 37, 37]],
	[26, [43, 43, 43, 43, 44]],
];

/* Annex E: centres of the alignment patterns. */
const ALIGN: number[][] = [
	[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34],
	[6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
];

type Grid = (boolean | null)[][];

/* GF(256) with x^8 + x^4 + x^3 + x^2 + 1. */
const EXP: number[] = [];
const LOG: number[] = [];
for (let i = 0, x = 1; i < 255; i++) {
	EXP[i] = x;
	LOG[x] = i;
	x = x & 0x80 ? (x << 1) ^ 0x11d : x << 1;
}

function times(a: number, b: number): number {
	return a && b ? EXP[(LOG[a]! + LOG[b]!) % 255]! : 0;
}

/* Remainder of data · x^n by the generator polynomial of degree n (Annex A). */
function correction(data: number[], n: number): number[] {
	let generator = [1];
	for (let i = 0; i < n; i++) {
		const next = [...generator, 0];
		generator.forEach((c, j) => (next[j + 1] = next[j + 1]! ^ times(c, EXP[i]!)));
		generator = next;
	}
	const rest = [...data, ...new Array<number>(n).fill(0)];
	for (let i = 0; i < data.length; i++) {
		const lead = rest[i]!;
		if (lead) generator.forEach((c, j) => (rest[i + j] = rest[i + j]! ^ times(c, lead)));
	}
	return rest.slice(data.length);
}

function dataBytes(text: Uint8Array, version: number, room: number): number[] {
	const bits: number[] = [];
	const put = (value: number, count: number) => {
		for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
	};
	put(4, 4);
	put(text.length, version < 10 ? 8 : 16);
	text.forEach((byte) => put(byte, 8));
	put(0, Math.min(4, room * 8 - bits.length));
	while (bits.length % 8) bits.push(0);
	const bytes: number[] = [];
	for (let i = 0; i < bits.length; i += 8)
		bytes.push(bits.slice(i, i + 8).reduce((sum, bit) => (sum << 1) | bit, 0));
	for (let pad = 0xec; bytes.length < room; pad ^= 0xec ^ 0x11) bytes.push(pad);
	return bytes;
}

function codewords(text: Uint8Array, version: number): number[] {
	const [extra, sizes] = BLOCKS[version - 1]!;
	const bytes = dataBytes(text, version, sizes.reduce((a, b) => a + b, 0));
	let at = 0;
	const blocks = sizes.map((size) => bytes.slice(at, (at += size)));
	const tails = blocks.map((block) => correction(block, extra));
	const out: number[] = [];
	for (let i = 0; i < Math.max(...sizes); i++)
		for (const block of blocks) if (i < block.length) out.push(block[i]!);
	for (let i = 0; i < extra; i++) for (const tail of tails) out.push(tail[i]!);
	return out;
}

function finder(grid: Grid, row: number, column: number): void {
	for (let y = -1; y <= 7; y++) {
		for (let x = -1; x <= 7; x++) {
			if (grid[row + y]?.[column + x] === undefined) continue;
			const ring = Math.max(Math.abs(y - 3), Math.abs(x - 3));
			grid[row + y]![column + x] = ring !== 2 && ring !== 4;
		}
	}
}

/* Bits with their BCH remainder: format (15, 5) and version (18, 6) information. */
function bch(value: number, generator: number, extra: number): number {
	let rest = value << extra;
	const top = 31 - Math.clz32(generator);
	for (let bit = 31 - Math.clz32(rest || 1); bit >= top; bit--)
		if (rest & (1 << bit)) rest ^= generator << (bit - top);
	return (value << extra) | rest;
}

function format(grid: Grid, mask: number): void {
	const size = grid.length;
	const bits = bch(mask, 0x537, 10) ^ 0x5412; /* level M is 00 */
	for (let i = 0; i < 15; i++) {
		const dark = ((bits >> i) & 1) === 1;
		const [y, x] = i < 6 ? [i, 8] : i < 8 ? [i + 1, 8] : i === 8 ? [8, 7] : [8, 14 - i];
		grid[y]![x] = dark;
		if (i < 8) grid[8]![size - 1 - i] = dark;
		else grid[size - 15 + i]![8] = dark;
	}
	grid[size - 8]![8] = true;
}

function fixedParts(version: number): Grid {
	const size = 17 + 4 * version;
	const grid: Grid = Array.from({ length: size }, () => new Array<boolean | null>(size).fill(null));
	finder(grid, 0, 0);
	finder(grid, 0, size - 7);
	finder(grid, size - 7, 0);
	for (let i = 8; i < size - 8; i++) {
		grid[6]![i] = i % 2 === 0;
		grid[i]![6] = i % 2 === 0;
	}
	const centres = ALIGN[version - 1]!;
	const last = centres[centres.length - 1];
	for (const y of centres) {
		for (const x of centres) {
			if ((y === 6 && (x === 6 || x === last)) || (y === last && x === 6)) continue;
			for (let dy = -2; dy <= 2; dy++)
				for (let dx = -2; dx <= 2; dx++)
					grid[y + dy]![x + dx] = Math.max(Math.abs(dy), Math.abs(dx)) !== 1;
		}
	}
	if (version >= 7) {
		const bits = bch(version, 0x1f25, 12);
		for (let i = 0; i < 18; i++) {
			const dark = ((bits >> i) & 1) === 1;
			grid[Math.floor(i / 3)]![size - 11 + (i % 3)] = dark;
			grid[size - 11 + (i % 3)]![Math.floor(i / 3)] = dark;
		}
	}
	format(grid, 0);
	return grid;
}

const MASKS: ((y: number, x: number) => boolean)[] = [
	(y, x) => (y + x) % 2 === 0,
	(y) => y % 2 === 0,
	(_y, x) => x % 3 === 0,
	(y, x) => (y + x) % 3 === 0,
	(y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
	(y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
	(y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
	(y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

function place(fixed: Grid, words: number[], mask: number): boolean[][] {
	const size = fixed.length;
	const grid: Grid = fixed.map((row) => [...row]);
	let bit = 0;
	for (let right = size - 1; right > 0; right -= 2) {
		if (right === 6) right = 5;
		const upward = ((right + 1) & 2) === 0;
		for (let step = 0; step < size; step++) {
			const y = upward ? size - 1 - step : step;
			for (const x of [right, right - 1]) {
				if (fixed[y]![x] !== null) continue;
				const word = words[bit >> 3] ?? 0;
				const dark = ((word >> (7 - (bit & 7))) & 1) === 1;
				grid[y]![x] = dark !== MASKS[mask]!(y, x);
				bit++;
			}
		}
	}
	format(grid, mask);
	return grid.map((row) => row.map((dark) => dark === true));
}

/* 7.8.3: long runs, 2 × 2 blocks, finder look-alikes, imbalance. */
function penalty(grid: boolean[][]): number {
	const size = grid.length;
	let sum = 0;
	let dark = 0;
	const lines = [...grid, ...grid.map((_, x) => grid.map((row) => row[x]!))];
	for (const line of lines) {
		const text = line.map((d) => (d ? "1" : "0")).join("");
		for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
		for (const like of ["10111010000", "00001011101"])
			for (let at = text.indexOf(like); at >= 0; at = text.indexOf(like, at + 1)) sum += 40;
	}
	for (let y = 0; y < size; y++) {
		for (let x = 0; x < size; x++) {
			const here = grid[y]![x]!;
			if (here) dark++;
			if (y + 1 < size && x + 1 < size && grid[y]![x + 1] === here &&
			    grid[y + 1]![x] === here && grid[y + 1]![x + 1] === here) sum += 3;
		}
	}
	return sum + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

export function qrEncode(text: string): boolean[][] | null {
	const bytes = new TextEncoder().encode(text);
	const version = BLOCKS.findIndex(([, sizes], i) =>
		bytes.length + (i < 9 ? 2 : 3) <= sizes.reduce((a, b) => a + b, 0)) + 1;
	if (version === 0) return null;
	const fixed = fixedParts(version);
	const words = codewords(bytes, version);
	let best: boolean[][] | null = null;
	let least = Infinity;
	for (let mask = 0; mask < 8; mask++) {
		const grid = place(fixed, words, mask);
		const cost = penalty(grid);
		if (cost < least) {
			least = cost;
			best = grid;
		}
	}
	return best;
}
