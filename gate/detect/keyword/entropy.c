/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <stdlib.h>

/* entropy: [bytes N,] [offset N,] value > 4.2 */

static bool number(const char *s, double *v)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	*v = strtod(s, &end);
	return *end == 0 && *v >= 0 && *v <= 8;
}

/* "> 4", "4-5", "!= 4" … as struct number_test has it, with fractions. */
static bool comparison(char *s, struct entropy_item *e)
{
	static const struct {
		const char *sign;
		uint8_t op;
	} signs[] = { { "<=", NUMBER_LE }, { ">=", NUMBER_GE }, { "!=", NUMBER_NE },
		{ "<", NUMBER_LT }, { ">", NUMBER_GT }, { "=", NUMBER_EQ } };

	bool negated = *s == '!' && s[1] != '=';
	char *range;

	if (negated)
		s = detect_parse_trim(s + 1);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i].sign);
		if (strncmp(s, signs[i].sign, n) != 0)
			continue;
		e->op = signs[i].op;
		return !negated && number(detect_parse_trim(s + n), &e->a);
	}
	if ((range = strchr(s, '-'))) {
		*range = 0;
		e->op = negated ? NUMBER_OUTSIDE : NUMBER_INSIDE;
		return number(detect_parse_trim(s), &e->a) &&
		       number(detect_parse_trim(range + 1), &e->b) && e->b > e->a;
	}
	e->op = negated ? NUMBER_NE : NUMBER_EQ;
	return number(s, &e->a);
}

int detect_keyword_entropy(struct draft *d, const struct keyword *k, char *value)
{
	struct entropy_item e = { 0 };
	char *rest = value, *s;
	bool got = false;

	(void)k;
	while ((s = detect_parse_part(&rest, ','))) {
		char *arg = s;
		uint64_t n;
		while (*arg && !isspace((unsigned char)*arg))
			arg++;
		if (*arg)
			*arg++ = 0;
		arg = detect_parse_trim(arg);
		bool ok = false;
		if (strcmp(s, "value") == 0)
			got = ok = comparison(arg, &e);
		else if (strcmp(s, "bytes") == 0 &&
			 (ok = detect_parse_u64(arg, 65535, &n)))
			e.bytes = (uint32_t)n;
		else if (strcmp(s, "offset") == 0 &&
			 (ok = detect_parse_u64(arg, 65535, &n)))
			e.offset = (uint32_t)n;
		if (!ok)
			return detect_parse_no(d, "entropy: %.20s %.20s", s, arg);
	}
	if (!got)
		return detect_parse_no(d, "entropy: no value to compare with");
	struct entropy_item *keep = arena_alloc(d->load->keep, sizeof(*keep));
	struct item *it = keep ? detect_parse_item(d, ITEM_ENTROPY) : NULL;
	if (!it)
		return FAIL_FORMAT;
	*keep = e;
	it->u.entropy = keep;
	return 0;
}
