/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <stdlib.h>

/* Sorts rules into the places where they will be found again. */

struct pairs {
	struct index_pair *at;
	uint32_t count, room;
};

struct numbers {
	uint32_t *at;
	uint32_t count, room;
};

struct sorting {
	struct engine *e;
	struct pairs payload[INDEX_PAYLOADS][2];
	struct numbers direct[INDEX_PAYLOADS][2];
	struct pairs *tx; /* by source */
	struct numbers tx_direct[FLOW_APP_MAX][2];
	struct numbers addrs, events;
};

static bool asks_for_event(const struct sig *s)
{
	for (unsigned i = 0; i < s->check_count; i++)
		if (s->checks[i].kind == CHECK_EVENT)
			return true;
	return false;
}

static bool add_pair(struct pairs *p, const struct index_choice *c, uint32_t sig)
{
	if (!detect_parse_grow(&p->at, &p->room, p->count, sizeof(*p->at)))
		return false;
	p->at[p->count++] = (struct index_pair){ .bytes = c->bytes,
		.len = c->len,
		.nocase = c->item->flags & ITEM_NOCASE,
		.sig = sig };
	return true;
}

static bool add_number(struct numbers *n, uint32_t sig)
{
	if (!detect_parse_grow(&n->at, &n->room, n->count, sizeof(*n->at)))
		return false;
	n->at[n->count++] = sig;
	return true;
}

/* A rule on a transaction without a pattern is looked at for each transaction. */
static bool sort_tx(struct sorting *s, const struct sig *sig, uint32_t i)
{
	struct index_choice c;
	bool ok = true;

	for (unsigned app = 0; app < FLOW_APP_MAX; app++)
		if (sig->app == FLOW_APP_UNKNOWN || sig->app == app)
			s->e->any_tx_rule[app] = true;
	if (detect_index_choose(sig, &c))
		return add_pair(&s->tx[c.block->source->id], &c, i);
	for (unsigned app = 0; app < FLOW_APP_MAX; app++)
		for (unsigned dir = 0; ok && dir < 2; dir++)
			if ((sig->dirs & 1u << dir) &&
			    (sig->app == app ||
				(sig->app == FLOW_APP_UNKNOWN && app >= FLOW_APP_HTTP)))
				ok = add_number(&s->tx_direct[app][dir], i);
	return ok;
}

/* Which kinds of bytes a packet or stream rule is about: bits 1 << enum index_payload. */
static unsigned payload_kinds(const struct sig *s)
{
	unsigned kinds = 0;

	if (s->proto & SIG_PROTO_TCP) {
		if (!(s->flags & SIG_PAYLOAD))
			kinds |= 1u << INDEX_TCP;
		else if (s->flags & SIG_STREAM_ONLY)
			kinds |= 1u << INDEX_STREAM;
		else if (s->flags & SIG_PACKET_ONLY)
			kinds |= 1u << INDEX_TCP;
		else /* the packet too: when it is no part of the stream, or has a place */
			kinds |= 1u << INDEX_STREAM | 1u << INDEX_TCP;
	}
	if (s->proto & SIG_PROTO_UDP)
		kinds |= 1u << INDEX_UDP;
	if (s->proto & ~(SIG_PROTO_TCP | SIG_PROTO_UDP))
		kinds |= 1u << INDEX_OTHER;
	return kinds;
}

static bool sort_payload(struct sorting *s, const struct sig *sig, uint32_t i)
{
	struct index_choice c;
	bool pattern = detect_index_choose(sig, &c) && c.len >= INDEX_PATTERN_MIN;
	unsigned kinds = payload_kinds(sig);
	bool ok = true;

	for (unsigned kind = 0; kind < INDEX_PAYLOADS; kind++)
		for (unsigned dir = 0; ok && dir < 2; dir++) {
			if (!(kinds & 1u << kind) || !(sig->dirs & 1u << dir))
				continue;
			ok = pattern ? add_pair(&s->payload[kind][dir], &c, i)
				     : add_number(&s->direct[kind][dir], i);
		}
	return ok;
}

static bool sort_all(struct sorting *s)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < s->e->sig_count; i++) {
		const struct sig *sig = s->e->sigs[i];
		if (sig->flags & SIG_ADDRESS)
			ok = add_number(&s->addrs, i);
		else if (asks_for_event(sig))
			ok = add_number(&s->events, i);
		else if (sig->flags & SIG_TX)
			ok = sort_tx(s, sig, i);
		else
			ok = sort_payload(s, sig, i);
	}
	return ok;
}

