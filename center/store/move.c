/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "center/store/postgres/import.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* From SQLite to PostgreSQL in one transaction: all of it arrives, or nothing.  Before the
 * commit every row is read back and compared. */
#define SAY_S   2
#define COMPARE 2000 /* rows read back at once */

struct move {
	struct store_db *from, *to;
	struct store_move_done *done;
	time_t said;
};

static void say(
    struct move *m, const char *what, const char *table, int64_t n, bool now)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!now && t.tv_sec - m->said < SAY_S)
		return;
	m->said = t.tv_sec;
	if (m->done->say)
		fprintf(m->done->say, "%s %s: %" PRId64 " rows\n", what, table, n);
}

/* ---- what there is ---- */

static int read_tables(struct move *m, struct import_table **tables, size_t *n)
{
	struct store_rows *rows;
	size_t room = 0;
	int err = 0;

	*tables = NULL;
	*n = 0;
	store_query(m->from, &rows,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
	    "'sqlite!_%' ESCAPE '!' AND name <> 'migration' ORDER BY name",
	    STORE_NO_ARGS);
	while (err == 0 && store_next(rows)) {
		if (*n == room) {
			struct import_table *more =
			    realloc(*tables, (room = room * 2 + 16) * sizeof(**tables));
			if (!more)
				err = FAIL_MEMORY;
			else
				*tables = more;
		}
		if (err == 0)
			snprintf((*tables)[(*n)++].name, IMPORT_NAME_ROOM, "%s",
			    store_col_text(rows, 0));
	}
	int read = store_rows_free(rows);
	return err < 0 ? err : read;
}

/* The columns by their names: a table that was changed later may have them in another
 * order. */
static int read_columns(struct move *m, struct import_table *t)
{
	struct store_rows *rows;
	int err = 0;

	t->columns_n = t->keys_n = 0;
	store_query(m->from, &rows,
	    "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid",
	    STORE_ARGS(STORE_TEXT(t->name)));
	while (err == 0 && store_next(rows)) {
		struct import_column *c = &t->columns[t->columns_n];
		const char *type = store_col_text(rows, 1);
		if (t->columns_n++ == STORE_COLUMNS_MAX) {
			err = FAIL_LIMIT;
			break;
		}
		snprintf(c->name, sizeof(c->name), "%s", store_col_text(rows, 0));
		c->type = strcmp(type, "TEXT") == 0   ? STORE_TYPE_TEXT
			  : strcmp(type, "BLOB") == 0 ? STORE_TYPE_BYTES
						      : STORE_TYPE_INT;
		c->key = store_col_int(rows, 2) > 0;
		t->keys_n += c->key;
	}
	int read = store_rows_free(rows);
	return err < 0 ? err : read;
}

/* SELECT of all columns in the order of the key, which both back-ends sort alike. */
static void select_all(const struct import_table *t, struct buf *sql)
{
	buf_add_text(sql, "SELECT ");
	for (unsigned i = 0; i < t->columns_n; i++)
		buf_addf(sql, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
	buf_addf(sql, " FROM \"%s\" ORDER BY ", t->name);
	for (unsigned i = 0, n = 0; i < t->columns_n; i++)
		if (t->columns[i].key || t->keys_n == 0)
			buf_addf(sql, "%s\"%s\"", n++ ? ", " : "", t->columns[i].name);
}

static struct store_value value_of(
    const struct store_rows *rows, unsigned i, enum store_type type)
{
	if (store_col_null(rows, i))
		return STORE_NULL;
	if (type == STORE_TYPE_INT)
		return STORE_INT(store_col_int(rows, i));
	return (struct store_value){ .type = type, .bytes = store_col_span(rows, i) };
}

/* ---- over ---- */

static int copy_table(struct move *m, struct import_table *t)
{
	struct store_value values[STORE_COLUMNS_MAX];
	struct store_rows *rows;
	struct buf sql;

	buf_init(&sql, 64u << 10);
	select_all(t, &sql);
	int err = postgres_import_begin(m->to, t);
	store_query(m->from, &rows, buf_text(&sql), STORE_NO_ARGS);
	while (err == 0 && store_next(rows)) {
		for (unsigned i = 0; i < t->columns_n; i++)
			values[i] = value_of(rows, i, t->columns[i].type);
		err = postgres_import_row(
		    m->to, (struct store_args){ values, t->columns_n });
		t->rows++;
		say(m, "copying", t->name, t->rows, false);
	}
	int read = store_rows_free(rows);
	if (err == 0)
		err = read;
	int ended = postgres_import_end(m->to, err);
	buf_fini(&sql);
	return err < 0 ? err : ended;
}

/* ---- and back ---- */

static bool same(const struct store_value *a, const struct store_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == STORE_TYPE_NULL)
		return true;
	if (a->type == STORE_TYPE_INT)
		return a->number == b->number;
	return a->bytes.len == b->bytes.len &&
	       (a->bytes.len == 0 ||
		   memcmp(a->bytes.at, b->bytes.at, a->bytes.len) == 0);
}

/* One row of each side.  Text that PostgreSQL cannot hold was made into what it can. */
static int compare_row(struct move *m, const struct import_table *t,
    const struct store_rows *from, const struct store_rows *to)
{
	for (unsigned i = 0; i < t->columns_n; i++) {
		enum store_type type = t->columns[i].type;
		struct store_value was = value_of(from, i, type);
		struct store_value is = value_of(to, i, type);
		struct buf cleaned;
		buf_init(&cleaned, 3 * was.bytes.len + 1);
		if (was.type == STORE_TYPE_TEXT) {
			struct span text = postgres_import_text(was.bytes, &cleaned);
			m->done->mended += text.at != was.bytes.at;
			was.bytes = text;
		}
		bool equal = same(&was, &is);
		buf_fini(&cleaned);
		if (!equal) {
			log_error("C131", "%s.%s: a row is not what it was", t->name,
			    t->columns[i].name);
			return FAIL_FORMAT;
		}
	}
	return 0;
}

