/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"

/* What the files of this folder share: a connection as db.c sees it, and what a back-end
 * (sqlite/, postgres/) does for it.
 *
 * A statement that fails inside a transaction spoils it until the savepoint or the whole is
 * rolled back: PostgreSQL is so, and db.c makes SQLite be so too, because a job that goes on
 * after a failure would otherwise work on one and not on the other. */

struct store_migration {
	unsigned number;
	const char *name;
	const char *sql; /* for both, or NULL: each has its own */
	const char *sqlite, *postgres;
};

/* Made by tools/embed.py from migrations/; ends with number 0. */
extern const struct store_migration store_migrations[];

/* typical.txt: what most records look like (pack.c). */
extern const char store_typical[];
extern const size_t store_typical_len;

/* ---- packing (pack.c, dictionary.c) ---- */

#define STORE_PACK_TYPICAL 1u
#define STORE_PACK_TEXT_MAX \
	(1u << 20) /* larger than any record that the doors let in */

/* A learned dictionary that this process knows; NULL: not yet. */
struct store_words *store_words_find(uint32_t id);
/* Makes it known; it stays until the process ends.  NULL: no memory. */
struct store_words *store_words_add(uint32_t id, struct span bytes);
uint32_t store_words_id(const struct store_words *w);
/* The newest of the database, NULL when there is none. */
int store_words_newest(struct store_db *db, const struct store_words **words) must_use;
void store_words_set(struct store *s, const struct store_words *words);
/* Which dictionary a packed record needs; 0: none. */
uint32_t store_pack_words(struct span packed);

enum store_mode { STORE_WRITER, STORE_READER };

/* A text of SQL as it is for both, or one that is this back-end's own. */
enum store_tongue { STORE_SHARED_SQL, STORE_OWN_SQL };

/* Who looks out for changes of other processes, and whether this one leads them. */
struct store_watch;
typedef void store_watch_told_fn(void *arg, int64_t change);

struct store_backend {
	const char *name;
	/* NULL with the reason logged. */
	struct store_db *(*open)(const char *place, enum store_mode mode);
	void (*close)(struct store_db *db);
	int (*exec)(struct store_db *db, const char *sql, struct store_args args);
	int64_t (*changed)(struct store_db *db);
	int (*script)(struct store_db *db, const char *sql, enum store_tongue tongue);
	/* NULL: *err says why. */
	struct store_rows *(*query)(
	    struct store_db *db, const char *sql, struct store_args args, int *err);
	/* 1: a row; 0: the end; negative: fail. */
	int (*next)(struct store_rows *rows);
	void (*finish)(struct store_rows *rows);
	int64_t (*col_int)(const struct store_rows *rows, unsigned column);
	const char *(*col_text)(const struct store_rows *rows, unsigned column);
	struct span (*col_span)(const struct store_rows *rows, unsigned column);
	bool (*col_null)(const struct store_rows *rows, unsigned column);
	/* A writer holds the write lock afterwards, alone among all processes. */
	int (*begin)(struct store_db *db);
	/* `change`: other processes' watchers hear of it; 0: nothing to hear.  A commit whose
	 * fate is not known is a failure. */
	int (*commit)(struct store_db *db, int64_t change);
	void (*rollback)(struct store_db *db);
	/* Ids given by INSERT go on after the largest that there is. */
	int (*settle_ids)(struct store_db *db);
	/* Inside the transaction of a migration, after it. */
	int (*migrated)(struct store_db *db);
	/* See store.h. */
	int (*fence)(struct store_db *db, int64_t chamber_id, int64_t company_id);
	int (*tend)(struct store_db *db, int64_t now_us);
	int (*bulk_add)(struct store_db *db, const char *columns, int64_t month_us,
	    struct store_args args);
	int (*bulk_end)(struct store_db *db);
	void (*bulk_forget)(struct store_db *db);
	int (*copy)(struct store_db *db, const char *file);
	int (*inspect)(struct store_db *db, struct buf *report);
	/* NULL where there is one process only.  `told` is called by a thread of its own. */
	struct store_watch *(*watch_new)(
	    const char *place, store_watch_told_fn *told, void *told_arg);
	void (*watch_free)(struct store_watch *w);
	bool (*watch_leads)(struct store_watch *w);
	bool (*watch_alone)(struct store_watch *w);
};

extern const struct store_backend store_sqlite, store_postgres;

/* The head of a back-end's own struct of rows. */
struct store_rows {
	struct store_db *db;
	int err; /* 1: at the end */
	bool open;
};

/* The same of a connection. */
struct store_db {
	const struct store_backend *backend;
	enum store_mode mode;
	int64_t change;            /* see store_db_take_change() */
	bool begun;                /* inside a transaction */
	int spoilt;                /* by this failure, until it is rolled back */
	struct store_rows nothing; /* what a query that failed gives */
};

const struct store_backend *store_backend_of(const char *place);
/* `place`: a file, or postgres://…  NULL with the reason logged. */
struct store_db *store_db_open(const char *place, enum store_mode mode)
    __attribute__((malloc));
void store_db_close(struct store_db *db);

/* The change counter as this connection last set it inside the open transaction; 0: it did
 * not.  Reading it forgets it. */
int64_t store_db_take_change(struct store_db *db);

int store_db_begin(struct store_db *db) must_use; /* takes the write lock at once */
int store_db_commit(struct store_db *db, int64_t change) must_use;
void store_db_rollback(struct store_db *db);

/* A savepoint inside it; the end undoes what was done since when `result` is negative or a
 * statement failed, and returns which; *err is the transaction's own failure. */
int store_db_save(struct store_db *db) must_use;
int store_db_save_end(struct store_db *db, int result, int *err) must_use;

int store_db_copy(struct store_db *db, const char *file) must_use;
/* The back-end's own checks, findings as lines. */
int store_db_inspect(struct store_db *db, struct buf *report) must_use;
/* A text in the back-end's own words. */
int store_db_script_own(struct store_db *db, const char *sql) must_use;

/* Brings `db` up to date with `list`. */
int store_migrate_db(struct store_db *db, const struct store_migration *list) must_use;

#define STORE_PLACE_ROOM 4096u
#define STORE_PLACE_FILE "store.url"
/* Where the data of DIR is: the address in DIR/store.url, or DIR/otasuke.db.  Makes DIR. */
int store_place(const char *dir, char place[STORE_PLACE_ROOM]) must_use;
bool store_place_is_postgres(const char *place);
