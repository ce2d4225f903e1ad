/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/internal.h"

#include "lib/base/clock.h"
#include "lib/base/must.h"

#include <stdio.h>

/* A day below the year 10000, so that no time zone leads to a fifth digit. */
#define TIME_MAX_US (253402128000LL * 1000000)

struct kind_row {
	const char *eve;
	const char *flags; /* its letter, then T or L */
};

struct field_row {
	const char *path;
	enum record_type type;
	const char *kinds;
};

static const struct kind_row kinds[RECORD_KIND_MAX] = {
#define RECORD_KIND(id, eve, flags, ja, en) [RECORD_##id] = { eve, flags },
#define RECORD_FIELD(id, path, type, kinds, doc)
#include "lib/record/record.tbl"
};

static const struct field_row fields[RECORD_FIELD_MAX] = {
#define RECORD_KIND(id, eve, flags, ja, en)
#define RECORD_FIELD(id, path, type, kinds, doc) \
	[RECORD_F_##id] = { path, RECORD_##type, kinds },
#include "lib/record/record.tbl"
};

static bool may_carry(enum record_kind k, enum record_field f)
{
	return fields[f].kinds[0] == '*' || strchr(fields[f].kinds, kinds[k].flags[0]);
}

void record_init(struct record *r, enum record_kind kind)
{
	must(kind < RECORD_KIND_MAX);
	r->kind = kind;
	memset(r->has, 0, sizeof(r->has));
}

/* The field's value, marked as present and emptied. */
static struct record_value *value_of(
    struct record *r, enum record_field f, enum record_type type)
{
	must(f < RECORD_FIELD_MAX && fields[f].type == type && may_carry(r->kind, f));
	r->has[f] = 1;
	r->value[f] = (struct record_value){ 0 };
	return &r->value[f];
}

void record_int(struct record *r, enum record_field f, int64_t v)
{
	value_of(r, f, RECORD_INT)->number = v;
}

void record_bool(struct record *r, enum record_field f, bool v)
{
	value_of(r, f, RECORD_BOOL)->number = v;
}

void record_time(struct record *r, enum record_field f, int64_t us)
{
	value_of(r, f, RECORD_TIME)->number = us;
}

void record_addr(struct record *r, enum record_field f, const struct addr *a)
{
	if (a->version != 0)
		value_of(r, f, RECORD_ADDR)->addr = *a;
}

void record_span(struct record *r, enum record_field f, struct span s)
{
	must(f < RECORD_FIELD_MAX);
	enum record_type type =
	    fields[f].type == RECORD_JSON ? RECORD_JSON : RECORD_TEXT;
	value_of(r, f, type)->text = s;
}

void record_text(struct record *r, enum record_field f, const char *s)
{
	if (s)
		record_span(r, f, span_text(s));
}

/* Bytes of the UTF-8 character at `at`, 0 when it is none (RFC 3629: no surrogates, no
 * overlong forms). */
static unsigned utf8_len(const uint8_t *at, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned n = at[0] < 0x80       ? 1
		     : at[0] >> 5 == 6  ? 2
		     : at[0] >> 4 == 14 ? 3
		     : at[0] >> 3 == 30 ? 4
					: 0;

	if (n < 2 || n > left)
		return n == 1;
	uint32_t c = at[0] & (0x7fu >> n);
	for (unsigned i = 1; i < n; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}
	return c >= least[n] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? n : 0;
}

static bool is_clean(struct span s)
{
	for (uint32_t i = 0; i < s.len;) {
		unsigned n = s.at[i] ? utf8_len(s.at + i, s.len - i) : 0;
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

static void put_char(struct buf *b, const uint8_t *at, unsigned n)
{
	static const char shorts[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	if (at[0] == '"' || at[0] == '\\') {
		buf_add_byte(b, '\\');
		buf_add_byte(b, at[0]);
	} else if (at[0] < sizeof(shorts) && shorts[at[0]]) {
		buf_add_byte(b, '\\');
		buf_add_byte(b, (uint8_t)shorts[at[0]]);
	} else if (at[0] < 0x20 || at[0] == 0x7f) {
		buf_addf(b, "\\u%04x", at[0]);
	} else {
		buf_add(b, at, n);
	}
}

/* Bytes that are no text are written readably, as Suricata does: \x00. */
static void put_bytes(struct buf *b, struct span s)
{
	for (uint32_t i = 0, len = 0; i < s.len; i++) {
		bool plain = s.at[i] >= 0x20 && s.at[i] < 0x7f;
		len += plain ? 1 : 4;
		if (len > RECORD_TEXT_MAX)
			return;
		if (plain)
			put_char(b, s.at + i, 1);
		else
			buf_addf(b, "\\\\x%02x", s.at[i]);
	}
}

void record_quote(struct span s, struct buf *b)
{
	buf_add_byte(b, '"');
	if (!is_clean(s)) {
		put_bytes(b, s);
	} else {
		for (uint32_t i = 0; i < s.len;) {
			unsigned n = utf8_len(s.at + i, s.len - i);
			if (i + n > RECORD_TEXT_MAX)
				break;
			put_char(b, s.at + i, n);
			i += n;
		}
	}
	buf_add_byte(b, '"');
}

/* IPv6 in full, as EVE writes it. */
static void put_addr(struct buf *b, const struct addr *a)
{
	if (a->version == 4) {
		buf_addf(b, "\"%u.%u.%u.%u\"", a->bytes[0], a->bytes[1], a->bytes[2],
		    a->bytes[3]);
		return;
	}
	for (unsigned i = 0; i < 16; i += 2)
		buf_addf(b, "%c%02x%02x", i ? ':' : '"', a->bytes[i], a->bytes[i + 1]);
	buf_add_byte(b, '"');
}

static int dump_piece(const char *text, size_t len, void *ctx)
{
	buf_add(ctx, text, len);
	return 0;
}

static void put_value(
    struct buf *b, enum record_type type, const struct record_value *v)
{
	char when[40];

	switch (type) {
	case RECORD_INT:
		buf_addf(b, "%lld", (long long)v->number);
		return;
	case RECORD_BOOL:
		buf_add_text(b, v->number ? "true" : "false");
		return;
	case RECORD_TIME:
		clock_format(v->number, when, sizeof(when));
		buf_addf(b, "\"%s\"", when);
		return;
	case RECORD_ADDR:
		put_addr(b, &v->addr);
		return;
	case RECORD_TEXT:
		record_quote(v->text, b);
		return;
	case RECORD_JSON:
		if (v->json)
			json_dump_callback(v->json, dump_piece, b, JSON_COMPACT);
		else
			buf_add(b, v->text.at, v->text.len);
		return;
	}
}

static void put_name(struct buf *b, const char *name, size_t len)
{
	if (b->len && b->at[b->len - 1] != '{')
		buf_add_byte(b, ',');
	buf_add_byte(b, '"');
	buf_add(b, name, len);
	buf_add(b, "\":", 2);
}

/* Length of the path up to its last name: "otasuke.machine." of "otasuke.machine.mac". */
static size_t object_len(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? (size_t)(dot - path) + 1 : 0;
}

/* Leaves the objects of `from` that `to` does not share, then enters those of `to`. */
static void change_object(
    struct buf *b, const char *from, size_t from_len, const char *to, size_t to_len)
{
	size_t same = 0;

	for (size_t i = 0; i < from_len && i < to_len && from[i] == to[i]; i++)
		if (from[i] == '.')
			same = i + 1;
	for (size_t i = same; i < from_len; i++)
		if (from[i] == '.')
			buf_add_byte(b, '}');
	for (size_t at = same; at < to_len;) {
		size_t len = (size_t)(strchr(to + at, '.') - (to + at));
		put_name(b, to + at, len);
		buf_add_byte(b, '{');
		at += len + 1;
	}
}

static void put_fields(const struct record *r, struct buf *b)
{
	const char *at = "";
	size_t at_len = 0;

	for (unsigned f = 0; f < RECORD_FIELD_MAX; f++) {
		if (!r->has[f] && f != RECORD_F_EVENT_TYPE)
			continue;
		const char *path = fields[f].path;
		size_t len = object_len(path);
		change_object(b, at, at_len, path, len);
		at = path;
		at_len = len;
		put_name(b, path + len, strlen(path + len));
		if (f == RECORD_F_EVENT_TYPE)
			record_quote(span_text(kinds[r->kind].eve), b);
		else
			put_value(b, fields[f].type, &r->value[f]);
	}
	change_object(b, at, at_len, "", 0);
}

void record_encode(const struct record *r, struct buf *b)
{
	size_t start = b->len;

	buf_add_byte(b, '{');
	put_fields(r, b);
	buf_add_byte(b, '}');
	if (b->len - start > RECORD_JSON_MAX)
		b->overflowed = true;
	if (b->overflowed)
		b->len = start;
}

static bool read_time(const json_t *j, struct record_value *v)
{
	return json_is_string(j) &&
	       clock_parse(json_string_value(j), &v->number) == 0 && v->number >= 0 &&
	       v->number < TIME_MAX_US;
}

/* NULL, or what the value should have been. */
static const char *read_value(
    const json_t *j, enum record_type type, struct record_value *v)
{
	*v = (struct record_value){ 0 };
	switch (type) {
	case RECORD_INT:
		v->number = json_integer_value(j);
		return json_is_integer(j) ? NULL : "a whole number";
	case RECORD_BOOL:
		v->number = json_is_true(j);
		return json_is_boolean(j) ? NULL : "true or false";
	case RECORD_TIME:
		return read_time(j, v) ? NULL : "a time";
	case RECORD_ADDR:
		if (!json_is_string(j) ||
		    addr_parse(json_string_value(j), &v->addr) < 0)
			return "an address";
		return NULL;
	case RECORD_TEXT:
		if (!json_is_string(j) || json_string_length(j) > RECORD_TEXT_MAX)
			return "a text of at most 4096 bytes";
		v->text = span_of(json_string_value(j), json_string_length(j));
		return NULL;
	case RECORD_JSON:
		v->json = j;
		return json_is_object(j) || json_is_array(j) ? NULL
							     : "an object or a list";
	}
	return "known";
}

/* The member at a path such as "alert.signature_id", or NULL. */
static const json_t *member_at(const json_t *j, const char *path)
{
	for (;;) {
		const char *dot = strchr(path, '.');
		if (!dot)
			return json_object_get(j, path);
		j = json_object_getn(j, path, (size_t)(dot - path));
		path = dot + 1;
	}
}

/* `loose`: a member of another type is as if it were not there. */
static int decode(
    const json_t *eve, struct record *r, bool loose, char *why, size_t room)
{
	for (unsigned f = 0; f < RECORD_FIELD_MAX; f++) {
		if (f == RECORD_F_EVENT_TYPE || !may_carry(r->kind, f))
			continue;
		const json_t *j = member_at(eve, fields[f].path);
		if (!j)
			continue;
		const char *want = read_value(j, fields[f].type, &r->value[f]);
		r->has[f] = !want;
		if (want && !loose) {
			snprintf(why, room, "%s is not %s", fields[f].path, want);
			return FAIL_FORMAT;
		}
	}
	return 0;
}

int record_decode(const json_t *eve, struct record *r, char *why, size_t room)
{
	const char *type = json_string_value(json_object_get(eve, "event_type"));
	enum record_kind kind = type ? record_kind_find(type) : RECORD_KIND_MAX;

	if (kind == RECORD_KIND_MAX) {
		snprintf(why, room, "event_type is %s", type ? "not known" : "missing");
		return FAIL_FORMAT;
	}
	record_init(r, kind);
	return decode(eve, r, false, why, room);
}

void record_decode_loose(const json_t *eve, enum record_kind kind, struct record *r)
{
	record_init(r, kind);
	(void)!decode(eve, r, true, NULL, 0);
}

const char *record_kind_name(enum record_kind k)
{
	return k < RECORD_KIND_MAX ? kinds[k].eve : NULL;
}

enum record_kind record_kind_find(const char *eve)
{
	unsigned k = 0;

	while (k < RECORD_KIND_MAX && strcmp(kinds[k].eve, eve) != 0)
		k++;
	return k;
}

bool record_kind_travels(enum record_kind k)
{
	return k < RECORD_KIND_MAX && kinds[k].flags[1] == 'T';
}

const char *record_field_path(enum record_field f)
{
	return f < RECORD_FIELD_MAX ? fields[f].path : NULL;
}

enum record_type record_field_type(enum record_field f)
{
	must(f < RECORD_FIELD_MAX);
	return fields[f].type;
}

bool record_may_carry(enum record_kind k, enum record_field f)
{
	return k < RECORD_KIND_MAX && f < RECORD_FIELD_MAX && may_carry(k, f);
}
