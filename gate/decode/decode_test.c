/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/frame.h"

#include "tests/check.h"

#include <pcap/dlt.h>

static struct frame f;

static struct packet *decoded(int linktype)
{
	struct decode_conf conf = { .check_checksums = true };
	struct decode *d = decode_new(&conf);
	struct packet *pkt = frame_decode(&f, d, linktype, 1);

	decode_free(d);
	return pkt;
}

/* Ethernet, IPv4, UDP "hi". */
static uint32_t plain_udp(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t ip = frame_ipv4(&f, 17, 1, 2);
	uint32_t udp = frame_udp(&f, 5353, 53);
	frame_put(&f, "hi", 2);
	frame_end_udp(&f, udp);
	frame_end_ipv4(&f, ip);
	return ip;
}

static void udp_over_ethernet(void)
{
	plain_udp();
	frame_put(&f, "padding", 7);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(!pkt->malformed);
	check_eq(pkt->events, 0);
	check_eq(pkt->ethertype, 0x0800);
	check_eq(pkt->mac_src[5], 1);
	check_eq(pkt->src.version, 4);
	check_eq(pkt->src.bytes[3], 1);
	check_eq(pkt->dst.bytes[3], 2);
	check_eq(pkt->src_port, 5353);
	check_eq(pkt->dst_port, 53);
	check(span_is(pkt->payload, "hi"));
	check_eq(pkt->ip.len, 30);
	check_eq(pkt->net.len, 37);
}

static void tcp_with_options(void)
{
	static const uint8_t opts[] = { 2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0,
		9, 0, 0, 0, 8 };
	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t ip = frame_ipv4(&f, 6, 1, 2);
	uint32_t tcp = frame_tcp(&f, 40000, 443, 100, 200, PACKET_TCP_SYN);
	frame_put(&f, opts, sizeof(opts));
	f.bytes[tcp + 12] = (20 + sizeof(opts)) / 4 << 4;
	frame_end_sum(&f, ip, tcp, 16);
	frame_end_ipv4(&f, ip);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(!pkt->malformed);
	check_eq(pkt->tcp_seq, 100);
	check_eq(pkt->tcp_ack, 200);
	check_eq(pkt->tcp_flags, PACKET_TCP_SYN);
	check_eq(pkt->tcp_opt.mss, 1460);
	check_eq(pkt->tcp_opt.wscale, 7);
	check(pkt->tcp_opt.has_sack_ok);
	check_eq(pkt->tcp_opt.ts_value, 9);
	check_eq(pkt->tcp_opt.ts_echo, 8);
	check_eq(pkt->payload.len, 0);
	check(!pkt->ip_checksum_bad && !pkt->l4_checksum_bad);
	f.bytes[tcp + 4] ^= 1;
	check(decoded(DLT_EN10MB)->l4_checksum_bad);
	f.bytes[ip + 8]--;
	check(decoded(DLT_EN10MB)->ip_checksum_bad);
}

static void vlan_tags_stop_at_three(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x88a8);
	for (unsigned i = 1; i <= 3; i++) {
		frame_u16(&f, 0xe000 | i);
		frame_u16(&f, i < 3 ? 0x8100 : 0x0800);
	}
	uint32_t ip = frame_ipv4(&f, 17, 1, 2);
	frame_end_udp(&f, frame_udp(&f, 1, 2));
	frame_end_ipv4(&f, ip);
	struct packet *pkt = decoded(DLT_EN10MB);
	check_eq(pkt->vlan_depth, 3);
	check_eq(pkt->vlan[0], 1);
	check_eq(pkt->vlan[2], 3);
	check_eq(pkt->dst_port, 2);
	frame_set16(&f, 14 + 10, 0x9100); /* a fourth */
	pkt = decoded(DLT_EN10MB);
	check(frame_noted(&f, DECODE_VLAN_TOO_MANY_LAYERS));
	check(f.pkt.out_of_budget);
	check_eq(pkt->src.version, 0);
	f.len = 16;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_VLAN_HEADER_TOO_SMALL));
}

static void pppoe_session(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x8864);
	frame_u16(&f, 0x1100);
	frame_u16(&f, 0x0042);
	frame_u16(&f, 30);
	frame_u8(&f, 0x21); /* compressed protocol field */
	uint32_t ip = frame_ipv4(&f, 17, 1, 2);
	frame_end_udp(&f, frame_udp(&f, 1, 2));
	frame_end_ipv4(&f, ip);
	struct packet *pkt = decoded(DLT_EN10MB);
	check_eq(pkt->pppoe_session, 0x42);
	check_eq(pkt->dst_port, 2);
	f.bytes[20] = 0x57;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_PPP_IP6_PKT_TOO_SMALL));
	f.bytes[20] = 0x11;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_PPP_WRONG_TYPE));
}

