/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/mime/internal.h"

#include <stdio.h>
#include <strings.h>

#define PIECES_MAX 16u /* name*0, name*1, … (RFC 2231 3) */
#define WORD_MAX   2048u

bool mime_equal(struct span s, const char *text)
{
	size_t len = strlen(text);

	return s.len == len &&
	       (!len || strncasecmp((const char *)s.at, text, len) == 0);
}

struct span mime_trim(struct span s)
{
	while (s.len && (mime_is_blank(s.at[0]) || s.at[0] == '\r' || s.at[0] == '\n'))
		s = span_of(s.at + 1, s.len - 1);
	while (s.len && (mime_is_blank(s.at[s.len - 1]) || s.at[s.len - 1] == '\r' ||
			    s.at[s.len - 1] == '\n'))
		s.len--;
	return s;
}

static bool take(struct span *s, uint8_t c)
{
	if (!s->len || s->at[0] != c)
		return false;
	*s = span_of(s->at + 1, s->len - 1);
	return true;
}

/* Takes bytes up to one of `stops` or the end. */
static struct span take_until(struct span *s, const char *stops)
{
	uint32_t len = 0;

	while (len < s->len && !strchr(stops, s->at[len] ? s->at[len] : 1))
		len++;
	struct span part = span_of(s->at, len);
	*s = span_of(s->at + len, s->len - len);
	return part;
}

/* A quoted string behind its first quote, backslashes undone. */
static void take_quoted(struct span *s, struct buf *out)
{
	while (s->len && s->at[0] != '"') {
		if (s->at[0] == '\\' && s->len > 1)
			*s = span_of(s->at + 1, s->len - 1);
		buf_add_byte(out, s->at[0]);
		*s = span_of(s->at + 1, s->len - 1);
	}
	take(s, '"');
}

/* Value of exactly `key` behind the first ';', as sent, into `out`. */
static bool raw_parameter(struct span s, const char *key, struct buf *out)
{
	take_until(&s, ";");
	while (take(&s, ';')) {
		struct span name = mime_trim(take_until(&s, "=;\""));
		struct buf ignored;
		bool found = mime_equal(name, key);
		buf_init(&ignored, APP_MIME_HEADER_MAX);
		struct buf *to = found ? out : &ignored;
		if (take(&s, '=')) {
			while (s.len && mime_is_blank(s.at[0]))
				take(&s, s.at[0]);
			if (take(&s, '"')) {
				take_quoted(&s, to);
			} else {
				struct span token = mime_trim(take_until(&s, ";"));
				buf_add(to, token.at, token.len);
			}
		}
		take_until(&s, ";");
		buf_fini(&ignored);
		if (found)
			return true;
	}
	return false;
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_percent(struct span s, struct buf *out)
{
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.at[i] == '%' && s.len - i > 2 && digit(s.at[i + 1]) >= 0 &&
		    digit(s.at[i + 2]) >= 0) {
			buf_add_byte(out,
			    (uint8_t)(digit(s.at[i + 1]) << 4 | digit(s.at[i + 2])));
			i += 2;
		} else {
			buf_add_byte(out, s.at[i]);
		}
	}
}

/* "utf-8'ja'%E8%A6…": takes the first two parts off and gives the charset. */
static struct span take_charset(struct span *s)
{
	struct span all = *s;
	struct span charset = take_until(s, "'");

	if (!take(s, '\'')) {
		*s = all;
		return span_of(NULL, 0);
	}
	take_until(s, "'");
	if (!take(s, '\'')) {
		*s = all;
		return span_of(NULL, 0);
	}
	return charset;
}

