/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

/* How long something is: bsize, urilen, dsize, isdataat. */

/* In `buffer`, or in the one in force (BUFFER_MAX). */
static int add_size(struct draft *d, uint16_t buffer, const struct number_test *t)
{
	struct number_test *keep = arena_alloc(d->load->keep, sizeof(*keep));

	if (!keep)
		return FAIL_MEMORY;
	*keep = *t;
	struct item *it = buffer == BUFFER_MAX
			      ? detect_parse_item(d, ITEM_SIZE)
			      : detect_parse_item_in(d, ITEM_SIZE, buffer);
	if (!it)
		return FAIL_FORMAT;
	it->u.size = keep;
	return 0;
}

int detect_keyword_bsize(struct draft *d, const struct keyword *k, char *value)
{
	struct number_test t;

	(void)k;
	if (!d->sticky)
		return detect_parse_no(d, "bsize needs a sticky buffer before it");
	if (!detect_parse_test(value, UINT64_MAX, &t))
		return detect_parse_no(d, "bsize: %.60s is not a size", value);
	return add_size(d, BUFFER_MAX, &t);
}

/* urilen: 5<>10, raw — a bsize of http.uri or http.uri.raw, wherever it stands. */
int detect_keyword_urilen(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	char *number = detect_parse_part(&rest, ',');
	const char *which = rest ? detect_parse_trim(rest) : "norm";
	struct number_test t;

	(void)k;
	if (!detect_parse_test(number, UINT16_MAX, &t))
		return detect_parse_no(d, "urilen: %.60s is not a length", value);
	bool raw = strcmp(which, "raw") == 0;
	if (!raw && strcmp(which, "norm") != 0)
		return detect_parse_no(d, "urilen: %.20s is not raw or norm", which);
	return add_size(d, raw ? TX_HTTP_URI_RAW : TX_HTTP_URI, &t);
}

int detect_keyword_dsize(struct draft *d, const struct keyword *k, char *value)
{
	struct number_test t;

	(void)k;
	if (d->seen & SEEN_DSIZE)
		return detect_parse_no(d, "dsize stands there twice");
	d->seen |= SEEN_DSIZE;
	if (!detect_parse_test(value, UINT16_MAX, &t))
		return detect_parse_no(d, "dsize: %.60s is not a size", value);
	struct check *c = detect_parse_check(d, CHECK_DSIZE);
	if (!c)
		return FAIL_FORMAT;
	c->u.number = t;
	return 0;
}

int detect_keyword_isdataat(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	char *number = detect_parse_part(&rest, ',');
	uint32_t flags = 0;
	uint64_t v = 0;
	int var = -1;
	char *word;

	(void)k;
	if (*number == '!') {
		flags |= ITEM_NEGATED;
		number = detect_parse_trim(number + 1);
	}
	if (!detect_parse_u64(number, 65535, &v)) {
		var = detect_parse_var_number(d, number);
		if (var < 0)
			return detect_parse_no(
			    d, "isdataat: %.60s is not a place", number);
		flags |= ITEM_OFFSET_VAR;
		v = (uint64_t)var;
	}
	while ((word = detect_parse_part(&rest, ','))) {
		if (strcmp(word, "relative") == 0)
			flags |= ITEM_RELATIVE;
		else if (strcmp(word, "rawbytes") != 0)
			return detect_parse_no(d, "isdataat: %.20s is not known", word);
	}
	struct item *it = detect_parse_item(d, ITEM_ISDATAAT);
	if (!it)
		return FAIL_FORMAT;
	it->flags = flags;
	it->u.isdataat.at = (int32_t)v;
	return 0;
}
