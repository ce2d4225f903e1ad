/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/import.h"
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"

#include <stdio.h>

#define SEND_BYTES (1u << 20)

struct span postgres_import_text(struct span text, struct buf *more)
{
	return postgres_clean(text, more);
}

static int has_rows(struct store_db *db, const char *table, bool *yes)
{
	char sql[IMPORT_NAME_ROOM + 60];
	int64_t n = 0;

	snprintf(sql, sizeof(sql), "SELECT CAST(EXISTS (SELECT 1 FROM \"%s\") AS INT)",
	    table);
	int err = store_get_int(db, &n, sql, STORE_NO_ARGS);
	*yes = n;
	return err;
}

/* A centre that has begun has a chamber, or people, or a gate; what a migration itself puts
 * in is no obstacle. */
static int refuse_used(struct store_db *db)
{
	static const char *const tables[] = { "chamber", "company", "account",
		"audit" };
	bool used = false;
	int err = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && err == 0; i++) {
		err = has_rows(db, tables[i], &used);
		if (err == 0 && used) {
			log_error("C134",
			    "that database holds a centre's data already (%s): give an "
			    "empty one",
			    tables[i]);
			err = FAIL_CONFLICT;
		}
	}
	return err;
}

static int column_there(
    struct store_db *db, const char *table, const char *column, bool *yes)
{
	int64_t n = 0;
	int err = store_get_int(db, &n,
	    "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'public' "
	    "AND table_name = ? AND column_name = ?",
	    STORE_ARGS(STORE_TEXT(table), STORE_TEXT(column)));

	*yes = n == 1;
	return err;
}

static int check_columns(struct store_db *db, const struct import_table *t)
{
	int64_t n = 0;
	bool there = true;
	int err = store_get_int(db, &n,
	    "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'public' "
	    "AND table_name = ?",
	    STORE_ARGS(STORE_TEXT(t->name)));

	for (unsigned i = 0; i < t->columns_n && err == 0 && there; i++)
		err = column_there(db, t->name, t->columns[i].name, &there);
	if (err == 0 && (!there || n != t->columns_n)) {
		log_error("C135", "table %s has other columns on PostgreSQL", t->name);
		err = FAIL_FORMAT;
	}
	return err;
}

/* Rules between tables are put aside as text, and made again when all rows are there. */
static const char rules_away[] =
    "CREATE TEMPORARY TABLE import_rule ON COMMIT DROP AS SELECT "
    "c.conrelid::regclass::text AS tab, c.conname::text AS rule, "
    "pg_get_constraintdef(c.oid) AS def FROM pg_constraint c WHERE c.contype = 'f' AND "
    "c.connamespace = 'public'::regnamespace AND c.conparentid = 0; "
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM import_rule LOOP "
    "EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, r.rule); "
    "END LOOP; END $$";
static const char rules_back[] =
    "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM import_rule LOOP "
    "EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.tab, r.rule, r.def); "
    "END LOOP; END $$";

/* COPY does not go into a table whose rules bind the owner. */
static int force(
    struct store_db *db, const struct import_table *tables, size_t n, bool on)
{
	char sql[IMPORT_NAME_ROOM + 200];
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		snprintf(sql, sizeof(sql),
		    "DO $$ BEGIN IF (SELECT relrowsecurity FROM pg_class WHERE oid = "
		    "'\"%s\"'::regclass) THEN ALTER TABLE \"%s\" %sFORCE ROW LEVEL SECURITY; "
		    "END IF; END $$",
		    tables[i].name, tables[i].name, on ? "" : "NO ");
		err = store_db_script_own(db, sql);
	}
	return err;
}

static int empty(struct store_db *db, const struct import_table *tables, size_t n)
{
	char sql[IMPORT_NAME_ROOM + 20];
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM \"%s\"", tables[i].name);
		err = store_exec(db, sql, STORE_NO_ARGS);
	}
	return err;
}

int postgres_import_prepare(
    struct store_db *db, const struct import_table *tables, size_t n)
{
	int err = refuse_used(db);

	for (size_t i = 0; i < n && err == 0; i++)
		err = check_columns(db, &tables[i]);
	if (err == 0)
		err = store_db_script_own(db, rules_away);
	if (err == 0)
		err = force(db, tables, n, false);
	return err < 0 ? err : empty(db, tables, n);
}

int postgres_import_finish(
    struct store_db *db, const struct import_table *tables, size_t n)
{
	int err = store_db_script_own(db, rules_back);

	if (err == 0)
		err = force(db, tables, n, true);
	return err < 0 ? err : store_settle_ids(db);
}

/* ---- rows ---- */

static int send(struct postgres_db *pg)
{
	struct buf *b = &pg->bulk.data;
	int sent =
	    pg->conn ? PQputCopyData(pg->conn, (const char *)b->at, (int)b->len) : -1;

	buf_clear(b);
	return sent == 1 ? 0 : FAIL_IO;
}

int postgres_import_begin(struct store_db *db, const struct import_table *t)
{
	struct postgres_db *pg = postgres_of(db);
	struct buf sql;

	if (db->spoilt)
		return db->spoilt;
	buf_init(&sql, 64u << 10);
	buf_addf(&sql, "COPY \"%s\" (", t->name);
	for (unsigned i = 0; i < t->columns_n; i++)
		buf_addf(&sql, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
	buf_add_text(&sql, ") FROM STDIN (FORMAT binary)");
	int err = postgres_run(pg, buf_text(&sql));
	buf_fini(&sql);
	buf_clear(&pg->bulk.data);
	postgres_bulk_head(&pg->bulk.data);
	return err;
}

int postgres_import_row(struct store_db *db, struct store_args row)
{
	struct postgres_db *pg = postgres_of(db);

	postgres_bulk_row(&pg->bulk.data, row);
	return pg->bulk.data.len < SEND_BYTES ? 0 : send(pg);
}

int postgres_import_end(struct store_db *db, int err)
{
	struct postgres_db *pg = postgres_of(db);
	PGresult *r;

	if (err < 0 && (!pg->conn || PQtransactionStatus(pg->conn) != PQTRANS_ACTIVE))
		return 0;
	if (err == 0) {
		buf_add(&pg->bulk.data, "\377\377", 2);
		err = send(pg);
	}
	if (pg->conn && PQputCopyEnd(pg->conn, err < 0 ? "given up" : NULL) != 1)
		err = FAIL_IO;
	while (pg->conn && (r = PQgetResult(pg->conn))) {
		int verdict = postgres_judge(pg, r, "COPY");
		PQclear(r);
		if (verdict < 0 && err == 0)
			err = verdict;
	}
	buf_clear(&pg->bulk.data);
	if (err < 0 && !db->spoilt)
		db->spoilt = err;
	return pg->conn ? err : FAIL_IO;
}
