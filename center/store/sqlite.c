/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* How long to wait for another process (the command line, a backup) to let go. */
#define BUSY_MS 10000

/* A prepared statement is also the cursor over its rows. */
struct store_rows {
	struct store_db *db;
	sqlite3_stmt *stmt;
	char *sql;
	uint64_t used; /* turn of the last use */
	int err;
	bool open;
	bool kept; /* belongs to the connection's table */
};

struct store_db {
	sqlite3 *lite;
	struct store_rows table[STORE_STATEMENTS_MAX];
	struct store_rows nothing; /* what a query that failed gives */
	uint64_t turn;
	int64_t change;
};

static int fail_of(struct store_db *db, int rc, const char *sql)
{
	int more = sqlite3_extended_errcode(db->lite);

	if (more == SQLITE_CONSTRAINT_UNIQUE || more == SQLITE_CONSTRAINT_PRIMARYKEY)
		return FAIL_CONFLICT;
	log_error("C101", "database: %s, in: %.300s", sqlite3_errmsg(db->lite), sql);
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return FAIL_BUSY;
	case SQLITE_NOMEM:
		return FAIL_MEMORY;
	default:
		return FAIL_IO;
	}
}

int store_script(struct store_db *db, const char *sql)
{
	int rc = sqlite3_exec(db->lite, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : fail_of(db, rc, sql);
}

/* The very first switch of a new file does not wait for others who switch at the same moment
 * (sqlite.org/wal.html, 2.): ask again. */
static int use_log(struct store_db *db)
{
	for (int waited_ms = 0;; waited_ms += 20) {
		int rc = sqlite3_exec(
		    db->lite, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			return 0;
		if ((rc & 0xff) != SQLITE_BUSY || waited_ms >= BUSY_MS)
			return fail_of(db, rc, "PRAGMA journal_mode = WAL");
		sqlite3_sleep(20);
	}
}

static int set_up(struct store_db *db, enum store_mode mode)
{
	sqlite3_busy_timeout(db->lite, BUSY_MS);
	sqlite3_extended_result_codes(db->lite, 1);
	if (store_script(db, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;") <
	    0)
		return FAIL_IO;
	if (mode == STORE_READER)
		return store_script(
		    db, "PRAGMA query_only = ON; PRAGMA cache_size = -8000;");
	int err = use_log(db);
	if (err < 0)
		return err;
	return store_script(db, "PRAGMA synchronous = FULL;"
				"PRAGMA wal_autocheckpoint = 4000;"
				"PRAGMA journal_size_limit = 67108864;"
				"PRAGMA cache_size = -64000;");
}

struct store_db *store_db_open(const char *path, enum store_mode mode)
{
	struct store_db *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	if (!db)
		return NULL;
	db->nothing.db = db;
	if (mode == STORE_WRITER)
		flags |= SQLITE_OPEN_CREATE;
	mode_t before = umask(077);
	int rc = sqlite3_open_v2(path, &db->lite, flags, NULL);
	int err = rc == SQLITE_OK ? set_up(db, mode) : FAIL_IO;
	umask(before);
	if (err < 0) {
		log_error("C102", "cannot open %s: %s", path,
		    db->lite ? sqlite3_errmsg(db->lite) : "no memory");
		store_db_close(db);
		return NULL;
	}
	return db;
}

static void forget(struct store_rows *rows)
{
	sqlite3_finalize(rows->stmt);
	free(rows->sql);
	*rows = (struct store_rows){ 0 };
}

void store_db_close(struct store_db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		must(!db->table[i].open); /* somebody forgot store_rows_free() */
		forget(&db->table[i]);
	}
	sqlite3_close(db->lite);
	free(db);
}

/* The prepared statement of this text, or the place for it: a free one or the one that was
 * not used for longest.  NULL: all are open. */
static struct store_rows *place_of(struct store_db *db, const char *sql)
{
	struct store_rows *oldest = NULL;

	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		struct store_rows *r = &db->table[i];
		if (r->open)
			continue;
		if (r->sql && strcmp(r->sql, sql) == 0)
			return r;
		if (!oldest || r->used < oldest->used)
			oldest = r;
	}
	return oldest;
}

static int prepare(struct store_db *db, const char *sql, struct store_rows **out)
{
	struct store_rows *rows = place_of(db, sql);

	must(rows); /* STORE_STATEMENTS_MAX cursors open at once is a leak of ours */
	if (!rows->sql || strcmp(rows->sql, sql) != 0) {
		forget(rows);
		int rc = sqlite3_prepare_v3(
		    db->lite, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->stmt, NULL);
		if (rc != SQLITE_OK)
			return fail_of(db, rc, sql);
		rows->sql = strdup(sql);
		if (!rows->sql) {
			forget(rows);
			return FAIL_MEMORY;
		}
	}
	rows->db = db;
	rows->used = ++db->turn;
	rows->err = 0;
	*out = rows;
	return 0;
}

static int bind_value(sqlite3_stmt *stmt, int at, const struct store_value *v)
{
	/* An empty span may have no address, and NULL would bind NULL. */
	const void *bytes = v->bytes.at ? (const void *)v->bytes.at : "";

	switch (v->type) {
	case STORE_TYPE_INT:
		return sqlite3_bind_int64(stmt, at, v->number);
	case STORE_TYPE_TEXT:
		return sqlite3_bind_text64(
		    stmt, at, bytes, v->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_TYPE_BYTES:
		return sqlite3_bind_blob64(
		    stmt, at, bytes, v->bytes.len, SQLITE_STATIC);
	case STORE_TYPE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

static int bind(struct store_rows *rows, struct store_args args)
{
	/* A statement and its values are written side by side: a mismatch is our mistake. */
	must(sqlite3_bind_parameter_count(rows->stmt) == (int)args.n);
	for (size_t i = 0; i < args.n; i++) {
		int rc = bind_value(rows->stmt, (int)i + 1, &args.at[i]);
		if (rc != SQLITE_OK)
			return fail_of(rows->db, rc, rows->sql);
	}
	return 0;
}

static void finish(struct store_rows *rows)
{
	sqlite3_reset(rows->stmt);
	sqlite3_clear_bindings(rows->stmt);
	rows->open = false;
}

int store_exec(struct store_db *db, const char *sql, struct store_args args)
{
	struct store_rows *rows;
	int err = prepare(db, sql, &rows);

	if (err < 0)
		return err;
	err = bind(rows, args);
	if (err == 0) {
		int rc;
		do
			rc = sqlite3_step(rows->stmt);
		while (rc == SQLITE_ROW);
		if (rc != SQLITE_DONE)
			err = fail_of(db, rc, sql);
	}
	finish(rows);
	return err;
}

int64_t store_changed(struct store_db *db)
{
	return sqlite3_changes64(db->lite);
}

/* The first step is taken by store_next(): values must live until store_rows_free(), so they
 * are copied here. */
int store_query(struct store_db *db, struct store_rows **out, const char *sql,
    struct store_args args)
{
	struct store_rows *rows;
	int err = prepare(db, sql, &rows);

	if (err < 0) {
		db->nothing.err = err;
		*out = &db->nothing;
		return err;
	}
	must(sqlite3_bind_parameter_count(rows->stmt) == (int)args.n);
	for (size_t i = 0; i < args.n && err == 0; i++) {
		const struct store_value *v = &args.at[i];
		int rc;
		if (v->type == STORE_TYPE_TEXT || v->type == STORE_TYPE_BYTES) {
			const char *bytes =
			    v->bytes.at ? (const char *)v->bytes.at : "";
			rc = v->type == STORE_TYPE_TEXT
				 ? sqlite3_bind_text64(rows->stmt, (int)i + 1, bytes,
				       v->bytes.len, SQLITE_TRANSIENT, SQLITE_UTF8)
				 : sqlite3_bind_blob64(rows->stmt, (int)i + 1, bytes,
				       v->bytes.len, SQLITE_TRANSIENT);
		} else {
			rc = bind_value(rows->stmt, (int)i + 1, v);
		}
		if (rc != SQLITE_OK)
			err = fail_of(db, rc, sql);
	}
	rows->open = true;
	rows->err = err;
	*out = rows;
	return err;
}

bool store_next(struct store_rows *rows)
{
	if (!rows->open || rows->err != 0) /* 1: at the end */
		return false;
	int rc = sqlite3_step(rows->stmt);
	if (rc == SQLITE_ROW)
		return true;
	rows->err = rc == SQLITE_DONE ? 1 : fail_of(rows->db, rc, rows->sql);
	return false;
}

int store_rows_free(struct store_rows *rows)
{
	int err = rows->err < 0 ? rows->err : 0;

	if (rows->open)
		finish(rows);
	rows->err = 0;
	return err;
}

int64_t store_col_int(const struct store_rows *rows, unsigned column)
{
	return sqlite3_column_int64(rows->stmt, (int)column);
}

const char *store_col_text(const struct store_rows *rows, unsigned column)
{
	const unsigned char *text = sqlite3_column_text(rows->stmt, (int)column);
	return text ? (const char *)text : "";
}

struct span store_col_span(const struct store_rows *rows, unsigned column)
{
	const void *bytes = sqlite3_column_blob(rows->stmt, (int)column);
	return span_of(bytes, (size_t)sqlite3_column_bytes(rows->stmt, (int)column));
}

bool store_col_null(const struct store_rows *rows, unsigned column)
{
	return sqlite3_column_type(rows->stmt, (int)column) == SQLITE_NULL;
}

int store_get_int(
    struct store_db *db, int64_t *value, const char *sql, struct store_args args)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows, sql, args);
	if (store_next(rows)) {
		*value = store_col_int(rows, 0);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int store_db_begin(struct store_db *db)
{
	return store_exec(db, "BEGIN IMMEDIATE", STORE_NO_ARGS);
}

int store_db_commit(struct store_db *db)
{
	return store_exec(db, "COMMIT", STORE_NO_ARGS);
}

void store_db_rollback(struct store_db *db)
{
	/* SQLite may have rolled back by itself (disk full): then there is nothing to do. */
	if (!sqlite3_get_autocommit(db->lite))
		(void)!store_exec(db, "ROLLBACK", STORE_NO_ARGS);
	db->change = 0;
}

int64_t store_note_change(struct store_db *db)
{
	int64_t now;
	int err = store_get_int(db, &now,
	    "UPDATE change_counter SET value = value + 1 WHERE one = 1 RETURNING value",
	    STORE_NO_ARGS);

	if (err < 0)
		return err;
	db->change = now;
	return now;
}

int64_t store_db_take_change(struct store_db *db)
{
	int64_t change = db->change;

	db->change = 0;
	return change;
}

int store_db_copy(struct store_db *db, const char *file)
{
	return store_exec(db, "VACUUM INTO ?", STORE_ARGS(STORE_TEXT(file)));
}

int store_db_inspect(struct store_db *db, struct buf *report)
{
	struct store_rows *rows;

	store_query(db, &rows, "PRAGMA integrity_check(20)", STORE_NO_ARGS);
	while (store_next(rows))
		if (strcmp(store_col_text(rows, 0), "ok") != 0)
			buf_addf(report, "file: %s\n", store_col_text(rows, 0));
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	store_query(db, &rows, "PRAGMA foreign_key_check", STORE_NO_ARGS);
	while (store_next(rows))
		buf_addf(report,
		    "reference: row %" PRId64 " of %s points at no row of %s\n",
		    store_col_int(rows, 1), store_col_text(rows, 0),
		    store_col_text(rows, 2));
	return store_rows_free(rows);
}
