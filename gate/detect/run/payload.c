/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include "gate/stream/stream.h"

#include <stdlib.h>

/* Rules on packets and on streams. */

static enum index_payload kind_of(uint8_t proto)
{
	return proto == SIG_PROTO_TCP   ? INDEX_TCP
	       : proto == SIG_PROTO_UDP ? INDEX_UDP
					: INDEX_OTHER;
}

/* Is this packet's payload part of a stream, which will show it in order? */
static bool in_stream(const struct packet *pkt)
{
	return pkt->flow && pkt->flow->stream[pkt->dir] && !pkt->flow->no_payload;
}

static bool packet_blocks(struct detect *d, const struct sig *s)
{
	for (unsigned i = 0; i < s->block_count; i++) {
		const struct block *b = &s->blocks[i];
		struct span data = d->pkt->payload;
		if (b->source->buffer != BUFFER_PAYLOAD &&
		    !detect_match_header(d->pkt, b->source->buffer, &data))
			return false;
		if (b->source->transforms)
			data = detect_match_transform(&d->transform, b->source, data);
		if (!detect_match_block(&d->look, b, data, 0, false))
			return false;
	}
	return true;
}

/* May the packet's own payload decide about the rule? */
static bool packet_decides(struct detect *d, const struct sig *s)
{
	if (!(s->flags & SIG_PAYLOAD) || d->proto != SIG_PROTO_TCP)
		return true;
	if (s->flags & SIG_STREAM_ONLY)
		return false;
	return (s->flags & (SIG_PACKET_ONLY | SIG_PACKET_TOO)) || !in_stream(d->pkt);
}

/* Does a match of this rule concern the whole flow? */
static bool flow_wide(const struct sig *s)
{
	return (s->flags & (SIG_ADDRESS | SIG_TX)) ||
	       (s->app != FLOW_APP_UNKNOWN && !(s->flags & SIG_PACKET_ONLY));
}

/* Address-only rules: once for each direction of a flow. */
static bool addresses_due(struct detect *d)
{
	struct flow *flow = d->pkt->flow;

	if (!flow)
		return d->pkt->src.version != 0;
	if (flow->packets[d->dir] > 1)
		return false;
	struct detect_flow *f = flow->detect;
	return !f || !f->addrs_done[d->dir];
}

/* ---- streams */

static struct stream_mark *told_mark(struct detect_flow *f, uint32_t sig, uint8_t dir)
{
	for (unsigned i = 0; f && i < f->told_count; i++)
		if (f->told[i].sig == sig && f->told[i].dir == dir)
			return &f->told[i];
	return NULL;
}

static void note_told(struct detect *d, uint32_t sig, uint8_t dir, uint64_t upto)
{
	struct detect_flow *f = detect_run_flow(d, d->pkt->flow);
	struct stream_mark *m = told_mark(f, sig, dir);

	if (m) {
		m->at = upto;
		return;
	}
	if (!f)
		return;
	if (f->told_count == f->told_room) {
		uint16_t room = f->told_room ? f->told_room * 2 : 8;
		struct stream_mark *more =
		    room > 1024 ? NULL : realloc(f->told, room * sizeof(*more));
		if (!more)
			return;
		f->told = more;
		f->told_room = room;
	}
	f->told[f->told_count++] = (struct stream_mark){ sig, dir, upto };
}

/* Bytes of the window that were not part of a match of this rule before. */
static struct span fresh_window(struct detect *d, uint32_t sig, uint64_t *offset)
{
	const struct chunk *c = d->chunk;
	uint64_t start = c->offset - (c->window.len - c->bytes.len);
	const struct stream_mark *m = told_mark(d->pkt->flow->detect, sig, c->dir);
	uint64_t skip = m && m->at > start ? m->at - start : 0;

	if (skip > c->window.len)
		skip = c->window.len;
	*offset = start + skip;
	return span_of(c->window.at + skip, c->window.len - skip);
}

