/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* ICMP (RFC 792, 950, 1256) and ICMPv6 (RFC 4443; types: IANA). */

#define ICMP_LEN 8u

/* What we know of a type: its highest code, whether it carries an identifier and a sequence
 * number, whether it quotes the packet that it answers. */
struct icmp_kind {
	uint8_t type, code_max;
	bool query, quotes;
};

static const struct icmp_kind kinds4[] = {
	{ 0, 0, true, false },    /* echo reply */
	{ 3, 15, false, true },   /* destination unreachable */
	{ 4, 0, false, true },    /* source quench */
	{ 5, 3, false, true },    /* redirect */
	{ 8, 0, true, false },    /* echo */
	{ 9, 255, false, false }, /* router advertisement: 16 for mobile IP */
	{ 11, 1, false, true },   /* time exceeded */
	{ 12, 0, false, true },   /* parameter problem */
	{ 13, 0, true, false },   /* timestamp, reply */
	{ 14, 0, true, false },
	{ 15, 0, true, false }, /* information, reply */
	{ 16, 0, true, false },
	{ 17, 0, true, false }, /* address mask, reply */
	{ 18, 0, true, false },
};

static const struct icmp_kind kinds6[] = {
	{ 1, 6, false, true },   /* destination unreachable */
	{ 2, 0, false, true },   /* packet too big */
	{ 3, 1, false, true },   /* time exceeded */
	{ 4, 2, false, true },   /* parameter problem */
	{ 128, 0, true, false }, /* echo request, reply */
	{ 129, 0, true, false },
	{ 130, 0, false, false }, /* multicast listener */
	{ 131, 0, false, false },
	{ 132, 0, false, false },
	{ 133, 0, false, false }, /* router, neighbour, redirect */
	{ 134, 0, false, false },
	{ 135, 0, false, false },
	{ 136, 0, false, false },
	{ 137, 0, false, false },
	{ 138, 255, false, false }, /* router renumbering */
	{ 139, 2, false, false },   /* node information */
	{ 140, 2, false, false },
	{ 141, 0, false, false }, /* inverse neighbour discovery */
	{ 142, 0, false, false },
	{ 143, 0, false, false }, /* listener report, version 2 */
	{ 144, 0, false, false }, /* home agents, mobile prefixes */
	{ 145, 0, false, false },
	{ 146, 0, false, false },
	{ 147, 0, false, false },
	{ 148, 0, false, false }, /* certification path */
	{ 149, 0, false, false },
	{ 151, 255, false, false }, /* multicast router discovery */
	{ 152, 255, false, false },
	{ 153, 255, false, false },
	{ 154, 0, false, false },   /* fast handover */
	{ 155, 132, false, false }, /* RPL */
	{ 156, 0, false, false },
	{ 157, 0, false, false },
	{ 158, 0, false, false },
	{ 159, 0, false, false },
};

static const struct icmp_kind *kind_find(const struct packet *pkt)
{
	bool v6 = pkt->ip_proto == DECODE_IP_ICMPV6;
	const struct icmp_kind *kinds = v6 ? kinds6 : kinds4;
	size_t n = v6 ? sizeof(kinds6) / sizeof(kinds6[0])
		      : sizeof(kinds4) / sizeof(kinds4[0]);

	for (size_t i = 0; i < n; i++)
		if (kinds[i].type == pkt->icmp_type)
			return &kinds[i];
	return NULL;
}

static void header_fields(struct packet *pkt, const struct icmp_kind *k)
{
	const uint8_t *h = pkt->l4.at;

	pkt->payload = span_of(h + ICMP_LEN, pkt->l4.len - ICMP_LEN);
	if (k && k->query) {
		pkt->icmp_id = decode_be16(h + 4);
		pkt->icmp_seq = decode_be16(h + 6);
	}
}

/* The quoted packet's first header must be there and of the right version. */
static void quoted_header(struct packet *pkt, uint8_t version, uint32_t header)
{
	if (pkt->payload.len == 0)
		return;
	if (pkt->payload.len < header)
		decode_bad(pkt, version == 4 ? DECODE_ICMPV4_IPV4_TRUNC_PKT
					     : DECODE_ICMPV6_IPV6_TRUNC_PKT);
	else if (pkt->payload.at[0] >> 4 != version)
		decode_bad(pkt, version == 4 ? DECODE_ICMPV4_IPV4_UNKNOWN_VER
					     : DECODE_ICMPV6_IPV6_UNKNOWN_VERSION);
}

