/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/metric/metric.h"
#include "center/notify/internal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRY_S     10u
#define RETRY_MAX_S 3600u
/* Longer than any try takes; whoever is silent for this long is dead. */
#define LEASE_US INT64_C(120000000)
/* How long a notice may be tried in vain before somebody else is told as well. */
#define PATIENCE_URGENT_US INT64_C(300000000)
#define PATIENCE_US        INT64_C(3600000000)

/* Made before the first try and never again: the same notice sent twice has one name. */
static void make_message_id(const struct notify_conf *conf, char *id, size_t room)
{
	unsigned char random[16];
	char hex[2 * sizeof(random) + 1];
	const char *at = strrchr(conf->from, '@');

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	snprintf(id, room, "%s@%s", hex, at ? at + 1 : "localhost");
}

int64_t notify_add(struct store_db *db, const struct notify_conf *conf,
    const struct notify_new *n, int64_t now_us)
{
	char message_id[400];
	int64_t id = 0;
	bool written = n->subject && n->body;

	make_message_id(conf, message_id, sizeof(message_id));
	int err = store_get_int(db, &id,
	    "INSERT INTO notice (company_id, chamber_id, incident_id, contact_id, channel, "
	    "recipient, lang, step, severity, subject, body, written, more, instead_of, "
	    "created_us, due_us, message_id, in_reply_to) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
	    "ON CONFLICT DO NOTHING RETURNING id",
	    STORE_ARGS(STORE_ID(n->company_id),
		STORE_ID(n->company_id ? 0 : n->chamber_id), STORE_ID(n->incident_id),
		STORE_ID(n->contact_id), STORE_TEXT(n->channel),
		STORE_TEXT(n->recipient), STORE_TEXT(n->lang ? n->lang : ""),
		STORE_TEXT(n->step), STORE_INT(n->severity),
		STORE_TEXT(written ? n->subject : ""),
		STORE_TEXT(written ? n->body : ""), STORE_INT(written),
		STORE_TEXT(n->more ? n->more : ""), STORE_ID(n->instead_of),
		STORE_INT(now_us), STORE_INT(n->due_us), STORE_TEXT(message_id),
		STORE_TEXT(n->in_reply_to ? n->in_reply_to : "")));
	return err == FAIL_MISSING ? 0 : err < 0 ? err : id;
}

int notify_note_change(struct store_db *db, int64_t notice_id)
{
	int64_t change = store_note_change(db);

	if (change < 0)
		return (int)change;
	return store_exec(db,
	    "UPDATE incident SET change = ? "
	    "WHERE id = (SELECT incident_id FROM notice WHERE id = ?)",
	    STORE_ARGS(STORE_INT(change), STORE_INT(notice_id)));
}

int notify_note(struct store_db *db, int64_t notice_id, int64_t now_us,
    const char *action, const char *more)
{
	struct store_rows *rows;
	struct store_audit line = { .at_us = now_us, .action = action };
	struct buf detail;

	buf_init(&detail, 4096);
	store_query(db, &rows,
	    "SELECT company_id, incident_id, channel, recipient, step FROM notice "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(notice_id)));
	if (store_next(rows)) {
		line.company_id = store_col_int(rows, 0);
		line.incident_id = store_col_int(rows, 1);
		buf_addf(&detail, "%s %s %s%s%s", store_col_text(rows, 4),
		    store_col_text(rows, 2), store_col_text(rows, 3), *more ? "\n" : "",
		    more);
	}
	int err = store_rows_free(rows);
	line.detail = buf_text(&detail);
	if (err == 0)
		err = store_audit(db, &line);
	buf_fini(&detail);
	return err;
}

/* The next notice that is due.  Urgent ones first; the oldest of them.  One at a time to a
 * recipient. */
static int find_due(struct store_db *db, int64_t now_us, const char *able, int64_t *id)
{
	return store_get_int(db, id,
	    "SELECT n.id FROM notice n WHERE n.state IN ('waiting', 'sending') "
	    "AND n.due_us <= ? AND ? LIKE '%,' || n.channel || ',%' "
	    "AND NOT EXISTS (SELECT 1 FROM notice s WHERE s.state = 'sending' "
	    "AND s.due_us > ? AND s.channel = n.channel AND s.recipient = n.recipient) "
	    "ORDER BY n.severity DESC, n.due_us, n.id LIMIT 1",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(able), STORE_INT(now_us)));
}

