/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* RFC 8200. */

#define IPV6_LEN     40u
#define FRAGMENT_LEN 8u
#define AH_LEN_MIN   12u

enum {
	OPT_PAD1 = 0x00,
	OPT_PADN = 0x01,
	OPT_ROUTER_ALERT = 0x05,
	OPT_JUMBO = 0xc2,
	OPT_HOME_ADDRESS = 0xc9,
};

/* A walk along the chain of extension headers. */
struct chain {
	struct reader r;
	uint8_t next;     /* what `r` stands at */
	uint16_t next_at; /* where that was said, from pkt->ip.at */
	bool hop, route, fragment, auth;
	uint8_t dst; /* may come twice: before and after a routing header */
};

/* One option of a hop-by-hop or destination header; false when its length is wrong. */
static bool option(struct packet *pkt, bool hop, uint8_t type, uint8_t len, bool *other)
{
	uint8_t need = type == OPT_ROUTER_ALERT   ? 2
		       : type == OPT_JUMBO        ? 4
		       : type == OPT_HOME_ADDRESS ? 16
						  : 0;

	if (type == OPT_PADN) {
		if (len == 0)
			packet_note(pkt, DECODE_IPV6_ZERO_LEN_PADN);
		return true;
	}
	*other = true;
	if (need == 0)
		packet_note(pkt, hop ? DECODE_IPV6_HOPOPTS_UNKNOWN_OPT
				     : DECODE_IPV6_DSTOPTS_UNKNOWN_OPT);
	return len >= need;
}

static bool options(struct packet *pkt, struct reader *r, bool hop)
{
	bool other = false;

	while (reader_left(r) > 0) {
		uint8_t type = reader_u8(r);
		if (type == OPT_PAD1)
			continue;
		uint8_t len = reader_u8(r);
		reader_take(r, len);
		if (r->ran_short || !option(pkt, hop, type, len, &other)) {
			decode_bad(pkt, DECODE_IPV6_EXTHDR_INVALID_OPTLEN);
			return false;
		}
	}
	if (!other)
		packet_note(pkt, hop ? DECODE_IPV6_HOPOPTS_ONLY_PADDING
				     : DECODE_IPV6_DSTOPTS_ONLY_PADDING);
	return true;
}

/* Takes a header of `len` bytes; moves the chain on.  NULL and noted when it is not there. */
static const uint8_t *take(struct packet *pkt, struct chain *c, size_t len)
{
	const uint8_t *h = reader_take(&c->r, len);

	if (!h) {
		decode_bad(pkt, DECODE_IPV6_TRUNC_EXTHDR);
		return NULL;
	}
	c->next_at = (uint16_t)(h - pkt->ip.at);
	c->next = h[0];
	return h;
}

static bool options_header(struct packet *pkt, struct chain *c, size_t len)
{
	bool hop = c->next == DECODE_IP_HOPOPTS;
	const uint8_t *h = take(pkt, c, len);

	if (!h)
		return false;
	if (hop ? c->hop : c->dst == 2) {
		packet_note(
		    pkt, hop ? DECODE_IPV6_EXTHDR_DUPL_HH : DECODE_IPV6_EXTHDR_DUPL_DH);
		return true;
	}
	if (hop)
		c->hop = true;
	else
		c->dst++;
	struct reader o = reader_of(h + 2, len - 2);
	return options(pkt, &o, hop);
}

static bool routing_header(struct packet *pkt, struct chain *c, size_t len)
{
	const uint8_t *h = take(pkt, c, len);

	if (!h)
		return false;
	if (c->route) {
		packet_note(pkt, DECODE_IPV6_EXTHDR_DUPL_RH);
		return true;
	}
	c->route = true;
	if (h[2] == 0)
		packet_note(pkt, DECODE_IPV6_RH_TYPE_0); /* RFC 5095 */
	if (h[3] != 0)
		pkt->checksum_unready = true; /* made for the final destination: 8.1 */
	return true;
}

static bool auth_header(struct packet *pkt, struct chain *c)
{
	size_t len = (c->r.at[1] + 2u) * 4;
	const uint8_t *h = take(pkt, c, len < AH_LEN_MIN ? AH_LEN_MIN : len);

	if (!h)
		return false;
	if (decode_be16(h + 2) != 0)
		packet_note(pkt, DECODE_IPV6_EXTHDR_AH_RES_NOT_NULL);
	if (c->auth)
		packet_note(pkt, DECODE_IPV6_EXTHDR_DUPL_AH);
	c->auth = true;
	return true;
}

static void reassemble(struct decode *d, struct packet *pkt, struct chain *c,
    uint16_t header_len, uint16_t at)
{
	struct decode_fragment part = {
		.header = span_of(pkt->ip.at, header_len),
		.next_at = at,
		.proto = c->next,
		.offset = pkt->ip_fragment_offset,
		.more = pkt->ip_more_fragments,
		.data = span_of(c->r.at, reader_left(&c->r)),
	};

	pkt->ip_fragment = true;
	pkt->ip_proto = c->next;
	pkt->ip_header_len = (uint16_t)(c->r.at - pkt->ip.at);
	pkt->l4 = part.data;
	if (part.more && part.data.len % 8)
		packet_note(pkt, DECODE_IPV6_FRAG_INVALID_LENGTH);
	struct span whole = decode_fragments_add(d->fragments, pkt, &part);
	if (whole.len == 0 || !decode_layer(d, pkt))
		return;
	struct reader r = reader_of(whole.at, whole.len);
	pkt->ip_fragment = false;
	pkt->ip_rebuilt = true;
	decode_ipv6(d, pkt, &r);
}

