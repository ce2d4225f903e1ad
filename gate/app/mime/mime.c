/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/mime/mime.h"

#include "gate/app/mime/internal.h"

#include <stdlib.h>

#define OUT_MAX 8192u /* decoded bytes handed on at once */

enum state {
	HEADERS,
	BETWEEN, /* before the first part and behind the last: text for nobody */
	BODY,
};

/* A multipart, or a mail, that contains what is being read. */
struct level {
	uint8_t boundary[APP_MIME_BOUNDARY_MAX]; /* len 0: a mail inside the mail */
	uint32_t len;
};

/* What the headers of the current part said. */
struct part {
	struct buf type; /* "text/html", small letters */
	struct buf name; /* of the file, UTF-8 */
	struct buf boundary;
	bool attachment;
	enum mime_encoding encoding;
};

struct app_mime {
	struct app_mime_sink sink;
	enum state state;
	struct level levels[APP_MIME_DEPTH_MAX];
	unsigned depth;
	unsigned parts;
	bool open;  /* sink.part was called for the current part */
	bool doubt; /* a mail inside the mail, said to be encoded */
	bool lost;  /* and bytes of it are missing */
	struct part part;
	struct buf header; /* being unfolded: "Name: value" */
	struct mime_decoder decoder;
	uint8_t line[APP_MIME_LINE_MAX];
	uint32_t line_len;
	bool line_begun;     /* the start of this line was handed on already */
	uint8_t line_end[2]; /* held back: it may belong to a boundary */
	uint32_t line_end_len;
	uint8_t out[OUT_MAX];
	uint32_t out_len;
};

static void part_reset(struct app_mime *m)
{
	buf_clear(&m->part.type);
	buf_clear(&m->part.name);
	buf_clear(&m->part.boundary);
	m->part.attachment = false;
	m->part.encoding = MIME_AS_IS;
	m->decoder = (struct mime_decoder){ .encoding = MIME_AS_IS };
	m->lost = false;
	m->line_end_len = 0;
}

struct app_mime *app_mime_new(const struct app_mime_sink *sink, struct span boundary)
{
	struct app_mime *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->sink = *sink;
	buf_init(&m->header, APP_MIME_HEADER_MAX);
	buf_init(&m->part.type, APP_MIME_NAME_MAX);
	buf_init(&m->part.name, APP_MIME_HEADER_MAX * 3);
	buf_init(&m->part.boundary, APP_MIME_HEADER_MAX * 3);
	if (boundary.len && boundary.len <= APP_MIME_BOUNDARY_MAX) {
		memcpy(m->levels[0].boundary, boundary.at, boundary.len);
		m->levels[0].len = boundary.len;
		m->depth = 1;
		m->state = BETWEEN;
	}
	return m;
}

void app_mime_free(struct app_mime *m)
{
	if (!m)
		return;
	buf_fini(&m->header);
	buf_fini(&m->part.type);
	buf_fini(&m->part.name);
	buf_fini(&m->part.boundary);
	free(m);
}

static void odd(struct app_mime *m, enum app_mime_odd what)
{
	m->sink.odd(m->sink.ctx, what);
}

static void flush(struct app_mime *m)
{
	if (m->out_len && m->open)
		m->sink.bytes(m->sink.ctx, span_of(m->out, m->out_len));
	m->out_len = 0;
}

/* Decoded bytes of the current part. */
static void emit(struct app_mime *m, struct span in)
{
	while (in.len) {
		/* A decoder may give back up to two bytes more than it takes. */
		if (m->out_len + 2 >= OUT_MAX)
			flush(m);
		uint32_t room = OUT_MAX - m->out_len - 2;
		uint32_t part = in.len < room ? in.len : room;
		m->out_len += (uint32_t)mime_decode(
		    &m->decoder, span_of(in.at, part), m->out + m->out_len);
		in = span_of(in.at + part, in.len - part);
	}
}

