/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* How long to wait for another process (the command line, a backup) to let go. */
#define BUSY_MS 10000

/* A prepared statement is also the cursor over its rows. */
struct statement {
	struct store_rows rows; /* first */
	sqlite3_stmt *stmt;
	char *sql;
	const char *from; /* where the text stood that it was last asked by */
	uint64_t used;    /* turn of the last use */
};

struct connection {
	struct store_db db; /* first */
	sqlite3 *lite;
	struct statement table[STORE_STATEMENTS_MAX];
	uint64_t turn;
	const char *bulk_columns; /* what bulk_sql was made for */
	char bulk_sql[512];
};

static struct connection *of(struct store_db *db)
{
	return (struct connection *)db;
}

static const struct statement *at(const struct store_rows *rows)
{
	return (const struct statement *)rows;
}

static int fail_of(struct connection *c, int rc, const char *sql)
{
	int more = sqlite3_extended_errcode(c->lite);

	if (more == SQLITE_CONSTRAINT_UNIQUE || more == SQLITE_CONSTRAINT_PRIMARYKEY)
		return FAIL_CONFLICT;
	log_error("C101", "database: %s, in: %.300s", sqlite3_errmsg(c->lite), sql);
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

static int run(struct connection *c, const char *sql)
{
	int rc = sqlite3_exec(c->lite, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : fail_of(c, rc, sql);
}

static int script(struct store_db *db, const char *sql, enum store_tongue tongue)
{
	(void)tongue; /* what is shared is SQLite's too */
	return run(of(db), sql);
}

/* The very first switch of a new file does not wait for others who switch at the same moment
 * (sqlite.org/wal.html, 2.): ask again. */
static int use_log(struct connection *c)
{
	for (int waited_ms = 0;; waited_ms += 20) {
		int rc = sqlite3_exec(
		    c->lite, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			return 0;
		if ((rc & 0xff) != SQLITE_BUSY || waited_ms >= BUSY_MS)
			return fail_of(c, rc, "PRAGMA journal_mode = WAL");
		sqlite3_sleep(20);
	}
}

static int set_up(struct connection *c, enum store_mode mode)
{
	sqlite3_busy_timeout(c->lite, BUSY_MS);
	sqlite3_extended_result_codes(c->lite, 1);
	if (run(c, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;") < 0)
		return FAIL_IO;
	if (mode == STORE_READER)
		return run(c, "PRAGMA query_only = ON; PRAGMA cache_size = -8000;");
	/* Of a new file only; an older one keeps its size and uses freed pages again. */
	if (run(c, "PRAGMA auto_vacuum = INCREMENTAL") < 0)
		return FAIL_IO;
	int err = use_log(c);
	if (err < 0)
		return err;
	return run(c,
	    "PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = 16000;"
	    "PRAGMA journal_size_limit = 134217728;"
	    /* A savepoint a job: what it would undo stays in memory, not in a file. */
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -64000;");
}

static void forget(struct statement *s)
{
	sqlite3_finalize(s->stmt);
	free(s->sql);
	*s = (struct statement){ 0 };
}

static void close_connection(struct store_db *db)
{
	struct connection *c = of(db);

	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		must(!c->table[i].rows.open); /* somebody forgot store_rows_free() */
		forget(&c->table[i]);
	}
	sqlite3_close(c->lite);
	free(c);
}

/* Nobody asks how much memory SQLite holds; counting takes a lock at each allocation. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct store_db *open_connection(const char *path, enum store_mode mode)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct connection *c = calloc(1, sizeof(*c));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	if (!c)
		return NULL;
	pthread_once(&once, configure);
	if (mode == STORE_WRITER)
		flags |= SQLITE_OPEN_CREATE;
	mode_t before = umask(077);
	int rc = sqlite3_open_v2(path, &c->lite, flags, NULL);
	int err = rc == SQLITE_OK ? set_up(c, mode) : FAIL_IO;
	umask(before);
	if (err < 0) {
		log_error("C102", "cannot open %s: %s", path,
		    c->lite ? sqlite3_errmsg(c->lite) : "no memory");
		close_connection(&c->db);
		return NULL;
	}
	return &c->db;
}

/* The prepared statement of this text, or the place for it: a free one or the one that was
 * not used for longest.  NULL: all are open. */
static struct statement *place_of(struct connection *c, const char *sql)
{
	struct statement *oldest = NULL;

	/* Most texts are constants: one comparison finds them. */
	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		struct statement *s = &c->table[i];
		if (s->from == sql && !s->rows.open && s->sql &&
		    strcmp(s->sql, sql) == 0)
			return s;
	}
	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		struct statement *s = &c->table[i];
		if (s->rows.open)
			continue;
		if (s->sql && strcmp(s->sql, sql) == 0)
			return s;
		if (!oldest || s->used < oldest->used)
			oldest = s;
	}
	return oldest;
}

static int prepare(struct connection *c, const char *sql, struct statement **out)
{
	struct statement *s = place_of(c, sql);

	must(s); /* STORE_STATEMENTS_MAX cursors open at once is a leak of ours */
	if (!s->sql || strcmp(s->sql, sql) != 0) {
		forget(s);
		int rc = sqlite3_prepare_v3(
		    c->lite, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL);
		if (rc != SQLITE_OK)
			return fail_of(c, rc, sql);
		s->sql = strdup(sql);
		if (!s->sql) {
			forget(s);
			return FAIL_MEMORY;
		}
	}
	s->rows = (struct store_rows){ .db = &c->db };
	s->used = ++c->turn;
	s->from = sql;
	*out = s;
	return 0;
}

/* `lives`: SQLITE_STATIC when the values outlive the statement's run. */
static int bind_value(sqlite3_stmt *stmt, int n, const struct store_value *v,
    sqlite3_destructor_type lives)
{
	/* An empty span may have no address, and NULL would bind NULL. */
	const void *bytes = v->bytes.at ? (const void *)v->bytes.at : "";

	switch (v->type) {
	case STORE_TYPE_INT:
		return sqlite3_bind_int64(stmt, n, v->number);
	case STORE_TYPE_TEXT:
		return sqlite3_bind_text64(
		    stmt, n, bytes, v->bytes.len, lives, SQLITE_UTF8);
	case STORE_TYPE_BYTES:
		return sqlite3_bind_blob64(stmt, n, bytes, v->bytes.len, lives);
	case STORE_TYPE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, n);
}

static int bind(struct connection *c, struct statement *s, struct store_args args,
    sqlite3_destructor_type lives)
{
	/* A statement and its values are written side by side: a mismatch is our mistake. */
	must(sqlite3_bind_parameter_count(s->stmt) == (int)args.n);
	for (size_t i = 0; i < args.n; i++) {
		int rc = bind_value(s->stmt, (int)i + 1, &args.at[i], lives);
		if (rc != SQLITE_OK)
			return fail_of(c, rc, s->sql);
	}
	return 0;
}

static void finish(struct store_rows *rows)
{
	sqlite3_reset(at(rows)->stmt);
	sqlite3_clear_bindings(at(rows)->stmt);
	rows->open = false;
}

static int exec(struct store_db *db, const char *sql, struct store_args args)
{
	struct statement *s;
	int err = prepare(of(db), sql, &s);

	if (err < 0)
		return err;
	err = bind(of(db), s, args, SQLITE_STATIC);
	if (err == 0) {
		int rc;
		do
			rc = sqlite3_step(s->stmt);
		while (rc == SQLITE_ROW);
		if (rc != SQLITE_DONE)
			err = fail_of(of(db), rc, sql);
	}
	finish(&s->rows);
	return err;
}

static int64_t changed(struct store_db *db)
{
	return sqlite3_changes64(of(db)->lite);
}

/* The first step is taken by next(): values must live until the end, so they are copied. */
static struct store_rows *query(
    struct store_db *db, const char *sql, struct store_args args, int *err)
{
	struct statement *s;

	*err = prepare(of(db), sql, &s);
	if (*err < 0)
		return NULL;
	*err = bind(of(db), s, args, SQLITE_TRANSIENT);
	if (*err < 0) {
		finish(&s->rows);
		return NULL;
	}
	s->rows.open = true;
	return &s->rows;
}

static int next(struct store_rows *rows)
{
	int rc = sqlite3_step(at(rows)->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail_of(of(rows->db), rc, at(rows)->sql);
}

static int64_t col_int(const struct store_rows *rows, unsigned column)
{
	return sqlite3_column_int64(at(rows)->stmt, (int)column);
}

static const char *col_text(const struct store_rows *rows, unsigned column)
{
	const unsigned char *text = sqlite3_column_text(at(rows)->stmt, (int)column);
	return text ? (const char *)text : "";
}

static struct span col_span(const struct store_rows *rows, unsigned column)
{
	sqlite3_stmt *stmt = at(rows)->stmt;
	const void *bytes = sqlite3_column_blob(stmt, (int)column);

	return span_of(bytes, (size_t)sqlite3_column_bytes(stmt, (int)column));
}

static bool col_null(const struct store_rows *rows, unsigned column)
{
	return sqlite3_column_type(at(rows)->stmt, (int)column) == SQLITE_NULL;
}

static int begin(struct store_db *db)
{
	return exec(
	    db, db->mode == STORE_WRITER ? "BEGIN IMMEDIATE" : "BEGIN", STORE_NO_ARGS);
}

static int commit(struct store_db *db, int64_t change)
{
	(void)change; /* one process: store.c tells its own watchers */
	return exec(db, "COMMIT", STORE_NO_ARGS);
}

static void rollback(struct store_db *db)
{
	/* SQLite may have rolled back by itself (disk full): then there is nothing to do. */
	if (!sqlite3_get_autocommit(of(db)->lite))
		(void)!exec(db, "ROLLBACK", STORE_NO_ARGS);
}

/* An id is one more than the largest, always. */
static int settle_ids(struct store_db *db)
{
	(void)db;
	return 0;
}

static int migrated(struct store_db *db)
{
	(void)db;
	return 0;
}

/* The queries' own conditions are the only fence here. */
static int fence(struct store_db *db, int64_t chamber_id, int64_t company_id)
{
	(void)db;
	(void)chamber_id;
	(void)company_id;
	return 0;
}

/* What retention freed is used again; what is far more than a day needs goes back to the disk,
 * a little a minute. */
#define SPARE_PAGES 16384 /* 64 MB */
#define GIVE_PAGES  "1000"

static int tend(struct store_db *db, int64_t now_us)
{
	int64_t spare = 0;
	int err = store_get_int(db, &spare, "PRAGMA freelist_count", STORE_NO_ARGS);

	(void)now_us;
	if (err < 0 || spare <= SPARE_PAGES)
		return err;
	return run(of(db), "PRAGMA incremental_vacuum(" GIVE_PAGES ")");
}

static void make_bulk(struct connection *c, const char *columns, size_t n)
{
	char values[3 * STORE_COLUMNS_MAX + 1];
	size_t len = 0;

	for (size_t i = 0; i < n && i < STORE_COLUMNS_MAX; i++)
		len += (size_t)snprintf(
		    values + len, sizeof(values) - len, "%s?", i ? ", " : "");
	snprintf(c->bulk_sql, sizeof(c->bulk_sql), "INSERT INTO event (%s) VALUES (%s)",
	    columns, values);
	c->bulk_columns = columns;
}

/* `columns` is a constant. */
static int bulk_add(
    struct store_db *db, const char *columns, int64_t month_us, struct store_args args)
{
	struct connection *c = of(db);

	(void)month_us;
	if (c->bulk_columns != columns)
		make_bulk(c, columns, args.n);
	return exec(db, c->bulk_sql, args);
}

static int bulk_end(struct store_db *db)
{
	(void)db;
	return 0;
}

static void bulk_forget(struct store_db *db)
{
	(void)db; /* its rows are in the savepoint */
}

static int copy(struct store_db *db, const char *file)
{
	return exec(db, "VACUUM INTO ?", STORE_ARGS(STORE_TEXT(file)));
}

static int inspect(struct store_db *db, struct buf *report)
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

const struct store_backend store_sqlite = { .name = "SQLite",
	.open = open_connection,
	.close = close_connection,
	.exec = exec,
	.changed = changed,
	.script = script,
	.query = query,
	.next = next,
	.finish = finish,
	.col_int = col_int,
	.col_text = col_text,
	.col_span = col_span,
	.col_null = col_null,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.settle_ids = settle_ids,
	.migrated = migrated,
	.fence = fence,
	.tend = tend,
	.bulk_add = bulk_add,
	.bulk_end = bulk_end,
	.bulk_forget = bulk_forget,
	.copy = copy,
	.inspect = inspect };
