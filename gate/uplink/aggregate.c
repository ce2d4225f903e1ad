/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"
#include "lib/record/record.h"

#include <jansson.h>
#include <stdlib.h>

/* A kind of record that may come by the thousand. */
struct same {
	uint64_t key;
	uint32_t kept, more;
	json_t *last; /* the newest that was kept, still to be written */
};

struct table {
	struct same *at;
	size_t slots, used; /* slots: a power of two, twice what may be used */
};

static uint64_t mix(uint64_t h, const char *text)
{
	for (; text && *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

static const char *text_at(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* 0: this one always stays as it is. */
static uint64_t key_of(const json_t *eve)
{
	static const char *const kinds[] = { "alert", "drop", "virus", "site", "app" };
	const char *kind = text_at(eve, "event_type");
	const json_t *own = json_object_get(eve, "otasuke");
	const json_t *machine = json_object_get(own, "machine");
	const json_t *alert = json_object_get(eve, "alert");
	char rule[24];
	bool many = false;

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		many |= strcmp(kind, kinds[i]) == 0;
	if (!many || !own)
		return 0;
	snprintf(rule, sizeof(rule), "%lld",
	    (long long)json_integer_value(json_object_get(alert, "signature_id")));
	uint64_t h = mix(UINT64_C(14695981039346656037), kind);
	h = mix(h, rule);
	h = mix(h, text_at(own, "cause"));
	h = mix(h, text_at(own, "way"));
	h = mix(h, json_is_true(json_object_get(own, "stopped")) ? "s" : "p");
	h = mix(h, text_at(machine, "mac"));
	h = mix(h, text_at(machine, "ip"));
	h = mix(h, text_at(json_object_get(eve, "virus"), "name"));
	h = mix(h, text_at(json_object_get(eve, "site"), "host"));
	h = mix(h, text_at(json_object_get(eve, "app"), "name"));
	return h ? h : 1;
}

/* NULL: the table is full; what has no row stays. */
static struct same *find(struct table *t, uint64_t key)
{
	for (size_t at = (size_t)key;; at++) {
		struct same *s = &t->at[at & (t->slots - 1)];
		if (s->key == key)
			return s;
		if (s->key)
			continue;
		if (t->used >= t->slots / 2)
			return NULL;
		t->used++;
		s->key = key;
		return s;
	}
}

static void put_line(struct buf *out, struct span line, uint32_t *records)
{
	buf_add(out, line.at, line.len);
	buf_add_byte(out, '\n');
	++*records;
}

/* The last that is kept carries the count; it may have counted before. */
static void put_last(struct same *s, struct buf *out, uint32_t *records)
{
	json_t *own = json_object_get(s->last, "otasuke");
	json_int_t more = json_integer_value(json_object_get(own, "more"));
	char *text;

	if (s->more)
		json_object_set_new(
		    own, "more", json_integer((more > 0 ? more : 0) + s->more));
	text = json_dumps(s->last, JSON_COMPACT);
	if (text)
		put_line(out, span_text(text), records);
	free(text);
	json_decref(s->last);
	s->last = NULL;
}

static void take(struct table *t, uint32_t same, struct span line, struct buf *out,
    uint32_t *records)
{
	json_error_t where;
	json_t *eve = json_loadb((const char *)line.at, line.len, 0, &where);
	uint64_t key = eve ? key_of(eve) : 0;
	struct same *s = key ? find(t, key) : NULL;

	if (!s || s->kept + 1 < same) {
		put_line(out, line, records);
		if (s)
			s->kept++;
		json_decref(eve);
		return;
	}
	if (!s->last) {
		s->last = eve;
		return;
	}
	json_int_t more = json_integer_value(
	    json_object_get(json_object_get(eve, "otasuke"), "more"));
	s->more += 1 + (uint32_t)(more > 0 && more < INT32_MAX ? more : 0);
	json_decref(eve);
}

void uplink_aggregate(
    struct span lines, uint32_t same, struct buf *out, uint32_t *records)
{
	struct table t = { .slots = 4096 };

	*records = 0;
	t.at = calloc(t.slots, sizeof(*t.at));
	while (lines.len) {
		const uint8_t *end = memchr(lines.at, '\n', lines.len);
		uint32_t len = end ? (uint32_t)(end - lines.at) : lines.len;
		struct span line = span_of(lines.at, len);
		if (len && t.at)
			take(&t, same, line, out, records);
		else if (len)
			put_line(out, line, records);
		lines = span_of(
		    lines.at + len + (end != NULL), lines.len - len - (end != NULL));
	}
	for (size_t i = 0; t.at && i < t.slots; i++)
		if (t.at[i].last)
			put_last(&t.at[i], out, records);
	free(t.at);
}
