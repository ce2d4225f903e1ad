/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Rule files: lines that end with `\` go on, `#` begins a comment, a comment that is a rule
 * is a disabled rule and is counted. */

int detect_parse_init(struct load *l, struct arena *keep)
{
	*l = (struct load){ .keep = keep };
	l->draft = calloc(1, sizeof(*l->draft));
	if (!l->draft)
		return FAIL_MEMORY;
	l->draft->load = l;
	struct source *payload = arena_alloc(keep, sizeof(*payload));
	if (!payload ||
	    !detect_parse_grow(&l->source, &l->source_room, 0, sizeof(struct source *)))
		return FAIL_MEMORY;
	payload->buffer = BUFFER_PAYLOAD;
	l->source[l->source_count++] = payload;
	return 0;
}

void detect_parse_fini(struct load *l)
{
	detect_parse_intern_fini(&l->addr_sets);
	detect_parse_intern_fini(&l->port_sets);
	detect_parse_intern_fini(&l->sources);
	detect_parse_intern_fini(&l->regexes);
	detect_parse_intern_fini(&l->texts);
	detect_parse_intern_fini(&l->sids);
	free(l->draft);
	free(l->classes);
	l->draft = NULL;
	l->classes = NULL;
}

int detect_parse_var(struct load *l, const char *name, const char *value)
{
	struct parse_var v = { detect_parse_keep(l->keep, name),
		detect_parse_keep(l->keep, value) };

	if (!v.name || !v.value)
		return FAIL_MEMORY;
	for (uint32_t i = 0; i < l->var_count; i++) {
		if (strcmp(l->vars[i].name, name) == 0) {
			l->vars[i] = v;
			return 0;
		}
	}
	if (l->var_count >= PARSE_VARS_MAX)
		return FAIL_LIMIT;
	l->vars[l->var_count++] = v;
	return 0;
}

const char *detect_parse_var_find(const struct load *l, const char *name)
{
	for (uint32_t i = 0; i < l->var_count; i++)
		if (strcmp(l->vars[i].name, name) == 0)
			return l->vars[i].value;
	return NULL;
}

/* The sid of a rule that may be broken anywhere; 0 when there is none to be read. */
static uint64_t guess_sid(const char *text)
{
	const char *s = text;
	uint64_t sid = 0;

	while ((s = strstr(s, "sid"))) {
		bool begins = s == text || strchr("; (\t", s[-1]);
		s += 3;
		while (*s == ' ')
			s++;
		if (!begins || *s != ':')
			continue;
		s++;
		while (*s == ' ')
			s++;
		for (sid = 0; isdigit((unsigned char)*s) && sid < UINT32_MAX; s++)
			sid = sid * 10 + (uint64_t)(*s - '0');
		break;
	}
	return sid;
}

int detect_parse_refuse(
    struct load *l, const char *file, unsigned line, uint64_t sid, const char *why)
{
	if (!detect_parse_grow(
		&l->refusals, &l->refusal_room, l->refusal_count, sizeof(*l->refusals)))
		return FAIL_MEMORY;
	char *reason = detect_parse_keep(l->keep, why);
	if (!reason)
		return FAIL_MEMORY;
	l->refusals[l->refusal_count++] = (struct engine_refusal){
		.file = file, .line = line, .sid = sid, .reason = reason
	};
	return 0;
}

/* A newer revision replaces the older one; the same twice is a mistake. */
static int take(struct load *l, struct draft *d, struct sig *s)
{
	uint32_t key[2] = { s->rule.gid, s->rule.sid };
	void **slot = detect_parse_intern(l->keep, &l->sids, key, sizeof(key));

	if (!slot)
		return detect_parse_no(d, "out of memory");
	if (*slot) {
		struct sig **old = &l->sigs[(uintptr_t)*slot - 1];
		if ((*old)->rule.rev >= s->rule.rev)
			return detect_parse_no(
			    d, "the rule is there already (rev %u)", (*old)->rule.rev);
		*old = s;
		return 0;
	}
	if (l->sig_count >= DETECT_RULES_MAX)
		return detect_parse_no(d, "more than %u rules", DETECT_RULES_MAX);
	if (!detect_parse_grow(
		&l->sigs, &l->sig_room, l->sig_count, sizeof(struct sig *)))
		return detect_parse_no(d, "out of memory");
	l->sigs[l->sig_count++] = s;
	*slot = (void *)(uintptr_t)l->sig_count;
	return 0;
}

static int one_rule(struct load *l, const char *file, unsigned line, char *text)
{
	struct draft *d = l->draft;
	struct sig *s = NULL;
	uint64_t sid = guess_sid(text);

	int r = detect_parse_rule(d, text);
	if (r == 0)
		r = detect_parse_freeze(d, &s);
	if (r == 0)
		r = take(l, d, s);
	if (r == 1)
		l->skipped++;
	if (r >= 0)
		return 0;
	return detect_parse_refuse(
	    l, file, line, sid, d->why[0] ? d->why : "not understood");
}

