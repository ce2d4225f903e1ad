/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/internal.h"

#include <libpq-fe.h>

/* What the files of this folder share. */

#define POSTGRES_ARGS_MAX 64u

/* Prepared on the server for these types of values. */
struct postgres_statement {
	char *sql;
	char name[16];
	uint64_t used; /* turn of the last use */
	unsigned args;
	Oid types[POSTGRES_ARGS_MAX]; /* 0: NULL when it was prepared */
};

/* A result with a place in it. */
struct postgres_rows {
	struct store_rows rows; /* first */
	PGresult *result;
	int row;
	uint64_t raw; /* columns of this row whose bytes are decoded already */
	struct postgres_rows *next;
};

#define POSTGRES_MONTH_ROOM 24u

/* Rows that wait for their COPY (bulk.c). */
struct postgres_bulk {
	unsigned rows;
	const char *columns;
	char wished[POSTGRES_MONTH_ROOM], table[POSTGRES_MONTH_ROOM];
	struct buf data,
	    ends; /* as COPY wants them; the length of each behind its id */
};

struct postgres_db {
	struct store_db db; /* first */
	char *place;
	PGconn *conn; /* NULL: lost */
	struct postgres_statement table[STORE_STATEMENTS_MAX];
	uint64_t turn, names;
	struct postgres_bulk bulk;
	struct postgres_rows *idle;
	unsigned open;
	int64_t changed;
	bool stale;  /* a statement must be prepared anew */
	bool warned; /* a warning came since this was set to false */
};

static inline struct postgres_db *postgres_of(struct store_db *db)
{
	return (struct postgres_db *)db;
}

/* connect.c */
/* A session of ours; NULL with the reason logged. */
PGconn *postgres_connect(const char *place) __attribute__((malloc));
/* Is there a connection?  FAIL_IO: it is lost. */
int postgres_alive(struct postgres_db *pg);
/* Opens it (again).  Forgets all statements. */
int postgres_reopen(struct postgres_db *pg) must_use;
void postgres_drop(struct postgres_db *pg);
/* What a result means: 0, or a fail, logged unless it is FAIL_CONFLICT.  Clears nothing. */
int postgres_judge(struct postgres_db *pg, const PGresult *r, const char *sql);
/* Text without values; several statements in one. */
int postgres_run(struct postgres_db *pg, const char *sql) must_use;

/* statement.c */
void postgres_forget(struct postgres_db *pg);
int postgres_exec(
    struct store_db *db, const char *sql, struct store_args args) must_use;
struct store_rows *postgres_query(
    struct store_db *db, const char *sql, struct store_args args, int *err);
int postgres_next(struct store_rows *rows);
void postgres_finish(struct store_rows *rows);
int64_t postgres_col_int(const struct store_rows *rows, unsigned column);
const char *postgres_col_text(const struct store_rows *rows, unsigned column);
struct span postgres_col_span(const struct store_rows *rows, unsigned column);
bool postgres_col_null(const struct store_rows *rows, unsigned column);
/* The same text without what PostgreSQL refuses; appends to `more` only when it must. */
struct span postgres_clean(struct span text, struct buf *more);

/* bulk.c */
int postgres_bulk_add(struct store_db *db, const char *columns, int64_t month_us,
    struct store_args args) must_use;
int postgres_bulk_end(struct store_db *db) must_use;
void postgres_bulk_forget(struct postgres_db *pg);

/* A file of COPY in binary: its head, and a row. */
void postgres_bulk_head(struct buf *b);
void postgres_bulk_row(struct buf *b, struct store_args args);

/* months.c */
void postgres_month_name(int64_t at_us, char name[POSTGRES_MONTH_ROOM]);
int postgres_tend(struct store_db *db, int64_t now_us) must_use;

/* fence.c */
int postgres_fences(struct postgres_db *pg) must_use;
int postgres_fence(
    struct store_db *db, int64_t chamber_id, int64_t company_id) must_use;

/* translate.c */
enum postgres_kind { POSTGRES_STATEMENT, POSTGRES_SCHEMA };

/* Shared SQL in PostgreSQL's words: `?` becomes $1, $2 …, INTEGER BIGINT, BLOB BYTEA.  Of a
 * schema also TEXT gets the order of bytes, and `id INTEGER PRIMARY KEY` gives ids.  Strings,
 * names in double quotes and comments stay.  Returns the number of values. */
unsigned postgres_translate(const char *sql, enum postgres_kind kind, struct buf *out);

/* watch.c */
struct store_watch *postgres_watch_new(const char *place, store_watch_told_fn *told,
    void *told_arg) __attribute__((malloc));
void postgres_watch_free(struct store_watch *w);
bool postgres_watch_leads(struct store_watch *w);
bool postgres_watch_alone(struct store_watch *w);
