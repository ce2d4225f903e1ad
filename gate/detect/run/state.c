/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include <stdlib.h>

/* What rules remember: bits and numbers on a flow, marks on addresses. */

struct detect_flow *detect_run_flow(struct detect *d, struct flow *flow)
{
	struct detect_flow *f = flow->detect;

	if (!f) {
		f = flow->detect = calloc(1, sizeof(*f));
		if (f)
			f->generation = d->engine->generation;
	} else if (f->generation != d->engine->generation) {
		/* Bits have names and stay; numbers of rules belong to the old engine. */
		f->generation = d->engine->generation;
		f->told_count = f->waiting_count = f->later_count = 0;
	}
	return f;
}

static struct flow_bit *find_bit(const struct flow *flow, uint64_t name, bool number)
{
	const struct detect_flow *f = flow ? flow->detect : NULL;

	for (unsigned i = 0; f && i < f->bit_count; i++)
		if (f->bits[i].name == name && f->bits[i].number == number)
			return &f->bits[i];
	return NULL;
}

static struct flow_bit *make_bit(struct detect *d, uint64_t name, bool number)
{
	struct flow_bit *bit = find_bit(d->pkt->flow, name, number);
	struct detect_flow *f = detect_run_flow(d, d->pkt->flow);

	if (bit || !f)
		return bit;
	if (f->bit_count == f->bit_room) {
		uint16_t room = f->bit_room ? f->bit_room * 2 : 4;
		struct flow_bit *more =
		    room > RUN_BITS_MAX ? NULL : realloc(f->bits, room * sizeof(*more));
		if (!more)
			return NULL;
		f->bits = more;
		f->bit_room = room;
	}
	bit = &f->bits[f->bit_count++];
	*bit = (struct flow_bit){ .name = name, .number = number };
	return bit;
}

static void drop_bit(struct detect *d, uint64_t name)
{
	struct flow_bit *bit = find_bit(d->pkt->flow, name, false);

	if (bit)
		*bit = d->pkt->flow->detect->bits[--d->pkt->flow->detect->bit_count];
}

static bool number_check(struct detect *d, const struct check *c)
{
	const struct flow_bit *v = find_bit(d->pkt->flow, c->u.bits.names[0], true);
	uint64_t with = c->u.bits.value;

	if (c->op == BITS_ISSET)
		return v;
	if (c->op == BITS_ISNOTSET)
		return !v;
	if (c->u.bits.other) {
		const struct flow_bit *o =
		    find_bit(d->pkt->flow, c->u.bits.other, true);
		if (!o)
			return false;
		with = o->value;
	}
	if (!v)
		return false;
	switch (c->op) {
	case BITS_LT:
		return v->value < with;
	case BITS_LE:
		return v->value <= with;
	case BITS_EQ:
		return v->value == with;
	case BITS_NE:
		return v->value != with;
	case BITS_GE:
		return v->value >= with;
	default:
		return v->value > with;
	}
}

static bool mark_check(struct detect *d, const struct check *c)
{
	for (uint32_t i = 0; i < c->u.bits.count; i++) {
		uint64_t key = detect_run_track_key(d, c->u.bits.names[i], c->which);
		const struct table_row *r =
		    detect_run_row(&d->marks, key, d->pkt->time_us, false);
		bool set = r && r->until_us >= d->pkt->time_us;
		if (set == (c->op == BITS_ISSET))
			return true;
	}
	return false;
}

bool detect_run_bits_ok(struct detect *d, const struct check *c)
{
	if (c->kind == CHECK_XBITS)
		return mark_check(d, c);
	if (!d->pkt->flow)
		return false;
	if (c->kind == CHECK_FLOWINT)
		return number_check(d, c);
	for (uint32_t i = 0; i < c->u.bits.count; i++) {
		bool set = find_bit(d->pkt->flow, c->u.bits.names[i], false);
		if (set == (c->op == BITS_ISSET))
			return true;
	}
	return false;
}

static void set_number(struct detect *d, const struct check *c)
{
	uint64_t with = c->u.bits.value;
	struct flow_bit *v = find_bit(d->pkt->flow, c->u.bits.names[0], true);

	if (c->u.bits.other) {
		const struct flow_bit *o =
		    find_bit(d->pkt->flow, c->u.bits.other, true);
		if (!o)
			return;
		with = o->value;
	}
	if (!v)
		v = make_bit(d, c->u.bits.names[0], true);
	if (!v)
		return;
	if (c->op == BITS_SET)
		v->value = (uint32_t)with;
	else if (c->op == BITS_ADD)
		v->value += (uint32_t)with;
	else
		v->value -= v->value < with ? v->value : (uint32_t)with;
}

static void set_mark(struct detect *d, const struct check *c)
{
	uint64_t key = detect_run_track_key(d, c->u.bits.names[0], c->which);
	int64_t now = d->pkt->time_us;
	struct table_row *r = detect_run_row(&d->marks, key, now, c->op != BITS_UNSET);

	if (!r)
		return;
	bool was = r->until_us >= now && r->count;
	bool set = c->op == BITS_SET || (c->op == BITS_TOGGLE && !was);
	r->count = set;
	r->until_us = set ? now + (int64_t)c->mask * 1000000 : now - 1;
}

void detect_run_bits_set(struct detect *d, const struct sig *s)
{
	for (unsigned i = 0; i < s->act_count; i++) {
		const struct check *c = &s->acts[i];
		uint64_t name = c->u.bits.names[0];
		if (c->kind == CHECK_XBITS) {
			set_mark(d, c);
			continue;
		}
		if (!d->pkt->flow)
			continue;
		if (c->kind == CHECK_FLOWINT)
			set_number(d, c);
		else if (c->op == BITS_UNSET ||
			 (c->op == BITS_TOGGLE && find_bit(d->pkt->flow, name, false)))
			drop_bit(d, name);
		else
			make_bit(d, name, false);
	}
}

/* A row of the table for `key`.  Rows live in sets of eight; when a set is full the row
 * that ran out first is forgotten. */
struct table_row *detect_run_row(
    struct table *t, uint64_t key, int64_t now_us, bool make)
{
	if (!t->rows) {
		if (!make)
			return NULL;
		t->rows = calloc(RUN_TABLE_ROWS, sizeof(*t->rows));
		if (!t->rows)
			return NULL;
	}
	struct table_row *set = &t->rows[(key >> 7) % (RUN_TABLE_ROWS / 8) * 8];
	struct table_row *oldest = set;
	for (unsigned i = 0; i < 8; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].until_us < oldest->until_us)
			oldest = &set[i];
	}
	if (!make)
		return NULL;
	*oldest =
	    (struct table_row){ .key = key, .since_us = now_us, .until_us = now_us };
	return oldest;
}

/* Bytes a side has sent, as far as sequence numbers tell. */
static uint64_t bytes_sent(const struct flow *flow, unsigned dir)
{
	return flow->tcp.known[dir]
		   ? (uint32_t)(flow->tcp.next[dir] - flow->tcp.isn[dir] - 1)
		   : 0;
}

bool detect_run_stream_size(struct detect *d, const struct check *c)
{
	const struct flow *flow = d->pkt->flow;

	if (!flow || d->proto != SIG_PROTO_TCP)
		return false;
	bool client = number_ok(&c->u.number, bytes_sent(flow, PACKET_TO_SERVER));
	bool server = number_ok(&c->u.number, bytes_sent(flow, PACKET_TO_CLIENT));
	switch (c->which) {
	case 0:
		return server;
	case 1:
		return client;
	case 2:
		return server && client;
	default:
		return server || client;
	}
}
