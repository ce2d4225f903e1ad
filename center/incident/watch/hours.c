/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/watch/watch.h"

#include <stdio.h>
#include <time.h>

#define DAY_S      86400
#define DAY_MIN    1440
#define HOLIDAY    7
#define FIRST_TURN 19723 /* Monday 2024-01-01 */

static int64_t day_of(const struct tm *local)
{
	struct tm day = { .tm_year = local->tm_year,
		.tm_mon = local->tm_mon,
		.tm_mday = local->tm_mday };

	return (int64_t)timegm(&day) / DAY_S;
}

static void day_text(int64_t day, char text[11])
{
	time_t t = (time_t)(day * DAY_S);
	struct tm tm;

	gmtime_r(&t, &tm);
	(void)strftime(text, 11, "%Y-%m-%d", &tm);
}

int incident_watch_moment(struct store_db *db, int64_t chamber_id, int64_t at_us,
    struct incident_watch_moment *m)
{
	time_t t = (time_t)(at_us / 1000000);
	char today[11], before[11];
	struct store_rows *rows;
	struct tm tm;

	localtime_r(&t, &tm);
	*m = (struct incident_watch_moment){ .day = day_of(&tm),
		.minute = tm.tm_hour * 60 + tm.tm_min };
	day_text(m->day, today);
	day_text(m->day - 1, before);
	store_query(db, &rows,
	    "SELECT day FROM holiday WHERE day IN (?, ?) UNION "
	    "SELECT day FROM duty_holiday WHERE day IN (?, ?) AND chamber_id = ?",
	    STORE_ARGS(STORE_TEXT(today), STORE_TEXT(before), STORE_TEXT(today),
		STORE_TEXT(before), STORE_INT(chamber_id)));
	while (store_next(rows)) {
		m->holiday |= strcmp(store_col_text(rows, 0), today) == 0;
		m->holiday_before |= strcmp(store_col_text(rows, 0), before) == 0;
	}
	return store_rows_free(rows);
}

bool incident_watch_days_ok(const char *days)
{
	return strlen(days) == HOLIDAY + 1 && strspn(days, "01") == HOLIDAY + 1 &&
	       strchr(days, '1');
}

/* Do the hours begin on this day? */
static bool begins(const struct incident_watch_hours *h, int64_t day, bool holiday)
{
	int64_t week = day - FIRST_TURN;

	week = (week - (week % 7 + 7) % 7) / 7;
	if (h->every > 1 && (week % h->every + h->every) % h->every != h->turn)
		return false;
	/* 1970-01-01 was a Thursday. */
	return h->days[holiday ? HOLIDAY : ((day + 3) % 7 + 7) % 7] == '1';
}

/* 0: not covered; 1: since today, 2: since yesterday. */
static int since(
    const struct incident_watch_hours *h, const struct incident_watch_moment *m)
{
	bool today = begins(h, m->day, m->holiday);

	if (h->from_min < h->to_min)
		return today && m->minute >= h->from_min && m->minute < h->to_min;
	if (today && m->minute >= h->from_min)
		return 1;
	return m->minute < h->to_min && begins(h, m->day - 1, m->holiday_before) ? 2
										 : 0;
}

bool incident_watch_covers(
    const struct incident_watch_hours *h, const struct incident_watch_moment *m)
{
	return since(h, m) != 0;
}

int incident_watch_left_min(
    const struct incident_watch_hours *h, const struct incident_watch_moment *m)
{
	bool tomorrow = since(h, m) == 1 && h->from_min >= h->to_min;

	return h->to_min - m->minute + (tomorrow ? DAY_MIN : 0);
}
