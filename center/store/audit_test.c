/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "tests/check.h"
#include "tests/storedir.h"

static char dir[64];

static struct store_db *with_lines(int n)
{
	char place[STORE_PLACE_ROOM];

	check_eq(store_place(storedir_make(dir), place), 0);
	struct store_db *db = store_db_open(place, STORE_WRITER);

	check_eq(store_migrate_db(db, store_migrations), 0);
	for (int i = 0; i < n; i++) {
		struct store_audit a = { .at_us = i,
			.account_id = i % 2,
			.action = "incident.open",
			.detail = i ? "緊急" : NULL };
		check_eq(store_audit(db, &a), 0);
	}
	return db;
}

/* Whoever owns the database can take the guard away: what then shows is the chain. */
static void unguard(struct store_db *db)
{
	const char *sql = storedir_on_postgres()
			      ? "DROP TRIGGER audit_no_change ON audit"
			      : "DROP TRIGGER audit_no_update";

	check_eq(store_exec(db, sql, STORE_NO_ARGS), 0);
	if (!storedir_on_postgres())
		check_eq(
		    store_exec(db, "DROP TRIGGER audit_no_delete", STORE_NO_ARGS), 0);
}

static void the_log_only_grows(void)
{
	struct store_db *db = with_lines(3);
	int64_t n = 0;

	check(store_exec(db, "UPDATE audit SET detail = 'x'", STORE_NO_ARGS) < 0);
	check(store_exec(db, "DELETE FROM audit WHERE id = 2", STORE_NO_ARGS) < 0);
	check_eq(store_get_int(db, &n, "SELECT COUNT(*) FROM audit", STORE_NO_ARGS), 0);
	check_eq(n, 3);
	store_db_close(db);
	storedir_remove(dir);
}

static int64_t broken_after(const char *sql)
{
	struct store_db *db = with_lines(5);
	int64_t broken = 0;

	unguard(db);
	check_eq(store_exec(db, sql, STORE_NO_ARGS), 0);
	int err = store_audit_check(db, &broken);
	check_eq(err, broken ? FAIL_FORMAT : 0);
	store_db_close(db);
	storedir_remove(dir);
	return broken;
}

static void an_untouched_chain_holds(void)
{
	check_eq(broken_after("SELECT 1"), 0);
}

static void every_touch_shows(void)
{
	check_eq(broken_after("UPDATE audit SET detail = 'x' WHERE id = 3"), 3);
	check_eq(broken_after("UPDATE audit SET at_us = 9 WHERE id = 1"), 1);
	check_eq(broken_after("UPDATE audit SET account_id = 7 WHERE id = 5"), 5);
	check_eq(broken_after("DELETE FROM audit WHERE id = 2"), 3);
	check_eq(broken_after("DELETE FROM audit WHERE id = 1"), 2);
}

static void a_cut_tail_shows(void)
{
	struct store_db *db = with_lines(5);
	struct store_audit_place end, again;
	int64_t broken = 0;

	check_eq(store_audit_anchor(db, 1000, &end), 1);
	check_eq(end.line, 5);
	check_eq(store_audit_anchor(db, 2000, &again), 0);
	check_eq(store_audit_holds(db, &end), 0);
	check_eq(store_audit_verify(db, 4, &broken, &again), 0);
	check_text(again.hash, end.hash);
	unguard(db);
	check_eq(store_exec(db, "DELETE FROM audit WHERE id = 5", STORE_NO_ARGS), 0);
	check_eq(
	    store_audit_verify(db, 1, &broken, &again), 0); /* by itself it holds */
	check_eq(store_audit_holds(db, &end), FAIL_FORMAT);
	check_eq(store_audit_check(db, &broken), FAIL_FORMAT);
	check_eq(broken, 5);
	store_db_close(db);
	storedir_remove(dir);
}

CHECK_MAIN(
    an_untouched_chain_holds, every_touch_shows, the_log_only_grows, a_cut_tail_shows)
