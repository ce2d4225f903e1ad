/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"
#include "tests/check.h"
#include "tests/storedir.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static char name[] = "岸和田商工会議所（見本）";

static int add_chamber(struct store_db *db, void *arg)
{
	const char *chamber = arg;

	return store_exec(db, "INSERT INTO chamber (name) VALUES (?)",
	    STORE_ARGS(STORE_TEXT(chamber)));
}

static int add_then_fail(struct store_db *db, void *arg)
{
	int err = add_chamber(db, arg);

	if (err == 0 && store_note_change(db) < 0)
		err = FAIL_IO;
	return err < 0 ? err : FAIL_DENIED;
}

static int add_and_note(struct store_db *db, void *arg)
{
	int64_t change = store_note_change(db);

	return change < 0 ? (int)change : add_chamber(db, arg);
}

static int64_t chambers(struct store *s)
{
	struct store_db *db = store_read(s);
	int64_t n = -1;

	check(db != NULL);
	check_eq(
	    store_get_int(db, &n, "SELECT COUNT(*) FROM chamber", STORE_NO_ARGS), 0);
	store_read_done(s, db);
	return n;
}

static void what_is_written_is_read(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));

	check(s != NULL);
	check_eq(store_write(s, add_chamber, name), 0);
	check_eq(chambers(s), 1);
	store_close(s);
	s = store_open(dir);
	check_eq(chambers(s), 1);
	store_close(s);
	storedir_remove(dir);
}

static void a_failed_write_leaves_nothing(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	int64_t before = store_change(s);

	check_eq(store_write(s, add_then_fail, name), FAIL_DENIED);
	check_eq(chambers(s), 0);
	check_eq(store_change(s), before); /* its change was undone with it */
	store_close(s);
	storedir_remove(dir);
}

/* ---- groups ---- */

#define SLOW_JOBS 3

static atomic_uint begun, ended;
static unsigned begun_at_end[SLOW_JOBS + 1];

static int slow_job(struct store_db *db, void *arg)
{
	(void)db;
	(void)arg;
	begun++;
	(void)usleep(2 * STORE_GROUP_MS * 1000);
	return 0;
}

static void note_end(struct store_job *job, int result)
{
	(void)job;
	check_eq(result, 0);
	begun_at_end[ended] = begun;
	ended++;
}

/* Whoever is done hears it before the slow ones behind begin, in the old order. */
static void slow_writers_do_not_wait_for_each_other(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	struct store_job jobs[SLOW_JOBS + 1] = { 0 };

	for (int i = 0; i <= SLOW_JOBS; i++) {
		jobs[i].fn = slow_job;
		jobs[i].done = note_end;
		check_eq(store_post(s, &jobs[i]), 0);
	}
	store_close(s);
	check_eq(ended, SLOW_JOBS + 1);
	for (unsigned i = 0; i <= SLOW_JOBS; i++)
		check_eq(begun_at_end[i], i + 1);
	storedir_remove(dir);
}

static void readers_cannot_write(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	struct store_db *db = store_read(s);

	check(add_chamber(db, name) < 0);
	store_read_done(s, db);
	check_eq(chambers(s), 0);
	store_close(s);
	storedir_remove(dir);
}

/* PostgreSQL spoils a transaction by a statement that fails; so do we on SQLite, so that a job
 * that goes on after a failure does not work on one of them only. */
static int go_on_after_a_failure(struct store_db *db, void *arg)
{
	int err = add_chamber(db, arg);

	check_eq(err, 0);
	(void)!store_exec(
	    db, "INSERT INTO change_counter VALUES (1, 1)", STORE_NO_ARGS);
	check_eq(add_chamber(db, arg), FAIL_CONFLICT); /* the first failure stays */
	return 0;
}

static void a_failure_cannot_be_passed_over(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));

	check_eq(store_write(s, go_on_after_a_failure, name), FAIL_CONFLICT);
	check_eq(chambers(s), 0);
	check_eq(store_write(s, add_chamber, name), 0);
	store_close(s);
	storedir_remove(dir);
}

static void *many_writes(void *arg)
{
	struct store *s = arg;

	for (int i = 0; i < 50; i++) {
		check_eq(store_write(s, i % 5 ? add_and_note : add_then_fail, name),
		    i % 5 ? 0 : FAIL_DENIED);
		check(chambers(s) > 0 || i == 0);
	}
	return NULL;
}

/* Failing and good writes of eight threads share commits and do not disturb each other. */
static void many_writers_share(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	pthread_t threads[8];
	int64_t before = store_change(s);

	for (int i = 0; i < 8; i++)
		check_eq(pthread_create(&threads[i], NULL, many_writes, s), 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	check_eq(chambers(s), 8 * 40);
	check_eq(store_change(s), before + 8 * 40);
	store_close(s);
	storedir_remove(dir);
}

static void *note_later(void *arg)
{
	usleep(50000);
	check_eq(store_write(arg, add_and_note, name), 0);
	return NULL;
}

static void watchers_wake(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	pthread_t thread;
	int64_t now = store_change(s);

	check_eq(store_wait_change(s, now, 1), now); /* nothing happened */
	check_eq(pthread_create(&thread, NULL, note_later, s), 0);
	check_eq(store_wait_change(s, now, 20000), now + 1);
	pthread_join(thread, NULL);
	check_eq(store_wait_change(s, now, 20000), now + 1); /* already beyond */
	store_close(s);
	storedir_remove(dir);
}

static atomic_int posted;

static void count_done(struct store_job *job, int result)
{
	(void)job;
	posted += result == 0;
}

static void closing_finishes_what_waits(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	static struct store_job jobs[1000];

	for (int i = 0; i < 1000; i++) {
		jobs[i] = (struct store_job){
			.fn = add_chamber, .arg = name, .done = count_done
		};
		check_eq(store_post(s, &jobs[i]), 0);
	}
	store_close(s);
	check_eq(posted, 1000);
	s = store_open(dir);
	check_eq(chambers(s), 1000);
	store_close(s);
	storedir_remove(dir);
}

static void a_backup_is_a_database(void)
{
	char dir[64], copy[100], file[128];
	struct store *s = store_open(storedir_make(dir));
	struct buf report;

	if (storedir_on_postgres()) {
		/* It has tools of its own for that, and we say so. */
		snprintf(copy, sizeof(copy), "%s/copy", dir);
		check_eq(store_backup(dir, copy), FAIL_CONFLICT);
		store_close(s);
		storedir_remove(dir);
		return;
	}
	check_eq(store_write(s, add_chamber, name), 0);
	snprintf(copy, sizeof(copy), "%s/copy", dir);
	snprintf(file, sizeof(file), "%s/otasuke.db", copy);
	check_eq(store_backup(dir, copy), 0); /* while the store is open */
	check(store_backup(dir, copy) < 0);   /* never over an old one */
	store_close(s);
	check_eq(unlink(file), -1);
	char moved[80];
	snprintf(moved, sizeof(moved), "%s/otasuke.db", dir);
	check_eq(rename(copy, moved), 0);
	buf_init(&report, 4096);
	check_eq(store_check(dir, &report), 0);
	check_eq(report.len, 0);
	buf_fini(&report);
	s = store_open(dir);
	check_eq(chambers(s), 1);
	store_close(s);
	storedir_remove(dir);
}

CHECK_MAIN(what_is_written_is_read, a_failed_write_leaves_nothing,
    slow_writers_do_not_wait_for_each_other, readers_cannot_write,
    a_failure_cannot_be_passed_over, many_writers_share, watchers_wake,
    closing_finishes_what_waits, a_backup_is_a_database)
