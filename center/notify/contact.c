/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The rows of `contact`: who hears, who stands in, who cannot be reached any more. */

#define DAY_MIN 1440
#define MIN_US  INT64_C(60000000)
#define COLUMNS                                                                       \
	"id, chamber_id, COALESCE(company_id, 0), COALESCE(account_id, 0), channel, " \
	"lang, address, name, severity, from_min, to_min, reserve, events"

static void take(struct notify_contact *c, struct store_rows *rows)
{
	c->id = store_col_int(rows, 0);
	c->chamber_id = store_col_int(rows, 1);
	c->company_id = store_col_int(rows, 2);
	c->account_id = store_col_int(rows, 3);
	snprintf(c->channel, sizeof(c->channel), "%s", store_col_text(rows, 4));
	snprintf(c->lang, sizeof(c->lang), "%s", store_col_text(rows, 5));
	snprintf(c->address, sizeof(c->address), "%s", store_col_text(rows, 6));
	snprintf(c->name, sizeof(c->name), "%s", store_col_text(rows, 7));
	c->severity = (int)store_col_int(rows, 8);
	c->from_min = (int)store_col_int(rows, 9);
	c->to_min = (int)store_col_int(rows, 10);
	c->reserve = store_col_int(rows, 11) != 0;
	c->events = store_col_int(rows, 12) != 0;
}

/* One of three fixed texts: whose contacts, and which of them. */
static int read_some(struct store_db *db, const char *sql, int64_t whose,
    enum record_severity severity, struct notify_contact c[NOTIFY_RECIPIENTS_MAX])
{
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows, sql, STORE_ARGS(STORE_INT(whose), STORE_INT(severity)));
	while (n < (int)NOTIFY_RECIPIENTS_MAX && store_next(rows))
		take(&c[n++], rows);
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

#define OF_COMPANY "SELECT " COLUMNS " FROM contact WHERE company_id = ? "
#define OF_CHAMBER \
	"SELECT " COLUMNS " FROM contact WHERE chamber_id = ? AND company_id IS NULL "
#define HEARS "AND severity <= ? AND events = 0 "
#define ORDER " ORDER BY position, id LIMIT 10"

int notify_contacts(struct store_db *db, int64_t chamber_id, int64_t company_id,
    enum record_severity severity, struct notify_contact c[NOTIFY_RECIPIENTS_MAX])
{
	static const char *const texts[2][3] = {
		{ OF_COMPANY HEARS "AND state = 'ok' AND reserve = 0" ORDER,
		    OF_COMPANY HEARS "AND state = 'ok'" ORDER,
		    OF_COMPANY HEARS "AND state <> 'off'" ORDER },
		{ OF_CHAMBER HEARS "AND state = 'ok' AND reserve = 0" ORDER,
		    OF_CHAMBER HEARS "AND state = 'ok'" ORDER,
		    OF_CHAMBER HEARS "AND state <> 'off'" ORDER },
	};
	int n = 0;

	for (unsigned i = 0; i < 3 && n == 0; i++)
		n = read_some(db, texts[company_id ? 0 : 1][i],
		    company_id ? company_id : chamber_id, severity, c);
	return n;
}

int64_t notify_contact_hours(
    const struct notify_contact *c, enum record_severity severity, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (severity == RECORD_URGENT || (c->from_min <= 0 && c->to_min >= DAY_MIN) ||
	    c->from_min == c->to_min)
		return us;
	localtime_r(&t, &tm);
	int now = tm.tm_hour * 60 + tm.tm_min;
	bool night = c->from_min > c->to_min; /* 22:00 to 6:00 */
	if (night ? now >= c->from_min || now < c->to_min
		  : now >= c->from_min && now < c->to_min)
		return us;
	int wait = (c->from_min - now + DAY_MIN) % DAY_MIN;
	return us - us % MIN_US + wait * MIN_US;
}

/* Behind `after` in the company's order, and not told of this incident. */
static int find_next(
    struct store_db *db, const struct notify_failed *f, struct notify_contact *c)
{
	struct store_rows *rows;
	bool any;

	store_query(db, &rows,
	    "SELECT " COLUMNS " FROM contact WHERE company_id = ? AND severity <= ? "
	    "AND events = 0 AND state = 'ok' AND id <> ? "
	    "AND (reserve, position, id) > (SELECT k.reserve, k.position, k.id "
	    "FROM contact k WHERE k.id = ?) "
	    "AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.incident_id = ? "
	    "AND n.channel = contact.channel AND n.recipient = contact.address "
	    "AND n.state NOT IN ('bounced', 'failed')) "
	    "ORDER BY reserve, position, id LIMIT 1",
	    STORE_ARGS(STORE_INT(f->company_id), STORE_INT(f->severity),
		STORE_INT(f->contact_id), STORE_INT(f->contact_id),
		STORE_INT(f->incident_id)));
	any = store_next(rows);
	if (any)
		take(c, rows);
	int err = store_rows_free(rows);
	return err < 0 ? err : any ? 0 : FAIL_MISSING;
}

