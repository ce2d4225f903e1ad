/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/smtp.h"

#include "gate/app/smtp/internal.h"

#include <stdlib.h>

static void *smtp_open(struct app *a, struct flow *flow)
{
	struct smtp_flow *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->app = a;
	s->flow = flow;
	buf_init(&s->line[0], APP_SMTP_LINE_MAX);
	buf_init(&s->line[1], APP_SMTP_LINE_MAX);
	buf_init(&s->helo, APP_SMTP_LINE_MAX);
	buf_init(&s->held, SMTP_HELD_MAX);
	return s;
}

struct span smtp_keep(struct tx *tx, struct span bytes)
{
	struct span copy = arena_copy(&tx->arena, bytes);

	if (copy.len != bytes.len)
		tx->truncated = true;
	return copy;
}

void smtp_note(struct smtp_flow *s, enum app_event event)
{
	struct tx *tx = smtp_tx_get(s);

	if (tx)
		app_event_note(tx, event);
}

struct tx *smtp_tx_get(struct smtp_flow *s)
{
	if (s->tx)
		return s->tx;
	struct tx *tx = app_tx_new(s->flow, FLOW_APP_SMTP);
	if (!tx)
		return NULL;
	tx->proto = arena_alloc(&tx->arena, sizeof(struct smtp_tx));
	if (!tx->proto) {
		tx_free(tx);
		return NULL;
	}
	s->tx = tx;
	if (s->helo.len) {
		smtp_of(tx)->shown.helo = smtp_keep(tx, buf_span(&s->helo));
		tx_lend(tx, TX_SMTP_HELO, PACKET_TO_SERVER, smtp_of(tx)->shown.helo);
	}
	return tx;
}

void smtp_tx_end(struct smtp_flow *s)
{
	if (!s->tx)
		return;
	smtp_mail_end(s, false);
	s->tx->progress[0] = s->tx->progress[1] = TX_DONE;
	s->tx = NULL;
}

static void smtp_free(void *parser)
{
	struct smtp_flow *s = parser;

	smtp_tx_end(s);
	buf_fini(&s->line[0]);
	buf_fini(&s->line[1]);
	buf_fini(&s->helo);
	buf_fini(&s->held);
	free(s);
}

static void smtp_tx_free(struct tx *tx)
{
	struct smtp_tx *st = tx->proto;

	if (st)
		app_parts_fini(&st->files);
}

/* Takes bytes up to the end of a line; true when the line is whole. */
static bool take_line(struct smtp_flow *s, enum packet_dir dir, struct span *bytes)
{
	struct buf *line = &s->line[dir];
	const uint8_t *end = memchr(bytes->at, '\n', bytes->len);
	uint32_t part = end ? (uint32_t)(end - bytes->at) + 1 : bytes->len;
	size_t room = line->max - line->len;

	buf_add(line, bytes->at, part < room ? part : room);
	if (part > room && !s->line_cut[dir]) {
		s->line_cut[dir] = true;
		smtp_note(s, dir == PACKET_TO_SERVER ? APP_EVENT_SMTP_LONG_COMMAND
						     : APP_EVENT_SMTP_LONG_REPLY);
	}
	*bytes = span_of(bytes->at + part, bytes->len - part);
	return end != NULL;
}

/* The line that take_line() put together, without its end. */
static struct span whole_line(struct smtp_flow *s, enum packet_dir dir)
{
	struct span line = buf_span(&s->line[dir]);

