/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps by which a small cell is merged with others; then it is left out. */
enum step { PLACES, HOURS, CAUSES, STEPS };

#define COMPARE(a, b)                              \
	do {                                       \
		if ((a) != (b))                    \
			return (a) < (b) ? -1 : 1; \
	} while (0)

static int compare_keys(
    const struct federation_entry *a, const struct federation_entry *b)
{
	int order;

	COMPARE(a->hour, b->hour);
	if ((order = strcmp(a->cause, b->cause)) != 0 ||
	    (order = strcmp(a->way, b->way)) != 0)
		return order;
	COMPARE(a->stopped, b->stopped);
	COMPARE(a->severity, b->severity);
	order = strcmp(a->region, b->region);
	return order ? order : strcmp(a->industry, b->industry);
}

static int compare(const void *x, const void *y)
{
	const struct federation_entry *a = x, *b = y;
	int order = compare_keys(a, b);

	if (order)
		return order;
	COMPARE(a->company_id, b->company_id);
	return 0;
}

/* Sorted: the end of the cell that begins at `from`, and how many companies it has. */
static size_t end_of(
    const struct federation_entry *e, size_t n, size_t from, int64_t *companies)
{
	size_t i = from;

	*companies = 0;
	for (; i < n && compare_keys(&e[from], &e[i]) == 0; i++)
		if (i == from || e[i].company_id != e[i - 1].company_id)
			++*companies;
	return i;
}

static void mark(struct federation_entry *e, size_t n)
{
	int64_t companies;

	qsort(e, n, sizeof(*e), compare);
	for (size_t from = 0, to; from < n; from = to) {
		to = end_of(e, n, from, &companies);
		for (size_t i = from; i < to; i++)
			e[i].fits = companies >= FEDERATION_LEAST;
	}
}

static void widen(struct federation_entry *e, enum step step)
{
	e->region[0] = e->industry[0] = '\0';
	if (step >= HOURS)
		e->hour = FEDERATION_REST;
	if (step >= CAUSES) {
		(void)snprintf(e->cause, sizeof(e->cause), "MERGED");
		e->way[0] = '\0';
	}
}

/* What fitted once fits for ever: others only join it. */
size_t federation_fold(struct federation_entry *e, size_t n)
{
	size_t cells = 0;
	int64_t companies;

	mark(e, n);
	for (enum step step = PLACES; step < STEPS; step++) {
		for (size_t i = 0; i < n; i++)
			if (!e[i].fits)
				widen(&e[i], step);
		mark(e, n);
	}
	for (size_t from = 0, to; from < n; from = to) {
		to = end_of(e, n, from, &companies);
		if (!e[from].fits)
			continue;
		struct federation_entry sum = e[from];
		for (size_t i = from + 1; i < to; i++) {
			sum.events += e[i].events;
			sum.incidents += e[i].incidents;
		}
		sum.company_id = companies;
		e[cells++] = sum;
	}
	return cells;
}

int federation_print(
    const struct federation_entry *cells, size_t n, int hour, struct buf *text)
{
	for (size_t i = 0; i < n; i++) {
		const struct federation_entry *c = &cells[i];
		if (c->hour == hour)
			buf_addf(text,
			    "%s\t%s\t%d\t%d\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64
			    "\n",
			    c->cause, c->way, c->stopped, c->severity, c->region,
			    c->industry, c->events, c->incidents, c->company_id);
	}
	return text->overflowed || text->len > FEDERATION_TEXT_MAX ? FAIL_LIMIT : 0;
}

/* ---- and read ---- */

struct cursor {
	const char *at, *end;
	bool bad;
};

static void read_text(struct cursor *c, char *room, size_t size)
{
	const char *tab =
	    c->at <= c->end ? memchr(c->at, '\t', (size_t)(c->end - c->at)) : NULL;
	size_t len = tab ? (size_t)(tab - c->at) : 0;

	c->bad |= !tab || len >= size;
	if (c->bad)
		return;
	memcpy(room, c->at, len);
	room[len] = '\0';
	c->at = tab + 1;
}

static int64_t read_number(struct cursor *c, bool last)
{
	int64_t n = 0;
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - from < 16)
		n = n * 10 + (*c->at++ - '0');
	c->bad |= c->at == from ||
		  (last ? c->at != c->end : c->at == c->end || *c->at != '\t');
	if (!last && !c->bad)
		c->at++;
	return n;
}

static bool is_way(const char *way)
{
	return !*way || strcmp(way, "in") == 0 || strcmp(way, "out") == 0 ||
	       strcmp(way, "local") == 0;
}

int federation_read_line(struct span line, struct federation_entry *cell)
{
	struct cursor c = { (const char *)line.at, (const char *)line.at + line.len,
		false };

	*cell = (struct federation_entry){ .fits = true };
	read_text(&c, cell->cause, sizeof(cell->cause));
	read_text(&c, cell->way, sizeof(cell->way));
	cell->stopped = (int)(read_number(&c, false) & 0x7fffffff);
	cell->severity = (int)(read_number(&c, false) & 0x7fffffff);
	read_text(&c, cell->region, sizeof(cell->region));
	read_text(&c, cell->industry, sizeof(cell->industry));
	cell->events = read_number(&c, false);
	cell->incidents = read_number(&c, false);
	cell->company_id = read_number(&c, true);
	if (c.bad || !*cell->cause ||
	    strspn(cell->cause, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != strlen(cell->cause))
		return FAIL_FORMAT;
	return is_way(cell->way) && cell->stopped <= 1 && cell->severity <= 2 &&
		       cell->company_id >= FEDERATION_LEAST
		   ? 0
		   : FAIL_FORMAT;
}
