/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRY_S     10u
#define RETRY_MAX_S 3600u
#define HOUR_US     INT64_C(3600000000)

void notify_notice_fini(struct notify_notice *n)
{
	free(n->recipient);
	free(n->subject);
	free(n->body);
	free(n->message_id);
	free(n->in_reply_to);
	*n = (struct notify_notice){ 0 };
}

/* A notice changed: the portals that show its incident want to know. */
static int note_change(struct store_db *db, int64_t notice_id)
{
	int64_t change = store_note_change(db);

	if (change < 0)
		return (int)change;
	return store_exec(db,
	    "UPDATE incident SET change = ? "
	    "WHERE id = (SELECT incident_id FROM notice WHERE id = ?)",
	    STORE_ARGS(STORE_INT(change), STORE_INT(notice_id)));
}

static int history(struct store_db *db, int64_t notice_id, int64_t now_us,
    const char *action, const char *more)
{
	struct store_rows *rows;
	struct store_audit line = { .at_us = now_us, .action = action };
	struct buf detail;

	buf_init(&detail, 2048);
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

/* The next notice that is due.  Urgent ones first; the oldest of them. */
static int find_due(
    struct store_db *db, int64_t now_us, struct notify_notice *n, bool *over)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT n.id, n.incident_id, n.company_id, n.recipient, n.message_id, "
	    "n.in_reply_to, c.lang, i.state = 'done', n.severity "
	    "FROM notice n JOIN company c ON c.id = n.company_id "
	    "JOIN incident i ON i.id = n.incident_id "
	    "WHERE n.state = 'waiting' AND n.due_us <= ? "
	    "ORDER BY n.severity DESC, n.due_us LIMIT 1",
	    STORE_ARGS(STORE_INT(now_us)));
	if (store_next(rows)) {
		n->id = store_col_int(rows, 0);
		n->incident_id = store_col_int(rows, 1);
		n->company_id = store_col_int(rows, 2);
		n->recipient = strdup(store_col_text(rows, 3));
		n->message_id = strdup(store_col_text(rows, 4));
		n->in_reply_to = strdup(store_col_text(rows, 5));
		n->lang =
		    strcmp(store_col_text(rows, 6), "en") == 0 ? RECORD_EN : RECORD_JA;
		*over = store_col_int(rows, 7);
		n->severity = (enum record_severity)store_col_int(rows, 8);
		found =
		    n->recipient && n->message_id && n->in_reply_to ? 0 : FAIL_MEMORY;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int next_due(struct store_db *db, int64_t *next_us)
{
	*next_us = INT64_MAX;
	int err = store_get_int(db, next_us,
	    "SELECT due_us FROM notice WHERE state = 'waiting' ORDER BY due_us LIMIT 1",
	    STORE_NO_ARGS);
	return err == FAIL_MISSING ? 0 : err;
}

static int cancel(struct store_db *db, int64_t id, int64_t now_us)
{
	int err = store_exec(db, "UPDATE notice SET state = 'cancelled' WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));

	if (err == 0)
		err = history(db, id, now_us, "notice.cancelled", "");
	return err < 0 ? err : note_change(db, id);
}

/* The words are written now, so that they tell the newest. */
static int write_words(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n, enum record_severity *severity)
{
	struct store_rows *rows;
	struct buf subject, body;
	char machine[INCIDENT_LABEL_MAX + 1] = "", link[600] = "";
	int found = FAIL_MISSING;

	buf_init(&subject, 4096);
	buf_init(&body, 64u << 10);
	if (conf->portal_url)
		snprintf(link, sizeof(link), "%s/member/#/incidents/%" PRId64,
		    conf->portal_url, n->incident_id);
	store_query(db, &rows,
	    "SELECT i.cause, i.severity, i.stopped, i.what, i.peer, i.first_us, i.last_us, "
	    "i.events, COALESCE(i.machine_id, 0), c.name, c.sample, h.desk_name, "
	    "h.desk_phone, h.desk_mail FROM incident i JOIN company c ON c.id = i.company_id "
	    "JOIN chamber h ON h.id = c.chamber_id WHERE i.id = ?",
	    STORE_ARGS(STORE_INT(n->incident_id)));
	if (store_next(rows)) {
		found = incident_machine_label(db, store_col_int(rows, 8), machine);
		*severity = (enum record_severity)store_col_int(rows, 1);
		struct notify_words words = { .lang = n->lang,
			.cause = record_cause_find(store_col_text(rows, 0)),
			.severity = *severity,
			.stopped = store_col_int(rows, 2),
			.raised = *n->in_reply_to,
			.last = n->last,
			.sample = store_col_int(rows, 10),
			.what = store_col_text(rows, 3),
			.peer = store_col_text(rows, 4),
			.first_us = store_col_int(rows, 5),
			.last_us = store_col_int(rows, 6),
			.events = store_col_int(rows, 7),
			.company = store_col_text(rows, 9),
			.desk_name = store_col_text(rows, 11),
			.desk_phone = store_col_text(rows, 12),
			.desk_mail = store_col_text(rows, 13),
			.machine = machine,
			.link = link,
			.incident_id = n->incident_id };
		if (found == 0)
			notify_write(&words, &subject, &body);
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = found;
	if (err == 0 && (subject.overflowed || body.overflowed))
		err = FAIL_LIMIT;
	if (err == 0) {
		n->subject = strdup(buf_text(&subject));
		n->body = strdup(buf_text(&body));
		err = n->subject && n->body ? 0 : FAIL_MEMORY;
	}
	buf_fini(&subject);
	buf_fini(&body);
	return err;
}

/* How many mails this recipient got within the hour, and when the oldest of them was. */
static int sent_lately(struct store_db *db, const struct notify_notice *n,
    int64_t now_us, int64_t *sent, int64_t *oldest_us)
{
	struct store_rows *rows;

	*sent = 0;
	store_query(db, &rows,
	    "SELECT COUNT(*), MIN(sent_us) FROM notice WHERE company_id = ? "
	    "AND recipient = ? AND state = 'sent' AND sent_us > ?",
	    STORE_ARGS(STORE_INT(n->company_id), STORE_TEXT(n->recipient),
		STORE_INT(now_us - HOUR_US)));
	if (store_next(rows)) {
		*sent = store_col_int(rows, 0);
		*oldest_us = store_col_int(rows, 1);
	}
	return store_rows_free(rows);
}

/* A whole office is hit at once: nobody reads two hundred mails.  What is not more urgent
 * than this one waits until the hour has room again; 1: it waits. */
static int hold(struct store_db *db, struct notify_notice *n, int64_t now_us)
{
	int64_t most = n->severity == RECORD_URGENT ? 2 * NOTIFY_HOURLY : NOTIFY_HOURLY;
	int64_t sent, oldest_us = now_us;
	int err = sent_lately(db, n, now_us, &sent, &oldest_us);

	n->last = sent == most - 1;
	if (err < 0 || sent < most)
		return err;
	err = store_exec(db,
	    "UPDATE notice SET due_us = ?, error = 'held back: many within the hour' "
	    "WHERE company_id = ? AND recipient = ? AND state = 'waiting' AND severity <= ? "
	    "AND due_us <= ?",
	    STORE_ARGS(STORE_INT(oldest_us + HOUR_US), STORE_INT(n->company_id),
		STORE_TEXT(n->recipient), STORE_INT(n->severity), STORE_INT(now_us)));
	return err < 0 ? err : 1;
}

static int begin(struct store_db *db, const struct notify_conf *conf, int64_t now_us,
    struct notify_notice *n)
{
	enum record_severity severity = RECORD_LOG;
	int err = write_words(db, conf, n, &severity);

	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE notice SET state = 'sending', tries = tries + 1, severity = ?, "
	    "subject = ?, body = ?, due_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(severity), STORE_TEXT(n->subject), STORE_TEXT(n->body),
		STORE_INT(now_us), STORE_INT(n->id)));
}

int notify_begin(struct store_db *db, const struct notify_conf *conf, int64_t now_us,
    struct notify_notice *n, int64_t *next_us)
{
	for (;;) {
		bool over = false;
		int held = 0;
		*n = (struct notify_notice){ 0 };
		int err = find_due(db, now_us, n, &over);
		/* Not a failure, so that what was cancelled on the way is kept. */
		if (err == FAIL_MISSING)
			return next_due(db, next_us);
		if (err == 0 && !over)
			err = held = hold(db, n, now_us);
		if (err == 0)
			err = over ? cancel(db, n->id, now_us)
				   : begin(db, conf, now_us, n);
		if (err == 0 && !over && !held)
			return 0;
		notify_notice_fini(n);
		if (err < 0)
			return err;
	}
}

static int tries_of(
    struct store_db *db, int64_t id, int64_t *tries, int64_t *created_us)
{
	int err = store_get_int(db, tries, "SELECT tries FROM notice WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));

	return err < 0 ? err
		       : store_get_int(db, created_us,
			     "SELECT created_us FROM notice WHERE id = ?",
			     STORE_ARGS(STORE_INT(id)));
}

static int64_t pause_us(const struct notify_conf *conf, int64_t tries)
{
	int64_t pause_s = conf->retry_s ? conf->retry_s : RETRY_S;

	for (; tries > 1 && pause_s < RETRY_MAX_S; tries--)
		pause_s *= 2;
	return (pause_s < RETRY_MAX_S ? pause_s : RETRY_MAX_S) * 1000000;
}

static int failed(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again)
{
	int64_t tries, created_us;
	int err = tries_of(db, id, &tries, &created_us);

	if (err < 0)
		return err;
	try_again &= now_us - created_us < (int64_t)NOTIFY_GIVE_UP_S * 1000000;
	err = store_exec(db,
	    "UPDATE notice SET state = ?, error = ?, due_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(try_again ? "waiting" : "failed"), STORE_TEXT(error),
		STORE_INT(now_us + pause_us(conf, tries)), STORE_INT(id)));
	if (err == 0 && !try_again)
		err = history(db, id, now_us, "notice.failed", error);
	return err;
}

int notify_end(struct store_db *db, const struct notify_conf *conf, int64_t id,
    int64_t now_us, const char *error, bool try_again)
{
	int err;

	if (error) {
		err = failed(db, conf, id, now_us, error, try_again);
	} else {
		err = store_exec(db,
		    "UPDATE notice SET state = 'sent', sent_us = ?, error = '' WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(id)));
		if (err == 0)
			err = history(db, id, now_us, "notice.sent", "");
	}
	return err < 0 ? err : note_change(db, id);
}

int notify_recover(struct store_db *db, int64_t now_us)
{
	return store_exec(db,
	    "UPDATE notice SET state = 'waiting', due_us = ? WHERE state = 'sending'",
	    STORE_ARGS(STORE_INT(now_us)));
}
