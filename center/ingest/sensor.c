/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

#include <stdio.h>

unsigned ingest_homes_parse(const char *text, struct addr_net home[INGEST_HOMES_MAX])
{
	char net[ADDR_TEXT_MAX + 4];
	unsigned n = 0;

	while (text && *text && n < INGEST_HOMES_MAX) {
		size_t len = strcspn(text, "[], ");
		if (len && len < sizeof(net)) {
			memcpy(net, text, len);
			net[len] = 0;
			n += addr_net_parse(net, &home[n]) == 0;
		}
		text += len + (text[len] != 0);
	}
	return n;
}

bool ingest_home_ok(const char *text)
{
	struct addr_net home[INGEST_HOMES_MAX];
	unsigned words = 0;

	if (strlen(text) >= INGEST_HOME_MAX)
		return false;
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "[], ");
		words += len > 0;
		at += len + (at[len] != 0);
	}
	return ingest_homes_parse(text, home) == words;
}

int ingest_sensor_init(struct ingest_sensor *s, struct batch *b, uint32_t lines)
{
	*s = (struct ingest_sensor){ .slots = 16 };
	s->homes = ingest_homes_parse(b->home, s->home);
	while (s->slots < 2 * lines)
		s->slots *= 2;
	s->twins = arena_alloc(&b->arena, s->slots * sizeof(*s->twins));
	s->keys = arena_alloc(&b->arena, lines * sizeof(*s->keys));
	return s->twins && s->keys ? 0 : FAIL_MEMORY;
}

/* --- a drop and its alert --- */

static uint32_t *slot_of(struct ingest_sensor *s, const struct ingest_twin *key)
{
	uint64_t h = (uint64_t)key->flow * UINT64_C(0x9e3779b97f4a7c15) ^
		     (uint64_t)key->rule * UINT64_C(0xc2b2ae3d27d4eb4f);

	for (uint32_t at = (uint32_t)(h >> 32);; at++) {
		uint32_t *slot = &s->twins[at & (s->slots - 1)];
		const struct ingest_twin *k = *slot ? &s->keys[*slot - 1] : NULL;
		if (!k || (k->flow == key->flow && k->rule == key->rule))
			return slot;
	}
}

/* An inline sensor tells of a packet that a rule stopped twice: as alert and as drop. */
static unsigned note_twin(
    struct batch *b, struct ingest_sensor *s, const json_t *eve, const struct record *r)
{
	const char *type = json_string_value(json_object_get(eve, "event_type"));
	struct ingest_twin key = { r->value[RECORD_F_FLOW_ID].number,
		r->value[RECORD_F_ALERT_SID].number, strcmp(type, "drop") == 0 };
	uint32_t *slot;

	if (!r->has[RECORD_F_FLOW_ID])
		return 1;
	slot = slot_of(s, &key);
	struct ingest_twin *there = *slot ? &s->keys[*slot - 1] : NULL;
	if (there && there->drop != key.drop) {
		struct event *twin = &b->events[*slot - 1];
		twin->stopped = true;
		twin->severity = record_cause_severity(twin->cause, true);
		there->drop = false; /* each has one twin */
		ingest_count(b, "drop", key.drop);
		return 0;
	}
	s->keys[b->n] = key;
	*slot = b->n + 1;
	return 1;
}

/* --- cards --- */

/* A sensor outside of the company's router sees the router's card for every machine. */
static void note_card(struct ingest_sensor *s, const struct event *e)
{
	const char *mac = e->machine.mac, *ip = e->machine.ip;
	unsigned i = 0;

	if (!*mac || strchr(ip, ':'))
		return;
	while (i < s->n_cards && strcmp(s->cards[i].mac, mac) != 0)
		i++;
	if (i == INGEST_CARDS_MAX)
		return;
	if (i < s->n_cards) {
		s->cards[i].shared |= strcmp(s->cards[i].ip, ip) != 0;
		return;
	}
	s->cards[s->n_cards++] = (struct ingest_card){ mac, ip, false };
}

void ingest_sensor_finish(struct ingest_sensor *s, struct batch *b)
{
	for (unsigned c = 0; c < s->n_cards; c++)
		for (uint32_t i = 0; s->cards[c].shared && i < b->n; i++)
			if (b->events[i].kind == RECORD_ALERT &&
			    strcmp(b->events[i].machine.mac, s->cards[c].mac) == 0)
				b->events[i].machine.mac = "";
}

unsigned ingest_sensor_note(struct batch *b, struct ingest_sensor *s, const json_t *eve,
    const struct record *r, struct event *e)
{
	if (r->kind != RECORD_ALERT || ingest_is_gates(eve))
		return 1;
	note_card(s, e);
	return note_twin(b, s, eve, r);
}

/* --- what is only counted --- */

static bool is_name(const char *kind)
{
	size_t len = strlen(kind);

	return len > 0 && len <= EVENT_KIND_MAX &&
	       strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

void ingest_count(struct batch *b, const char *kind, int64_t more)
{
	uint32_t i = 0;

	if (!is_name(kind))
		kind = "other";
	if (more <= 0 || more > INT32_MAX)
		return;
	while (i < b->counted_n && strcmp(b->counted[i].kind, kind) != 0)
		i++;
	/* The last row takes what has no row of its own. */
	if (i >= EVENT_COUNTED_MAX - 1) {
		i = EVENT_COUNTED_MAX - 1;
		kind = "other";
	}
	if (i >= b->counted_n) {
		b->counted_n = i + 1;
		snprintf(b->counted[i].kind, sizeof(b->counted[i].kind), "%s", kind);
	}
	b->counted[i].events += more;
}

void ingest_count_all(struct batch *b, const json_t *counted)
{
	const char *kind;
	const json_t *n;
	void *it = json_object_iter((json_t *)(uintptr_t)counted);

	for (unsigned i = 0; it && i < 2 * EVENT_COUNTED_MAX; i++) {
		kind = json_object_iter_key(it);
		n = json_object_iter_value(it);
		if (json_is_integer(n))
			ingest_count(b, kind, json_integer_value(n));
		it = json_object_iter_next((json_t *)(uintptr_t)counted, it);
	}
}

#define KINDS_MAX 64 /* of one gate */

int ingest_counts_write(struct store_db *db, const struct batch *b)
{
	int64_t rows = 0;
	int err = b->counted_n == 0
		      ? 0
		      : store_get_int(db, &rows,
			    "SELECT COUNT(*) FROM eve_count WHERE gate_id = ?",
			    STORE_ARGS(STORE_INT(b->gate_id)));

	for (uint32_t i = 0; i < b->counted_n && err == 0; i++) {
		const struct event_counted *c = &b->counted[i];
		bool room = rows + b->counted_n <= KINDS_MAX;
		err = store_exec(db,
		    "INSERT INTO eve_count (gate_id, company_id, kind, events, last_us) "
		    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (gate_id, kind) DO UPDATE SET "
		    "events = eve_count.events + excluded.events, "
		    "last_us = excluded.last_us",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(b->company_id),
			STORE_TEXT(room ? c->kind : "other"), STORE_INT(c->events),
			STORE_INT(b->taken_us)));
	}
	return err;
}
