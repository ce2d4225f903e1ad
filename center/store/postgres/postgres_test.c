/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "tests/check.h"
#include "tests/storedir.h"

/* Only on PostgreSQL: the second fence, months of events, and several at once. */

static char dir[64];

static int fill(struct store_db *db, void *arg)
{
	(void)arg;
	int err = store_script(db,
	    "INSERT INTO chamber (id, name) VALUES (1, 'one'), (2, 'two');"
	    "INSERT INTO company (id, chamber_id, name, created_us) VALUES (1, 1, 'a', 0), "
	    "(2, 1, 'b', 0), (3, 2, 'c', 0);"
	    "INSERT INTO site (id, company_id, name) VALUES (1, 1, 's'), (2, 2, 's'), (3, 3, "
	    "'s');"
	    "INSERT INTO gate (id, company_id, site_id, name) VALUES (1, 1, 1, 'g'), (2, 2, 2, "
	    "'g'), (3, 3, 3, 'g');"
	    "INSERT INTO incident (id, company_id, gate_id, cause, severity, stopped, first_us, "
	    "last_us, opened_us, change) VALUES (1, 1, 1, 'EXPLOIT', 1, 1, 0, 0, 0, 0), "
	    "(2, 2, 2, 'EXPLOIT', 1, 1, 0, 0, 0, 0), (3, 3, 3, 'EXPLOIT', 1, 1, 0, 0, 0, 0);");
	for (int64_t c = 1; c <= 3 && err == 0; c++)
		err = store_event_add(db,
		    "company_id, gate_id, incident_id, at_us, taken_us, severity, eve",
		    5,
		    STORE_ARGS(STORE_INT(c), STORE_INT(c), STORE_INT(c), STORE_INT(5),
			STORE_INT(5), STORE_INT(1), STORE_BYTES(span_of("\0x", 2))));
	for (int64_t c = 1; c <= 3 && err == 0; c++)
		err = store_audit(db,
		    &(struct store_audit){
			.company_id = c, .incident_id = c, .action = "incident.open" });
	return err < 0 ? err : store_settle_ids(db);
}

static int64_t count(struct store_db *db, const char *sql)
{
	int64_t n = -1;

	check_eq(store_get_int(db, &n, sql, STORE_NO_ARGS), 0);
	return n;
}

/* A query that forgot its condition. */
static int64_t seen(
    struct store *s, int64_t chamber, int64_t company, const char *table)
{
	char sql[100];
	struct store_db *db = store_read(s);

	check_eq(store_fence(db, chamber, company), 0);
	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM %s", table);
	int64_t n = count(db, sql);
	store_read_done(s, db);
	return n;
}

static void nobody_sees_others(void)
{
	static const char *const tables[] = { "company", "site", "gate", "incident",
		"event", "audit" };
	struct store *s = store_open(storedir_make(dir));

	check_eq(store_write(s, fill, NULL), 0);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		check_eq(seen(s, 0, 0, tables[i]), 3);
		check_eq(seen(s, 1, 0, tables[i]), 2);
		check_eq(seen(s, 2, 0, tables[i]), 1);
		check_eq(seen(s, 1, 2, tables[i]), 1);
		/* A company of another chamber: nothing at all. */
		check_eq(seen(s, 1, 3, tables[i]), 0);
		check_eq(seen(s, 0, 0, tables[i]), 3); /* it ends with its reader */
	}
	check_eq(seen(s, 1, 0, "chamber"), 1);
	store_close(s);
	storedir_remove(dir);
}

/* Whatever migration made a table of tenants, it has the fence. */
static void every_table_has_it(void)
{
	struct store *s = store_open(storedir_make(dir));
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT DISTINCT CAST(c.relname AS TEXT) FROM pg_class c JOIN pg_attribute a ON "
	    "a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind "
	    "IN ('r', 'p') AND NOT c.relispartition AND a.attname IN ('company_id', "
	    "'chamber_id') AND NOT a.attisdropped AND NOT (c.relrowsecurity AND "
	    "c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = "
	    "c.oid))",
	    STORE_NO_ARGS);
	while (store_next(rows))
		check_text(store_col_text(rows, 0), "");
	check_eq(store_rows_free(rows), 0);
	check_eq(count(db, "SELECT CAST(rolsuper AS INT) FROM pg_roles WHERE rolname = "
			   "current_user"),
	    0); /* a superuser is above every fence */
	store_read_done(s, db);
	store_close(s);
	storedir_remove(dir);
}

/* ---- months ---- */

#define MONTH_US (INT64_C(30) * 24 * 3600 * 1000000)
/* 2026-11-21 */
#define NOW_US (INT64_C(1795226400) * 1000000)