static void other_link_types(void)
{
	struct packet *pkt;

	plain_udp();
	memmove(f.bytes, f.bytes + 14, f.len -= 14);
	check_eq(decoded(DLT_RAW)->dst_port, 53);
	check_eq(decoded(101)->dst_port, 53);

	uint8_t null[4] = { 2, 0, 0, 0 };
	memmove(f.bytes + 4, f.bytes, f.len);
	memcpy(f.bytes, null, 4);
	f.len += 4;
	check_eq(decoded(DLT_NULL)->dst_port, 53);
	f.bytes[0] = 77;
	decoded(DLT_NULL);
	check(frame_noted(&f, DECODE_LTNULL_UNSUPPORTED_TYPE));

	uint8_t sll[16] = { 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 0 };
	memmove(f.bytes + 16, f.bytes + 4, f.len - 4);
	memcpy(f.bytes, sll, 16);
	f.len += 12;
	pkt = decoded(DLT_LINUX_SLL);
	check_eq(pkt->dst_port, 53);
	check_eq(pkt->mac_src[5], 9);

	uint8_t sll2[20] = { 8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 8 };
	memmove(f.bytes + 20, f.bytes + 16, f.len - 16);
	memcpy(f.bytes, sll2, 20);
	f.len += 4;
	pkt = decoded(DLT_LINUX_SLL2);
	check_eq(pkt->dst_port, 53);
	check_eq(pkt->mac_src[5], 8);

	f.bytes[16] = 0xff, f.bytes[17] = 3, f.bytes[18] = 0, f.bytes[19] = 0x21;
	memmove(f.bytes, f.bytes + 16, f.len -= 16);
	check_eq(decoded(DLT_PPP)->dst_port, 53);
	check(decoded(147)->malformed);
}

/* [hop-by-hop][routing][destination][AH] UDP. */
static void ipv6_extension_headers(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x86dd);
	uint32_t ip = frame_ipv6(&f, 0, 1, 2);
	frame_put(&f, (uint8_t[]){ 43, 0, 5, 2, 0, 0, 1, 0 }, 8);
	frame_put(&f, (uint8_t[]){ 60, 0, 0, 0, 0, 0, 0, 0 }, 8);
	frame_put(&f, (uint8_t[]){ 51, 0, 1, 4, 0, 0, 0, 0 }, 8);
	frame_put(&f, (uint8_t[]){ 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 12);
	frame_end_udp(&f, frame_udp(&f, 1, 53));
	frame_end_ipv6(&f, ip);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(!pkt->malformed);
	check_eq(pkt->src.version, 6);
	check_eq(pkt->ip_proto, 17);
	check_eq(pkt->ip_header_len, 40 + 36);
	check_eq(pkt->dst_port, 53);
	check(frame_noted(&f, DECODE_IPV6_RH_TYPE_0));
	check(frame_noted(&f, DECODE_IPV6_DSTOPTS_ONLY_PADDING));
	check(!frame_noted(&f, DECODE_IPV6_HOPOPTS_ONLY_PADDING));
	f.bytes[ip + 5] = 36; /* the chain, and nothing behind it */
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_IPV6_TRUNC_EXTHDR));
	f.bytes[ip + 5] = 44;
	f.bytes[ip + 41] = 200;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_IPV6_TRUNC_EXTHDR));
	check_eq(f.pkt.src.version, 6);
}

static void ipv6_chain_is_bounded(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x86dd);
	uint32_t ip = frame_ipv6(&f, 60, 1, 2);
	for (unsigned i = 0; i < DECODE_IPV6_EXT_MAX + 1; i++)
		frame_put(&f, (uint8_t[]){ 60, 0, 1, 4, 0, 0, 0, 0 }, 8);
	frame_end_ipv6(&f, ip);
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_TOO_MANY_LAYERS));
	check(f.pkt.out_of_budget);
	check(frame_noted(&f, DECODE_IPV6_EXTHDR_DUPL_DH));
}

static void the_inner_packet_wins(void)
{
	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t a = frame_ipv4(&f, 41, 1, 2);
	uint32_t b = frame_ipv6(&f, 4, 3, 4);
	uint32_t c = frame_ipv4(&f, 47, 5, 6);
	frame_u16(&f, 0x2000); /* GRE with a key, carrying Ethernet */
	frame_u16(&f, 0x6558);
	frame_u32(&f, 7);
	frame_ethernet(&f, 0x0800);
	uint32_t e = frame_ipv4(&f, 17, 7, 8);
	frame_end_udp(&f, frame_udp(&f, 1, 53));
	frame_end_ipv4(&f, e);
	frame_end_ipv4(&f, c);
	frame_end_ipv6(&f, b);
	frame_end_ipv4(&f, a);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(!pkt->malformed);
	check_eq(pkt->tunnel_depth, 3);
	check_eq(pkt->src.bytes[3], 7);
	check_eq(pkt->dst_port, 53);
}

