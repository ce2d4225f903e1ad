/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* Ethernet, 802.1Q and its stacks, 802.1ah, MPLS, and what an ethertype leads to. */

#define ETHERNET_LEN 14u
#define VLAN_LEN     4u
#define BACKBONE_LEN 18u
#define MPLS_LEN     4u
#define MPLS_MAX     8u /* labels; carriers use two to four */

void decode_ethernet(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, ETHERNET_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_ETHERNET_PKT_TOO_SMALL);
		return;
	}
	if (!decode_layer(d, pkt))
		return;
	pkt->mac_dst = h;
	pkt->mac_src = h + 6;
	decode_network(d, pkt, r, decode_be16(h + 12));
}

static void vlan(struct decode *d, struct packet *pkt, struct reader *r)
{
	if (pkt->vlan_depth == PACKET_VLAN_MAX) {
		packet_note(pkt, DECODE_VLAN_TOO_MANY_LAYERS);
		pkt->out_of_budget = true;
		return;
	}
	const uint8_t *h = reader_take(r, VLAN_LEN);
	if (!h) {
		decode_bad(pkt, DECODE_VLAN_HEADER_TOO_SMALL);
		return;
	}
	pkt->vlan[pkt->vlan_depth++] = decode_be16(h) & 0x0fff;
	decode_network(d, pkt, r, decode_be16(h + 2));
}

/* Provider backbone: I-TAG, then the customer's whole Ethernet header. */
static void backbone(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, BACKBONE_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_IEEE8021AH_HEADER_TOO_SMALL);
		return;
	}
	pkt->mac_dst = h + 4;
	pkt->mac_src = h + 10;
	decode_network(d, pkt, r, decode_be16(h + 16));
}

/* RFC 3032; the payload has no type of its own, so its first four bits decide (RFC 4928). */
static void mpls(struct decode *d, struct packet *pkt, struct reader *r)
{
	uint32_t label = 0;
	bool bottom = false;

	for (unsigned i = 0; i < MPLS_MAX && !bottom; i++) {
		const uint8_t *h = reader_take(r, MPLS_LEN);
		if (!h) {
			decode_bad(pkt, DECODE_MPLS_HEADER_TOO_SMALL);
			return;
		}
		label = decode_be32(h) >> 12;
		bottom = h[2] & 1;
	}
	if (reader_left(r) < 4) {
		decode_bad(pkt, DECODE_MPLS_PKT_TOO_SMALL);
		return;
	}
	if (label == 1)
		packet_note(pkt, DECODE_MPLS_BAD_LABEL_ROUTER_ALERT);
	else if (label == 3)
		packet_note(pkt, DECODE_MPLS_BAD_LABEL_IMPLICIT_NULL);
	else if (label >= 4 && label < 16)
		packet_note(pkt, DECODE_MPLS_BAD_LABEL_RESERVED);
	uint8_t first = r->at[0] >> 4;
	if (first == 4) {
		decode_network(d, pkt, r, DECODE_ETHER_IPV4);
	} else if (first == 6) {
		decode_network(d, pkt, r, DECODE_ETHER_IPV6);
	} else if (first == 0) {
		reader_take(r, 4); /* pseudowire control word (RFC 4385) */
		decode_ethernet(d, pkt, r);
	} else {
		decode_bad(pkt, DECODE_MPLS_UNKNOWN_PAYLOAD_TYPE);
	}
}

/* asset/ reads ARP for what it says; here only: can it be read (RFC 826). */
static void arp(struct packet *pkt, const struct reader *from)
{
	struct reader r = *from;
	const uint8_t *h = reader_take(&r, 8);

	if (!h)
		decode_bad(pkt, DECODE_ARP_PKT_TOO_SMALL);
	else if (decode_be16(h) != 1)
		decode_bad(pkt, DECODE_ARP_UNSUPPORTED_HARDWARE);
	else if (decode_be16(h + 2) != DECODE_ETHER_IPV4)
		decode_bad(pkt, DECODE_ARP_UNSUPPORTED_PROTOCOL);
	else if (!reader_take(&r, 20))
		decode_bad(pkt, DECODE_ARP_INVALID_PKT);
	else if (h[4] != 6)
		decode_bad(pkt, DECODE_ARP_INVALID_HARDWARE_SIZE);
	else if (h[5] != 4)
		decode_bad(pkt, DECODE_ARP_INVALID_PROTOCOL_SIZE);
	else if (decode_be16(h + 6) < 1 || decode_be16(h + 6) > 4)
		decode_bad(pkt, DECODE_ARP_UNSUPPORTED_OPCODE);
}

void decode_network(
    struct decode *d, struct packet *pkt, struct reader *r, uint16_t type)
{
	if (!decode_layer(d, pkt))
		return;
	pkt->ethertype = type;
	pkt->net = span_of(r->at, reader_left(r));
	switch (type) {
	case DECODE_ETHER_IPV4:
		decode_ipv4(d, pkt, r);
		break;
	case DECODE_ETHER_IPV6:
		decode_ipv6(d, pkt, r);
		break;
	case DECODE_ETHER_ARP:
		arp(pkt, r);
		break;
	case DECODE_ETHER_VLAN:
	case DECODE_ETHER_QINQ:
	case DECODE_ETHER_QINQ_OLD:
		vlan(d, pkt, r);
		break;
	case DECODE_ETHER_PPPOE_DISCOVERY:
		decode_pppoe_discovery(pkt, r);
		break;
	case DECODE_ETHER_PPPOE_SESSION:
		decode_pppoe_session(d, pkt, r);
		break;
	case DECODE_ETHER_MPLS:
	case DECODE_ETHER_MPLS_MULTI:
		mpls(d, pkt, r);
		break;
	case DECODE_ETHER_BACKBONE:
		backbone(d, pkt, r);
		break;
	default:
		packet_note(pkt, DECODE_ETHERNET_UNKNOWN_ETHERTYPE);
		break;
	}
}
