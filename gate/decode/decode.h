/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/packet.h"

/* Finds the headers in a frame.
 *
 * Owns:    nothing but the fragments that wait for their siblings (struct decode).
 * Borrows: the packet and its bytes, during the call.
 * Threads: one struct decode per worker.
 * Limits:  PACKET_VLAN_MAX tags, DECODE_TUNNELS_MAX tunnels, DECODE_FRAGMENTS_MAX fragments.
 * Serves:  002-02, every later stage */
#define DECODE_TUNNELS_MAX   3u
#define DECODE_IPV6_EXT_MAX  16u

struct decode;

struct decode_conf {
	bool check_checksums; /* note a finding on a bad one; such packets skip detection */
	uint32_t fragments_max; /* datagrams waiting; 0 = 1024 */
};

/* Decode events by their EVE/rule names: X(enum suffix, "name").  One table gives the enum,
 * the anomaly event and the decode-event keyword.  decode/events.h holds it. */

struct decode *decode_new(const struct decode_conf *conf) __attribute__((malloc));
void decode_free(struct decode *d);

/* Fills the decode part of `pkt`.  Cannot fail: a malformed frame is something that was
 * found, pkt->malformed and pkt->event[] say what. */
void decode_frame(struct decode *d, struct packet *pkt);