	while (line.len &&
	       (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
		line.len--;
	return line;
}

static void line_done(struct smtp_flow *s, enum packet_dir dir)
{
	buf_clear(&s->line[dir]);
	s->line_cut[dir] = false;
}

static void data_end(struct smtp_flow *s)
{
	smtp_mail_end(s, true);
	s->mode = SMTP_COMMANDS;
	smtp_pending_push(s, SMTP_DATA_END);
}

/* Hands on the mail's bytes without the dots that were put in front (RFC 5321 4.5.2);
 * returns what follows the mail. */
static struct span feed_data(struct smtp_flow *s, struct span in)
{
	uint32_t from = 0, at = 0;

	while (at < in.len && s->mode == SMTP_DATA) {
		uint8_t c = in.at[at];
		const uint8_t *end;
		switch (s->place) {
		case SMTP_LINE_START:
			s->place = c == '.' ? SMTP_DOT : SMTP_IN_LINE;
			if (c != '.')
				break;
			smtp_mail_bytes(s, span_of(in.at + from, at - from));
			from = ++at;
			break;
		case SMTP_DOT:
			if (c == '\r' || c == '\n')
				from = ++at;
			s->place = c == '\r' ? SMTP_DOT_CR : SMTP_IN_LINE;
			if (c == '\n')
				data_end(s);
			break;
		case SMTP_DOT_CR:
			if (c == '\n') {
				from = ++at;
				data_end(s);
				break;
			}
			smtp_mail_bytes(s, span_of("\r", 1));
			s->place = SMTP_IN_LINE;
			break;
		case SMTP_IN_LINE:
		default:
			end = memchr(in.at + at, '\n', in.len - at);
			at = end ? (uint32_t)(end - in.at) + 1 : in.len;
			s->place = end ? SMTP_LINE_START : SMTP_IN_LINE;
			break;
		}
	}
	if (s->mode == SMTP_DATA)
		smtp_mail_bytes(s, span_of(in.at + from, at - from));
	return span_of(in.at + at, in.len - at);
}

static struct span feed_bdat(struct smtp_flow *s, struct span in)
{
	uint32_t part = s->bdat_left < in.len ? (uint32_t)s->bdat_left : in.len;

	smtp_mail_bytes(s, span_of(in.at, part));
	s->bdat_left -= part;
	if (!s->bdat_left) {
		s->mode = SMTP_COMMANDS;
		if (s->bdat_last)
			smtp_mail_end(s, true);
	}
	return span_of(in.at + part, in.len - part);
}

static struct span feed_command(struct smtp_flow *s, struct span in)
{
	if (take_line(s, PACKET_TO_SERVER, &in)) {
		smtp_command(s, whole_line(s, PACKET_TO_SERVER));
		line_done(s, PACKET_TO_SERVER);
	}
	return in;
}

static void feed_client(struct smtp_flow *s, struct span in)
{
	while (in.len && !s->leaving) {
		switch (s->mode) {
		case SMTP_DATA:
			in = feed_data(s, in);
			break;
		case SMTP_BDAT:
			in = feed_bdat(s, in);
			break;
		case SMTP_TLS_ASKED:
			buf_add(&s->held, in.at, in.len);
			if (s->held.overflowed)
				app_give_up(s->flow, PACKET_TO_SERVER);
			return;
		case SMTP_COMMANDS:
		default:
			in = feed_command(s, in);
			break;
		}
	}
}

/* STARTTLS was refused: what was held are commands after all. */
static void release_held(struct smtp_flow *s)
{
	struct buf held = s->held;

	buf_init(&s->held, SMTP_HELD_MAX);
	feed_client(s, buf_span(&held));
	buf_fini(&held);
}

static void feed_server(struct smtp_flow *s, struct span in)
{
	while (in.len && !s->leaving) {
		if (!take_line(s, PACKET_TO_CLIENT, &in))
			break;
		smtp_reply(s, whole_line(s, PACKET_TO_CLIENT));
		line_done(s, PACKET_TO_CLIENT);
		if (s->held.len && s->mode == SMTP_COMMANDS)
			release_held(s);
	}
	if (!s->leaving)
		return;
	smtp_tx_end(s);
	app_switch(s->flow, PACKET_TO_SERVER, buf_span(&s->held));
	app_switch(s->flow, PACKET_TO_CLIENT, in);
}

static void smtp_feed(void *parser, enum packet_dir dir, struct span bytes)
{
	if (dir == PACKET_TO_SERVER)
		feed_client(parser, bytes);
	else
		feed_server(parser, bytes);
}

/* In a mail: its part is not whole.  In commands: the line that is cut off by the hole is
 * thrown away, and with it what we knew of who answers what. */
static void smtp_gap(void *parser, enum packet_dir dir, uint32_t missing)
{
	struct smtp_flow *s = parser;

	line_done(s, dir);
	if (dir == PACKET_TO_CLIENT) {
		s->replies_lost = true;
		return;
	}
	if (s->mime)
		app_mime_gap(s->mime);
	if (s->mode == SMTP_DATA) {
		s->place = SMTP_IN_LINE;
	} else if (s->mode == SMTP_BDAT) {
		if (missing >= s->bdat_left) {
			s->bdat_left = 0;
			s->mode = SMTP_COMMANDS;
			s->replies_lost = true;
		} else {
			s->bdat_left -= missing;
		}
	} else {
		s->replies_lost = true;
	}
}

static void smtp_end(void *parser, enum packet_dir dir)
{
	struct smtp_flow *s = parser;

	s->ended[dir] = true;
	if (s->ended[!dir])
		smtp_tx_end(s);
}

const struct app_door app_smtp_door = {
	.open = smtp_open,
	.feed = smtp_feed,
	.gap = smtp_gap,
	.end = smtp_end,
	.free = smtp_free,
	.tx_free = smtp_tx_free,
};
