/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/parse/text.h"
#include "lib/base/addr.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Sets of addresses and ports, as rules write them: `any`, `$VAR`, `!x`, `[a,b,![c,d]]`.
 *
 * A bracket is the union of its plain members without its negated ones; a bracket of
 * negated members alone starts from everything.  Both kinds of set are lists of ranges over
 * a line of numbers, so one piece of set arithmetic serves IPv4, IPv6 and ports.
 */
#define RANGES_MAX 100000u

struct ranges {
	struct {
		addr_number first, last;
	} * at;

	uint32_t count, room;
};

static void ranges_fini(struct ranges *r)
{
	free(r->at);
	*r = (struct ranges){ 0 };
}

static bool ranges_add(struct ranges *r, addr_number first, addr_number last)
{
	if (r->count >= RANGES_MAX ||
	    !detect_parse_grow(&r->at, &r->room, r->count, sizeof(*r->at)))
		return false;
	r->at[r->count].first = first;
	r->at[r->count++].last = last;
	return true;
}

static int by_first(const void *a, const void *b)
{
	addr_number x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* Sorted, and overlapping or touching neighbours made one. */
static void ranges_tidy(struct ranges *r)
{
	uint32_t n = 0;

	if (r->count == 0)
		return;
	qsort(r->at, r->count, sizeof(*r->at), by_first);
	for (uint32_t i = 1; i < r->count; i++) {
		if (r->at[i].first <= r->at[n].last ||
		    r->at[i].first == r->at[n].last + 1) {
			if (r->at[i].last > r->at[n].last)
				r->at[n].last = r->at[i].last;
		} else {
			r->at[++n] = r->at[i];
		}
	}
	r->count = n + 1;
}

/* `a` without `b`; both tidy. */
static bool ranges_minus(struct ranges *a, const struct ranges *b)
{
	struct ranges out = { 0 };
	uint32_t j = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		addr_number first = a->at[i].first, last = a->at[i].last;
		bool gone = false;
		while (j < b->count && b->at[j].last < first)
			j++;
		for (uint32_t k = j; k < b->count && b->at[k].first <= last; k++) {
			if (b->at[k].first > first &&
			    !ranges_add(&out, first, b->at[k].first - 1))
				goto no_memory;
			if (b->at[k].last >= last) {
				gone = true;
				break;
			}
			first = b->at[k].last + 1;
		}
		if (!gone && !ranges_add(&out, first, last))
			goto no_memory;
	}
	ranges_fini(a);
	*a = out;
	return true;
no_memory:
	ranges_fini(&out);
	return false;
}

/* An address expression is read into two lines, a port expression into one. */
struct lines {
	struct ranges line[2];
	unsigned n;
	addr_number most[2];
};

static void lines_fini(struct lines *s)
{
	ranges_fini(&s->line[0]);
	ranges_fini(&s->line[1]);
}

static bool lines_empty(const struct lines *s)
{
	return s->line[0].count == 0 && s->line[1].count == 0;
}

static bool lines_all(struct lines *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (!ranges_add(&s->line[i], 0, s->most[i]))
			return false;
	return true;
}

static bool lines_join(struct lines *to, const struct lines *from)
{
	for (unsigned l = 0; l < to->n; l++) {
		for (uint32_t i = 0; i < from->line[l].count; i++)
			if (!ranges_add(&to->line[l], from->line[l].at[i].first,
				from->line[l].at[i].last))
				return false;
		ranges_tidy(&to->line[l]);
	}
	return true;
}

static struct lines lines_like(const struct lines *s)
{
	return (struct lines){ .n = s->n, .most = { s->most[0], s->most[1] } };
}

static void to_number(const struct addr *a, addr_number *v)
{
	*v = 0;
	for (unsigned i = 0; i < (a->version == 4 ? 4u : 16u); i++)
		*v = *v << 8 | a->bytes[i];
}

/* 255.255.255.0 to 24, or -1. */
static int mask_bits(const char *text)
{
	struct addr a;
	addr_number v;

	if (addr_parse(text, &a) < 0 || a.version != 4)
		return -1;
	to_number(&a, &v);
	uint32_t m = (uint32_t)v;
	int bits = __builtin_popcount(m);
	return m == (bits ? 0xffffffffu << (32 - bits) : 0) ? bits : -1;
}

