/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <stdio.h>

/* `key = value` files, read through a table of what a program knows.
 *
 * A line is empty, a comment (`#` first, or behind a blank), or `key = value`.  A value that
 * begins with `"` goes to the closing `"` and may hold `#`.  An unknown key, a value of the
 * wrong kind or out of range, or a key given twice is an error that names file, line and
 * remedy; all errors of a file are told at once (at most CONF_ERRORS_MAX).
 *
 * Owns:    keys and values it read.  Borrows: the table, for ever.
 * Threads: read-only once loaded.
 * Limits:  CONF_LINE_MAX a line, CONF_ENTRIES_MAX entries a file.
 * Serves:  law 10: one table gives parser, checks, help */
#define CONF_LINE_MAX    16384u
#define CONF_ENTRIES_MAX 10000u
#define CONF_ERRORS_MAX  20u

enum conf_type {
	CONF_TEXT,
	CONF_BOOL,   /* true false yes no on off */
	CONF_INT,    /* least … most */
	CONF_SIZE,   /* bytes: 4096, 100kb, 1mb, 2gb (of 1024); least … most */
	CONF_CHOICE, /* one of `choices` */
};

/* One setting. */
struct conf_row {
	const char *key; /* "a.b"; `*` stands for one element, `**` for one or more */
	enum conf_type type;
	const char *preset;  /* value when it is not given; NULL: none */
	int64_t least, most; /* INT, SIZE; both 0: any that is not negative */
	const char *choices; /* CHOICE: "inline|passive" */
	const char *unit;    /* "s", "bytes", …, for people; NULL: none */
	bool repeatable;     /* may be given several times; otherwise once */
	bool pending;        /* accepted and checked, but not honoured yet */
	const char *ja, *en; /* one sentence */
};

struct conf;

/* `rows` and what they point to are borrowed.  NULL: no memory. */
struct conf *conf_new(const struct conf_row *rows, size_t count)
    __attribute__((malloc));
void conf_free(struct conf *c);

/* Reads a file.  0; FAIL_IO or FAIL_FORMAT with one line per error in `why`
 * ("gate.conf:12: unknown key spol.max; did you mean spool.max?"). */
int conf_load(struct conf *c, const char *path, struct buf *why) must_use;
/* The same from memory; `name` stands for the file in errors. */
int conf_read(
    struct conf *c, const char *name, struct span text, struct buf *why) must_use;
/* One setting, e.g. of the command line: replaces what a file said, or adds to a repeatable
 * key.  `where` stands for file and line in the error. */
int conf_set(struct conf *c, const char *where, const char *key, const char *value,
    struct buf *why) must_use;

/* The value, or the preset, or NULL (numbers: 0; false).  `key` must be in the table as it
 * stands, or fit one of its wildcard rows. */
const char *conf_text(const struct conf *c, const char *key);
int64_t conf_int(const struct conf *c, const char *key); /* INT and SIZE */
bool conf_bool(const struct conf *c, const char *key);
bool conf_is(const struct conf *c, const char *key, const char *choice);
bool conf_given(const struct conf *c, const char *key); /* not just the preset */

/* Entries whose row has `row_key` ("rules", "var.*"), in the order given: fills key and
 * value of the `n`th, false behind the last. */
bool conf_each(const struct conf *c, const char *row_key, unsigned n, const char **key,
    const char **value);
/* Entries given for rows that are not honoured yet, likewise. */
bool conf_pending(const struct conf *c, unsigned n, const char **key);

/* The table for people: every key with its kind, preset and sentence.  `ja`: in Japanese. */
void conf_print_help(const struct conf_row *rows, size_t count, bool ja, FILE *to);