void decode_icmpv4(struct decode *d, struct packet *pkt)
{
	const uint8_t *h = pkt->l4.at;

	if (pkt->l4.len < ICMP_LEN) {
		decode_bad(pkt, DECODE_ICMPV4_PKT_TOO_SMALL);
		return;
	}
	pkt->icmp_type = h[0];
	pkt->icmp_code = h[1];
	const struct icmp_kind *k = kind_find(pkt);
	header_fields(pkt, k);
	if (!k)
		packet_note(pkt, DECODE_ICMPV4_UNKNOWN_TYPE);
	else if (pkt->icmp_code > k->code_max)
		packet_note(pkt, DECODE_ICMPV4_UNKNOWN_CODE);
	else if (k->quotes)
		quoted_header(pkt, 4, 20);
	if ((h[0] == 13 || h[0] == 14) && pkt->payload.len < 12)
		packet_note(pkt, DECODE_ICMPV4_IPV4_TRUNC_PKT);
	decode_check_l4(d, pkt);
}

/* What an ICMPv6 type is called that we do not know. */
static uint16_t unknown6(uint8_t type)
{
	if (type == 100 || type == 101 || type == 200 || type == 201)
		return DECODE_ICMPV6_EXPERIMENTATION_TYPE;
	if ((type > 4 && type < 127) || type >= 160)
		return DECODE_ICMPV6_UNASSIGNED_TYPE;
	return DECODE_ICMPV6_UNKNOWN_TYPE;
}

void decode_icmpv6(struct decode *d, struct packet *pkt)
{
	const uint8_t *h = pkt->l4.at;

	if (pkt->l4.len < ICMP_LEN) {
		decode_bad(pkt, DECODE_ICMPV6_PKT_TOO_SMALL);
		return;
	}
	pkt->icmp_type = h[0];
	pkt->icmp_code = h[1];
	const struct icmp_kind *k = kind_find(pkt);
	header_fields(pkt, k);
	if (!k)
		packet_note(pkt, unknown6(h[0]));
	else if (pkt->icmp_code > k->code_max)
		packet_note(pkt, DECODE_ICMPV6_UNKNOWN_CODE);
	else if (k->quotes)
		quoted_header(pkt, 6, 40);
	if (h[0] >= 130 && h[0] <= 132 && pkt->ip_ttl != 1)
		packet_note(
		    pkt, DECODE_ICMPV6_MLD_MESSAGE_WITH_INVALID_HL); /* RFC 2710 3 */
	decode_check_l4(d, pkt);
}

static bool quoted4(struct decode_quoted *q, struct reader *r)
{
	const uint8_t *h = reader_take(r, 20);

	if (!h || h[0] >> 4 != 4 || (h[0] & 0x0f) < 5)
		return false;
	reader_take(r, (h[0] & 0x0fu) * 4 - 20);
	q->src = addr_v4(h + 12);
	q->dst = addr_v4(h + 16);
	q->ip_proto = h[9];
	return (decode_be16(h + 6) & 0x1fff) == 0; /* a later fragment has no ports */
}

static bool quoted6(struct decode_quoted *q, struct reader *r)
{
	const uint8_t *h = reader_take(r, 40);

	if (!h || h[0] >> 4 != 6)
		return false;
	q->src = addr_v6(h + 8);
	q->dst = addr_v6(h + 24);
	q->ip_proto = h[6];
	return true;
}

bool decode_quoted(const struct packet *pkt, struct decode_quoted *q)
{
	struct reader r = reader_of(pkt->payload.at, pkt->payload.len);

	*q = (struct decode_quoted){ 0 };
	if (pkt->ip_proto != DECODE_IP_ICMP && pkt->ip_proto != DECODE_IP_ICMPV6)
		return false;
	const struct icmp_kind *k = kind_find(pkt);
	if (!k || !k->quotes)
		return false;
	if (!(pkt->ip_proto == DECODE_IP_ICMP ? quoted4(q, &r) : quoted6(q, &r)))
		return false;
	switch (q->ip_proto) {
	case DECODE_IP_TCP:
	case DECODE_IP_UDP:
	case DECODE_IP_SCTP:
		q->src_port = reader_be16(&r);
		q->dst_port = reader_be16(&r);
		break;
	case DECODE_IP_ICMP:
	case DECODE_IP_ICMPV6:
		q->icmp_type = reader_u8(&r);
		q->icmp_code = reader_u8(&r);
		break;
	default:
		break;
	}
	return !r.ran_short;
}
