/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/flow.h"

/* Tour 4: Packets become conversations.
 *
 * Groups packets into flows.
 *
 * Owns:    every struct flow of one worker; a flow lives until it is closed or idle.
 * Borrows: the packet, during the call only.
 * Threads: one table per worker, no locks; nothing here is shared.
 * Limits:  track_conf.flows_max; beyond it the flow that was idle longest goes first.
 * Serves:  002-19, 002-40 */
struct track;

struct track_conf {
	uint32_t flows_max; /* 0 = 65536 */
	bool vlan_in_key;   /* EVE vlan.use-for-tracking; default true */
	bool midstream;     /* take up TCP flows without their SYN */
	uint32_t tcp_new_s, tcp_established_s, tcp_closed_s; /* 0 = 60, 600, 10 */
	uint32_t udp_new_s, udp_established_s;               /* 0 = 30, 300 */
	uint32_t other_s;                                    /* 0 = 30 */
};

/* Called once for each flow that leaves, before its memory goes; the hook frees what
 * stages hung on it. */
typedef void track_end_fn(void *ctx, struct flow *flow);

struct track *track_new(const struct track_conf *conf, track_end_fn *end, void *ctx)
    __attribute__((malloc));
/* Ends every flow (FLOW_END_SHUTDOWN), oldest first. */
void track_free(struct track *t);

/* Finds or makes the packet's flow and sets pkt->flow and pkt->dir; counts it; moves the
 * TCP state.  pkt->flow stays NULL for what has no flow (ARP, malformed, fragments). */
void track_packet(struct track *t, struct packet *pkt);

/* Ends what is idle at `now_us`, at most `most` flows; cheap to call per packet. */
void track_expire(struct track *t, int64_t now_us, unsigned most);

uint32_t track_count(const struct track *t);
