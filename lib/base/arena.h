/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/span.h"

/*
 * Memory that dies together: a packet's findings, a transaction's fields.
 *
 * Owns:    its blocks.  Nothing is freed one by one; arena_reset() forgets all.
 * Threads: one owner.
 * Limits:  born with its maximum; past it arena_alloc() returns NULL.
 * With -Dplain_malloc=true every allocation is a malloc of its own, so that ASan sees each.
 */
struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes handed out since the last reset */
	size_t max;
};

void arena_init(struct arena *a, size_t max);
void arena_fini(struct arena *a);

/* Forgets every allocation; keeps one block for the next round. */
void arena_reset(struct arena *a);

/* Zeroed, aligned to 16.  NULL when the arena's maximum or memory is used up. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc));

/* A copy of `s` in the arena; an empty span when there is no room. */
struct span arena_copy(struct arena *a, struct span s);
