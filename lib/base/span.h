/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns.  `at` may be NULL only when `len` is 0. */
struct span {
	const uint8_t *at;
	uint32_t len;
};

static inline struct span span_of(const void *at, size_t len)
{
	return (struct span){ .at = at, .len = (uint32_t)len };
}

static inline struct span span_text(const char *text)
{
	return text ? span_of(text, strlen(text)) : span_of(NULL, 0);
}

static inline bool span_is(struct span s, const char *text)
{
	size_t len = strlen(text);
	return s.len == len && (len == 0 || memcmp(s.at, text, len) == 0);
}