/* key*, or key*0, key*0*, key*1 … put together (RFC 2231). */
static bool extended_parameter(struct span value, const char *key, struct buf *out)
{
	struct buf piece, whole;
	struct span charset = span_of(NULL, 0);
	uint8_t charset_kept[40];
	char name[80];
	bool any = false;

	buf_init(&piece, APP_MIME_HEADER_MAX);
	buf_init(&whole, APP_MIME_HEADER_MAX);
	for (unsigned i = 0; i <= PIECES_MAX; i++) {
		bool coded = true, found;
		buf_clear(&piece);
		if (i == 0)
			snprintf(name, sizeof(name), "%s*", key);
		else
			snprintf(name, sizeof(name), "%s*%u*", key, i - 1);
		found = raw_parameter(value, name, &piece);
		if (!found && i > 0) {
			coded = false;
			snprintf(name, sizeof(name), "%s*%u", key, i - 1);
			found = raw_parameter(value, name, &piece);
		}
		if (!found && i > 0)
			break;
		if (!found)
			continue;
		struct span s = buf_span(&piece);
		if (coded && !any) {
			struct span set = take_charset(&s);
			if (set.len && set.len <= sizeof(charset_kept)) {
				memcpy(charset_kept, set.at, set.len);
				charset = span_of(charset_kept, set.len);
			}
		}
		any = true;
		if (coded)
			add_percent(s, &whole);
		else
			buf_add(&whole, s.at, s.len);
		if (i == 0)
			break;
	}
	if (any)
		mime_to_utf8(charset, buf_span(&whole), out);
	buf_fini(&piece);
	buf_fini(&whole);
	return any;
}

bool app_mime_parameter(struct span value, const char *key, struct buf *out)
{
	struct buf raw;

	if (extended_parameter(value, key, out))
		return true;
	buf_init(&raw, APP_MIME_HEADER_MAX);
	bool found = raw_parameter(value, key, &raw);
	if (found)
		app_mime_words(buf_span(&raw), out);
	buf_fini(&raw);
	return found;
}

/* The bytes of an encoded word's text. */
static size_t word_bytes(uint8_t encoding, struct span text, uint8_t *out)
{
	struct mime_decoder d = { .encoding = MIME_BASE64 };
	size_t len;

	if (encoding == 'B' || encoding == 'b') {
		len = mime_decode(&d, text, out);
		/* Some leave the padding out. */
		len += mime_decode(&d, span_of("=", 1), out + len);
		return len;
	}
	d.encoding = MIME_QUOTED;
	len = mime_decode(&d, text, out);
	for (size_t i = 0; i < len; i++)
		if (out[i] ==
		    '_') /* RFC 2047 4.2: also what was "=5F", which nobody writes */
			out[i] = ' ';
	return len;
}

/* "=?charset?B?text?=" at the start of `s`; false when it is none. */
static bool take_word(struct span *s, struct buf *out)
{
	struct span rest = *s;
	uint8_t bytes[WORD_MAX + 4];

	if (!take(&rest, '=') || !take(&rest, '?'))
		return false;
	struct span charset = take_until(&rest, "? \t*");
	take_until(&rest, "? \t"); /* "*ja" (RFC 2231 5) */
	if (!charset.len || !take(&rest, '?') || rest.len < 2)
		return false;
	uint8_t encoding = rest.at[0];
	if (!strchr("BbQq", encoding ? encoding : 1) || rest.at[1] != '?')
		return false;
	rest = span_of(rest.at + 2, rest.len - 2);
	struct span text = take_until(&rest, "?");
	if (!take(&rest, '?') || !take(&rest, '=') || text.len > WORD_MAX)
		return false;
	size_t len = word_bytes(encoding, text, bytes);
	mime_to_utf8(charset, span_of(bytes, len), out);
	*s = rest;
	return true;
}

void app_mime_words(struct span s, struct buf *out)
{
	bool after_word = false;

	while (s.len) {
		struct span blanks = s;
		while (s.len && mime_is_blank(s.at[0]))
			take(&s, s.at[0]);
		blanks.len -= s.len;
		struct span before = s;
		struct buf word;
		buf_init(&word, APP_MIME_HEADER_MAX);
		bool is_word = take_word(&s, &word);
		/* White space between two words is there to fold the line only. */
		if (!is_word || !after_word)
			buf_add(out, blanks.at, blanks.len);
		if (is_word) {
			buf_add(out, word.at, word.len);
		} else if (before.len) {
			buf_add_byte(out, before.at[0]);
			s = span_of(before.at + 1, before.len - 1);
		}
		buf_fini(&word);
		after_word = is_word;
	}
}