static bool looks_like_rule(const char *s)
{
	static const char *const actions[] = { "alert ", "drop ", "pass ", "reject " };

	for (unsigned i = 0; i < 4; i++)
		if (strncmp(s, actions[i], strlen(actions[i])) == 0)
			return strstr(s, "sid") != NULL && strchr(s, '(') != NULL;
	return false;
}

static int one_line(struct load *l, const char *file, unsigned line, char *text)
{
	char *s = detect_parse_trim(text);

	if (*s == '#') {
		while (*s == '#' || *s == ' ' || *s == '\t')
			s++;
		l->disabled += looks_like_rule(s);
		return 0;
	}
	if (*s == 0)
		return 0;
	if (strlen(s) > PARSE_RULE_MAX)
		return detect_parse_refuse(
		    l, file, line, guess_sid(s), "the rule is too long");
	return one_rule(l, file, line, s);
}

/* The length of the line at `s` without a `\` at its end; `goes_on` when there is one. */
static size_t without_backslash(const char *s, size_t len, bool *goes_on)
{
	size_t n = len;

	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	*goes_on = n > 0 && s[n - 1] == '\\';
	return *goes_on ? n - 1 : len;
}

int detect_parse_text(struct load *l, const char *name, char *text, size_t len)
{
	const char *file = detect_parse_keep(l->keep, name);
	size_t at = 0;
	unsigned line = 0;
	int r = file ? 0 : FAIL_MEMORY;

	while (r == 0 && at < len) {
		unsigned first = ++line;
		char *rule = text + at;
		size_t rule_len = 0;
		bool goes_on = true;
		while (goes_on && at < len) {
			char *nl = memchr(text + at, '\n', len - at);
			size_t n = nl ? (size_t)(nl - (text + at)) : len - at;
			size_t take_len = without_backslash(text + at, n, &goes_on);
			memmove(rule + rule_len, text + at, take_len);
			rule_len += take_len;
			at += n + (nl ? 1 : 0);
			if (goes_on && at < len)
				line++;
		}
		if (memchr(rule, 0, rule_len)) {
			r = detect_parse_refuse(
			    l, file, first, 0, "there is a NUL byte in the line");
			continue;
		}
		char *one = strndup(rule, rule_len);
		if (!one)
			return FAIL_MEMORY;
		r = one_line(l, file, first, one);
		free(one);
	}
	return r;
}

char *detect_parse_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	*len = 0;
	if (!f)
		return NULL;
	for (;;) {
		if (room - *len < 2) {
			room = room ? room * 2 : 65536;
			char *more = room > PARSE_FILE_MAX ? NULL : realloc(text, room);
			if (!more) {
				errno = EFBIG;
				goto fail;
			}
			text = more;
		}
		size_t n = fread(text + *len, 1, room - *len - 1, f);
		*len += n;
		if (n == 0)
			break;
	}
	if (ferror(f))
		goto fail;
	fclose(f);
	text[*len] = 0;
	return text;
fail:
	fclose(f);
	free(text);
	return NULL;
}

int detect_parse_file(struct load *l, const char *path)
{
	size_t len;
	char *text = detect_parse_read(path, &len);

	if (!text)
		return FAIL_IO;
	int r = detect_parse_text(l, path, text, len);
	free(text);
	return r;
}

int detect_parse_class_add(
    struct load *l, const char *id, const char *text, uint32_t priority)
{
	if (!detect_parse_grow(
		&l->classes, &l->class_room, l->class_count, sizeof(*l->classes)))
		return FAIL_MEMORY;
	l->classes[l->class_count++] =
	    (struct parse_class){ .id = id, .text = text, .priority = priority };
	return 0;
}

int detect_parse_classes(struct load *l, const char *path)
{
	size_t len;
	char *text = detect_parse_read(path, &len);

	if (!text)
		return FAIL_IO;
	char *rest = text, *line;
	int r = 0;
	while (r == 0 && (line = detect_parse_part(&rest, '\n'))) {
		static const char intro[] = "config classification:";
		uint64_t priority;
		if (strncmp(line, intro, sizeof(intro) - 1) != 0)
			continue;
		char *s = line + sizeof(intro) - 1;
		char *id = detect_parse_part(&s, ','),
		     *says = detect_parse_part(&s, ',');
		char *prio = detect_parse_part(&s, ',');
		if (prio && detect_parse_u64(prio, UINT32_MAX, &priority)) {
			id = detect_parse_keep(l->keep, id);
			says = detect_parse_keep(l->keep, says);
			r = id && says ? detect_parse_class_add(
					     l, id, says, (uint32_t)priority)
				       : FAIL_MEMORY;
		}
	}
	free(text);
	return r;
}

const struct parse_class *detect_parse_class_find(const struct load *l, const char *id)
{
	for (uint32_t i = 0; i < l->class_count; i++)
		if (strcasecmp(l->classes[i].id, id) == 0)
			return &l->classes[i];
	return NULL;
}
