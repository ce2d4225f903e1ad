/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/watch/watch.h"
#include "center/notify/notify.h"

/* Nobody answers: who is told next.
 *
 * An incident that concerns a company gets a ladder beside its first notice.  The rows of
 * ladder_row say who of the rota is told after how many minutes, until somebody answers: by
 * the link in what they got, by replying, by a key on the telephone, or by moving the
 * incident in the portal.  What happens to the same company while its ladder is climbed
 * joins it.  Who answered and then forgot is told again.
 *
 * Owns:    nothing; the tables duty_*, ladder*.
 * Borrows: the writer's connection, during each call.
 * Threads: the writer's; notify_ladder_on_duty(), notify_ladder_rows(),
 *          notify_ladder_preview() and notify_ladder_find() also a reader's.
 * Limits:  NOTIFY_LADDER_PEOPLE at one time, NOTIFY_LADDER_ROWS a severity.
 * Serves:  002-19 (緊急 15 min, 注意 60 min), 002-06. */
#define NOTIFY_LADDER_PEOPLE 8
#define NOTIFY_LADDER_ROWS   20

/* ---- the rota ---- */

enum notify_ladder_rank {
	NOTIFY_LADDER_DUTY = 1, /* 当番 */
	NOTIFY_LADDER_SECOND,   /* 副当番 */
	NOTIFY_LADDER_CHIEF,    /* 責任者 */
};

struct notify_ladder_person {
	int64_t account_id;
	char name[256], mail[256], lang[8];
	int64_t until_us; /* how long this one has it, as far as the rota says */
	bool swapped;     /* stands in for whoever the shifts say */
};

/* Who has this rank at that moment, in their order; swaps go before shifts.  Returns how
 * many.  A rank that nobody has is the one before it; where nobody is on duty at all, every
 * operator is. */
int notify_ladder_on_duty(struct store_db *db, int64_t chamber_id,
    enum notify_ladder_rank rank, int64_t at_us,
    struct notify_ladder_person people[NOTIFY_LADDER_PEOPLE]) must_use;

/* ---- the ladder ---- */

struct notify_ladder_row {
	int64_t id;
	int step, after_min;
	char whom[8]; /* member, duty, second, chief, all */
	char way[8];  /* phone, mail */
	bool day;     /* not at night */
};

/* Of this severity, in order; a chamber without own rows has the presets.  Returns how many;
 * *own says whose they are. */
int notify_ladder_rows(struct store_db *db, int64_t chamber_id,
    enum record_severity severity, struct notify_ladder_row rows[NOTIFY_LADDER_ROWS],
    bool *own) must_use;

/* When a row is due that was set off at `began_us`: by day where it says so. */
int64_t notify_ladder_due(const struct notify_ladder_row *row,
    const int64_t limits[INCIDENT_WATCH_LIMIT_MAX], int64_t began_us);

/* The incident was opened, or got worse: its ladder begins. */
int notify_ladder_take(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us) must_use;
/* The next ladder with something due; FAIL_MISSING: none. */
int notify_ladder_tick(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us) must_use;

/* ---- the answer ---- */

/* What somebody was called for. */
struct notify_ladder_call {
	int64_t id, incident_id, company_id, account_id;
	char name[256], company[256], machine[INCIDENT_LABEL_MAX + 1], lang[8];
	char incident_state[16], answered_by[256];
	enum record_cause cause;
	enum record_severity severity;
	int64_t opened_us, answered_us, expires_us;
	int joined; /* other incidents on the same ladder */
	bool open;  /* this call may still answer it */
};

/* By the token of the link.  FAIL_MISSING: it is none, or its time is over. */
int notify_ladder_find(struct store_db *db, const char *token, int64_t now_us,
    struct notify_ladder_call *c) must_use;
/* By the name of the notice, from the address it went to (a reply), or, `from` NULL, from
 * the gateway. */
int notify_ladder_find_notice(struct store_db *db, const char *message_id,
    const char *from, int64_t now_us, struct notify_ladder_call *c) must_use;
/* They take it: the ladder stops, what waits of it is cancelled, the incident is 確認中.
 * `how`: link, mail, keypad.  FAIL_CONFLICT: somebody had answered before. */
int notify_ladder_answer(struct store_db *db, const struct notify_ladder_call *c,
    const char *how, int64_t now_us) must_use;
/* Any thread: a mail that came in.  1: it was a person's reply to a call and answers it; 0: it
 * was not; a vacation notice is none. */
int notify_ladder_reply(struct store *store, struct span mail) must_use;
