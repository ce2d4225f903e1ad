/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/arena.h"

#include <stdlib.h>

#define ARENA_BLOCK 4000u
#define ARENA_ALIGN 16u

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(ARENA_ALIGN) uint8_t bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void free_all(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
}

void arena_fini(struct arena *a)
{
	free_all(a->blocks);
	a->blocks = NULL;
	a->used = 0;
}

void arena_reset(struct arena *a)
{
	a->used = 0;
#ifndef OTASUKE_PLAIN_MALLOC
	struct arena_block *b = a->blocks;
	if (!b)
		return;
	free_all(b->next);
	b->next = NULL;
	b->used = 0;
	if (b->size <= 16 * ARENA_BLOCK)
		return;
#endif
	arena_fini(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);

	if (need < size || need > a->max - a->used)
		return NULL;
	struct arena_block *b = a->blocks;
#ifdef OTASUKE_PLAIN_MALLOC
	size_t block = size;
	b = NULL;
#else
	size_t block = need > ARENA_BLOCK ? need : ARENA_BLOCK;
#endif
	if (!b || b->size - b->used < need) {
		b = malloc(sizeof(*b) + block);
		if (!b)
			return NULL;
		*b = (struct arena_block){ .next = a->blocks, .size = block };
		a->blocks = b;
	}
	void *p = b->bytes + b->used;
	b->used += need < b->size - b->used ? need : b->size - b->used;
	a->used += need;
	return memset(p, 0, size);
}

struct span arena_copy(struct arena *a, struct span s)
{
	uint8_t *p = s.len ? arena_alloc(a, s.len) : NULL;

	if (!p)
		return span_of(NULL, 0);
	memcpy(p, s.at, s.len);
	return span_of(p, s.len);
}
