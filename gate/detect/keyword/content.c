/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* content and the words behind it. */

#define CONTENT_MAX 255u * 32u

static int hex_digit(int c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* The bytes between two `|`: pairs of hexadecimal digits, blanks between pairs. */
static int read_hex(struct draft *d, const char **at, uint8_t *out, size_t *n)
{
	const char *s = *at;

	for (;;) {
		while (*s == ' ')
			s++;
		if (*s == '|')
			break;
		int high = hex_digit((unsigned char)*s);
		int low = high < 0 ? -1 : hex_digit((unsigned char)s[1]);
		if (high < 0 || low < 0)
			return detect_parse_no(
			    d, "content: broken hexadecimal at %.20s", s);
		out[(*n)++] = (uint8_t)(high << 4 | low);
		s += 2;
	}
	*at = s + 1;
	return 0;
}

/* `text|0d 0a|text`; out has room for the text's length. */
static int read_bytes(struct draft *d, const char *s, uint8_t *out, size_t *n)
{
	*n = 0;
	while (*s) {
		if (*s == '|') {
			s++;
			if (read_hex(d, &s, out, n) < 0)
				return FAIL_FORMAT;
			continue;
		}
		if (*s == '\\') {
			s++;
			if (!*s || !strchr("\"\\;:|", *s))
				return detect_parse_no(
				    d, "content: \\%c is no escape", *s);
		} else if (*s == '"' || *s == ';') {
			return detect_parse_no(
			    d, "content: %c must be written \\%c", *s, *s);
		}
		out[(*n)++] = (uint8_t)*s++;
	}
	return 0;
}

/* Takes `!` and the quotation marks off. */
static int unwrap(struct draft *d, char **value, bool *negated)
{
	char *s = *value;

	*negated = false;
	if (*s == '!') {
		*negated = true;
		s = detect_parse_trim(s + 1);
	}
	size_t n = strlen(s);
	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return detect_parse_no(d, "content must stand in quotation marks");
	s[n - 1] = 0;
	*value = s + 1;
	return 0;
}

int detect_keyword_content(struct draft *d, const struct keyword *k, char *value)
{
	uint8_t *bytes;
	bool negated;
	size_t n;

	(void)k;
	if (unwrap(d, &value, &negated) < 0)
		return FAIL_FORMAT;
	if (strlen(value) > CONTENT_MAX)
		return detect_parse_no(d, "content is longer than %u", CONTENT_MAX);
	bytes = arena_alloc(d->load->keep, strlen(value) + 1);
	if (!bytes)
		return FAIL_MEMORY;
	if (read_bytes(d, value, bytes, &n) < 0)
		return FAIL_FORMAT;
	if (n == 0)
		return detect_parse_no(d, "content is empty");
	struct item *it = detect_parse_item(d, ITEM_CONTENT);
	if (!it)
		return FAIL_FORMAT;
	it->flags = negated ? ITEM_NEGATED : 0;
	it->u.content.bytes = bytes;
	it->u.content.len = (uint16_t)n;
	return 0;
}

/* The content that a modifier refers to. */
static struct item *last_content(struct draft *d, const struct keyword *k)
{
	if (d->last && d->last->kind == ITEM_CONTENT)
		return d->last;
	detect_parse_no(d, "%s needs a content before it", k->name);
	return NULL;
}

int detect_keyword_nocase(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	(void)value;
	if (!it)
		return FAIL_FORMAT;
	if (it->flags & ITEM_NOCASE)
		return detect_parse_no(d, "nocase stands there twice");
	it->flags |= ITEM_NOCASE;
	uint8_t *bytes = (uint8_t *)(uintptr_t)it->u.content.bytes;
	for (unsigned i = 0; i < it->u.content.len; i++)
		bytes[i] = (uint8_t)tolower(bytes[i]);
	return 0;
}

/* A number, or the name of a variable that byte_extract filled earlier. */
static int place(struct draft *d, const struct keyword *k, char *value, struct item *it,
    uint32_t flag, uint32_t var_flag, int32_t *out)
{
	if (it->flags & flag)
		return detect_parse_no(
		    d, "%s stands there twice for one content", k->name);
	it->flags |= flag;
	if (detect_parse_i32(value, out))
		return *out > 65535 || *out < -65535
			   ? detect_parse_no(
				 d, "%s: %s is out of range", k->name, value)
			   : 0;
	*out = detect_parse_var_number(d, value);
	if (*out < 0)
		return detect_parse_no(d, "%s: unknown variable %.60s", k->name, value);
	it->flags |= var_flag;
	return 0;
}

int detect_keyword_depth(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	if (!it)
		return FAIL_FORMAT;
	if (it->flags & ITEM_STARTS)
		return detect_parse_no(d, "depth together with startswith");
	int r =
	    place(d, k, value, it, ITEM_DEPTH, ITEM_DEPTH_VAR, &it->u.content.depth);
	if (r == 0 && !(it->flags & ITEM_DEPTH_VAR) &&
	    it->u.content.depth < it->u.content.len)
		return detect_parse_no(d,
		    "depth %d is less than the content's length %u",
		    it->u.content.depth, it->u.content.len);
	/* In the language, depth counts from offset. */
	if (r == 0 && (it->flags & ITEM_OFFSET) &&
	    !(it->flags & (ITEM_DEPTH_VAR | ITEM_OFFSET_VAR)))
		it->u.content.depth += it->u.content.offset;
	return r;
}

int detect_keyword_offset(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	if (!it)
		return FAIL_FORMAT;
	if (it->flags & ITEM_STARTS)
		return detect_parse_no(d, "offset together with startswith");
	int r =
	    place(d, k, value, it, ITEM_OFFSET, ITEM_OFFSET_VAR, &it->u.content.offset);
	if (r == 0 && !(it->flags & ITEM_OFFSET_VAR) && it->u.content.offset < 0)
		return detect_parse_no(d, "offset is negative");
	if (r == 0 && (it->flags & ITEM_DEPTH) &&
	    !(it->flags & (ITEM_DEPTH_VAR | ITEM_OFFSET_VAR)))
		it->u.content.depth += it->u.content.offset;
	return r;
}

int detect_keyword_distance(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	if (!it)
		return FAIL_FORMAT;
	if (it->flags & (ITEM_DEPTH | ITEM_OFFSET))
		return detect_parse_no(d, "%s together with offset or depth", k->name);
	it->flags |= ITEM_RELATIVE;
	return place(
	    d, k, value, it, ITEM_DISTANCE, ITEM_DISTANCE_VAR, &it->u.content.distance);
}

int detect_keyword_within(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	if (!it)
		return FAIL_FORMAT;
	if (it->flags & (ITEM_DEPTH | ITEM_OFFSET))
		return detect_parse_no(d, "%s together with offset or depth", k->name);
	it->flags |= ITEM_RELATIVE;
	int r =
	    place(d, k, value, it, ITEM_WITHIN, ITEM_WITHIN_VAR, &it->u.content.within);
	if (r == 0 && !(it->flags & ITEM_WITHIN_VAR) &&
	    it->u.content.within < it->u.content.len)
		return detect_parse_no(d,
		    "within %d is less than the content's length %u",
		    it->u.content.within, it->u.content.len);
	return r;
}

int detect_keyword_startswith(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	(void)value;
	if (!it)
		return FAIL_FORMAT;
	if (it->flags & (ITEM_DEPTH | ITEM_OFFSET | ITEM_DISTANCE | ITEM_WITHIN))
		return detect_parse_no(d, "startswith together with another place");
	it->flags |= ITEM_STARTS | ITEM_DEPTH;
	it->u.content.depth = it->u.content.len;
	return 0;
}

int detect_keyword_endswith(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);

	(void)value;
	if (!it)
		return FAIL_FORMAT;
	if (it->flags & ITEM_ENDS)
		return detect_parse_no(d, "endswith stands there twice");
	it->flags |= ITEM_ENDS;
	return 0;
}