static bool stream_blocks(struct detect *d, const struct sig *s, uint32_t sig)
{
	uint64_t offset;
	struct span data = fresh_window(d, sig, &offset);

	if (data.len == 0)
		return false;
	for (unsigned i = 0; i < s->block_count; i++) {
		const struct block *b = &s->blocks[i];
		struct span in = data;
		if (b->source->buffer != BUFFER_PAYLOAD)
			return false;
		if (b->source->transforms)
			in = detect_match_transform(&d->transform, b->source, in);
		if (!detect_match_block(&d->look, b, in, offset, !d->chunk->end))
			return false;
	}
	return true;
}

/* Rules whose pattern was seen some bytes ago and whose rest may come now. */
static void add_waiting(struct detect *d)
{
	struct detect_flow *f = d->pkt->flow->detect;
	uint16_t kept = 0;

	if (!f || f->generation != d->engine->generation)
		return;
	for (unsigned i = 0; i < f->waiting_count; i++) {
		struct stream_mark m = f->waiting[i];
		if (m.dir == d->chunk->dir) {
			if (m.at + STREAM_WINDOW <= d->chunk->offset)
				continue;
			detect_run_candidate(d, m.sig);
		}
		f->waiting[kept++] = m;
	}
	f->waiting_count = kept;
}

static void note_waiting(struct detect *d, uint32_t sig)
{
	struct detect_flow *f = detect_run_flow(d, d->pkt->flow);

	if (!f)
		return;
	for (unsigned i = 0; i < f->waiting_count; i++)
		if (f->waiting[i].sig == sig && f->waiting[i].dir == d->chunk->dir)
			return;
	if (f->waiting_count < RUN_WAITING_MAX)
		f->waiting[f->waiting_count++] = (struct stream_mark){ sig,
			(uint8_t)d->chunk->dir, d->chunk->offset };
}

static void stream_match(struct detect *d, const struct sig *s, uint32_t sig)
{
	struct detect_flow *f = detect_run_flow(d, d->pkt->flow);

	note_told(
	    d, sig, (uint8_t)d->chunk->dir, d->chunk->offset + d->chunk->bytes.len);
	if (d->chunk->dir == d->pkt->dir) {
		detect_run_match(d, s, NULL, true);
		return;
	}
	if (f && f->later_count < RUN_LATER_MAX)
		f->later[f->later_count++] =
		    (struct stream_mark){ sig, (uint8_t)d->chunk->dir, 0 };
}

/* What matched when the other side acknowledged it belongs to this side's next packet. */
static void tell_later(struct detect *d)
{
	struct detect_flow *f = d->pkt->flow->detect;
	uint16_t kept = 0;

	if (!f || f->later_count == 0 || f->generation != d->engine->generation)
		return;
	for (unsigned i = 0; i < f->later_count; i++) {
		struct stream_mark m = f->later[i];
		if (m.dir != d->pkt->dir) {
			f->later[kept++] = m;
			continue;
		}
		const struct sig *s = d->engine->sigs[m.sig];
		if (detect_run_checks(d, s))
			detect_run_match(d, s, NULL, true);
	}
	f->later_count = kept;
}

/* The header as the bytes' sender wrote it: the packet in hand may go the other way. */
static bool stream_header(struct detect *d, const struct sig *s)
{
	if (d->chunk->dir == d->pkt->dir)
		return detect_run_header(d, s);
	struct packet *pkt = d->pkt, turned = *pkt;
	turned.src = pkt->dst;
	turned.dst = pkt->src;
	turned.src_port = pkt->dst_port;
	turned.dst_port = pkt->src_port;
	turned.dir = d->chunk->dir;
	d->pkt = &turned;
	d->dir = (uint8_t)turned.dir;
	d->round++;
	bool ok = detect_run_header(d, s);
	d->round++;
	d->dir = (uint8_t)pkt->dir;
	d->pkt = pkt;
	return ok;
}

/* Does the stream decide about the rule? */
static bool stream_decides(const struct sig *s)
{
	return (s->flags & SIG_PAYLOAD) && !(s->flags & (SIG_PACKET_ONLY | SIG_TX));
}