/* The end of the line before turned out to be part of the body. */
static void emit_line_end(struct app_mime *m)
{
	uint8_t kept[2];
	size_t kept_len;

	if (!m->line_end_len)
		return;
	bool real = mime_decode_line_end(&m->decoder, kept, &kept_len);
	if (m->out_len + 4 > OUT_MAX)
		flush(m);
	memcpy(m->out + m->out_len, kept, kept_len);
	m->out_len += (uint32_t)kept_len;
	if (real) {
		memcpy(m->out + m->out_len, m->line_end, m->line_end_len);
		m->out_len += m->line_end_len;
	}
	m->line_end_len = 0;
}

static void close_part(struct app_mime *m, bool whole)
{
	if (m->open) {
		/* What a decoder holds back at the very end. */
		if (m->decoder.encoding == MIME_BASE64 && m->decoder.count > 1)
			emit(m, span_of("=", 1));
		flush(m);
		if (m->decoder.wrong)
			odd(m, m->decoder.encoding == MIME_BASE64
				   ? APP_MIME_BAD_BASE64
				   : APP_MIME_BAD_QUOTED);
		m->sink.part_end(m->sink.ctx, whole && !m->lost);
	}
	m->open = false;
	m->out_len = 0;
	part_reset(m);
}

/* Puts `boundary` (len 0: a mail) on the stack; false when it is full. */
static bool go_deeper(struct app_mime *m, struct span boundary)
{
	if (m->depth >= APP_MIME_DEPTH_MAX) {
		odd(m, APP_MIME_MALFORMED);
		return false;
	}
	struct level *l = &m->levels[m->depth++];
	if (boundary.len)
		memcpy(l->boundary, boundary.at, boundary.len);
	l->len = boundary.len;
	return true;
}

static bool starts(const struct buf *b, const char *text)
{
	size_t len = strlen(text);

	return b->len >= len && memcmp(b->at, text, len) == 0;
}

static void open_part(struct app_mime *m)
{
	if (++m->parts > APP_MIME_PARTS_MAX) {
		if (m->parts == APP_MIME_PARTS_MAX + 1)
			odd(m, APP_MIME_MALFORMED);
		return;
	}
	struct span name = buf_span(&m->part.name);
	if (name.len > APP_MIME_NAME_MAX) {
		odd(m, APP_MIME_LONG_FILENAME);
		name.len = APP_MIME_NAME_MAX;
	}
	m->decoder = (struct mime_decoder){ .encoding = m->part.encoding };
	const struct app_mime_part part = { .depth = m->depth,
		.content_type = m->part.type.len ? buf_span(&m->part.type)
						 : span_text("text/plain"),
		.name = name,
		.attachment = m->part.attachment || name.len > 0 };
	m->open = true;
	m->sink.part(m->sink.ctx, &part);
}

/* The empty line behind the headers: what kind of part is this? */
static void headers_end(struct app_mime *m)
{
	struct span boundary = buf_span(&m->part.boundary);

	m->state = BODY;
	if (starts(&m->part.type, "multipart/") && boundary.len) {
		if (boundary.len > APP_MIME_BOUNDARY_MAX) {
			odd(m, APP_MIME_LONG_BOUNDARY);
			boundary.len = APP_MIME_BOUNDARY_MAX;
		}
		if (go_deeper(m, boundary)) {
			m->state = BETWEEN;
			part_reset(m);
			return;
		}
	}
	if (starts(&m->part.type, "message/rfc822") && go_deeper(m, span_of(NULL, 0))) {
		m->state = HEADERS;
		m->doubt = m->part.encoding != MIME_AS_IS;
		if (!m->doubt)
			part_reset(m);
		return;
	}
	open_part(m);
}

