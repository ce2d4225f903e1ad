/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/internal.h"

#include <stdlib.h>

/*
 * New bytes are put behind the earlier ones in one block; when it is full, the last
 * STREAM_WINDOW bytes move to its front.  What does not fit a block at all goes through the
 * shop's scratch memory, and the block keeps its tail.  Short connections get a small block.
 */

static enum stream_size size_of(const struct stream *st)
{
	return st->window_room == stream_size_of(STREAM_SIZE_WINDOW_SMALL)
		   ? STREAM_SIZE_WINDOW_SMALL
		   : STREAM_SIZE_WINDOW;
}

void stream_window_clear(struct stream *st)
{
	st->window_len = 0;
}

void stream_window_free(struct stream_shop *s, struct stream *st)
{
	if (st->window)
		stream_give(s, size_of(st), st->window);
	st->window = NULL;
	st->window_len = st->window_room = 0;
}

static void keep_tail(struct stream *st, uint32_t keep)
{
	if (st->window_len <= keep)
		return;
	memmove(st->window, st->window + st->window_len - keep, keep);
	st->window_len = keep;
}

/* Gives the stream the block that `len` bytes more need; without memory it keeps its own. */
static void grow(struct stream_shop *s, struct stream *st, uint32_t len)
{
	bool small = st->window_len + len <= stream_size_of(STREAM_SIZE_WINDOW_SMALL);
	enum stream_size size = small ? STREAM_SIZE_WINDOW_SMALL : STREAM_SIZE_WINDOW;

	if (st->window && (small || size_of(st) == STREAM_SIZE_WINDOW))
		return;
	uint8_t *block = stream_take(s, size);
	if (!block)
		return;
	uint32_t kept = st->window_len;
	if (kept)
		memcpy(block, st->window, kept);
	stream_window_free(s, st);
	st->window = block;
	st->window_room = stream_size_of(size);
	st->window_len = kept;
}

static bool scratch_reserve(struct stream_shop *s, uint32_t len)
{
	if (len <= s->scratch_room)
		return true;
	uint8_t *scratch = realloc(s->scratch, len);
	if (!scratch)
		return false;
	s->scratch = scratch;
	s->scratch_room = len;
	return true;
}

uint8_t *stream_window_open(struct stream_shop *s, struct stream *st, uint32_t len)
{
	grow(s, st, len);
	if (st->window && st->window_len + len > st->window_room)
		keep_tail(st, STREAM_WINDOW);
	if (st->window && st->window_len + len <= st->window_room)
		return st->window + st->window_len;
	if (!scratch_reserve(s, STREAM_WINDOW + len))
		return NULL;
	keep_tail(st, STREAM_WINDOW);
	if (st->window_len)
		memcpy(s->scratch, st->window, st->window_len);
	return s->scratch + st->window_len;
}

struct span stream_window_close(
    struct stream_shop *s, struct stream *st, uint8_t *at, uint32_t len)
{
	uint32_t earlier =
	    st->window_len < STREAM_WINDOW ? st->window_len : STREAM_WINDOW;
	struct span all = span_of(at - earlier, earlier + len);

	if (st->window && at == st->window + st->window_len) {
		st->window_len += len;
		return all;
	}
	(void)s;
	uint32_t keep =
	    st->window_room < STREAM_WINDOW ? st->window_room : STREAM_WINDOW;
	if (keep > all.len)
		keep = all.len;
	if (keep)
		memcpy(st->window, all.at + all.len - keep, keep);
	st->window_len = keep;
	return all;
}

bool stream_window_differs(const struct stream *st, uint32_t seq, struct span bytes)
{
	uint32_t back = st->next - seq; /* how far before `next` the piece begins */
	uint32_t skip = back > st->window_len ? back - st->window_len : 0;

	if (skip >= bytes.len)
		return false;
	return memcmp(st->window + st->window_len - (back - skip), bytes.at + skip,
		   bytes.len - skip) != 0;
}
