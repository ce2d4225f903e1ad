/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/internal.h"

#include <curl/curl.h>

/* A way by which a notice leaves: one struct notify_channel a file.
 *
 *	open()  makes of a notice what the other side understands and sets up t->curl, or
 *	        does the whole thing at once (a file) and says so
 *	run     the sender's: all tries at the same time on one thread (sender.c)
 *	done()  reads the answer: taken, never, or later again
 *
 * What may be tried again: whatever the other side did not take and did not refuse for good.
 * The same notice has the same name (t->notice->message_id) in every try; a channel hands it
 * on where the other side can use it to tell a repetition (Message-ID, Idempotency-Key,
 * X-Line-Retry-Key, {id}).
 *
 * Owns:    a try owns its buffers, list and curl handle; notify_try_free() ends all.
 * Threads: the sender's.
 * Limits:  NOTIFY_TRY_OUT bytes out, NOTIFY_TRY_IN of the answer kept. */
#define NOTIFY_TRY_OUT (1024u << 10)
#define NOTIFY_TRY_IN  (16u << 10)
#define NOTIFY_WHY_MAX 512u

struct notify_channel;

struct notify_try {
	struct notify_try *next;
	const struct notify_conf *conf;
	const struct notify_channel *channel;
	struct notify_notice notice;
	int64_t now_us;
	CURL *curl;              /* made before open() */
	struct curl_slist *list; /* headers, or recipients */
	struct buf out;          /* what is sent; stays until the try ends */
	size_t at;               /* how far it is */
	struct buf in;           /* what came back, its start */
	char error[CURL_ERROR_SIZE];
	char why[NOTIFY_WHY_MAX];
	char reference[200];
};

struct notify_channel {
	const char *name;
	unsigned at_once; /* tries at the same time */
	bool (*ready)(const struct notify_conf *conf);
	bool (*address_ok)(const char *address);
	/* 0: run t->curl; 1: it is out already; FAIL_DENIED: never, FAIL_…: later again. */
	int (*open)(struct notify_try *t);
	/* 0: the other side has it; FAIL_DENIED: it will never take it; FAIL_PEER: later. */
	int (*done)(struct notify_try *t, CURLcode rc);
};

extern const struct notify_channel notify_mail_channel, notify_webhook_channel,
    notify_sms_channel, notify_voice_channel, notify_line_channel, notify_fax_channel;

/* Ends with NULL. */
extern const struct notify_channel *const notify_channels[];
#define NOTIFY_CHANNELS 6u
const struct notify_channel *notify_channel_find(const char *name);

/* What every handle has: no proxy, no redirects, no signals, time limits, buffers. */
void notify_try_setup(struct notify_try *t);
/* An SMTP transfer of t->out to one address. */
int notify_try_smtp(struct notify_try *t, const char *to) must_use;
/* Says in t->why what a transfer ended with. */
void notify_try_say(struct notify_try *t, CURLcode rc, const char *what);
/* The start of an answer as one clean line behind `what`. */
void notify_try_answer(struct notify_try *t, const char *what, long status);
/* A header line; FAIL_MEMORY. */
int notify_try_header(struct notify_try *t, const char *format, ...)
    __attribute__((format(printf, 2, 3))) must_use;

/* ---- gateway.c, webhook.c ---- */

bool notify_phone_ok(const char *address);
void notify_phone_plain(const char *address, char plain[20]);
/* What a telephone shows, and what a voice says. */
void notify_sms_text(struct buf *b, const struct notify_notice *n, unsigned parts);
void notify_voice_text(struct buf *b, const struct notify_notice *n);
struct sockaddr;
/* Loopback, private, link-local, documentation, multicast …: no place for a webhook. */
bool notify_webhook_private(const struct sockaddr *a);
/* HMAC-SHA256 over "AT_S.BODY", hex. */
void notify_webhook_sign(
    const char *secret, int64_t at_s, struct span body, char signature[65]);

/* ---- texts.c ---- */

/* How many UTF-16 units a text takes (SMS: UCS-2, LINE counts alike). */
size_t notify_text_units(const char *text);
/* A notice in at most `units`: the subject, then as many whole sentences of what to do as
 * fit, then `tail` (telephone, number), which is always there. */
void notify_text_fit(struct buf *b, const char *subject, const char *act,
    const char *tail, size_t units);
/* "電話 … 受付番号 …" in the notice's language. */
void notify_text_tail(struct buf *b, const struct notify_notice *n);
