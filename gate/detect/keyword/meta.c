/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* Words that say what a rule is, not what it looks for. */

#define SURICATA_VERSION "8.0.6" /* the language of this version is what we read */

static int once(struct draft *d, uint32_t what, const char *name)
{
	if (d->seen & what)
		return detect_parse_no(d, "%s stands there twice", name);
	d->seen |= what;
	return 0;
}

int detect_keyword_msg(struct draft *d, const struct keyword *k, char *value)
{
	if (once(d, SEEN_MSG, k->name) < 0)
		return FAIL_FORMAT;
	if (!detect_parse_quoted(&value))
		return detect_parse_no(d, "msg must stand in quotation marks");
	d->sig.rule.msg = detect_parse_keep(d->load->keep, value);
	return d->sig.rule.msg ? 0 : FAIL_MEMORY;
}

/* A number in plain digits or in quotation marks. */
static int number(struct draft *d, const struct keyword *k, char *value, uint32_t *out)
{
	uint64_t v;

	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	for (const char *s = value; *s; s++)
		if (!isdigit((unsigned char)*s))
			return detect_parse_no(
			    d, "%s: %.40s is not a number", k->name, value);
	if (!detect_parse_u64(value, UINT32_MAX, &v))
		return detect_parse_no(d, "%s: %.40s is not a number", k->name, value);
	*out = (uint32_t)v;
	return 0;
}

int detect_keyword_sid(struct draft *d, const struct keyword *k, char *value)
{
	int r = once(d, SEEN_SID, k->name);

	if (r == 0)
		r = number(d, k, value, &d->sig.rule.sid);
	if (r == 0 && d->sig.rule.sid == 0)
		r = detect_parse_no(d, "sid 0 is not allowed");
	return r;
}

int detect_keyword_rev(struct draft *d, const struct keyword *k, char *value)
{
	int r = once(d, SEEN_REV, k->name);

	if (r == 0)
		r = number(d, k, value, &d->sig.rule.rev);
	if (r == 0 && d->sig.rule.rev == 0)
		r = detect_parse_no(d, "rev 0 is not allowed");
	return r;
}

int detect_keyword_gid(struct draft *d, const struct keyword *k, char *value)
{
	int r = once(d, SEEN_GID, k->name);

	return r ? r : number(d, k, value, &d->sig.rule.gid);
}

int detect_keyword_classtype(struct draft *d, const struct keyword *k, char *value)
{
	if (once(d, SEEN_CLASS, k->name) < 0)
		return FAIL_FORMAT;
	for (const char *s = value; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '-' && *s != '_')
			return FAIL_FORMAT;
	const struct parse_class *c = detect_parse_class_find(d->load, value);
	if (!c) {
		/* As elsewhere in the field: the rule works, with the default priority. */
		d->sig.rule.class_id = detect_parse_keep(d->load->keep, value);
		return d->sig.rule.class_id ? 0 : FAIL_MEMORY;
	}
	d->sig.rule.class_id = c->id;
	d->sig.rule.class_text = c->text;
	if (!d->priority_set)
		d->sig.rule.priority = c->priority;
	return 0;
}

int detect_keyword_priority(struct draft *d, const struct keyword *k, char *value)
{
	d->priority_set = true;
	int r = number(d, k, value, &d->sig.rule.priority);
	if (r == 0 && (d->sig.rule.priority < 1 || d->sig.rule.priority > 255))
		r = detect_parse_no(d, "priority is a number from 1 to 255");
	return r;
}

int detect_keyword_reference(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	const char *kind = detect_parse_part(&rest, ',');

	(void)k;
	if (!*kind || !rest || !*detect_parse_trim(rest))
		return detect_parse_no(d, "reference is written kind,identifier");
	return 0;
}

