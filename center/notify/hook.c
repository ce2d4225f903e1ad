/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Webhooks that want to know of every incident's opening, change and end: a ticket system, a
 * chamber's own board.  What they are told is the state now; of several changes in a moment
 * the last counts.  What was told stands in the step: "event CHANGE state/severity/outcome/
 * stopped", so that a change that changes none of this is not told. */

struct hook {
	int64_t contact_id, chamber_id, company_id, seen, seen_id, severity;
	char address[1024];
};

struct changed {
	int64_t id, company_id, change, severity, first_us, last_us, events;
	char state[16], outcome[16], cause[40], company[300], what[300], peer[300];
	bool stopped;
};

static int find_hook(struct store_db *db, int64_t after, struct hook *h)
{
	struct store_rows *rows;
	int err = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, chamber_id, COALESCE(company_id, 0), seen_change, severity, address "
	    "FROM contact WHERE channel = 'webhook' AND events = 1 AND state = 'ok' "
	    "AND id > ? ORDER BY id LIMIT 1",
	    STORE_ARGS(STORE_INT(after)));
	if (store_next(rows)) {
		h->contact_id = store_col_int(rows, 0);
		h->chamber_id = store_col_int(rows, 1);
		h->company_id = store_col_int(rows, 2);
		/* All of the change that was looked at last were. */
		h->seen = store_col_int(rows, 3);
		h->seen_id = INT64_MAX;
		h->severity = store_col_int(rows, 4);
		snprintf(h->address, sizeof(h->address), "%s", store_col_text(rows, 5));
		err = 0;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

#define CHANGED                                                                     \
	"SELECT i.id, i.company_id, i.change, i.severity, i.first_us, i.last_us, "  \
	"i.events, i.state, i.outcome, i.cause, c.name, i.what, i.peer, i.stopped " \
	"FROM incident i JOIN company c ON c.id = i.company_id WHERE "              \
	"(i.change, i.id) > (?, ?) AND "                                            \
	"i.severity >= ? AND "

static void take(struct changed *c, struct store_rows *rows)
{
	c->id = store_col_int(rows, 0);
	c->company_id = store_col_int(rows, 1);
	c->change = store_col_int(rows, 2);
	c->severity = store_col_int(rows, 3);
	c->first_us = store_col_int(rows, 4);
	c->last_us = store_col_int(rows, 5);
	c->events = store_col_int(rows, 6);
	snprintf(c->state, sizeof(c->state), "%s", store_col_text(rows, 7));
	snprintf(c->outcome, sizeof(c->outcome), "%s", store_col_text(rows, 8));
	snprintf(c->cause, sizeof(c->cause), "%s", store_col_text(rows, 9));
	snprintf(c->company, sizeof(c->company), "%s", store_col_text(rows, 10));
	snprintf(c->what, sizeof(c->what), "%s", store_col_text(rows, 11));
	snprintf(c->peer, sizeof(c->peer), "%s", store_col_text(rows, 12));
	c->stopped = store_col_int(rows, 13) != 0;
}

static int find_changed(struct store_db *db, const struct hook *h, struct changed *c)
{
	struct store_rows *rows;
	int err = FAIL_MISSING;

	store_query(db, &rows,
	    h->company_id ? CHANGED "i.company_id = ? ORDER BY i.change, i.id LIMIT 1"
			  : CHANGED "c.chamber_id = ? ORDER BY i.change, i.id LIMIT 1",
	    STORE_ARGS(STORE_INT(h->seen), STORE_INT(h->seen_id),
		STORE_INT(h->severity),
		STORE_INT(h->company_id ? h->company_id : h->chamber_id)));
	if (store_next(rows)) {
		take(c, rows);
		err = 0;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

/* What this hook was told last of this incident; "" nothing. */
static int last_told(
    struct store_db *db, const struct hook *h, int64_t incident_id, char told[100])
{
	struct store_rows *rows;

	told[0] = 0;
	store_query(db, &rows,
	    "SELECT step FROM notice WHERE contact_id = ? AND incident_id = ? "
	    "AND step LIKE 'event %' ORDER BY id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(h->contact_id), STORE_INT(incident_id)));
	if (store_next(rows)) {
		const char *blank = strrchr(store_col_text(rows, 0), ' ');
		snprintf(told, 100, "%s", blank ? blank + 1 : "");
	}
	return store_rows_free(rows);
}

static char *body_of(const struct changed *c, const char *type)
{
	static const char *const severities[] = { "log", "caution", "urgent" };
	json_t *o = json_pack(
	    "{s:i, s:s, s:I, s:{s:I, s:s}, s:{s:I, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:I, "
	    "s:I, s:I}}",
	    "version", 1, "type", type, "change", (json_int_t)c->change, "company",
	    "id", (json_int_t)c->company_id, "name", c->company, "incident", "id",
	    (json_int_t)c->id, "cause", c->cause, "severity",
	    severities[c->severity < 0 || c->severity > 2 ? 0 : c->severity], "state",
	    c->state, "outcome", c->outcome, "stopped", c->stopped, "what", c->what,
	    "peer", c->peer, "first_us", (json_int_t)c->first_us, "last_us",
	    (json_int_t)c->last_us, "events", (json_int_t)c->events);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}

static int tell(struct store_db *db, const struct notify_conf *conf,
    const struct hook *h, const struct changed *c, int64_t now_us)
{
	char told[100], state[100], step[140];
	int err = last_told(db, h, c->id, told);

	snprintf(state, sizeof(state), "%s/%" PRId64 "/%s/%d", c->state, c->severity,
	    c->outcome, c->stopped);
	if (err < 0 || strcmp(told, state) == 0)
		return err;
	const char *type = strcmp(c->state, "done") == 0 ? "incident.closed"
			   : *told                       ? "incident.changed"
							 : "incident.opened";
	snprintf(step, sizeof(step), "event %" PRId64 " %s", c->change, state);
	char *body = body_of(c, type);
	if (!body)
		return FAIL_MEMORY;
	int64_t id = notify_add(db, conf,
	    &(struct notify_new){ .company_id = c->company_id,
		.incident_id = c->id,
		.contact_id = h->contact_id,
		.channel = "webhook",
		.recipient = h->address,
		.step = step,
		.severity = (enum record_severity)c->severity,
		.due_us = now_us,
		.subject = type,
		.body = body },
	    now_us);
	free(body);
	return id < 0 ? (int)id : 1;
}

static int run_hook(struct store_db *db, const struct notify_conf *conf, struct hook *h,
    int64_t now_us, int *told)
{
	int64_t from = h->seen;
	int err = 0, looked = 0;

	/* Several incidents share one change: it is looked through to its end. */
	while (err == 0) {
		struct changed c;
		err = find_changed(db, h, &c);
		if (err < 0 || (looked++ >= NOTIFY_HOOK_MOST && c.change != h->seen))
			break;
		h->seen = c.change;
		h->seen_id = c.id;
		err = tell(db, conf, h, &c, now_us);
		*told += err > 0;
		err = err > 0 ? 0 : err;
	}
	if ((err == 0 || err == FAIL_MISSING) && h->seen != from)
		err = store_exec(db, "UPDATE contact SET seen_change = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(h->seen), STORE_INT(h->contact_id)));
	return err == FAIL_MISSING ? 0 : err;
}

int notify_hooks(struct store_db *db, const struct notify_conf *conf, int64_t now_us)
{
	struct hook h = { 0 };
	int told = 0, err = find_hook(db, 0, &h);

	while (err == 0) {
		err = run_hook(db, conf, &h, now_us, &told);
		if (err == 0)
			err = find_hook(db, h.contact_id, &h);
	}
	return err == FAIL_MISSING ? told : err;
}
