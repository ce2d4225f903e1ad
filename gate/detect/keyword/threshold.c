/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* How often a rule may tell: threshold and detection_filter. */

static const char *const kinds[] = { "", "limit", "threshold", "both" };

int detect_keyword_track(struct draft *d, const char *s, struct threshold *t)
{
	static const char *const by[] = { "by_src", "by_dst", "by_both", "by_rule",
		"by_flow" };

	for (unsigned i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		if (strcmp(s, by[i]) == 0) {
			t->by = (uint8_t)i;
			return 0;
		}
	}
	return detect_parse_no(d, "track %.20s is not known", s);
}

int detect_keyword_threshold_type(struct draft *d, const char *s, struct threshold *t)
{
	for (uint8_t i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(s, kinds[i]) == 0) {
			t->kind = i;
			return 0;
		}
	}
	if (strcmp(s, "backoff") == 0) {
		t->kind = THRESHOLD_BACKOFF;
		return 0;
	}
	return detect_parse_no(d, "type %.20s is not known", s);
}

static int read_number(struct draft *d, const char *name, const char *s, uint32_t *out)
{
	uint64_t v;

	if (!detect_parse_u64(s, UINT32_MAX, &v) || v == 0)
		return detect_parse_no(
		    d, "%s: %.20s is not a number above zero", name, s);
	*out = (uint32_t)v;
	return 0;
}

enum part {
	PART_TYPE = 1,
	PART_TRACK = 2,
	PART_COUNT = 4,
	PART_SECONDS = 8,
	PART_MULT = 16
};

static int read_part(struct draft *d, char *word, struct threshold *t, uint32_t *got)
{
	char *arg = word;

	while (*arg && !isspace((unsigned char)*arg))
		arg++;
	if (*arg)
		*arg++ = 0;
	arg = detect_parse_trim(arg);
	uint32_t part = 0;
	int r = 0;
	if (strcmp(word, "type") == 0) {
		part = PART_TYPE;
		r = detect_keyword_threshold_type(d, arg, t);
	} else if (strcmp(word, "track") == 0) {
		part = PART_TRACK;
		r = detect_keyword_track(d, arg, t);
	} else if (strcmp(word, "count") == 0) {
		part = PART_COUNT;
		r = read_number(d, word, arg, &t->count);
	} else if (strcmp(word, "seconds") == 0) {
		part = PART_SECONDS;
		r = read_number(d, word, arg, &t->seconds);
	} else if (strcmp(word, "multiplier") == 0) {
		part = PART_MULT;
		r = read_number(d, word, arg, &t->multiplier);
	} else if (strcmp(word, "unique_on") == 0) {
		t->unique = strcmp(arg, "src_port") == 0   ? 1
			    : strcmp(arg, "dst_port") == 0 ? 2
							   : 0;
		if (!t->unique)
			r = detect_parse_no(d, "unique_on %.20s is not known", arg);
	} else {
		r = detect_parse_no(d, "%.20s is not known", word);
	}
	if (r == 0 && (*got & part))
		r = detect_parse_no(d, "%s stands there twice", word);
	*got |= part;
	return r;
}

static int add(struct draft *d, const struct threshold *t)
{
	if (d->seen & SEEN_FILTER)
		return detect_parse_no(
		    d, "a rule has one threshold or detection_filter");
	d->seen |= SEEN_FILTER;
	d->thresholds[d->threshold_count++] = *t;
	return 0;
}

int detect_keyword_threshold(struct draft *d, const struct keyword *k, char *value)
{
	struct threshold t = { .kind = THRESHOLD_NONE };
	uint32_t got = 0;
	char *rest = value, *s;

	while ((s = detect_parse_part(&rest, ',')))
		if (read_part(d, s, &t, &got) < 0)
			return FAIL_FORMAT;
	uint32_t need = t.kind == THRESHOLD_BACKOFF
			    ? PART_TYPE | PART_TRACK | PART_COUNT | PART_MULT
			    : PART_TYPE | PART_TRACK | PART_COUNT | PART_SECONDS;
	if (got != need)
		return detect_parse_no(
		    d, "%s needs type, track, count and seconds", k->name);
	if (t.unique)
		return detect_parse_no(d, "unique_on belongs to detection_filter");
	if (t.kind == THRESHOLD_BACKOFF && t.multiplier < 2)
		return detect_parse_no(d, "multiplier must be at least 2");
	return add(d, &t);
}

int detect_keyword_detection_filter(
    struct draft *d, const struct keyword *k, char *value)
{
	struct threshold t = { .kind = THRESHOLD_FILTER };
	uint32_t got = 0;
	char *rest = value, *s;

	while ((s = detect_parse_part(&rest, ',')))
		if (read_part(d, s, &t, &got) < 0)
			return FAIL_FORMAT;
	if (got != (PART_TRACK | PART_COUNT | PART_SECONDS))
		return detect_parse_no(d, "%s needs track, count and seconds", k->name);
	if (t.unique &&
	    (d->sig.proto & ~(SIG_PROTO_TCP | SIG_PROTO_UDP | SIG_PROTO_SCTP)))
		return detect_parse_no(d, "unique_on needs a protocol with ports");
	return add(d, &t);
}