int detect_keyword_fast_pattern(struct draft *d, const struct keyword *k, char *value)
{
	struct item *it = last_content(d, k);
	uint64_t offset, len;

	if (!it)
		return FAIL_FORMAT;
	if (it->flags & ITEM_FAST)
		return detect_parse_no(d, "fast_pattern stands there twice");
	it->flags |= ITEM_FAST;
	d->seen |= SEEN_FAST;
	if (!*value)
		return 0;
	if (strcmp(value, "only") == 0) {
		it->flags |= ITEM_FAST_ONLY;
		return 0;
	}
	char *rest = value;
	const char *first = detect_parse_part(&rest, ','),
		   *second = detect_parse_part(&rest, ',');
	if (!second || !detect_parse_u64(first, 65535, &offset) ||
	    !detect_parse_u64(second, 65535, &len))
		return FAIL_FORMAT;
	if (len == 0 || offset + len > it->u.content.len)
		return detect_parse_no(
		    d, "fast_pattern:%s,%s is outside of the content", first, second);
	it->u.content.fast_offset = (uint16_t)offset;
	it->u.content.fast_len = (uint16_t)len;
	return 0;
}

/* The bytes as they came are what payload is anyway. */
int detect_keyword_rawbytes(struct draft *d, const struct keyword *k, char *value)
{
	(void)value;
	if (!last_content(d, k))
		return FAIL_FORMAT;
	return d->sticky ? detect_parse_no(d, "rawbytes in a sticky buffer") : 0;
}
