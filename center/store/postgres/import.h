/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/internal.h"

/* Whole tables into an empty database, inside one transaction (move.c).
 *
 * Owns:    nothing.
 * Threads: as the connection.
 * Limits:  STORE_COLUMNS_MAX columns a table. */
#define IMPORT_NAME_ROOM 64u

struct import_column {
	char name[IMPORT_NAME_ROOM];
	enum store_type type;
	bool key;
};

struct import_table {
	char name[IMPORT_NAME_ROOM];
	struct import_column columns[STORE_COLUMNS_MAX];
	unsigned columns_n, keys_n;
	int64_t rows;
};

/* FAIL_CONFLICT: somebody's data is there already; FAIL_FORMAT: other tables or columns.
 * Takes the rules between tables and of rows away until postgres_import_finish(), which puts
 * them back and so checks them. */
int postgres_import_prepare(
    struct store_db *db, const struct import_table *tables, size_t n) must_use;
int postgres_import_finish(
    struct store_db *db, const struct import_table *tables, size_t n) must_use;

int postgres_import_begin(struct store_db *db, const struct import_table *t) must_use;
int postgres_import_row(struct store_db *db, struct store_args row) must_use;
/* `err` < 0: gives it up. */
int postgres_import_end(struct store_db *db, int err) must_use;
/* A text as PostgreSQL takes it; `more` has room for three times as much. */
struct span postgres_import_text(struct span text, struct buf *more);
