/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/stream.h"

#include "gate/decode/events.h"
#include "gate/stream/internal.h"

#include <netinet/in.h>
#include <stdlib.h>

#define DEPTH      (1u << 20)
#define HOLD_MAX   (256u << 10)
#define MEMORY_MAX (64ull << 20)

struct stream_shop *stream_new(const struct stream_conf *conf)
{
	struct stream_shop *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = *conf;
	if (!s->conf.depth)
		s->conf.depth = DEPTH;
	if (!s->conf.hold_max)
		s->conf.hold_max = HOLD_MAX;
	if (!s->conf.memory_max)
		s->conf.memory_max = MEMORY_MAX;
	stream_pools_init(s);
	return s;
}

void stream_free(struct stream_shop *s)
{
	if (!s)
		return;
	stream_pools_fini(s);
	free(s->scratch);
	free(s);
}

uint64_t stream_memory(const struct stream_shop *s)
{
	return s->memory;
}

/* What was let through stays known until it is acknowledged: after a FIN too, other bytes
 * in the same place may come. */
static void close_stream(struct stream_shop *s, struct stream *st)
{
	st->ended = true;
	stream_hold_clear(s, st);
	stream_window_free(s, st);
}

void stream_flow_end(struct stream_shop *s, struct flow *flow)
{
	for (unsigned d = 0; d < 2; d++) {
		if (!flow->stream[d])
			continue;
		close_stream(s, flow->stream[d]);
		stream_sent_clear(s, flow->stream[d]);
		stream_give(s, STREAM_SIZE_STREAM, flow->stream[d]);
		flow->stream[d] = NULL;
	}
}

/* One call of stream_push() for one direction. */
struct push {
	struct stream_shop *s;
	struct packet *pkt; /* where events go; NULL in stream_drain() */
	struct flow *flow;
	struct stream *st;
	unsigned d;
	struct chunk chunk;
};

static void note(struct push *p, uint16_t code)
{
	if (p->pkt)
		packet_note(p->pkt, code);
}

static void contradiction(struct push *p)
{
	note(p, STREAM_REASSEMBLY_OVERLAP_DIFFERENT_DATA);
	if (p->pkt && p->s->conf.inline_mode)
		p->pkt->stream_differs = true;
}

/* Inline: there is no room to keep it, so it must not pass unread.  It will come again. */
static void turn_away(struct push *p)
{
	note(p, STREAM_REASSEMBLY_INSERT_LIMIT);
	if (p->pkt && p->s->conf.inline_mode)
		p->pkt->stream_unread = true;
}

static struct stream *find_or_create(
    struct stream_shop *s, struct flow *flow, unsigned d, uint32_t seq)
{
	struct stream *st = flow->stream[d];
	uint32_t base = flow->tcp.known[d] ? flow->tcp.isn[d] + 1 : seq;

	if (st && flow->tcp.known[d] && st->base != base) {
		/* Data on a SYN (RFC 7413), and then another attempt was the one that counts. */
		stream_hold_clear(s, st);
		stream_window_clear(st);
		stream_sent_clear(s, st);
		st->base = st->next = base;
	}
	if (st)
		return st;
	st = stream_take(s, STREAM_SIZE_STREAM);
	if (!st)
		return NULL;
	memset(st, 0, sizeof(*st));
	st->base = st->next = base;
	flow->stream[d] = st;
	return st;
}

static void end(struct push *p)
{
	p->chunk.end = true;
	close_stream(p->s, p->st);
}

/* A parser reads this conversation: the next request or a large file is worth it. */
static bool beyond_depth(const struct push *p)
{
	return p->s->conf.parsed_beyond && p->flow->app != FLOW_APP_UNKNOWN &&
	       p->flow->app != FLOW_APP_FAILED && !p->flow->no_payload &&
	       !p->flow->passed;
}

/* How many of `len` bytes may still come out. */
static uint32_t within_depth(const struct push *p, uint32_t len)
{
	if (beyond_depth(p))
		return len;
	uint64_t left =
	    p->s->conf.depth > p->st->offset ? p->s->conf.depth - p->st->offset : 0;

	return len < left ? len : (uint32_t)left;
}

/* Nobody looks for patterns in these bytes: no window to keep. */
static bool without_window(const struct flow *flow)
{
	return flow->no_payload || flow->passed;
}

static void advance(struct push *p, uint32_t len)
{
	if (p->s->conf.inline_mode && !without_window(p->flow))
		stream_sent_add(p->s, p->st, p->chunk.bytes);
	p->chunk.offset = p->st->offset;
	p->st->next += len;
	p->st->offset += len;
}

/* The block that the chunk points into goes back to the pool: the bytes must stay until
 * the next call, and the scratch memory is what stays. */
