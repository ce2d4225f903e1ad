/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/decode/decode.h"
#include "lib/base/reader.h"

/* Ethertypes and protocol numbers (IANA). */
enum {
	DECODE_ETHER_IPV4 = 0x0800,
	DECODE_ETHER_ARP = 0x0806,
	DECODE_ETHER_TEB = 0x6558,
	DECODE_ETHER_VLAN = 0x8100,
	DECODE_ETHER_IPV6 = 0x86dd,
	DECODE_ETHER_MPLS = 0x8847,
	DECODE_ETHER_MPLS_MULTI = 0x8848,
	DECODE_ETHER_PPPOE_DISCOVERY = 0x8863,
	DECODE_ETHER_PPPOE_SESSION = 0x8864,
	DECODE_ETHER_QINQ = 0x88a8,
	DECODE_ETHER_PPP = 0x880b,
	DECODE_ETHER_BACKBONE = 0x88e7, /* 802.1ah */
	DECODE_ETHER_ERSPAN = 0x88be,
	DECODE_ETHER_QINQ_OLD = 0x9100,
};

enum {
	DECODE_IP_HOPOPTS = 0,
	DECODE_IP_ICMP = 1,
	DECODE_IP_IGMP = 2,
	DECODE_IP_IPIP = 4,
	DECODE_IP_TCP = 6,
	DECODE_IP_UDP = 17,
	DECODE_IP_IPV6 = 41,
	DECODE_IP_ROUTING = 43,
	DECODE_IP_FRAGMENT = 44,
	DECODE_IP_GRE = 47,
	DECODE_IP_ESP = 50,
	DECODE_IP_AH = 51,
	DECODE_IP_ICMPV6 = 58,
	DECODE_IP_NONE = 59,
	DECODE_IP_DSTOPTS = 60,
	DECODE_IP_SCTP = 132,
	DECODE_IP_MOBILITY = 135,
	DECODE_IP_HIP = 139,
	DECODE_IP_SHIM6 = 140,
};

struct decode_fragments;

struct decode {
	bool check_checksums, udp_as_is;
	unsigned layers; /* headers so far in this frame */
	struct decode_fragments *fragments;
};

/* Something could not be read: note it and stop here. */
static inline void decode_bad(struct packet *pkt, uint16_t code)
{
	packet_note(pkt, code);
	pkt->malformed = true;
}

static inline uint16_t decode_be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t decode_be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Counts a header; false, and noted, when the frame has too many. */
bool decode_layer(struct decode *d, struct packet *pkt);

/* Each takes the bytes of its header off `r` and goes on with the next header. */
void decode_ethernet(struct decode *d, struct packet *pkt, struct reader *r);
/* What an ethertype announces. */
void decode_network(
    struct decode *d, struct packet *pkt, struct reader *r, uint16_t type);
void decode_ppp(struct decode *d, struct packet *pkt, struct reader *r);
void decode_pppoe_discovery(struct packet *pkt, struct reader *r);
void decode_pppoe_session(struct decode *d, struct packet *pkt, struct reader *r);
void decode_ipv4(struct decode *d, struct packet *pkt, struct reader *r);
void decode_ipv6(struct decode *d, struct packet *pkt, struct reader *r);
/* IPv4 or IPv6, as the first four bits say. */
void decode_ip(struct decode *d, struct packet *pkt, struct reader *r);
/* An IP packet inside another; counts the tunnel. */
void decode_tunnel(
    struct decode *d, struct packet *pkt, struct reader *r, uint8_t proto);
void decode_gre(struct decode *d, struct packet *pkt, struct reader *r);

/* The upper layer; pkt->l4 holds its bytes.  False when `proto` is none that we read. */
bool decode_upper(struct decode *d, struct packet *pkt, uint8_t proto);
void decode_tcp(struct decode *d, struct packet *pkt);
void decode_udp(struct decode *d, struct packet *pkt);
void decode_sctp(struct packet *pkt);
void decode_esp(struct packet *pkt);
void decode_igmp(struct packet *pkt);
void decode_icmpv4(struct decode *d, struct packet *pkt);
void decode_icmpv6(struct decode *d, struct packet *pkt);

/* Sets pkt->l4_checksum_bad when asked to look. */
void decode_check_l4(const struct decode *d, struct packet *pkt);
/* The Internet checksum of `s` (RFC 1071), folded and inverted. */
uint16_t decode_sum(struct span s);

/* One fragment of an IP datagram. */
struct decode_fragment {
	struct span
	    header;       /* IP header up to the fragment's data; no fragment header */
	uint16_t next_at; /* place in `header` of the protocol byte to set (IPv6) */
	uint8_t proto;    /* of the data */
	uint16_t offset;  /* bytes */
	bool more;
	struct span data;
};

struct decode_fragments *decode_fragments_new(uint32_t max, uint32_t bytes_max);
void decode_fragments_free(struct decode_fragments *f);
uint32_t decode_fragments_count(const struct decode_fragments *f);
/* Keeps the fragment.  When it was the last one missing, returns the datagram, in the
 * packet's arena, with an IP header as if it had never been cut; otherwise an empty span. */
struct span decode_fragments_add(
    struct decode_fragments *f, struct packet *pkt, const struct decode_fragment *part);
