/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/internal.h"

#include <strings.h>

void smtp_pending_push(struct smtp_flow *s, enum smtp_verb verb)
{
	if (s->pending_count == SMTP_PENDING_MAX) {
		s->replies_lost = true;
		return;
	}
	s->pending[(s->pending_first + s->pending_count++) % SMTP_PENDING_MAX] =
	    (uint8_t)verb;
}

enum smtp_verb smtp_pending_pop(struct smtp_flow *s, bool *any)
{
	*any = s->pending_count > 0;
	if (!*any)
		return SMTP_OTHER;
	enum smtp_verb verb = s->pending[s->pending_first];
	s->pending_first = (s->pending_first + 1u) % SMTP_PENDING_MAX;
	s->pending_count--;
	return verb;
}

static struct span skip(struct span s, uint32_t len)
{
	return span_of(s.at + len, s.len - len);
}

/* `text` at the start of the line, letters of any case. */
static bool begins(struct span line, const char *text)
{
	size_t len = strlen(text);

	return line.len >= len && strncasecmp((const char *)line.at, text, len) == 0;
}

static bool is_word(struct span line, const char *word)
{
	size_t len = strlen(word);

	return begins(line, word) && (line.len == len || line.at[len] == ' ');
}

static enum smtp_verb verb_of(struct span line)
{
	static const struct {
		const char *word;
		enum smtp_verb verb;
	} words[] = { { "EHLO", SMTP_HELO }, { "HELO", SMTP_HELO },
		{ "DATA", SMTP_DATA_VERB }, { "BDAT", SMTP_BDAT_VERB },
		{ "STARTTLS", SMTP_STARTTLS }, { "RSET", SMTP_RSET },
		{ "QUIT", SMTP_QUIT } };

	if (begins(line, "MAIL FROM:"))
		return SMTP_MAIL;
	if (begins(line, "RCPT TO:"))
		return SMTP_RCPT;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(line, words[i].word))
			return words[i].verb;
	return SMTP_OTHER;
}

/* The word behind `prefix` bytes and white space. */
static struct span argument(struct span line, uint32_t prefix)
{
	uint32_t len = 0;

	line = skip(line, prefix < line.len ? prefix : line.len);
	while (line.len && line.at[0] == ' ')
		line = skip(line, 1);
	/* A path in quotes may hold blanks: "<"a b"@example>". */
	bool quoted = false;
	while (len < line.len && (quoted || line.at[len] != ' ')) {
		quoted ^= line.at[len] == '"';
		len++;
	}
	return span_of(line.at, len);
}

static void take_helo(struct smtp_flow *s, struct span line)
{
	struct span name = argument(line, 4);
	struct tx *tx;

	buf_clear(&s->helo);
	bool had = s->tx && smtp_of(s->tx)->shown.helo.len;
	if (had) /* a new session within the connection */
		smtp_tx_end(s);
	buf_add(&s->helo, name.at, name.len);
	tx = s->tx;
	if (!tx) {
		smtp_tx_get(s);
		return;
	}
	smtp_of(tx)->shown.helo = smtp_keep(tx, name);
	if (name.len)
		tx_lend(tx, TX_SMTP_HELO, PACKET_TO_SERVER, smtp_of(tx)->shown.helo);
}

static void take_mail(struct smtp_flow *s, struct span line)
{
	if (s->tx && smtp_of(s->tx)->shown.has_mail)
		smtp_tx_end(s);
	struct tx *tx = smtp_tx_get(s);
	if (!tx)
		return;
	if (smtp_of(tx)->shown.mail_from.len)
		app_event_note(tx, APP_EVENT_SMTP_DUPLICATE_FIELDS);
	smtp_of(tx)->shown.mail_from = smtp_keep(tx, argument(line, 10));
	tx_lend(tx, TX_SMTP_FROM, PACKET_TO_SERVER, smtp_of(tx)->shown.mail_from);
	tx->progress[PACKET_TO_SERVER] = TX_LINE;
}

static void take_rcpt(struct smtp_flow *s, struct span line)
{
	struct tx *tx = smtp_tx_get(s);

	if (!tx)
		return;
	struct app_smtp *shown = &smtp_of(tx)->shown;
	struct span path = smtp_keep(tx, argument(line, 8));
	if (shown->rcpt_count < APP_SMTP_RCPTS_MAX)
		shown->rcpt_to[shown->rcpt_count++] = path;
	else
		tx->truncated = true;
	tx_lend(tx, TX_SMTP_RCPT, PACKET_TO_SERVER, path);
}

static void take_data(struct smtp_flow *s)
{
	if (s->tx && smtp_of(s->tx)->shown.mail_done)
		smtp_tx_end(s);
	s->mode = SMTP_DATA;
	s->place = SMTP_LINE_START;
	smtp_mail_begin(s);
}

/* "BDAT 1000 LAST" (RFC 3030) */
static void take_bdat(struct smtp_flow *s, struct span line)
{
	struct span number = argument(line, 4);
	uint64_t size = 0;

	for (uint32_t i = 0; i < number.len; i++) {
		if (number.at[i] < '0' || number.at[i] > '9' || size > UINT32_MAX) {
			smtp_note(s, APP_EVENT_SMTP_BDAT_LENGTH);
			return;
		}
		size = size * 10 + (number.at[i] - '0');
	}
	line = skip(line, (uint32_t)(number.at - line.at) + number.len);
	while (line.len && line.at[0] == ' ')
		line = skip(line, 1);
	if (s->tx && smtp_of(s->tx)->shown.mail_done)
		smtp_tx_end(s);
	smtp_mail_begin(s);
	s->bdat_left = size;
	s->bdat_last = begins(line, "LAST");
	s->mode = SMTP_BDAT;
	if (size)
		return;
	s->mode = SMTP_COMMANDS;
	if (s->bdat_last)
		smtp_mail_end(s, true);
}

void smtp_command(struct smtp_flow *s, struct span line)
{
	enum smtp_verb verb = verb_of(line);

	smtp_pending_push(s, verb);
	switch (verb) {
	case SMTP_HELO:
		take_helo(s, line);
		break;
	case SMTP_MAIL:
		take_mail(s, line);
		break;
	case SMTP_RCPT:
		take_rcpt(s, line);
		break;
	case SMTP_DATA_VERB:
		take_data(s);
		break;
	case SMTP_BDAT_VERB:
		take_bdat(s, line);
		break;
	case SMTP_STARTTLS:
		s->mode = SMTP_TLS_ASKED;
		break;
	case SMTP_RSET:
		if (s->tx && smtp_of(s->tx)->shown.mail_from.len)
			smtp_tx_end(s);
		break;
	case SMTP_OTHER:
	case SMTP_DATA_END:
	case SMTP_QUIT:
	default:
		break;
	}
}
