/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <openssl/sha.h>
#include <stdio.h>

#define SUM_ROOM (2 * SHA256_DIGEST_LENGTH + 1)

/* The text for this back-end. */
static const char *text_of(const struct store_db *db, const struct store_migration *m)
{
	return m->sql                           ? m->sql
	       : db->backend == &store_postgres ? m->postgres
						: m->sqlite;
}

static void sum_of(const char *sql, char *sum)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)sql, strlen(sql), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(sum + 2 * i, 3, "%02x", digest[i]);
}

unsigned store_schema_newest(void)
{
	unsigned newest = 0;

	for (const struct store_migration *m = store_migrations; m->number; m++)
		newest = m->number;
	return newest;
}

/* The database's own list against ours.  *have: how many of ours are in it. */
static int compare(
    struct store_db *db, const struct store_migration *list, unsigned *have)
{
	struct store_rows *rows;
	int err = 0;

	*have = 0;
	store_query(db, &rows, "SELECT number, sum FROM migration ORDER BY number",
	    STORE_NO_ARGS);
	while (err == 0 && store_next(rows)) {
		const struct store_migration *m = &list[*have];
		char sum[SUM_ROOM] = "";
		if (m->number)
			sum_of(text_of(db, m), sum);
		if (!m->number || (unsigned)store_col_int(rows, 0) != m->number ||
		    strcmp(store_col_text(rows, 1), sum) != 0) {
			log_error("C110",
			    "the database has migration %lld, which this "
			    "version does not know: use the version that "
			    "wrote it, or a newer one",
			    (long long)store_col_int(rows, 0));
			err = FAIL_CONFLICT;
			break;
		}
		++*have;
	}
	int read = store_rows_free(rows);
	return err < 0 ? err : read;
}

/* Inside a transaction that holds the write lock: whoever else starts now waits, and then
 * finds the migration done. */
static int run_next(struct store_db *db, const struct store_migration *list, bool *ran)
{
	unsigned have = 0;
	char sum[SUM_ROOM];
	int err = store_exec(db,
	    "CREATE TABLE IF NOT EXISTS migration ("
	    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
	    "sum TEXT NOT NULL, at_us BIGINT NOT NULL)",
	    STORE_NO_ARGS);

	*ran = false;
	if (err == 0)
		err = compare(db, list, &have);
	if (err < 0 || !list[have].number)
		return err;
	const struct store_migration *m = &list[have];
	sum_of(text_of(db, m), sum);
	err =
	    m->sql ? store_script(db, m->sql) : store_db_script_own(db, text_of(db, m));
	if (err == 0)
		err = store_exec(db, "INSERT INTO migration VALUES (?, ?, ?, ?)",
		    STORE_ARGS(STORE_INT(m->number), STORE_TEXT(m->name),
			STORE_TEXT(sum), STORE_INT(clock_now_us())));
	if (err == 0)
		err = db->backend->migrated(db);
	*ran = err == 0;
	if (err < 0)
		log_error(
		    "C111", "migration %s failed; nothing of it was kept", m->name);
	return err;
}

int store_migrate_db(struct store_db *db, const struct store_migration *list)
{
	bool ran = true;

	while (ran) {
		int err = store_db_begin(db);
		if (err == 0)
			err = run_next(db, list, &ran);
		if (err == 0)
			err = store_db_commit(db, 0);
		if (err < 0) {
			store_db_rollback(db);
			return err;
		}
	}
	return 0;
}
