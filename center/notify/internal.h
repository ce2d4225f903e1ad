/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/notify.h"

/* What the files of this folder share. */

/* A notice on its way; texts are its own. */
struct notify_notice {
	int64_t id, incident_id, company_id;
	char *recipient, *subject, *body, *message_id, *in_reply_to;
	enum record_lang lang;
	enum record_severity severity;
	bool last; /* of this hour for this recipient */
};

void notify_notice_fini(struct notify_notice *n);

/* Writer: the next notice that is due, with its words written, marked "sending".
 * n->id 0: none; *next_us is when to ask again (INT64_MAX: when something changes). */
int notify_begin(struct store_db *db, const struct notify_conf *conf, int64_t now_us,
    struct notify_notice *n, int64_t *next_us) must_use;
/* Writer: how the try ended.  error NULL: the server took it; otherwise what it said, and
 * whether trying again could help. */
int notify_end(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again) must_use;
/* Writer, at the start: what was being sent when the centre stopped is tried again. */
int notify_recover(struct store_db *db, int64_t now_us) must_use;

struct notify_smtp;

struct notify_smtp *notify_smtp_new(const struct notify_conf *conf)
    __attribute__((malloc));
void notify_smtp_free(struct notify_smtp *s);
/* 0; FAIL_PEER: try again; FAIL_DENIED: the server will never take it.  `why`: 256 bytes. */
int notify_smtp_send(struct notify_smtp *s, const char *from, const char *to,
    struct span mail, char *why) must_use;
