/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* PPP (RFC 1661, 1662) and PPPoE (RFC 2516): how a Japanese access line reaches the router. */

#define PPPOE_LEN 6u

enum {
	PPP_IPV4 = 0x0021,
	PPP_VJ_UNCOMPRESSED = 0x002f,
	PPP_IPV6 = 0x0057,
};

/* Protocols that are assigned and that we do not look into (IANA PPP numbers): the network
 * control protocols, link control, PAP, CHAP and the compressors. */
static bool is_known(uint16_t proto)
{
	switch (proto) {
	case 0x0023: /* OSI */
	case 0x0025: /* XNS */
	case 0x0027: /* DECnet */
	case 0x0029: /* AppleTalk */
	case 0x002b: /* IPX */
	case 0x002d: /* VJ compressed TCP/IP */
	case 0x0031: /* bridging */
	case 0x0033: /* ST-II */
	case 0x0035: /* Vines */
	case 0x00fd: /* compressed datagram */
	case 0x0281: /* MPLS unicast */
	case 0x0283: /* MPLS multicast */
		return true;
	default:
		return (proto & 0xff01) >= 0x8001 && proto < 0xd000;
	}
}

static void payload(
    struct decode *d, struct packet *pkt, struct reader *r, uint16_t proto)
{
	size_t left = reader_left(r);

	switch (proto) {
	case PPP_IPV4:
		if (left < 20)
			decode_bad(pkt, DECODE_PPP_IP4_PKT_TOO_SMALL);
		else
			decode_network(d, pkt, r, DECODE_ETHER_IPV4);
		break;
	case PPP_IPV6:
		if (left < 40)
			decode_bad(pkt, DECODE_PPP_IP6_PKT_TOO_SMALL);
		else
			decode_network(d, pkt, r, DECODE_ETHER_IPV6);
		break;
	case PPP_VJ_UNCOMPRESSED:
		if (left < 20)
			decode_bad(pkt, DECODE_PPP_VJU_PKT_TOO_SMALL);
		else
			packet_note(pkt, DECODE_PPP_UNSUP_PROTO);
		break;
	default:
		if (is_known(proto))
			packet_note(pkt, DECODE_PPP_UNSUP_PROTO);
		else
			decode_bad(pkt, DECODE_PPP_WRONG_TYPE);
		break;
	}
}

/* The protocol field may be one byte when its value fits (RFC 1661 6.5): the last byte of
 * it is the first odd one. */
static bool protocol(struct reader *r, uint16_t *proto)
{
	*proto = reader_u8(r);
	if (!(*proto & 1))
		*proto = (uint16_t)(*proto << 8 | reader_u8(r));
	return !r->ran_short;
}

void decode_ppp(struct decode *d, struct packet *pkt, struct reader *r)
{
	uint16_t proto;

	if (reader_left(r) > 0 && r->at[0] == 0xff)
		reader_take(r, 2); /* HDLC address and control (RFC 1662 3.1) */
	if (!protocol(r, &proto)) {
		decode_bad(pkt, DECODE_PPP_PKT_TOO_SMALL);
		return;
	}
	payload(d, pkt, r, proto);
}

void decode_pppoe_discovery(struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, PPPOE_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_PPPOE_PKT_TOO_SMALL);
		return;
	}
	pkt->pppoe_session = decode_be16(h + 2);
	if (h[1] != 0x09 && h[1] != 0x07 && h[1] != 0x19 && h[1] != 0x65 &&
	    h[1] != 0xa7) {
		decode_bad(pkt, DECODE_PPPOE_WRONG_CODE);
		return;
	}
	struct reader tags = reader_part(r, decode_be16(h + 4));
	while (!tags.ran_short && reader_left(&tags) > 0) {
		reader_be16(&tags);
		reader_take(&tags, reader_be16(&tags));
	}
	if (tags.ran_short)
		decode_bad(pkt, DECODE_PPPOE_MALFORMED_TAGS);
}

void decode_pppoe_session(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, PPPOE_LEN);
	uint16_t proto;

	if (!h || !protocol(r, &proto)) {
		decode_bad(pkt, DECODE_PPPOE_PKT_TOO_SMALL);
		return;
	}
	pkt->pppoe_session = decode_be16(h + 2);
	payload(d, pkt, r, proto);
}