/* The next rows of the cursor on the other side. */
static int fetch(struct move *m, struct store_rows **page)
{
	char sql[60];

	snprintf(sql, sizeof(sql), "FETCH %d FROM compared", COMPARE);
	return store_query(m->to, page, sql, STORE_NO_ARGS);
}

static int compare_rows(struct move *m, struct import_table *t, struct store_rows *from)
{
	struct store_rows *page;
	int64_t n = 0;
	int err = fetch(m, &page);

	while (err == 0 && store_next(from)) {
		if (!store_next(page)) {
			err = store_rows_free(page);
			if (err == 0)
				err = fetch(m, &page);
			if (err == 0 && !store_next(page))
				err = FAIL_FORMAT;
			if (err < 0)
				break;
		}
		err = compare_row(m, t, from, page);
		say(m, "comparing", t->name, ++n, false);
	}
	if (err == 0 && store_next(page))
		err = FAIL_FORMAT; /* more than there were */
	int read = store_rows_free(page);
	if (err == 0)
		err = read;
	if (err == 0 && n != t->rows)
		err = FAIL_FORMAT;
	if (err == FAIL_FORMAT)
		log_error("C132", "%s: what arrived is not what was sent", t->name);
	return err;
}

static int compare_table(struct move *m, struct import_table *t)
{
	struct store_rows *rows;
	struct buf sql, cursor;

	buf_init(&sql, 64u << 10);
	buf_init(&cursor, 80u << 10);
	select_all(t, &sql);
	buf_addf(&cursor, "DECLARE compared NO SCROLL CURSOR FOR %s", buf_text(&sql));
	int err = store_db_script_own(m->to, buf_text(&cursor));
	store_query(m->from, &rows, buf_text(&sql), STORE_NO_ARGS);
	if (err == 0)
		err = compare_rows(m, t, rows);
	int read = store_rows_free(rows);
	if (err == 0)
		err = read;
	if (err == 0)
		err = store_db_script_own(m->to, "CLOSE compared");
	m->done->tables++;
	m->done->rows += t->rows;
	say(m, "there and the same:", t->name, t->rows, true);
	buf_fini(&sql);
	buf_fini(&cursor);
	return err;
}

/* ---- the whole ---- */

/* Triggers keep the table of words: what they made while the others were copied gives way
 * to the words as they are. */
static const char derived[] = "word";

static int copy_all(struct move *m, struct import_table *tables, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		if (strcmp(tables[i].name, derived) != 0)
			err = copy_table(m, &tables[i]);
	if (err == 0)
		err = store_exec(m->to, "DELETE FROM word", STORE_NO_ARGS);
	for (size_t i = 0; i < n && err == 0; i++)
		if (strcmp(tables[i].name, derived) == 0)
			err = copy_table(m, &tables[i]);
	return err;
}

static int move_all(struct move *m, struct import_table *tables, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = read_columns(m, &tables[i]);
	if (err == 0)
		err = postgres_import_prepare(m->to, tables, n);
	if (err == 0)
		err = copy_all(m, tables, n);
	if (err == 0)
		err = postgres_import_finish(m->to, tables, n);
	for (size_t i = 0; i < n && err == 0; i++)
		err = compare_table(m, &tables[i]);
	return err;
}

static int move_within(struct move *m)
{
	struct import_table *tables;
	size_t n;
	int err = read_tables(m, &tables, &n);

	for (size_t i = 0; i < n; i++)
		tables[i].rows = 0;
	if (err == 0)
		err = store_db_begin(m->to);
	if (err == 0)
		err = move_all(m, tables, n);
	if (err == 0)
		err = store_db_commit(m->to, 0);
	if (err < 0)
		store_db_rollback(m->to);
	free(tables);
	return err;
}

int store_move(const char *dir, const char *url, struct store_move_done *done)
{
	char place[STORE_PLACE_ROOM];
	struct move m = { .done = done };
	int err = store_place(dir, place);

	if (err < 0)
		return err;
	if (store_place_is_postgres(place) || !store_place_is_postgres(url) ||
	    access(place, R_OK) < 0) {
		log_error("C133",
		    "move goes from the SQLite database in data.dir to postgres://…: %s",
		    store_place_is_postgres(place) ? "the data is in PostgreSQL already"
		    : store_place_is_postgres(url) ? "there is none"
						   : "that is no such address");
		return FAIL_CONFLICT;
	}
	m.from = store_db_open(place, STORE_WRITER);
	m.to = m.from ? store_db_open(url, STORE_WRITER) : NULL;
	err = m.to ? store_migrate_db(m.from, store_migrations) : FAIL_IO;
	if (err == 0)
		err = store_migrate_db(m.to, store_migrations);
	/* One moment of the source, which nobody changes meanwhile. */
	if (err == 0)
		err = store_db_begin(m.from);
	if (err == 0)
		err = move_within(&m);
	if (m.from)
		store_db_rollback(m.from);
	store_db_close(m.from);
	store_db_close(m.to);
	return err < 0 ? err : store_place_set(dir, url);
}
