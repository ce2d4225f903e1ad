/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

/* catalog/pg_type.h */
#define OID_BOOL  16
#define OID_BYTEA 17
#define OID_INT8  20
#define OID_TEXT  25

static Oid type_of(const struct store_value *v)
{
	switch (v->type) {
	case STORE_TYPE_INT:
		return OID_INT8;
	case STORE_TYPE_TEXT:
		return OID_TEXT;
	case STORE_TYPE_BYTES:
		return OID_BYTEA;
	case STORE_TYPE_NULL:
		break;
	}
	return 0;
}

static void forget_one(struct postgres_statement *s)
{
	free(s->sql);
	*s = (struct postgres_statement){ 0 };
}

void postgres_forget(struct postgres_db *pg)
{
	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++)
		forget_one(&pg->table[i]);
}

/* NULL fits every type; what was prepared with a NULL fits only that. */
static bool fits(
    const struct postgres_statement *s, const char *sql, struct store_args args)
{
	if (!s->sql || s->args != args.n || strcmp(s->sql, sql) != 0)
		return false;
	for (size_t i = 0; i < args.n; i++) {
		Oid type = type_of(&args.at[i]);
		if (type && type != s->types[i])
			return false;
	}
	return true;
}

/* The statement, or the place for it: a free one or the one not used for longest. */
static struct postgres_statement *place_of(
    struct postgres_db *pg, const char *sql, struct store_args args)
{
	struct postgres_statement *oldest = &pg->table[0];

	for (size_t i = 0; i < STORE_STATEMENTS_MAX; i++) {
		struct postgres_statement *s = &pg->table[i];
		if (fits(s, sql, args))
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	return oldest;
}

/* Nothing can be given back inside a spoilt transaction; then it is only forgotten, and the
 * name never used again. */
static void give_back(struct postgres_db *pg, struct postgres_statement *s)
{
	char sql[64];

	if (s->sql) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->name);
		PQclear(PQexec(pg->conn, sql));
	}
	forget_one(s);
}

static int prepare_on_server(struct postgres_db *pg, struct postgres_statement *s,
    const char *sql, struct store_args args)
{
	struct buf text;
	Oid types[POSTGRES_ARGS_MAX];

	for (size_t i = 0; i < args.n; i++)
		types[i] = s->types[i] = type_of(&args.at[i]);
	s->args = (unsigned)args.n;
	snprintf(s->name, sizeof(s->name), "s%llu", (unsigned long long)++pg->names);
	buf_init(&text, 1u << 20);
	/* A statement and its values are written side by side: a mismatch is our mistake. */
	must(postgres_translate(sql, POSTGRES_STATEMENT, &text) == args.n);
	PGresult *r = PQprepare(pg->conn, s->name, buf_text(&text), (int)args.n, types);
	int err = postgres_judge(pg, r, sql);
	PQclear(r);
	buf_fini(&text);
	return err;
}

static int prepare(struct postgres_db *pg, const char *sql, struct store_args args,
    struct postgres_statement **out)
{
	int err = postgres_alive(pg);

	if (err < 0)
		return err;
	must(args.n <= POSTGRES_ARGS_MAX);
	struct postgres_statement *s = place_of(pg, sql, args);
	if (!fits(s, sql, args)) {
		give_back(pg, s);
		err = prepare_on_server(pg, s, sql, args);
		if (err == 0)
			s->sql = strdup(sql);
		if (!s->sql) {
			forget_one(s);
			return err < 0 ? err : FAIL_MEMORY;
		}
	}
	s->used = ++pg->turn;
	*out = s;
	return 0;
}

/* ---- values ---- */

/* The length of a well-formed character (Unicode 15, table 3-7), or 0. */
static size_t character(const uint8_t *at, size_t len)
{
	static const struct {
		uint8_t first, last, low, high;
		uint8_t len;
	} rows[] = { { 0x01, 0x7f, 0, 0, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*at < rows[i].first || *at > rows[i].last)
			continue;
		if (rows[i].len > len)
			return 0;
		if (rows[i].len > 1 && (at[1] < rows[i].low || at[1] > rows[i].high))
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if (at[k] < 0x80 || at[k] > 0xbf)
				return 0;
		return rows[i].len;
	}
	return 0;
}

/* PostgreSQL refuses a text with a NUL or a broken character, and with it the whole batch of
 * a gate: such a character becomes U+FFFD. */
struct span postgres_clean(struct span text, struct buf *more)
{
	size_t good = 0;

	while (good < text.len) {
		size_t n = character(text.at + good, text.len - good);
		if (n == 0)
			break;
		good += n;
	}
	if (good == text.len)
		return text;
	size_t from = more->len;
	buf_add(more, text.at, good);
	while (good < text.len) {
		size_t n = character(text.at + good, text.len - good);
		if (n > 0)
			buf_add(more, text.at + good, n);
		else
			buf_add_text(more, "\xef\xbf\xbd");
		good += n ? n : 1;
	}
	return span_of(more->at + from, more->len - from);
}

/* As PQexecPrepared() wants them. */
struct values {
	const char *at[POSTGRES_ARGS_MAX];
	int lengths[POSTGRES_ARGS_MAX], formats[POSTGRES_ARGS_MAX];
	uint64_t numbers[POSTGRES_ARGS_MAX];
	struct buf cleaned;
};

