/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

/* Templates of a gateway's request, and patterns of its answer.
 *
 * Threads: any.
 * Limits:  the buffer's own; whatever stands in a value, it stays inside its place: no
 *          header line, JSON member or form field but those of the template comes out. */
enum notify_place {
	NOTIFY_IN_URL,
	NOTIFY_IN_HEADER,
	NOTIFY_IN_JSON, /* inside a string of the template */
	NOTIFY_IN_FORM,
	NOTIFY_IN_TEXT,
};

struct notify_values {
	const char *to, *text, *id, *secret;
};

void notify_template(struct buf *b, const char *template, enum notify_place place,
    const struct notify_values *v);

/* "/a/0/b" is there, or "/a/0/b=value" is there and is it. */
bool notify_answer_json(const char *pattern, struct span answer);
/* Matches the extended regular expression; one that is none matches nothing. */
bool notify_answer_text(const char *pattern, struct buf *answer);
