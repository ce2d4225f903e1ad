/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/internal.h"
#include "gate/app/mime/mime.h"
#include "gate/app/smtp/smtp.h"

#define SMTP_PENDING_MAX 256u        /* commands that wait for their reply */
#define SMTP_HELD_MAX    (16u << 10) /* bytes behind STARTTLS until it is answered */
#define SMTP_URL_MAX     512u

/* What the client's next bytes are. */
enum smtp_mode {
	SMTP_COMMANDS,
	SMTP_DATA,      /* a mail, up to the line with a dot */
	SMTP_BDAT,      /* so many bytes of a mail */
	SMTP_TLS_ASKED, /* STARTTLS is not answered yet */
};

enum smtp_verb {
	SMTP_OTHER,
	SMTP_HELO,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA_VERB,
	SMTP_DATA_END, /* no command: the end of a mail has a reply too */
	SMTP_BDAT_VERB,
	SMTP_STARTTLS,
	SMTP_RSET,
	SMTP_QUIT,
};

/* Where in a line of a mail we are (RFC 5321 4.5.2). */
enum smtp_place { SMTP_LINE_START, SMTP_DOT, SMTP_DOT_CR, SMTP_IN_LINE };

/* A page's address that is being read out of a mail's text. */
struct smtp_url {
	uint8_t matched; /* bytes of "https://" or "http://" so far */
	bool open;       /* behind it */
	uint8_t text[SMTP_URL_MAX];
	uint32_t len;
};

/* tx->proto: what event/ sees, then what the parser needs. */
struct smtp_tx {
	struct app_smtp shown;
	struct app_parts files;
};

/* The parser of one flow. */
struct smtp_flow {
	struct app *app;
	struct flow *flow;
	struct tx *tx; /* the current one, or NULL */
	struct buf line[2];
	bool line_cut[2]; /* the rest of this line is too long to keep */
	struct buf helo;
	enum smtp_mode mode;
	enum smtp_place place;
	uint64_t bdat_left;
	bool bdat_last;
	uint8_t pending[SMTP_PENDING_MAX]; /* a ring of enum smtp_verb */
	uint16_t pending_first, pending_count;
	bool ended[2];
	bool greeted;
	bool
	    replies_lost; /* a hole in the server's lines: nobody knows which is which */
	bool leaving;     /* STARTTLS was granted */
	struct buf held;  /* the client's bytes behind STARTTLS */
	/* the mail that is being read */
	struct app_mime *mime;
	struct file *file;
	bool part_is_file, part_is_text;
	struct smtp_url url;
};

static inline struct smtp_tx *smtp_of(struct tx *tx)
{
	return tx->proto;
}

/* The current transaction, made when there is none; NULL: out of budget. */
struct tx *smtp_tx_get(struct smtp_flow *s);
/* Both sides are done with the current one. */
void smtp_tx_end(struct smtp_flow *s);
/* A copy in the transaction's arena. */
struct span smtp_keep(struct tx *tx, struct span bytes);
void smtp_note(struct smtp_flow *s, enum app_event event);

/* command.c, reply.c: one line without its end */
void smtp_command(struct smtp_flow *s, struct span line);
void smtp_reply(struct smtp_flow *s, struct span line);
void smtp_pending_push(struct smtp_flow *s, enum smtp_verb verb);
/* SMTP_OTHER when none waits: then `*any` is false. */
enum smtp_verb smtp_pending_pop(struct smtp_flow *s, bool *any);

/* mail.c: what is in the mail */
void smtp_mail_begin(struct smtp_flow *s);
void smtp_mail_bytes(struct smtp_flow *s, struct span bytes);
void smtp_mail_end(struct smtp_flow *s, bool whole);

/* url.c */
void smtp_url_feed(struct smtp_flow *s, struct span text);
void smtp_url_end(struct smtp_flow *s);