static size_t room_of(struct store_args args)
{
	size_t room = 0;

	for (size_t i = 0; i < args.n; i++)
		room += args.at[i].type == STORE_TYPE_TEXT ? args.at[i].bytes.len : 0;
	return room;
}

static void fill(struct values *v, struct store_args args)
{
	struct span bytes;

	/* Made once with all its room: what is in it must not move. */
	buf_init(&v->cleaned, 3 * room_of(args) + 1);
	for (size_t i = 0; i < args.n; i++) {
		const struct store_value *a = &args.at[i];
		v->formats[i] = 1;
		switch (a->type) {
		case STORE_TYPE_NULL:
			v->at[i] = NULL;
			v->lengths[i] = 0;
			continue;
		case STORE_TYPE_INT:
			v->numbers[i] = htobe64((uint64_t)a->number);
			v->at[i] = (const char *)&v->numbers[i];
			v->lengths[i] = 8;
			continue;
		case STORE_TYPE_TEXT:
		case STORE_TYPE_BYTES:
			break;
		}
		bytes = a->type == STORE_TYPE_TEXT
			    ? postgres_clean(a->bytes, &v->cleaned)
			    : a->bytes;
		v->at[i] = bytes.at ? (const char *)bytes.at : "";
		v->lengths[i] = (int)bytes.len;
	}
}

static int run(
    struct postgres_db *pg, const char *sql, struct store_args args, PGresult **result)
{
	struct postgres_statement *s;
	struct values v;
	int err = prepare(pg, sql, args, &s);

	*result = NULL;
	if (err < 0)
		return err;
	fill(&v, args);
	*result = PQexecPrepared(
	    pg->conn, s->name, (int)args.n, v.at, v.lengths, v.formats, 0);
	buf_fini(&v.cleaned);
	err = postgres_judge(pg, *result, sql);
	if (err < 0) {
		PQclear(*result);
		*result = NULL;
	}
	return err;
}

int postgres_exec(struct store_db *db, const char *sql, struct store_args args)
{
	struct postgres_db *pg = postgres_of(db);
	PGresult *r;
	int err = run(pg, sql, args, &r);

	if (err < 0)
		return err;
	pg->changed = strtoll(PQcmdTuples(r), NULL, 10);
	PQclear(r);
	return 0;
}

/* ---- rows ---- */

struct store_rows *postgres_query(
    struct store_db *db, const char *sql, struct store_args args, int *err)
{
	struct postgres_db *pg = postgres_of(db);
	struct postgres_rows *rows = pg->idle;
	PGresult *r;

	*err = run(pg, sql, args, &r);
	if (*err < 0)
		return NULL;
	if (rows)
		pg->idle = rows->next;
	else
		rows = malloc(sizeof(*rows));
	if (!rows) {
		PQclear(r);
		*err = FAIL_MEMORY;
		return NULL;
	}
	*rows = (struct postgres_rows){
		.rows = { .db = db, .open = true }, .result = r, .row = -1
	};
	must(
	    ++pg->open <= STORE_STATEMENTS_MAX); /* somebody forgot store_rows_free() */
	return &rows->rows;
}

int postgres_next(struct store_rows *rows)
{
	struct postgres_rows *p = (struct postgres_rows *)rows;

	p->raw = 0;
	return ++p->row < PQntuples(p->result);
}

void postgres_finish(struct store_rows *rows)
{
	struct postgres_rows *p = (struct postgres_rows *)rows;
	struct postgres_db *pg = postgres_of(rows->db);

	PQclear(p->result);
	p->result = NULL;
	rows->open = false;
	p->next = pg->idle;
	pg->idle = p;
	pg->open--;
}

static unsigned nibble(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Bytes come as "\x" and hex; they are decoded where they are, once. */
static struct span column_of(const struct store_rows *rows, unsigned column)
{
	struct postgres_rows *p;
	memcpy(&p, &rows, sizeof(p)); /* a cache of the row changes, not the row */
	must(column < STORE_COLUMNS_MAX && (int)column < PQnfields(p->result));
	char *text = PQgetvalue(p->result, p->row, (int)column);
	size_t len = (size_t)PQgetlength(p->result, p->row, (int)column);

	if (PQftype(p->result, (int)column) != OID_BYTEA || len < 2)
		return span_of(text, len);
	size_t n = len / 2 - 1;
	if (!(p->raw >> column & 1)) {
		for (size_t i = 0; i < n; i++)
			text[i] = (char)(nibble(text[2 * i + 2]) << 4 |
					 nibble(text[2 * i + 3]));
		text[n] = 0;
		p->raw |= UINT64_C(1) << column;
	}
	return span_of(text, n);
}

int64_t postgres_col_int(const struct store_rows *rows, unsigned column)
{
	const struct postgres_rows *p = (const struct postgres_rows *)rows;
	const char *text = (const char *)column_of(rows, column).at;

	if (PQftype(p->result, (int)column) == OID_BOOL)
		return *text == 't';
	return strtoll(text, NULL, 10);
}

const char *postgres_col_text(const struct store_rows *rows, unsigned column)
{
	return (const char *)column_of(rows, column).at;
}

struct span postgres_col_span(const struct store_rows *rows, unsigned column)
{
	return column_of(rows, column);
}

bool postgres_col_null(const struct store_rows *rows, unsigned column)
{
	const struct postgres_rows *p = (const struct postgres_rows *)rows;

	return PQgetisnull(p->result, p->row, (int)column);
}
