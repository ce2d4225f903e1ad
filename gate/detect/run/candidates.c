/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include <stdlib.h>

/* From bytes, ports and addresses to rules that may hold. */

void detect_run_candidate(struct detect *d, uint32_t sig)
{
	uint64_t bit = 1ull << (sig & 63);

	if (d->hit_seen[sig >> 6] & bit)
		return;
	d->hit_seen[sig >> 6] |= bit;
	d->hits[d->hit_count++] = sig;
}

void detect_run_forget(struct detect *d)
{
	for (uint32_t i = 0; i < d->hit_count; i++)
		d->hit_seen[d->hits[i] >> 6] = 0;
	d->hit_count = 0;
}

struct scan {
	struct detect *d;
	const struct index_group *g;
	unsigned long long old; /* what ends in these first bytes was found before */
};

static int found(unsigned id, unsigned long long from, unsigned long long to,
    unsigned flags, void *ctx)
{
	const struct scan *s = ctx;

	(void)from;
	(void)flags;
	if (to <= s->old)
		return 0;
	for (uint32_t i = s->g->first[id]; i < s->g->first[id + 1]; i++)
		detect_run_candidate(s->d, s->g->sigs[i]);
	return 0;
}

void detect_run_scan(
    struct detect *d, const struct index_group *g, struct span bytes, uint32_t old)
{
	struct scan s = { d, g, old };

	if (g->db && bytes.len)
		hs_scan(
		    g->db, (const char *)bytes.at, bytes.len, 0, d->scratch, found, &s);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

void detect_run_sort(struct detect *d)
{
	if (d->hit_count > 32) {
		qsort(d->hits, d->hit_count, sizeof(*d->hits), by_number);
		return;
	}
	for (uint32_t i = 1; i < d->hit_count; i++) {
		uint32_t v = d->hits[i], k = i;
		for (; k > 0 && d->hits[k - 1] > v; k--)
			d->hits[k] = d->hits[k - 1];
		d->hits[k] = v;
	}
}

static void add_list(
    struct detect *d, const uint32_t *first, const uint32_t *sigs, uint32_t list)
{
	for (uint32_t i = first[list]; i < first[list + 1]; i++)
		detect_run_candidate(d, sigs[i]);
}

static bool gate_open(const struct index_gate *g, struct span data, uint64_t offset,
    enum flow_app app, bool stream)
{
	if (g->app != FLOW_APP_UNKNOWN && g->app != app)
		return false;
	if (stream) /* pieces of a stream have no size, and its beginning goes by */
		return !g->depth || offset < g->depth;
	if (data.len < g->least || data.len > g->most)
		return false;
	return g->len == 0 || (data.len >= g->at + (uint32_t)g->len &&
				  memcmp(data.at + g->at, g->bytes, g->len) == 0);
}

void detect_run_direct(struct detect *d, const struct index_ports *p, struct span data,
    uint64_t offset, bool stream)
{
	enum flow_app app = d->pkt->flow ? d->pkt->flow->app : FLOW_APP_UNKNOWN;
	const uint16_t *by_port[2] = { p->dst, p->src };
	uint16_t ports[2] = { d->pkt->dst_port, d->pkt->src_port };

	for (uint32_t i = 0; i < p->any_count; i++)
		if (gate_open(&p->any[i], data, offset, app, stream))
			detect_run_candidate(d, p->any[i].sig);
	for (unsigned side = 0; side < 2; side++) {
		uint32_t list = by_port[side] ? by_port[side][ports[side]] : 0;
		for (uint32_t i = p->first[list]; i < p->first[list + 1]; i++)
			if (gate_open(&p->gates[i], data, offset, app, stream))
				detect_run_candidate(d, p->gates[i].sig);
	}
}

static uint32_t list_of(
    const struct index_row *rows, uint32_t count, const struct addr *a)
{
	uint32_t v = (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
		     (uint32_t)a->bytes[2] << 8 | a->bytes[3];
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (rows[mid].from <= v)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? rows[low - 1].list : 0;
}

void detect_run_addresses(struct detect *d)
{
	const struct index_addrs *a = &d->engine->addrs;
	const struct packet *pkt = d->pkt;

	if (pkt->src.version == 4) {
		add_list(
		    d, a->first, a->sigs, list_of(a->src, a->src_count, &pkt->src));
		add_list(
		    d, a->first, a->sigs, list_of(a->dst, a->dst_count, &pkt->dst));
	}
	for (uint32_t i = 0; i < a->other_count; i++)
		detect_run_candidate(d, a->others[i]);
}
