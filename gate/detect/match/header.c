/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/match.h"

#include "gate/decode/decode.h"
#include "lib/base/reader.h"

#include <netinet/in.h>

/* Addresses, ports and header fields of one packet. */

static uint32_t number4(const struct addr *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	       (uint32_t)a->bytes[2] << 8 | a->bytes[3];
}

static addr_number number6(const struct addr *a)
{
	addr_number v = 0;

	for (unsigned i = 0; i < 16; i++)
		v = v << 8 | a->bytes[i];
	return v;
}

bool detect_match_addr(const struct addr_set *set, const struct addr *a)
{
	if (set->any)
		return true;
	uint32_t low = 0, high = a->version == 4 ? set->n4 : set->n6;
	if (a->version == 4) {
		uint32_t v = number4(a);
		while (low < high) {
			uint32_t mid = low + (high - low) / 2;
			if (set->v4[mid].last < v)
				low = mid + 1;
			else
				high = mid;
		}
		return low < set->n4 && set->v4[low].first <= v;
	}
	if (a->version != 6)
		return false;
	addr_number v = number6(a);
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (set->v6[mid].last < v)
			low = mid + 1;
		else
			high = mid;
	}
	return low < set->n6 && set->v6[low].first <= v;
}

bool detect_match_port(const struct port_set *set, uint16_t port)
{
	if (set->any)
		return true;
	for (uint32_t i = 0; i < set->n && set->range[i].first <= port; i++)
		if (port <= set->range[i].last)
			return true;
	return false;
}

uint8_t detect_match_proto(const struct packet *pkt)
{
	if (pkt->src.version == 0)
		return SIG_PROTO_NONIP;
	switch (pkt->ip_proto) {
	case IPPROTO_TCP:
		return SIG_PROTO_TCP;
	case IPPROTO_UDP:
		return SIG_PROTO_UDP;
	case IPPROTO_ICMP:
		return SIG_PROTO_ICMP4;
	case IPPROTO_ICMPV6:
		return SIG_PROTO_ICMP6;
	case IPPROTO_SCTP:
		return SIG_PROTO_SCTP;
	default:
		return SIG_PROTO_OTHER;
	}
}

static bool masked(const struct check *c, uint32_t value)
{
	uint32_t want = (uint32_t)c->u.number.a;

	if (c->kind == CHECK_FLAGS) {
		value &= c->mask;
		want &= c->mask;
	}
	switch (c->op) {
	case MASK_ALL:
		return (value & want) == want;
	case MASK_ANY:
		return (value & want) != 0;
	case MASK_NONE:
		return (value & want) != want;
	default:
		return value == want;
	}
}

/* The value of a TCP option as a number; false when the packet does not carry it. */
static bool tcp_option(const struct packet *pkt, uint8_t kind, uint64_t *v)
{
	struct reader r = reader_of(pkt->tcp_options.at, pkt->tcp_options.len);

	while (reader_left(&r) && !r.ran_short) {
		uint8_t k = reader_u8(&r);
		if (k == 0)
			break;
		if (k == 1)
			continue;
		uint8_t len = reader_u8(&r);
		if (len < 2)
			break;
		const uint8_t *p = reader_take(&r, len - 2u);
		if (r.ran_short || k != kind)
			continue;
		*v = 0;
		for (unsigned i = 0; i < len - 2u && i < 8; i++)
			*v = *v << 8 | p[i];
		return len > 2;
	}
	return false;
}

static bool ip_option(const struct packet *pkt, uint64_t want)
{
	if (pkt->src.version != 4 || pkt->ip.len < 20)
		return false;
	size_t header = (pkt->ip.at[0] & 15u) * 4u;
	if (header <= 20 || header > pkt->ip.len)
		return false;
	if (want == 0xffff)
		return true;
	struct reader r = reader_of(pkt->ip.at + 20, header - 20);
	while (reader_left(&r) && !r.ran_short) {
		uint8_t k = reader_u8(&r);
		if (k == want)
			return true;
		if (k == 0)
			break;
		if (k == 1)
			continue;
		uint8_t len = reader_u8(&r);
		if (len < 2)
			break;
		reader_take(&r, len - 2u);
	}
	return false;
}

static bool is_icmp(const struct packet *pkt)
{
	return pkt->l4.len > 0 &&
	       (pkt->ip_proto == IPPROTO_ICMP || pkt->ip_proto == IPPROTO_ICMPV6);
}

static bool has_icmp_id(const struct packet *pkt)
{
	if (!is_icmp(pkt))
		return false;
	uint8_t t = pkt->icmp_type;
	if (pkt->ip_proto == IPPROTO_ICMPV6)
		return t == 128 || t == 129;
	return t == 0 || t == 8 || (t >= 13 && t <= 18);
}

static bool is_tcp(const struct packet *pkt)
{
	return pkt->ip_proto == IPPROTO_TCP && pkt->l4.len >= 20 && !pkt->ip_fragment;
}

static bool event_noted(const struct packet *pkt, uint64_t event)
{
	for (unsigned i = 0; i < pkt->events; i++)
		if (pkt->event[i] == event)
			return true;
	return false;
}

/* Seconds since the flow began; its packets or bytes in one direction, either or both. */
static bool flow_number(const struct check *c, const struct packet *pkt)
{
	const struct number_test *t = &c->u.number;
	const struct flow *f = pkt->flow;

	if (!f)
		return false;
	if (c->kind == CHECK_FLOW_AGE)
		return number_ok(t, (uint64_t)((f->last_us - f->start_us) / 1000000));
	const uint64_t *n = c->kind == CHECK_FLOW_PKTS ? f->packets : f->bytes;
	switch (c->which) {
	case FLOW_SIDE_SERVER:
		return number_ok(t, n[PACKET_TO_SERVER]);
	case FLOW_SIDE_CLIENT:
		return number_ok(t, n[PACKET_TO_CLIENT]);
	case FLOW_SIDE_BOTH:
		return number_ok(t, n[0] + n[1]);
	default:
		return number_ok(t, n[0]) || number_ok(t, n[1]);
	}
}