static int one_addr(struct draft *d, struct lines *out, char *text)
{
	struct addr a, b;
	addr_number first, last;
	char *sep;

	if ((sep = strchr(text, '-'))) {
		*sep = 0;
		if (addr_parse(text, &a) < 0 || addr_parse(sep + 1, &b) < 0 ||
		    a.version != b.version)
			return detect_parse_no(
			    d, "not an address range: %s-%s", text, sep + 1);
		to_number(&a, &first);
		to_number(&b, &last);
		if (first > last)
			return detect_parse_no(
			    d, "address range runs backwards: %s", text);
	} else {
		int bits = -1;
		if ((sep = strchr(text, '/')))
			*sep = 0;
		if (addr_parse(text, &a) < 0)
			return detect_parse_no(d, "not an address: %s", text);
		int most = a.version == 4 ? 32 : 128;
		uint64_t n = (uint64_t)most;
		if (sep && strchr(sep + 1, '.'))
			bits = mask_bits(sep + 1);
		else if (!sep || detect_parse_u64(sep + 1, (uint64_t)most, &n))
			bits = (int)n;
		if (bits < 0)
			return detect_parse_no(d, "not a network mask: %s", sep + 1);
		to_number(&a, &first);
		addr_number host =
		    bits == 0 ? ~(addr_number)0 : ((addr_number)1 << (most - bits)) - 1;
		if (a.version == 4)
			host &= 0xffffffffu;
		first &= ~host;
		last = first | host;
	}
	if (!ranges_add(&out->line[a.version == 4 ? 0 : 1], first, last))
		return detect_parse_no(d, "too many addresses");
	return 0;
}

static int one_port(struct draft *d, struct lines *out, char *text)
{
	uint64_t first = 0, last = 65535;
	char *sep = strchr(text, ':');

	if (sep) {
		*sep = 0;
		char *low = detect_parse_trim(text), *high = detect_parse_trim(sep + 1);
		if ((*low && !detect_parse_u64(low, 65535, &first)) ||
		    (*high && !detect_parse_u64(high, 65535, &last)) ||
		    (!*low && !*high))
			return detect_parse_no(d, "not a port range: %s:%s", low, high);
		if (first > last)
			return detect_parse_no(d, "port range runs backwards: %s", low);
	} else if (!detect_parse_u64(text, 65535, &first)) {
		return detect_parse_no(d, "not a port: %s", text);
	} else {
		last = first;
	}
	if (!ranges_add(&out->line[0], first, last))
		return detect_parse_no(d, "too many ports");
	return 0;
}

static int read_set(
    struct draft *d, struct lines *out, const char *text, unsigned depth);

/* The end of the member that starts at `s`: a comma outside of brackets, or the end. */
static const char *member_end(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		if (*s == '[')
			depth++;
		else if (*s == ']')
			depth--;
		else if (*s == ',' && depth == 0)
			break;
	}
	return s;
}

/* Members of a bracket, `text` without the brackets. */
static int read_members(
    struct draft *d, struct lines *out, const char *text, unsigned depth)
{
	struct lines plus = lines_like(out), minus = lines_like(out);
	bool any_plus = false, more = true;
	int r = 0;

	while (r == 0 && more) {
		const char *end = member_end(text);
		char *one = strndup(text, (size_t)(end - text));
		more = *end == ',';
		text = end + 1;
		if (!one)
			return detect_parse_no(d, "out of memory");
		char *s = detect_parse_trim(one);
		bool negated = *s == '!';
		if (*s == 0)
			r = detect_parse_no(d, "empty member in a list");
		else
			r = read_set(d, negated ? &minus : &plus,
			    negated ? detect_parse_trim(s + 1) : s, depth + 1);
		any_plus |= !negated;
		free(one);
	}
	if (r == 0 && !any_plus && !lines_all(&plus))
		r = detect_parse_no(d, "out of memory");
	for (unsigned i = 0; r == 0 && i < out->n; i++) {
		ranges_tidy(&plus.line[i]);
		ranges_tidy(&minus.line[i]);
		if (!ranges_minus(&plus.line[i], &minus.line[i]))
			r = detect_parse_no(d, "out of memory");
	}
	if (r == 0 && lines_empty(&plus))
		r = detect_parse_no(d, "nothing is left of the list: [%s]",
		    out->n == 2 ? "addresses" : "ports");
	if (r == 0 && !lines_join(out, &plus))
		r = detect_parse_no(d, "out of memory");
	lines_fini(&plus);
	lines_fini(&minus);
	return r;
}

static int read_variable(
    struct draft *d, struct lines *out, const char *name, unsigned depth)
{
	const char *value = detect_parse_var_find(d->load, name);

	if (!value)
		return detect_parse_no(d, "variable $%s is not set", name);
	return read_set(d, out, value, depth + 1);
}

/* One expression; the result is joined to `out`. */
static int read_set(
    struct draft *d, struct lines *out, const char *text, unsigned depth)
{
	int r = 0;

