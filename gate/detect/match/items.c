/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/match.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/*
 * Items of one buffer, in the order in which the rule writes them.
 *
 * An item that others count from (ITEM_AGAIN) is tried at each of its places until what
 * follows holds too: the function for the rest calls itself, as deep as there are items
 * (SIG_ITEMS_MAX).  `give_up` cuts this short when the failure did not depend on the place.
 */
static bool run(struct look *l, const struct item *it);

int detect_match_look_init(struct look *l)
{
	*l = (struct look){ 0 };
	l->regex = detect_match_regex_room_new();
	l->base64 = malloc(MATCH_BASE64_MAX);
	return l->regex && l->base64 ? 0 : FAIL_MEMORY;
}

void detect_match_look_fini(struct look *l)
{
	detect_match_regex_room_free(l->regex);
	free(l->base64);
	*l = (struct look){ 0 };
}

static bool rest(struct look *l, const struct item *it)
{
	return (it->flags & ITEM_LAST) || run(l, it + 1);
}

/* The part of the buffer in which a content may lie: [from, to).  False: nowhere. */
static bool content_range(
    struct look *l, const struct item *it, uint32_t before, int64_t *from, int64_t *to)
{
	const struct content *c = &it->u.content;
	uint32_t f = it->flags;
	int64_t len = l->data.len, skipped = (int64_t)l->data_offset;

	*from = 0;
	*to = len;
	if (f & ITEM_RELATIVE) {
		int64_t distance = 0;
		*from = before;
		if (f & ITEM_DISTANCE)
			distance = f & ITEM_DISTANCE_VAR
				       ? (int64_t)(int32_t)l->vars[c->distance]
				       : c->distance;
		*from += distance;
		if (*from < 0)
			*from = 0;
		if (f & ITEM_WITHIN) {
			int64_t within = f & ITEM_WITHIN_VAR
					     ? (int64_t)(int32_t)l->vars[c->within]
					     : c->within;
			if (*to > (int64_t)before + distance + within)
				*to = (int64_t)before + distance + within;
			/* Within of the stream's beginning, which has gone by. */
			if (skipped && before == 0) {
				if (*to <= skipped)
					return false;
				if (*to < skipped + len)
					*to -= skipped;
			}
		}
	} else {
		if (f & ITEM_OFFSET)
			*from = f & ITEM_OFFSET_VAR ? (int64_t)l->vars[c->offset]
						    : c->offset;
		if (f & ITEM_DEPTH) {
			*to =
			    f & ITEM_DEPTH_VAR ? (int64_t)l->vars[c->depth] : c->depth;
			if (skipped) {
				if (*to <= skipped)
					return false;
				if (*to < skipped + len)
					*to -= skipped;
			}
			if (f & (ITEM_DEPTH_VAR | ITEM_OFFSET_VAR))
				*to += *from;
		}
	}
	if (*to > len)
		*to = len;
	return *from <= *to && *to > 0;
}

/* Where the content begins at or behind `from`, or -1. */
static int64_t content_at(
    struct look *l, const struct item *it, int64_t from, int64_t to)
{
	const struct content *c = &it->u.content;

	if (from < 0 || to - from < c->len)
		return -1;
	if (it->flags & ITEM_ENDS) { /* one place only */
		int64_t at = (int64_t)l->data.len - c->len;
		if (to < (int64_t)l->data.len || at < from || l->more)
			return -1;
		from = at;
	}
	const uint8_t *p = detect_match_find(l->data.at + from, (size_t)(to - from),
	    c->bytes, c->len, it->flags & ITEM_NOCASE);
	return p ? p - l->data.at : -1;
}

/* Once all places of such an item have failed, no earlier item's other place can help: it
 * would only leave a part of these places (ITEM_FINAL, parse/freeze.c). */
static bool no_place_left(struct look *l, const struct item *it)
{
	if (it->flags & ITEM_FINAL)
		l->give_up = true;
	return false;
}

static bool run_content(struct look *l, const struct item *it)
{
	int64_t from, to, at = -1;

	if (content_range(l, it, l->pos, &from, &to))
		at = content_at(l, it, from, to);
	if (it->flags & ITEM_NEGATED)
		return at < 0 && rest(l, it);
	while (at >= 0) {
		if (++l->steps > MATCH_STEPS_MAX) {
			l->give_up = true;
			return false;
		}
		l->pos = (uint32_t)at + it->u.content.len;
		if (!(it->flags & ITEM_AGAIN))
			return rest(l, it);
		if (rest(l, it))
			return true;
		if (l->give_up)
			return false;
		at = content_at(l, it, at + 1, to);
	}
	return no_place_left(l, it);
}

