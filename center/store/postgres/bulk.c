/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>

/* Many rows by COPY in its binary form (postgresql.org/docs/15/sql-copy.html, "Binary
 * Format").  They are gathered until the job ends, or until somebody asks for them: while
 * COPY runs a connection can do nothing else.
 *
 * COPY does not go into a table with rules for rows (fence.c), but into a month's own table,
 * which has none, it does; ids are then given here. */
#define GATHER_BYTES (64u << 20)

static void add_16(struct buf *b, uint16_t v)
{
	v = htobe16(v);
	buf_add(b, &v, sizeof(v));
}

static void add_32(struct buf *b, uint32_t v)
{
	v = htobe32(v);
	buf_add(b, &v, sizeof(v));
}

static void add_64(struct buf *b, uint64_t v)
{
	v = htobe64(v);
	buf_add(b, &v, sizeof(v));
}

static void add_value(struct buf *b, const struct store_value *v)
{
	struct span text = v->bytes;

	switch (v->type) {
	case STORE_TYPE_NULL:
		add_32(b, UINT32_MAX);
		return;
	case STORE_TYPE_INT:
		add_32(b, 8);
		add_64(b, (uint64_t)v->number);
		return;
	case STORE_TYPE_TEXT: {
		struct buf cleaned;
		buf_init(&cleaned, 3 * text.len + 1);
		text = postgres_clean(text, &cleaned);
		add_32(b, (uint32_t)text.len);
		buf_add(b, text.at, text.len);
		buf_fini(&cleaned);
		return;
	}
	case STORE_TYPE_BYTES:
		add_32(b, (uint32_t)text.len);
		buf_add(b, text.at, text.len);
		return;
	}
}

void postgres_bulk_row(struct buf *b, struct store_args args)
{
	add_16(b, (uint16_t)args.n);
	for (size_t i = 0; i < args.n; i++)
		add_value(b, &args.at[i]);
}

void postgres_bulk_head(struct buf *b)
{
	/* The signature, no flags, no more of a head; the last zero is the literal's own. */
	static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

	buf_add(b, head, sizeof(head));
}

/* The month's table, when it is there: else event_rest. */
static int choose_month(struct postgres_db *pg, int64_t taken_us)
{
	struct postgres_bulk *k = &pg->bulk;
	char name[POSTGRES_MONTH_ROOM];
	int64_t there = 0;

	postgres_month_name(taken_us, name);
	if (strcmp(name, k->wished) == 0)
		return 0;
	int err = store_get_int(&pg->db, &there,
	    "SELECT CAST(to_regclass(?) IS NOT NULL AS INT)",
	    STORE_ARGS(STORE_TEXT(name)));
	if (err < 0)
		return err;
	snprintf(k->table, sizeof(k->table), "%s", there ? name : "event_rest");
	snprintf(k->wished, sizeof(k->wished), "%s", name);
	return 0;
}

int postgres_bulk_add(
    struct store_db *db, const char *columns, int64_t month_us, struct store_args args)
{
	struct postgres_db *pg = postgres_of(db);
	struct postgres_bulk *k = &pg->bulk;
	char month[POSTGRES_MONTH_ROOM];

	postgres_month_name(month_us, month);
	int err = 0;
	if (k->rows && (strcmp(month, k->wished) != 0 || k->columns != columns ||
			   k->ends.len + k->data.len > GATHER_BYTES))
		err = postgres_bulk_end(db);
	if (err == 0)
		err = choose_month(pg, month_us);
	if (err < 0)
		return err;
	if (k->rows++ == 0) {
		k->columns = columns;
		buf_clear(&k->data);
	}
	/* The id is filled in when it is known: its place is always the first. */
	add_16(&k->data, (uint16_t)(args.n + 1));
	add_32(&k->data, 8);
	add_64(&k->data, 0);
	size_t from = k->data.len;
	for (size_t i = 0; i < args.n; i++)
		add_value(&k->data, &args.at[i]);
	uint32_t len = (uint32_t)(k->data.len - from);
	buf_add(&k->ends, &len, sizeof(len));
	return k->data.overflowed || k->ends.overflowed ? FAIL_LIMIT : 0;
}

void postgres_bulk_forget(struct postgres_db *pg)
{
	pg->bulk.rows = 0;
	buf_clear(&pg->bulk.data);
	buf_clear(&pg->bulk.ends);
	pg->bulk.wished[0] = 0; /* a month may have been made meanwhile */
}

/* Nobody else gives ids while this transaction holds the writers' lock. */
static int take_ids(struct postgres_db *pg, unsigned n, int64_t *first)
{
	int64_t last = 0;
	int err = store_get_int(&pg->db, &last,
	    "SELECT setval(s, nextval(s) + ?) FROM (SELECT "
	    "CAST(pg_get_serial_sequence('event', 'id') AS regclass) AS s) AS q",
	    STORE_ARGS(STORE_INT(n - 1)));

	*first = last - n + 1;
	return err;
}

static void fill_ids(struct postgres_bulk *k, int64_t first)
{
	const uint32_t *lens = (const uint32_t *)(const void *)k->ends.at;
	uint8_t *at = k->data.at;

	for (unsigned i = 0; i < k->rows; i++) {
		uint64_t id = htobe64((uint64_t)(first + i));
		memcpy(at + 6, &id, sizeof(id));
		at += 14 + lens[i];
	}
}

static int put(struct postgres_db *pg, const void *bytes, size_t len)
{
	return PQputCopyData(pg->conn, bytes, (int)len) == 1 ? 0 : FAIL_IO;
}

static int send(struct postgres_db *pg)
{
	struct postgres_bulk *k = &pg->bulk;
	struct buf head;

	buf_init(&head, 64);
	postgres_bulk_head(&head);
	int err = put(pg, head.at, head.len);
	buf_fini(&head);
	if (err == 0)
		err = put(pg, k->data.at, k->data.len);
	if (err == 0)
		err = put(pg, "\377\377", 2);
	int ended = PQputCopyEnd(pg->conn, err < 0 ? "gave up" : NULL);
	return err < 0 || ended != 1 ? FAIL_IO : 0;
}

static int copy(struct postgres_db *pg)
{
	struct postgres_bulk *k = &pg->bulk;
	char sql[300];
	PGresult *r;

	snprintf(sql, sizeof(sql), "COPY %s (id, %s) FROM STDIN (FORMAT binary)",
	    k->table, k->columns);
	int err = postgres_alive(pg);
	if (err < 0)
		return err;
	r = PQexec(pg->conn, sql);
	err = postgres_judge(pg, r, sql);
	PQclear(r);
	if (err < 0)
		return err;
	err = send(pg);
	/* The verdict, and then the end of the command. */
	while (pg->conn && (r = PQgetResult(pg->conn))) {
		int verdict = postgres_judge(pg, r, sql);
		PQclear(r);
		if (verdict < 0)
			err = verdict;
	}
	return pg->conn ? err : FAIL_IO;
}

int postgres_bulk_end(struct store_db *db)
{
	struct postgres_db *pg = postgres_of(db);
	int64_t first = 0;

	if (!pg->bulk.rows)
		return 0;
	int err =
	    pg->bulk.data.overflowed ? FAIL_LIMIT : take_ids(pg, pg->bulk.rows, &first);
	if (err == 0) {
		fill_ids(&pg->bulk, first);
		err = copy(pg);
	}
	postgres_bulk_forget(pg);
	return err;
}
