/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* threshold.config: limits for rules that somebody else wrote.
 *
 *   threshold gen_id 1, sig_id 2, type limit, track by_src, count 1, seconds 60
 *   rate_filter gen_id 1, sig_id 2, track by_src, count 9, seconds 60, new_action drop, timeout 5
 *   suppress gen_id 1, sig_id 2 [, track by_src, ip 192.0.2.1]
 *
 * gen_id 0 or sig_id 0 is every one. */

struct line {
	uint64_t gid, sid;
	struct threshold t;
	bool has_gid, has_sid, has_track, has_ip, has_count, has_seconds, has_action;
};

static int read_action(struct draft *d, const char *s, struct threshold *t)
{
	static const struct {
		const char *name;
		uint8_t action;
	} actions[] = { { "alert", SIG_ALERT }, { "drop", SIG_DROP },
		{ "pass", SIG_PASS }, { "reject", SIG_REJECT } };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(s, actions[i].name) == 0) {
			t->new_action = actions[i].action;
			return 0;
		}
	}
	return detect_parse_no(d, "new_action %.20s is not known", s);
}

static int read_ip(struct draft *d, struct line *l, const char *text)
{
	l->t.addrs = detect_parse_addrs(d, text);
	l->has_ip = l->t.addrs;
	return l->t.addrs ? 0 : FAIL_FORMAT;
}

static int read_word(struct draft *d, struct line *l, char *word)
{
	char *arg = word;
	uint64_t n = 0;

	while (*arg && !isspace((unsigned char)*arg))
		arg++;
	if (*arg)
		*arg++ = 0;
	arg = detect_parse_trim(arg);
	if (strcmp(word, "ip") == 0)
		return read_ip(d, l, arg);
	if (strcmp(word, "track") == 0) {
		l->has_track = true;
		if (strcmp(arg, "by_either") == 0) {
			l->t.by = TRACK_EITHER;
			return 0;
		}
		return detect_keyword_track(d, arg, &l->t);
	}
	if (strcmp(word, "type") == 0)
		return detect_keyword_threshold_type(d, arg, &l->t);
	if (strcmp(word, "new_action") == 0) {
		l->has_action = true;
		return read_action(d, arg, &l->t);
	}
	if (!detect_parse_u64(arg, UINT32_MAX, &n))
		return detect_parse_no(d, "%.20s %.20s is not understood", word, arg);
	if (strcmp(word, "gen_id") == 0) {
		l->gid = n;
		l->has_gid = true;
	} else if (strcmp(word, "sig_id") == 0) {
		l->sid = n;
		l->has_sid = true;
	} else if (strcmp(word, "count") == 0) {
		l->t.count = (uint32_t)n;
		l->has_count = n > 0;
	} else if (strcmp(word, "seconds") == 0) {
		l->t.seconds = (uint32_t)n;
		l->has_seconds = n > 0;
	} else if (strcmp(word, "multiplier") == 0) {
		l->t.multiplier = (uint32_t)n;
		l->has_seconds = n > 1;
	} else if (strcmp(word, "timeout") == 0) {
		l->t.timeout = (uint32_t)n;
	} else {
		return detect_parse_no(d, "%.20s is not known", word);
	}
	return 0;
}

/* A list of addresses may hold commas: the part ends at a comma outside of brackets. */
static char *next_word(char **rest)
{
	char *s = *rest;
	int depth = 0;

	if (!s)
		return NULL;
	for (char *p = s; *p; p++) {
		depth += *p == '[' ? 1 : *p == ']' ? -1 : 0;
		if (*p == ',' && depth == 0) {
			*p = 0;
			*rest = p + 1;
			return detect_parse_trim(s);
		}
	}
	*rest = NULL;
	return detect_parse_trim(s);
}

