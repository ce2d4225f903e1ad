/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890; PPTP's version 1: RFC 2637) and
 * ERSPAN types I and II.  The inner packet takes the outer one's place in struct packet. */

#define GRE_LEN           4u
#define ERSPAN_LEN        8u
#define SOURCE_ROUTES_MAX 16u

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_STRICT = 0x0800,
	GRE_RECURSION = 0x0700,
	GRE_ACK = 0x0080,
	GRE_VERSION = 0x0007,
};

static bool enter(struct packet *pkt)
{
	if (pkt->tunnel_depth == DECODE_TUNNELS_MAX) {
		decode_bad(pkt, DECODE_TOO_MANY_LAYERS);
		pkt->out_of_budget = true; /* the receiver may well go on */
		return false;
	}
	pkt->tunnel_depth++;
	/* A tunnel inside reassembled fragments may carry fragments of its own. */
	pkt->ip_rebuilt = false;
	return true;
}

/* What the two headers together are called when the inner one is wrong. */
static uint16_t inner_wrong(
    const struct packet *pkt, const struct reader *r, uint8_t version)
{
	if (pkt->src.version != 6)
		return DECODE_EVENT_NONE; /* decode_ipv4/6 have their own names for it */
	if (reader_left(r) < (version == 4 ? 20 : 40))
		return version == 4 ? DECODE_IPV6_IPV4_IN_IPV6_TOO_SMALL
				    : DECODE_IPV6_IPV6_IN_IPV6_TOO_SMALL;
	if (r->at[0] >> 4 != version)
		return version == 4 ? DECODE_IPV6_IPV4_IN_IPV6_WRONG_VERSION
				    : DECODE_IPV6_IPV6_IN_IPV6_WRONG_VERSION;
	return DECODE_EVENT_NONE;
}

void decode_tunnel(
    struct decode *d, struct packet *pkt, struct reader *r, uint8_t proto)
{
	uint8_t version = proto == DECODE_IP_IPIP ? 4 : 6;
	uint16_t wrong = inner_wrong(pkt, r, version);

	if (wrong != DECODE_EVENT_NONE) {
		decode_bad(pkt, wrong);
		return;
	}
	if (enter(pkt))
		decode_network(
		    d, pkt, r, version == 4 ? DECODE_ETHER_IPV4 : DECODE_ETHER_IPV6);
}

static void erspan(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, ERSPAN_LEN);

	if (!h) {
		packet_note(pkt, DECODE_ERSPAN_HEADER_TOO_SMALL);
		return;
	}
	if (h[0] >> 4 != 1) {
		packet_note(pkt, DECODE_ERSPAN_UNSUPPORTED_VERSION);
		return;
	}
	uint16_t vlan = decode_be16(h) & 0x0fff;
	if (vlan && pkt->vlan_depth == PACKET_VLAN_MAX) {
		packet_note(pkt, DECODE_ERSPAN_TOO_MANY_VLAN_LAYERS);
		return;
	}
	if (vlan)
		pkt->vlan[pkt->vlan_depth++] = vlan;
	decode_ethernet(d, pkt, r);
}

static void gre_payload(struct decode *d, struct packet *pkt, struct reader *r,
    uint16_t type, uint16_t flags)
{
	switch (type) {
	case DECODE_ETHER_IPV4:
	case DECODE_ETHER_IPV6:
	case DECODE_ETHER_VLAN:
	case DECODE_ETHER_MPLS:
		if (enter(pkt))
			decode_network(d, pkt, r, type);
		break;
	case DECODE_ETHER_PPP:
		if (reader_left(r) > 0 && enter(pkt))
			decode_ppp(d, pkt, r);
		break;
	case DECODE_ETHER_TEB:
		if (enter(pkt))
			decode_ethernet(d, pkt, r);
		break;
	case DECODE_ETHER_ERSPAN:
		if (!enter(pkt))
			break;
		if (flags & GRE_SEQUENCE)
			erspan(d, pkt, r);
		else
			decode_ethernet(
			    d, pkt, r); /* type I has no header of its own */
		break;
	default:
		break;
	}
}

/* RFC 1701's source route entries, up to the one of length zero. */
static bool source_routes(struct reader *r)
{
	for (unsigned i = 0; i < SOURCE_ROUTES_MAX; i++) {
		reader_take(r, 3); /* address family, offset */
		uint8_t len = reader_u8(r);
		if (r->ran_short || len == 0)
			return !r->ran_short;
		reader_take(r, len);
	}
	return false;
}

static uint16_t gre0_wrong(uint16_t flags)
{
	if (flags & GRE_RECURSION)
		return DECODE_GRE_VERSION0_RECUR;
	if (flags & 0x00f8)
		return DECODE_GRE_VERSION0_FLAGS;
	return DECODE_EVENT_NONE;
}

static uint16_t gre1_wrong(uint16_t flags, uint16_t type)
{
	if (flags & GRE_CHECKSUM)
		return DECODE_GRE_VERSION1_CHKSUM;
	if (flags & GRE_ROUTING)
		return DECODE_GRE_VERSION1_ROUTE;
	if (flags & GRE_STRICT)
		return DECODE_GRE_VERSION1_SSR;
	if (flags & GRE_RECURSION)
		return DECODE_GRE_VERSION1_RECUR;
	if (flags & 0x0078)
		return DECODE_GRE_VERSION1_FLAGS;
	if (type != DECODE_ETHER_PPP)
		return DECODE_GRE_VERSION1_WRONG_PROTOCOL;
	if (!(flags & GRE_KEY))
		return DECODE_GRE_VERSION1_NO_KEY;
	return DECODE_EVENT_NONE;
}

/* The optional fields of version 0; an event code when they do not fit. */
static uint16_t gre0_fields(struct reader *r, uint16_t flags)
{
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		reader_take(r, 4);
	if (flags & GRE_KEY)
		reader_take(r, 4);
	if (flags & GRE_SEQUENCE)
		reader_take(r, 4);
	if (r->ran_short)
		return DECODE_GRE_VERSION0_HDR_TOO_BIG;
	if ((flags & GRE_ROUTING) && !source_routes(r))
		return DECODE_GRE_VERSION0_MALFORMED_SRE_HDR;
	return DECODE_EVENT_NONE;
}

static uint16_t gre1_fields(struct reader *r, uint16_t flags)
{
	reader_take(r, 4); /* key: payload length and call id */
	if (flags & GRE_SEQUENCE)
		reader_take(r, 4);
	if (flags & GRE_ACK)
		reader_take(r, 4);
	return r->ran_short ? DECODE_GRE_VERSION1_HDR_TOO_BIG : DECODE_EVENT_NONE;
}

void decode_gre(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, GRE_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_GRE_PKT_TOO_SMALL);
		return;
	}
	uint16_t flags = decode_be16(h), type = decode_be16(h + 2), wrong;
	switch (flags & GRE_VERSION) {
	case 0:
		wrong = gre0_wrong(flags);
		if (wrong == DECODE_EVENT_NONE)
			wrong = gre0_fields(r, flags);
		break;
	case 1:
		wrong = gre1_wrong(flags, type);
		if (wrong == DECODE_EVENT_NONE)
			wrong = gre1_fields(r, flags);
		break;
	default:
		wrong = DECODE_GRE_WRONG_VERSION;
		break;
	}
	if (wrong != DECODE_EVENT_NONE)
		decode_bad(pkt, wrong);
	else
		gre_payload(d, pkt, r, type, flags);
}