static int64_t now_us;

static int tend(struct store_db *db, void *arg)
{
	(void)arg;
	return store_tend(db, now_us);
}

static int add_event(struct store_db *db, void *arg)
{
	const int64_t *at_us = arg;

	return store_event_add(db,
	    "company_id, gate_id, at_us, taken_us, severity, eve", *at_us,
	    STORE_ARGS(STORE_INT(1), STORE_INT(1), STORE_INT(*at_us), STORE_INT(*at_us),
		STORE_INT(1), STORE_BYTES(span_of("x", 1))));
}

static int64_t ask(struct store *s, const char *sql)
{
	struct store_db *db = store_read(s);
	int64_t n = count(db, sql);

	store_read_done(s, db);
	return n;
}

static int forget_all(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db, "DELETE FROM event", STORE_NO_ARGS);
}

static void months_come_and_go(void)
{
	struct store *s = store_open(storedir_make(dir));
	int64_t early = NOW_US, late = NOW_US + MONTH_US, far = NOW_US + 40 * MONTH_US;
	static const char months[] =
	    "SELECT COUNT(*) FROM pg_inherits WHERE inhparent = "
	    "'event'::regclass";

	check_eq(store_write(s, fill, NULL), 0);
	check_eq(ask(s, months), 1); /* event_rest */
	now_us = NOW_US;
	check_eq(store_write(s, tend, NULL), 0);
	check_eq(store_write(s, tend, NULL), 0); /* nothing more to do */
	check_eq(ask(s, months), 4);
	check_eq(store_write(s, add_event, &early), 0);
	check_eq(store_write(s, add_event, &late), 0);
	check_eq(store_write(s, add_event, &far), 0); /* a clock gone wild */
	check_eq(ask(s, "SELECT COUNT(*) FROM event_202611"), 1);
	check_eq(ask(s, "SELECT COUNT(*) FROM event_202612"), 1);
	check_eq(ask(s, "SELECT COUNT(*) FROM event_rest"), 4); /* three from 1970 */
	check_eq(ask(s, "SELECT COUNT(DISTINCT id) FROM event"), 6);
	check_eq(ask(s, "SELECT MAX(id) FROM event"), 6);
	/* Its month cannot be made any more, and that stops nobody. */
	now_us = far;
	check_eq(store_write(s, tend, NULL), 0);
	check_eq(store_write(s, add_event, &far), 0);
	int64_t before = ask(s, months);
	check_eq(store_write(s, forget_all, NULL), 0);
	for (int i = 0; i < 5; i++)
		check_eq(store_write(s, tend, NULL), 0);
	check(ask(s, months) < before);
	check_eq(ask(s, "SELECT CAST(to_regclass('event_202611') IS NULL AS INT)"), 1);
	store_close(s);
	storedir_remove(dir);
}

/* ---- two processes, as far as one can play them ---- */

static int note(struct store_db *db, void *arg)
{
	(void)arg;
	return store_note_change(db) < 0 ? FAIL_IO : 0;
}

static void another_process_wakes_us(void)
{
	struct store *one = store_open(storedir_make(dir)), *two = store_open(dir);
	int64_t seen_one = store_change(one);

	check(store_leads(one));
	check(!store_leads(two));
	check(!store_alone(two));
	check_eq(store_write(two, note, NULL), 0);
	check_eq(store_wait_change(one, seen_one, 5000), seen_one + 1);
	store_close(one);
	for (int i = 0; i < 100 && !store_leads(two); i++)
		(void)usleep(100000);
	check(store_leads(two));
	check(store_alone(two));
	check_eq(store_write(two, note, NULL), 0);
	store_close(two);
	storedir_remove(dir);
}

/* The server ends all our connections: the next write and the next read work again. */
static void a_lost_connection_comes_back(void)
{
	struct store *s = store_open(storedir_make(dir));
	int64_t before = store_change(s);

	check_eq(store_write(s, fill, NULL), 0);
	check_eq(ask(s, "SELECT COUNT(*) FROM company"), 3);
	for (int i = 0; i < 5; i++) {
		PGconn *conn = storedir_server(getenv("OTASUKE_STORE_URL"));
		PQclear(PQexec(conn,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		    "WHERE pid <> pg_backend_pid() AND backend_type = "
		    "'client backend'"));
		PQfinish(conn);
		check_eq(store_write(s, note, NULL), 0);
		check_eq(ask(s, "SELECT COUNT(*) FROM company"), 3);
	}
	check_eq(store_change(s), before + 5);
	store_close(s);
	storedir_remove(dir);
}

CHECK_MAIN(nobody_sees_others, every_table_has_it, months_come_and_go,
    another_process_wakes_us, a_lost_connection_comes_back)
