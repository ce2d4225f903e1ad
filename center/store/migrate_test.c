/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "tests/check.h"
#include "tests/storedir.h"

#include <pthread.h>

static const struct store_migration two[] = {
	{ 1, "0001", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);" },
	{ 2, "0002", "CREATE TABLE b (y INTEGER); INSERT INTO b SELECT x FROM a;" },
	{ 0 },
};

static struct store_db *open_in(const char *dir)
{
	char place[STORE_PLACE_ROOM];

	check_eq(store_place(dir, place), 0);
	return store_db_open(place, STORE_WRITER);
}

static int64_t count(struct store_db *db, const char *sql)
{
	int64_t n = -1;

	return store_get_int(db, &n, sql, STORE_NO_ARGS) < 0 ? -1 : n;
}

static void from_empty(void)
{
	char dir[64];

	storedir_make(dir);
	check_eq(store_migrate(dir), 0);
	check_eq(store_migrate(dir), 0); /* again: nothing to do */
	struct store_db *db = open_in(dir);
	check_eq(count(db, "SELECT MAX(number) FROM migration"), store_schema_newest());
	check_eq(count(db, "SELECT COUNT(*) FROM incident"), 0);
	store_db_close(db);
	storedir_remove(dir);
}

static void one_then_two(void)
{
	char dir[64];
	struct store_migration one[] = { two[0], { 0 } };
	struct store_db *db = open_in(storedir_make(dir));

	check_eq(store_migrate_db(db, one), 0);
	check_eq(store_exec(db, "INSERT INTO a VALUES (2)", STORE_NO_ARGS), 0);
	check_eq(store_migrate_db(db, two), 0);
	check_eq(count(db, "SELECT COUNT(*) FROM b"), 2);
	check_eq(store_migrate_db(db, one), FAIL_CONFLICT); /* an older program */
	store_db_close(db);
	storedir_remove(dir);
}

/* The second statement of a migration fails: nothing of it stays, and a repaired one runs. */
static void interrupted(void)
{
	char dir[64];
	struct store_migration broken[] = { two[0],
		{ 2, "0002", "CREATE TABLE b (y INTEGER); INSERT INTO c VALUES (1);" },
		{ 0 } };
	struct store_db *db = open_in(storedir_make(dir));

	check(store_migrate_db(db, broken) < 0);
	check_eq(count(db, "SELECT COUNT(*) FROM a"), 1);
	check_eq(store_script(db, "CREATE TABLE b (y INTEGER); DROP TABLE b;"), 0);
	check_eq(store_migrate_db(db, two), 0);
	check_eq(count(db, "SELECT COUNT(*) FROM b"), 1);
	store_db_close(db);
	storedir_remove(dir);
}

static void a_changed_text_is_refused(void)
{
	char dir[64];
	struct store_migration other[] = { { 1, "0001", "CREATE TABLE a (x TEXT);" },
		two[1], { 0 } };
	struct store_db *db = open_in(storedir_make(dir));

	check_eq(store_migrate_db(db, two), 0);
	check_eq(store_migrate_db(db, other), FAIL_CONFLICT);
	store_db_close(db);
	storedir_remove(dir);
}

static void *start(void *dir)
{
	return store_migrate(dir) == 0 ? dir : NULL;
}

static void twice_at_once(void)
{
	for (int round = 0; round < 5; round++) {
		char dir[64];
		pthread_t threads[4];
		void *fine;
		storedir_make(dir);
		for (int i = 0; i < 4; i++)
			check_eq(pthread_create(&threads[i], NULL, start, dir), 0);
		for (int i = 0; i < 4; i++) {
			pthread_join(threads[i], &fine);
			check(fine != NULL);
		}
		struct store_db *db = open_in(dir);
		check_eq(count(db, "SELECT MAX(number) FROM migration"),
		    store_schema_newest());
		store_db_close(db);
		storedir_remove(dir);
	}
}

CHECK_MAIN(
    from_empty, one_then_two, interrupted, a_changed_text_is_refused, twice_at_once)
