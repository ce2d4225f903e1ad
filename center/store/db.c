/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"

const struct store_backend *store_backend_of(const char *place)
{
	return store_place_is_postgres(place) ? &store_postgres : &store_sqlite;
}

struct store_db *store_db_open(const char *place, enum store_mode mode)
{
	const struct store_backend *backend = store_backend_of(place);
	struct store_db *db = backend->open(place, mode);

	if (db) {
		db->backend = backend;
		db->mode = mode;
	}
	return db;
}

void store_db_close(struct store_db *db)
{
	if (db)
		db->backend->close(db);
}

/* Inside a transaction the first failure stays. */
static int note(struct store_db *db, int err)
{
	if (err < 0 && db->begun && !db->spoilt)
		db->spoilt = err;
	return err;
}

int store_exec(struct store_db *db, const char *sql, struct store_args args)
{
	if (db->spoilt)
		return db->spoilt;
	return note(db, db->backend->exec(db, sql, args));
}

int64_t store_changed(struct store_db *db)
{
	return db->backend->changed(db);
}

int store_script(struct store_db *db, const char *sql)
{
	if (db->spoilt)
		return db->spoilt;
	return note(db, db->backend->script(db, sql, STORE_SHARED_SQL));
}

int store_db_script_own(struct store_db *db, const char *sql)
{
	if (db->spoilt)
		return db->spoilt;
	return note(db, db->backend->script(db, sql, STORE_OWN_SQL));
}

int store_query(struct store_db *db, struct store_rows **out, const char *sql,
    struct store_args args)
{
	int err = db->spoilt;

	*out = err ? NULL : db->backend->query(db, sql, args, &err);
	if (*out)
		return 0;
	*out = &db->nothing;
	db->nothing = (struct store_rows){ .db = db, .err = err };
	return note(db, err);
}

bool store_next(struct store_rows *rows)
{
	if (!rows->open || rows->err != 0)
		return false;
	int got = rows->db->backend->next(rows);
	if (got > 0)
		return true;
	rows->err = got < 0 ? note(rows->db, got) : 1;
	return false;
}

int store_rows_free(struct store_rows *rows)
{
	int err = rows->err < 0 ? rows->err : 0;

	if (rows->open)
		rows->db->backend->finish(rows);
	return err;
}

int64_t store_col_int(const struct store_rows *rows, unsigned column)
{
	return rows->db->backend->col_int(rows, column);
}

const char *store_col_text(const struct store_rows *rows, unsigned column)
{
	return rows->db->backend->col_text(rows, column);
}

struct span store_col_span(const struct store_rows *rows, unsigned column)
{
	return rows->db->backend->col_span(rows, column);
}

bool store_col_null(const struct store_rows *rows, unsigned column)
{
	return rows->db->backend->col_null(rows, column);
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

int store_settle_ids(struct store_db *db)
{
	return db->spoilt ? db->spoilt : note(db, db->backend->settle_ids(db));
}

int store_fence(struct store_db *db, int64_t chamber_id, int64_t company_id)
{
	if (db->spoilt)
		return db->spoilt;
	return note(db, db->backend->fence(db, chamber_id, company_id));
}

int store_tend(struct store_db *db, int64_t now_us)
{
	return db->spoilt ? db->spoilt : note(db, db->backend->tend(db, now_us));
}

int store_event_add(
    struct store_db *db, const char *columns, int64_t taken_us, struct store_args args)
{
	if (db->spoilt)
		return db->spoilt;
	return note(db, db->backend->bulk_add(db, columns, taken_us, args));
}

int store_event_end(struct store_db *db)
{
	return db->spoilt ? db->spoilt : note(db, db->backend->bulk_end(db));
}

int store_db_begin(struct store_db *db)
{
	db->change = 0;
	db->spoilt = 0;
	int err = db->backend->begin(db);
	db->begun = err == 0;
	return err;
}

int store_db_commit(struct store_db *db, int64_t change)
{
	int err = store_event_end(db);

	if (err == 0)
		err = db->backend->commit(db, change);
	if (err == 0)
		db->begun = false;
	return err;
}

void store_db_rollback(struct store_db *db)
{
	if (db->begun) {
		db->backend->bulk_forget(db);
		db->backend->rollback(db);
	}
	db->begun = false;
	db->spoilt = 0;
	db->change = 0;
}

int store_db_save(struct store_db *db)
{
	return store_exec(db, "SAVEPOINT job", STORE_NO_ARGS);
}

int store_db_save_end(struct store_db *db, int result, int *err)
{
	if (result >= 0) {
		int ended = store_event_end(db);
		result = ended < 0 ? ended : result;
	}
	db->backend->bulk_forget(db);
	db->spoilt = 0;
	*err = 0;
	if (result < 0)
		*err = store_exec(db, "ROLLBACK TO SAVEPOINT job", STORE_NO_ARGS);
	if (*err == 0)
		*err = store_exec(db, "RELEASE SAVEPOINT job", STORE_NO_ARGS);
	return result;
}

#define CHANGES_FORGET 1000 /* one change in so many clears away old ones */

int64_t store_note_change_of(struct store_db *db, int64_t company_id)
{
	int64_t now;
	int err = store_get_int(db, &now,
	    "UPDATE change_counter SET value = value + 1 WHERE one = 1 RETURNING value",
	    STORE_NO_ARGS);

	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO changed (change, company_id) VALUES (?, ?)",
		    STORE_ARGS(STORE_INT(now), STORE_ID(company_id)));
	if (err == 0 && now % CHANGES_FORGET == 0)
		err = store_exec(db, "DELETE FROM changed WHERE change < ?",
		    STORE_ARGS(STORE_INT(now - STORE_CHANGES_MAX)));
	if (err < 0)
		return err;
	db->change = now;
	return now;
}

int64_t store_note_change(struct store_db *db)
{
	return store_note_change_of(db, 0);
}

int64_t store_db_take_change(struct store_db *db)
{
	int64_t change = db->change;

	db->change = 0;
	return change;
}

int store_db_copy(struct store_db *db, const char *file)
{
	return db->backend->copy(db, file);
}

int store_db_inspect(struct store_db *db, struct buf *report)
{
	return db->backend->inspect(db, report);
}