/* False when the chain ends here: not readable, or the fragment waits. */
static bool fragment_header(struct decode *d, struct packet *pkt, struct chain *c)
{
	uint16_t header_len = (uint16_t)(c->r.at - pkt->ip.at), said_at = c->next_at;
	const uint8_t *h = take(pkt, c, FRAGMENT_LEN);

	if (!h)
		return false;
	if (h[1] != 0)
		packet_note(pkt, DECODE_IPV6_FH_NON_ZERO_RESERVED_FIELD);
	if (c->fragment) {
		packet_note(pkt, DECODE_IPV6_EXTHDR_DUPL_FH);
		return true;
	}
	c->fragment = true;
	pkt->ip_fragment_offset = decode_be16(h + 2) & 0xfff8;
	pkt->ip_more_fragments = h[3] & 1;
	pkt->ip_id = decode_be32(h + 4);
	if (pkt->ip_fragment_offset == 0 && !pkt->ip_more_fragments) {
		packet_note(pkt, DECODE_IPV6_EXTHDR_USELESS_FH); /* atomic: RFC 6946 */
		return true;
	}
	reassemble(d, pkt, c, header_len, said_at);
	return false;
}

static bool is_extension(uint8_t next)
{
	switch (next) {
	case DECODE_IP_HOPOPTS:
	case DECODE_IP_ROUTING:
	case DECODE_IP_FRAGMENT:
	case DECODE_IP_AH:
	case DECODE_IP_DSTOPTS:
	case DECODE_IP_MOBILITY:
	case DECODE_IP_HIP:
	case DECODE_IP_SHIM6:
		return true;
	default:
		return false;
	}
}

/* One extension header; false when the walk ends. */
static bool extension(struct decode *d, struct packet *pkt, struct chain *c)
{
	if (reader_left(&c->r) < 2) {
		decode_bad(pkt, DECODE_IPV6_TRUNC_EXTHDR);
		return false;
	}
	size_t len = (c->r.at[1] + 1u) * 8;
	switch (c->next) {
	case DECODE_IP_HOPOPTS:
	case DECODE_IP_DSTOPTS:
		return options_header(pkt, c, len);
	case DECODE_IP_ROUTING:
		return routing_header(pkt, c, len);
	case DECODE_IP_FRAGMENT:
		return fragment_header(d, pkt, c);
	case DECODE_IP_AH:
		return auth_header(pkt, c);
	default:
		return take(pkt, c, len) != NULL;
	}
}

static void upper(struct decode *d, struct packet *pkt, struct chain *c)
{
	pkt->ip_proto = c->next;
	pkt->ip_header_len = (uint16_t)(c->r.at - pkt->ip.at);
	pkt->l4 = span_of(c->r.at, reader_left(&c->r));
	if (c->next == DECODE_IP_NONE) {
		if (pkt->l4.len > 0)
			packet_note(pkt, DECODE_IPV6_DATA_AFTER_NONE_HEADER);
	} else if (c->next == DECODE_IP_ICMP) {
		packet_note(pkt, DECODE_IPV6_ICMPV4);
	} else if (!decode_upper(d, pkt, c->next)) {
		packet_note(pkt, DECODE_IPV6_UNKNOWN_NEXT_HEADER);
	}
}

/* Which length is wrong, if any. */
static uint16_t lengths(const uint8_t *h, size_t left)
{
	if (h[0] >> 4 != 6)
		return DECODE_IPV6_WRONG_IP_VERSION;
	if (IPV6_LEN + decode_be16(h + 4) > left)
		return DECODE_IPV6_TRUNC_PKT;
	return DECODE_EVENT_NONE;
}

void decode_ipv6(struct decode *d, struct packet *pkt, struct reader *r)
{
	if (reader_left(r) < IPV6_LEN) {
		decode_bad(pkt, DECODE_IPV6_PKT_TOO_SMALL);
		return;
	}
	const uint8_t *h = r->at;
	uint16_t wrong = lengths(h, reader_left(r));
	if (wrong != DECODE_EVENT_NONE) {
		decode_bad(pkt, wrong);
		return;
	}
	pkt->ip = span_of(h, IPV6_LEN + decode_be16(h + 4));
	pkt->ip_tos = (uint8_t)(h[0] << 4 | h[1] >> 4);
	pkt->ip_ttl = h[7];
	pkt->ip_id = 0;
	pkt->ip_more_fragments = pkt->ip_dont_fragment = pkt->ip_reserved_bit = false;
	pkt->ip_fragment_offset = 0;
	pkt->src = addr_v6(h + 8);
	pkt->dst = addr_v6(h + 24);

	struct chain c = { .r = reader_of(h + IPV6_LEN, pkt->ip.len - IPV6_LEN),
		.next = h[6],
		.next_at = 6 };
	unsigned i;
	for (i = 0; is_extension(c.next); i++) {
		if (i == DECODE_IPV6_EXT_MAX) {
			decode_bad(pkt, DECODE_TOO_MANY_LAYERS);
			pkt->out_of_budget = true; /* the receiver may well go on */
			return;
		}
		if (!extension(d, pkt, &c))
			return;
	}
	if (i > 0 && c.next != DECODE_IP_NONE && reader_left(&c.r) < 2) {
		decode_bad(
		    pkt, DECODE_IPV6_TRUNC_EXTHDR); /* the chain leads to nothing */
		return;
	}
	upper(d, pkt, &c);
}
