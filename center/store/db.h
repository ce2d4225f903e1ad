/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/*
 * One connection to the database: statements with bound values, and rows.
 *
 *	struct store_rows *rows;
 *	int err = store_query(db, &rows, "SELECT id, name FROM gate WHERE company_id = ?",
 *	    STORE_ARGS(STORE_INT(company)));
 *	while (store_next(rows))
 *		show(store_col_int(rows, 0), store_col_text(rows, 1));
 *	err = store_rows_free(rows);
 *
 * Two back-ends stand behind it, SQLite and PostgreSQL, and every test of the centre runs on
 * both (README.md here says how).  The SQL that other folders write is the part that both
 * share:
 *
 *   - `?` for values, always bound, never pasted; RETURNING for new ids; ON CONFLICT; CASE;
 *     window functions.  No PRAGMA, INSERT OR, rowid, datetime(), IFNULL, GROUP_CONCAT.
 *   - columns are INTEGER (64 bits), TEXT or BLOB, in capitals; ids `id INTEGER PRIMARY KEY`.  Truth is 0
 *     or 1: `WHERE known = 1`, never `WHERE known`; a comparison may be read as a number.
 *   - a value has the type of its column: STORE_INT for INTEGER, never a number as text.
 *   - numbers that two constants make stay below 2^31 (86400 * 1000000 does not): write the
 *     product, or give it as a value.
 *   - text in single quotes; GROUP BY names every column that is not aggregated; each
 *     subquery in FROM has a name; no reliance on where NULLs sort; `lower(x) LIKE lower(?)
 *     ESCAPE '!'` to search; text sorts by its bytes.
 *   - a statement that failed spoils the transaction: give the failure back, do not go on.
 *     What may exist already is ON CONFLICT DO NOTHING and store_changed().
 *   - rows are held in memory on PostgreSQL: read many by pages.
 *
 * Owns:    its statements (the last STORE_STATEMENTS_MAX texts stay prepared) and its
 *          connection.
 * Borrows: SQL text and values during the call; text of a row until the next
 *          store_next()/store_rows_free().
 * Threads: one at a time.
 * Errors:  the first to notice logs it.  FAIL_CONFLICT: a UNIQUE rule said no (not logged).
 *          FAIL_BUSY: another process held the database for 10 s, or stood in the way: try
 *          again.  FAIL_IO: anything else, also a server that went away; the next
 *          transaction looks for it again.
 */
struct store_db;
struct store_rows;

#define STORE_STATEMENTS_MAX 128u
#define STORE_COLUMNS_MAX    48u

enum store_type { STORE_TYPE_NULL, STORE_TYPE_INT, STORE_TYPE_TEXT, STORE_TYPE_BYTES };

struct store_value {
	enum store_type type;
	int64_t number;
	struct span bytes;
};

struct store_args {
	const struct store_value *at;
	size_t n;
};

#define STORE_INT(v)   ((struct store_value){ .type = STORE_TYPE_INT, .number = (v) })
#define STORE_TEXT(s)  store_value_text(s) /* NULL becomes NULL */
#define STORE_SPAN(s)  ((struct store_value){ .type = STORE_TYPE_TEXT, .bytes = (s) })
#define STORE_BYTES(s) ((struct store_value){ .type = STORE_TYPE_BYTES, .bytes = (s) })
#define STORE_NULL     ((struct store_value){ .type = STORE_TYPE_NULL })
/* An id, where 0 means that there is none. */
#define STORE_ID(v) store_value_id(v)

#define STORE_ARGS(...)                                                    \
	((struct store_args){ (const struct store_value[]){ __VA_ARGS__ }, \
	    sizeof((const struct store_value[]){ __VA_ARGS__ }) /          \
		sizeof(struct store_value) })
#define STORE_NO_ARGS ((struct store_args){ NULL, 0 })

static inline struct store_value store_value_text(const char *s)
{
	return (struct store_value){ .type = s ? STORE_TYPE_TEXT : STORE_TYPE_NULL,
		.bytes = span_text(s) };
}

static inline struct store_value store_value_id(int64_t id)
{
	return (struct store_value){ .type = id ? STORE_TYPE_INT : STORE_TYPE_NULL,
		.number = id };
}

/* Runs one statement that gives no rows (or whose rows do not matter). */
int store_exec(struct store_db *db, const char *sql, struct store_args args) must_use;
/* Rows that the last store_exec() on this connection inserted, changed or deleted. */
int64_t store_changed(struct store_db *db);
/* Several statements in one text, without values (migrations). */
int store_script(struct store_db *db, const char *sql) must_use;

/* Starts a query.  *rows is never NULL afterwards: on failure it has no rows, and
 * store_rows_free() repeats the error, so that a caller may ask once at the end. */
int store_query(struct store_db *db, struct store_rows **rows, const char *sql,
    struct store_args args);
/* True when there is a (next) row. */
bool store_next(struct store_rows *rows);
/* Ends the query: 0 or what went wrong on the way. */
int store_rows_free(struct store_rows *rows);

int64_t store_col_int(const struct store_rows *rows, unsigned column);
/* Never NULL; "" for NULL. */
const char *store_col_text(const struct store_rows *rows, unsigned column);
struct span store_col_span(const struct store_rows *rows, unsigned column);
bool store_col_null(const struct store_rows *rows, unsigned column);

/* The first column of the first row as a number; FAIL_MISSING when there is no row. */
int store_get_int(struct store_db *db, int64_t *value, const char *sql,
    struct store_args args) must_use;
