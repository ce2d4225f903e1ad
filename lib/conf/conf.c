/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/conf/conf.h"

#include "lib/base/must.h"
#include "lib/conf/internal.h"

#include <errno.h>
#include <stdlib.h>

struct conf *conf_new(const struct conf_row *rows, size_t count)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (c)
		*c = (struct conf){ .rows = rows, .row_count = count };
	return c;
}

static void free_entry(struct conf_entry *e)
{
	free(e->key);
	free(e->value);
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		free_entry(&c->entries[i]);
	free(c->entries);
	free(c);
}

static int add_entry(struct conf *c, struct conf_entry e)
{
	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 32;
		struct conf_entry *more = room <= 2 * CONF_ENTRIES_MAX
					      ? realloc(c->entries, room * sizeof(e))
					      : NULL;
		if (!more)
			return FAIL_MEMORY;
		c->entries = more;
		c->room = room;
	}
	c->entries[c->count++] = e;
	return 0;
}

static struct conf_entry *entry_find(const struct conf *c, const char *key)
{
	for (size_t i = c->count; i > 0; i--)
		if (strcmp(c->entries[i - 1].key, key) == 0)
			return &c->entries[i - 1];
	return NULL;
}

static int tell_unknown(
    const struct conf *c, const char *where, const char *key, struct buf *why)
{
	const char *nearest = conf_nearest(c->rows, c->row_count, key);

	buf_addf(why, "%s: unknown key %.60s; ", where, key);
	if (nearest)
		buf_addf(why, "did you mean %s?\n", nearest);
	else
		buf_add_text(why, "--help config lists the keys\n");
	return FAIL_FORMAT;
}

static int tell_value(
    const struct conf_row *row, const char *where, const char *value, struct buf *why)
{
	buf_addf(why, "%s: %s cannot be \"%.60s\"; it takes ", where, row->key, value);
	conf_value_words(row, why);
	buf_add_byte(why, '\n');
	return FAIL_FORMAT;
}

/* Checks and keeps one setting.  line 0: of the command line, wins over files. */
static int keep(struct conf *c, const char *where, unsigned line, const char *key,
    const char *value, struct buf *why)
{
	const struct conf_row *row = conf_row_find(c->rows, c->row_count, key);
	int64_t number;

	if (!row)
		return tell_unknown(c, where, key, why);
	if (!conf_value_read(row, value, &number))
		return tell_value(row, where, value, why);
	struct conf_entry *old = row->repeatable ? NULL : entry_find(c, key);
	if (old && old->from_set && line)
		return 0;
	if (old && !old->from_set && line) {
		buf_addf(why, "%s: %s was given in line %u already; keep one\n", where,
		    key, old->line);
		return FAIL_FORMAT;
	}
	struct conf_entry e = { row, strdup(key), strdup(value), line, line == 0 };
	if (!e.key || !e.value || (!old && add_entry(c, e) < 0)) {
		free_entry(&e);
		buf_addf(why, "%s: too many settings\n", where);
		return FAIL_MEMORY;
	}
	if (old) {
		free_entry(old);
		*old = e;
	}
	return 0;
}

int conf_set(struct conf *c, const char *where, const char *key, const char *value,
    struct buf *why)
{
	return keep(c, where, 0, key, value, why);
}

static char *trim(char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	size_t len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		text[--len] = 0;
	return text;
}

/* Ends the text where a comment begins: at a `#` that is first or behind a blank. */
static void cut_comment(char *text)
{
	for (char *at = text; *at; at++)
		if (*at == '#' && (at == text || at[-1] == ' ' || at[-1] == '\t')) {
			*at = 0;
			return;
		}
}

/* The value without quotes and comment; NULL: the closing quote is missing. */
static char *value_of(char *text)
{
	text = trim(text);
	if (*text != '"') {
		cut_comment(text);
		return trim(text);
	}
	char *end = strchr(text + 1, '"');
	if (!end)
		return NULL;
	char *rest = trim(end + 1);
	*end = 0;
	return *rest == 0 || *rest == '#' ? text + 1 : NULL;
}

static int read_line(
    struct conf *c, const char *name, unsigned line, char *text, struct buf *why)
{
	char where[512];

