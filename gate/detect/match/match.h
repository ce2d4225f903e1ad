/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/match/regex.h"
#include "gate/detect/sig.h"

/* Does a rule hold?  Everything here looks; nothing here remembers or tells.
 *
 * Owns:    struct look: a worker's room for looking, reused.
 * Borrows: packet, flow, buffer bytes during the call.
 * Threads: one look per worker.
 * Limits:  MATCH_STEPS_MAX tries per buffer, MATCH_TRANSFORM_MAX bytes of a changed buffer. */
#define MATCH_STEPS_MAX     3000u
#define MATCH_TRANSFORM_MAX (1u << 20)
#define MATCH_BASE64_MAX    65536u

struct look {
	struct regex_room *regex;
	uint64_t vars[SIG_VARS_MAX]; /* byte variables of the rule in hand */
	uint8_t *base64;             /* room for what base64_decode gives */
	/* the buffer in hand */
	struct span data;
	uint64_t data_offset; /* bytes of the whole that lie before `data` */
	uint32_t pos;         /* end of the last match */
	uint32_t regex_start;
	uint32_t steps;
	bool give_up; /* no other place of an earlier match can help */
	bool more;    /* the buffer may still grow: its end is not the end */
};

int detect_match_look_init(struct look *l) must_use;
void detect_match_look_fini(struct look *l);

/* items.c: do all items hold in `data`? */
bool detect_match_block(struct look *l, const struct block *b, struct span data,
    uint64_t data_offset, bool more);
/* find.c: first place of `needle` (lower case when nocase), or NULL. */
const uint8_t *detect_match_find(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t needle_len, bool nocase);
/* bytes.c: byte_test and its siblings */
bool detect_match_bytes(struct look *l, const struct item *it);
/* Decodes what base64_decode points at; false when there is nothing to decode. */
bool detect_match_base64(struct look *l, const struct item *it, struct span *out);
/* As far as it is base64; other bytes are passed over when `lenient`.  Bytes written. */
uint32_t detect_match_decode64(
    const uint8_t *in, uint32_t len, uint8_t *out, uint32_t room, bool lenient);

/* transform.c: the buffer as `s` wants it; the result lives in `room` or in `in`. */
struct transform_room {
	uint8_t *at[2];
	size_t size[2];
	struct regex_room *regex; /* borrowed from the look */
};
struct span detect_match_transform(
    struct transform_room *room, const struct source *s, struct span in);
void detect_match_transform_fini(struct transform_room *room);

/* header.c: addresses, ports, fields */
bool detect_match_addr(const struct addr_set *set, const struct addr *a);
bool detect_match_port(const struct port_set *set, uint16_t port);
uint8_t detect_match_proto(const struct packet *pkt); /* its SIG_PROTO_ bit */
bool detect_match_check(const struct check *c, const struct packet *pkt);
/* A header as a buffer (BUFFER_IPV4_HDR …); empty when the packet has none. */
bool detect_match_header(const struct packet *pkt, uint16_t buffer, struct span *out);