static void collect_stream(struct detect *d)
{
	const struct chunk *c = d->chunk;
	const struct index_group *g = &d->engine->payload[INDEX_STREAM][c->dir];
	uint32_t before = c->window.len - c->bytes.len;
	uint32_t back = g->longest ? g->longest - 1 : 0;

	if (back > before)
		back = before;
	add_waiting(d);
	detect_run_direct(d, &d->engine->direct[INDEX_STREAM][c->dir], c->window,
	    c->offset - before, true);
	detect_run_scan(
	    d, g, span_of(c->window.at + before - back, c->bytes.len + back), back);
}

static void collect_packet(struct detect *d)
{
	const struct engine *e = d->engine;
	enum index_payload kind = kind_of(d->proto);
	const struct packet *pkt = d->pkt;

	for (uint32_t i = 0; pkt->events && i < e->event_count; i++)
		detect_run_candidate(d, e->event_rules[i]);
	if (pkt->malformed && pkt->l4.len == 0)
		return;
	if (addresses_due(d))
		detect_run_addresses(d);
	detect_run_direct(d, &e->direct[kind][d->dir], pkt->payload, 0, false);
	if (!pkt->flow || !pkt->flow->no_payload)
		detect_run_scan(d, &e->payload[kind][d->dir], pkt->payload, 0);
	if (kind == INDEX_TCP && !in_stream(pkt)) {
		detect_run_direct(
		    d, &e->direct[INDEX_STREAM][d->dir], pkt->payload, 0, false);
		detect_run_scan(d, &e->payload[INDEX_STREAM][d->dir], pkt->payload, 0);
	}
}

/* One candidate: the stream first, then the packet itself. */
static void look_at(struct detect *d, uint32_t sig, bool stream)
{
	const struct sig *s = d->engine->sigs[sig];

	if (!detect_run_header(d, s))
		return;
	stream = stream && stream_decides(s);
	if (stream && stream_blocks(d, s, sig))
		stream_match(d, s, sig);
	else if (packet_decides(d, s) && packet_blocks(d, s))
		detect_run_match(d, s, NULL, flow_wide(s));
	else if (stream && s->block_count && s->blocks[0].count > 1)
		note_waiting(d, sig);
}

static void look_at_all(struct detect *d, bool stream)
{
	detect_run_sort(d);
	for (uint32_t i = 0; i < d->hit_count; i++)
		look_at(d, d->hits[i], stream);
	detect_run_forget(d);
}

/* Bytes of the other side, which this packet's acknowledgement set free. */
static void look_at_other_side(struct detect *d)
{
	collect_stream(d);
	detect_run_sort(d);
	for (uint32_t i = 0; i < d->hit_count; i++) {
		const struct sig *s = d->engine->sigs[d->hits[i]];
		if (!stream_header(d, s))
			continue;
		if (stream_blocks(d, s, d->hits[i]))
			stream_match(d, s, d->hits[i]);
		else if (s->block_count && s->blocks[0].count > 1)
			note_waiting(d, d->hits[i]);
	}
	detect_run_forget(d);
}

void detect_run_packet(struct detect *d)
{
	const struct flow *flow = d->pkt->flow;
	bool stream = flow && d->proto == SIG_PROTO_TCP && d->chunk->bytes.len &&
		      !flow->no_payload;
	bool own = stream && d->chunk->dir == d->pkt->dir;

	if (flow)
		tell_later(d);
	if (!d->pkt->bytes) /* made up for a last look at the flow */
		return;
	collect_packet(d);
	if (own)
		collect_stream(d);
	look_at_all(d, own);
	if (stream && !own)
		look_at_other_side(d);
}

/* The payload part of a rule on transactions: stream first, then the packet. */
bool detect_run_payload_block(
    struct detect *d, const struct sig *s, const struct block *b)
{
	const struct chunk *c = d->chunk;

	(void)s;
	if (d->proto == SIG_PROTO_TCP && c->window.len && c->dir == d->dir) {
		uint64_t start = c->offset - (c->window.len - c->bytes.len);
		if (detect_match_block(&d->look, b, c->window, start, false))
			return true;
	}
	return d->pkt->payload.len &&
	       detect_match_block(&d->look, b, d->pkt->payload, 0, false);
}
