/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/conf/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define NEAREST_LEN_MAX 48u

/* Wildcards as in record keys: `*` is one element between dots, `**` one or more. */
static bool fits(const char *pattern, const char *key)
{
	while (*pattern && *pattern != '*' && *pattern == *key) {
		pattern++;
		key++;
	}
	if (*pattern != '*')
		return *pattern == 0 && *key == 0;
	bool many = pattern[1] == '*';
	pattern += many ? 2 : 1;
	for (const char *at = key; *at; at++) {
		if (*at == '.' && !many)
			return at > key && fits(pattern, at);
		if (at > key && many && fits(pattern, at))
			return true;
	}
	return *key && *pattern == 0;
}

const struct conf_row *conf_row_find(
    const struct conf_row *rows, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	for (size_t i = 0; i < count; i++)
		if (strchr(rows[i].key, '*') && fits(rows[i].key, key))
			return &rows[i];
	return NULL;
}

/* Letters to add, drop, change or swap (Damerau and Levenshtein, adjacent swaps only). */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[3][NEAREST_LEN_MAX + 1] = { 0 };
	size_t la = strlen(a), lb = strlen(b);

	for (unsigned j = 0; j <= lb; j++)
		d[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *row = d[i % 3], *up = d[(i + 2) % 3], *up2 = d[(i + 1) % 3];
		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);
			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			row[j] = best;
		}
	}
	return d[la % 3][lb];
}

const char *conf_nearest(const struct conf_row *rows, size_t count, const char *key)
{
	const char *nearest = NULL;
	unsigned best = (unsigned)strlen(key) / 3 + 1;

	if (strlen(key) > NEAREST_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strlen(rows[i].key) > NEAREST_LEN_MAX)
			continue;
		unsigned d = distance(key, rows[i].key);
		if (d < best) {
			best = d;
			nearest = rows[i].key;
		}
	}
	return nearest;
}

static bool read_bool(const char *value, int64_t *number)
{
	static const char *const words[][2] = { { "false", "true" }, { "no", "yes" },
		{ "off", "on" }, { "0", "1" } };

	for (unsigned i = 0; i < 4; i++)
		for (unsigned truth = 0; truth < 2; truth++)
			if (strcasecmp(value, words[i][truth]) == 0) {
				*number = truth;
				return true;
			}
	return false;
}

/* Powers of two of the unit, −1 when it is none. */
static int unit_shift(const char *unit)
{
	static const struct {
		const char *word;
		int shift;
	} units[] = { { "", 0 }, { "b", 0 }, { "k", 10 }, { "kb", 10 }, { "kib", 10 },
		{ "m", 20 }, { "mb", 20 }, { "mib", 20 }, { "g", 30 }, { "gb", 30 },
		{ "gib", 30 } };

	while (*unit == ' ')
		unit++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcasecmp(unit, units[i].word) == 0)
			return units[i].shift;
	return -1;
}

static bool read_number(const struct conf_row *row, const char *value, int64_t *number)
{
	char *end;
	errno = 0;
	long long n = strtoll(value, &end, 10);
	int shift = row->type == CONF_SIZE ? unit_shift(end) : *end == 0 ? 0 : -1;
	bool any = row->least == 0 && row->most == 0;

	if (end == value || errno || shift < 0)
		return false;
	if (n > INT64_MAX >> shift || n < INT64_MIN >> shift)
		return false;
	*number = (int64_t)((uint64_t)n << shift);
	return any ? *number >= 0 : *number >= row->least && *number <= row->most;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (len && strncmp(at, value, len) == 0 &&
		    (at[len] == '|' || at[len] == 0))
			return true;
	}
	return false;
}

bool conf_value_read(const struct conf_row *row, const char *value, int64_t *number)
{
	*number = 0;
	switch (row->type) {
	case CONF_TEXT:
		return true;
	case CONF_BOOL:
		return read_bool(value, number);
	case CONF_INT:
	case CONF_SIZE:
		return read_number(row, value, number);
	case CONF_CHOICE:
		return is_choice(row->choices, value);
	}
	return false;
}

static void choice_words(const char *choices, struct buf *b)
{
	for (const char *at = choices; *at; at++)
		if (*at == '|')
			buf_add_text(b, strchr(at + 1, '|') ? ", " : " or ");
		else
			buf_add_byte(b, (uint8_t)*at);
}

void conf_value_words(const struct conf_row *row, struct buf *b)
{
	switch (row->type) {
	case CONF_TEXT:
		buf_add_text(b, "text");
		return;
	case CONF_BOOL:
		buf_add_text(b, "true or false");
		return;
	case CONF_CHOICE:
		choice_words(row->choices, b);
		return;
	case CONF_INT:
	case CONF_SIZE:
		break;
	}
	buf_add_text(
	    b, row->type == CONF_INT ? "a whole number" : "a size such as 512kb");
	if (row->least || row->most)
		buf_addf(b, " from %lld to %lld", (long long)row->least,
		    (long long)row->most);
	if (row->unit)
		buf_addf(b, " (%s)", row->unit);
}
