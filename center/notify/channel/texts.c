/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"

#include <inttypes.h>

/* Short texts, for what counts characters: SMS, LINE, a voice. */

/* Bytes of the character at `s`; what is no UTF-8 counts as one. */
static size_t step_of(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

	for (size_t i = 1; i < len; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
	return len;
}

static size_t units_of(const char *text, size_t len)
{
	size_t units = 0;

	for (size_t i = 0, step; i < len; i += step) {
		step = step_of(text + i);
		units += step == 4 ? 2 : 1;
	}
	return units;
}

size_t notify_text_units(const char *text)
{
	return units_of(text, strlen(text));
}

/* Length of the sentence at `text` with its end mark. */
static size_t sentence(const char *text)
{
	for (size_t i = 0, step; text[i]; i += step) {
		step = step_of(text + i);
		if (step == 3 && (strncmp(text + i, "。", 3) == 0))
			return i + 3;
		if (text[i] == '\n' ||
		    (text[i] == '.' && (text[i + 1] == ' ' || !text[i + 1])))
			return i + 1;
	}
	return strlen(text);
}

/* The longest start that has at most `units`. */
static size_t fit(const char *text, size_t units)
{
	size_t at = 0, used = 0;

	while (text[at]) {
		size_t step = step_of(text + at);
		used += step == 4 ? 2 : 1;
		if (used > units)
			break;
		at += step;
	}
	return at;
}

void notify_text_fit(
    struct buf *b, const char *subject, const char *act, const char *tail, size_t units)
{
	size_t tail_units = notify_text_units(tail);
	size_t room = units > tail_units + 1 ? units - tail_units - 1 : 0;
	size_t head = fit(subject, room);

	buf_add(b, subject, head);
	room -= units_of(subject, head);
	const char *gap = "\n";
	while (*act) {
		size_t len = sentence(act), need = units_of(act, len) + (*gap ? 1 : 0);
		if (need > room)
			break;
		buf_add_text(b, gap);
		buf_add(b, act, len);
		room -= need;
		act += len;
		while (*act == ' ' || *act == '\n')
			act++;
		gap = "";
	}
	if (*tail) {
		buf_add_byte(b, '\n');
		buf_add(b, tail, fit(tail, units));
	}
}

void notify_text_tail(struct buf *b, const struct notify_notice *n)
{
	bool ja = n->lang != RECORD_EN;

	if (*n->phone)
		buf_addf(b, ja ? "電話%s" : "Call %s", n->phone);
	if (n->incident_id)
		buf_addf(b, ja ? "%s番号%" PRId64 : "%snumber %" PRId64,
		    *n->phone ? " " : "", n->incident_id);
}
