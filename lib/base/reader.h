/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/span.h"

/*
 * Reads numbers and views out of hostile bytes.
 *
 * A reader borrows the bytes; it never owns them.  The first read past the end sets
 * `ran_short`, returns zero or NULL, and so does every later read: a decoder reads a whole
 * header and asks once.
 */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool ran_short;
};

static inline struct reader reader_of(const uint8_t *bytes, size_t len)
{
	/* NULL + 0 is undefined in C17, and an empty message may well have no address. */
	return (struct reader){ .at = bytes, .end = bytes ? bytes + len : NULL };
}

static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* `len` bytes, or NULL when there are fewer (reader_take(r, 0) may be NULL too). */
static inline const uint8_t *reader_take(struct reader *r, size_t len)
{
	if (r->ran_short || reader_left(r) < len) {
		r->ran_short = true;
		return NULL;
	}
	const uint8_t *view = r->at;
	r->at += len;
	return view;
}

static inline uint8_t reader_u8(struct reader *r)
{
	const uint8_t *b = reader_take(r, 1);
	return b ? b[0] : 0;
}

static inline uint16_t reader_be16(struct reader *r)
{
	const uint8_t *b = reader_take(r, 2);
	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t reader_be24(struct reader *r)
{
	const uint8_t *b = reader_take(r, 3);
	return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

static inline uint32_t reader_be32(struct reader *r)
{
	const uint8_t *b = reader_take(r, 4);
	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
		 : 0;
}

/* A reader over the next `len` bytes, taken out of this one. */
static inline struct reader reader_part(struct reader *r, size_t len)
{
	const uint8_t *b = reader_take(r, len);
	struct reader part = reader_of(b, b ? len : 0);
	part.ran_short = r->ran_short;
	return part;
}
