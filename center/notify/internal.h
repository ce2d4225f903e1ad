/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/notify.h"

/* What the files of this folder share. */

/* A notice on its way; texts are its own, never NULL. */
struct notify_notice {
	int64_t id, incident_id, company_id, chamber_id, contact_id, created_us;
	char *channel, *recipient, *step, *message_id, *in_reply_to;
	char *subject, *body; /* whole, with `more` below */
	char *act;            /* what to do, one paragraph: for short messages */
	char *company, *cause, *secret, *link, *phone;
	char lang_code[8];
	enum record_lang lang;
	enum record_severity severity;
	bool last;    /* of this hour for this recipient */
	bool written; /* subject and body came with it */
	bool over;    /* its incident is done */
};

void notify_notice_fini(struct notify_notice *n);

/* Writer: the notice `id` with its recipient's and incident's facts, texts still to be
 * written when they did not come with it. */
int notify_load(struct store_db *db, const struct notify_conf *conf, int64_t id,
    struct notify_notice *n) must_use;
/* The words are written now, so that they tell the newest (words of a summary and of a
 * test came with them). */
int notify_fill(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n) must_use;

/* Writer: the next notice that is due, with its words written, marked "sending".  `able`:
 * the channels that can take one now, ",mail,sms,".  n->id 0: none; *next_us is when to ask
 * again (INT64_MAX: when something changes). */
int notify_begin(struct store_db *db, const struct notify_conf *conf, int64_t now_us,
    const char *able, struct notify_notice *n, int64_t *next_us) must_use;
/* Writer: how the try ended.  error NULL: the other side took it, and calls it `reference`;
 * otherwise what it said, and whether trying again could help. */
int notify_end(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again, const char *reference) must_use;
/* Writer, at the start: what this process was sending when it stopped is tried again. */
int notify_recover(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us) must_use;
/* A notice changed: the portals that show its incident want to know. */
int notify_note_change(struct store_db *db, int64_t notice_id) must_use;
/* A line of the audit log about it. */
int notify_note(struct store_db *db, int64_t notice_id, int64_t now_us,
    const char *action, const char *more) must_use;

/* ---- flood.c ---- */

/* Writer: may this one leave?  0: it may; 1: it waits (it and what is not more urgent to
 * the same recipient have been put off); 2: it became part of the summary *summary. */
int notify_hold(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n, int64_t now_us, int64_t *summary) must_use;
/* Writer: 1 when the channel has used up what a month costs nothing extra, for this
 * severity; 0 when there is room. */
int notify_month_full(struct store_db *db, const struct notify_conf *conf,
    const char *channel, enum record_severity severity, int64_t now_us) must_use;
int notify_month_count(
    struct store_db *db, const char *channel, int64_t now_us) must_use;

/* A notice's step when the incident came back; its number follows. */
#define NOTIFY_AGAIN "again-"

/* ---- contact.c ---- */

/* A notice that did not get through. */
struct notify_failed {
	int64_t company_id, incident_id, contact_id;
	enum record_severity severity;
	char *step, *subject, *body, *more;
};

/* Writer: whoever stands behind the contact of this notice in the company's order, and does
 * not know yet, is told instead; nobody left is noted. */
int notify_next_contact(struct store_db *db, const struct notify_conf *conf,
    int64_t notice_id, int64_t now_us) must_use;
int notify_contact_reached(struct store_db *db, int64_t contact_id) must_use;
int notify_contact_missed(struct store_db *db, int64_t contact_id, const char *error,
    int64_t now_us) must_use;
int notify_contact_state(struct store_db *db, int64_t contact_id, const char *state,
    const char *why, int64_t now_us) must_use;
/* A webhook that has failed for too long is turned off. */
int notify_webhook_failing(struct store_db *db, const struct notify_conf *conf,
    int64_t contact_id, int64_t now_us) must_use;

/* ---- hook.c ---- */

/* Writer: what changed since the last look becomes notices for the webhooks that want every
 * change of an incident; at most NOTIFY_HOOK_MOST, returns how many. */
#define NOTIFY_HOOK_MOST 100
int notify_hooks(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us) must_use;
