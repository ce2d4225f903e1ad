/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/db.h"
#include "center/store/internal.h"
#include "tests/check.h"

static struct store_db *fresh(void)
{
	struct store_db *db = store_db_open(":memory:", STORE_WRITER);

	check(db != NULL);
	check_eq(store_script(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, "
				  "raw BLOB, UNIQUE (name));"),
	    0);
	return db;
}

static void values_come_back(void)
{
	struct store_db *db = fresh();
	struct store_rows *rows;

	check_eq(store_exec(db, "INSERT INTO t (name, raw) VALUES (?, ?)",
		     STORE_ARGS(STORE_TEXT("岸和田 '); DROP TABLE t; --"),
			 STORE_BYTES(span_of("\0\1\2", 3)))),
	    0);
	check_eq(store_changed(db), 1);
	check_eq(store_exec(db, "INSERT INTO t (name, raw) VALUES (?, ?)",
		     STORE_ARGS(STORE_SPAN(span_of(NULL, 0)), STORE_NULL)),
	    0);
	check_eq(store_query(db, &rows,
		     "SELECT id, name, raw FROM t WHERE id >= ? ORDER BY id",
		     STORE_ARGS(STORE_INT(1))),
	    0);
	check(store_next(rows));
	check_text(store_col_text(rows, 1), "岸和田 '); DROP TABLE t; --");
	check_eq(store_col_span(rows, 2).len, 3);
	check(store_next(rows));
	check(!store_col_null(rows, 1)); /* empty is not NULL */
	check_text(store_col_text(rows, 1), "");
	check(store_col_null(rows, 2));
	check(!store_next(rows));
	check(!store_next(rows)); /* stays at the end */
	check_eq(store_rows_free(rows), 0);
	store_db_close(db);
}

static void returning_gives_the_id(void)
{
	struct store_db *db = fresh();
	int64_t id = 0;

	check_eq(store_get_int(db, &id, "INSERT INTO t (name) VALUES (?) RETURNING id",
		     STORE_ARGS(STORE_TEXT("a"))),
	    0);
	check_eq(id, 1);
	check_eq(store_get_int(db, &id, "SELECT id FROM t WHERE name = ?",
		     STORE_ARGS(STORE_TEXT("b"))),
	    FAIL_MISSING);
	store_db_close(db);
}

static void a_unique_rule_is_a_conflict(void)
{
	struct store_db *db = fresh();
	const char *sql = "INSERT INTO t (name) VALUES (?)";

	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("a"))), 0);
	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("a"))), FAIL_CONFLICT);
	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("b"))), 0);
	store_db_close(db);
}

static void a_wrong_query_tells_once_at_the_end(void)
{
	struct store_db *db = fresh();
	struct store_rows *rows;

	store_query(db, &rows, "SELECT nothing FROM nowhere", STORE_NO_ARGS);
	check(!store_next(rows));
	check_eq(store_rows_free(rows), FAIL_IO);
	store_db_close(db);
}

/* The same text inside itself, and more texts than the table keeps. */
static void cursors_may_nest(void)
{
	struct store_db *db = fresh();
	struct store_rows *outer, *inner;
	int64_t n = 0;

	for (int i = 0; i < 3; i++)
		check_eq(store_exec(db, "INSERT INTO t (id) VALUES (?)",
			     STORE_ARGS(STORE_INT(i))),
		    0);
	store_query(db, &outer, "SELECT id FROM t", STORE_NO_ARGS);
	while (store_next(outer)) {
		store_query(db, &inner, "SELECT id FROM t", STORE_NO_ARGS);
		while (store_next(inner))
			n++;
		check_eq(store_rows_free(inner), 0);
	}
	check_eq(store_rows_free(outer), 0);
	check_eq(n, 9);
	for (int i = 0; i < 300; i++) {
		char sql[60];
		snprintf(sql, sizeof(sql), "SELECT %d + ?", i);
		check_eq(store_get_int(db, &n, sql, STORE_ARGS(STORE_INT(1))), 0);
		check_eq(n, i + 1);
	}
	store_db_close(db);
}

CHECK_MAIN(values_come_back, returning_gives_the_id, a_unique_rule_is_a_conflict,
    a_wrong_query_tells_once_at_the_end, cursors_may_nest)
