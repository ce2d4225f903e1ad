/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/must.h"

#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

/* Most of a record is the same in every record.  zstd, given typical.txt beforehand, writes
 * only what is new: 700 bytes become about 150.  What is stored says by its first byte which
 * text it was packed with, so a better one is added as version 2 and this one stays. */
#define VERSION 1
#define LEVEL   6
/* Larger than any record that the doors let in. */
#define TEXT_MAX (1u << 20)

static ZSTD_CDict *pack_dict;
static ZSTD_DDict *unpack_dict;
static pthread_key_t pack_key, unpack_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_pack(void *cctx)
{
	ZSTD_freeCCtx(cctx);
}

static void free_unpack(void *dctx)
{
	ZSTD_freeDCtx(dctx);
}

static void set_up(void)
{
	pack_dict = ZSTD_createCDict(store_typical, store_typical_len, LEVEL);
	unpack_dict = ZSTD_createDDict(store_typical, store_typical_len);
	must(pack_dict && unpack_dict);
	must(pthread_key_create(&pack_key, free_pack) == 0);
	must(pthread_key_create(&unpack_key, free_unpack) == 0);
}

/* Contexts are large and take long to make: one a thread. */
static ZSTD_CCtx *pack_context(void)
{
	ZSTD_CCtx *cctx = pthread_getspecific(pack_key);

	if (!cctx) {
		cctx = ZSTD_createCCtx();
		if (cctx && pthread_setspecific(pack_key, cctx) != 0) {
			ZSTD_freeCCtx(cctx);
			cctx = NULL;
		}
	}
	return cctx;
}

static ZSTD_DCtx *unpack_context(void)
{
	ZSTD_DCtx *dctx = pthread_getspecific(unpack_key);

	if (!dctx) {
		dctx = ZSTD_createDCtx();
		if (dctx && pthread_setspecific(unpack_key, dctx) != 0) {
			ZSTD_freeDCtx(dctx);
			dctx = NULL;
		}
	}
	return dctx;
}

int store_pack_text(struct span text, struct buf *out)
{
	if (text.len > TEXT_MAX)
		return FAIL_LIMIT;
	pthread_once(&once, set_up);
	ZSTD_CCtx *cctx = pack_context();
	size_t room = ZSTD_compressBound(text.len);
	uint8_t *space = cctx ? malloc(room) : NULL;
	if (!space)
		return FAIL_MEMORY;
	size_t len = ZSTD_compress_usingCDict(cctx, space, room,
	    text.at ? (const void *)text.at : "", text.len, pack_dict);
	must(!ZSTD_isError(len)); /* there is room for the worst */
	buf_add_byte(out, VERSION);
	buf_add(out, space, len);
	free(space);
	return out->overflowed ? FAIL_LIMIT : 0;
}

int store_unpack_text(struct span packed, struct buf *out)
{
	if (packed.len < 2 || packed.at[0] != VERSION)
		return FAIL_FORMAT;
	pthread_once(&once, set_up);
	unsigned long long size =
	    ZSTD_getFrameContentSize(packed.at + 1, packed.len - 1);
	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return FAIL_FORMAT;
	if (size > TEXT_MAX)
		return FAIL_LIMIT;
	ZSTD_DCtx *dctx = unpack_context();
	uint8_t *space = dctx ? malloc((size_t)size + 1) : NULL;
	if (!space)
		return FAIL_MEMORY;
	size_t len = ZSTD_decompress_usingDDict(
	    dctx, space, (size_t)size, packed.at + 1, packed.len - 1, unpack_dict);
	if (!ZSTD_isError(len))
		buf_add(out, space, len);
	free(space);
	if (ZSTD_isError(len))
		return FAIL_FORMAT;
	return out->overflowed ? FAIL_LIMIT : 0;
}
