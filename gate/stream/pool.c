/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/internal.h"
#include "lib/base/must.h"

#include <stdlib.h>

#define SLAB_BYTES   (64u << 10)
#define WINDOW_SMALL 1024u
#define WINDOW       (2 * STREAM_WINDOW)
#define HELD_SMALL   256u
#define HELD         2048u

struct stream_slab {
	struct stream_slab *next;
};

uint32_t stream_size_of(enum stream_size size)
{
	static const uint32_t sizes[STREAM_SIZES] = {
		[STREAM_SIZE_STREAM] = sizeof(struct stream),
		[STREAM_SIZE_WINDOW_SMALL] = WINDOW_SMALL,
		[STREAM_SIZE_WINDOW] = WINDOW,
		[STREAM_SIZE_HELD_SMALL] = HELD_SMALL,
		[STREAM_SIZE_HELD] = HELD,
	};
	return sizes[size];
}

void stream_pools_init(struct stream_shop *s)
{
	for (unsigned i = 0; i < STREAM_SIZES; i++)
		s->pool[i].size = (stream_size_of(i) + 15u) & ~15u;
}

void stream_pools_fini(struct stream_shop *s)
{
	for (unsigned i = 0; i < STREAM_SIZES; i++) {
		while (s->pool[i].slabs) {
			struct stream_slab *next = s->pool[i].slabs->next;
			free(s->pool[i].slabs);
			s->pool[i].slabs = next;
		}
	}
}

#ifdef OTASUKE_PLAIN_MALLOC
static void *block_take(struct stream_pool *p)
{
	return malloc(p->size);
}

static void block_give(struct stream_pool *p, void *block)
{
	(void)p;
	free(block);
}
#else
/* The first 16 bytes of a slab chain the slabs; of an unused block, the blocks. */
static void grow(struct stream_pool *p)
{
	struct stream_slab *slab = malloc(16 + SLAB_BYTES / p->size * p->size);

	if (!slab)
		return;
	slab->next = p->slabs;
	p->slabs = slab;
	for (size_t i = SLAB_BYTES / p->size; i-- > 0;) {
		void *block = (uint8_t *)slab + 16 + i * p->size;
		memcpy(block, &p->unused, sizeof(void *));
		p->unused = block;
	}
}

static void *block_take(struct stream_pool *p)
{
	if (!p->unused)
		grow(p);
	void *block = p->unused;
	if (block)
		memcpy(&p->unused, block, sizeof(void *));
	return block;
}

static void block_give(struct stream_pool *p, void *block)
{
	memcpy(block, &p->unused, sizeof(void *));
	p->unused = block;
}
#endif

void *stream_take(struct stream_shop *s, enum stream_size size)
{
	struct stream_pool *p = &s->pool[size];

	if (s->memory + p->size > s->conf.memory_max)
		return NULL;
	void *block = block_take(p);
	if (block)
		s->memory += p->size;
	return block;
}

void stream_give(struct stream_shop *s, enum stream_size size, void *block)
{
	if (!block)
		return;
	must(s->memory >= s->pool[size].size);
	s->memory -= s->pool[size].size;
	block_give(&s->pool[size], block);
}
