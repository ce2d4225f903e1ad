/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/internal.h"

#include <strings.h>

static bool named(struct span name, const char *text)
{
	return name.len == strlen(text) &&
	       strncasecmp((const char *)name.at, text, name.len) == 0;
}

/* Encoded words undone, in the transaction's arena. */
static struct span decoded(struct tx *tx, struct span value)
{
	struct buf text;

	buf_init(&text, APP_MIME_HEADER_MAX * 3);
	app_mime_words(value, &text);
	struct span kept = smtp_keep(tx, buf_span(&text));
	buf_fini(&text);
	return kept;
}

/* An address list at its commas, but not at those in quotes or < >. */
static void keep_list(
    struct tx *tx, struct span value, struct span *list, unsigned *count)
{
	struct span all = decoded(tx, value);
	uint32_t from = 0;
	bool quoted = false, path = false;

	for (uint32_t i = 0; i <= all.len; i++) {
		uint8_t c = i < all.len ? all.at[i] : ',';
		quoted ^= c == '"';
		path = c == '<' || (path && c != '>');
		if (i < all.len && (c != ',' || quoted || path))
			continue;
		struct span one = span_of(all.at + from, i - from);
		while (one.len && (one.at[0] == ' ' || one.at[0] == '\t'))
			one = span_of(one.at + 1, one.len - 1);
		while (one.len &&
		       (one.at[one.len - 1] == ' ' || one.at[one.len - 1] == '\t'))
			one.len--;
		if (one.len && *count < APP_SMTP_LIST_MAX)
			list[(*count)++] = one;
		from = i + 1;
	}
}

/* Headers with a buffer for rules, and where event/ wants them. */
static const struct {
	const char *name;
	enum tx_buffer buffer; /* TX_BUFFER_MAX: none */
	size_t shown;          /* offset in struct app_smtp */
} known[] = {
	{ "From", TX_EMAIL_FROM, offsetof(struct app_smtp, from) },
	{ "Subject", TX_EMAIL_SUBJECT, offsetof(struct app_smtp, subject) },
	{ "Date", TX_EMAIL_DATE, offsetof(struct app_smtp, date) },
	{ "Message-ID", TX_EMAIL_MESSAGE_ID, offsetof(struct app_smtp, message_id) },
	{ "X-Mailer", TX_EMAIL_X_MAILER, offsetof(struct app_smtp, x_mailer) },
	{ "User-Agent", TX_BUFFER_MAX, offsetof(struct app_smtp, user_agent) },
	{ "Reply-To", TX_BUFFER_MAX, offsetof(struct app_smtp, reply_to) },
	{ "X-Originating-IP", TX_BUFFER_MAX,
	    offsetof(struct app_smtp, x_originating_ip) },
	{ "Content-Type", TX_BUFFER_MAX, offsetof(struct app_smtp, content_type) },
};

static void on_header(void *ctx, unsigned depth, struct span name, struct span value)
{
	struct smtp_flow *s = ctx;
	struct app_smtp *shown = &smtp_of(s->tx)->shown;

	if (depth > 0)
		return;
	if (named(name, "To")) {
		keep_list(s->tx, value, shown->to, &shown->to_count);
		tx_add(s->tx, TX_EMAIL_TO, PACKET_TO_SERVER, value);
	} else if (named(name, "Cc")) {
		keep_list(s->tx, value, shown->cc, &shown->cc_count);
		tx_add(s->tx, TX_EMAIL_CC, PACKET_TO_SERVER, value);
	} else if (named(name, "Received")) {
		tx_add(s->tx, TX_EMAIL_RECEIVED, PACKET_TO_SERVER, value);
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct span *at =
		    (struct span *)(void *)((char *)shown + known[i].shown);
		if (!named(name, known[i].name))
			continue;
		if (!at->len)
			*at = decoded(s->tx, value);
		if (known[i].buffer != TX_BUFFER_MAX)
			tx_add(s->tx, known[i].buffer, PACKET_TO_SERVER, value);
		if (known[i].buffer == TX_EMAIL_SUBJECT && !shown->subject_raw.len)
			shown->subject_raw = smtp_keep(s->tx, value);
	}
}

static struct app_smtp_attachment *attachment_of(struct smtp_flow *s)
{
	struct app_smtp *shown = &smtp_of(s->tx)->shown;

	return s->part_is_file && shown->attachment_count
		   ? &shown->attachments[shown->attachment_count - 1]
		   : NULL;
}

