/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/internal.h"

/* The three digits at the start of a reply, or 0. */
static unsigned code_of(struct span line)
{
	unsigned code = 0;

	if (line.len < 3)
		return 0;
	for (unsigned i = 0; i < 3; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return 0;
		code = code * 10 + (line.at[i] - '0');
	}
	return code;
}

static void greeting(struct smtp_flow *s, unsigned code)
{
	s->greeted = true;
	if (code != 220)
		smtp_note(s, APP_EVENT_SMTP_NO_WELCOME);
}

/* The answer to DATA: anything but 354 means that no mail follows. */
static void data_answered(struct smtp_flow *s, unsigned code)
{
	if (code == 354 || s->mode != SMTP_DATA)
		return;
	smtp_mail_end(s, false);
	if (s->tx)
		smtp_of(s->tx)->shown.has_mail = false;
	s->mode = SMTP_COMMANDS;
	smtp_note(s, APP_EVENT_SMTP_DATA_REJECTED);
}

static void starttls_answered(struct smtp_flow *s, unsigned code)
{
	if (s->mode != SMTP_TLS_ASKED)
		return;
	if (code == 220) {
		s->leaving = true;
		return;
	}
	s->mode = SMTP_COMMANDS;
	smtp_note(s, APP_EVENT_SMTP_TLS_REJECTED);
}

/* The mail was taken or refused: this transaction has seen all. */
static void mail_answered(struct smtp_flow *s)
{
	if (s->tx && smtp_of(s->tx)->shown.mail_done)
		smtp_tx_end(s);
}

/* With replies lost nobody knows what is answered; some codes speak for themselves. */
static void unmatched(struct smtp_flow *s, unsigned code)
{
	if (code == 220 && s->mode == SMTP_TLS_ASKED)
		s->leaving = true;
	else if (s->mode == SMTP_TLS_ASKED && code >= 400)
		starttls_answered(s, code);
	else if (s->mode == SMTP_DATA && code >= 400)
		data_answered(s, code);
	else if (code == 250)
		mail_answered(s);
}

void smtp_reply(struct smtp_flow *s, struct span line)
{
	unsigned code = code_of(line);
	bool any;

	if (!code) {
		smtp_note(s, APP_EVENT_SMTP_INVALID_REPLY);
		return;
	}
	if (line.len > 3 && line.at[3] == '-')
		return; /* its last line counts */
	if (!s->greeted && !s->replies_lost && (code == 220 || !s->pending_count)) {
		greeting(s, code);
		return;
	}
	if (s->replies_lost) {
		unmatched(s, code);
		return;
	}
	enum smtp_verb verb = smtp_pending_pop(s, &any);
	if (!any && code != 421) /* that one may come unasked (RFC 5321 3.8) */
		smtp_note(s, APP_EVENT_SMTP_UNMATCHED_REPLY);
	else if (verb == SMTP_DATA_VERB)
		data_answered(s, code);
	else if (verb == SMTP_STARTTLS)
		starttls_answered(s, code);
	else if (verb == SMTP_DATA_END || verb == SMTP_BDAT_VERB)
		mail_answered(s);
}
