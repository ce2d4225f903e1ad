/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/unpack.h"

#include "lib/record/record.h"

#include <zlib.h>

/* RFC 1952; several members may follow each other, rubbish may not. */
static int gunzip_members(z_stream *z, struct buf *lines)
{
	uint8_t piece[16384];

	for (;;) {
		z->next_out = piece;
		z->avail_out = sizeof(piece);
		int got = inflate(z, Z_NO_FLUSH);
		if (got != Z_OK && got != Z_STREAM_END)
			return FAIL_FORMAT;
		size_t len = sizeof(piece) - z->avail_out;
		if (lines->len + len > RECORD_BATCH_BYTES_MAX)
			return FAIL_LIMIT;
		buf_add(lines, piece, len);
		if (lines->overflowed)
			return FAIL_LIMIT;
		if (got == Z_STREAM_END && z->avail_in == 0)
			return 0;
		if (got == Z_STREAM_END && inflateReset(z) != Z_OK)
			return FAIL_FORMAT;
		if (got == Z_OK && z->avail_in == 0 && len == 0)
			return FAIL_FORMAT; /* cut off */
	}
}

static int gunzip(struct span body, struct buf *lines)
{
	z_stream z = { 0 };

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return FAIL_MEMORY;
	z.next_in = (Bytef *)(uintptr_t)body.at;
	z.avail_in = body.len;
	int err = gunzip_members(&z, lines);
	inflateEnd(&z);
	return err;
}

static bool starts(struct span s, const char *magic, uint32_t len)
{
	return s.len >= len && memcmp(s.at, magic, len) == 0;
}

/* Behind the string that begins at `at`. */
static size_t skip_string(const struct buf *b, size_t at)
{
	for (at++; at < b->len && b->at[at] != '"'; at++)
		at += b->at[at] == '\\';
	return at < b->len ? at + 1 : b->len;
}

/* A list of objects becomes their lines, in place: what stands between the outermost
 * brackets and commas.  Whether each is JSON is seen when it is read as a line; a tree of
 * millions of small values never is in memory. */
static int unfold(struct buf *b, size_t at)
{
	unsigned depth = 0;
	bool ended = false;

	for (b->at[at++] = ' '; at < b->len;) {
		uint8_t c = b->at[at];
		if (c == '"') {
			at = skip_string(b, at);
			continue;
		}
		bool end = c == ']' && depth == 0;
		if (c == '\n' || c == '\r' || end)
			b->at[at] = ' ';
		else if (c == ',' && depth == 0)
			b->at[at] = '\n';
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth -= depth > 0;
		at++;
		ended = end;
		if (end)
			break;
	}
	while (at < b->len && strchr(" \t\r\n", b->at[at]) && b->at[at])
		at++;
	return at == b->len && ended ? 0 : FAIL_FORMAT;
}

/* Where the first thing that is no blank stands. */
static size_t first(const struct buf *b)
{
	size_t i = 0;

	while (i < b->len && strchr(" \t\r\n", b->at[i]) && b->at[i])
		i++;
	return i;
}

int ingest_unpack(struct span body, struct buf *lines)
{
	int err = 0;

	if (starts(body, "\x28\xb5\x2f\xfd", 4))
		err = record_batch_unpack(body, lines);
	else if (starts(body, "\x1f\x8b", 2))
		err = gunzip(body, lines);
	else
		buf_add(lines, body.at, body.len);
	if (err == 0 && lines->overflowed)
		err = FAIL_LIMIT;
	size_t at = first(lines);
	return err == 0 && at < lines->len && lines->at[at] == '[' ? unfold(lines, at)
								   : err;
}
