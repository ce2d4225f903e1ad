/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/internal.h"

/*
 * A segment that the receiver did not take (it never arrived, it was refused for a reason
 * that we do not see) may come again with other bytes.  So what passed is kept until the
 * receiver acknowledges it; from then on nobody can change it any more.
 */
static uint32_t end_of(const struct stream_held *h)
{
	return h->seq + h->len;
}

static void forget_first(struct stream_shop *s, struct stream *st)
{
	struct stream_held *h = st->sent;

	st->sent = h->next;
	if (!st->sent)
		st->sent_tail = NULL;
	st->sent_blocks--;
	stream_give(s, STREAM_SIZE_HELD, h);
}

void stream_sent_clear(struct stream_shop *s, struct stream *st)
{
	while (st->sent)
		forget_first(s, st);
}

void stream_sent_acked(struct stream_shop *s, struct stream *st, uint32_t ack)
{
	while (st->sent && !flow_seq_before(ack, end_of(st->sent)))
		forget_first(s, st);
}

/* A fresh block at the end, or NULL: half of the memory is for bytes not yet read. */
static struct stream_held *grow(struct stream_shop *s, struct stream *st, uint32_t seq)
{
	if (st->sent_blocks >= STREAM_SENT_BLOCKS_MAX)
		forget_first(s, st);
	if (s->memory > s->conf.memory_max / 2)
		return NULL;
	struct stream_held *h = stream_take(s, STREAM_SIZE_HELD);
	if (!h)
		return NULL;
	h->next = NULL;
	h->seq = seq;
	h->len = 0;
	h->room = (uint16_t)(stream_size_of(STREAM_SIZE_HELD) - sizeof(*h));
	if (st->sent_tail)
		st->sent_tail->next = h;
	else
		st->sent = h;
	st->sent_tail = h;
	st->sent_blocks++;
	return h;
}

void stream_sent_add(struct stream_shop *s, struct stream *st, struct span bytes)
{
	uint32_t seq = st->next;

	while (bytes.len > 0) {
		struct stream_held *h = st->sent_tail;
		if (!h || end_of(h) != seq || h->len == h->room)
			h = grow(s, st, seq);
		if (!h)
			return;
		uint32_t n = (uint32_t)(h->room - h->len);
		n = bytes.len < n ? bytes.len : n;
		memcpy(h->bytes + h->len, bytes.at, n);
		h->len = (uint16_t)(h->len + n);
		seq += n;
		bytes = span_of(bytes.at + n, bytes.len - n);
	}
}

bool stream_sent_differs(const struct stream *st, uint32_t seq, struct span bytes)
{
	uint32_t end = seq + bytes.len;

	for (const struct stream_held *h = st->sent; h; h = h->next) {
		uint32_t from = flow_seq_before(h->seq, seq) ? seq : h->seq;
		uint32_t to = flow_seq_before(end_of(h), end) ? end_of(h) : end;
		if (flow_seq_before(from, to) &&
		    memcmp(h->bytes + (from - h->seq), bytes.at + (from - seq),
			to - from) != 0)
			return true;
		if (!flow_seq_before(h->seq, end))
			return false;
	}
	return false;
}
