/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/internal.h"
#include "center/store/account.h"

#include <stdio.h>

#define MINUTE_US INT64_C(60000000)

#define COLUMNS                                                                          \
	"SELECT k.id, k.incident_id, k.company_id, COALESCE(k.account_id, 0), "          \
	"k.name, c.name, c.lang, i.state, l.answered_by, i.cause, i.severity, "          \
	"i.opened_us, COALESCE(l.answered_us, 0), k.expires_us, "                        \
	"COALESCE(i.machine_id, 0), a.lang, (SELECT COUNT(*) FROM ladder j "             \
	"WHERE j.leader_id = l.incident_id), CASE WHEN k.used_us IS NULL "               \
	"AND i.state <> 'done' AND (l.state <> 'answered' OR (k.step = 0 "               \
	"AND k.at_us > l.answered_us)) THEN 1 ELSE 0 END "                               \
	"FROM ladder_call k JOIN ladder l ON l.incident_id = k.incident_id "             \
	"JOIN incident i ON i.id = k.incident_id JOIN company c ON c.id = k.company_id " \
	"LEFT JOIN account a ON a.id = k.account_id "

/* Whose access was ended has no answer to give any more. */
#define STILL_HERE " AND a.ended_us IS NULL"

static void take(struct notify_ladder_call *c, const struct store_rows *rows)
{
	*c = (struct notify_ladder_call){ .id = store_col_int(rows, 0),
		.incident_id = store_col_int(rows, 1),
		.company_id = store_col_int(rows, 2),
		.account_id = store_col_int(rows, 3),
		.cause = record_cause_find(store_col_text(rows, 9)),
		.severity = (enum record_severity)store_col_int(rows, 10),
		.opened_us = store_col_int(rows, 11),
		.answered_us = store_col_int(rows, 12),
		.expires_us = store_col_int(rows, 13),
		.joined = (int)store_col_int(rows, 16),
		.open = store_col_int(rows, 17) != 0 };
	bool person = !store_col_null(rows, 15);
	snprintf(c->name, sizeof(c->name), "%s", store_col_text(rows, 4));
	snprintf(c->company, sizeof(c->company), "%s", store_col_text(rows, 5));
	snprintf(c->lang, sizeof(c->lang), "%s", store_col_text(rows, person ? 15 : 6));
	snprintf(c->incident_state, sizeof(c->incident_state), "%s",
	    store_col_text(rows, 7));
	snprintf(c->answered_by, sizeof(c->answered_by), "%s", store_col_text(rows, 8));
}

/* The call that a query finds, while its time is not over. */
static int find(struct store_db *db, struct store_rows *rows, int64_t now_us,
    struct notify_ladder_call *c)
{
	int64_t machine_id = 0;
	int found = FAIL_MISSING;

	if (store_next(rows)) {
		take(c, rows);
		machine_id = store_col_int(rows, 14);
		found = c->expires_us > now_us ? 0 : FAIL_MISSING;
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = found;
	return err < 0 ? err : incident_machine_label(db, machine_id, c->machine);
}

int notify_ladder_find(struct store_db *db, const char *token, int64_t now_us,
    struct notify_ladder_call *c)
{
	char hash[STORE_HASH_ROOM];
	struct store_rows *rows;

	store_token_hash(token, hash);
	store_query(db, &rows, COLUMNS "WHERE k.hash = ?" STILL_HERE,
	    STORE_ARGS(STORE_TEXT(hash)));
	return find(db, rows, now_us, c);
}

int notify_ladder_find_notice(struct store_db *db, const char *message_id,
    const char *from, int64_t now_us, struct notify_ladder_call *c)
{
	char low[220], high[220];
	struct store_rows *rows;

	/* A gateway knows the part before the @; A comes behind it. */
	snprintf(low, sizeof(low), "%.200s@", message_id);
	snprintf(high, sizeof(high), "%.200sA", message_id);
	if (from)
		store_query(db, &rows,
		    COLUMNS
		    "JOIN notice n ON n.id = k.notice_id WHERE n.message_id = ? "
		    "AND lower(n.recipient) = lower(?) AND n.channel = 'mail'" STILL_HERE,
		    STORE_ARGS(STORE_TEXT(message_id), STORE_TEXT(from)));
	else
		store_query(db, &rows,
		    COLUMNS
		    "JOIN notice n ON n.id = k.notice_id WHERE n.message_id >= ? "
		    "AND n.message_id < ? AND n.channel IN ('voice', 'sms')" STILL_HERE,
		    STORE_ARGS(STORE_TEXT(low), STORE_TEXT(high)));
	return find(db, rows, now_us, c);
}

/* What waits of the ladder is not needed any more. */
static int cancel_calls(struct store_db *db, int64_t incident_id, int64_t now_us)
{
	char steps[2 * NOTIFY_LADDER_ROWS][40];
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows,
	    "SELECT DISTINCT step FROM notice WHERE incident_id = ? AND state = 'waiting' "
	    "AND (step LIKE 'escalate-%' OR step LIKE 'remind-%')",
	    STORE_ARGS(STORE_INT(incident_id)));
	while (n < 2 * NOTIFY_LADDER_ROWS && store_next(rows))
		snprintf(steps[n++], sizeof(steps[0]), "%s", store_col_text(rows, 0));
	int err = store_rows_free(rows);
	for (int i = 0; i < n && err >= 0; i++)
		err = notify_cancel(db, incident_id, steps[i], now_us);
	return err < 0 ? err : 0;
}

