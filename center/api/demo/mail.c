/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/demo/demo.h"

#include <ctype.h>

/* As much of MIME as our own notices and a mail server's own messages need: encoded words
 * (RFC 2047), base64 and quoted-printable (RFC 2045), the first text of a multipart. */
#define HEADER_MAX 1000u
#define DEPTH_MAX  4
#define PARTS_MAX  20

static int base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void add_base64(struct buf *to, struct span s)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (uint32_t i = 0; i < s.len && s.at[i] != '='; i++) {
		int v = base64_value(s.at[i]);
		if (v < 0)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_add_byte(to, (uint8_t)(bits >> have));
		}
	}
}

static int hex(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

/* `underscore`: the Q of an encoded word, where it is a blank. */
static void add_quoted(struct buf *to, struct span s, bool underscore)
{
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.at[i] == '_' && underscore) {
			buf_add_byte(to, ' ');
		} else if (s.at[i] != '=') {
			buf_add_byte(to, s.at[i]);
		} else if (i + 2 < s.len && hex(s.at[i + 1]) >= 0 &&
			   hex(s.at[i + 2]) >= 0) {
			buf_add_byte(
			    to, (uint8_t)(hex(s.at[i + 1]) << 4 | hex(s.at[i + 2])));
			i += 2;
		} else { /* soft line break */
			while (i + 1 < s.len &&
			       (s.at[i + 1] == '\r' || s.at[i + 1] == '\n'))
				if (s.at[++i] == '\n')
					break;
		}
	}
}

static uint32_t find(struct span s, uint32_t from, uint8_t byte)
{
	while (from < s.len && s.at[from] != byte)
		from++;
	return from;
}

/* "=?charset?B?text?=" at the start of s: its length, decoded into `to`; 0: is none. */
static uint32_t add_word(struct buf *to, struct span s)
{
	uint32_t charset, text, end;

	if (s.len < 8 || s.at[0] != '=' || s.at[1] != '?')
		return 0;
	charset = find(s, 2, '?');
	text = charset + 3;
	if (text >= s.len || s.at[charset + 2] != '?')
		return 0;
	end = find(s, text, '?');
	if (end + 1 >= s.len || s.at[end + 1] != '=')
		return 0;
	if (toupper(s.at[charset + 1]) == 'B')
		add_base64(to, span_of(s.at + text, end - text));
	else
		add_quoted(to, span_of(s.at + text, end - text), true);
	return end + 2;
}

static void add_header(struct buf *to, struct span value)
{
	bool after_word = false;

	for (uint32_t i = 0; i < value.len;) {
		uint32_t word = add_word(to, span_of(value.at + i, value.len - i));
		uint32_t blanks = i;
		if (word) {
			i += word;
			after_word = true;
			continue;
		}
		/* Blanks between two words are none (RFC 2047, 6.2). */
		while (blanks < value.len && isspace(value.at[blanks]))
			blanks++;
		if (after_word && blanks > i && blanks + 1 < value.len &&
		    value.at[blanks] == '=' && value.at[blanks + 1] == '?') {
			i = blanks;
			continue;
		}
		after_word = false;
		buf_add_byte(to, value.at[i++]);
	}
}

/* The lines before the first empty one; *body is what follows. */
static struct span split(struct span raw, struct span *body)
{
	for (uint32_t i = 0; i < raw.len;) {
		uint32_t end = find(raw, i, '\n');
		if (end == i || (end == i + 1 && raw.at[i] == '\r')) {
			uint32_t next = end < raw.len ? end + 1 : end;
			*body = span_of(raw.at + next, raw.len - next);
			return span_of(raw.at, i);
		}
		i = end + 1;
	}
	*body = span_of(NULL, 0);
	return raw;
}

/* A header's value with its continuation lines; empty when there is none. */
static struct span header(struct span head, const char *name)
{
	uint32_t len = (uint32_t)strlen(name);

	for (uint32_t i = 0; i < head.len;) {
		uint32_t end = find(head, i, '\n');
		while (end + 1 < head.len &&
		       (head.at[end + 1] == ' ' || head.at[end + 1] == '\t'))
			end = find(head, end + 1, '\n');
		if (end - i > len && head.at[i + len] == ':' &&
		    strncasecmp((const char *)head.at + i, name, len) == 0) {
			uint32_t from = i + len + 1;
			while (from < end && head.at[from] == ' ')
				from++;
			if (end - from > HEADER_MAX)
				end = from + HEADER_MAX;
			return span_of(head.at + from, end - from);
		}
		i = end + 1;
	}
	return span_of(NULL, 0);
}

static bool starts(struct span s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && strncasecmp((const char *)s.at, with, len) == 0;
}

