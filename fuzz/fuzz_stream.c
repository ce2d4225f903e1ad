/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/stream/stream.h"
#include "gate/track/track.h"
#include "lib/base/reader.h"

#include <stdlib.h>

/*
 * Input: four bytes of initial sequence number, one of mode, then segments to send (two
 * bytes of place, one of length, one of flags each) in whatever order they stand.
 *
 * Invariant: the bytes that come out are the bytes of the stream, each once, in order, no
 * matter how they were cut, mixed and repeated, once everything has been sent; and every
 * window ends with the new bytes.
 */
#define STREAM_LEN 3000u

enum mode { MODE_SMALL_HOLD = 1, MODE_NO_MEMORY = 2, MODE_ACKS = 4, MODE_INLINE = 8 };

struct run {
	struct track *track;
	struct stream_shop *shop;
	uint32_t isn;
	uint8_t mode;
	uint8_t bytes[STREAM_LEN];
	uint64_t got; /* bytes delivered or given up */
	uint64_t gaps;
	bool ended;
};

static void on_end(void *ctx, struct flow *flow)
{
	struct run *r = ctx;
	stream_flow_end(r->shop, flow);
}

static void check_chunk(struct run *r, const struct chunk *c)
{
	if (c->dir != PACKET_TO_SERVER)
		return;
	r->got += c->gap;
	r->gaps += c->gap;
	if (c->bytes.len == 0) {
		r->ended = r->ended || c->end;
		return;
	}
	must(!r->ended);
	must(c->offset == r->got);
	must(c->offset + c->bytes.len <= STREAM_LEN);
	must(memcmp(c->bytes.at, r->bytes + c->offset, c->bytes.len) == 0);
	must(c->window.len >= c->bytes.len);
	must(c->window.at + c->window.len == c->bytes.at + c->bytes.len);
	uint32_t earlier = c->window.len - c->bytes.len;
	must(earlier <= STREAM_WINDOW && earlier <= c->offset);
	must(memcmp(c->window.at, r->bytes + c->offset - earlier, earlier) == 0);
	r->got += c->bytes.len;
	r->ended = c->end;
}

static void send(struct run *r, bool client, unsigned flags, uint32_t seq, uint32_t ack,
    struct span payload)
{
	uint8_t *copy = malloc(payload.len ? payload.len : 1);
	struct addr a = addr_v4((uint8_t[]){ 192, 0, 2, 1 });
	struct addr b = addr_v4((uint8_t[]){ 192, 0, 2, 2 });
	struct packet pkt = { .time_us = 1,
		.ip_proto = 6,
		.src = client ? a : b,
		.dst = client ? b : a,
		.src_port = client ? 1 : 2,
		.dst_port = client ? 2 : 1,
		.tcp_flags = (uint8_t)flags,
		.tcp_seq = seq,
		.tcp_ack = ack,
		.tcp_window = 65535 };

	must(copy);
	if (payload.len)
		memcpy(copy, payload.at, payload.len);
	pkt.payload = span_of(copy, payload.len);
	track_packet(r->track, &pkt);
	struct chunk c = stream_push(r->shop, &pkt);
	check_chunk(r, &c);
	free(copy);
}

static void handshake(struct run *r)
{
	send(r, true, PACKET_TCP_SYN, r->isn, 0, span_of(NULL, 0));
	send(r, false, PACKET_TCP_SYN | PACKET_TCP_ACK, 77, r->isn + 1,
	    span_of(NULL, 0));
	send(r, true, PACKET_TCP_ACK, r->isn + 1, 78, span_of(NULL, 0));
}

static void send_part(struct run *r, uint32_t from, uint32_t len)
{
	bool last = from + len == STREAM_LEN;

	send(r, true, PACKET_TCP_ACK | (last ? PACKET_TCP_FIN : 0), r->isn + 1 + from,
	    78, span_of(r->bytes + from, len));
}

/* Everything once more, in order. */
static void send_all(struct run *r)
{
	for (uint32_t at = 0; at < STREAM_LEN; at += 500)
		send_part(r, at, 500);
	/* What waited behind a hole that was given up comes with further packets. */
	for (unsigned i = 0; i < 100 && !r->ended; i++)
		send(r, false, PACKET_TCP_ACK, 78, r->isn + 2 + STREAM_LEN,
		    span_of(NULL, 0));
}

static void run_segments(struct run *r, struct reader *in)
{
	while (reader_left(in) >= 4) {
		uint32_t from = reader_be16(in) % STREAM_LEN, len = reader_u8(in) * 4u;
		uint8_t flags = reader_u8(in);
		if (from + len > STREAM_LEN)
			len = STREAM_LEN - from;
		if (flags & 1 && r->mode & MODE_ACKS)
			send(r, false, PACKET_TCP_ACK, 78, r->isn + 1 + from,
			    span_of(NULL, 0));
		else
			send_part(r, from, len);
	}
	send_all(r);
}

static void setup(struct run *r, struct reader *in)
{
	struct track_conf track = { .flows_max = 4 };
	struct stream_conf stream = { 0 };

	r->isn = reader_be32(in);
	r->mode = reader_u8(in);
	stream.hold_max = r->mode & MODE_SMALL_HOLD ? 600 : 0;
	stream.memory_max = r->mode & MODE_NO_MEMORY ? 3000 : 0;
	stream.inline_mode = r->mode & MODE_INLINE;
	for (uint32_t i = 0; i < STREAM_LEN; i++)
		r->bytes[i] = (uint8_t)(i * 31 + (i >> 8));
	r->track = track_new(&track, on_end, r);
	r->shop = stream_new(&stream);
	must(r->track && r->shop);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct reader in = reader_of(bytes, len);
	struct run r = { 0 };

	setup(&r, &in);
	handshake(&r);
	run_segments(&r, &in);
	if (!(r.mode & (MODE_SMALL_HOLD | MODE_NO_MEMORY | MODE_ACKS)))
		must(r.gaps == 0);
	must(r.got == STREAM_LEN && r.ended);
	track_free(r.track);
	must(stream_memory(r.shop) == 0);
	stream_free(r.shop);
	return 0;
}
