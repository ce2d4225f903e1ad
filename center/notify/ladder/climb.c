/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/internal.h"

#include <stdio.h>

#define MINUTE_US INT64_C(60000000)
/* How long after an answer the next thing at the same company waits before it rings again:
 * somebody is looking there. */
#define LOOKED_AT_US (30 * MINUTE_US)
/* A ladder that is older takes nothing more. */
#define JOIN_US (120 * MINUTE_US)

/* The centre took the incident out of 様子見, and nobody has moved it since: to be answered
 * like a new one. */
#define CAME_BACK                                                                   \
	"EXISTS (SELECT 1 FROM audit u WHERE u.incident_id = i.id "                 \
	"AND u.action = 'incident.state' AND u.account_id IS NULL "                 \
	"AND u.detail = 'watching>checking' AND NOT EXISTS (SELECT 1 FROM audit v " \
	"WHERE v.incident_id = i.id AND v.action = 'incident.state' AND v.id > u.id)) "

static int load(struct store_db *db, int64_t incident_id, struct notify_ladder *l)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT l.company_id, c.chamber_id, l.began_us, COALESCE(l.answered_us, 0), "
	    "COALESCE(l.leader_id, 0), l.severity, l.step, l.reminded, l.state, i.state, "
	    "c.lang, CASE WHEN i.state = 'new' OR " CAME_BACK
	    "THEN 1 ELSE 0 END FROM ladder l JOIN incident i ON i.id = l.incident_id "
	    "JOIN company c ON c.id = l.company_id WHERE l.incident_id = ?",
	    STORE_ARGS(STORE_INT(incident_id)));
	if (store_next(rows)) {
		*l = (struct notify_ladder){ .incident_id = incident_id,
			.company_id = store_col_int(rows, 0),
			.chamber_id = store_col_int(rows, 1),
			.began_us = store_col_int(rows, 2),
			.answered_us = store_col_int(rows, 3),
			.leader_id = store_col_int(rows, 4),
			.severity = (enum record_severity)store_col_int(rows, 5),
			.step = (int)store_col_int(rows, 6),
			.reminded = (int)store_col_int(rows, 7) };
		snprintf(l->state, sizeof(l->state), "%s", store_col_text(rows, 8));
		snprintf(l->incident_state, sizeof(l->incident_state), "%s",
		    store_col_text(rows, 9));
		snprintf(l->lang, sizeof(l->lang), "%s", store_col_text(rows, 10));
		l->nobody = store_col_int(rows, 11) != 0;
		found = 0;
	}
	int err = store_rows_free(rows);
	if (err == 0 && found == 0)
		err = incident_returns(db, incident_id, &l->returns);
	return err < 0 ? err : found;
}

static int set(struct store_db *db, int64_t incident_id, const char *state, int step,
    int64_t next_us)
{
	return store_exec(db,
	    "UPDATE ladder SET state = ?, step = ?, next_us = ? WHERE incident_id = ?",
	    STORE_ARGS(STORE_TEXT(state), STORE_INT(step),
		next_us == INT64_MAX ? STORE_NULL : STORE_INT(next_us),
		STORE_INT(incident_id)));
}

/* All rows that are due now, and when the next one is. */
static int climb(struct store_db *db, const struct notify_conf *conf,
    struct notify_ladder *l, const int64_t *limits, int64_t now_us)
{
	struct notify_ladder_row rows[NOTIFY_LADDER_ROWS];
	bool own;
	int n = notify_ladder_rows(db, l->chamber_id, l->severity, rows, &own);
	int err = n < 0 ? n : 0;

	while (err == 0 && l->step < n) {
		const struct notify_ladder_row *row = &rows[l->step];
		int64_t due_us = notify_ladder_due(row, limits, l->began_us);
		if (due_us > now_us)
			return set(db, l->incident_id, "running", l->step, due_us);
		l->step++;
		int64_t next_us =
		    l->step < n ? notify_ladder_due(&rows[l->step], limits, l->began_us)
				: INT64_MAX;
		err = notify_ladder_call_row(db, conf, l, row, 0, next_us, now_us);
	}
	/* Everybody was told and nobody answered: they are told again. */
	int64_t again_us =
	    now_us +
	    limits[l->severity == RECORD_URGENT ? INCIDENT_WATCH_idle_urgent_min
						: INCIDENT_WATCH_idle_caution_min] *
		MINUTE_US;
	if (n == 0)
		return set(db, l->incident_id, "ended", 0, INT64_MAX);
	if (err == 0)
		err = notify_ladder_note(db, l, 0, now_us, "ladder.top", "");
	return err < 0 ? err : set(db, l->incident_id, "top", l->step, again_us);
}

