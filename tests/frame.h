/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/decode/decode.h"

#include <stdlib.h>
#include <string.h>

/* Frames made by hand, for tests.  Each frame_… call puts a header or bytes behind what is
 * there; frame_end_… goes back and fills in lengths and checksums, innermost first. */
#define FRAME_MAX 2048u

struct frame {
	uint8_t bytes[FRAME_MAX];
	uint32_t len;
	struct arena arena;
	struct packet pkt;
};

static inline void frame_put(struct frame *f, const void *bytes, size_t len)
{
	if (f->len + len > FRAME_MAX)
		abort();
	memcpy(f->bytes + f->len, bytes, len);
	f->len += (uint32_t)len;
}

static inline void frame_u8(struct frame *f, unsigned v)
{
	uint8_t b = (uint8_t)v;
	frame_put(f, &b, 1);
}

static inline void frame_u16(struct frame *f, unsigned v)
{
	frame_u8(f, v >> 8);
	frame_u8(f, v);
}

static inline void frame_u32(struct frame *f, uint32_t v)
{
	frame_u16(f, v >> 16);
	frame_u16(f, v & 0xffff);
}

static inline void frame_set16(struct frame *f, uint32_t at, unsigned v)
{
	f->bytes[at] = (uint8_t)(v >> 8);
	f->bytes[at + 1] = (uint8_t)v;
}

static inline void frame_start(struct frame *f)
{
	f->len = 0;
}

static inline void frame_ethernet(struct frame *f, unsigned type)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	frame_put(f, macs, sizeof(macs));
	frame_u16(f, type);
}

/* 192.0.2.`src` to 198.51.100.`dst`; returns where the header is. */
static inline uint32_t frame_ipv4(
    struct frame *f, unsigned proto, unsigned src, unsigned dst)
{
	uint32_t at = f->len;
	uint8_t h[20] = { 0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, (uint8_t)proto, 0, 0,
		192, 0, 2, (uint8_t)src, 198, 51, 100, (uint8_t)dst };
	frame_put(f, h, sizeof(h));
	return at;
}

static inline unsigned frame_sum(const uint8_t *b, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static inline void frame_end_ipv4(struct frame *f, uint32_t at)
{
	frame_set16(f, at + 2, f->len - at);
	frame_set16(f, at + 10, 0);
	frame_set16(f, at + 10, frame_sum(f->bytes + at, (f->bytes[at] & 15u) * 4, 0));
}

/* 2001:db8::`src` to 2001:db8::`dst`. */
static inline uint32_t frame_ipv6(
    struct frame *f, unsigned next, unsigned src, unsigned dst)
{
	uint32_t at = f->len;
	uint8_t h[40] = { 0x60, 0, 0, 0, 0, 0, (uint8_t)next, 64, 0x20, 1, 0x0d, 0xb8 };
	h[23] = (uint8_t)src;
	memcpy(h + 24, h + 8, 4);
	h[39] = (uint8_t)dst;
	frame_put(f, h, sizeof(h));
	return at;
}

static inline void frame_end_ipv6(struct frame *f, uint32_t at)
{
	frame_set16(f, at + 4, f->len - at - 40);
}

static inline uint32_t frame_udp(struct frame *f, unsigned src, unsigned dst)
{
	uint32_t at = f->len;
	frame_u16(f, src);
	frame_u16(f, dst);
	frame_u32(f, 0);
	return at;
}

static inline void frame_end_udp(struct frame *f, uint32_t at)
{
	frame_set16(f, at + 4, f->len - at);
}

static inline uint32_t frame_tcp(struct frame *f, unsigned src, unsigned dst,
    uint32_t seq, uint32_t ack, unsigned flags)
{
	uint32_t at = f->len;
	frame_u16(f, src);
	frame_u16(f, dst);
	frame_u32(f, seq);
	frame_u32(f, ack);
	frame_u8(f, 0x50);
	frame_u8(f, flags);
	frame_u16(f, 65535);
	frame_u32(f, 0);
	return at;
}

/* The checksum of TCP, UDP (over `ip` version 4) whose field is `field` bytes behind `at`. */
static inline void frame_end_sum(
    struct frame *f, uint32_t ip, uint32_t at, uint32_t field)
{
	uint32_t sum = f->bytes[ip + 9] + (f->len - at);
	for (uint32_t i = ip + 12; i < ip + 20; i++)
		sum += i % 2 == ip % 2 ? (uint32_t)f->bytes[i] << 8 : f->bytes[i];
	frame_set16(f, at + field, 0);
	frame_set16(f, at + field, frame_sum(f->bytes + at, f->len - at, sum));
}

/* The frame as a packet, decoded, at `time_us`.  Lives until the next call or frame_fini. */
static inline struct packet *frame_decode(
    struct frame *f, struct decode *d, int linktype, int64_t time_us)
{
	if (!f->arena.max)
		arena_init(&f->arena, 256u << 10);
	arena_reset(&f->arena);
	memset(&f->pkt, 0, sizeof(f->pkt));
	f->pkt.bytes = f->bytes;
	f->pkt.len = f->pkt.wire_len = f->len;
	f->pkt.linktype = linktype;
	f->pkt.time_us = time_us;
	f->pkt.arena = &f->arena;
	decode_frame(d, &f->pkt);
	return &f->pkt;
}

static inline bool frame_noted(const struct frame *f, uint16_t code)
{
	for (unsigned i = 0; i < f->pkt.events; i++)
		if (f->pkt.event[i] == code)
			return true;
	return false;
}

static inline void frame_fini(struct frame *f)
{
	arena_fini(&f->arena);
}
