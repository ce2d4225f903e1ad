/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* RFC 791. */

#define IPV4_LEN 20u

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_RECORD_ROUTE = 7,
	OPT_QUICK_START = 25,
	OPT_TIMESTAMP = 68,
	OPT_SECURITY = 130,
	OPT_LOOSE_ROUTE = 131,
	OPT_EXT_SECURITY = 133,
	OPT_CIPSO = 134,
	OPT_STREAM_ID = 136,
	OPT_STRICT_ROUTE = 137,
	OPT_ROUTER_ALERT = 148,
};

/* The options we know, with the shortest and longest length each may have. */
static const struct option_kind {
	uint8_t type, len_min, len_max;
	bool route; /* a pointer in steps of four, at least 4 */
} option_kinds[] = {
	{ OPT_RECORD_ROUTE, 3, 40, true },
	{ OPT_QUICK_START, 8, 40, false },
	{ OPT_TIMESTAMP, 5, 40, false },
	{ OPT_SECURITY, 3, 40, false },
	{ OPT_LOOSE_ROUTE, 3, 40, true },
	{ OPT_EXT_SECURITY, 3, 40, false },
	{ OPT_CIPSO, 10, 40, false },
	{ OPT_STREAM_ID, 4, 4, false },
	{ OPT_STRICT_ROUTE, 3, 40, true },
	{ OPT_ROUTER_ALERT, 4, 4, false },
};

#define OPTION_KINDS (sizeof(option_kinds) / sizeof(option_kinds[0]))

/* `o` is a whole option of `len` bytes.  False when it makes the packet invalid. */
static bool option(struct packet *pkt, const uint8_t *o, uint8_t len, uint32_t *seen)
{
	for (unsigned i = 0; i < OPTION_KINDS; i++) {
		const struct option_kind *k = &option_kinds[i];
		if (k->type != o[0])
			continue;
		if (*seen & 1u << i) {
			packet_note(pkt, DECODE_IPV4_OPT_DUPLICATE);
			return true;
		}
		*seen |= 1u << i;
		if (len < k->len_min || len > k->len_max) {
			decode_bad(pkt, DECODE_IPV4_OPT_INVALID_LEN);
			return false;
		}
		if ((k->route && (o[2] < 4 || o[2] % 4 || o[2] > len + 1)) ||
		    (o[0] == OPT_TIMESTAMP && (o[2] < 5 || o[2] > len + 1))) {
			decode_bad(pkt, DECODE_IPV4_OPT_MALFORMED);
			return false;
		}
		return true;
	}
	packet_note(pkt, DECODE_IPV4_OPT_INVALID);
	return true;
}

static bool options(struct packet *pkt, const uint8_t *at, unsigned len)
{
	struct reader r = reader_of(at, len);
	uint32_t seen = 0;

	if (len % 8)
		packet_note(pkt, DECODE_IPV4_OPT_PAD_REQUIRED);
	while (reader_left(&r) > 0 && r.at[0] != OPT_END) {
		if (r.at[0] == OPT_NOP) {
			reader_take(&r, 1);
			continue;
		}
		if (reader_left(&r) < 2) {
			packet_note(pkt, DECODE_IPV4_OPT_EOL_REQUIRED);
			break;
		}
		uint8_t size = r.at[1];
		const uint8_t *o = size >= 2 ? reader_take(&r, size) : NULL;
		if (!o) {
			decode_bad(pkt, DECODE_IPV4_OPT_INVALID_LEN);
			return false;
		}
		if (!option(pkt, o, size, &seen))
			return false;
	}
	return true;
}

/* Which length is wrong, if any: an event code or DECODE_EVENT_NONE. */
static uint16_t lengths(const uint8_t *h, size_t left)
{
	unsigned header = (h[0] & 0x0fu) * 4, total = decode_be16(h + 2);

	if (h[0] >> 4 != 4)
		return DECODE_IPV4_WRONG_IP_VERSION;
	if (header < IPV4_LEN)
		return DECODE_IPV4_HLEN_TOO_SMALL;
	if (total < header)
		return DECODE_IPV4_IPLEN_SMALLER_THAN_HLEN;
	if (total > left)
		return DECODE_IPV4_TRUNC_PKT;
	return DECODE_EVENT_NONE;
}

static void header_fields(struct packet *pkt, const uint8_t *h)
{
	uint16_t frag = decode_be16(h + 6);

	pkt->ip = span_of(h, decode_be16(h + 2));
	pkt->ip_header_len = (h[0] & 0x0f) * 4;
	pkt->ip_tos = h[1];
	pkt->ip_id = decode_be16(h + 4);
	pkt->ip_reserved_bit = frag & 0x8000;
	pkt->ip_dont_fragment = frag & 0x4000;
	pkt->ip_more_fragments = frag & 0x2000;
	pkt->ip_fragment_offset = (uint16_t)((frag & 0x1fff) * 8);
	pkt->ip_ttl = h[8];
	pkt->ip_proto = h[9];
	pkt->src = addr_v4(h + 12);
	pkt->dst = addr_v4(h + 16);
	pkt->l4 =
	    span_of(h + pkt->ip_header_len, pkt->ip.len - (uint32_t)pkt->ip_header_len);
}

static void fragment(struct decode *d, struct packet *pkt)
{
	struct decode_fragment part = {
		.header = span_of(pkt->ip.at, pkt->ip_header_len),
		.proto = pkt->ip_proto,
		.offset = pkt->ip_fragment_offset,
		.more = pkt->ip_more_fragments,
		.data = pkt->l4,
	};

	pkt->ip_fragment = true;
	struct span whole = decode_fragments_add(d->fragments, pkt, &part);
	if (whole.len == 0 || !decode_layer(d, pkt))
		return;
	struct reader r = reader_of(whole.at, whole.len);
	pkt->ip_fragment = false;
	pkt->ip_rebuilt = true;
	decode_ipv4(d, pkt, &r);
}

void decode_ipv4(struct decode *d, struct packet *pkt, struct reader *r)
{
	if (reader_left(r) < IPV4_LEN) {
		decode_bad(pkt, DECODE_IPV4_PKT_TOO_SMALL);
		return;
	}
	const uint8_t *h = r->at;
	uint16_t wrong = lengths(h, reader_left(r));
	if (wrong != DECODE_EVENT_NONE) {
		decode_bad(pkt, wrong);
		return;
	}
	header_fields(pkt, h);
	if (pkt->ip_header_len > IPV4_LEN &&
	    !options(pkt, h + IPV4_LEN, pkt->ip_header_len - IPV4_LEN))
		return;
	if (d->check_checksums && !pkt->checksum_unready && !decode_ip_sum_right(pkt))
		pkt->ip_checksum_bad = true;
	if (pkt->ip_more_fragments || pkt->ip_fragment_offset) {
		fragment(d, pkt);
		return;
	}
	if (pkt->ip_proto == DECODE_IP_ICMPV6)
		decode_bad(pkt, DECODE_IPV4_ICMPV6);
	else if (!decode_upper(d, pkt, pkt->ip_proto))
		packet_note(pkt, DECODE_IPV4_UNKNOWN_PROTOCOL);
}
