/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "lib/base/fail.h"
#include "lib/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define HASHES_MAX      1000000u
#define HASHES_LINE_MAX 512u
#define HASHES_NAME_MAX 64u

struct row {
	uint8_t sha256[32];
	char name[HASHES_NAME_MAX];
};

struct file_hashes {
	struct row *rows; /* sorted */
	size_t count, room;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "64 hex digits [blanks name]", as sha256sum(1) writes it. */
static int parse_line(const char *line, struct row *row)
{
	for (unsigned i = 0; i < 32; i++) {
		int high = hex_digit(line[2 * i]);
		int low = high < 0 ? -1 : hex_digit(line[2 * i + 1]);
		if (low < 0)
			return FAIL_FORMAT;
		row->sha256[i] = (uint8_t)(high << 4 | low);
	}
	line += 64;
	if (*line && !strchr(" \t\r\n", *line))
		return FAIL_FORMAT;
	line += strspn(line, " \t*");
	int len = (int)strcspn(line, "\r\n");
	if (len == 0)
		snprintf(row->name, sizeof(row->name), "Listed.%02x%02x%02x%02x",
		    row->sha256[0], row->sha256[1], row->sha256[2], row->sha256[3]);
	else
		snprintf(row->name, sizeof(row->name), "%.*s", len, line);
	return 0;
}

static int add(struct file_hashes *h, const struct row *row)
{
	if (h->count == h->room) {
		size_t room = h->room ? h->room * 2 : 64;
		struct row *rows = room > HASHES_MAX
				       ? NULL
				       : reallocarray(h->rows, room, sizeof(*rows));
		if (!rows)
			return FAIL_MEMORY;
		h->rows = rows;
		h->room = room;
	}
	h->rows[h->count++] = *row;
	return 0;
}

static int read_rows(struct file_hashes *h, const char *path, FILE *in)
{
	char line[HASHES_LINE_MAX];

	for (unsigned number = 1; fgets(line, sizeof(line), in); number++) {
		struct row row;
		if (line[strspn(line, " \t\r\n")] == 0 || line[0] == '#')
			continue;
		if (parse_line(line, &row) < 0) {
			log_warn(
			    "G134", "%s:%u: not a SHA-256, line ignored", path, number);
			continue;
		}
		if (add(h, &row) < 0) {
			log_error("G135", "%s:%u: more than %u hashes or no memory",
			    path, number, HASHES_MAX);
			return FAIL_LIMIT;
		}
	}
	return ferror(in) ? FAIL_IO : 0;
}

struct file_hashes *file_hashes_load(const char *path)
{
	struct file_hashes *h = calloc(1, sizeof(*h));
	FILE *in = h ? fopen(path, "re") : NULL;
	int status = FAIL_IO;

	if (in) {
		status = read_rows(h, path, in);
		fclose(in);
	}
	if (status < 0) {
		log_error("G133", "cannot read the list of bad files %s: %s", path,
		    strerror(errno));
		file_hashes_free(h);
		return NULL;
	}
	if (h->count)
		qsort(h->rows, h->count, sizeof(*h->rows), compare);
	return h;
}

void file_hashes_free(struct file_hashes *h)
{
	if (h)
		free(h->rows);
	free(h);
}

const char *file_hashes_find(const struct file_hashes *h, const uint8_t sha256[32])
{
	struct row *row = NULL;

	if (h && h->count)
		row = bsearch(sha256, h->rows, h->count, sizeof(*h->rows), compare);
	return row ? row->name : NULL;
}