static int build_tx(struct sorting *s, struct buf *why)
{
	struct engine *e = s->e;
	int r = 0;

	e->tx_groups = calloc(e->source_count, sizeof(*e->tx_groups));
	if (!e->tx_groups)
		return FAIL_MEMORY;
	for (uint32_t i = 0; r == 0 && i < e->source_count; i++)
		r = detect_index_group(
		    e, &e->tx_groups[i], s->tx[i].at, s->tx[i].count, why);
	for (unsigned b = 0; r == 0 && b < TX_BUFFER_MAX; b++) {
		uint32_t n = 0;
		e->of_buffer[b] = calloc((size_t)e->source_count + 1, sizeof(void *));
		if (!e->of_buffer[b])
			return FAIL_MEMORY;
		for (uint32_t i = 0; i < e->source_count; i++)
			if (e->sources[i]->buffer == b && e->tx_groups[i].patterns)
				e->of_buffer[b][n++] = e->sources[i];
	}
	for (unsigned app = 0; app < FLOW_APP_MAX; app++)
		for (unsigned dir = 0; dir < 2; dir++) {
			e->tx_direct[app][dir] = s->tx_direct[app][dir].at;
			e->tx_direct_count[app][dir] = s->tx_direct[app][dir].count;
			s->tx_direct[app][dir].at = NULL;
		}
	return r;
}

static void sorting_fini(struct sorting *s)
{
	for (unsigned k = 0; k < INDEX_PAYLOADS; k++)
		for (unsigned dir = 0; dir < 2; dir++) {
			free(s->payload[k][dir].at);
			free(s->direct[k][dir].at);
		}
	for (uint32_t i = 0; s->tx && i < s->e->source_count; i++)
		free(s->tx[i].at);
	for (unsigned app = 0; app < FLOW_APP_MAX; app++)
		for (unsigned dir = 0; dir < 2; dir++)
			free(s->tx_direct[app][dir].at);
	free(s->tx);
	free(s->addrs.at);
	free(s->events.at);
}

int detect_index_build(struct engine *e, struct buf *why)
{
	struct sorting s = { .e = e };
	int r = FAIL_MEMORY;

	s.tx = calloc(e->source_count, sizeof(*s.tx));
	if (s.tx && sort_all(&s))
		r = build_tx(&s, why);
	for (unsigned k = 0; k < INDEX_PAYLOADS; k++)
		for (unsigned dir = 0; r == 0 && dir < 2; dir++) {
			struct pairs *p = &s.payload[k][dir];
			struct numbers *n = &s.direct[k][dir];
			e->payload[k][dir].every = k == INDEX_STREAM;
			r = detect_index_group(
			    e, &e->payload[k][dir], p->at, p->count, why);
			if (r == 0)
				r = detect_index_ports(
				    e, &e->direct[k][dir], n->at, n->count);
		}
	if (r == 0)
		r = detect_index_addrs(e, s.addrs.at, s.addrs.count);
	e->event_rules = s.events.at;
	e->event_count = s.events.count;
	s.events.at = NULL;
	sorting_fini(&s);
	return r;
}

static void group_fini(struct index_group *g)
{
	hs_free_database(g->db);
	free(g->first);
	free(g->sigs);
}

static void ports_fini(struct index_ports *p)
{
	free(p->any);
	free(p->dst);
	free(p->src);
	free(p->first);
	free(p->gates);
}

void detect_index_fini(struct engine *e)
{
	for (uint32_t i = 0; e->tx_groups && i < e->source_count; i++)
		group_fini(&e->tx_groups[i]);
	free(e->tx_groups);
	for (unsigned b = 0; b < TX_BUFFER_MAX; b++)
		free(e->of_buffer[b]);
	for (unsigned k = 0; k < INDEX_PAYLOADS; k++)
		for (unsigned dir = 0; dir < 2; dir++) {
			group_fini(&e->payload[k][dir]);
			ports_fini(&e->direct[k][dir]);
		}
	for (unsigned app = 0; app < FLOW_APP_MAX; app++)
		for (unsigned dir = 0; dir < 2; dir++)
			free(e->tx_direct[app][dir]);
	free(e->addrs.src);
	free(e->addrs.dst);
	free(e->addrs.first);
	free(e->addrs.sigs);
	free(e->addrs.others);
	free(e->event_rules);
	hs_free_scratch(e->scratch);
}