/* ipv4-csum:invalid and its siblings: `which` is the protocol's bit, 0 for IPv4 itself. */
static bool sum_check(const struct check *c, const struct packet *pkt)
{
	bool right;

	if (pkt->src.version != (c->op == 6 ? 6 : 4))
		return false;
	if (c->which == 0)
		right = decode_ip_sum_right(pkt);
	else if (detect_match_proto(pkt) == c->which && pkt->l4.len > 0)
		right = decode_l4_sum_right(pkt);
	else
		return false;
	return right != c->negated;
}

/* The VLAN tag at a depth, or any. */
static bool vlan_check(const struct check *c, const struct packet *pkt)
{
	for (unsigned i = 0; i < pkt->vlan_depth; i++)
		if ((c->which == UINT8_MAX || c->which == i) &&
		    number_ok(&c->u.number, pkt->vlan[i]))
			return true;
	return false;
}

bool detect_match_check(const struct check *c, const struct packet *pkt)
{
	const struct number_test *t = &c->u.number;
	uint64_t v;
	bool ip = pkt->src.version != 0;

	switch (c->kind) {
	case CHECK_TTL:
		return ip && number_ok(t, pkt->ip_ttl);
	case CHECK_TOS:
		return pkt->src.version == 4 && number_ok(t, pkt->ip_tos);
	case CHECK_IP_ID:
		return pkt->src.version == 4 && number_ok(t, pkt->ip_id);
	case CHECK_IP_PROTO:
		return ip && number_ok(t, pkt->ip_proto);
	case CHECK_ITYPE:
		return is_icmp(pkt) && number_ok(t, pkt->icmp_type);
	case CHECK_ICODE:
		return is_icmp(pkt) && number_ok(t, pkt->icmp_code);
	case CHECK_ICMP_ID:
		return has_icmp_id(pkt) && number_ok(t, pkt->icmp_id);
	case CHECK_ICMP_SEQ:
		return has_icmp_id(pkt) && number_ok(t, pkt->icmp_seq);
	case CHECK_SEQ:
		return is_tcp(pkt) && number_ok(t, pkt->tcp_seq);
	case CHECK_ACK:
		return is_tcp(pkt) && number_ok(t, pkt->tcp_ack);
	case CHECK_WINDOW:
		return is_tcp(pkt) && number_ok(t, pkt->tcp_window);
	case CHECK_TCP_MSS:
		return is_tcp(pkt) && tcp_option(pkt, 2, &v) && number_ok(t, v);
	case CHECK_TCP_WSCALE:
		return is_tcp(pkt) && tcp_option(pkt, 3, &v) && number_ok(t, v);
	case CHECK_DSIZE:
		/* As elsewhere in the field, an empty payload has no size to differ. */
		return pkt->l4.len > 0 && number_ok(t, pkt->payload.len) &&
		       (t->op != NUMBER_NE || pkt->payload.len > 0);
	case CHECK_FLAGS:
		return is_tcp(pkt) && masked(c, pkt->tcp_flags);
	case CHECK_FRAGBITS:
		return pkt->src.version == 4 &&
		       masked(c, (uint32_t)pkt->ip_more_fragments |
				     (uint32_t)pkt->ip_dont_fragment << 1 |
				     (uint32_t)pkt->ip_reserved_bit << 2);
	case CHECK_FRAGOFFSET:
		return ip && number_ok(t, pkt->ip_fragment_offset / 8u);
	case CHECK_SAMEIP:
		return ip && addr_equal(&pkt->src, &pkt->dst);
	case CHECK_IPOPTS:
		return ip_option(pkt, t->a);
	case CHECK_VLAN_LAYERS:
		return number_ok(t, pkt->vlan_depth);
	case CHECK_CSUM:
		return sum_check(c, pkt);
	case CHECK_VLAN_ID:
		return vlan_check(c, pkt);
	case CHECK_EVENT:
		return event_noted(pkt, t->a);
	default:
		return flow_number(c, pkt);
	}
}

bool detect_match_header(const struct packet *pkt, uint16_t buffer, struct span *out)
{
	uint8_t proto = detect_match_proto(pkt);
	size_t len = 0;

	*out = span_of(NULL, 0);
	switch (buffer) {
	case BUFFER_IPV4_HDR:
	case BUFFER_IPV6_HDR:
		if (pkt->src.version != (buffer == BUFFER_IPV4_HDR ? 4 : 6))
			return false;
		*out = span_of(pkt->ip.at, pkt->ip_header_len);
		return pkt->ip_header_len <= pkt->ip.len;
	case BUFFER_TCP_HDR:
		if (proto != SIG_PROTO_TCP || pkt->l4.len < 20)
			return false;
		len = (pkt->l4.at[12] >> 4) * 4u;
		break;
	case BUFFER_UDP_HDR:
		len = proto == SIG_PROTO_UDP ? 8 : 0;
		break;
	case BUFFER_ICMPV4_HDR:
	case BUFFER_ICMPV6_HDR:
		if (proto !=
		    (buffer == BUFFER_ICMPV4_HDR ? SIG_PROTO_ICMP4 : SIG_PROTO_ICMP6))
			return false;
		len =
		    pkt->l4.len > pkt->payload.len ? pkt->l4.len - pkt->payload.len : 0;
		break;
	default:
		return false;
	}
	*out = span_of(pkt->l4.at, len);
	return len > 0 && len <= pkt->l4.len;
}
