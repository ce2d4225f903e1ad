/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

/* Numbers inside of the traffic: byte_test, byte_jump, byte_extract, byte_math, and
 * base64_decode. */

struct word {
	const char *name;
	uint32_t flag, not_with;
	uint8_t base;
};

/* Words that all of the four share. */
static const struct word words[] = {
	{ "relative", ITEM_RELATIVE, 0, 0 },
	{ "big", 0, ITEM_LITTLE, 0 },
	{ "little", ITEM_LITTLE, 0, 0 },
	{ "string", ITEM_TEXT, 0, 0 },
	{ "dec", 0, 0, 10 },
	{ "hex", 0, 0, 16 },
	{ "oct", 0, 0, 8 },
	{ "align", ITEM_ALIGN, 0, 0 },
	{ "from_beginning", ITEM_FROM_BEGIN, ITEM_FROM_END, 0 },
	{ "from_end", ITEM_FROM_END, ITEM_FROM_BEGIN, 0 },
	{ "dce", ITEM_DCE, 0, 0 },
};

static bool plain_word(const char *s, uint32_t *flags, uint8_t *base, uint32_t allowed)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(s, words[i].name) != 0)
			continue;
		if (words[i].flag & ~allowed)
			return false;
		*flags |= words[i].flag;
		if (words[i].base)
			*base = words[i].base;
		return true;
	}
	return false;
}

/* "name value" with any blanks between: the value, or NULL when it is another word. */
static char *word_value(char *s, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(s, name, n) != 0 || (s[n] != ' ' && s[n] != '\t'))
		return NULL;
	return detect_parse_trim(s + n);
}

static bool set_mask(struct bytes_item *b, const char *value)
{
	char text[24];

	snprintf(text, sizeof(text), "%s%s", strncmp(value, "0x", 2) == 0 ? "" : "0x",
	    value);
	if (!detect_parse_u64(text, UINT32_MAX, &b->mask) || b->mask == 0)
		return false;
	b->shift = (uint8_t)__builtin_ctzll(b->mask);
	return true;
}

/* A number or the name of a variable, which sets `flag`. */
static int number_or_var(struct draft *d, const char *s, int64_t least, uint64_t most,
    uint32_t flag, uint32_t *flags, int64_t *v)
{
	bool minus = *s == '-' && least < 0;
	uint64_t n;

	if (detect_parse_u64(minus ? s + 1 : s, minus ? (uint64_t)-least : most, &n)) {
		*v = minus ? -(int64_t)n : (int64_t)n;
		return 0;
	}
	int var = detect_parse_var_number(d, s);
	if (var < 0)
		return detect_parse_no(
		    d, "%.40s is neither a number nor a variable", s);
	*flags |= flag;
	*v = var;
	return 0;
}

static struct item *finish(
    struct draft *d, uint8_t kind, uint32_t flags, const struct bytes_item *b)
{
	struct bytes_item *keep = arena_alloc(d->load->keep, sizeof(*keep));
	struct item *it = keep ? detect_parse_item(d, kind) : NULL;

	if (!it)
		return NULL;
	*keep = *b;
	it->flags = flags;
	it->u.bytes = keep;
	return it;
}

/* How many bytes a number of that form may have. */
static int check_size(struct draft *d, const struct bytes_item *b, uint32_t flags)
{
	unsigned most = flags & ITEM_TEXT ? 23 : 8;

	if (flags & ITEM_NBYTES_VAR)
		return 0;
	if (b->nbytes > most)
		return detect_parse_no(
		    d, "a number of %u bytes is too long", b->nbytes);
	return 0;
}

static int common_size(
    struct draft *d, const char *s, struct bytes_item *b, uint32_t *flags)
{
	int64_t v = 0;

	if (!s)
		return FAIL_FORMAT;
	if (number_or_var(d, s, 0, 23, ITEM_NBYTES_VAR, flags, &v) < 0)
		return FAIL_FORMAT;
	if (*flags & ITEM_NBYTES_VAR)
		b->nbytes_var = (uint8_t)v;
	else
		b->nbytes = (uint8_t)v;
	return 0;
}