static int idle_min(
    struct store_db *db, const struct notify_ladder_call *c, int64_t *minutes)
{
	int64_t chamber_id, limits[INCIDENT_WATCH_LIMIT_MAX];
	int err = store_get_int(db, &chamber_id,
	    "SELECT chamber_id FROM company WHERE id = ?",
	    STORE_ARGS(STORE_INT(c->company_id)));

	if (err == 0)
		err = incident_watch_limits_get(db, chamber_id, limits);
	*minutes =
	    limits[c->severity == RECORD_URGENT ? INCIDENT_WATCH_idle_urgent_min
						: INCIDENT_WATCH_idle_caution_min];
	return err;
}

/* One incident of the ladder. */
static int answer_one(struct store_db *db, const struct notify_ladder_call *c,
    int64_t incident_id, const char *how, int64_t next_us, int64_t now_us)
{
	char detail[600];
	int64_t is_new;
	int err = store_exec(db,
	    "UPDATE ladder SET state = 'answered', answered_us = ?, answered_by = ?, "
	    "answered_how = ?, next_us = ? WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(c->name), STORE_TEXT(how),
		STORE_INT(next_us), STORE_INT(incident_id)));

	if (err == 0)
		err = cancel_calls(db, incident_id, now_us);
	snprintf(detail, sizeof(detail), "%s %s", how, c->name);
	if (err == 0)
		err = store_audit(db, &(struct store_audit){ .at_us = now_us,
					  .account_id = c->account_id,
					  .company_id = c->company_id,
					  .incident_id = incident_id,
					  .action = "ladder.answer",
					  .detail = detail });
	if (err == 0)
		err = store_get_int(db, &is_new,
		    "SELECT COUNT(*) FROM incident WHERE id = ? AND state = 'new'",
		    STORE_ARGS(STORE_INT(incident_id)));
	if (err < 0 || !is_new)
		return err;
	return incident_move(db, &(struct incident_move){ .incident_id = incident_id,
				     .account_id = c->account_id,
				     .now_us = now_us,
				     .to = INCIDENT_CHECKING });
}

/* Those that had joined it are answered with it. */
static int answer_joined(struct store_db *db, const struct notify_ladder_call *c,
    const char *how, int64_t next_us, int64_t now_us)
{
	int err = 0;

	while (err == 0) {
		int64_t id;
		err = store_get_int(db, &id,
		    "SELECT incident_id FROM ladder WHERE leader_id = ? "
		    "AND state = 'joined' ORDER BY incident_id LIMIT 1",
		    STORE_ARGS(STORE_INT(c->incident_id)));
		if (err == 0)
			err = answer_one(db, c, id, how, next_us, now_us);
	}
	return err == FAIL_MISSING ? 0 : err;
}

int notify_ladder_answer(struct store_db *db, const struct notify_ladder_call *c,
    const char *how, int64_t now_us)
{
	int64_t minutes = 0;
	int err;

	/* The first answer counts; that of one who forgot and was told again starts the clock
	 * anew. */
	if (!c->open)
		return FAIL_CONFLICT;
	err = store_exec(db, "UPDATE ladder_call SET used_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(c->id)));
	if (err == 0)
		err = idle_min(db, c, &minutes);
	if (err < 0)
		return err;
	int64_t next_us = now_us + minutes * MINUTE_US;
	int64_t change = store_note_change(db);
	if (change < 0)
		return (int)change;
	err = store_exec(db, "UPDATE incident SET change = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(change), STORE_INT(c->incident_id)));
	if (err == 0)
		err = answer_one(db, c, c->incident_id, how, next_us, now_us);
	return err < 0 ? err : answer_joined(db, c, how, next_us, now_us);
}
