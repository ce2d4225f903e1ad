/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Runs a fuzz target without a fuzzer, in the ordinary test run: every file of the corpus
 * folders (or files) named on the command line as it is, then cut short, then with a few
 * bytes changed.  The changes come from a fixed seed: the same run every time.
 *
 * Each input is a malloc of exactly its size, so that ASan sees one byte too far.
 */
#define REPLAY_INPUT_MAX (1u << 20)
#define REPLAY_CUTS      64u
#define REPLAY_CHANGES   64u

static uint64_t dice = 0x9e3779b97f4a7c15u;

static uint32_t roll(uint32_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 32) % sides;
}

static void run_one(const uint8_t *bytes, size_t len, unsigned changes)
{
	uint8_t *copy = malloc(len ? len : 1);

	must(copy);
	if (len)
		memcpy(copy, bytes, len);
	for (unsigned i = 0; len && i < changes; i++)
		copy[roll((uint32_t)len)] = (uint8_t)roll(256);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void run_input(const uint8_t *bytes, size_t len)
{
	run_one(bytes, len, 0);
	for (unsigned i = 0; i < REPLAY_CUTS && len; i++)
		run_one(bytes, len <= REPLAY_CUTS ? i % len : roll((uint32_t)len), 0);
	for (unsigned i = 0; i < REPLAY_CHANGES; i++)
		run_one(bytes, len, 1 + i % 4);
}

static void run_file(const char *path)
{
	uint8_t *bytes = malloc(REPLAY_INPUT_MAX);
	FILE *f = fopen(path, "rb");

	must(bytes);
	if (!f) {
		perror(path);
		exit(1);
	}
	size_t len = fread(bytes, 1, REPLAY_INPUT_MAX, f);
	fclose(f);
	fprintf(stderr, "%s\n", path);
	run_input(bytes, len);
	free(bytes);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static unsigned run_path(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, visible, alphasort);

	if (n < 0) {
		run_file(path);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];
		must(snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) <
		     (int)sizeof(file));
		run_file(file);
		free(names[i]);
	}
	free(names);
	return (unsigned)n;
}

int main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++)
		files += run_path(argv[i]);
	if (files == 0) {
		fprintf(stderr,
		    "replay: no inputs; a target without a corpus tests nothing\n");
		return 1;
	}
	printf("%u inputs, each also cut and changed\n", files);
	return 0;
}
