/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/notify.h"

/* Mails that came back: reports about delivery (RFC 3464) become the state of a notice.
 *
 * A notice's envelope sender is bounces+NAME@host (RFC 5321 calls it the reverse-path), NAME
 * being its Message-ID's 128 random bits: who knows it was sent the notice or carried it.  A
 * report is believed for that one notice and its one recipient only.
 *
 * Owns:    nothing.
 * Threads: notify_bounce_read() any; the others say so.
 * Limits:  NOTIFY_BOUNCE_MAX bytes a mail, the start of a longer one is read;
 *          NOTIFY_BOUNCE_FILES mails a look into the mailbox; texts of 200 characters. */
#define NOTIFY_BOUNCE_MAX   (1u << 20)
#define NOTIFY_BOUNCE_FILES 20

enum notify_bounce_kind {
	NOTIFY_BOUNCE_NONE, /* no report about delivery: a person's answer, a notice of absence */
	NOTIFY_BOUNCE_LATER,  /* delayed: the server goes on trying */
	NOTIFY_BOUNCE_FAILED, /* it will never arrive */
	NOTIFY_BOUNCE_ARRIVED,
};

struct notify_bounce {
	enum notify_bounce_kind kind;
	char name[33];        /* the notice's name, hex; "" not found */
	char status[16];      /* "5.1.1"; "" */
	char recipient[255];  /* as the report says; "" */
	char diagnostic[201]; /* one clean line; "" */
};

/* What a mail is.  Any bytes. */
void notify_bounce_read(struct span mail, struct notify_bounce *b);

/* Writer: 0, FAIL_MISSING when no such notice was sent. */
int notify_bounce_take(struct store_db *db, const struct notify_conf *conf,
    const struct notify_bounce *b, int64_t now_us) must_use;

/* Any thread: reads one mail and takes it in; what it was, or a fail. */
int notify_bounce_mail(
    struct store *store, const struct notify_conf *conf, struct span mail) must_use;
/* Any thread: looks through a Maildir.  Reports are taken in and deleted; other mails go to
 * cur/ for a person.  Returns how many reports there were, or a fail. */
int notify_bounce_maildir(struct store *store, const struct notify_conf *conf) must_use;
