/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/flow.h"

/* Tour 5: Conversations become bytes in order.
 *
 * Puts the bytes of a TCP direction in order again.
 *
 * Owns:    struct stream, hung on flow->stream[dir], freed by stream_flow_end().
 * Borrows: packet and flow during the call.
 * Threads: one struct stream_shop per worker.
 * Limits:  stream_conf; what exceeds a limit becomes a gap and an event, never a wait for ever.
 *          Where segments overlap, the bytes that came first stay.  A retransmission is
 *          compared with the last STREAM_WINDOW bytes, and inline with all that is not yet
 *          acknowledged (at most 512 KiB a direction).  Inline, what finds no room behind a
 *          hole is turned away (pkt->stream_unread) and comes again; nothing is skipped.
 * Serves:  002-01, 002-02 */
struct stream_conf {
	uint32_t depth;      /* bytes per direction that are reassembled; 0 = 1 MiB */
	uint32_t hold_max;   /* out-of-order bytes kept per direction; 0 = 256 KiB */
	uint64_t memory_max; /* of all streams of the worker; 0 = 64 MiB */
	/* What was let through once must never read differently later: such a segment gets
	 * pkt->stream_differs, and verdict/ drops it.  (The event is noted in either mode.) */
	bool inline_mode;
	bool parsed_beyond; /* `depth` does not end what a parser reads */
};

struct stream_shop;

/* Bytes that became readable with this packet.
 *
 * `bytes` are new; `window` ends with them and begins up to STREAM_WINDOW earlier, so that
 * a pattern across two segments is seen; it never reaches across a gap.  Both live until
 * the next stream_push().  UDP and other packets: `bytes` = `window` = the payload.
 *
 * `dir` is the packet's own direction, with one exception: an acknowledgement of bytes that
 * we missed gives the hole up, and what waited behind it comes out in the other direction.
 * `bytes` may be empty while `gap` or `end` says something. */
#define STREAM_WINDOW 2048u

struct chunk {
	enum packet_dir dir;
	struct span bytes;
	struct span window;
	uint64_t offset; /* place of bytes[0] in the direction's stream */
	uint32_t gap;    /* bytes missing before `bytes`, given up on */
	/* Nothing follows: FIN in order or depth reached.  A RST says nothing here, because a
	 * forged one must not end the inspection; the flow's own end comes soon after. */
	bool end;
};

struct stream_shop *stream_new(const struct stream_conf *conf) __attribute__((malloc));
void stream_free(struct stream_shop *s);

struct chunk stream_push(struct stream_shop *s, struct packet *pkt);
/* What still waits behind a hole when the flow is over, piece by piece until `bytes` is
 * empty; for the one who closes a flow, before stream_flow_end(). */
struct chunk stream_drain(
    struct stream_shop *s, struct flow *flow, enum packet_dir dir);
/* Frees both directions (track's end hook). */
void stream_flow_end(struct stream_shop *s, struct flow *flow);

/* Bytes in use by all streams of the worker. */
uint64_t stream_memory(const struct stream_shop *s);
