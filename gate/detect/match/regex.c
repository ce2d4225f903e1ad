/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/match/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#define REGEX_CAPTURES  8u
#define REGEX_STACK_MIN (32u << 10)
#define REGEX_STACK_MAX (512u << 10)

struct regex {
	pcre2_code *code;
	bool jit, longer;
};

struct regex_room {
	pcre2_match_data *data;
	pcre2_match_context *usual, *longer;
	pcre2_jit_stack *stack;
	int groups; /* of the last match */
};

struct regex *detect_match_regex_new(
    const char *pattern, size_t len, unsigned flags, char *why, size_t why_room)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;
	int error;
	size_t at;

	options |= flags & REGEX_NOCASE ? PCRE2_CASELESS : 0;
	options |= flags & REGEX_LINES ? PCRE2_MULTILINE : 0;
	options |= flags & REGEX_DOTALL ? PCRE2_DOTALL : 0;
	options |= flags & REGEX_EXTENDED ? PCRE2_EXTENDED : 0;
	options |= flags & REGEX_ANCHORED ? PCRE2_ANCHORED : 0;
	options |= flags & REGEX_DOLLAR_END ? PCRE2_DOLLAR_ENDONLY : 0;
	options |= flags & REGEX_UNGREEDY ? PCRE2_UNGREEDY : 0;
	struct regex *re = calloc(1, sizeof(*re));
	if (!re) {
		snprintf(why, why_room, "out of memory");
		return NULL;
	}
	re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &error, &at, NULL);
	if (!re->code) {
		char text[128] = "";
		pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof(text));
		snprintf(why, why_room, "pcre: %s at %zu", text, at);
		free(re);
		return NULL;
	}
	re->longer = flags & REGEX_LONGER;
	re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	return re;
}

void detect_match_regex_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_code_free(re->code);
	free(re);
}

struct regex_room *detect_match_regex_room_new(void)
{
	struct regex_room *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->data = pcre2_match_data_create(REGEX_CAPTURES, NULL);
	r->usual = pcre2_match_context_create(NULL);
	r->longer = pcre2_match_context_create(NULL);
	r->stack = pcre2_jit_stack_create(REGEX_STACK_MIN, REGEX_STACK_MAX, NULL);
	if (!r->data || !r->usual || !r->longer || !r->stack) {
		detect_match_regex_room_free(r);
		return NULL;
	}
	pcre2_set_match_limit(r->usual, REGEX_MATCH_LIMIT);
	pcre2_set_match_limit(r->longer, REGEX_MATCH_LIMIT * 10);
	pcre2_jit_stack_assign(r->usual, NULL, r->stack);
	pcre2_jit_stack_assign(r->longer, NULL, r->stack);
	return r;
}

void detect_match_regex_room_free(struct regex_room *r)
{
	if (!r)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->usual);
	pcre2_match_context_free(r->longer);
	pcre2_jit_stack_free(r->stack);
	free(r);
}

bool detect_match_regex_run(const struct regex *re, struct regex_room *room,
    struct span text, uint32_t start, struct regex_hit *hit)
{
	const pcre2_match_context *limits = re->longer ? room->longer : room->usual;
	pcre2_match_context *context = (pcre2_match_context *)(uintptr_t)limits;
	PCRE2_SPTR subject = text.at ? text.at : (PCRE2_SPTR) "";
	int r;

	if (start > text.len)
		return false;
	if (re->jit)
		r = pcre2_jit_match(
		    re->code, subject, text.len, start, 0, room->data, context);
	else
		r = pcre2_match(
		    re->code, subject, text.len, start, 0, room->data, context);
	if (r < 0)
		return false;
	const size_t *place = pcre2_get_ovector_pointer(room->data);
	room->groups = r == 0 ? (int)REGEX_CAPTURES : r;
	hit->start = (uint32_t)place[0];
	hit->end = (uint32_t)place[1];
	return true;
}

struct span detect_match_regex_capture(const struct regex_room *room, struct span text)
{
	const size_t *place = pcre2_get_ovector_pointer(room->data);
	unsigned k = room->groups > 1 && place[2] != PCRE2_UNSET ? 2 : 0;

	return span_of(text.at ? text.at + place[k] : NULL, place[k + 1] - place[k]);
}
