/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"
#include "center/store/store.h"

/* Tour 18: Three sentences to a person.
 *
 * Tells a company what happened to it: one notice per incident and recipient, and one more
 * when 注意 turned into 緊急 after the first was sent.
 *
 * A notice is a row before it is a mail: planned in the transaction of its events, marked
 * "sending" before a try and "sent" after the server took it.  A centre that dies in between
 * tries again with the same Message-ID: a notice is never lost, and is doubled only where
 * SMTP itself cannot say whether it arrived (RFC 5321 section 6.1).
 *
 * Owns:    the sender's thread and connection.
 * Borrows: store and configuration, from notify_start() to notify_stop().
 * Threads: notify_plan() the writer's; the others say so.
 * Limits:  NOTIFY_RECIPIENTS_MAX a company; tries for NOTIFY_GIVE_UP_S, then `failed`;
 *          NOTIFY_HOURLY mails an hour to one recipient, twice that when urgent: the others
 *          wait, and the last one says so.
 * Serves:  002-19 (緊急 within 15 min, 注意 within 60; never a flood). */
#define NOTIFY_RECIPIENTS_MAX 10u
#define NOTIFY_HOURLY         10
#define NOTIFY_GIVE_UP_S      (3u * 24u * 3600u)
#define NOTIFY_ADDRESS_MAX    254u /* RFC 5321 section 4.5.3.1.3 */

struct notify_conf {
	const char
	    *portal_url; /* "https://portal.example", no slash at the end; NULL: none */
	const char *from; /* address */
	const char *from_name_ja,
	    *from_name_en; /* NULL: 見守りセンター, Otasuke centre */
	unsigned
	    caution_delay_s;  /* 注意 waits this long: most of them come in groups */
	const char *smtp_url; /* smtp://host:port, smtps://…; NULL: mail is off */
	const char *smtp_user, *smtp_password; /* NULL: no login */
	/* "none", "try" (NULL; with a login "require"), "require" */
	const char *smtp_tls;
	unsigned retry_s; /* first pause after a failed try, doubled each time up to
				     an hour; 0 = 10 */
};

/* Writer: plans the notices of an incident that a round touched. */
int notify_plan(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us) must_use;

/* ---- the words ---- */

struct notify_words {
	enum record_lang lang;
	enum record_cause cause;
	enum record_severity severity;
	bool stopped, raised, sample;
	bool last; /* of this hour: the next ones wait */
	const char *company, *machine, *what, *peer; /* machine …: "" unknown */
	const char *desk_name, *desk_phone, *desk_mail;
	const char *link; /* "" none */
	int64_t incident_id, first_us, last_us, events;
};

/* Subject and text in the company's language; lines end with \n. */
void notify_write(const struct notify_words *w, struct buf *subject, struct buf *body);

/* ---- the mail ---- */

struct notify_mail {
	const char *from, *from_name, *to, *subject, *body;
	const char *message_id, *in_reply_to; /* without <>; in_reply_to "" none */
	int64_t date_us;
};

/* One address, nothing else: no blank, bracket, comma, quote or control character. */
bool notify_address_ok(const char *address);
/* The recipients in a company's `mail` (separated by commas, semicolons or blanks), in
 * place; returns how many are usable, at most NOTIFY_RECIPIENTS_MAX. */
unsigned notify_recipients(char *list, const char *recipients[NOTIFY_RECIPIENTS_MAX]);
/* RFC 5322 with CRLF; whatever stands in the texts, no header but ours comes out.
 * FAIL_FORMAT: an address that is none; FAIL_LIMIT: too long. */
int notify_mail_write(const struct notify_mail *m, struct buf *out) must_use;

/* ---- the sender ---- */

struct notify_sender;

/* NULL, with the reason logged. */
struct notify_sender *notify_start(const struct notify_conf *conf, struct store *store)
    __attribute__((malloc));
/* Ends after the try that is under way. */
void notify_stop(struct notify_sender *s);
