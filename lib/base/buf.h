/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/*
 * Bytes that grow up to a maximum given at birth.
 *
 * Owns:    `at`; buf_fini() frees it.
 * Errors:  the first append that does not fit sets `overflowed`; the contents stay as they
 *          were and every later append is ignored, so a writer asks once at the end.
 */
struct buf {
	uint8_t *at;
	size_t len;
	size_t room;
	size_t max;
	bool overflowed;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* empty again; keeps the memory */

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_text(struct buf *b, const char *text);
void buf_add_byte(struct buf *b, uint8_t byte);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes the first `len` bytes away. */
void buf_drop(struct buf *b, size_t len);
/* Contents as a C string (NUL added, not counted), never NULL while not overflowed. */
const char *buf_text(struct buf *b);

static inline struct span buf_span(const struct buf *b)
{
	return span_of(b->at, b->len);
}