static bool run_regex(struct look *l, const struct item *it)
{
	uint32_t base = it->flags & ITEM_RELATIVE ? l->pos : 0;
	uint32_t start = 0;
	struct regex_hit hit;

	if (base > l->data.len)
		return (it->flags & ITEM_NEGATED) && rest(l, it);
	struct span text =
	    span_of(l->data.at ? l->data.at + base : NULL, l->data.len - base);
	for (;;) {
		if (++l->steps > MATCH_STEPS_MAX) {
			l->give_up = true;
			return false;
		}
		bool found =
		    detect_match_regex_run(it->u.pcre.re, l->regex, text, start, &hit);
		if (it->flags & ITEM_NEGATED)
			return !found && rest(l, it);
		if (!found)
			return false;
		l->pos = base + hit.end;
		if (!(it->flags & ITEM_AGAIN))
			return rest(l, it);
		if (rest(l, it))
			return true;
		if (l->give_up)
			return false;
		start = hit.start + 1;
	}
}

static bool run_isdataat(struct look *l, const struct item *it)
{
	uint64_t at = it->flags & ITEM_OFFSET_VAR ? l->vars[it->u.isdataat.at]
						  : (uint64_t)it->u.isdataat.at;
	bool is;

	if (it->flags & ITEM_RELATIVE)
		is = l->pos + at <= l->data.len;
	else
		is = at < l->data.len;
	if (is == !!(it->flags & ITEM_NEGATED)) {
		if (!(it->flags & ITEM_RELATIVE))
			l->give_up = true;
		return false;
	}
	return rest(l, it);
}

static bool run_base64(struct look *l, const struct item *it)
{
	struct span decoded;

	if (!detect_match_base64(l, it, &decoded))
		return false;
	if (it->u.base64.then) {
		struct look outer = *l;
		bool ok = detect_match_block(l, it->u.base64.then, decoded, 0, false);
		outer.steps = l->steps;
		memcpy(outer.vars, l->vars, sizeof(outer.vars));
		*l = outer;
		if (!ok)
			return false;
	}
	return rest(l, it);
}

static double entropy_of(const uint8_t *p, uint32_t len)
{
	uint32_t seen[256] = { 0 };
	double sum = 0;

	for (uint32_t i = 0; i < len; i++)
		seen[p[i]]++;
	for (unsigned i = 0; i < 256; i++)
		if (seen[i]) {
			double share = (double)seen[i] / len;
			sum -= share * log2(share);
		}
	return sum;
}

static bool run_entropy(struct look *l, const struct item *it)
{
	const struct entropy_item *e = it->u.entropy;

	if (e->offset >= l->data.len)
		return false;
	uint32_t len = l->data.len - e->offset;
	if (e->bytes && e->bytes < len)
		len = e->bytes;
	double v = entropy_of(l->data.at + e->offset, len);
	switch (e->op) {
	case NUMBER_LT:
		return v < e->a;
	case NUMBER_LE:
		return v <= e->a;
	case NUMBER_GT:
		return v > e->a;
	case NUMBER_GE:
		return v >= e->a;
	case NUMBER_EQ:
		return fabs(v - e->a) < 1e-9;
	case NUMBER_NE:
		return fabs(v - e->a) >= 1e-9;
	case NUMBER_INSIDE:
		return v > e->a && v < e->b;
	default:
		return !(v > e->a && v < e->b);
	}
}

static bool run(struct look *l, const struct item *it)
{
	switch (it->kind) {
	case ITEM_CONTENT:
		return run_content(l, it);
	case ITEM_PCRE:
		return run_regex(l, it);
	case ITEM_ISDATAAT:
		return run_isdataat(l, it);
	case ITEM_SIZE:
		if (number_ok(it->u.size, l->data.len + l->data_offset))
			return rest(l, it);
		l->give_up = true;
		return false;
	case ITEM_ENTROPY:
		return run_entropy(l, it) && rest(l, it);
	case ITEM_BASE64:
		return run_base64(l, it);
	default:
		return detect_match_bytes(l, it) && rest(l, it);
	}
}

bool detect_match_block(struct look *l, const struct block *b, struct span data,
    uint64_t data_offset, bool more)
{
	l->data = data;
	l->data_offset = data_offset;
	l->pos = l->regex_start = l->steps = 0;
	l->give_up = false;
	l->more = more;
	return b->count == 0 || run(l, b->items);
}