static int next_due(struct store_db *db, const char *able, int64_t *next_us)
{
	*next_us = INT64_MAX;
	int err = store_get_int(db, next_us,
	    "SELECT due_us FROM notice WHERE state IN ('waiting', 'sending') "
	    "AND ? LIKE '%,' || channel || ',%' ORDER BY due_us LIMIT 1",
	    STORE_ARGS(STORE_TEXT(able)));
	return err == FAIL_MISSING ? 0 : err;
}

static int cancel(struct store_db *db, int64_t id, int64_t now_us)
{
	int err = store_exec(db, "UPDATE notice SET state = 'cancelled' WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));

	if (err == 0)
		err = notify_note(db, id, now_us, "notice.cancelled", "");
	return err < 0 ? err : notify_note_change(db, id);
}

int notify_cancel(
    struct store_db *db, int64_t incident_id, const char *step, int64_t now_us)
{
	int64_t id;
	int n = 0, err = 0;

	while (err == 0) {
		err = store_get_int(db, &id,
		    "SELECT id FROM notice WHERE incident_id = ? AND state = 'waiting' "
		    "AND (? = '' OR step = ?) ORDER BY id LIMIT 1",
		    STORE_ARGS(STORE_INT(incident_id), STORE_TEXT(step ? step : ""),
			STORE_TEXT(step ? step : "")));
		if (err == FAIL_MISSING)
			return n;
		if (err == 0)
			err = cancel(db, id, now_us);
		n++;
	}
	return err;
}

/* Another process may have been quicker: 1. */
static int claim(struct store_db *db, const struct notify_conf *conf,
    const struct notify_notice *n, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE notice SET state = 'sending', tries = tries + 1, severity = ?, "
	    "subject = ?, body = ?, due_us = ?, sender = ? "
	    "WHERE id = ? AND state IN ('waiting', 'sending') AND due_us <= ?",
	    STORE_ARGS(STORE_INT(n->severity), STORE_TEXT(n->subject),
		STORE_TEXT(n->body), STORE_INT(now_us + LEASE_US),
		STORE_TEXT(conf->self ? conf->self : ""), STORE_INT(n->id),
		STORE_INT(now_us)));

	return err < 0 ? err : store_changed(db) == 1 ? 0 : 1;
}

/* A channel that nobody set up, or that has used up its month: no need to try. */
static const char *hopeless(struct store_db *db, const struct notify_conf *conf,
    const struct notify_notice *n, int64_t now_us, int *err)
{
	*err = 0;
	if (!notify_channel_ready(n->channel, conf) && strcmp(n->channel, "mail") != 0)
		return "this centre has no such channel";
	*err = notify_month_full(db, conf, n->channel, n->severity, now_us);
	return *err == 1 ? "the month's messages of this channel are used up" : NULL;
}

/* One candidate.  0: it is on its way; 1: look for another. */
static int begin(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, struct notify_notice *n)
{
	int64_t summary = 0;
	int err = notify_load(db, conf, id, n);

	if (err < 0)
		return err;
	if (n->over) {
		err = cancel(db, id, now_us);
		return err < 0 ? err : 1;
	}
	const char *why = hopeless(db, conf, n, now_us, &err);
	if (why) {
		err = notify_end(db, conf, id, now_us, why, false, NULL);
		return err < 0 ? err : 1;
	}
	if (err >= 0)
		err = notify_hold(db, conf, n, now_us, &summary);
	if (err == 2) {
		notify_notice_fini(n);
		err = notify_load(db, conf, summary, n);
	}
	if (err == 0)
		err = notify_fill(db, conf, n);
	return err ? err : claim(db, conf, n, now_us);
}

int notify_begin(struct store_db *db, const struct notify_conf *conf, int64_t now_us,
    const char *able, struct notify_notice *n, int64_t *next_us)
{
	for (;;) {
		int64_t id;
		*n = (struct notify_notice){ 0 };
		int err = find_due(db, now_us, able, &id);
		/* Not a failure, so that what was cancelled on the way is kept. */
		if (err == FAIL_MISSING)
			return next_due(db, able, next_us);
		if (err == 0)
			err = begin(db, conf, id, now_us, n);
		if (err == 0)
			return 0;
		notify_notice_fini(n);
		if (err < 0)
			return err;
	}
}

/* ---- how it ended ---- */

struct ended {
	int64_t tries, created_us, contact_id;
	enum record_severity severity;
	bool stood_in;
	char channel[16], recipient[1100];
};

