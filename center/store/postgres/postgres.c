/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <stdlib.h>

/* One writer at a time among all processes on this database (docs/why/0005): the lock's name,
 * "otasuke" as a number, is the same in every version. */
#define WRITER_LOCK "7018969092463520613"

static void close_connection(struct store_db *db)
{
	struct postgres_db *pg = postgres_of(db);

	must(pg->open == 0); /* somebody forgot store_rows_free() */
	postgres_drop(pg);
	while (pg->idle) {
		struct postgres_rows *rows = pg->idle;
		pg->idle = rows->next;
		free(rows);
	}
	buf_fini(&pg->bulk.data);
	buf_fini(&pg->bulk.ends);
	free(pg->place);
	free(pg);
}

static struct store_db *open_connection(const char *place, enum store_mode mode)
{
	struct postgres_db *pg = calloc(1, sizeof(*pg));

	if (!pg)
		return NULL;
	pg->db.mode = mode;
	pg->place = strdup(place);
	buf_init(&pg->bulk.data, 96u << 20);
	buf_init(&pg->bulk.ends, 16u << 20);
	if (!pg->place || postgres_reopen(pg) < 0) {
		close_connection(&pg->db);
		return NULL;
	}
	return &pg->db;
}

static int64_t changed(struct store_db *db)
{
	return postgres_of(db)->changed;
}

static int script(struct store_db *db, const char *sql, enum store_tongue tongue)
{
	struct buf text;

	if (tongue == STORE_OWN_SQL)
		return postgres_run(postgres_of(db), sql);
	buf_init(&text, 16u << 20);
	(void)postgres_translate(sql, POSTGRES_SCHEMA, &text);
	int err = postgres_run(postgres_of(db), buf_text(&text));
	buf_fini(&text);
	return err;
}

/* Nothing of this transaction has happened yet, so a connection that was lost meanwhile may
 * be opened anew. */
static int begin(struct store_db *db)
{
	struct postgres_db *pg = postgres_of(db);
	const char *sql = db->mode == STORE_WRITER
			      ? "BEGIN; SELECT pg_advisory_xact_lock(" WRITER_LOCK ")"
			      : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

	if (pg->stale)
		postgres_drop(pg);
	pg->stale = false;
	if (pg->conn && PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		postgres_drop(pg); /* a rollback that did not get through */
	bool fresh = !pg->conn;
	int err = fresh ? postgres_reopen(pg) : 0;
	if (err == 0)
		err = postgres_run(pg, sql);
	if (err < 0 && !pg->conn && !fresh) {
		err = postgres_reopen(pg);
		if (err == 0)
			err = postgres_run(pg, sql);
	}
	return err;
}

/* PostgreSQL answers COMMIT of a spoilt transaction with "ROLLBACK", and one that it did not
 * wait for the replicas with a warning: neither is durable. */
static int commit(struct store_db *db, int64_t change)
{
	struct postgres_db *pg = postgres_of(db);
	int err = 0;

	if (change > 0)
		err = postgres_exec(db, "SELECT pg_notify('otasuke', CAST(? AS TEXT))",
		    STORE_ARGS(STORE_INT(change)));
	if (err == 0)
		err = postgres_alive(pg);
	if (err < 0)
		return err;
	pg->warned = false;
	PGresult *r = PQexec(pg->conn, "COMMIT");
	bool done = r && strcmp(PQcmdStatus(r), "COMMIT") == 0;
	err = postgres_judge(pg, r, "COMMIT");
	PQclear(r);
	if (err < 0)
		return err;
	return done && !pg->warned ? 0 : FAIL_IO;
}

static void rollback(struct store_db *db)
{
	struct postgres_db *pg = postgres_of(db);

	if (pg->conn && PQtransactionStatus(pg->conn) != PQTRANS_IDLE &&
	    postgres_run(pg, "ROLLBACK") < 0 && pg->conn)
		postgres_drop(pg);
}

/* Ids that were written by hand do not move a table's counter. */
static int settle_ids(struct store_db *db)
{
	return postgres_run(postgres_of(db),
	    "DO $$ DECLARE c record; top bigint; BEGIN "
	    "FOR c IN SELECT table_name, column_name FROM information_schema.columns "
	    "WHERE table_schema = 'public' AND is_identity = 'YES' LOOP "
	    "EXECUTE format('SELECT max(%I) FROM %I', c.column_name, c.table_name) INTO top; "
	    "PERFORM setval(pg_get_serial_sequence(c.table_name, c.column_name), "
	    "coalesce(top, 1), top IS NOT NULL); END LOOP; END $$");
}

/* A migration made tables, and perhaps rows with ids. */
static int migrated(struct store_db *db)
{
	int err = settle_ids(db);

	return err < 0 ? err : postgres_fences(postgres_of(db));
}

static void bulk_forget(struct store_db *db)
{
	postgres_bulk_forget(postgres_of(db));
}

static int copy(struct store_db *db, const char *file)
{
	(void)db;
	(void)file;
	log_error("C122",
	    "the data is in PostgreSQL: back it up with pg_basebackup (whole server, to any "
	    "moment) or pg_dump (this database)");
	return FAIL_CONFLICT;
}

/* What PostgreSQL keeps true by itself needs no walk; what it cannot know is asked. */
static int inspect(struct store_db *db, struct buf *report)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT conrelid::regclass::text, conname::text FROM pg_constraint "
	    "WHERE NOT convalidated AND connamespace = 'public'::regnamespace",
	    STORE_NO_ARGS);
	while (store_next(rows))
		buf_addf(report, "reference: rule %s of %s was never checked\n",
		    store_col_text(rows, 1), store_col_text(rows, 0));
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	store_query(db, &rows,
	    "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = "
	    "i.indexrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisvalid",
	    STORE_NO_ARGS);
	while (store_next(rows))
		buf_addf(report, "index: %s is not usable\n", store_col_text(rows, 0));
	err = store_rows_free(rows);
	if (err < 0)
		return err;
	store_query(db, &rows,
	    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', "
	    "'full_page_writes') AND setting = 'off'",
	    STORE_NO_ARGS);
	while (store_next(rows))
		log_warn("C123", "%s is off: a power cut may destroy the data",
		    store_col_text(rows, 0));
	return store_rows_free(rows);
}

const struct store_backend store_postgres = { .name = "PostgreSQL",
	.open = open_connection,
	.close = close_connection,
	.exec = postgres_exec,
	.changed = changed,
	.script = script,
	.query = postgres_query,
	.next = postgres_next,
	.finish = postgres_finish,
	.col_int = postgres_col_int,
	.col_text = postgres_col_text,
	.col_span = postgres_col_span,
	.col_null = postgres_col_null,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.settle_ids = settle_ids,
	.migrated = migrated,
	.fence = postgres_fence,
	.tend = postgres_tend,
	.bulk_add = postgres_bulk_add,
	.bulk_end = postgres_bulk_end,
	.bulk_forget = bulk_forget,
	.copy = copy,
	.inspect = inspect,
	.watch_new = postgres_watch_new,
	.watch_free = postgres_watch_free,
	.watch_leads = postgres_watch_leads,
	.watch_alone = postgres_watch_alone };