static void begin_attachment(struct smtp_flow *s, const struct app_mime_part *part)
{
	struct smtp_tx *st = smtp_of(s->tx);
	struct app_smtp *shown = &st->shown;

	if (shown->attachment_count == APP_SMTP_PARTS_MAX) {
		s->tx->truncated = true;
		return;
	}
	s->part_is_file = true;
	struct app_smtp_attachment *a = &shown->attachments[shown->attachment_count++];
	a->name = smtp_keep(s->tx, part->name);
	a->content_type = smtp_keep(s->tx, part->content_type);
	s->file = app_file_open(s->app, s->tx, PACKET_TO_SERVER, a->name);
	app_parts_begin(&st->files, s->tx);
}

static void on_part(void *ctx, const struct app_mime_part *part)
{
	struct smtp_flow *s = ctx;

	s->part_is_file = false;
	s->part_is_text = part->content_type.len >= 5 &&
			  memcmp(part->content_type.at, "text/", 5) == 0;
	s->file = NULL;
	if (part->attachment)
		begin_attachment(s, part);
}

static void on_bytes(void *ctx, struct span bytes)
{
	struct smtp_flow *s = ctx;
	struct app_smtp_attachment *a = attachment_of(s);

	if (a) {
		a->size += bytes.len;
		app_file_bytes(s->app, s->file, bytes);
		app_parts_add(&smtp_of(s->tx)->files, s->tx, PACKET_TO_SERVER, bytes,
		    s->app->conf.request_body_max);
	} else if (s->part_is_text) {
		smtp_url_feed(s, bytes);
	}
}

static void on_part_end(void *ctx, bool whole)
{
	struct smtp_flow *s = ctx;
	struct smtp_tx *st = smtp_of(s->tx);
	struct app_smtp_attachment *a = attachment_of(s);

	if (a) {
		a->done = whole;
		app_file_close(s->app, s->file, whole);
	}
	app_parts_end(&st->files);
	s->file = NULL;
	s->part_is_file = false;
	smtp_url_end(s);
}

static void on_odd(void *ctx, enum app_mime_odd what)
{
	static const enum app_event events[] = {
		[APP_MIME_LONG_LINE] = APP_EVENT_SMTP_MIME_LONG_LINE,
		[APP_MIME_LONG_HEADER_NAME] = APP_EVENT_SMTP_MIME_LONG_HEADER_NAME,
		[APP_MIME_LONG_HEADER_VALUE] = APP_EVENT_SMTP_MIME_LONG_HEADER_VALUE,
		[APP_MIME_LONG_BOUNDARY] = APP_EVENT_SMTP_MIME_LONG_BOUNDARY,
		[APP_MIME_LONG_FILENAME] = APP_EVENT_SMTP_MIME_LONG_FILENAME,
		[APP_MIME_BAD_BASE64] = APP_EVENT_SMTP_MIME_INVALID_BASE64,
		[APP_MIME_BAD_QUOTED] = APP_EVENT_SMTP_MIME_INVALID_QP,
		[APP_MIME_MALFORMED] = APP_EVENT_SMTP_MIME_MALFORMED,
	};
	struct smtp_flow *s = ctx;

	app_event_note(s->tx, events[what]);
}

void smtp_mail_begin(struct smtp_flow *s)
{
	struct tx *tx = smtp_tx_get(s);
	const struct app_mime_sink sink = { .ctx = s,
		.header = on_header,
		.part = on_part,
		.bytes = on_bytes,
		.part_end = on_part_end,
		.odd = on_odd };

	if (!tx || s->mime)
		return;
	smtp_of(tx)->shown.has_mail = true;
	tx->progress[PACKET_TO_SERVER] = TX_BODY;
	s->mime = app_mime_new(&sink, span_of(NULL, 0));
	if (!s->mime)
		tx->truncated = true;
}

void smtp_mail_bytes(struct smtp_flow *s, struct span bytes)
{
	if (s->mime && bytes.len)
		app_mime_feed(s->mime, bytes);
}

void smtp_mail_end(struct smtp_flow *s, bool whole)
{
	if (!s->mime)
		return;
	app_mime_end(s->mime, whole);
	app_mime_free(s->mime);
	s->mime = NULL;
	smtp_of(s->tx)->shown.mail_done = whole;
	s->tx->progress[PACKET_TO_SERVER] = TX_DONE;
}