static void tunnels_are_bounded(void)
{
	uint32_t at[6];

	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	for (unsigned i = 0; i < 6; i++)
		at[i] = frame_ipv4(&f, 4, i, i);
	for (unsigned i = 6; i-- > 0;)
		frame_end_ipv4(&f, at[i]);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(pkt->malformed);
	check(frame_noted(&f, DECODE_TOO_MANY_LAYERS));
	check(f.pkt.out_of_budget);
	check_eq(pkt->tunnel_depth, DECODE_TUNNELS_MAX);
}

static void icmp_errors_quote(void)
{
	struct decode_quoted q;

	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t ip = frame_ipv4(&f, 1, 9, 1);
	uint32_t icmp = f.len;
	frame_u16(&f, 0x0303);
	frame_u16(&f, 0);
	frame_u32(&f, 0);
	uint32_t inner = frame_ipv4(&f, 17, 1, 2);
	frame_end_udp(&f, frame_udp(&f, 1234, 53));
	frame_end_ipv4(&f, inner);
	frame_set16(&f, icmp + 2, frame_sum(f.bytes + icmp, f.len - icmp, 0));
	frame_end_ipv4(&f, ip);
	struct packet *pkt = decoded(DLT_EN10MB);
	check(!pkt->malformed && !pkt->l4_checksum_bad);
	check_eq(pkt->icmp_type, 3);
	check_eq(pkt->icmp_code, 3);
	check(decode_quoted(pkt, &q));
	check_eq(q.src_port, 1234);
	check_eq(q.dst_port, 53);
	check_eq(q.ip_proto, 17);
	check_eq(q.src.bytes[3], 1);
	f.bytes[icmp + 8] = 0x65;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_ICMPV4_IPV4_UNKNOWN_VER));
}

/* The plain frame with one thing wrong, and what it is called. */
static void wrong(uint32_t at, unsigned value, uint32_t len, uint16_t code)
{
	plain_udp();
	if (at)
		f.bytes[at] = (uint8_t)value;
	if (len)
		f.len = len;
	check(decoded(DLT_EN10MB)->malformed);
	if (!frame_noted(&f, code))
		printf("# %s\n", decode_event_name(code));
	check(frame_noted(&f, code));
}

static void what_is_wrong_has_a_name(void)
{
	wrong(0, 0, 13, DECODE_ETHERNET_PKT_TOO_SMALL);
	wrong(0, 0, 33, DECODE_IPV4_PKT_TOO_SMALL);
	wrong(14, 0x55, 0, DECODE_IPV4_WRONG_IP_VERSION);
	wrong(14, 0x44, 0, DECODE_IPV4_HLEN_TOO_SMALL);
	wrong(17, 10, 0, DECODE_IPV4_IPLEN_SMALLER_THAN_HLEN);
	wrong(0, 0, 43, DECODE_IPV4_TRUNC_PKT);
	wrong(17, 24, 0, DECODE_UDP_HLEN_TOO_SMALL);
	wrong(39, 200, 0, DECODE_UDP_PKT_TOO_SMALL);
	wrong(39, 3, 0, DECODE_UDP_LEN_INVALID);
	wrong(23, 6, 0, DECODE_TCP_PKT_TOO_SMALL);
	wrong(23, 58, 0, DECODE_IPV4_ICMPV6);
	wrong(23, 132, 0, DECODE_SCTP_PKT_TOO_SMALL);
	wrong(14, 0x46, 0, DECODE_IPV4_OPT_INVALID_LEN);
	plain_udp();
	f.bytes[13] = 0x99;
	check(!decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_ETHERNET_UNKNOWN_ETHERTYPE));
	f.bytes[13] = 6;
	check(decoded(DLT_EN10MB)->malformed);
	check(frame_noted(&f, DECODE_ARP_UNSUPPORTED_HARDWARE));
	check_eq(f.pkt.ethertype, 0x0806);
	check_eq(f.pkt.net.len, 30);
}

static void an_empty_frame(void)
{
	static const int types[] = { DLT_EN10MB, DLT_RAW, DLT_NULL, DLT_LINUX_SLL,
		DLT_LINUX_SLL2, DLT_PPP, DLT_C_HDLC };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frame_start(&f);
		check(decoded(types[i])->malformed);
		check_eq(f.pkt.events, 1);
	}
	frame_fini(&f);
}

CHECK_MAIN(udp_over_ethernet, tcp_with_options, vlan_tags_stop_at_three, pppoe_session,
    other_link_types, ipv6_extension_headers, ipv6_chain_is_bounded,
    the_inner_packet_wins, tunnels_are_bounded, icmp_errors_quote,
    what_is_wrong_has_a_name, an_empty_frame)
