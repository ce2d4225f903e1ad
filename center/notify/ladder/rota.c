/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/ladder.h"

#include "center/store/account.h"

#include <stdio.h>

#define MINUTE_US INT64_C(60000000)
#define PERSON    "a.id, a.name, a.mail, a.lang"

static void take(struct notify_ladder_person *p, struct store_rows *rows)
{
	*p = (struct notify_ladder_person){ .account_id = store_col_int(rows, 0) };
	snprintf(p->name, sizeof(p->name), "%s", store_col_text(rows, 1));
	snprintf(p->mail, sizeof(p->mail), "%s", store_col_text(rows, 2));
	snprintf(p->lang, sizeof(p->lang), "%s", store_col_text(rows, 3));
}

static bool is_there(
    const struct notify_ladder_person *people, int n, const struct store_rows *rows)
{
	for (int i = 0; i < n; i++)
		if (people[i].account_id == store_col_int(rows, 0))
			return true;
	return false;
}

static int swapped(struct store_db *db, int64_t chamber_id, int rank, int64_t at_us,
    struct notify_ladder_person *people)
{
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows,
	    "SELECT " PERSON ", w.to_us FROM duty_swap w JOIN account a "
	    "ON a.id = w.account_id WHERE w.chamber_id = ? AND w.rank = ? "
	    "AND w.from_us <= ? AND w.to_us > ? AND " STORE_ACCOUNT_WATCHES(
		"a") " ORDER BY w.id",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(rank), STORE_INT(at_us),
		STORE_INT(at_us)));
	while (n < NOTIFY_LADDER_PEOPLE && store_next(rows)) {
		if (is_there(people, n, rows))
			continue;
		take(&people[n], rows);
		people[n].until_us = store_col_int(rows, 4);
		people[n++].swapped = true;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

static int by_shifts(struct store_db *db, int64_t chamber_id, int rank, int64_t at_us,
    struct notify_ladder_person *people)
{
	struct incident_watch_moment m;
	struct store_rows *rows;
	int n = 0, err = incident_watch_moment(db, chamber_id, at_us, &m);

	if (err < 0)
		return err;
	store_query(db, &rows,
	    "SELECT " PERSON ", s.days, s.from_min, s.to_min, s.every, s.turn "
	    "FROM duty_shift s JOIN account a ON a.id = s.account_id "
	    "WHERE s.chamber_id = ? AND s.rank = ? AND " STORE_ACCOUNT_WATCHES(
		"a") " ORDER BY s.position, s.id",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(rank)));
	while (n < NOTIFY_LADDER_PEOPLE && store_next(rows)) {
		struct incident_watch_hours h = { .days = store_col_text(rows, 4),
			.from_min = (int)store_col_int(rows, 5),
			.to_min = (int)store_col_int(rows, 6),
			.every = (int)store_col_int(rows, 7),
			.turn = (int)store_col_int(rows, 8) };
		if (!incident_watch_days_ok(h.days) || !incident_watch_covers(&h, &m) ||
		    is_there(people, n, rows))
			continue;
		take(&people[n], rows);
		people[n++].until_us = at_us - at_us % MINUTE_US +
				       incident_watch_left_min(&h, &m) * MINUTE_US;
	}
	err = store_rows_free(rows);
	return err < 0 ? err : n;
}

static int everybody(
    struct store_db *db, int64_t chamber_id, struct notify_ladder_person *people)
{
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows,
	    "SELECT " PERSON
	    " FROM account a WHERE a.chamber_id = ? AND " STORE_ACCOUNT_WATCHES(
		"a") " ORDER BY a.id LIMIT 8",
	    STORE_ARGS(STORE_INT(chamber_id)));
	while (n < NOTIFY_LADDER_PEOPLE && store_next(rows))
		take(&people[n++], rows);
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

int notify_ladder_on_duty(struct store_db *db, int64_t chamber_id,
    enum notify_ladder_rank rank, int64_t at_us,
    struct notify_ladder_person people[NOTIFY_LADDER_PEOPLE])
{
	int n = 0;

	for (int r = (int)rank; r >= NOTIFY_LADDER_DUTY && n == 0; r--) {
		n = swapped(db, chamber_id, r, at_us, people);
		if (n == 0)
			n = by_shifts(db, chamber_id, r, at_us, people);
	}
	return n ? n : everybody(db, chamber_id, people);
}