/* Another ladder of this company that is climbed now, at least as severe; 0: none. */
static int find_leader(
    struct store_db *db, const struct incident *i, int64_t now_us, int64_t *leader_id)
{
	int err = store_get_int(db, leader_id,
	    "SELECT incident_id FROM ladder WHERE company_id = ? AND severity >= ? "
	    "AND state IN ('running', 'top') AND leader_id IS NULL AND incident_id <> ? "
	    "AND began_us > ? ORDER BY began_us LIMIT 1",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(i->severity),
		STORE_INT(i->id), STORE_INT(now_us - JOIN_US)));

	if (err == FAIL_MISSING)
		*leader_id = 0;
	return err == FAIL_MISSING ? 0 : err;
}

/* Until when somebody is looking at this company already. */
static int looked_at(
    struct store_db *db, const struct incident *i, int64_t now_us, int64_t *until_us)
{
	int64_t last_us = 0;
	int err = store_get_int(db, &last_us,
	    "SELECT COALESCE(MAX(answered_us), 0) FROM ladder WHERE company_id = ? "
	    "AND incident_id <> ? AND severity >= ? AND answered_us > ?",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(i->id),
		STORE_INT(i->severity), STORE_INT(now_us - LOOKED_AT_US)));

	*until_us = last_us ? last_us + LOOKED_AT_US : now_us;
	return err;
}

static int begin(
    struct store_db *db, const struct incident *i, int64_t leader_id, int64_t began_us)
{
	return store_exec(db,
	    "INSERT INTO ladder (incident_id, company_id, severity, leader_id, state, "
	    "began_us, next_us) VALUES (?, ?, ?, ?, ?, ?, ?) "
	    "ON CONFLICT (incident_id) DO UPDATE SET severity = excluded.severity, "
	    "leader_id = excluded.leader_id, state = excluded.state, "
	    "began_us = excluded.began_us, step = 0, next_us = excluded.next_us, "
	    "answered_us = NULL, answered_by = '', answered_how = '', reminded = 0",
	    STORE_ARGS(STORE_INT(i->id), STORE_INT(i->company_id),
		STORE_INT(i->severity), STORE_ID(leader_id),
		STORE_TEXT(leader_id ? "joined" : "running"), STORE_INT(began_us),
		leader_id ? STORE_NULL : STORE_INT(began_us)));
}

int notify_ladder_take(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us)
{
	int64_t leader_id = 0, began_us = now_us, limits[INCIDENT_WATCH_LIMIT_MAX];
	struct notify_ladder l;

	if (!notify_is_news(i))
		return 0;
	int err = find_leader(db, i, now_us, &leader_id);
	if (err == 0)
		err = looked_at(db, i, now_us, &began_us);
	if (err == 0)
		err = begin(db, i, leader_id, began_us);
	if (err < 0 || leader_id || began_us > now_us)
		return err;
	err = load(db, i->id, &l);
	if (err == 0)
		err = incident_watch_limits_get(db, l.chamber_id, limits);
	return err < 0 ? err : climb(db, conf, &l, limits, now_us);
}

/* The incident is over: so is its ladder.  Those that had joined it, and are not over, go
 * on by themselves. */
