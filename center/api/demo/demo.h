/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"

/* Shows the mailbox of a sample centre (見本), so that a visitor sees which mail a company
 * would have got.  Only with demo.maildir; read-only; plain pages without a style.
 *
 * Owns:    nothing.  Borrows: the Maildir's name.
 * Threads: any.
 * Limits:  API_DEMO_MAILS newest mails, API_DEMO_MAIL_MAX bytes of each. */
#define API_DEMO_MAILS    200u
#define API_DEMO_MAIL_MAX (128u << 10)

struct api_demo_mail {
	struct buf from, to, subject, text; /* UTF-8 without control characters */
};

/* Reads a mail (RFC 5322, MIME): whatever the bytes are, the texts are fit to be shown. */
void api_demo_mail_read(struct api_demo_mail *m, struct span raw);
void api_demo_mail_fini(struct api_demo_mail *m);
