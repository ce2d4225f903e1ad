/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/decode/events.h"
#include "gate/packet.h"

/* Tour 3: Hostile bytes become a packet.
 *
 * Finds the headers in a frame.
 *
 * Owns:    nothing but the fragments that wait for their siblings (struct decode).
 * Borrows: the packet and its bytes, during the call.
 * Threads: one struct decode per worker.
 * Limits:  PACKET_VLAN_MAX tags, DECODE_TUNNELS_MAX tunnels, DECODE_LAYERS_MAX headers before
 *          the transport, DECODE_IPV6_EXT_MAX; decode_conf.fragments_max datagrams wait at
 *          most DECODE_FRAGMENT_AGE_S, in at most fragment_bytes_max.
 * Serves:  002-02, every later stage */
#define DECODE_TUNNELS_MAX    3u
#define DECODE_LAYERS_MAX     16u
#define DECODE_IPV6_EXT_MAX   16u
#define DECODE_FRAGMENT_AGE_S 60u

struct decode;

struct decode_conf {
	bool check_checksums;        /* see packet.ip_checksum_bad, l4_checksum_bad */
	bool udp_as_is;              /* but not of UDP: captures on the sender's machine */
	uint32_t fragments_max;      /* datagrams waiting; 0 = 1024 */
	uint32_t fragment_bytes_max; /* of all of them; 0 = 4 MiB */
};

struct decode *decode_new(const struct decode_conf *conf) __attribute__((malloc));
void decode_free(struct decode *d);

/* Fills the decode part of `pkt`, which is all zero when it comes.  Cannot fail: a malformed
 * frame is something that was found; pkt->malformed and pkt->event[] (gate/decode/events.h)
 * say what.  The innermost packet of a tunnel wins; the fragment that completes a datagram
 * is decoded as the whole (ip_rebuilt), the others stop at their IP header (ip_fragment). */
void decode_frame(struct decode *d, struct packet *pkt);

/* The packet that an ICMP error answers, as far as it was quoted (RFC 792, RFC 4443 3). */
struct decode_quoted {
	struct addr src, dst;
	uint8_t ip_proto;
	uint16_t src_port, dst_port;  /* TCP, UDP, SCTP */
	uint8_t icmp_type, icmp_code; /* ICMP */
};

/* False when `pkt` is no ICMP error or quotes too little. */
bool decode_quoted(const struct packet *pkt, struct decode_quoted *q);

/* Whether the checksums are right, for rules that ask (…-csum keywords); true where there is
 * none to check.  Offloaded checksums are the caller's business. */
bool decode_ip_sum_right(const struct packet *pkt);
bool decode_l4_sum_right(const struct packet *pkt);

/* Datagrams that wait for fragments. */
uint32_t decode_waiting(const struct decode *d);