static int read_ended(struct store_db *db, int64_t id, struct ended *e)
{
	struct store_rows *rows;
	int err = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT tries, created_us, COALESCE(contact_id, 0), severity, channel, "
	    "recipient, stood_in FROM notice WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		e->tries = store_col_int(rows, 0);
		e->created_us = store_col_int(rows, 1);
		e->contact_id = store_col_int(rows, 2);
		e->severity = (enum record_severity)store_col_int(rows, 3);
		snprintf(e->channel, sizeof(e->channel), "%s", store_col_text(rows, 4));
		snprintf(
		    e->recipient, sizeof(e->recipient), "%s", store_col_text(rows, 5));
		e->stood_in = store_col_int(rows, 6) > 0;
		err = 0;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

static int64_t pause_us(const struct notify_conf *conf, int64_t tries)
{
	int64_t pause_s = conf->retry_s ? conf->retry_s : RETRY_S;

	for (; tries > 1 && pause_s < RETRY_MAX_S; tries--)
		pause_s *= 2;
	return (pause_s < RETRY_MAX_S ? pause_s : RETRY_MAX_S) * 1000000;
}

/* Later; and what else waits for this recipient would fail alike. */
static int put_off(struct store_db *db, int64_t id, const struct ended *e,
    const char *error, int64_t until_us)
{
	int err = store_exec(db,
	    "UPDATE notice SET state = 'waiting', error = ?, due_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(error), STORE_INT(until_us), STORE_INT(id)));

	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE notice SET due_us = ? WHERE channel = ? AND recipient = ? "
	    "AND state = 'waiting' AND due_us < ?",
	    STORE_ARGS(STORE_INT(until_us), STORE_TEXT(e->channel),
		STORE_TEXT(e->recipient), STORE_INT(until_us)));
}

static int give_up(struct store_db *db, int64_t id, const char *error, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE notice SET state = 'failed', error = ?, ended_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(error), STORE_INT(now_us), STORE_INT(id)));

	return err < 0 ? err : notify_note(db, id, now_us, "notice.failed", error);
}

static int failed(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again)
{
	struct ended e = { 0 };
	int err = read_ended(db, id, &e);

	if (err < 0)
		return err;
	int64_t since_us = now_us - e.created_us;
	int64_t patience_us =
	    e.severity == RECORD_URGENT ? PATIENCE_URGENT_US : PATIENCE_US;
	try_again &= since_us < (int64_t)NOTIFY_GIVE_UP_S * 1000000;
	err = try_again ? put_off(db, id, &e, error, now_us + pause_us(conf, e.tries))
			: give_up(db, id, error, now_us);
	if (err == 0 && e.contact_id)
		err = notify_contact_missed(db, e.contact_id, error, now_us);
	if (err == 0 && e.contact_id)
		err = notify_webhook_failing(db, conf, e.contact_id, now_us);
	if (err == 0 && !e.stood_in && (!try_again || since_us >= patience_us))
		err = notify_next_contact(db, conf, id, now_us);
	return err;
}

static int sent(struct store_db *db, int64_t id, int64_t now_us, const char *reference)
{
	struct ended e = { 0 };
	int err = read_ended(db, id, &e);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE notice SET state = 'sent', sent_us = ?, error = '', "
		    "reference = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us),
			STORE_TEXT(reference ? reference : ""), STORE_INT(id)));
	if (err == 0)
		err = notify_note(db, id, now_us, "notice.sent", "");
	if (err == 0)
		err = notify_month_count(db, e.channel, now_us);
	if (err == 0 && e.contact_id)
		err = notify_contact_reached(db, e.contact_id);
	return err;
}

int notify_end(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again, const char *reference)
{
	metric_add(!error      ? METRIC_NOTICE_SENT
		   : try_again ? METRIC_NOTICE_RETRY
			       : METRIC_NOTICE_FAILED,
	    1);
	int err = error ? failed(db, conf, id, now_us, error, try_again)
			: sent(db, id, now_us, reference);

	return err < 0 ? err : notify_note_change(db, id);
}

int notify_recover(struct store_db *db, const struct notify_conf *conf, int64_t now_us)
{
	return store_exec(db,
	    "UPDATE notice SET state = 'waiting', due_us = ? WHERE state = 'sending' "
	    "AND sender = ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(conf->self ? conf->self : "")));
}
