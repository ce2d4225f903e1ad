/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ .max = b->max };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflowed = false;
}

static bool has_room(struct buf *b, size_t more)
{
	if (b->overflowed || more > b->max - b->len) {
		b->overflowed = true;
		return false;
	}
	if (b->room - b->len > more)
		return true;
	size_t room = b->room ? b->room * 2 : 256;
	while (room - b->len <= more)
		room *= 2;
	if (room > b->max + 1)
		room = b->max + 1; /* one for the NUL of buf_text() */
	uint8_t *at = realloc(b->at, room);
	if (!at) {
		b->overflowed = true;
		return false;
	}
	b->at = at;
	b->room = room;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0 || !has_room(b, len))
		return;
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_add_byte(struct buf *b, uint8_t byte)
{
	buf_add(b, &byte, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len > 0 && has_room(b, (size_t)len)) {
		vsnprintf((char *)b->at + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buf_drop(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->at, b->at + len, b->len - len);
	b->len -= len;
}

const char *buf_text(struct buf *b)
{
	if (!b->at) {
		b->at = calloc(1, 1);
		b->room = b->at ? 1 : 0;
		return b->at ? (const char *)b->at : "";
	}
	b->at[b->len] = 0;
	return (const char *)b->at;
}
