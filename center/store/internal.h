/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"

/* What the files of this folder share. */

struct store_migration {
	unsigned number;
	const char *name;
	const char *sql;
};

/* Made by tools/embed.py from migrations/; ends with number 0. */
extern const struct store_migration store_migrations[];

/* typical.txt: what most records look like (pack.c). */
extern const char store_typical[];
extern const size_t store_typical_len;

enum store_mode { STORE_WRITER, STORE_READER };

/* Opens the database file; NULL with the reason logged. */
struct store_db *store_db_open(const char *path, enum store_mode mode)
    __attribute__((malloc));
void store_db_close(struct store_db *db);

/* The change counter as this connection last set it inside the open transaction; 0: it did
 * not.  Reading it forgets it. */
int64_t store_db_take_change(struct store_db *db);

int store_db_begin(struct store_db *db) must_use; /* takes the write lock at once */
int store_db_commit(struct store_db *db) must_use;
void store_db_rollback(struct store_db *db);

int store_db_copy(struct store_db *db, const char *file) must_use;
/* The back-end's own checks, findings as lines. */
int store_db_inspect(struct store_db *db, struct buf *report) must_use;

/* Brings `db` up to date with `list`. */
int store_migrate_db(struct store_db *db, const struct store_migration *list) must_use;
/* DIR/otasuke.db; makes DIR. */
int store_path(const char *dir, char *path, size_t room) must_use;
