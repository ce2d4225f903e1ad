/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <time.h>

/* Events by months of `taken_us` (UTC): a month that is over goes by dropping a table, not by
 * deleting rows one by one.  Made two months ahead, so that a day on which it does not work
 * (somebody reads a table for long) does not matter; and what fits nowhere goes to
 * event_rest, so that no clock makes an event fail. */
#define AHEAD 2

struct month {
	int year, month; /* 1 … 12 */
};

static struct month month_of(int64_t at_us)
{
	time_t s = (time_t)(at_us / 1000000);
	struct tm tm;

	gmtime_r(&s, &tm);
	return (struct month){ tm.tm_year + 1900, tm.tm_mon + 1 };
}

static struct month after(struct month m)
{
	return m.month == 12 ? (struct month){ m.year + 1, 1 }
			     : (struct month){ m.year, m.month + 1 };
}

static int64_t start_of(struct month m)
{
	struct tm tm = {
		.tm_year = m.year - 1900, .tm_mon = m.month - 1, .tm_mday = 1
	};

	return (int64_t)timegm(&tm) * 1000000;
}

void postgres_month_name(int64_t at_us, char name[POSTGRES_MONTH_ROOM])
{
	struct month m = month_of(at_us);

	snprintf(name, POSTGRES_MONTH_ROOM, "event_%04d%02d", m.year % 10000, m.month);
}

static int exists(struct store_db *db, const char *name, bool *yes)
{
	int64_t n = 0;
	int err = store_get_int(
	    db, &n, "SELECT to_regclass(?) IS NOT NULL", STORE_ARGS(STORE_TEXT(name)));

	*yes = n;
	return err;
}

/* Rows that came before their month was made stay where they are. */
static int may_make(struct store_db *db, const char *name, struct month m, bool *yes)
{
	bool there;
	int64_t n = 0;
	int err = exists(db, name, &there);

	*yes = false;
	if (err < 0 || there)
		return err;
	err = store_get_int(db, &n,
	    "SELECT CAST(EXISTS (SELECT 1 FROM event_rest WHERE taken_us >= ? AND taken_us "
	    "< ?) AS INT)",
	    STORE_ARGS(STORE_INT(start_of(m)), STORE_INT(start_of(after(m)))));
	*yes = err == 0 && !n;
	return err;
}

static int make(struct store_db *db, struct month m)
{
	char name[POSTGRES_MONTH_ROOM], sql[256];
	bool yes;

	postgres_month_name(start_of(m), name);
	int err = may_make(db, name, m, &yes);
	if (err < 0 || !yes)
		return err;
	snprintf(sql, sizeof(sql),
	    "CREATE TABLE %s PARTITION OF event FOR VALUES FROM (%lld) TO (%lld)", name,
	    (long long)start_of(m), (long long)start_of(after(m)));
	return store_db_script_own(db, sql);
}

/* A month that is over and has nothing in it any more. */
static int find_empty(
    struct store_db *db, int64_t now_us, char name[POSTGRES_MONTH_ROOM])
{
	struct store_rows *rows;
	char current[POSTGRES_MONTH_ROOM], old[24][POSTGRES_MONTH_ROOM];
	unsigned n = 0;
	int found = FAIL_MISSING;

	postgres_month_name(now_us, current);
	store_query(db, &rows,
	    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE "
	    "i.inhparent = 'event'::regclass AND c.relname LIKE 'event!_______' ESCAPE '!' "
	    "AND CAST(c.relname AS TEXT) < ? ORDER BY c.relname LIMIT 24",
	    STORE_ARGS(STORE_TEXT(current)));
	while (store_next(rows))
		snprintf(old[n++], POSTGRES_MONTH_ROOM, "%s", store_col_text(rows, 0));
	int err = store_rows_free(rows);
	for (unsigned i = 0; i < n && err == 0 && found == FAIL_MISSING; i++) {
		char sql[128];
		int64_t one;
		snprintf(sql, sizeof(sql), "SELECT 1 FROM %s LIMIT 1", old[i]);
		err = store_get_int(db, &one, sql, STORE_NO_ARGS);
		if (err == FAIL_MISSING) {
			snprintf(name, POSTGRES_MONTH_ROOM, "%s", old[i]);
			err = found = 0;
		}
	}
	return err < 0 ? err : found;
}

int postgres_tend(struct store_db *db, int64_t now_us)
{
	struct month m = month_of(now_us);
	char name[POSTGRES_MONTH_ROOM], sql[128];
	/* Who reads the table for long must not make all writers wait: tomorrow, then. */
	int err = store_db_script_own(db, "SET LOCAL lock_timeout = '500ms'");

	for (int i = 0; i <= AHEAD && err == 0; i++, m = after(m))
		err = make(db, m);
	if (err == 0) {
		err = find_empty(db, now_us, name);
		if (err == 0) {
			snprintf(sql, sizeof(sql), "DROP TABLE %s", name);
			err = store_db_script_own(db, sql);
			if (err == 0)
				log_info("C127", "%s was empty and is gone", name);
		} else if (err == FAIL_MISSING) {
			err = 0;
		}
	}
	if (err == 0)
		err = store_db_script_own(db, "SET LOCAL lock_timeout = '10s'");
	return err;
}