static int common_offset(
    struct draft *d, const char *s, struct bytes_item *b, uint32_t *flags)
{
	int64_t v = 0;

	if (!s)
		return FAIL_FORMAT;
	if (number_or_var(d, s, -65535, 65535, ITEM_OFFSET_VAR, flags, &v) < 0)
		return FAIL_FORMAT;
	b->offset = (int32_t)v;
	return 0;
}

static const struct {
	const char *sign;
	uint8_t op;
} tests[] = {
	{ "<=", BYTE_LE },
	{ ">=", BYTE_GE },
	{ "<", BYTE_LT },
	{ ">", BYTE_GT },
	{ "=", BYTE_EQ },
	{ "&", BYTE_AND },
	{ "^", BYTE_OR },
};

static int read_test_op(struct draft *d, char *s, struct bytes_item *b, uint32_t *flags)
{
	if (*s == '!') {
		*flags |= ITEM_NEGATED;
		s = detect_parse_trim(s + 1);
	}
	if (!*s && (*flags & ITEM_NEGATED)) { /* "!" alone: not equal */
		b->op = BYTE_EQ;
		return 0;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(s, tests[i].sign) == 0) {
			b->op = tests[i].op;
			return 0;
		}
	}
	return detect_parse_no(d, "byte_test: unknown comparison %.20s", s);
}

/* byte_test: bytes, [!]op, value, offset [, words] */
int detect_keyword_byte_test(struct draft *d, const struct keyword *k, char *value)
{
	struct bytes_item b = { .base = 10 };
	uint32_t flags = 0;
	char *rest = value, *s;
	int64_t v = 0;

	(void)k;
	if (common_size(d, detect_parse_part(&rest, ','), &b, &flags) < 0)
		return FAIL_FORMAT;
	s = detect_parse_part(&rest, ',');
	if (!s || read_test_op(d, s, &b, &flags) < 0)
		return FAIL_FORMAT;
	s = detect_parse_part(&rest, ',');
	uint64_t n;
	if (s && detect_parse_u64(s, UINT64_MAX, &n)) {
		b.value = n;
	} else {
		if (!s || number_or_var(d, s, 0, 0, ITEM_VALUE_VAR, &flags, &v) < 0)
			return FAIL_FORMAT;
		b.value = (uint64_t)v;
	}
	if (common_offset(d, detect_parse_part(&rest, ','), &b, &flags) < 0)
		return FAIL_FORMAT;
	while ((s = detect_parse_part(&rest, ','))) {
		char *arg = word_value(s, "bitmask");
		if (arg ? !set_mask(&b, arg)
			: !plain_word(s, &flags, &b.base,
			      ITEM_RELATIVE | ITEM_LITTLE | ITEM_TEXT | ITEM_DCE))
			return detect_parse_no(d, "byte_test: %.40s is not known", s);
	}
	if (flags & ITEM_DCE)
		return detect_parse_no(d, "byte_test: dce is not parsed yet");
	return check_size(d, &b, flags) == 0 && finish(d, ITEM_BYTE_TEST, flags, &b)
		   ? 0
		   : FAIL_FORMAT;
}

