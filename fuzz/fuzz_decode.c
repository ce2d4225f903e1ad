/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/decode/decode.h"
#include "lib/base/reader.h"

#include <pcap/dlt.h>
#include <stdlib.h>

/*
 * Input: one byte for the link type, then frames, each with two bytes of length before it
 * (a short last one is taken as it is), so that fragments can meet.
 *
 * Invariant: the views that decode hands on lie inside each other and inside the frame (or
 * the rebuilt datagram), a malformed frame says why, and nothing is read beyond a frame.
 */
static const int linktypes[] = { DLT_EN10MB, DLT_RAW, DLT_NULL, DLT_LINUX_SLL,
	DLT_LINUX_SLL2, DLT_PPP, DLT_C_HDLC };
#define LINKTYPES (sizeof(linktypes) / sizeof(linktypes[0]))

static void is_inside(struct span in, struct span out)
{
	if (in.len == 0)
		return;
	must(in.at >= out.at && in.at + in.len <= out.at + out.len);
}

static void check_packet(const struct packet *pkt)
{
	struct span frame = span_of(pkt->bytes, pkt->len);
	struct decode_quoted q;

	must(!pkt->malformed || pkt->events > 0);
	must(pkt->vlan_depth <= PACKET_VLAN_MAX);
	must(pkt->tunnel_depth <= DECODE_TUNNELS_MAX);
	for (unsigned i = 0; i < pkt->events; i++)
		must(decode_event_name(pkt->event[i]));
	if (!pkt->ip_rebuilt)
		is_inside(pkt->ip, frame);
	if (pkt->src.version == 0) {
		must(pkt->l4.len == 0 && pkt->payload.len == 0);
		return;
	}
	must(pkt->ip_header_len <= pkt->ip.len || pkt->malformed);
	must(pkt->dst.version == pkt->src.version);
	if (pkt->malformed)
		return;
	is_inside(pkt->l4, pkt->ip);
	is_inside(pkt->payload, pkt->l4);
	is_inside(pkt->tcp_options, pkt->l4);
	(void)decode_ip_sum_right(pkt);
	(void)decode_l4_sum_right(pkt);
	(void)decode_quoted(pkt, &q);
}

static void run_frame(
    struct decode *d, struct arena *arena, int linktype, struct span bytes)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
	struct packet pkt = { .bytes = copy,
		.len = bytes.len,
		.wire_len = bytes.len,
		.linktype = linktype,
		.time_us = 1,
		.arena = arena };

	must(copy);
	if (bytes.len)
		memcpy(copy, bytes.at, bytes.len);
	decode_frame(d, &pkt);
	check_packet(&pkt);
	arena_reset(arena);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct decode_conf conf = { .check_checksums = true,
		.fragments_max = 8,
		.fragment_bytes_max = 128u << 10 };
	struct decode *d = decode_new(&conf);
	struct reader r = reader_of(bytes, len);
	struct arena arena;

	must(d);
	arena_init(&arena, 256u << 10);
	int linktype = linktypes[reader_u8(&r) % LINKTYPES];
	while (reader_left(&r) >= 2) {
		size_t want = reader_be16(&r), left = reader_left(&r);
		size_t n = want < left ? want : left;
		run_frame(d, &arena, linktype, span_of(reader_take(&r, n), n));
	}
	arena_fini(&arena);
	decode_free(d);
	return 0;
}
