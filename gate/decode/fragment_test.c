/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/frame.h"

#include "tests/check.h"

#include <pcap/dlt.h>

static struct frame f;
static struct decode *d;
static int64_t now = 1;

static void setup(uint32_t max, uint32_t bytes_max)
{
	struct decode_conf conf = { .fragments_max = max,
		.fragment_bytes_max = bytes_max };
	d = decode_new(&conf);
}

static void teardown(void)
{
	decode_free(d);
	frame_fini(&f);
	memset(&f.arena, 0, sizeof(f.arena));
}

/* Byte `i` of the datagram: UDP header, then letters. */
static uint8_t byte_at(unsigned i, unsigned total)
{
	uint8_t udp[8] = { 0, 1, 0, 53, (uint8_t)(total >> 8), (uint8_t)total, 0, 0 };
	return i < 8 ? udp[i] : (uint8_t)('a' + i % 26);
}

static struct packet *piece4(
    unsigned id, unsigned from, unsigned to, unsigned total, bool more)
{
	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t ip = frame_ipv4(&f, 17, 1, 2);
	frame_set16(&f, ip + 4, id);
	frame_set16(&f, ip + 6, (more ? 0x2000u : 0) | from / 8);
	for (unsigned i = from; i < to; i++)
		frame_u8(&f, byte_at(i, total));
	frame_end_ipv4(&f, ip);
	return frame_decode(&f, d, DLT_EN10MB, now);
}

static struct packet *piece6(unsigned from, unsigned to, unsigned total, bool more)
{
	frame_start(&f);
	frame_ethernet(&f, 0x86dd);
	uint32_t ip = frame_ipv6(&f, 60, 1, 2);
	frame_put(&f, (uint8_t[]){ 44, 0, 1, 4, 0, 0, 0, 0 }, 8);
	frame_u16(&f, 17 << 8);
	frame_u16(&f, from | more);
	frame_u32(&f, 99);
	for (unsigned i = from; i < to; i++)
		frame_u8(&f, byte_at(i, total));
	frame_end_ipv6(&f, ip);
	return frame_decode(&f, d, DLT_EN10MB, now);
}

static void is_whole(const struct packet *pkt, unsigned total)
{
	check(pkt->ip_rebuilt && !pkt->ip_fragment && !pkt->malformed);
	check_eq(pkt->dst_port, 53);
	check_eq(pkt->payload.len, total - 8);
	for (unsigned i = 8; i < total && i - 8 < pkt->payload.len; i++)
		if (pkt->payload.at[i - 8] != byte_at(i, total))
			check(!"same bytes");
}

static void in_order_and_out_of_order(void)
{
	setup(0, 0);
	check(piece4(1, 0, 800, 2000, true)->ip_fragment);
	check(piece4(1, 800, 1600, 2000, true)->ip_fragment);
	is_whole(piece4(1, 1600, 2000, 2000, false), 2000);
	check(decode_ip_sum_right(&f.pkt));
	check_eq(decode_waiting(d), 0);
	check(piece4(2, 1600, 2000, 2000, false)->ip_fragment);
	check(piece4(2, 0, 800, 2000, true)->ip_fragment);
	is_whole(piece4(2, 800, 1600, 2000, true), 2000);
	check_eq(f.pkt.events, 0);
	teardown();
}

static void two_datagrams_do_not_mix(void)
{
	setup(0, 0);
	check(piece4(1, 0, 80, 100, true)->ip_fragment);
	check(piece4(2, 80, 100, 100, false)->ip_fragment);
	check_eq(decode_waiting(d), 2);
	is_whole(piece4(1, 80, 100, 100, false), 100);
	is_whole(piece4(2, 0, 80, 100, true), 100);
	teardown();
}

static void where_they_overlap_the_first_stays(void)
{
	setup(0, 0);
	piece4(1, 80, 160, 200, true);
	piece4(1, 0, 120, 200, true);
	check(frame_noted(&f, DECODE_IPV4_FRAG_OVERLAP));
	/* The same place again with other bytes: not taken. */
	piece4(1, 80, 160, 200, true);
	frame_start(&f);
	frame_ethernet(&f, 0x0800);
	uint32_t ip = frame_ipv4(&f, 17, 1, 2);
	frame_set16(&f, ip + 4, 1);
	frame_set16(&f, ip + 6, 120 / 8);
	for (unsigned i = 120; i < 200; i++)
		frame_u8(&f, i < 160 ? '!' : byte_at(i, 200));
	frame_end_ipv4(&f, ip);
	is_whole(frame_decode(&f, d, DLT_EN10MB, now), 200);
	check(frame_noted(&f, DECODE_IPV4_FRAG_OVERLAP));
	teardown();
}

static void ipv6_behind_an_extension_header(void)
{
	setup(0, 0);
	check(piece6(0, 96, 120, true)->ip_fragment);
	is_whole(piece6(96, 120, 120, false), 120);
	check_eq(f.pkt.src.version, 6);
	check_eq(f.pkt.ip_header_len, 48);
	piece6(0, 97, 120, true);
	check(frame_noted(&f, DECODE_IPV6_FRAG_INVALID_LENGTH));
	teardown();
}

static void old_and_many_are_forgotten(void)
{
	setup(4, 0);
	for (unsigned i = 0; i < 9; i++)
		piece4(i, 0, 80, 100, true);
	check_eq(decode_waiting(d), 4);
	check(piece4(1, 80, 100, 100, false)->ip_fragment);
	now += (DECODE_FRAGMENT_AGE_S + 1) * 1000000LL;
	check(piece4(8, 80, 100, 100, false)->ip_fragment);
	check_eq(decode_waiting(d), 1);
	teardown();
}

static void bytes_are_bounded(void)
{
	setup(100, 20000);
	for (unsigned i = 0; i < 50; i++)
		piece4(i, 8000, 8080, 9000, true);
	check(decode_waiting(d) <= 2);
	piece4(99, 64000, 64080, 65000, true);
	check(frame_noted(&f, DECODE_IPV4_FRAG_IGNORED));
	piece4(99, 65528, 65600, 65600, true);
	check(frame_noted(&f, DECODE_IPV4_FRAG_PKT_TOO_LARGE));
	teardown();
}

CHECK_MAIN(in_order_and_out_of_order, two_datagrams_do_not_mix,
    where_they_overlap_the_first_stays, ipv6_behind_an_extension_header,
    old_and_many_are_forgotten, bytes_are_bounded)
