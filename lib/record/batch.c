/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include <stdlib.h>
#include <zstd.h>

#define BATCH_LEVEL      3
#define BATCH_WINDOW_LOG 23 /* 8 MiB: no stranger makes us keep more history */

/* Records in `lines`; the last one may lack its newline. */
static size_t count_records(struct span lines)
{
	size_t n = 0;

	for (uint32_t at = 0; at < lines.len; n++) {
		const uint8_t *end = memchr(lines.at + at, '\n', lines.len - at);
		at = end ? (uint32_t)(end - lines.at) + 1 : lines.len;
	}
	return n;
}

int record_batch_pack(struct span lines, struct buf *out)
{
	if (lines.len > RECORD_BATCH_BYTES_MAX ||
	    count_records(lines) > RECORD_BATCH_RECORDS_MAX)
		return FAIL_LIMIT;
	size_t room = ZSTD_compressBound(lines.len);
	void *packed = malloc(room);
	if (!packed)
		return FAIL_MEMORY;
	size_t len = ZSTD_compress(packed, room, lines.at, lines.len, BATCH_LEVEL);
	int fail = ZSTD_isError(len) ? FAIL_MEMORY : 0;
	if (!fail)
		buf_add(out, packed, len);
	free(packed);
	return fail ? fail : out->overflowed ? FAIL_LIMIT : 0;
}

/* One frame, nothing behind it; stops as soon as `lines` is full. */
static int inflate(ZSTD_DStream *z, struct span packed, struct buf *lines)
{
	uint8_t piece[16384];
	ZSTD_inBuffer in = { packed.at, packed.len, 0 };

	for (;;) {
		ZSTD_outBuffer out = { piece, sizeof(piece), 0 };
		size_t left = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(left))
			return FAIL_FORMAT;
		if (lines->len + out.pos > RECORD_BATCH_BYTES_MAX)
			return FAIL_LIMIT;
		buf_add(lines, piece, out.pos);
		if (lines->overflowed)
			return FAIL_LIMIT;
		if (left == 0)
			return in.pos == in.size ? 0 : FAIL_FORMAT;
		if (in.pos == in.size && out.pos < out.size)
			return FAIL_FORMAT; /* cut off */
	}
}

int record_batch_unpack(struct span packed, struct buf *lines)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (!z)
		return FAIL_MEMORY;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, BATCH_WINDOW_LOG);
	buf_clear(lines);
	int fail = inflate(z, packed, lines);
	ZSTD_freeDStream(z);
	if (fail)
		return fail;
	return count_records(buf_span(lines)) > RECORD_BATCH_RECORDS_MAX ? FAIL_LIMIT
									 : 0;
}
