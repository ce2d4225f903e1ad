/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/site/site.h"

#include "lib/base/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
	uint32_t hash;
	uint32_t at; /* in `names`, 1-based; 0: empty */
	uint8_t len;
	uint8_t list;
};

struct site_table {
	struct site_list lists[SITE_LISTS_MAX];
	char *texts[SITE_LISTS_MAX]; /* what the lists' strings point into */
	unsigned list_count;
	struct row *rows;
	uint32_t room, count; /* room: a power of two */
	char *names;
	size_t names_len, names_room;
};

struct site_table *site_new(void)
{
	return calloc(1, sizeof(struct site_table));
}

void site_free(struct site_table *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->list_count; i++)
		free(t->texts[i]);
	free(t->rows);
	free(t->names);
	free(t);
}

uint32_t site_count(const struct site_table *t)
{
	return t ? t->count : 0;
}

static uint32_t hash(const char *s, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 16777619u;
	return h;
}

static struct row *find_row(const struct site_table *t, const char *s, size_t n)
{
	uint32_t h = hash(s, n), i = h & (t->room - 1);

	for (;; i = (i + 1) & (t->room - 1)) {
		struct row *r = &t->rows[i];
		if (!r->at)
			return r;
		if (r->hash == h && r->len == n &&
		    memcmp(t->names + r->at - 1, s, n) == 0)
			return r;
	}
}

static bool grow_rows(struct site_table *t)
{
	struct site_table bigger = *t;

	if (t->room && t->count < t->room / 4 * 3)
		return true;
	bigger.room = t->room ? t->room * 2 : 1024;
	bigger.rows = calloc(bigger.room, sizeof(*bigger.rows));
	if (!bigger.rows)
		return false;
	for (uint32_t i = 0; i < t->room; i++)
		if (t->rows[i].at)
			*find_row(&bigger, t->names + t->rows[i].at - 1,
			    t->rows[i].len) = t->rows[i];
	free(t->rows);
	t->rows = bigger.rows;
	t->room = bigger.room;
	return true;
}

static bool keep_name(struct site_table *t, const char *s, size_t n)
{
	if (t->names_room - t->names_len < n + 1) {
		size_t room = t->names_room ? t->names_room * 2 : 65536;
		char *more = room > UINT32_MAX ? NULL : realloc(t->names, room);
		if (!more)
			return false;
		t->names = more;
		t->names_room = room;
	}
	memcpy(t->names + t->names_len, s, n);
	t->names_len += n;
	return true;
}

/* A host that is in two lists stands in the more dangerous one. */
static int add(struct site_table *t, const char *s, size_t n, unsigned list)
{
	if (t->count >= SITE_HOSTS_MAX)
		return FAIL_LIMIT;
	if (!grow_rows(t))
		return FAIL_MEMORY;
	struct row *r = find_row(t, s, n);
	if (r->at) {
		if (t->lists[list].dangerous && !t->lists[r->list].dangerous)
			r->list = (uint8_t)list;
		return 0;
	}
	if (!keep_name(t, s, n))
		return FAIL_MEMORY;
	*r = (struct row){ .hash = hash(s, n),
		.at = (uint32_t)(t->names_len - n) + 1,
		.len = (uint8_t)n,
		.list = (uint8_t)list };
	t->count++;
	return 0;
}

static bool host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

/* Lower case, no dot at the end; NULL when it is not a host name. */
static const char *tidy_host(char *s)
{
	size_t n = strlen(s);

	if (n > 0 && s[n - 1] == '.')
		s[--n] = 0;
	if (n == 0 || n > SITE_HOST_MAX || s[0] == '.')
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (s[i] >= 'A' && s[i] <= 'Z')
			s[i] = (char)(s[i] + 32);
		if (!host_byte(s[i]) || (s[i] == '.' && s[i + 1] == '.'))
			return NULL;
	}
	return s;
}

static char *trim(char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	char *hash_sign = strchr(s, '#');
	if (hash_sign)
		*hash_sign = 0;
	size_t n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		s[--n] = 0;
	return s;
}

