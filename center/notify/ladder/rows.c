/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/ladder.h"

#include <stdio.h>
#include <time.h>

#define MINUTE_US INT64_C(60000000)

static int read_rows(struct store_db *db, const char *sql, struct store_args args,
    struct notify_ladder_row *out)
{
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows, sql, args);
	while (n < NOTIFY_LADDER_ROWS && store_next(rows)) {
		struct notify_ladder_row *r = &out[n++];
		*r = (struct notify_ladder_row){ .id = store_col_int(rows, 0),
			.step = n,
			.after_min = (int)store_col_int(rows, 1),
			.day = strcmp(store_col_text(rows, 4), "day") == 0 };
		snprintf(r->whom, sizeof(r->whom), "%s", store_col_text(rows, 2));
		snprintf(r->way, sizeof(r->way), "%s", store_col_text(rows, 3));
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

#define COLUMNS "SELECT id, after_min, whom, way, hours FROM ladder_row "
#define ORDER   " ORDER BY after_min, step, id"

int notify_ladder_rows(struct store_db *db, int64_t chamber_id,
    enum record_severity severity, struct notify_ladder_row rows[NOTIFY_LADDER_ROWS],
    bool *own)
{
	int n = read_rows(db, COLUMNS "WHERE chamber_id = ? AND severity = ?" ORDER,
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(severity)), rows);

	*own = n != 0;
	return n ? n
		 : read_rows(db,
		       "SELECT 0, after_min, whom, way, hours FROM ladder_preset "
		       "WHERE severity = ? ORDER BY after_min, step",
		       STORE_ARGS(STORE_INT(severity)), rows);
}

int64_t notify_ladder_due(const struct notify_ladder_row *row,
    const int64_t limits[INCIDENT_WATCH_LIMIT_MAX], int64_t began_us)
{
	int64_t due_us = began_us + row->after_min * MINUTE_US;
	int from = (int)limits[INCIDENT_WATCH_day_from_min];
	int to = (int)limits[INCIDENT_WATCH_day_to_min];
	time_t t = (time_t)(due_us / 1000000);
	struct tm tm;

	if (!row->day)
		return due_us;
	localtime_r(&t, &tm);
	int now = tm.tm_hour * 60 + tm.tm_min;
	bool day = from <= to ? now >= from && now < to : now >= from || now < to;
	if (day)
		return due_us;
	return due_us - due_us % MINUTE_US + ((from - now + 1440) % 1440) * MINUTE_US;
}