/* byte_jump: bytes, offset [, words] */
int detect_keyword_byte_jump(struct draft *d, const struct keyword *k, char *value)
{
	struct bytes_item b = { .base = 10, .multiplier = 1 };
	uint32_t flags = 0;
	char *rest = value, *s, *arg;
	uint64_t v;

	(void)k;
	if (common_size(d, detect_parse_part(&rest, ','), &b, &flags) < 0 ||
	    common_offset(d, detect_parse_part(&rest, ','), &b, &flags) < 0)
		return FAIL_FORMAT;
	while ((s = detect_parse_part(&rest, ','))) {
		if ((arg = word_value(s, "multiplier"))) {
			if (!detect_parse_u64(arg, 65535, &v) || v == 0)
				return FAIL_FORMAT;
			b.multiplier = (uint32_t)v;
		} else if ((arg = word_value(s, "post_offset"))) {
			if (!detect_parse_i32(arg, &b.post_offset))
				return FAIL_FORMAT;
		} else if ((arg = word_value(s, "bitmask"))) {
			if (!set_mask(&b, arg))
				return FAIL_FORMAT;
		} else if (!plain_word(s, &flags, &b.base,
			       ITEM_RELATIVE | ITEM_LITTLE | ITEM_TEXT | ITEM_ALIGN |
				   ITEM_FROM_BEGIN | ITEM_FROM_END | ITEM_DCE)) {
			return detect_parse_no(d, "byte_jump: %.40s is not known", s);
		}
	}
	if (flags & ITEM_DCE)
		return detect_parse_no(d, "byte_jump: dce is not parsed yet");
	return check_size(d, &b, flags) == 0 && finish(d, ITEM_BYTE_JUMP, flags, &b)
		   ? 0
		   : FAIL_FORMAT;
}

/* byte_extract: bytes, offset, name [, words] */
int detect_keyword_byte_extract(struct draft *d, const struct keyword *k, char *value)
{
	struct bytes_item b = { .base = 10, .multiplier = 1 };
	uint32_t flags = 0;
	char *rest = value, *s, *arg;
	uint64_t v;

	(void)k;
	if (common_size(d, detect_parse_part(&rest, ','), &b, &flags) < 0 ||
	    common_offset(d, detect_parse_part(&rest, ','), &b, &flags) < 0)
		return FAIL_FORMAT;
	const char *name = detect_parse_part(&rest, ',');
	if (!name)
		return FAIL_FORMAT;
	while ((s = detect_parse_part(&rest, ','))) {
		if ((arg = word_value(s, "multiplier"))) {
			if (!detect_parse_u64(arg, 65535, &v) || v == 0)
				return FAIL_FORMAT;
			b.multiplier = (uint32_t)v;
		} else if ((arg = word_value(s, "align"))) {
			if (!detect_parse_u64(arg, 4, &v) || (v != 2 && v != 4))
				return FAIL_FORMAT;
			b.align = (uint8_t)v;
			flags |= ITEM_ALIGN;
		} else if ((arg = word_value(s, "bitmask"))) {
			if (!set_mask(&b, arg))
				return FAIL_FORMAT;
		} else if (!plain_word(s, &flags, &b.base,
			       ITEM_RELATIVE | ITEM_LITTLE | ITEM_TEXT | ITEM_DCE)) {
			return detect_parse_no(
			    d, "byte_extract: %.40s is not known", s);
		}
	}
	if (flags & ITEM_DCE)
		return detect_parse_no(d, "byte_extract: dce is not parsed yet");
	int var = check_size(d, &b, flags) == 0 ? detect_parse_var_new(d, name) : -1;
	if (var < 0)
		return FAIL_FORMAT;
	b.var = (uint8_t)var;
	return finish(d, ITEM_BYTE_EXTRACT, flags, &b) ? 0 : FAIL_FORMAT;
}

static bool math_op(const char *s, uint8_t *op)
{
	static const struct {
		const char *sign;
		uint8_t op;
	} ops[] = { { "+", BYTE_ADD }, { "-", BYTE_SUB }, { "*", BYTE_MUL },
		{ "/", BYTE_DIV }, { "<<", BYTE_SHL }, { ">>", BYTE_SHR } };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(s, ops[i].sign) == 0) {
			*op = ops[i].op;
			return true;
		}
	}
	return false;
}

