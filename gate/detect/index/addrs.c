/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"
#include "gate/detect/parse/text.h"

#include <stdlib.h>

/*
 * Address-only rules: thousands of addresses in a thousand rules, one look-up a flow.
 *
 * The IPv4 line is cut wherever a range of some rule begins or ends; each piece has the
 * list of the rules that hold on it.  A rule stands on the line of the side that names
 * fewer addresses; the other side is compared when the rule is looked at.
 */
struct edge {
	uint64_t at; /* 2^32 is behind the last address */
	uint32_t sig;
	bool begins;
};

static uint64_t addresses(const struct addr_set *set)
{
	uint64_t n = 0;

	if (set->any)
		return UINT64_MAX;
	for (uint32_t i = 0; i < set->n4; i++)
		n += (uint64_t)set->v4[i].last - set->v4[i].first + 1;
	/* Ranges of IPv6 cannot be found on the line. */
	return set->n6 ? UINT64_MAX : n;
}

static int by_place(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->sig > y->sig) - (x->sig < y->sig);
}

struct line {
	struct edge *edges;
	uint32_t count, room;
};

static bool add_edges(struct line *l, const struct addr_set *set, uint32_t sig)
{
	for (uint32_t i = 0; i < set->n4; i++) {
		if (!detect_parse_grow(
			&l->edges, &l->room, l->count + 1, sizeof(*l->edges)))
			return false;
		l->edges[l->count++] = (struct edge){ set->v4[i].first, sig, true };
		l->edges[l->count++] =
		    (struct edge){ (uint64_t)set->v4[i].last + 1, sig, false };
	}
	return true;
}

/* Lists of rules, equal ones kept once. */
struct pieces {
	struct engine *e;
	struct intern seen;
	uint32_t *first, *sigs;
	uint32_t lists, first_room, sig_count, sig_room;
};

static bool add_list(struct pieces *p, const uint32_t *sigs, uint32_t n, uint32_t *list)
{
	if (n == 0) {
		*list = 0;
		return true;
	}
	void **slot = detect_parse_intern(
	    &p->e->keep, &p->seen, sigs, n * (uint32_t)sizeof(*sigs));
	if (!slot)
		return false;
	if (*slot) {
		*list = (uint32_t)(uintptr_t)*slot;
		return true;
	}
	if (!detect_parse_grow(
		&p->first, &p->first_room, p->lists + 1, sizeof(*p->first)))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!detect_parse_grow(
			&p->sigs, &p->sig_room, p->sig_count, sizeof(*p->sigs)))
			return false;
		p->sigs[p->sig_count++] = sigs[i];
	}
	*list = p->lists++;
	*slot = (void *)(uintptr_t)*list;
	p->first[p->lists] = p->sig_count;
	return true;
}

/* Keeps `active` sorted. */
static void change(uint32_t *active, uint32_t *n, const struct edge *edge)
{
	uint32_t i = 0;

	while (i < *n && active[i] < edge->sig)
		i++;
	if (edge->begins) {
		memmove(&active[i + 1], &active[i], (*n - i) * sizeof(*active));
		active[i] = edge->sig;
		(*n)++;
	} else if (i < *n && active[i] == edge->sig) {
		memmove(&active[i], &active[i + 1], (*n - i - 1) * sizeof(*active));
		(*n)--;
	}
}

/* Cuts the line into rows (from, list). */
static bool cut(
    struct pieces *p, struct line *l, struct index_row **out, uint32_t *row_count)
{
	struct index_row *rows = calloc((size_t)l->count + 1, sizeof(*rows));
	uint32_t *active = calloc((size_t)l->count + 1, sizeof(*active)), n = 0;
	bool ok = rows && active;

	*row_count = 0;
	if (l->count)
		qsort(l->edges, l->count, sizeof(*l->edges), by_place);
	for (uint32_t i = 0; ok && i < l->count;) {
		uint64_t at = l->edges[i].at;
		for (; i < l->count && l->edges[i].at == at; i++)
			change(active, &n, &l->edges[i]);
		if (at > UINT32_MAX)
			break;
		struct index_row *r = &rows[(*row_count)++];
		r->from = (uint32_t)at;
		ok = add_list(p, active, n, &r->list);
	}
	free(active);
	*out = rows;
	return ok;
}

int detect_index_addrs(struct engine *e, const uint32_t *sigs, uint32_t count)
{
	struct index_addrs *a = &e->addrs;
	struct line src = { 0 }, dst = { 0 };
	struct pieces p = { .e = e, .lists = 1 };
	bool ok = detect_parse_grow(&p.first, &p.first_room, 1, sizeof(*p.first));

	a->others = calloc((size_t)count + 1, sizeof(*a->others));
	ok = ok && a->others;
	if (ok)
		p.first[0] = p.first[1] = 0;
	for (uint32_t i = 0; ok && i < count; i++) {
		const struct sig *s = e->sigs[sigs[i]];
		uint64_t from = addresses(s->src), to = addresses(s->dst);
		if ((s->flags & SIG_BOTH_WAYS) ||
		    (from == UINT64_MAX && to == UINT64_MAX))
			a->others[a->other_count++] = sigs[i];
		else if (from <= to)
			ok = add_edges(&src, s->src, sigs[i]);
		else
			ok = add_edges(&dst, s->dst, sigs[i]);
	}
	ok = ok && cut(&p, &src, &a->src, &a->src_count) &&
	     cut(&p, &dst, &a->dst, &a->dst_count);
	free(src.edges);
	free(dst.edges);
	detect_parse_intern_fini(&p.seen);
	a->first = p.first;
	a->sigs = p.sigs;
	a->lists = p.lists;
	return ok ? 0 : FAIL_MEMORY;
}
