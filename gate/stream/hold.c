/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/internal.h"
#include "lib/base/must.h"

#include <stdlib.h>

static enum stream_size size_for(uint32_t len)
{
	return len + sizeof(struct stream_held) <=
		       stream_size_of(STREAM_SIZE_HELD_SMALL)
		   ? STREAM_SIZE_HELD_SMALL
		   : STREAM_SIZE_HELD;
}

static enum stream_size size_of(const struct stream_held *h)
{
	return h->room + sizeof(*h) == stream_size_of(STREAM_SIZE_HELD_SMALL)
		   ? STREAM_SIZE_HELD_SMALL
		   : STREAM_SIZE_HELD;
}

static uint32_t end_of(const struct stream_held *h)
{
	return h->seq + h->len;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A new block with the first bytes of the piece, behind `before`; NULL when out of room. */
static struct stream_held *put_block(struct stream_shop *s, struct stream *st,
    struct stream_held *before, uint32_t seq, struct span bytes)
{
	enum stream_size size = size_for(bytes.len);

	if (st->held_blocks >= STREAM_HOLD_BLOCKS_MAX)
		return NULL;
	struct stream_held *h = stream_take(s, size);
	if (!h)
		return NULL;
	h->room = (uint16_t)(stream_size_of(size) - sizeof(*h));
	h->len = (uint16_t)smaller(bytes.len, h->room);
	h->seq = seq;
	memcpy(h->bytes, bytes.at, h->len);
	h->next = before ? before->next : st->held;
	if (before)
		before->next = h;
	else
		st->held = h;
	if (!h->next)
		st->held_tail = h;
	st->held_bytes += h->len;
	st->held_blocks++;
	return h;
}

/* Puts a piece that overlaps nothing behind `*before`, which moves to its last block. */
static bool put(struct stream_shop *s, struct stream *st, struct stream_held **before,
    uint32_t seq, struct span bytes)
{
	struct stream_held *b = *before;

	if (b && end_of(b) == seq && b->len < b->room) {
		uint32_t n = smaller(bytes.len, (uint32_t)(b->room - b->len));
		memcpy(b->bytes + b->len, bytes.at, n);
		b->len = (uint16_t)(b->len + n);
		st->held_bytes += n;
		seq += n;
		bytes = span_of(bytes.at + n, bytes.len - n);
	}
	while (bytes.len > 0) {
		struct stream_held *h = put_block(s, st, *before, seq, bytes);
		if (!h)
			return false;
		*before = h;
		seq += h->len;
		bytes = span_of(bytes.at + h->len, bytes.len - h->len);
	}
	return true;
}

static bool overlap_differs(
    const struct stream_held *h, uint32_t seq, struct span bytes)
{
	uint32_t from = flow_seq_before(h->seq, seq) ? seq : h->seq;
	uint32_t end = seq + bytes.len,
		 to = flow_seq_before(end_of(h), end) ? end_of(h) : end;

	return flow_seq_before(from, to) &&
	       memcmp(h->bytes + (from - h->seq), bytes.at + (from - seq), to - from) !=
		   0;
}

bool stream_hold(struct stream_shop *s, struct stream *st, uint32_t seq,
    struct span bytes, bool *differs)
{
	uint32_t end = seq + bytes.len, at = seq;
	struct stream_held *before = NULL, *h = st->held;

	/* Mostly segments come in order behind one hole: then the place is the tail. */
	if (st->held_tail && !flow_seq_before(seq, end_of(st->held_tail))) {
		before = st->held_tail;
		h = NULL;
	}
	for (; h && !flow_seq_before(seq, end_of(h)); h = h->next)
		before = h;
	while (h && flow_seq_before(at, end) && flow_seq_before(h->seq, end)) {
		*differs = *differs || overlap_differs(h, seq, bytes);
		if (flow_seq_before(at, h->seq) &&
		    !put(s, st, &before, at,
			span_of(bytes.at + (at - seq), h->seq - at)))
			return false;
		at = end_of(h);
		before = h;
		h = h->next;
	}
	if (!flow_seq_before(at, end))
		return true;
	return put(s, st, &before, at, span_of(bytes.at + (at - seq), end - at));
}

uint32_t stream_hold_ready(const struct stream *st)
{
	uint32_t at = st->next;

	for (const struct stream_held *h = st->held; h && h->seq == at; h = h->next)
		at = end_of(h);
	return at - st->next;
}

static void drop_first(struct stream_shop *s, struct stream *st)
{
	struct stream_held *h = st->held;

	st->held = h->next;
	if (!st->held)
		st->held_tail = NULL;
	st->held_bytes -= h->len;
	st->held_blocks--;
	stream_give(s, size_of(h), h);
}

void stream_hold_take(
    struct stream_shop *s, struct stream *st, uint8_t *to, uint32_t len)
{
	while (len > 0) {
		struct stream_held *h = st->held;
		must(h);
		uint32_t n = smaller(len, h->len);
		memcpy(to, h->bytes, n);
		to += n;
		len -= n;
		if (n == h->len) {
			drop_first(s, st);
			continue;
		}
		memmove(h->bytes, h->bytes + n, h->len - n);
		h->seq += n;
		h->len = (uint16_t)(h->len - n);
		st->held_bytes -= n;
	}
}

void stream_hold_clear(struct stream_shop *s, struct stream *st)
{
	while (st->held)
		drop_first(s, st);
}
