/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"
#include "gate/detect/parse/text.h"

#include <stdlib.h>

/* Rules without a pattern.  One about a few ports is found by the port; each port that
 * occurs has a list. */

struct lists {
	struct {
		uint32_t *sigs;
		uint32_t count, room;
	} * list;

	uint32_t count, room;
};

static uint32_t ports_in(const struct port_set *set)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < set->n; i++)
		n += set->range[i].last - set->range[i].first + 1u;
	return n;
}

static bool add_to(struct lists *l, uint16_t *of_port, uint16_t port, uint32_t sig)
{
	if (of_port[port] == 0) {
		if (!detect_parse_grow(
			&l->list, &l->room, l->count, sizeof(*l->list)) ||
		    l->count >= UINT16_MAX)
			return false;
		memset(&l->list[l->count], 0, sizeof(*l->list));
		of_port[port] = (uint16_t)l->count++;
	}
	uint16_t i = of_port[port];
	if (!detect_parse_grow(
		&l->list[i].sigs, &l->list[i].room, l->list[i].count, sizeof(uint32_t)))
		return false;
	l->list[i].sigs[l->list[i].count++] = sig;
	return true;
}

static bool add_ports(
    struct lists *l, uint16_t **of_port, const struct port_set *set, uint32_t sig)
{
	if (!*of_port)
		*of_port = calloc(65536, sizeof(**of_port));
	if (!*of_port)
		return false;
	for (uint32_t i = 0; i < set->n; i++)
		for (uint32_t p = set->range[i].first; p <= set->range[i].last; p++)
			if (!add_to(l, *of_port, (uint16_t)p, sig))
				return false;
	return true;
}

static void narrow(struct index_gate *g, const struct number_test *t)
{
	uint64_t least = 0, most = UINT16_MAX;

	switch (t->op) {
	case NUMBER_EQ:
		least = most = t->a;
		break;
	case NUMBER_LT:
		most = t->a - 1;
		break;
	case NUMBER_LE:
		most = t->a;
		break;
	case NUMBER_GT:
		least = t->a + 1;
		break;
	case NUMBER_GE:
		least = t->a;
		break;
	case NUMBER_INSIDE:
		least = t->a + 1;
		most = t->b - 1;
		break;
	default:
		break;
	}
	if (g->least < least)
		g->least = (uint16_t)least;
	if (g->most > most)
		g->most = (uint16_t)most;
}

static void note_content(struct index_gate *g, const struct item *it)
{
	const struct content *c = &it->u.content;
	const uint32_t moves = ITEM_RELATIVE | ITEM_OFFSET_VAR | ITEM_DEPTH_VAR;

	if (it->kind != ITEM_CONTENT || (it->flags & ITEM_NEGATED))
		return;
	if (g->least < c->len)
		g->least = c->len;
	if ((it->flags & moves) || !(it->flags & ITEM_DEPTH) || c->depth > UINT16_MAX)
		return;
	if (g->depth == 0 || g->depth > c->depth)
		g->depth = (uint16_t)c->depth;
	int32_t at = it->flags & ITEM_OFFSET ? c->offset : 0;
	uint8_t len = c->len < sizeof(g->bytes) ? (uint8_t)c->len : sizeof(g->bytes);
	if (c->depth != at + c->len || len <= g->len || (it->flags & ITEM_NOCASE))
		return;
	g->at = (uint16_t)at;
	g->len = len;
	memcpy(g->bytes, c->bytes, len);
}

static struct index_gate gate_of(const struct engine *e, uint32_t sig)
{
	const struct sig *s = e->sigs[sig];
	struct index_gate g = { .sig = sig, .most = UINT16_MAX, .app = s->app };

	for (unsigned i = 0; i < s->block_count; i++)
		if (s->blocks[i].source->id == 0)
			for (unsigned k = 0; k < s->blocks[i].count; k++)
				note_content(&g, &s->blocks[i].items[k]);
	for (unsigned i = 0; i < s->check_count; i++)
		if (s->checks[i].kind == CHECK_DSIZE)
			narrow(&g, &s->checks[i].u.number);
	return g;
}

static bool place(
    struct engine *e, struct index_ports *p, struct lists *l, uint32_t sig)
{
	const struct sig *s = e->sigs[sig];
	bool few_dst = !s->dst_port->any && ports_in(s->dst_port) <= INDEX_PORTS_MAX;
	bool few_src = !s->src_port->any && ports_in(s->src_port) <= INDEX_PORTS_MAX;

	if (!(s->flags & SIG_BOTH_WAYS)) {
		if (few_dst)
			return add_ports(l, &p->dst, s->dst_port, sig);
		if (few_src)
			return add_ports(l, &p->src, s->src_port, sig);
	}
	p->any[p->any_count++] = gate_of(e, sig);
	return true;
}

/* The lists one behind the other. */
static bool flatten(struct engine *e, struct index_ports *p, struct lists *l)
{
	uint32_t total = 0, at = 0;

	for (uint32_t i = 0; i < l->count; i++)
		total += l->list[i].count;
	p->first = calloc((size_t)l->count + 2, sizeof(*p->first));
	p->gates = calloc((size_t)total + 1, sizeof(*p->gates));
	if (!p->first || !p->gates)
		return false;
	for (uint32_t i = 0; i < l->count; i++) {
		p->first[i] = at;
		for (uint32_t k = 0; k < l->list[i].count; k++)
			p->gates[at++] = gate_of(e, l->list[i].sigs[k]);
	}
	p->first[l->count] = p->first[l->count + 1] = at;
	p->lists = l->count;
	return true;
}

int detect_index_ports(
    struct engine *e, struct index_ports *p, const uint32_t *sigs, uint32_t count)
{
	struct lists l = { 0 };
	bool ok = true;

	p->any = calloc((size_t)count + 1, sizeof(*p->any));
	if (!p->any || !detect_parse_grow(&l.list, &l.room, 0, sizeof(*l.list)))
		return FAIL_MEMORY;
	memset(&l.list[0], 0, sizeof(*l.list));
	l.count = 1; /* list 0 is the empty one */
	for (uint32_t i = 0; ok && i < count; i++)
		ok = place(e, p, &l, sigs[i]);
	ok = ok && flatten(e, p, &l);
	for (uint32_t i = 0; i < l.count; i++)
		free(l.list[i].sigs);
	free(l.list);
	return ok ? 0 : FAIL_MEMORY;
}