static void rescue(struct push *p)
{
	struct span w = p->chunk.window;

	if (!w.len || !p->st->window || w.at < p->st->window ||
	    w.at >= p->st->window + p->st->window_room)
		return;
	if (p->s->scratch_room < w.len) {
		uint8_t *scratch = realloc(p->s->scratch, w.len);
		if (!scratch) {
			p->chunk.window = p->chunk.bytes = span_of(NULL, 0);
			return;
		}
		p->s->scratch = scratch;
		p->s->scratch_room = w.len;
	}
	memcpy(p->s->scratch, w.at, w.len);
	p->chunk.window = span_of(p->s->scratch, w.len);
	p->chunk.bytes =
	    span_of(p->s->scratch + w.len - p->chunk.bytes.len, p->chunk.bytes.len);
}

static void check_depth(struct push *p)
{
	if (p->st->offset < p->s->conf.depth || beyond_depth(p))
		return;
	note(p, STREAM_REASSEMBLY_DEPTH_REACHED);
	rescue(p);
	end(p);
}

/* Bytes in order, straight from the packet. */
static void deliver_span(struct push *p, struct span bytes)
{
	uint32_t len = within_depth(p, bytes.len);

	if (!len) {
		check_depth(p);
		return;
	}
	uint8_t *at =
	    without_window(p->flow) ? NULL : stream_window_open(p->s, p->st, len);
	if (!at) {
		stream_window_clear(p->st);
		p->chunk.bytes = p->chunk.window = span_of(bytes.at, len);
	} else {
		memcpy(at, bytes.at, len);
		p->chunk.bytes = span_of(at, len);
		p->chunk.window = stream_window_close(p->s, p->st, at, len);
		if (!p->st->window)
			note(p, STREAM_REASSEMBLY_INSERT_MEMCAP);
	}
	advance(p, len);
	check_depth(p);
}

/* Bytes in order, from what is held. */
static void deliver_held(struct push *p)
{
	uint32_t len = within_depth(p, stream_hold_ready(p->st));

	if (!len) {
		check_depth(p);
		return;
	}
	uint8_t *at = stream_window_open(p->s, p->st, len);
	if (!at) {
		/* No memory even to show them: they are lost, and said to be. */
		note(p, STREAM_REASSEMBLY_INSERT_MEMCAP);
		stream_hold_clear(p->s, p->st);
		return;
	}
	stream_hold_take(p->s, p->st, at, len);
	p->chunk.bytes = span_of(at, len);
	p->chunk.window = stream_window_close(p->s, p->st, at, len);
	advance(p, len);
	check_depth(p);
}

/* Gives up the bytes before `seq`. */
static void skip_to(struct push *p, uint32_t seq)
{
	p->chunk.gap += seq - p->st->next;
	p->st->offset += seq - p->st->next;
	p->st->next = seq;
	stream_window_clear(p->st);
	note(p, STREAM_REASSEMBLY_SEQ_GAP);
}

/* The receiver has what we are missing, so it will not come again. */
static bool was_received(const struct push *p, uint32_t seq)
{
	const struct flow_tcp *t = &p->flow->tcp;

	return t->has_ack[!p->d] && !flow_seq_before(t->ack[!p->d], seq);
}

static bool too_much_held(const struct push *p)
{
	return p->st->held_bytes > p->s->conf.hold_max ||
	       p->st->held_blocks >= STREAM_HOLD_BLOCKS_MAX;
}

/* Lets out what is ready, over a hole when there is no point in waiting. */
static void release(struct push *p)
{
	struct stream *st = p->st;

	if (!st->held)
		return;
	if (st->held->seq != st->next &&
	    (was_received(p, st->held->seq) ||
		(too_much_held(p) && !p->s->conf.inline_mode)))
		skip_to(p, st->held->seq);
	if (st->held->seq == st->next)
		deliver_held(p);
}

static void check_fin(struct push *p)
{
	const struct flow_tcp *t = &p->flow->tcp;

	if (p->st->ended || !t->has_fin[p->d])
		return;
	/* A gap is told before bytes, so this one waits when there are some now. */
	if (p->st->next != t->fin[p->d] && !p->st->held && !p->chunk.bytes.len &&
	    flow_seq_before(p->st->next, t->fin[p->d]) &&
	    was_received(p, t->fin[p->d] + 1))
		skip_to(p, t->fin[p->d]);
	if (p->st->next == t->fin[p->d]) {
		rescue(p);
		end(p);
	}
}

static void check_old(struct push *p, uint32_t seq, struct span bytes)
{
	if (stream_window_differs(p->st, seq, bytes) ||
	    stream_sent_differs(p->st, seq, bytes))
		contradiction(p);
}

/* Takes away what lies before st->next; true when something is left. */
static bool trim_old(struct push *p, uint32_t *seq, struct span *bytes)
{
	uint32_t old = p->st->next - *seq;

	if (!flow_seq_before(*seq, p->st->next))
		return true;
	if (old > bytes->len)
		old = bytes->len;
	check_old(p, *seq, span_of(bytes->at, old));
	*seq += old;
	*bytes = span_of(bytes->at + old, bytes->len - old);
	return bytes->len > 0;
}