static int check_line(struct draft *d, const struct line *l)
{
	if (!l->has_gid || !l->has_sid)
		return detect_parse_no(d, "gen_id and sig_id are needed");
	if (l->t.kind == THRESHOLD_SUPPRESS)
		return l->has_track == l->has_ip
			   ? 0
			   : detect_parse_no(
				 d, "suppress needs both track and ip, or none");
	if (l->t.kind == THRESHOLD_NONE || !l->has_track || !l->has_count ||
	    !l->has_seconds)
		return detect_parse_no(d, "type, track, count and seconds are needed");
	if (l->t.kind == THRESHOLD_RATE && !l->has_action)
		return detect_parse_no(d, "new_action is needed");
	return 0;
}

static int read_line(struct draft *d, struct line *l, char *text)
{
	static const struct {
		const char *name;
		uint8_t kind;
	} kinds[] = { { "threshold", THRESHOLD_NONE },
		{ "event_filter", THRESHOLD_NONE }, { "rate_filter", THRESHOLD_RATE },
		{ "suppress", THRESHOLD_SUPPRESS } };

	size_t i = 0;
	char *rest = text, *word;

	while (i < 4 && (strncmp(text, kinds[i].name, strlen(kinds[i].name)) != 0 ||
			    !isspace((unsigned char)text[strlen(kinds[i].name)])))
		i++;
	if (i == 4)
		return detect_parse_no(
		    d, "not threshold, event_filter, rate_filter or suppress");
	l->t.kind = kinds[i].kind;
	rest += strlen(kinds[i].name);
	while ((word = next_word(&rest)))
		if (read_word(d, l, word) < 0)
			return FAIL_FORMAT;
	return check_line(d, l);
}

/* In front of what the rule has: suppress first.  A threshold replaces the rule's own. */
static bool apply_to(struct load *l, struct sig *s, const struct threshold *t)
{
	struct threshold *keep = arena_alloc(l->keep, sizeof(*keep));

	if (!keep)
		return false;
	*keep = *t;
	keep->next = s->threshold;
	if (t->kind != THRESHOLD_SUPPRESS && t->kind != THRESHOLD_RATE) {
		while (keep->next && keep->next->kind != THRESHOLD_SUPPRESS &&
		       keep->next->kind != THRESHOLD_RATE)
			keep->next = keep->next->next;
	}
	s->threshold = keep;
	return true;
}

static bool apply(struct load *l, const struct line *line)
{
	uint32_t key[2] = { (uint32_t)line->gid, (uint32_t)line->sid };

	if (line->gid && line->sid) {
		void **slot = detect_parse_intern(l->keep, &l->sids, key, sizeof(key));
		if (!slot)
			return false;
		return !*slot || apply_to(l, l->sigs[(uintptr_t)*slot - 1], &line->t);
	}
	for (uint32_t i = 0; i < l->sig_count; i++) {
		const struct rule *r = &l->sigs[i]->rule;
		if ((!line->gid || r->gid == line->gid) &&
		    (!line->sid || r->sid == line->sid) &&
		    !apply_to(l, l->sigs[i], &line->t))
			return false;
	}
	return true;
}

int detect_parse_limits(struct load *l, const char *path)
{
	size_t len;
	char *text = detect_parse_read(path, &len), *rest = text, *s;
	const char *file = detect_parse_keep(l->keep, path);
	unsigned number = 0;
	int r = 0;

	if (!text)
		return FAIL_IO;
	while (r == 0 && file && (s = detect_parse_part(&rest, '\n'))) {
		struct line line = { 0 };
		number++;
		if (*s == 0 || *s == '#')
			continue;
		l->draft->why[0] = 0;
		if (read_line(l->draft, &line, s) < 0)
			r = detect_parse_refuse(l, file, number, line.sid,
			    l->draft->why[0] ? l->draft->why : "not understood");
		else if (!apply(l, &line))
			r = FAIL_MEMORY;
	}
	free(text);
	return file ? r : FAIL_MEMORY;
}
