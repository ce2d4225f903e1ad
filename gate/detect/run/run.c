/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include <stdlib.h>

/* One worker's detection: packet rules, then the stream, then transactions. */

static int make_room(struct detect *d, struct engine *e)
{
	d->hits = calloc((size_t)e->sig_count + 1, sizeof(*d->hits));
	d->hit_seen = calloc((size_t)e->sig_count / 64 + 1, sizeof(*d->hit_seen));
	for (unsigned i = 0; i < 2; i++)
		d->addr_known[i] =
		    calloc((size_t)e->addr_set_count + 1, sizeof(*d->addr_known[i]));
	if (!d->hits || !d->hit_seen || !d->addr_known[0] || !d->addr_known[1])
		return FAIL_MEMORY;
	d->round = 1;
	if (e->scratch && hs_clone_scratch(e->scratch, &d->scratch) != HS_SUCCESS)
		return FAIL_MEMORY;
	return 0;
}

static void free_room(struct detect *d)
{
	free(d->hits);
	free(d->hit_seen);
	free(d->addr_known[0]);
	free(d->addr_known[1]);
	hs_free_scratch(d->scratch);
	d->hits = NULL;
	d->hit_seen = NULL;
	d->addr_known[0] = d->addr_known[1] = NULL;
	d->scratch = NULL;
}

struct detect *detect_new(struct engine *e)
{
	struct detect *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	if (detect_match_look_init(&d->look) < 0 || make_room(d, e) < 0) {
		detect_free(d);
		return NULL;
	}
	d->transform.regex = d->look.regex;
	d->engine = engine_ref(e);
	return d;
}

void detect_free(struct detect *d)
{
	if (!d)
		return;
	free_room(d);
	detect_match_look_fini(&d->look);
	detect_match_transform_fini(&d->transform);
	free(d->limits.rows);
	free(d->marks.rows);
	engine_unref(d->engine);
	free(d);
}

int detect_swap(struct detect *d, struct engine *e)
{
	struct detect fresh = { 0 };

	if (make_room(&fresh, e) < 0) {
		free_room(&fresh);
		return FAIL_MEMORY;
	}
	free_room(d);
	d->hits = fresh.hits;
	d->hit_seen = fresh.hit_seen;
	d->addr_known[0] = fresh.addr_known[0];
	d->addr_known[1] = fresh.addr_known[1];
	d->scratch = fresh.scratch;
	d->round = 1;
	engine_unref(d->engine);
	d->engine = engine_ref(e);
	return 0;
}

/* Was the connection there before this packet?  The handshake's last ACK is not yet part
 * of an established flow. */
static bool established(const struct packet *pkt)
{
	return pkt->flow && pkt->flow->state != FLOW_NEW;
}

void detect_run(struct detect *d, struct packet *pkt, const struct chunk *chunk)
{
	struct flow *flow = pkt->flow;

	d->pkt = pkt;
	d->chunk = chunk;
	d->proto = detect_match_proto(pkt);
	d->dir = flow ? (uint8_t)pkt->dir : 0;
	d->established = established(pkt);
	if (++d->round > UINT32_MAX / 2 - 4) {
		for (unsigned i = 0; i < 2; i++)
			memset(d->addr_known[i], 0,
			    d->engine->addr_set_count * sizeof(*d->addr_known[i]));
		d->round = 1;
	}
	if (flow && flow->dropped)
		return;
	/* A wrong checksum: the receiver will not take it, and stream and app did not; but
	 * rules on packets may well be about that. */
	if (!(flow && flow->passed))
		detect_run_packet(d);
	if (flow && !pkt->ip_checksum_bad && !pkt->l4_checksum_bad)
		detect_run_txs(d, pkt->bytes == NULL && chunk->end);
	detect_run_tell(d);
}

void detect_flow_end(struct detect *d, struct flow *flow)
{
	struct detect_flow *f = flow->detect;

	(void)d;
	if (!f)
		return;
	free(f->bits);
	free(f->told);
	free(f);
	flow->detect = NULL;
}

void detect_tx_end(struct detect *d, struct tx *tx)
{
	struct detect_tx *t = tx->detect;

	(void)d;
	if (!t)
		return;
	free(t->rules);
	free(t);
	tx->detect = NULL;
}