static void note_content_type(struct app_mime *m, struct span value)
{
	uint32_t len = 0;

	buf_clear(&m->part.type);
	while (len < value.len && value.at[len] != ';' && len < APP_MIME_NAME_MAX)
		len++;
	struct span type = mime_trim(span_of(value.at, len));
	for (uint32_t i = 0; i < type.len; i++) {
		uint8_t c = type.at[i];
		buf_add_byte(&m->part.type, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	buf_clear(&m->part.boundary);
	app_mime_parameter(value, "boundary", &m->part.boundary);
	if (!m->part.name.len)
		app_mime_parameter(value, "name", &m->part.name);
}

static void note_disposition(struct app_mime *m, struct span value)
{
	struct buf name;

	m->part.attachment =
	    value.len >= 10 && mime_equal(span_of(value.at, 10), "attachment");
	buf_init(&name, APP_MIME_HEADER_MAX * 3);
	if (app_mime_parameter(value, "filename", &name)) {
		buf_clear(&m->part.name);
		buf_add(&m->part.name, name.at, name.len);
	}
	buf_fini(&name);
}

static void note_encoding(struct app_mime *m, struct span value)
{
	if (mime_equal(value, "base64"))
		m->part.encoding = MIME_BASE64;
	else if (mime_equal(value, "quoted-printable"))
		m->part.encoding = MIME_QUOTED;
	else
		m->part.encoding = MIME_AS_IS;
}

/* A header is complete and unfolded. */
static void take_header(struct app_mime *m)
{
	struct span all = buf_span(&m->header);
	const uint8_t *colon = all.len ? memchr(all.at, ':', all.len) : NULL;

	if (!all.len)
		return;
	if (!colon) {
		odd(m, APP_MIME_MALFORMED);
		buf_clear(&m->header);
		return;
	}
	uint32_t name_len = (uint32_t)(colon - all.at);
	struct span name = mime_trim(span_of(all.at, name_len));
	struct span value = mime_trim(span_of(colon + 1, all.len - name_len - 1));
	if (name.len > APP_MIME_NAME_MAX)
		odd(m, APP_MIME_LONG_HEADER_NAME);
	else
		m->sink.header(m->sink.ctx, m->depth, name, value);
	if (mime_equal(name, "content-type"))
		note_content_type(m, value);
	else if (mime_equal(name, "content-disposition"))
		note_disposition(m, value);
	else if (mime_equal(name, "content-transfer-encoding"))
		note_encoding(m, value);
	buf_clear(&m->header);
}

/* Adds a piece of a header line; what does not fit is cut off. */
static void add_header(struct app_mime *m, struct span piece)
{
	size_t room = m->header.max - m->header.len;

	if (piece.len > room) {
		odd(m, APP_MIME_LONG_HEADER_VALUE);
		piece.len = (uint32_t)room;
	}
	buf_add(&m->header, piece.at, piece.len);
}

/* The first line of a mail inside the mail that is said to be encoded, which RFC 2046 5.2.1
 * forbids: some senders lie and some do not.  Without a colon it is no header; then the mail
 * is a file like any other.  False: the line is used up. */
static bool settle_doubt(struct app_mime *m, struct span line)
{
	if (!line.len)
		return false;
	m->doubt = false;
	if (memchr(line.at, ':', line.len)) {
		part_reset(m);
		return true;
	}
	m->depth--;
	m->part.attachment = true;
	m->state = BODY;
	open_part(m);
	emit(m, line);
	return false;
}

static void header_line(struct app_mime *m, struct span line, bool begins, bool ends)
{
	if (m->doubt && begins && !settle_doubt(m, line))
		return;
	if (begins && ends && !line.len) {
		take_header(m);
		headers_end(m);
		return;
	}
	if (begins && !mime_is_blank(line.at[0]))
		take_header(m);
	add_header(m, line);
}

/* Which open multipart's boundary is this line?  Its depth (1 …), or 0.  `*last`: the
 * multipart ends here. */
static unsigned boundary_of(const struct app_mime *m, struct span line, bool *last)
{
	if (line.len < 3 || line.at[0] != '-' || line.at[1] != '-')
		return 0;
	line = span_of(line.at + 2, line.len - 2);
	for (unsigned d = m->depth; d > 0; d--) {
		const struct level *l = &m->levels[d - 1];
		if (!l->len || line.len < l->len ||
		    memcmp(line.at, l->boundary, l->len))
			continue;
		struct span rest = span_of(line.at + l->len, line.len - l->len);
		*last = rest.len >= 2 && rest.at[0] == '-' && rest.at[1] == '-';
		/* Anything else than blanks means that it only begins like one. */
		if (*last || !mime_trim(rest).len)
			return d;
	}
	return 0;
}

static void at_boundary(struct app_mime *m, unsigned depth, bool last)
{
	if (m->state == HEADERS) { /* a part without a body */
		take_header(m);
		part_reset(m);
	}
	m->doubt = false;
	m->line_end_len = 0;
	close_part(m, true);
	m->depth = last ? depth - 1 : depth;
	m->state = last ? BETWEEN : HEADERS;
}

/* A line, or a piece of one that is longer than any should be. */
static void take_line(struct app_mime *m, struct span line, bool ends)
{
	bool begins = !m->line_begun, last;
	unsigned depth = begins ? boundary_of(m, line, &last) : 0;

	if (depth) {
		at_boundary(m, depth, last);
	} else if (m->state == HEADERS) {
		header_line(m, line, begins, ends);
	} else if (m->state == BODY) {
		emit_line_end(m);
		emit(m, line);
	}
	if (!ends && begins)
		odd(m, APP_MIME_LONG_LINE);
	m->line_begun = !ends;
}

/* m->line holds a line with its end. */
static void line_complete(struct app_mime *m)
{
	uint32_t end = m->line_len > 1 && m->line[m->line_len - 2] == '\r' ? 2 : 1;
	bool was_body = m->state == BODY;

	take_line(m, span_of(m->line, m->line_len - end), true);
	if (was_body && m->state == BODY) {
		memcpy(m->line_end, m->line + m->line_len - end, end);
		m->line_end_len = end;
	}
	m->line_len = 0;
}

/* m->line is full and no end in sight.  A carriage return at its end stays: a line feed may
 * follow. */
static void line_full(struct app_mime *m)
{
	uint32_t stay = m->line[m->line_len - 1] == '\r' ? 1 : 0;

	take_line(m, span_of(m->line, m->line_len - stay), false);
	if (stay)
		m->line[0] = '\r';
	m->line_len = stay;
}

void app_mime_feed(struct app_mime *m, struct span bytes)
{
	while (bytes.len) {
		const uint8_t *end = memchr(bytes.at, '\n', bytes.len);
		uint32_t part = end ? (uint32_t)(end - bytes.at) + 1 : bytes.len;
		uint32_t room = APP_MIME_LINE_MAX - m->line_len;
		if (part > room)
			part = room;
		memcpy(m->line + m->line_len, bytes.at, part);
		m->line_len += part;
		bytes = span_of(bytes.at + part, bytes.len - part);
		if (m->line[m->line_len - 1] == '\n')
			line_complete(m);
		else if (m->line_len == APP_MIME_LINE_MAX)
			line_full(m);
	}
	flush(m);
}

void app_mime_gap(struct app_mime *m)
{
	m->lost = true;
	if (m->line_len)
		take_line(m, span_of(m->line, m->line_len), true);
	m->line_len = 0;
	m->line_begun = false;
	flush(m);
}

void app_mime_end(struct app_mime *m, bool whole)
{
	if (m->line_len) {
		take_line(m, span_of(m->line, m->line_len), true);
		m->line_len = 0;
	}
	if (m->state == HEADERS)
		take_header(m);
	else
		emit_line_end(m);
	close_part(m, whole);
	m->state = BETWEEN;
}
