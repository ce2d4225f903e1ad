/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/parse/parse.h"
#include "gate/detect/site/site.h"

#include <hs/hs.h>
#include <stdatomic.h>

/* From bytes, ports and addresses to the few rules that may hold.
 *
 * Owns:    struct engine: everything that rules became, immutable once built.
 * Threads: any; the reference count is atomic.
 * Limits:  patterns shorter than INDEX_PATTERN_MIN do not go into a payload database: they
 *          would cost more than all others together (docs/why/0004). */
#define INDEX_PATTERN_MIN 4u
#define INDEX_PORTS_MAX   64u /* a rule about more ports is looked at for every port */

/* A Hyperscan database; pattern i stands for sigs[first[i]] … sigs[first[i + 1] - 1]. */
struct index_group {
	hs_database_t *db;
	uint32_t patterns;
	uint32_t longest; /* of its patterns, bytes */
	bool every;       /* tells every place of a pattern, not only the first */
	uint32_t *first, *sigs;
};

/* What can be asked of a payload before its rule is even touched: how long it is, and up to
 * six bytes that must stand at one place. */
struct index_gate {
	uint32_t sig;
	uint16_t least, most; /* bytes */
	uint16_t depth;       /* of a stream: nothing further in counts; 0: anywhere */
	uint16_t at;          /* place of `bytes` */
	uint8_t len;          /* of `bytes`; 0: none are known */
	uint8_t app;          /* enum flow_app; FLOW_APP_UNKNOWN: any */
	uint8_t bytes[6];
};

/* Rules without a pattern: those about few ports by port, the others in one list. */
struct index_ports {
	struct index_gate *any;
	uint32_t any_count;
	uint16_t *dst, *src; /* 65536 numbers of lists, 0: none; NULL: no such rules */
	uint32_t *first;     /* list i is gates[first[i]] … gates[first[i + 1] - 1] */
	struct index_gate *gates;
	uint32_t lists;
};

/* Address-only rules by the side that names fewer addresses. */
struct index_row {
	uint32_t from; /* IPv4 as a number; up to the next row's `from` */
	uint32_t list;
};

struct index_addrs {
	struct index_row *src, *dst;
	uint32_t src_count, dst_count;
	uint32_t *first, *sigs; /* as above; list 0 is empty */
	uint32_t lists;
	uint32_t *others; /* rules that cannot be found that way */
	uint32_t other_count;
};

/* What bytes are seen as; the first index of engine->payload. */
enum index_payload {
	INDEX_STREAM, /* TCP bytes in order */
	INDEX_TCP,    /* payload of one TCP packet */
	INDEX_UDP,
	INDEX_OTHER,
	INDEX_PAYLOADS,
};

struct engine {
	atomic_uint refs;
	uint32_t generation; /* unlike any other engine's of this process */
	struct arena keep;
	struct sig **sigs; /* in the order in which they are asked: rule.index */
	uint32_t sig_count;
	const struct source **sources;
	uint32_t source_count;
	uint32_t addr_set_count, port_set_count;
	struct regex **regexes;
	uint32_t regex_count;
	struct index_group *tx_groups; /* by source id */
	const struct source *
	    *of_buffer[TX_BUFFER_MAX]; /* sources with a group, NULL ends */
	struct index_group payload[INDEX_PAYLOADS][2];
	struct index_ports direct[INDEX_PAYLOADS]
				 [2]; /* INDEX_STREAM: rules on the stream */
	uint32_t *tx_direct[FLOW_APP_MAX][2];
	uint32_t tx_direct_count[FLOW_APP_MAX][2];
	struct index_addrs addrs;
	uint32_t *event_rules; /* decode-event, stream-event: for packets with events */
	uint32_t event_count;
	struct site_table *sites;
	hs_scratch_t *scratch; /* to be cloned by workers */
	struct engine_report report;
	struct engine_refusal *refusals;
	bool inline_mode;
	uint32_t alerts_max; /* told of one packet */
	bool any_tx_rule[FLOW_APP_MAX];
};

/* Builds all indexes of `e` from e->sigs; 0 or FAIL_MEMORY with a reason. */
int detect_index_build(struct engine *e, struct buf *why) must_use;
void detect_index_fini(struct engine *e);

/* One database from pairs (pattern, sig). */
struct index_pair {
	const uint8_t *bytes;
	uint32_t len;
	bool nocase;
	uint32_t sig;
};

int detect_index_group(struct engine *e, struct index_group *g,
    struct index_pair *pairs, uint32_t count, struct buf *why) must_use;
int detect_index_addrs(struct engine *e, const uint32_t *sigs, uint32_t count) must_use;
int detect_index_ports(struct engine *e, struct index_ports *p, const uint32_t *sigs,
    uint32_t count) must_use;

/* pattern.c: the content by which the rule is found, or NULL. */
struct index_choice {
	const struct block *block;
	const struct item *item;
	const uint8_t *bytes;
	uint32_t len;
};

bool detect_index_choose(const struct sig *s, struct index_choice *c);
