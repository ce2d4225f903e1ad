/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/db.h"
#include "center/store/internal.h"
#include "tests/check.h"
#include "tests/storedir.h"

static char dir[64];

static struct store_db *fresh(void)
{
	char place[STORE_PLACE_ROOM];

	check_eq(store_place(storedir_make(dir), place), 0);
	struct store_db *db = store_db_open(place, STORE_WRITER);
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
	storedir_remove(dir);
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
	storedir_remove(dir);
}

static void a_unique_rule_is_a_conflict(void)
{
	struct store_db *db = fresh();
	const char *sql = "INSERT INTO t (name) VALUES (?)";

	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("a"))), 0);
	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("a"))), FAIL_CONFLICT);
	check_eq(store_exec(db, sql, STORE_ARGS(STORE_TEXT("b"))), 0);
	store_db_close(db);
	storedir_remove(dir);
}

static void a_wrong_query_tells_once_at_the_end(void)
{
	struct store_db *db = fresh();
	struct store_rows *rows;

	store_query(db, &rows, "SELECT nothing FROM nowhere", STORE_NO_ARGS);
	check(!store_next(rows));
	check_eq(store_rows_free(rows), FAIL_IO);
	store_db_close(db);
	storedir_remove(dir);
}

/* What is compared, and what a statement finds only in its values, on both alike. */
static void types_are_what_they_were(void)
{
	struct store_db *db = fresh();
	int64_t n = 0;
	const char *either = "SELECT COUNT(*) FROM t WHERE name IS NOT DISTINCT FROM ?";

	check_eq(store_exec(db, "INSERT INTO t (id, name) VALUES (?, ?)",
		     STORE_ARGS(STORE_INT(INT64_MAX), STORE_NULL)),
	    0);
	check_eq(store_exec(db, "INSERT INTO t (id, name) VALUES (?, ?)",
		     STORE_ARGS(STORE_INT(INT64_MIN), STORE_TEXT("a"))),
	    0);
	check_eq(store_get_int(db, &n, "SELECT max(id) FROM t", STORE_NO_ARGS), 0);
	check(n == INT64_MAX);
	check_eq(store_get_int(db, &n, "SELECT min(id) FROM t", STORE_NO_ARGS), 0);
	check(n == INT64_MIN);
	check_eq(store_get_int(
		     db, &n, "SELECT ? + 1", STORE_ARGS(STORE_INT(INT64_C(1) << 40))),
	    0);
	check(n == (INT64_C(1) << 40) + 1);
	check_eq(store_get_int(db, &n, either, STORE_ARGS(STORE_NULL)), 0);
	check_eq(n, 1);
	check_eq(store_get_int(db, &n, either, STORE_ARGS(STORE_TEXT("a"))), 0);
	check_eq(n, 1);
	check_eq(store_get_int(db, &n, either, STORE_ARGS(STORE_NULL)), 0);
	check_eq(n, 1);
	check_eq(store_get_int(
		     db, &n, "SELECT name = 'a' FROM t WHERE id < 0", STORE_NO_ARGS),
	    0);
	check_eq(n, 1); /* a truth value is 0 or 1 */
	check_eq(store_get_int(db, &n, "SELECT SUM(CAST(? AS INTEGER)) FROM t",
		     STORE_ARGS(STORE_INT(7))),
	    0);
	check_eq(n, 14);
	store_db_close(db);
	storedir_remove(dir);
}

/* Text sorts by its bytes: capitals first, whatever the server's language. */
static void text_sorts_by_bytes(void)
{
	struct store_db *db = fresh();
	static const char *const names[] = { "b", "あ", "B", "a", "É" };
	static const char *const sorted[] = { "B", "a", "b", "É", "あ" };
	struct store_rows *rows;

	for (int i = 0; i < 5; i++)
		check_eq(store_exec(db, "INSERT INTO t (name) VALUES (?)",
			     STORE_ARGS(STORE_TEXT(names[i]))),
		    0);
	store_query(db, &rows, "SELECT name FROM t ORDER BY name", STORE_NO_ARGS);
	for (int i = 0; store_next(rows); i++)
		check_text(store_col_text(rows, 0), sorted[i]);
	check_eq(store_rows_free(rows), 0);
	store_db_close(db);
	storedir_remove(dir);
}

/* Whatever bytes come from outside, the statement does not fail by them. */
static void broken_text_is_no_failure(void)
{
	struct store_db *db = fresh();
	static const struct span texts[] = { { (const uint8_t *)"a\0b", 3 },
		{ (const uint8_t *)"\xff", 1 }, { (const uint8_t *)"x\xe3\x81", 3 },
		{ (const uint8_t *)"\xed\xa0\x80", 3 },
		{ (const uint8_t *)"\xf4\x90\x80\x80.", 5 },
		{ (const uint8_t *)"\xc0\xaf\xe3\x81\x82", 5 } };
	int64_t n;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		check_eq(store_exec(db, "INSERT INTO t (name) VALUES (?)",
			     STORE_ARGS(STORE_SPAN(texts[i]))),
		    0);
		/* It is found again by the same bytes. */
		check_eq(store_get_int(db, &n, "SELECT COUNT(*) FROM t WHERE name = ?",
			     STORE_ARGS(STORE_SPAN(texts[i]))),
		    0);
		check_eq(n, 1);
	}
	store_db_close(db);
	storedir_remove(dir);
}

static void bytes_of_every_value(void)
{
	struct store_db *db = fresh();
	struct store_rows *rows;
	uint8_t all[1024];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 7 + (i >> 8));
	check_eq(store_exec(db, "INSERT INTO t (raw) VALUES (?)",
		     STORE_ARGS(STORE_BYTES(span_of(all, sizeof(all))))),
	    0);
	check_eq(store_exec(db, "INSERT INTO t (raw) VALUES (?)",
		     STORE_ARGS(STORE_BYTES(span_of(NULL, 0)))),
	    0);
	store_query(db, &rows, "SELECT raw, raw FROM t ORDER BY id", STORE_NO_ARGS);
	check(store_next(rows));
	for (unsigned i = 0; i < 4; i++) { /* as often as one likes */
		struct span raw = store_col_span(rows, i % 2);
		check(raw.len == sizeof(all) && memcmp(raw.at, all, raw.len) == 0);
	}
	check(store_next(rows));
	check(!store_col_null(rows, 0) && store_col_span(rows, 0).len == 0);
	check_eq(store_rows_free(rows), 0);
	store_db_close(db);
	storedir_remove(dir);
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
	storedir_remove(dir);
}

CHECK_MAIN(values_come_back, returning_gives_the_id, a_unique_rule_is_a_conflict,
    a_wrong_query_tells_once_at_the_end, types_are_what_they_were, text_sorts_by_bytes,
    broken_text_is_no_failure, bytes_of_every_value, cursors_may_nest)