/* byte_math: bytes N, offset N, oper +, rvalue N, result name [, words] */
int detect_keyword_byte_math(struct draft *d, const struct keyword *k, char *value)
{
	struct bytes_item b = { .base = 10 };
	uint32_t flags = 0, got = 0;
	char *rest = value, *s, *arg;
	const char *result = NULL;
	int64_t v = 0;

	(void)k;
	while ((s = detect_parse_part(&rest, ','))) {
		bool ok;
		if ((arg = word_value(s, "bytes"))) {
			got |= 1;
			ok = common_size(d, arg, &b, &flags) == 0;
		} else if ((arg = word_value(s, "offset"))) {
			got |= 2;
			ok = common_offset(d, arg, &b, &flags) == 0;
		} else if ((arg = word_value(s, "oper"))) {
			got |= 4;
			ok = math_op(arg, &b.op);
		} else if ((arg = word_value(s, "rvalue"))) {
			got |= 8;
			ok = number_or_var(d, arg, 0, UINT32_MAX, ITEM_VALUE_VAR,
				 &flags, &v) == 0;
			if (ok)
				b.value = (uint64_t)v;
		} else if ((arg = word_value(s, "result"))) {
			got |= 16;
			result = arg;
			ok = true;
		} else if ((arg = word_value(s, "bitmask"))) {
			ok = set_mask(&b, arg);
		} else if ((arg = word_value(s, "endian")) ||
			   (arg = word_value(s, "string"))) {
			flags |= s[0] == 's' ? (uint32_t)ITEM_TEXT : 0;
			ok = plain_word(arg, &flags, &b.base, ITEM_LITTLE);
		} else {
			ok = plain_word(s, &flags, &b.base, ITEM_RELATIVE);
		}
		if (!ok)
			return detect_parse_no(
			    d, "byte_math: %.40s is not understood", s);
	}
	if (got != 31)
		return detect_parse_no(
		    d, "byte_math needs bytes, offset, oper, rvalue and result");
	if ((b.op == BYTE_DIV || b.op == BYTE_SHL || b.op == BYTE_SHR) &&
	    !(flags & ITEM_VALUE_VAR) &&
	    (b.op == BYTE_DIV ? b.value == 0 : b.value > 31))
		return detect_parse_no(
		    d, "byte_math: rvalue does not fit the operation");
	if (!(flags & (ITEM_TEXT | ITEM_NBYTES_VAR)) && b.nbytes > 4)
		return detect_parse_no(d, "byte_math: more than 4 bytes");
	if (!(flags & ITEM_NBYTES_VAR) && b.nbytes == 0)
		return detect_parse_no(d, "byte_math: no bytes");
	if ((flags & ITEM_RELATIVE) && (d->block < 0 || d->blocks[d->block].count == 0))
		return detect_parse_no(d, "byte_math: relative to nothing");
	int var = check_size(d, &b, flags) == 0 ? detect_parse_var_new(d, result) : -1;
	if (var < 0)
		return FAIL_FORMAT;
	b.var = (uint8_t)var;
	return finish(d, ITEM_BYTE_MATH, flags, &b) ? 0 : FAIL_FORMAT;
}

/* base64_decode: bytes N, offset N, relative — all of them may be missing. */
int detect_keyword_base64_decode(struct draft *d, const struct keyword *k, char *value)
{
	uint64_t bytes = 0, offset = 0;
	uint32_t flags = 0;
	char *rest = value, *s, *arg;

	(void)k;
	while (*value && (s = detect_parse_part(&rest, ','))) {
		bool ok = true;
		if ((arg = word_value(s, "bytes")))
			ok = detect_parse_u64(arg, 65535, &bytes) && bytes > 0;
		else if ((arg = word_value(s, "offset")))
			ok = detect_parse_u64(arg, 65535, &offset);
		else if (strcmp(s, "relative") == 0)
			flags |= ITEM_RELATIVE;
		else
			ok = false;
		if (!ok)
			return detect_parse_no(
			    d, "base64_decode: %.40s is not known", s);
	}
	struct item *it = detect_parse_item(d, ITEM_BASE64);
	if (!it)
		return FAIL_FORMAT;
	it->flags = flags;
	it->u.base64.bytes = (uint32_t)bytes;
	it->u.base64.offset = (uint32_t)offset;
	d->base64 = it;
	return 0;
}