/* boundary="…" of a Content-Type, into `room`; false: none. */
static bool boundary(struct span type, char *room, size_t size)
{
	size_t n = 0;

	for (uint32_t i = 0; i + 9 < type.len; i++) {
		if (strncasecmp((const char *)type.at + i, "boundary=", 9) != 0)
			continue;
		i += 9;
		bool quoted = type.at[i] == '"';
		for (i += quoted; i < type.len && n + 1 < size; i++) {
			uint8_t c = type.at[i];
			if (quoted ? c == '"' : c == ';' || isspace(c))
				break;
			room[n++] = (char)c;
		}
		room[n] = '\0';
		return n > 0;
	}
	return false;
}

static bool add_part(struct buf *to, struct span raw, int depth);

static bool add_multipart(struct buf *to, struct span body, const char *mark, int depth)
{
	size_t len = strlen(mark);
	uint32_t start = 0;
	int parts = 0;

	for (uint32_t i = 0; i < body.len && parts < PARTS_MAX;) {
		uint32_t end = find(body, i, '\n');
		if (end - i >= len + 2 && body.at[i] == '-' && body.at[i + 1] == '-' &&
		    memcmp(body.at + i + 2, mark, len) == 0) {
			if (start && add_part(to, span_of(body.at + start, i - start),
					 depth + 1))
				return true;
			start = end + 1;
			parts++;
		}
		i = end + 1;
	}
	return false;
}

/* The text of a message or a part; false when it has none. */
static bool add_part(struct buf *to, struct span raw, int depth)
{
	struct span body, head = split(raw, &body);
	struct span type = header(head, "Content-Type"),
		    how = header(head, "Content-Transfer-Encoding");
	char mark[128];

	if (starts(type, "multipart/"))
		return depth < DEPTH_MAX && boundary(type, mark, sizeof(mark)) &&
		       add_multipart(to, body, mark, depth);
	if (type.len > 0 && !starts(type, "text/plain"))
		return false;
	if (starts(how, "base64"))
		add_base64(to, body);
	else if (starts(how, "quoted-printable"))
		add_quoted(to, body, false);
	else
		buf_add(to, body.at, body.len);
	return true;
}

/* Bytes of the UTF-8 character at s.at; 0: it is none (RFC 3629). */
static uint32_t character(struct span s)
{
	static const struct {
		uint8_t from, to, len, second_from, second_to;
	} rows[] = {
		{ 0x20, 0x7e, 1, 0, 0 },
		{ 0xc2, 0xdf, 2, 0x80, 0xbf },
		{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf },
		{ 0xed, 0xed, 3, 0x80, 0x9f },
		{ 0xee, 0xef, 3, 0x80, 0xbf },
		{ 0xf0, 0xf0, 4, 0x90, 0xbf },
		{ 0xf1, 0xf3, 4, 0x80, 0xbf },
		{ 0xf4, 0xf4, 4, 0x80, 0x8f },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t len = rows[i].len;
		if (s.at[0] < rows[i].from || s.at[0] > rows[i].to)
			continue;
		if (len > s.len || (len > 1 && (s.at[1] < rows[i].second_from ||
						   s.at[1] > rows[i].second_to)))
			return 0;
		for (uint32_t k = 2; k < len; k++)
			if ((s.at[k] & 0xc0) != 0x80)
				return 0;
		return len;
	}
	return 0;
}

/* Text for people: UTF-8, lines end with \n, everything else becomes "?" or goes. */
static void clean(struct buf *text, bool lines)
{
	struct buf to;

	buf_init(&to, API_DEMO_MAIL_MAX);
	for (uint32_t i = 0; i < text->len && !text->overflowed;) {
		struct span rest = span_of(text->at + i, text->len - i);
		uint32_t len = character(rest);
		if (len)
			buf_add(&to, rest.at, len);
		else if (rest.at[0] == '\n' || rest.at[0] == '\t')
			buf_add_byte(&to, lines ? rest.at[0] : ' ');
		else if (rest.at[0] != '\r')
			buf_add_byte(&to, '?');
		i += len ? len : 1;
	}
	buf_fini(text);
	*text = to;
}

void api_demo_mail_read(struct api_demo_mail *m, struct span raw)
{
	struct span body, head = split(raw, &body);

	buf_init(&m->from, API_DEMO_MAIL_MAX);
	buf_init(&m->to, API_DEMO_MAIL_MAX);
	buf_init(&m->subject, API_DEMO_MAIL_MAX);
	buf_init(&m->text, API_DEMO_MAIL_MAX);
	add_header(&m->from, header(head, "From"));
	add_header(&m->to, header(head, "To"));
	add_header(&m->subject, header(head, "Subject"));
	(void)add_part(&m->text, raw, 0);
	clean(&m->from, false);
	clean(&m->to, false);
	clean(&m->subject, false);
	clean(&m->text, true);
}

void api_demo_mail_fini(struct api_demo_mail *m)
{
	buf_fini(&m->from);
	buf_fini(&m->to);
	buf_fini(&m->subject);
	buf_fini(&m->text);
}
