/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/match.h"

/* Numbers inside of the traffic, and base64. */

/* Digits of `base` at `at`; blanks in front and a sign are taken, the first other byte ends
 * the number.  False when there is no digit. */
static bool text_number(const uint8_t *at, uint32_t len, unsigned base, uint64_t *v)
{
	uint32_t i = 0;
	bool any = false, minus = false;

	while (i < len && (at[i] == ' ' || (at[i] >= 9 && at[i] <= 13)))
		i++;
	if (i < len && (at[i] == '-' || at[i] == '+'))
		minus = at[i++] == '-';
	if (base == 16 && len - i >= 2 && at[i] == '0' && (at[i + 1] | 32) == 'x')
		i += 2;
	for (*v = 0; i < len; i++) {
		unsigned digit = at[i] >= '0' && at[i] <= '9' ? (unsigned)at[i] - 48u
				 : (at[i] | 32) >= 'a' && (at[i] | 32) <= 'f'
				     ? (at[i] | 32u) - 87u
				     : (unsigned)99;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*v, base, v) ||
		    __builtin_add_overflow(*v, digit, v))
			return false;
		any = true;
	}
	if (minus)
		*v = 0 - *v;
	return any;
}

static uint64_t binary_number(const uint8_t *at, uint32_t len, bool little)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < len; i++)
		v = v << 8 | at[little ? len - 1 - i : i];
	return v;
}

/* Where the number stands and how long it is; false: outside of the buffer. */
static bool number_place(
    const struct look *l, const struct item *it, int64_t *at, uint32_t *len)
{
	const struct bytes_item *b = it->u.bytes;
	int64_t offset = it->flags & ITEM_OFFSET_VAR
			     ? (int64_t)(int32_t)l->vars[b->offset]
			     : b->offset;

	*at = (it->flags & ITEM_RELATIVE ? (int64_t)l->pos : 0) + offset;
	uint64_t n = it->flags & ITEM_NBYTES_VAR ? l->vars[b->nbytes_var] : b->nbytes;
	if (n > 23)
		return false;
	*len = (uint32_t)n;
	return *at >= 0 && *at <= l->data.len && (int64_t)*len <= l->data.len - *at;
}

static bool read_number(const struct look *l, const struct item *it, uint64_t *v,
    int64_t *at, uint32_t *len)
{
	const struct bytes_item *b = it->u.bytes;

	if (!number_place(l, it, at, len))
		return false;
	const uint8_t *p = l->data.at + *at;
	if (it->flags & ITEM_TEXT) {
		if (!text_number(p, *len, b->base, v))
			return false;
	} else {
		if (*len == 0 || *len > 8)
			return false;
		*v = binary_number(p, *len, it->flags & ITEM_LITTLE);
	}
	if (b->mask)
		*v = (*v & b->mask) >> b->shift;
	return true;
}

static bool compare(uint8_t op, uint64_t v, uint64_t with)
{
	switch (op) {
	case BYTE_LT:
		return v < with;
	case BYTE_GT:
		return v > with;
	case BYTE_LE:
		return v <= with;
	case BYTE_GE:
		return v >= with;
	case BYTE_AND:
		return (v & with) != 0;
	case BYTE_OR:
		return (v ^ with) != 0;
	default:
		return v == with;
	}
}

static uint64_t item_value(const struct look *l, const struct item *it)
{
	uint64_t v = it->u.bytes->value;
	return it->flags & ITEM_VALUE_VAR ? l->vars[v] : v;
}

static bool run_test(struct look *l, const struct item *it)
{
	uint64_t v;
	int64_t at;
	uint32_t len;

	if (it->u.bytes->nbytes == 0 && !(it->flags & ITEM_NBYTES_VAR))
		return false;
	if (!read_number(l, it, &v, &at, &len))
		return false;
	return compare(it->u.bytes->op, v, item_value(l, it)) !=
	       !!(it->flags & ITEM_NEGATED);
}

static bool run_jump(struct look *l, const struct item *it)
{
	const struct bytes_item *b = it->u.bytes;
	uint64_t v = 0;
	int64_t at;
	uint32_t len;

	if (b->nbytes == 0 && !(it->flags & ITEM_NBYTES_VAR)) {
		if (!number_place(l, it, &at, &len))
			return false;
	} else if (!read_number(l, it, &v, &at, &len)) {
		return false;
	}
	if (v > UINT32_MAX)
		return false;
	int64_t jump = (int64_t)(v * b->multiplier);
	if ((it->flags & ITEM_ALIGN) && jump % 4)
		jump += 4 - jump % 4;
	if (it->flags & ITEM_FROM_BEGIN)
		jump += 0;
	else if (it->flags & ITEM_FROM_END)
		jump += l->data.len;
	else
		jump += at + len;
	jump += b->post_offset;
	if (jump < 0 || jump > l->data.len)
		return false;
	l->pos = (uint32_t)jump;
	return true;
}

static bool run_extract(struct look *l, const struct item *it)
{
	const struct bytes_item *b = it->u.bytes;
	uint64_t v;
	int64_t at;
	uint32_t len;

	if (!read_number(l, it, &v, &at, &len))
		return false;
	v *= b->multiplier;
	if (b->align && v % b->align)
		v += b->align - v % b->align;
	l->pos = (uint32_t)at + len;
	l->vars[b->var] = v;
	return true;
}

static bool run_math(struct look *l, const struct item *it)
{
	const struct bytes_item *b = it->u.bytes;
	uint64_t v, with = item_value(l, it);
	int64_t at;
	uint32_t len;

	if (!read_number(l, it, &v, &at, &len))
		return false;
	switch (b->op) {
	case BYTE_ADD:
		v += with;
		break;
	case BYTE_SUB:
		v -= with;
		break;
	case BYTE_MUL:
		v *= with;
		break;
	case BYTE_DIV:
		if (with == 0)
			return false;
		v /= with;
		break;
	case BYTE_SHL:
		v = with < 64 ? v << with : 0;
		break;
	default:
		v = with < 64 ? v >> with : 0;
		break;
	}
	l->pos = (uint32_t)at + len;
	l->vars[b->var] = v;
	return true;
}

bool detect_match_bytes(struct look *l, const struct item *it)
{
	switch (it->kind) {
	case ITEM_BYTE_TEST:
		return run_test(l, it);
	case ITEM_BYTE_JUMP:
		return run_jump(l, it);
	case ITEM_BYTE_EXTRACT:
		return run_extract(l, it);
	case ITEM_BYTE_MATH:
		return run_math(l, it);
	default:
		return false;
	}
}

static int base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint32_t detect_match_decode64(
    const uint8_t *in, uint32_t len, uint8_t *out, uint32_t room, bool lenient)
{
	uint32_t bits = 0, have = 0, n = 0;

	for (uint32_t i = 0; i < len && n < room; i++) {
		int digit = base64_digit(in[i]);
		if (digit < 0) {
			if (in[i] == '\r' || in[i] == '\n' || in[i] == ' ' ||
			    (lenient && in[i] != '='))
				continue;
			break;
		}
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

bool detect_match_base64(struct look *l, const struct item *it, struct span *out)
{
	uint64_t from = it->u.base64.offset + (it->flags & ITEM_RELATIVE ? l->pos : 0u);

	if (from >= l->data.len)
		return false;
	uint32_t len = l->data.len - (uint32_t)from;
	if (it->u.base64.bytes && it->u.base64.bytes < len)
		len = it->u.base64.bytes;
	uint32_t n = detect_match_decode64(
	    l->data.at + from, len, l->base64, MATCH_BASE64_MAX, false);
	*out = span_of(l->base64, n);
	return n > 0;
}
