/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <stdlib.h>

char *detect_parse_trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	size_t n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
	return s;
}

char *detect_parse_part(char **rest, char sep)
{
	char *s = *rest;

	if (!s)
		return NULL;
	char *end = strchr(s, sep);
	if (end)
		*end++ = 0;
	*rest = end;
	return detect_parse_trim(s);
}

bool detect_parse_u64(const char *s, uint64_t most, uint64_t *v)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	uint64_t n = 0;

	if (hex)
		s += 2;
	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned digit;
		if (isdigit((unsigned char)*s))
			digit = (unsigned)(*s - '0');
		else if (hex && isxdigit((unsigned char)*s))
			digit = (unsigned)(tolower((unsigned char)*s) - 'a') + 10;
		else
			return false;
		if (__builtin_mul_overflow(n, hex ? 16u : 10u, &n) ||
		    __builtin_add_overflow(n, digit, &n))
			return false;
	}
	*v = n;
	return n <= most;
}

bool detect_parse_i32(const char *s, int32_t *v)
{
	uint64_t n;
	bool minus = *s == '-';

	if (*s == '-' || *s == '+')
		s++;
	if (!detect_parse_u64(s, INT32_MAX, &n))
		return false;
	*v = minus ? -(int32_t)n : (int32_t)n;
	return true;
}

/* "a<>b" and "a-b": strictly between; a range that holds nothing is a mistake. */
static bool parse_range(char *s, char *sep, size_t sep_len, uint64_t most, bool negated,
    struct number_test *t)
{
	*sep = 0;
	t->op = negated ? NUMBER_OUTSIDE : NUMBER_INSIDE;
	return detect_parse_u64(detect_parse_trim(s), most, &t->a) &&
	       detect_parse_u64(detect_parse_trim(sep + sep_len), most, &t->b) &&
	       t->b > t->a + 1;
}

/* Without comparisons that always or never hold: they are typing errors. */
static bool makes_sense(const struct number_test *t, uint64_t most)
{
	switch (t->op) {
	case NUMBER_LT:
		return t->a > 0;
	case NUMBER_LE:
		return t->a < most;
	case NUMBER_GT:
		return t->a < most;
	case NUMBER_GE:
		return t->a > 0;
	default:
		return true;
	}
}

bool detect_parse_test(char *s, uint64_t most, struct number_test *t)
{
	bool negated = false;
	char *sep;

	s = detect_parse_trim(s);
	*t = (struct number_test){ .op = NUMBER_EQ };
	if (*s == '!' && s[1] != '=') {
		negated = true;
		s = detect_parse_trim(s + 1);
	}
	if (*s != '<' && *s != '>' && (sep = strstr(s, "<>")))
		return parse_range(s, sep, 2, most, negated, t);
	if (isdigit((unsigned char)*s) && (sep = strchr(s, '-')))
		return parse_range(s, sep, 1, most, negated, t);

	static const struct {
		const char *sign;
		uint8_t op, opposite;
	} signs[] = {
		{ "<=", NUMBER_LE, NUMBER_GT },
		{ ">=", NUMBER_GE, NUMBER_LT },
		{ "!=", NUMBER_NE, NUMBER_EQ },
		{ "==", NUMBER_EQ, NUMBER_NE },
		{ "<", NUMBER_LT, NUMBER_GE },
		{ ">", NUMBER_GT, NUMBER_LE },
		{ "=", NUMBER_EQ, NUMBER_NE },
		{ "", NUMBER_EQ, NUMBER_NE },
	};

	for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i].sign);
		if (strncmp(s, signs[i].sign, n) != 0)
			continue;
		t->op = negated ? signs[i].opposite : signs[i].op;
		return detect_parse_u64(detect_parse_trim(s + n), most, &t->a) &&
		       makes_sense(t, most);
	}
	return false;
}

bool detect_parse_quoted(char **s)
{
	char *in = *s;
	size_t n = strlen(in);

	if (n < 2 || in[0] != '"' || in[n - 1] != '"')
		return false;
	in[n - 1] = 0;
	*s = ++in;
	char *out = in;
	for (; *in; in++) {
		if (*in == '\\' && in[1] && strchr("\"\\;:", in[1]))
			in++;
		*out++ = *in;
	}
	*out = 0;
	return true;
}

uint64_t detect_parse_hash(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h ? h : 1;
}

uint64_t detect_parse_hash_text(const char *s)
{
	return detect_parse_hash(s, strlen(s));
}

char *detect_parse_keep_len(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *detect_parse_keep(struct arena *a, const char *s)
{
	return detect_parse_keep_len(a, s, strlen(s));
}

bool detect_parse_grow(void *array_ptr, uint32_t *room, uint32_t count, size_t size)
{
	void *old;

	if (count < *room)
		return true;
	memcpy(&old, array_ptr, sizeof(old));
	uint32_t want = *room ? *room * 2 : 64;
	void *more = reallocarray(old, want, size);
	if (!more)
		return false;
	memcpy(array_ptr, &more, sizeof(more));
	*room = want;
	return true;
}

static struct intern_row *find_row(
    const struct intern *in, uint64_t hash, const void *key, uint32_t len)
{
	uint32_t i = (uint32_t)(hash ^ hash >> 32) & (in->room - 1);

	for (;; i = (i + 1) & (in->room - 1)) {
		struct intern_row *r = &in->rows[i];
		if (!r->key)
			return r;
		if (r->hash == hash && r->key_len == len &&
		    memcmp(r->key, key, len) == 0)
			return r;
	}
}

static bool make_room(struct intern *in)
{
	struct intern bigger = { .room = in->room ? in->room * 2 : 256,
		.count = in->count };

	if (in->room && in->count < in->room / 2)
		return true;
	bigger.rows = calloc(bigger.room, sizeof(*bigger.rows));
	if (!bigger.rows)
		return false;
	for (uint32_t i = 0; i < in->room; i++) {
		struct intern_row *r = &in->rows[i];
		if (r->key)
			*find_row(&bigger, r->hash, r->key, r->key_len) = *r;
	}
	free(in->rows);
	*in = bigger;
	return true;
}

/* The place of the value that belongs to `key`: NULL in it when the key is new.  Returns
 * NULL without memory. */
void **detect_parse_intern(
    struct arena *keep, struct intern *in, const void *key, uint32_t key_len)
{
	uint64_t hash = detect_parse_hash(key, key_len);

	if (!make_room(in))
		return NULL;
	struct intern_row *r = find_row(in, hash, key, key_len);
	if (!r->key) {
		uint8_t *copy = arena_alloc(keep, key_len + 1);
		if (!copy)
			return NULL;
		memcpy(copy, key, key_len);
		*r = (struct intern_row){
			.hash = hash, .key = copy, .key_len = key_len
		};
		in->count++;
	}
	return &r->value;
}

void detect_parse_intern_fini(struct intern *in)
{
	free(in->rows);
	*in = (struct intern){ 0 };
}
