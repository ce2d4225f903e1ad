/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/conf/conf.h"

struct conf_entry {
	const struct conf_row *row;
	char *key, *value;
	unsigned line;
	bool from_set; /* conf_set(): wins over a file */
};

struct conf {
	const struct conf_row *rows;
	size_t row_count;
	struct conf_entry *entries;
	size_t count, room;
};

/* The row that `key` belongs to: an exact one before a wildcard; NULL: unknown. */
const struct conf_row *conf_row_find(
    const struct conf_row *rows, size_t count, const char *key);
/* The known key that looks most like `key`, or NULL when none does. */
const char *conf_nearest(const struct conf_row *rows, size_t count, const char *key);
/* True when the value is of the row's kind; `number` receives INT, SIZE and BOOL. */
bool conf_value_read(const struct conf_row *row, const char *value, int64_t *number);
/* Appends what the row takes: "true or false", "a size from 1kb to 1gb". */
void conf_value_words(const struct conf_row *row, struct buf *b);
