/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fuzz/fuzz.h"
#include "gate/app/app_test.h"

/*
 * A conversation as one input: turns of a control byte, a 16-bit length and so many bytes
 * (fewer at the end).  Control bit 7: from the server; bit 6: a hole before these bytes.
 */
#define TALK_FROM_SERVER 0x80u
#define TALK_HOLE        0x40u

static inline void talk_play(
    struct talk *t, const uint8_t *bytes, size_t len, size_t step)
{
	while (len >= 3) {
		uint8_t control = bytes[0];
		size_t part = (size_t)bytes[1] << 8 | bytes[2];
		enum packet_dir dir =
		    control & TALK_FROM_SERVER ? PACKET_TO_CLIENT : PACKET_TO_SERVER;
		bytes += 3;
		len -= 3;
		if (part > len)
			part = len;
		if (control & TALK_HOLE)
			talk_chunk(
			    t, (struct chunk){ .dir = dir, .gap = 1 + control % 64 });
		talk_say(t, dir, bytes, part, step);
		bytes += part;
		len -= part;
	}
	talk_chunk(t, (struct chunk){ .dir = PACKET_TO_SERVER, .end = true });
	talk_chunk(t, (struct chunk){ .dir = PACKET_TO_CLIENT, .end = true });
	talk_close_flow(t);
}

static inline uint64_t talk_mix(uint64_t sum, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * 0x100000001b3u;
	return (sum ^ len) * 0x100000001b3u;
}

/* Limits that hold whatever was said. */
static inline void talk_check(const struct talk *t)
{
	unsigned live = 0;

	for (const struct tx *tx = t->flow.txs; tx; tx = tx->next) {
		uint32_t total = 0;
		must(++live <= APP_TXS_MAX);
		must(tx->arena.used <= TX_ARENA_MAX);
		must(tx->field_count <= TX_FIELDS_MAX);
		must(tx->progress[0] == TX_DONE && tx->progress[1] == TX_DONE);
		for (const struct tx_field *f = tx->fields; f; f = f->next) {
			must(!f->growing);
			for (uint32_t i = 0; i < f->data.len; i++)
				total += f->data.at[i]; /* ASan: all of it is there */
		}
		must(total <= 255u * (TX_ARENA_MAX + 1000000u));
	}
	for (unsigned i = 0; i < t->file_count; i++)
		must(!t->files[i].open);
}

/* What became of it: transactions, fields, files. */
static inline uint64_t talk_digest(const struct talk *t)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (const struct tx *tx = t->flow.txs; tx; tx = tx->next) {
		sum = talk_mix(sum, &tx->app, sizeof(tx->app));
		for (const struct tx_field *f = tx->fields; f; f = f->next) {
			sum = talk_mix(sum, &f->buffer, sizeof(f->buffer));
			sum = talk_mix(sum, &f->dir, sizeof(f->dir));
			sum = talk_mix(sum, f->data.at, f->data.len);
		}
	}
	for (unsigned i = 0; i < t->file_count; i++) {
		sum = talk_mix(sum, t->files[i].name, strlen(t->files[i].name));
		sum = talk_mix(sum, &t->files[i].sum, sizeof(t->files[i].sum));
		sum = talk_mix(sum, &t->files[i].whole, 1);
	}
	return sum;
}

/* Plays it in pieces of `step`; returns its digest.  `ask` may look at the end of it. */
static inline uint64_t talk_run(const uint8_t *bytes, size_t len, uint8_t ip_proto,
    uint16_t port, size_t step, bool (*ask)(const struct talk *t), bool *answer)
{
	static struct talk t; /* large */

	talk_begin(&t, ip_proto, port);
	talk_play(&t, bytes, len, step);
	talk_check(&t);
	uint64_t sum = talk_digest(&t);
	if (ask)
		*answer = ask(&t);
	talk_end(&t);
	return sum;
}