static int end(struct store_db *db, const struct notify_ladder *l, int64_t now_us)
{
	int64_t heir_id = 0;
	int err = set(db, l->incident_id, "ended", l->step, INT64_MAX);

	if (err == 0)
		err = store_get_int(db, &heir_id,
		    "SELECT l.incident_id FROM ladder l JOIN incident i "
		    "ON i.id = l.incident_id WHERE l.leader_id = ? AND l.state = 'joined' "
		    "AND (i.state = 'new' OR " CAME_BACK
		    ") ORDER BY l.severity DESC, l.began_us LIMIT 1",
		    STORE_ARGS(STORE_INT(l->incident_id)));
	if (err < 0)
		return err == FAIL_MISSING ? 0 : err;
	err = store_exec(db,
	    "UPDATE ladder SET leader_id = NULL, state = 'running', began_us = ?, "
	    "next_us = ? WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(now_us), STORE_INT(heir_id)));
	return err < 0 ? err
		       : store_exec(db,
			     "UPDATE ladder SET leader_id = ? WHERE leader_id = ?",
			     STORE_ARGS(STORE_INT(heir_id), STORE_INT(l->incident_id)));
}

/* Somebody moved the incident in the portal without the link: that is an answer. */
static int answered_in_portal(struct store_db *db, const struct notify_ladder *l,
    const int64_t *limits, int64_t now_us)
{
	struct store_rows *rows;
	char who[256] = "";
	int64_t at_us = now_us;

	store_query(db, &rows,
	    "SELECT u.at_us, a.name FROM audit u JOIN account a ON a.id = u.account_id "
	    "WHERE u.incident_id = ? AND u.action = 'incident.state' "
	    "ORDER BY u.id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(l->incident_id)));
	if (store_next(rows)) {
		at_us = store_col_int(rows, 0);
		snprintf(who, sizeof(who), "%s", store_col_text(rows, 1));
	}
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	int64_t idle =
	    limits[l->severity == RECORD_URGENT ? INCIDENT_WATCH_idle_urgent_min
						: INCIDENT_WATCH_idle_caution_min];
	return store_exec(db,
	    "UPDATE ladder SET state = 'answered', answered_us = ?, answered_by = ?, "
	    "answered_how = 'portal', next_us = ? WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(at_us), STORE_TEXT(who),
		STORE_INT(at_us + idle * MINUTE_US), STORE_INT(l->incident_id)));
}

/* When somebody last did something with it. */
static int last_moved(
    struct store_db *db, const struct notify_ladder *l, int64_t *moved_us)
{
	*moved_us = 0;
	int err = store_get_int(db, moved_us,
	    "SELECT COALESCE(MAX(at_us), 0) FROM audit WHERE incident_id = ? "
	    "AND action IN ('incident.state', 'incident.note', 'ladder.answer')",
	    STORE_ARGS(STORE_INT(l->incident_id)));

	if (*moved_us < l->began_us)
		*moved_us = l->began_us;
	return err;
}

/* The forgotten is told again: answered and not moved, urgent and still open, or never
 * answered at all. */
static int remind(struct store_db *db, const struct notify_conf *conf,
    struct notify_ladder *l, const int64_t *limits, int64_t now_us)
{
	bool urgent = l->severity == RECORD_URGENT;
	bool top = strcmp(l->state, "top") == 0;
	bool begun = strcmp(l->incident_state, "new") == 0 ||
		     strcmp(l->incident_state, "checking") == 0;
	struct notify_ladder_row row = { .whom = "duty", .way = "mail" };
	int64_t moved_us;
	int err = last_moved(db, l, &moved_us);
	int64_t wait = urgent ? limits[begun ? INCIDENT_WATCH_idle_urgent_min
					     : INCIDENT_WATCH_open_urgent_min]
			      : limits[INCIDENT_WATCH_idle_caution_min];

	if (err < 0)
		return err;
	/* 注意 that somebody works on has its own pace. */
	if ((!urgent && !begun) || l->reminded >= limits[INCIDENT_WATCH_remind_most])
		return set(db, l->incident_id, l->state, l->step, INT64_MAX);
	if (!top && moved_us + wait * MINUTE_US > now_us)
		return set(
		    db, l->incident_id, l->state, l->step, moved_us + wait * MINUTE_US);
	if (urgent)
		snprintf(row.way, sizeof(row.way), "phone");
	if (urgent && (top || l->reminded > 0))
		snprintf(row.whom, sizeof(row.whom), "all");
	l->reminded++;
	err = notify_ladder_call_row(db, conf, l, &row, l->reminded, INT64_MAX, now_us);
	if (err == 0)
		err = notify_ladder_note(db, l, 0, now_us, "ladder.remind", row.whom);
	if (err == 0)
		err = store_exec(db,
		    "UPDATE ladder SET reminded = ? WHERE incident_id = ?",
		    STORE_ARGS(STORE_INT(l->reminded), STORE_INT(l->incident_id)));
	return err < 0 ? err
		       : set(db, l->incident_id, l->state, l->step,
			     now_us + wait * MINUTE_US);
}

int notify_ladder_tick(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us)
{
	int64_t incident_id, limits[INCIDENT_WATCH_LIMIT_MAX];
	struct notify_ladder l;
	int err = store_get_int(db, &incident_id,
	    "SELECT incident_id FROM ladder WHERE next_us <= ? ORDER BY next_us LIMIT 1",
	    STORE_ARGS(STORE_INT(now_us)));

	if (err == 0)
		err = load(db, incident_id, &l);
	if (err == 0)
		err = incident_watch_limits_get(db, l.chamber_id, limits);
	if (err < 0)
		return err;
	int64_t change = store_note_change(db);
	if (change < 0)
		return (int)change;
	if (strcmp(l.incident_state, "done") == 0)
		return end(db, &l, now_us);
	bool running = strcmp(l.state, "running") == 0;
	if ((running || strcmp(l.state, "top") == 0) && !l.nobody)
		return answered_in_portal(db, &l, limits, now_us);
	return running ? climb(db, conf, &l, limits, now_us)
		       : remind(db, conf, &l, limits, now_us);
}