/* Pairs `key value` with commas between them; a word alone says nothing to EVE. */
int detect_keyword_metadata(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value, *pair;

	(void)k;
	while ((pair = detect_parse_part(&rest, ','))) {
		char *v = pair;
		while (*v && !isspace((unsigned char)*v))
			v++;
		if (!*v)
			continue;
		*v++ = 0;
		v = detect_parse_trim(v);
		if (d->meta_count >= PARSE_META_MAX)
			return detect_parse_no(
			    d, "more than %u metadata", PARSE_META_MAX);
		void **key = detect_parse_intern(
		    d->load->keep, &d->load->texts, pair, (uint32_t)strlen(pair));
		if (key && !*key)
			*key = detect_parse_keep(d->load->keep, pair);
		d->meta_values[d->meta_count] = detect_parse_keep(d->load->keep, v);
		if (!key || !*key || !d->meta_values[d->meta_count])
			return FAIL_MEMORY;
		d->meta_keys[d->meta_count++] = *key;
	}
	return 0;
}

int detect_keyword_target(struct draft *d, const struct keyword *k, char *value)
{
	if (once(d, SEEN_TARGET, k->name) < 0)
		return FAIL_FORMAT;
	if (strcmp(value, "src_ip") == 0)
		d->sig.flags |= SIG_SOURCE_TARGET;
	else if (strcmp(value, "dest_ip") == 0)
		d->sig.flags |= SIG_DEST_TARGET;
	else
		return detect_parse_no(d, "target is src_ip or dest_ip");
	return 0;
}

/* Words that only help another engine to be fast, or name what we do anyway. */
int detect_keyword_hint(struct draft *d, const struct keyword *k, char *value)
{
	(void)d;
	(void)k;
	(void)value;
	return 0;
}

/* Compares dotted versions; both have up to three numbers. */
static int compare_versions(const char *a, const char *b)
{
	for (unsigned i = 0; i < 3; i++) {
		unsigned x = 0, y = 0;
		for (; isdigit((unsigned char)*a); a++)
			x = x * 10 + (unsigned)(*a - '0');
		for (; isdigit((unsigned char)*b); b++)
			y = y * 10 + (unsigned)(*b - '0');
		if (x != y)
			return x < y ? -1 : 1;
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

/* "version >= 7.0.3 < 8 | > 9": any of the alternatives, all conditions in one. */
static int version_ok(struct draft *d, char *expr)
{
	char *rest = expr, *alt;
	bool any = false;

	while ((alt = detect_parse_part(&rest, '|'))) {
		bool all = true;
		if (!*alt)
			return detect_parse_no(d, "requires: a version is missing");
		while (*alt) {
			char op[3] = "";
			for (unsigned i = 0; i < 2 && strchr("<>=", *alt) && *alt; i++)
				op[i] = *alt++;
			while (*alt == ' ')
				alt++;
			if (!op[0] || !isdigit((unsigned char)*alt))
				return detect_parse_no(
				    d, "requires: not a version: %.40s", alt);
			int c = compare_versions(SURICATA_VERSION, alt);
			all &= strcmp(op, ">=") == 0   ? c >= 0
			       : strcmp(op, "<=") == 0 ? c <= 0
			       : op[0] == '<'          ? c < 0
						       : c > 0;
			while (isdigit((unsigned char)*alt) || *alt == '.')
				alt++;
			while (*alt == ' ')
				alt++;
		}
		any |= all;
	}
	return any;
}

/* requires: what an engine must have for the rule to be meant for it.  A rule that is not
 * meant for us is passed over; it is not broken. */
int detect_keyword_requires(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value, *one;

	(void)k;
	while ((one = detect_parse_part(&rest, ','))) {
		char *arg = one;
		while (*arg && !isspace((unsigned char)*arg))
			arg++;
		if (*arg)
			*arg++ = 0;
		arg = detect_parse_trim(arg);
		if (strcmp(one, "version") == 0) {
			int ok = version_ok(d, arg);
			if (ok < 0)
				return ok;
			d->skip |= !ok;
		} else if (strcmp(one, "keyword") == 0) {
			const struct keyword *want = detect_keyword_find(arg);
			d->skip |= !want || !want->parse;
		} else {
			d->skip =
			    true; /* a feature that we do not know, so do not have */
		}
	}
	return 0;
}
