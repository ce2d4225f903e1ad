/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/span.h"

/* A compiled regular expression (PCRE2 with JIT) and its use.
 *
 * Owns:    struct regex, shared by the rules of an engine that write it alike.
 * Threads: a regex never changes; struct regex_room belongs to one worker.
 * Limits:  REGEX_MATCH_LIMIT steps, ten times that for rules that ask (`O`). */
#define REGEX_MATCH_LIMIT 10000u

struct regex;
struct regex_room;

struct regex_hit {
	uint32_t start, end;
};

enum regex_flag {
	REGEX_NOCASE = 1,
	REGEX_LINES = 2,    /* m */
	REGEX_DOTALL = 4,   /* s */
	REGEX_EXTENDED = 8, /* x */
	REGEX_ANCHORED = 16,
	REGEX_DOLLAR_END = 32,
	REGEX_UNGREEDY = 64,
	REGEX_LONGER = 128, /* O */
};

/* NULL with a reason in `why`. */
struct regex *detect_match_regex_new(
    const char *pattern, size_t len, unsigned flags, char *why, size_t why_room);
void detect_match_regex_free(struct regex *re);

struct regex_room *detect_match_regex_room_new(void) __attribute__((malloc));
void detect_match_regex_room_free(struct regex_room *room);
/* First match at or behind `start`.  Past the limit: no match. */
bool detect_match_regex_run(const struct regex *re, struct regex_room *room,
    struct span text, uint32_t start, struct regex_hit *hit);
/* Place of capture group 1 of the last match, or the whole match when there is none. */
struct span detect_match_regex_capture(const struct regex_room *room, struct span text);