	snprintf(where, sizeof(where), "%s:%u", name, line);
	text = trim(text);
	if (*text == 0 || *text == '#')
		return 0;
	char *equals = strchr(text, '=');
	if (!equals || equals == text) {
		buf_addf(why, "%s: \"%.60s\" is no setting; write key = value\n", where,
		    text);
		return FAIL_FORMAT;
	}
	*equals = 0;
	char *value = value_of(equals + 1);
	if (!value) {
		buf_addf(why, "%s: the closing \" is missing or something follows it\n",
		    where);
		return FAIL_FORMAT;
	}
	return keep(c, where, line, trim(text), value, why);
}

int conf_read(struct conf *c, const char *name, struct span text, struct buf *why)
{
	unsigned errors = 0;
	char line[CONF_LINE_MAX];
	uint32_t at = 0;

	for (unsigned n = 1; at < text.len && errors < CONF_ERRORS_MAX; n++) {
		const uint8_t *start = text.at + at;
		const uint8_t *end = memchr(start, '\n', text.len - at);
		size_t len = end ? (size_t)(end - start) : text.len - at;
		at += (uint32_t)len + 1;
		if (len >= sizeof(line) || memchr(start, 0, len)) {
			buf_addf(
			    why, "%s:%u: the line is too long or holds NUL\n", name, n);
			errors++;
			continue;
		}
		memcpy(line, start, len);
		line[len] = 0;
		errors += read_line(c, name, n, line, why) < 0;
	}
	return errors ? FAIL_FORMAT : 0;
}

int conf_load(struct conf *c, const char *path, struct buf *why)
{
	FILE *f = fopen(path, "re");
	struct buf text;
	char piece[4096];
	size_t len;

	if (!f) {
		buf_addf(why, "%s: %s\n", path, strerror(errno));
		return FAIL_IO;
	}
	buf_init(&text, 8u << 20);
	while ((len = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&text, piece, len);
	int fail = ferror(f) ? FAIL_IO : text.overflowed ? FAIL_LIMIT : 0;
	fclose(f);
	if (fail)
		buf_addf(why, "%s: cannot be read, or is larger than 8 MiB\n", path);
	else
		fail = conf_read(c, path, buf_span(&text), why);
	buf_fini(&text);
	return fail;
}

const char *conf_text(const struct conf *c, const char *key)
{
	const struct conf_entry *e = entry_find(c, key);

	if (e)
		return e->value;
	const struct conf_row *row = conf_row_find(c->rows, c->row_count, key);
	must(row != NULL);
	return row->preset;
}

static int64_t number_of(const struct conf *c, const char *key)
{
	const struct conf_row *row = conf_row_find(c->rows, c->row_count, key);
	const char *text = conf_text(c, key);
	int64_t number = 0;

	if (text)
		must(conf_value_read(row, text, &number));
	return number;
}

int64_t conf_int(const struct conf *c, const char *key)
{
	return number_of(c, key);
}

bool conf_bool(const struct conf *c, const char *key)
{
	return number_of(c, key) != 0;
}

bool conf_is(const struct conf *c, const char *key, const char *choice)
{
	const char *text = conf_text(c, key);
	return text && strcmp(text, choice) == 0;
}

bool conf_given(const struct conf *c, const char *key)
{
	return entry_find(c, key) != NULL;
}

bool conf_each(const struct conf *c, const char *row_key, unsigned n, const char **key,
    const char **value)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct conf_entry *e = &c->entries[i];
		if (strcmp(e->row->key, row_key) != 0 || n-- > 0)
			continue;
		*key = e->key;
		*value = e->value;
		return true;
	}
	return false;
}

bool conf_pending(const struct conf *c, unsigned n, const char **key)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct conf_entry *e = &c->entries[i];
		if (!e->row->pending || n-- > 0)
			continue;
		*key = e->key;
		return true;
	}
	return false;
}

void conf_print_help(const struct conf_row *rows, size_t count, bool ja, FILE *to)
{
	struct buf words;

	buf_init(&words, 1024);
	for (size_t i = 0; i < count; i++) {
		const struct conf_row *row = &rows[i];
		buf_clear(&words);
		conf_value_words(row, &words);
		fprintf(to, "%s = %s\n    %s\n    ", row->key,
		    row->preset ? row->preset : "", ja ? row->ja : row->en);
		fprintf(to, ja ? "値: %s" : "takes %s", buf_text(&words));
		if (row->repeatable)
			fputs(
			    ja ? "。何度でも書けます" : "; may be given several times",
			    to);
		if (row->pending)
			fputs(ja ? "。まだ効きません" : "; not honoured yet", to);
		fputc('\n', to);
	}
	buf_fini(&words);
}