static bool set_key(struct site_list *l, bool *kind, char *line)
{
	char *eq = strchr(line, '=');

	if (!eq)
		return false;
	*eq = 0;
	const char *key = trim(line), *value = trim(eq + 1);
	if (strcmp(key, "list") == 0)
		l->name = value;
	else if (strcmp(key, "category") == 0)
		l->category = value;
	else if (strcmp(key, "source") == 0)
		l->source = value;
	else if (strcmp(key, "licence") == 0)
		l->licence = value;
	else if (strcmp(key, "kind") == 0 && strcmp(value, "dangerous") == 0)
		*kind = l->dangerous = true;
	else if (strcmp(key, "kind") == 0 && strcmp(value, "off-business") == 0)
		*kind = true;
	else
		return false;
	return *value != 0;
}

struct reading {
	struct site_table *t;
	const char *path;
	site_refuse_fn *refuse;
	void *ctx;
	struct buf *why;
	unsigned line;
};

static char *next_line(char **rest)
{
	char *s = *rest;

	if (!s || !*s)
		return NULL;
	char *nl = strchr(s, '\n');
	if (nl)
		*nl++ = 0;
	*rest = nl;
	return s;
}

/* `key = value` lines up to `--`. */
static int read_head(struct reading *r, char **rest, struct site_list *l)
{
	bool kind = false, end = false;
	char *s;

	while (!end && (s = next_line(rest))) {
		r->line++;
		s = trim(s);
		end = strcmp(s, "--") == 0;
		if (!end && *s && !set_key(l, &kind, s)) {
			buf_addf(
			    r->why, "%s:%u: unknown key or no value", r->path, r->line);
			return FAIL_FORMAT;
		}
	}
	if (end && l->name && l->category && l->source && l->licence && kind)
		return 0;
	buf_addf(r->why,
	    "%s:%u: the head needs list, kind, category, source, licence and --",
	    r->path, r->line);
	return FAIL_FORMAT;
}

static int read_hosts(struct reading *r, char *rest, unsigned list)
{
	char *s;
	int e = 0;

	while (e == 0 && (s = next_line(&rest))) {
		r->line++;
		s = trim(s);
		if (!*s)
			continue;
		const char *host = tidy_host(s);
		if (host)
			e = add(r->t, host, strlen(host), list);
		else if (r->refuse)
			r->refuse(r->ctx, r->path, r->line, "not a host name");
	}
	return e;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!f)
		return NULL;
	ssize_t n = getdelim(&text, &room, 0, f);
	bool whole = n >= 0 && feof(f) && !ferror(f);
	fclose(f);
	if (whole)
		return text;
	free(text);
	return NULL;
}

int site_load(struct site_table *t, const char *path, site_refuse_fn *refuse, void *ctx,
    struct buf *why)
{
	struct reading r = {
		.t = t, .path = path, .refuse = refuse, .ctx = ctx, .why = why
	};

	if (t->list_count >= SITE_LISTS_MAX)
		return FAIL_LIMIT;
	char *text = read_file(path), *rest = text;
	if (!text) {
		buf_addf(why, "%s: cannot be read as text: %s", path, strerror(errno));
		return FAIL_IO;
	}
	struct site_list l = { 0 };
	int e = read_head(&r, &rest, &l);
	if (e < 0) {
		free(text);
		return e;
	}
	t->lists[t->list_count] = l;
	t->texts[t->list_count] = text;
	return read_hosts(&r, rest, t->list_count++);
}

/* The host alone: lower case, without port and dots at the end; its length, 0 if none. */
static size_t host_of(struct span in, char *out)
{
	size_t n = 0;

	if (in.len && in.at[0] == '[')
		return 0; /* an IPv6 address */
	while (n < in.len && n < SITE_HOST_MAX && in.at[n] != ':') {
		char c = (char)in.at[n];
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	while (n > 0 && out[n - 1] == '.')
		n--;
	return n;
}

const struct site_list *site_find(const struct site_table *t, struct span host)
{
	char text[SITE_HOST_MAX + 1];
	const struct site_list *found = NULL;

	if (!t || t->count == 0)
		return NULL;
	size_t n = host_of(host, text), at = 0;
	while (at < n) {
		const struct row *r = find_row(t, text + at, n - at);
		if (r->at && (!found || t->lists[r->list].dangerous))
			found = &t->lists[r->list];
		if (found && found->dangerous)
			break;
		const char *dot = memchr(text + at, '.', n - at);
		if (!dot)
			break;
		at = (size_t)(dot - text) + 1;
	}
	return found;
}
