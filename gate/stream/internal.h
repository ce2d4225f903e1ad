/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/stream/stream.h"

#define STREAM_HOLD_BLOCKS_MAX 1024u /* out-of-order pieces per direction */

/* A size of block, given out and taken back; never returned to the system, so that the
 * packet path does not call malloc.  OTASUKE_PLAIN_MALLOC: each block is a malloc. */
struct stream_pool {
	size_t size;
	void *unused;
	struct stream_slab *slabs;
};

/* A piece that came before its time. */
struct stream_held {
	struct stream_held *next;
	uint32_t seq;
	uint16_t len, room;
	uint8_t bytes[];
};

#define STREAM_SENT_BLOCKS_MAX 256u

/* One direction. */
struct stream {
	uint32_t base;   /* sequence number of the very first byte */
	uint32_t next;   /* sequence number of the byte that comes next */
	uint64_t offset; /* its place in the stream */
	struct stream_held *held, *held_tail; /* by sequence number, not overlapping */
	uint32_t held_bytes, held_blocks;
	uint8_t *window; /* the last window_len bytes before `next` */
	uint32_t window_len, window_room;
	struct stream_held *sent,
	    *sent_tail; /* inline: let through, not acknowledged */
	uint32_t sent_blocks;
	bool ended;
};

enum stream_size {
	STREAM_SIZE_STREAM,
	STREAM_SIZE_WINDOW_SMALL,
	STREAM_SIZE_WINDOW,
	STREAM_SIZE_HELD_SMALL,
	STREAM_SIZE_HELD,
	STREAM_SIZES,
};

struct stream_shop {
	struct stream_conf conf;
	struct stream_pool pool[STREAM_SIZES];
	uint64_t memory;
	uint8_t *scratch; /* for what is longer than a window block */
	uint32_t scratch_room;
};

/* pool.c */
void stream_pools_init(struct stream_shop *s);
void stream_pools_fini(struct stream_shop *s);
/* NULL when stream_conf.memory_max is used up. */
void *stream_take(struct stream_shop *s, enum stream_size size);
void stream_give(struct stream_shop *s, enum stream_size size, void *block);
uint32_t stream_size_of(enum stream_size size);

/* hold.c: pieces out of order */

/* Keeps the parts of [seq, seq + bytes.len) that are not held yet; `seq` is not before
 * st->next.  False when something could not be kept.  `*differs`: contradicts what is held. */
bool stream_hold(struct stream_shop *s, struct stream *st, uint32_t seq,
    struct span bytes, bool *differs);
/* Bytes held without a hole from st->next on. */
uint32_t stream_hold_ready(const struct stream *st);
/* Copies `len` ready bytes to `to` and lets them go. */
void stream_hold_take(
    struct stream_shop *s, struct stream *st, uint8_t *to, uint32_t len);
void stream_hold_clear(struct stream_shop *s, struct stream *st);

/* sent.c: what was let through and may come again */

/* Remembers the bytes at st->next.  Out of room the oldest are forgotten. */
void stream_sent_add(struct stream_shop *s, struct stream *st, struct span bytes);
void stream_sent_acked(struct stream_shop *s, struct stream *st, uint32_t ack);
void stream_sent_clear(struct stream_shop *s, struct stream *st);
bool stream_sent_differs(const struct stream *st, uint32_t seq, struct span bytes);

/* window.c: the last bytes in order */

/* A place for `len` new bytes, right behind up to STREAM_WINDOW earlier ones; never NULL
 * unless memory is out.  The caller fills it and calls stream_window_close(). */
uint8_t *stream_window_open(struct stream_shop *s, struct stream *st, uint32_t len);
/* The earlier bytes and the `len` new ones that were put at `at`. */
struct span stream_window_close(
    struct stream_shop *s, struct stream *st, uint8_t *at, uint32_t len);
void stream_window_clear(struct stream *st);
void stream_window_free(struct stream_shop *s, struct stream *st);
/* Whether [seq, seq + len), all before st->next, contradicts the window. */
bool stream_window_differs(const struct stream *st, uint32_t seq, struct span bytes);