	if (depth > PARSE_DEPTH_MAX)
		return detect_parse_no(
		    d, "lists or variables too deep inside each other");
	char *copy = strdup(text);
	if (!copy)
		return detect_parse_no(d, "out of memory");
	char *s = detect_parse_trim(copy);
	size_t n = strlen(s);
	if (*s == '!' || (*s != '[' && strchr(s, ','))) {
		r = read_members(
		    d, out, s, depth); /* a list of one; a variable's bare list */
	} else if (*s == '[') {
		if (s[n - 1] != ']' || n < 2) {
			r = detect_parse_no(d, "bracket not closed: %.60s", s);
		} else {
			s[n - 1] = 0;
			r = read_members(d, out, s + 1, depth);
		}
	} else if (*s == '$') {
		r = read_variable(d, out, s + 1, depth);
	} else if (strcasecmp(s, "any") == 0) {
		if (!lines_all(out))
			r = detect_parse_no(d, "out of memory");
	} else if (*s == 0) {
		r = detect_parse_no(d, "nothing where a list should be");
	} else {
		r = out->n == 2 ? one_addr(d, out, s) : one_port(d, out, s);
	}
	free(copy);
	return r;
}

static bool is_all(const struct lines *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->line[i].count != 1 || s->line[i].at[0].first != 0 ||
		    s->line[i].at[0].last != s->most[i])
			return false;
	return true;
}

static struct addr_set *keep_addrs(struct load *l, const struct lines *s)
{
	uint32_t n4 = s->line[0].count, n6 = s->line[1].count;
	struct addr_set *set = arena_alloc(l->keep, sizeof(*set));
	struct addr_range4 *v4 = arena_alloc(l->keep, (n4 + 1) * sizeof(*v4));
	struct addr_range6 *v6 = arena_alloc(l->keep, (n6 + 1) * sizeof(*v6));

	if (!set || !v4 || !v6 ||
	    !detect_parse_grow(&l->addr_set, &l->addr_set_room, l->addr_set_count,
		sizeof(struct addr_set *)))
		return NULL;
	for (uint32_t i = 0; i < n4; i++)
		v4[i] = (struct addr_range4){ (uint32_t)s->line[0].at[i].first,
			(uint32_t)s->line[0].at[i].last };
	for (uint32_t i = 0; i < n6; i++)
		v6[i] = (struct addr_range6){ s->line[1].at[i].first,
			s->line[1].at[i].last };
	*set = (struct addr_set){ .id = l->addr_set_count,
		.any = is_all(s),
		.n4 = n4,
		.n6 = n6,
		.v4 = v4,
		.v6 = v6 };
	l->addr_set[l->addr_set_count++] = set;
	return set;
}

static struct port_set *keep_ports(struct load *l, const struct lines *s)
{
	uint32_t n = s->line[0].count;
	struct port_set *set = arena_alloc(l->keep, sizeof(*set));
	struct port_range *range = arena_alloc(l->keep, (n + 1) * sizeof(*range));

	if (!set || !range ||
	    !detect_parse_grow(&l->port_set, &l->port_set_room, l->port_set_count,
		sizeof(struct port_set *)))
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		range[i] = (struct port_range){ (uint16_t)s->line[0].at[i].first,
			(uint16_t)s->line[0].at[i].last };
	*set = (struct port_set){
		.id = l->port_set_count, .any = is_all(s), .n = n, .range = range
	};
	l->port_set[l->port_set_count++] = set;
	return set;
}

static void *find_or_make(struct draft *d, const char *text, bool ports)
{
	struct load *l = d->load;
	void **slot = detect_parse_intern(l->keep,
	    ports ? &l->port_sets : &l->addr_sets, text, (uint32_t)strlen(text));

	if (!slot) {
		detect_parse_no(d, "out of memory");
		return NULL;
	}
	if (*slot)
		return *slot;
	struct lines s = { .n = ports ? 1 : 2,
		.most = { ports ? 65535u : 0xffffffffu, ~(addr_number)0 } };
	if (read_set(d, &s, text, 0) == 0) {
		for (unsigned i = 0; i < s.n; i++)
			ranges_tidy(&s.line[i]);
		if (ports)
			*slot = keep_ports(l, &s);
		else
			*slot = keep_addrs(l, &s);
		if (!*slot)
			detect_parse_no(d, "out of memory");
	}
	lines_fini(&s);
	return *slot;
}

const struct addr_set *detect_parse_addrs(struct draft *d, const char *text)
{
	return find_or_make(d, text, false);
}

const struct port_set *detect_parse_ports(struct draft *d, const char *text)
{
	return find_or_make(d, text, true);
}
