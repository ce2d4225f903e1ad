/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/watch/watch.h"
#include "tests/check.h"

/* 2026-11-20 is a Friday, the 23rd a holiday (勤労感謝の日). */
#define FRIDAY 20777

static bool covers(const struct incident_watch_hours *h, int64_t day, int hour,
    bool holiday, bool holiday_before)
{
	struct incident_watch_moment m = { .day = day,
		.minute = hour * 60,
		.holiday = holiday,
		.holiday_before = holiday_before };

	return incident_watch_covers(h, &m);
}

static void office_hours(void)
{
	struct incident_watch_hours h = { "11111000", 9 * 60, 17 * 60, 1, 0 };

	check(covers(&h, FRIDAY, 9, false, false));
	check(!covers(&h, FRIDAY, 17, false, false));
	check(!covers(&h, FRIDAY + 1, 10, false, false));
	check(!covers(&h, FRIDAY + 3, 10, true, false));
	check(covers(&h, FRIDAY + 4, 10, false, true));
}

/* The night of Friday ends on Saturday morning, and is Friday's. */
static void a_night_belongs_to_the_day_it_begins_on(void)
{
	struct incident_watch_hours h = { "11111000", 17 * 60, 9 * 60, 1, 0 };

	check(covers(&h, FRIDAY, 23, false, false));
	check(covers(&h, FRIDAY + 1, 8, false, false));
	check(!covers(&h, FRIDAY + 1, 9, false, false));
	check(!covers(&h, FRIDAY + 1, 23, false, false));
	check(!covers(&h, FRIDAY + 2, 3, false, false));
	struct incident_watch_moment m = { .day = FRIDAY, .minute = 23 * 60 };
	check_eq(incident_watch_left_min(&h, &m), 10 * 60);
	m = (struct incident_watch_moment){ .day = FRIDAY + 1, .minute = 8 * 60 };
	check_eq(incident_watch_left_min(&h, &m), 60);
}

static void whole_days(void)
{
	struct incident_watch_hours h = { "00000111", 0, 0, 1, 0 };

	check(covers(&h, FRIDAY + 1, 0, false, false));
	check(covers(&h, FRIDAY + 2, 23, false, false));
	check(!covers(&h, FRIDAY, 12, false, false));
	check(covers(&h, FRIDAY + 3, 12, true, false));
}

static void every_other_week(void)
{
	struct incident_watch_hours even = { "11111111", 0, 0, 2, 0 };
	struct incident_watch_hours odd = { "11111111", 0, 0, 2, 1 };

	for (int64_t day = FRIDAY; day < FRIDAY + 30; day++) {
		check(covers(&even, day, 12, false, false) !=
		      covers(&odd, day, 12, false, false));
		/* Turns change on Mondays. */
		check(day % 7 == 4 || covers(&even, day, 12, false, false) ==
					  covers(&even, day - 1, 12, false, false));
	}
	/* Also before the first turn. */
	check(covers(&even, FRIDAY - 4000 * 14, 12, false, false) ==
	      covers(&even, FRIDAY, 12, false, false));
}

static void what_days_are(void)
{
	check(incident_watch_days_ok("11111000"));
	check(!incident_watch_days_ok("00000000"));
	check(!incident_watch_days_ok("1111100"));
	check(!incident_watch_days_ok("111110002"));
	check(!incident_watch_days_ok("1111100x"));
	check(!incident_watch_days_ok(""));
}

CHECK_MAIN(office_hours, a_night_belongs_to_the_day_it_begins_on, whole_days,
    every_other_week, what_days_are)
