/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/stats/stats.h"

#include <time.h>

#define QUARTER_US INT64_C(900000000)

struct row {
	struct row *next;
	int day;
	enum record_cause cause;
	enum event_way way;
	enum record_severity severity;
	bool stopped;
	int64_t events, incidents, hours[24];
};

bool stats_counts(enum record_kind kind)
{
	return kind != RECORD_GATE && kind != RECORD_ASSET && kind != RECORD_SCANNER;
}

void stats_when(struct stats_when *w, int64_t at_us)
{
	time_t at = (time_t)(at_us / 1000000);
	struct tm day;

	/* No time zone changes within a quarter of an hour. */
	if (w->day && w->quarter == at_us / QUARTER_US)
		return;
	(void)localtime_r(&at, &day);
	w->quarter = at_us / QUARTER_US;
	w->day = (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
	w->hour = day.tm_hour;
}

static bool same(const struct row *a, const struct row *b)
{
	return a->day == b->day && a->cause == b->cause && a->way == b->way &&
	       a->severity == b->severity && a->stopped == b->stopped;
}

static struct row *row_of(struct arena *arena, struct row **rows, struct row want)
{
	struct row *r = *rows;

	while (r && !same(r, &want))
		r = r->next;
	if (r)
		return r;
	r = arena_alloc(arena, sizeof(*r));
	if (!r)
		return NULL;
	*r = want;
	r->next = *rows;
	*rows = r;
	return r;
}

static int add_events(struct batch *b, struct row **rows)
{
	struct stats_when when = { 0 };

	for (uint32_t n = 0; n < b->n; n++) {
		const struct event *e = &b->events[n];
		if (!stats_counts(e->kind))
			continue;
		stats_when(&when, e->when_us);
		struct row *r = row_of(&b->arena, rows,
		    (struct row){ .day = when.day,
			.cause = e->cause,
			.way = e->way,
			.severity = e->severity,
			.stopped = e->stopped });
		if (!r)
			return FAIL_MEMORY;
		r->events += 1 + (int64_t)e->more;
		r->hours[when.hour] += 1 + (int64_t)e->more;
	}
	return 0;
}

/* An incident has the direction of what opened it, which it does not tell. */
static int add_incidents(
    struct batch *b, struct row **rows, const struct incident *opened)
{
	struct stats_when when = { 0 };

	for (const struct incident *i = opened; i; i = i->next) {
		if (!i->fresh)
			continue;
		stats_when(&when, i->first_us);
		struct row *r = row_of(&b->arena, rows,
		    (struct row){ .day = when.day,
			.cause = i->cause,
			.severity = i->severity,
			.stopped = i->stopped });
		if (!r)
			return FAIL_MEMORY;
		r->incidents++;
	}
	return 0;
}

#define HOUR(n) ", " n " = count_day." n " + excluded." n

static const char add_row[] =
    "INSERT INTO count_day (company_id, day, gate_id, cause, way, stopped, severity, events, "
    "incidents, h00, h01, h02, h03, h04, h05, h06, h07, h08, h09, h10, h11, h12, h13, h14, "
    "h15, h16, h17, h18, h19, h20, h21, h22, h23) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (company_id, day, gate_id, cause, way, stopped, severity) DO UPDATE SET "
    "events = count_day.events + excluded.events, "
    "incidents = count_day.incidents + excluded.incidents" HOUR("h00") HOUR("h01")
	HOUR("h02") HOUR("h03") HOUR("h04") HOUR("h05") HOUR("h06") HOUR("h07")
	    HOUR("h08") HOUR("h09") HOUR("h10") HOUR("h11") HOUR("h12") HOUR("h13")
		HOUR("h14") HOUR("h15") HOUR("h16") HOUR("h17") HOUR("h18") HOUR("h19")
		    HOUR("h20") HOUR("h21") HOUR("h22") HOUR("h23");

static int write_row(struct store_db *db, const struct batch *b, const struct row *r)
{
	static const char *const ways[] = { [EVENT_WAY_ANY] = "",
		[EVENT_IN] = "in",
		[EVENT_OUT] = "out",
		[EVENT_LOCAL] = "local" };
	struct store_value v[33] = { STORE_INT(b->company_id), STORE_INT(r->day),
		STORE_INT(b->gate_id), STORE_TEXT(record_cause_id(r->cause)),
		STORE_TEXT(ways[r->way]), STORE_INT(r->stopped), STORE_INT(r->severity),
		STORE_INT(r->events), STORE_INT(r->incidents) };

	for (unsigned h = 0; h < 24; h++)
		v[9 + h] = STORE_INT(r->hours[h]);
	return store_exec(db, add_row, (struct store_args){ v, 33 });
}

int stats_count(struct store_db *db, struct batch *b, const struct incident *opened)
{
	struct row *rows = NULL;
	int err = add_events(b, &rows);

	if (err == 0)
		err = add_incidents(b, &rows, opened);
	for (const struct row *r = rows; r && err == 0; r = r->next)
		err = write_row(db, b, r);
	return err;
}
