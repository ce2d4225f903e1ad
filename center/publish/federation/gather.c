/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "lib/wire/bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A day's entries as they grow. */
struct list {
	struct federation_entry *at;
	size_t n, room;
};

static int add(struct list *l, const struct federation_entry *e)
{
	if (l->n == FEDERATION_ENTRIES_MAX)
		return FAIL_LIMIT;
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		void *at = realloc(l->at, room * sizeof(*l->at));
		if (!at)
			return FAIL_MEMORY;
		l->at = at;
		l->room = room;
	}
	l->at[l->n++] = *e;
	return 0;
}

/* Columns 9 to 32 are the hours.  What has none (incidents; counts from before there were
 * hours) belongs to the rest of the day. */
static int add_row(struct list *l, struct store_rows *rows)
{
	struct federation_entry e = { .stopped = (int)store_col_int(rows, 3),
		.severity = (int)store_col_int(rows, 4),
		.company_id = store_col_int(rows, 0) };
	int64_t rest = store_col_int(rows, 7);
	int err = 0;

	(void)snprintf(e.cause, sizeof(e.cause), "%s", store_col_text(rows, 1));
	(void)snprintf(e.way, sizeof(e.way), "%s", store_col_text(rows, 2));
	(void)snprintf(e.region, sizeof(e.region), "%s", store_col_text(rows, 5));
	(void)snprintf(e.industry, sizeof(e.industry), "%s", store_col_text(rows, 6));
	for (unsigned h = 0; h < 24 && err == 0; h++) {
		e.hour = (int)h;
		e.events = store_col_int(rows, 9 + h);
		rest -= e.events;
		if (e.events > 0)
			err = add(l, &e);
	}
	e.hour = FEDERATION_REST;
	e.events = rest > 0 ? rest : 0;
	e.incidents = store_col_int(rows, 8);
	return err == 0 && (e.events || e.incidents) ? add(l, &e) : err;
}

/* The gates of one company are together. */
static int read_day(struct store_db *db, int64_t day, struct list *l)
{
	struct store_rows *rows;
	int err = 0;

	(void)store_query(db, &rows,
	    "SELECT d.company_id, d.cause, d.way, d.stopped, d.severity, c.region, c.industry, "
	    "d.events, d.incidents, d.h00, d.h01, d.h02, d.h03, d.h04, d.h05, d.h06, d.h07, "
	    "d.h08, d.h09, d.h10, d.h11, d.h12, d.h13, d.h14, d.h15, d.h16, d.h17, d.h18, "
	    "d.h19, d.h20, d.h21, d.h22, d.h23 FROM company c JOIN count_day d ON "
	    "d.company_id = c.id AND d.day = ? WHERE c.sample = 0",
	    STORE_ARGS(STORE_INT(day)));
	while (err == 0 && store_next(rows))
		err = add_row(l, rows);
	int read = store_rows_free(rows);
	return err < 0 ? err : read;
}

/* Too many places for one message: then without places. */
static int without_places(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		l->at[i].region[0] = l->at[i].industry[0] = '\0';
	return 0;
}

static int fits(struct federation_report *r, struct buf *all)
{
	struct buf text;
	int err = 0;

	buf_init(&text, FEDERATION_TEXT_MAX);
	buf_clear(all);
	for (int hour = FEDERATION_REST; hour < 24 && err == 0; hour++) {
		buf_clear(&text);
		err = federation_print(r->cells, r->n, hour, &text);
		buf_addf(all, "%d\n", hour);
		buf_add(all, text.at, text.len);
	}
	buf_fini(&text);
	return all->overflowed && err == 0 ? FAIL_MEMORY : err;
}

static int fold(struct list *l, struct federation_report *r, struct buf *all)
{
	void *copy = malloc(l->n ? l->n * sizeof(*l->at) : 1);

	if (!copy)
		return FAIL_MEMORY;
	if (l->n)
		memcpy(copy, l->at, l->n * sizeof(*l->at));
	free(r->cells);
	r->cells = copy;
	r->n = federation_fold(r->cells, l->n);
	return fits(r, all);
}

int federation_gather(struct store_db *db, int64_t day, struct federation_report *r)
{
	struct list l = { 0 };
	struct buf all;

	*r = (struct federation_report){ 0 };
	buf_init(&all, 26 * (FEDERATION_TEXT_MAX + 8));
	int err = store_get_int(db, &r->companies,
	    "SELECT count(*) FROM company WHERE sample = 0", STORE_NO_ARGS);
	if (err == 0)
		err = store_get_int(db, &r->gates,
		    "SELECT count(*) FROM gate g JOIN company c ON c.id = g.company_id "
		    "WHERE c.sample = 0 AND g.fingerprint IS NOT NULL AND g.revoked_us IS "
		    "NULL",
		    STORE_NO_ARGS);
	if (err == 0)
		err = read_day(db, day, &l);
	if (err == 0)
		err = fold(&l, r, &all);
	if (err == FAIL_LIMIT && l.n < FEDERATION_ENTRIES_MAX) {
		err = without_places(&l);
		if (err == 0)
			err = fold(&l, r, &all);
	}
	if (err == 0)
		wire_bundle_sum(buf_span(&all), r->sum);
	free(l.at);
	buf_fini(&all);
	if (err < 0)
		federation_report_fini(r);
	return err;
}

void federation_report_fini(struct federation_report *r)
{
	free(r->cells);
	*r = (struct federation_report){ 0 };
}
