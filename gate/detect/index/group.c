/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"

#include <stdlib.h>

/* Patterns to one Hyperscan database; equal patterns of several rules are one pattern. */

#define PATTERN_BYTES_MAX 200u /* what is longer is found by its beginning */

static int compare(const void *a, const void *b)
{
	const struct index_pair *x = a, *y = b;
	uint32_t n = x->len < y->len ? x->len : y->len;
	int r = (int)x->nocase - (int)y->nocase;

	if (r == 0)
		r = memcmp(x->bytes, y->bytes, n);
	if (r == 0)
		r = (x->len > y->len) - (x->len < y->len);
	if (r == 0)
		r = (x->sig > y->sig) - (x->sig < y->sig);
	return r;
}

static bool same_pattern(const struct index_pair *a, const struct index_pair *b)
{
	return a->nocase == b->nocase && a->len == b->len &&
	       memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* What hs_compile_lit_multi takes, as parallel arrays. */
struct compile {
	const char **bytes;
	unsigned *flags, *ids;
	size_t *lens;
};

static void compile_fini(struct compile *c)
{
	free(c->bytes);
	free(c->flags);
	free(c->ids);
	free(c->lens);
}

static bool compile_init(struct compile *c, uint32_t n)
{
	c->bytes = calloc(n, sizeof(*c->bytes));
	c->flags = calloc(n, sizeof(*c->flags));
	c->ids = calloc(n, sizeof(*c->ids));
	c->lens = calloc(n, sizeof(*c->lens));
	return c->bytes && c->flags && c->ids && c->lens;
}

static uint32_t fill(struct compile *c, struct index_group *g,
    const struct index_pair *pairs, uint32_t n)
{
	uint32_t patterns = 0;

	for (uint32_t i = 0; i < n; i++) {
		g->sigs[i] = pairs[i].sig;
		if (i > 0 && same_pattern(&pairs[i - 1], &pairs[i]))
			continue;
		c->bytes[patterns] = (const char *)pairs[i].bytes;
		c->lens[patterns] = pairs[i].len;
		c->ids[patterns] = patterns;
		c->flags[patterns] = (g->every ? 0 : HS_FLAG_SINGLEMATCH) |
				     (pairs[i].nocase ? HS_FLAG_CASELESS : 0);
		if (pairs[i].len > g->longest)
			g->longest = pairs[i].len;
		g->first[patterns++] = i;
	}
	g->first[patterns] = n;
	return patterns;
}

int detect_index_group(struct engine *e, struct index_group *g,
    struct index_pair *pairs, uint32_t count, struct buf *why)
{
	struct compile c = { 0 };
	hs_compile_error_t *error = NULL;

	if (count == 0)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		if (pairs[i].len > PATTERN_BYTES_MAX)
			pairs[i].len = PATTERN_BYTES_MAX;
	qsort(pairs, count, sizeof(*pairs), compare);
	g->first = calloc((size_t)count + 1, sizeof(*g->first));
	g->sigs = calloc(count, sizeof(*g->sigs));
	if (!g->first || !g->sigs || !compile_init(&c, count)) {
		compile_fini(&c);
		return FAIL_MEMORY;
	}
	g->patterns = fill(&c, g, pairs, count);
	hs_error_t r = hs_compile_lit_multi(c.bytes, c.flags, c.ids, c.lens,
	    g->patterns, HS_MODE_BLOCK, NULL, &g->db, &error);
	compile_fini(&c);
	if (r != HS_SUCCESS) {
		buf_addf(
		    why, "patterns: %s", error ? error->message : "cannot be compiled");
		hs_free_compile_error(error);
		return FAIL_MEMORY;
	}
	return hs_alloc_scratch(g->db, &e->scratch) == HS_SUCCESS ? 0 : FAIL_MEMORY;
}
