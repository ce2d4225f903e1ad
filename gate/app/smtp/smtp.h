/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* Mails on their way (RFC 5321, RFC 3030) and what is in them (RFC 5322, RFC 2045).
 *
 * Owns:    struct app_smtp (tx->proto of a transaction with app FLOW_APP_SMTP).
 * Borrows: its spans point into the transaction's arena.
 * Threads: those of the flow's worker.
 * Limits:  APP_SMTP_LINE_MAX, APP_SMTP_RCPTS_MAX, APP_SMTP_PARTS_MAX, APP_SMTP_URLS_MAX.
 * Serves:  002-01, 002-03 */
#define APP_SMTP_LINE_MAX  4096u /* bytes kept of a command line */
#define APP_SMTP_RCPTS_MAX 64u   /* recipients kept of a mail */
#define APP_SMTP_LIST_MAX  64u   /* addresses kept of a To: or Cc: header */
#define APP_SMTP_PARTS_MAX 64u   /* attachments kept of a mail */
#define APP_SMTP_URLS_MAX  64u   /* addresses of pages kept of a mail's text */

struct app_smtp_attachment {
	struct span name;         /* decoded, UTF-8 where the mail said which charset */
	struct span content_type; /* "application/pdf" */
	uint64_t size;            /* decoded bytes */
	bool done;
};

/* What EVE's smtp and email objects need.  A span that was not seen has len 0. */
struct app_smtp {
	struct span helo;
	struct span mail_from; /* as sent, with < > */
	struct span rcpt_to[APP_SMTP_RCPTS_MAX];
	unsigned rcpt_count;

	bool has_mail; /* DATA or BDAT was seen */
	bool mail_done;
	struct span from; /* From: header, encoded words decoded */
	struct span to[APP_SMTP_LIST_MAX];
	unsigned to_count;
	struct span cc[APP_SMTP_LIST_MAX];
	unsigned cc_count;
	struct span subject, subject_raw; /* decoded; as sent */
	struct span date, message_id, x_mailer, user_agent, reply_to, x_originating_ip;
	struct span content_type; /* of the whole mail */
	struct app_smtp_attachment attachments[APP_SMTP_PARTS_MAX];
	unsigned attachment_count;
	struct span urls[APP_SMTP_URLS_MAX];
	unsigned url_count;
};