static int find_failed(struct store_db *db, int64_t notice_id, struct notify_failed *f)
{
	struct store_rows *rows;
	int err = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT COALESCE(company_id, 0), COALESCE(incident_id, 0), "
	    "COALESCE(contact_id, 0), severity, step, subject, body, more, channel, "
	    "recipient, in_reply_to FROM notice WHERE id = ?",
	    STORE_ARGS(STORE_INT(notice_id)));
	if (store_next(rows)) {
		f->company_id = store_col_int(rows, 0);
		f->incident_id = store_col_int(rows, 1);
		f->contact_id = store_col_int(rows, 2);
		f->severity = (enum record_severity)store_col_int(rows, 3);
		f->step = strdup(store_col_text(rows, 4));
		f->subject = strdup(store_col_text(rows, 5));
		f->body = strdup(store_col_text(rows, 6));
		f->more = strdup(store_col_text(rows, 7));
		err = f->step && f->subject && f->body && f->more ? 0 : FAIL_MEMORY;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

static void failed_fini(struct notify_failed *f)
{
	free(f->step);
	free(f->subject);
	free(f->body);
	free(f->more);
}

/* Nobody else is left: the operator must see it. */
static int note_nobody(
    struct store_db *db, const struct notify_failed *f, int64_t now_us)
{
	return store_audit(db, &(struct store_audit){ .at_us = now_us,
				   .company_id = f->company_id,
				   .incident_id = f->incident_id,
				   .action = "notice.nobody" });
}

static int stand_in(struct store_db *db, const struct notify_conf *conf,
    const struct notify_failed *f, int64_t notice_id, int64_t now_us)
{
	struct notify_contact c = { 0 };
	int err = f->contact_id ? find_next(db, f, &c) : FAIL_MISSING;

	if (err == FAIL_MISSING)
		return note_nobody(db, f, now_us);
	if (err < 0)
		return err;
	bool own_words = !f->incident_id;
	struct notify_new n = { .company_id = f->company_id,
		.incident_id = f->incident_id,
		.contact_id = c.id,
		.channel = c.channel,
		.recipient = c.address,
		.lang = c.lang,
		.step = f->step,
		.severity = f->severity,
		.due_us = now_us,
		.subject = own_words ? f->subject : NULL,
		.body = own_words ? f->body : NULL,
		.more = f->more,
		.instead_of = notice_id };
	int64_t id = notify_add(db, conf, &n, now_us);
	return id < 0 ? (int)id : 0;
}

int notify_next_contact(struct store_db *db, const struct notify_conf *conf,
    int64_t notice_id, int64_t now_us)
{
	struct notify_failed f = { 0 };
	int err = store_exec(db, "UPDATE notice SET stood_in = 1 WHERE id = ?",
	    STORE_ARGS(STORE_INT(notice_id)));

	if (err == 0)
		err = find_failed(db, notice_id, &f);
	/* A test says itself that it failed; an event's hook has no stand-in. */
	bool plain = err == 0 && f.company_id && strcmp(f.step, "test") != 0 &&
		     strncmp(f.step, "event", 5) != 0;

	if (plain)
		err = stand_in(db, conf, &f, notice_id, now_us);
	failed_fini(&f);
	return err;
}

int notify_contact_reached(struct store_db *db, int64_t contact_id)
{
	return store_exec(db,
	    "UPDATE contact SET fails = 0, failing_us = NULL, error = '' "
	    "WHERE id = ? AND (fails > 0 OR error <> '')",
	    STORE_ARGS(STORE_INT(contact_id)));
}

int notify_contact_missed(
    struct store_db *db, int64_t contact_id, const char *error, int64_t now_us)
{
	return store_exec(db,
	    "UPDATE contact SET fails = fails + 1, error = ?, "
	    "failing_us = COALESCE(failing_us, ?) WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(error), STORE_INT(now_us), STORE_INT(contact_id)));
}

static int contact_audit(struct store_db *db, int64_t contact_id, int64_t now_us,
    const char *action, const char *why)
{
	struct store_rows *rows;
	struct store_audit line = { .at_us = now_us, .action = action };
	struct buf detail;

	buf_init(&detail, 4096);
	store_query(db, &rows,
	    "SELECT COALESCE(company_id, 0), channel, address FROM contact WHERE id = ?",
	    STORE_ARGS(STORE_INT(contact_id)));
	if (store_next(rows)) {
		line.company_id = store_col_int(rows, 0);
		buf_addf(&detail, "%s %s\n%s", store_col_text(rows, 1),
		    store_col_text(rows, 2), why);
	}
	int err = store_rows_free(rows);
	line.detail = buf_text(&detail);
	if (err == 0)
		err = store_audit(db, &line);
	buf_fini(&detail);
	return err;
}

int notify_contact_state(struct store_db *db, int64_t contact_id, const char *state,
    const char *why, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE contact SET state = ?, error = ?, failing_us = COALESCE(failing_us, ?) "
	    "WHERE id = ? AND state <> ? AND state <> 'off'",
	    STORE_ARGS(STORE_TEXT(state), STORE_TEXT(why), STORE_INT(now_us),
		STORE_INT(contact_id), STORE_TEXT(state)));

	if (err < 0 || store_changed(db) == 0)
		return err;
	return contact_audit(db, contact_id, now_us,
	    strcmp(state, "off") == 0 ? "contact.off" : "contact.bounced", why);
}

int notify_webhook_failing(struct store_db *db, const struct notify_conf *conf,
    int64_t contact_id, int64_t now_us)
{
	int64_t since = now_us,
		most_s = conf->webhook_off_s ? conf->webhook_off_s : 3 * 24 * 3600;
	int err = store_get_int(db, &since,
	    "SELECT COALESCE(failing_us, 0) FROM contact WHERE id = ? AND channel = "
	    "'webhook' AND state = 'ok'",
	    STORE_ARGS(STORE_INT(contact_id)));

	if (err == FAIL_MISSING ||
	    (err == 0 && (!since || now_us - since < most_s * 1000000)))
		return 0;
	return err < 0 ? err
		       : notify_contact_state(db, contact_id, "off",
			     "turned off: it has failed for too long", now_us);
}
