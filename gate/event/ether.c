/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define MACS_MAX 10u /* addresses kept of each side of a flow */
#define MAC_TEXT 18u

/* Hung on flow->event while eve.ethernet is set. */
struct event_macs {
	uint8_t count[2]; /* by side: whoever opened the flow, whoever answers */
	uint8_t mac[2][MACS_MAX][6];
};

static void keep(struct event_macs *m, unsigned side, const uint8_t *mac)
{
	for (unsigned i = 0; i < m->count[side]; i++)
		if (memcmp(m->mac[side][i], mac, 6) == 0)
			return;
	if (m->count[side] < MACS_MAX)
		memcpy(m->mac[side][m->count[side]++], mac, 6);
}

void event_ether_note(const struct packet *pkt)
{
	struct flow *flow = pkt->flow;

	if (!flow || !pkt->mac_src)
		return;
	if (!flow->event)
		flow->event = calloc(1, sizeof(struct event_macs));
	if (!flow->event)
		return;
	keep(flow->event, pkt->dir, pkt->mac_src);
	keep(flow->event, !pkt->dir, pkt->mac_dst);
}

static void put_mac(struct event *e, enum record_field f, const uint8_t *mac)
{
	char text[MAC_TEXT];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
	    mac[2], mac[3], mac[4], mac[5]);
	record_span(&e->rec, f, arena_copy(&e->text, span_text(text)));
}

void event_ether_packet(struct event *e, const struct packet *pkt, bool turned)
{
	const struct event_macs *m = pkt->flow ? pkt->flow->event : NULL;

	if (!pkt->bytes && m && m->count[0] && m->count[1]) {
		put_mac(e, RECORD_F_ETHER_SRC, m->mac[turned != pkt->dir][0]);
		put_mac(e, RECORD_F_ETHER_DEST, m->mac[turned == pkt->dir][0]);
	}
	if (!pkt->mac_src)
		return;
	put_mac(e, RECORD_F_ETHER_SRC, turned ? pkt->mac_dst : pkt->mac_src);
	put_mac(e, RECORD_F_ETHER_DEST, turned ? pkt->mac_src : pkt->mac_dst);
}

static void put_side(
    struct event *e, enum record_field f, const struct event_macs *m, unsigned side)
{
	for (unsigned i = 0; i < m->count[side]; i++) {
		const uint8_t *a = m->mac[side][i];
		buf_addf(&e->json, "%c\"%02x:%02x:%02x:%02x:%02x:%02x\"", i ? ',' : '[',
		    a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	if (m->count[side])
		buf_add_byte(&e->json, ']');
	event_json(e, f);
}

void event_ether_flow(struct event *e, const struct flow *flow)
{
	if (!flow->event)
		return;
	put_side(e, RECORD_F_ETHER_DESTS, flow->event, 1);
	put_side(e, RECORD_F_ETHER_SRCS, flow->event, 0);
}

void event_ether_end(struct flow *flow)
{
	free(flow->event);
	flow->event = NULL;
}
