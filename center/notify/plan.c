/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <stdio.h>
#include <time.h>

/* Who is told when: the first notice of an incident, the one that says that it became
 * urgent, and one each time that it came back while it was being watched. */

/* What this contact was told already. */
struct told {
	bool any, on_its_way;
	int64_t id;
	enum record_severity severity;
	char message_id[400];
};

static int find_told(struct store_db *db, const struct incident *i,
    const struct notify_contact *c, struct told *t)
{
	struct store_rows *rows;

	*t = (struct told){ 0 };
	store_query(db, &rows,
	    "SELECT id, state, severity, message_id FROM notice WHERE incident_id = ? "
	    "AND channel = ? AND recipient = ? AND step = 'first'",
	    STORE_ARGS(
		STORE_INT(i->id), STORE_TEXT(c->channel), STORE_TEXT(c->address)));
	if (store_next(rows)) {
		t->any = true;
		t->id = store_col_int(rows, 0);
		t->on_its_way = strcmp(store_col_text(rows, 1), "waiting") != 0;
		t->severity = (enum record_severity)store_col_int(rows, 2);
		snprintf(t->message_id, sizeof(t->message_id), "%s",
		    store_col_text(rows, 3));
	}
	return store_rows_free(rows);
}

static int add(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, const struct notify_contact *c, const char *step,
    const char *in_reply_to, int64_t due_us, int64_t now_us)
{
	struct notify_new n = { .company_id = i->company_id,
		.incident_id = i->id,
		.contact_id = c->id,
		.channel = c->channel,
		.recipient = c->address,
		.lang = c->lang,
		.step = step,
		.severity = i->severity,
		.due_us = notify_contact_hours(c, i->severity, due_us),
		.in_reply_to = in_reply_to };
	int64_t id = notify_add(db, conf, &n, now_us);

	return id < 0 ? (int)id : 0;
}

#define DAY_FROM 8 /* o'clock, where the centre is */
#define DAY_TO   21
#define HOUR_US  (INT64_C(3600) * 1000000)

/* The same, or the next morning. */
static int64_t by_day(int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	if (tm.tm_hour >= DAY_FROM && tm.tm_hour < DAY_TO)
		return us;
	int hours = (DAY_FROM - tm.tm_hour + 24) % 24;
	return us - us % HOUR_US + hours * HOUR_US;
}

/* When to tell somebody: at once, after more of the same had time to come, or, of what a
 * gate kept for hours or days, when people are up: nobody is woken for last week. */
static int64_t due_of(const struct notify_conf *conf, const struct incident *i,
    bool raised, int64_t now_us)
{
	bool urgent = i->severity == RECORD_URGENT;

	if (now_us - i->last_us > NOTIFY_LATE_US)
		return by_day(now_us + (int64_t)conf->caution_delay_s * 1000000);
	return urgent || raised ? now_us
				: now_us + (int64_t)conf->caution_delay_s * 1000000;
}

static int plan_for(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, const struct notify_contact *c, const char *step,
    int64_t now_us)
{
	struct told t;
	int err = find_told(db, i, c, &t);

	if (err < 0 || (t.any && t.severity >= i->severity && !i->again))
		return err;
	if (!t.any)
		return add(db, conf, i, c, "first", "", due_of(conf, i, false, now_us),
		    now_us);
	/* It became urgent or came back.  What still waits goes now; after a notice that is
	 * out, one more says so, in the same thread. */
	if (t.on_its_way)
		return add(db, conf, i, c, step, t.message_id,
		    due_of(conf, i, t.severity < i->severity, now_us), now_us);
	return store_exec(db, "UPDATE notice SET severity = ?, due_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(i->severity), STORE_INT(due_of(conf, i, true, now_us)),
		STORE_INT(t.id)));
}

/* Nobody can be told: that must not stay unseen. */
static int note_nobody(struct store_db *db, const struct incident *i, int64_t now_us)
{
	struct store_audit line = { .at_us = now_us,
		.company_id = i->company_id,
		.incident_id = i->id,
		.action = "notice.nobody" };

	return store_audit(db, &line);
}

bool notify_is_news(const struct incident *i)
{
	return i->severity != RECORD_LOG &&
	       (i->fresh || i->again || i->severity != i->severity_before);
}

int notify_plan(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us)
{
	struct notify_contact contacts[NOTIFY_RECIPIENTS_MAX];
	char step[40] = "raised";
	int64_t returns = 0;

	if (!notify_is_news(i))
		return 0;
	int err = i->again ? incident_returns(db, i->id, &returns) : 0;
	if (err < 0)
		return err;
	if (i->again)
		snprintf(step, sizeof(step), NOTIFY_AGAIN "%lld", (long long)returns);
	int n = notify_contacts(db, 0, i->company_id, i->severity, contacts);
	err = n < 0 ? n : 0;
	if (n == 0)
		err = note_nobody(db, i, now_us);
	for (int k = 0; k < n && err == 0; k++)
		err = plan_for(db, conf, i, &contacts[k], step, now_us);
	return err;
}
