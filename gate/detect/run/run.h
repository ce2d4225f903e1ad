/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/index/index.h"
#include "gate/detect/match/match.h"

/* What a worker does with a packet: candidates, looking, remembering, telling.
 *
 * Owns:    struct detect, struct detect_flow (on flow->detect), struct detect_tx
 *          (on tx->detect).
 * Borrows: packet, flow, chunk during the call.
 * Threads: one struct detect per worker.
 * Limits:  RUN_* below; what is over a limit is forgotten, never waited for. */
#define RUN_ALERTS_MAX  256u /* matches of one packet before the packet's own limit */
#define RUN_ALERTS_TOLD 15u
#define RUN_BITS_MAX    64u   /* flow bits and flow numbers of one flow */
#define RUN_WAITING_MAX 32u   /* stream rules that wait for more bytes, per flow */
#define RUN_PENDING_MAX 2048u /* rules that wait for more of a transaction */
#define RUN_LATER_MAX   32u
#define RUN_TABLE_ROWS  32768u /* thresholds, and marks on addresses: rows per worker */

struct alert {
	const struct sig *sig;
	struct tx *tx;
	bool flow_wide; /* the match concerns the flow, not this packet alone */
};

/* ---- what is remembered of a flow */
struct flow_bit {
	uint64_t name;
	uint32_t value;
	bool number; /* flowint */
};

struct stream_mark {
	uint32_t sig;
	uint8_t dir;
	uint64_t
	    at; /* told: bytes before it are done; waiting: where the pattern was */
};

struct detect_flow {
	uint32_t generation; /* of the engine that `told` … speak of */
	struct flow_bit *bits;
	uint16_t bit_count, bit_room;
	uint16_t told_count, told_room, waiting_count, later_count;
	struct stream_mark *told;
	struct stream_mark waiting[RUN_WAITING_MAX];
	/* matched while the other side's packet was in hand */
	struct stream_mark later[RUN_LATER_MAX];
	bool addrs_done[2];
};

/* ---- what is remembered of a transaction */
struct tx_rule {
	uint32_t sig;
	uint32_t matched; /* bit i: block i holds */
	uint8_t dir;
	bool done; /* told, or can never hold: not to be looked at again */
};

struct detect_tx {
	uint32_t generation;
	uint32_t fields_seen;
	bool begun[2]; /* rules without a pattern were added */
	bool ended[2];
	struct tx_rule *rules;
	uint32_t count, room;
};

/* Counters by a 64-bit key, in a table that never grows. */
struct table_row {
	uint64_t key;
	int64_t since_us, until_us;
	uint32_t count, next;
};

struct table {
	struct table_row *rows;
};

struct detect {
	struct engine *engine;
	hs_scratch_t *scratch;
	struct look look;
	struct transform_room transform;
	uint32_t *hits; /* candidates, each once */
	uint64_t *hit_seen;
	uint32_t hit_count;
	uint32_t round; /* of the packet in hand, for addr_known */
	uint32_t
	    *addr_known[2]; /* by addr_set id: round * 2 + answer, for src and dst */
	struct alert alerts[RUN_ALERTS_MAX];
	uint32_t alert_count;
	struct table limits, marks;
	/* the packet in hand */
	struct packet *pkt;
	const struct chunk *chunk;
	uint8_t proto; /* SIG_PROTO_ bit */
	uint8_t dir;
	bool established;
};

/* candidates.c */
/* Rules whose pattern ends behind the first `old` bytes. */
void detect_run_scan(
    struct detect *d, const struct index_group *g, struct span bytes, uint32_t old);
void detect_run_candidate(struct detect *d, uint32_t sig);
/* Rules found by port or by nothing, whose gates `data` passes. */
void detect_run_direct(struct detect *d, const struct index_ports *p, struct span data,
    uint64_t offset, bool stream);
void detect_run_addresses(struct detect *d);
/* Sorts the candidates by the order of rules. */
void detect_run_sort(struct detect *d);
void detect_run_forget(struct detect *d);

/* header.c: protocol, direction, addresses, ports, flow state, checks */
bool detect_run_header(struct detect *d, const struct sig *s);
bool detect_run_checks(struct detect *d, const struct sig *s);
/* state.c: stream_size */
bool detect_run_stream_size(struct detect *d, const struct check *c);

/* state.c */
struct detect_flow *detect_run_flow(
    struct detect *d, struct flow *flow); /* NULL: no memory */
bool detect_run_bits_ok(struct detect *d, const struct check *c);
void detect_run_bits_set(struct detect *d, const struct sig *s);
struct table_row *detect_run_row(
    struct table *t, uint64_t key, int64_t now_us, bool make);
/* limit.c: 1 tell, 0 no match at all, 2 act silently.  Changes `action` (enum sig_action)
 * when a rate filter says so. */
int detect_run_limit(struct detect *d, const struct sig *s, int *action);
uint64_t detect_run_track_key(struct detect *d, uint64_t seed, uint8_t by);

/* payload.c, tx.c, sites.c */
void detect_run_packet(struct detect *d);
bool detect_run_payload_block(
    struct detect *d, const struct sig *s, const struct block *b);
void detect_run_txs(struct detect *d, bool last);
void detect_run_sites(struct detect *d, struct tx *tx, const struct tx_field *f);

/* tell.c */
void detect_run_match(
    struct detect *d, const struct sig *s, struct tx *tx, bool flow_wide);
void detect_run_tell(struct detect *d);
