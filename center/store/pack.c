/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zstd.h>

/* Most of a record is the same in every record.  zstd, given such records beforehand, writes
 * only what is new.  What is stored says by its first byte what it was packed with:
 *
 *	1 FRAME                  typical.txt, carried in the program: 900 bytes become about 300
 *	2 ID[4] FRAME[4…]        a dictionary that this centre learned of its own records
 *	                         (dictionary.c): 130; the frame without its magic number */
#define LEARNED 2
#define HEAD    5u
/* With a learned dictionary 5 saves nothing (114 bytes a record, 3: 113), with typical.txt a
 * tenth (252, 3: 275), for a sixth of all that a batch costs. */
#define LEVEL 3
static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

struct store_words {
	struct store_words *next;
	uint32_t id;
	ZSTD_CDict *pack;
	ZSTD_DDict *unpack;
};

static ZSTD_CDict *pack_dict;
static ZSTD_DDict *unpack_dict;
static pthread_key_t pack_key, unpack_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* All learned ones that this process has met.  They stay to its end: few, and a thread may
 * be packing with one at any time. */
static _Atomic(struct store_words *) all;

static void free_pack(void *cctx)
{
	ZSTD_freeCCtx(cctx);
}

static void free_unpack(void *dctx)
{
	ZSTD_freeDCtx(dctx);
}

static void free_words(struct store_words *w)
{
	if (!w)
		return;
	ZSTD_freeCDict(w->pack);
	ZSTD_freeDDict(w->unpack);
	free(w);
}

static void end(void)
{
	for (struct store_words *w = all, *next; w; w = next) {
		next = w->next;
		free_words(w);
	}
	all = NULL;
	ZSTD_freeCDict(pack_dict);
	ZSTD_freeDDict(unpack_dict);
}

static void set_up(void)
{
	pack_dict = ZSTD_createCDict(store_typical, store_typical_len, LEVEL);
	unpack_dict = ZSTD_createDDict(store_typical, store_typical_len);
	must(pack_dict && unpack_dict);
	must(pthread_key_create(&pack_key, free_pack) == 0);
	must(pthread_key_create(&unpack_key, free_unpack) == 0);
	must(atexit(end) == 0);
}

struct store_words *store_words_find(uint32_t id)
{
	struct store_words *w = all;

	while (w && w->id != id)
		w = w->next;
	return w;
}

uint32_t store_words_id(const struct store_words *w)
{
	return w ? w->id : 0;
}

struct store_words *store_words_add(uint32_t id, struct span bytes)
{
	struct store_words *w = store_words_find(id);

	if (w)
		return w;
	pthread_once(&once, set_up);
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->id = id;
	w->pack = ZSTD_createCDict(bytes.at, bytes.len, LEVEL);
	w->unpack = ZSTD_createDDict(bytes.at, bytes.len);
	if (!w->pack || !w->unpack) {
		free_words(w);
		return NULL;
	}
	/* Two threads may add the same one: both stay, either serves. */
	w->next = all;
	while (!atomic_compare_exchange_weak(&all, &w->next, w))
		;
	return w;
}

/* Contexts are large and take long to make: one a thread. */
static ZSTD_CCtx *pack_context(void)
{
	ZSTD_CCtx *cctx = pthread_getspecific(pack_key);

	if (cctx)
		return cctx;
	cctx = ZSTD_createCCtx();
	/* The row says which dictionary it is. */
	if (cctx && (ZSTD_isError(ZSTD_CCtx_setParameter(cctx, ZSTD_c_dictIDFlag, 0)) ||
			pthread_setspecific(pack_key, cctx) != 0)) {
		ZSTD_freeCCtx(cctx);
		cctx = NULL;
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

static void add_packed(
    struct buf *out, const struct store_words *w, const uint8_t *frame, size_t len)
{
	if (!w) {
		buf_add_byte(out, STORE_PACK_TYPICAL);
		buf_add(out, frame, len);
		return;
	}
	buf_add_byte(out, LEARNED);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_byte(out, (uint8_t)(w->id >> shift));
	must(len > sizeof(magic) && memcmp(frame, magic, sizeof(magic)) == 0);
	buf_add(out, frame + sizeof(magic), len - sizeof(magic));
}

int store_pack_with(const struct store_words *w, struct span text, struct buf *out)
{
	if (text.len > STORE_PACK_TEXT_MAX)
		return FAIL_LIMIT;
	pthread_once(&once, set_up);
	ZSTD_CCtx *cctx = pack_context();
	size_t room = ZSTD_compressBound(text.len);
	uint8_t small[4096], *space = small;
	if (room > sizeof(small))
		space = malloc(room);
	if (!cctx || !space)
		return FAIL_MEMORY;
	must(!ZSTD_isError(ZSTD_CCtx_refCDict(cctx, w ? w->pack : pack_dict)));
	size_t len = ZSTD_compress2(
	    cctx, space, room, text.at ? (const void *)text.at : "", text.len);
	must(!ZSTD_isError(len)); /* there is room for the worst */
	add_packed(out, w, space, len);
	if (space != small)
		free(space);
	return out->overflowed ? FAIL_LIMIT : 0;
}

static int unpack_frame(
    const ZSTD_DDict *dict, const void *frame, size_t frame_len, struct buf *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(frame, frame_len);

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return FAIL_FORMAT;
	if (size > STORE_PACK_TEXT_MAX)
		return FAIL_LIMIT;
	ZSTD_DCtx *dctx = unpack_context();
	uint8_t *space = dctx ? malloc((size_t)size + 1) : NULL;
	if (!space)
		return FAIL_MEMORY;
	size_t len = ZSTD_decompress_usingDDict(
	    dctx, space, (size_t)size, frame, frame_len, dict);
	if (!ZSTD_isError(len))
		buf_add(out, space, len);
	free(space);
	if (ZSTD_isError(len))
		return FAIL_FORMAT;
	return out->overflowed ? FAIL_LIMIT : 0;
}

static int unpack_learned(struct span packed, struct buf *out)
{
	uint32_t id = store_pack_words(packed);
	const struct store_words *w = store_words_find(id);
	size_t rest = packed.len - HEAD;

	if (!w)
		return FAIL_MISSING;
	uint8_t *frame = malloc(sizeof(magic) + rest);
	if (!frame)
		return FAIL_MEMORY;
	memcpy(frame, magic, sizeof(magic));
	memcpy(frame + sizeof(magic), packed.at + HEAD, rest);
	int err = unpack_frame(w->unpack, frame, sizeof(magic) + rest, out);
	free(frame);
	return err;
}

uint32_t store_pack_words(struct span packed)
{
	uint32_t id = 0;

	if (packed.len <= HEAD || packed.at[0] != LEARNED)
		return 0;
	for (unsigned i = 1; i < HEAD; i++)
		id = id << 8 | packed.at[i];
	return id;
}

int store_unpack_text(struct span packed, struct buf *out)
{
	if (packed.len < 2)
		return FAIL_FORMAT;
	pthread_once(&once, set_up);
	if (packed.at[0] == STORE_PACK_TYPICAL)
		return unpack_frame(unpack_dict, packed.at + 1, packed.len - 1, out);
	return store_pack_words(packed) ? unpack_learned(packed, out) : FAIL_FORMAT;
}