/* In order or not, with others waiting: what came first stays, so it goes among them. */
static void take_with_held(struct push *p, uint32_t seq, struct span bytes)
{
	bool differs = false;

	if (p->s->conf.inline_mode && p->st->held && too_much_held(p) &&
	    !flow_seq_before(seq, p->st->held->seq)) {
		turn_away(p);
		release(p);
		return;
	}
	if (!stream_hold(p->s, p->st, seq, bytes, &differs)) {
		bool limit = p->st->held_blocks >= STREAM_HOLD_BLOCKS_MAX;
		if (!limit)
			note(p, STREAM_REASSEMBLY_INSERT_MEMCAP);
		/* What is in order needs no keeping: it can still be read. */
		if (seq == p->st->next && (!p->st->held || p->st->held->seq != seq)) {
			uint32_t room =
			    p->st->held ? p->st->held->seq - seq : bytes.len;
			bytes.len = room < bytes.len ? room : bytes.len;
			deliver_span(p, bytes);
			return;
		}
		if (limit)
			turn_away(p);
		else if (p->pkt)
			p->pkt->out_of_budget = true;
	}
	if (differs)
		contradiction(p);
	release(p);
}

static void take(struct push *p, uint32_t seq, struct span bytes)
{
	if (!trim_old(p, &seq, &bytes))
		release(p);
	else if (seq == p->st->next && !p->st->held)
		deliver_span(p, bytes);
	else
		take_with_held(p, seq, bytes);
}

static struct push push_of(
    struct stream_shop *s, struct packet *pkt, struct flow *flow, unsigned d)
{
	return (struct push){ .s = s,
		.pkt = pkt,
		.flow = flow,
		.st = flow->stream[d],
		.d = d,
		.chunk = { .dir = (enum packet_dir)d } };
}

static bool says_something(const struct chunk *c)
{
	return c->bytes.len || c->gap || c->end;
}

static struct chunk own_direction(struct stream_shop *s, struct packet *pkt)
{
	struct push p = push_of(s, pkt, pkt->flow, pkt->dir);
	uint32_t seq = pkt->tcp_seq + (pkt->tcp_flags & PACKET_TCP_SYN ? 1 : 0);

	if (pkt->payload.len == 0 && !(pkt->tcp_flags & PACKET_TCP_FIN))
		return p.chunk;
	p.st = find_or_create(s, pkt->flow, pkt->dir, seq);
	if (!p.st)
		packet_note(pkt, STREAM_REASSEMBLY_INSERT_MEMCAP);
	if (p.st && p.st->ended && stream_sent_differs(p.st, seq, pkt->payload))
		contradiction(&p);
	if (!p.st || p.st->ended)
		return p.chunk;
	if (pkt->payload.len)
		take(&p, seq, pkt->payload);
	check_fin(&p);
	return p.chunk;
}

/* What this packet's acknowledgement frees in the other direction. */
static struct chunk other_direction(struct stream_shop *s, struct packet *pkt)
{
	struct push p = push_of(s, pkt, pkt->flow, !pkt->dir);

	if (!p.st || p.st->ended)
		return p.chunk;
	release(&p);
	check_fin(&p);
	return p.chunk;
}

static struct chunk push_tcp(struct stream_shop *s, struct packet *pkt)
{
	const struct flow *f = pkt->flow;

	if (f->tcp_state == FLOW_TCP_NONE)
		return (struct chunk){ .dir = pkt->dir };
	struct chunk c = { .dir = pkt->dir };
	if (f->stream[!pkt->dir] && f->tcp.has_ack[pkt->dir])
		stream_sent_acked(s, f->stream[!pkt->dir], f->tcp.ack[pkt->dir]);
	if (!pkt->tcp_ignored)
		c = own_direction(s, pkt);
	if (says_something(&c))
		return c;
	struct chunk other = other_direction(s, pkt);
	return says_something(&other) ? other : c;
}

struct chunk stream_push(struct stream_shop *s, struct packet *pkt)
{
	struct chunk c = { .dir = pkt->dir };

	if (pkt->malformed || (pkt->ip_proto == IPPROTO_TCP && !pkt->flow))
		return c;
	/* An ICMP error travels with the flow that it is about; it is none of its bytes. */
	if (pkt->flow && pkt->flow->ip_proto != pkt->ip_proto)
		return c;
	if (pkt->ip_proto == IPPROTO_TCP)
		return push_tcp(s, pkt);
	if (!pkt->l4_checksum_bad)
		c.bytes = c.window = pkt->payload;
	return c;
}

struct chunk stream_drain(struct stream_shop *s, struct flow *flow, enum packet_dir dir)
{
	struct push p = push_of(s, NULL, flow, dir);

	if (!p.st || p.st->ended || !p.st->held)
		return p.chunk;
	if (p.st->held->seq != p.st->next)
		skip_to(&p, p.st->held->seq);
	deliver_held(&p);
	return p.chunk;
}
