/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/watch/internal.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>

/* What a heartbeat says of the gate itself, held against the limits. */

#define MINUTE_US INT64_C(60000000)
#define DAY_US    (1440 * MINUTE_US)
#define UNKNOWN   (-1)

/* A finding: is it so?  UNKNOWN leaves things as they are. */
struct finding {
	enum record_cause cause;
	int wrong; /* 1, 0, UNKNOWN */
	int64_t after_min;
	char what[EVENT_TEXT_MAX + 1];
};

struct beat {
	const json_t *state;
	int64_t chamber_id, packets_before, lost_before, now_us;
	int64_t limits[INCIDENT_WATCH_LIMIT_MAX];
};

static int64_t number(const struct beat *b, const char *name)
{
	const json_t *v = json_object_get(b->state, name);

	return json_is_integer(v) ? json_integer_value(v) : UNKNOWN;
}

static void old_definitions(const struct beat *b, struct finding *f)
{
	static const char *const names[] = { "signatures_at", "rules_at" };
	int64_t most_us = b->limits[INCIDENT_WATCH_definitions_days] * DAY_US;

	f->cause = RECORD_CAUSE_DEFINITIONS_OLD;
	f->after_min = b->limits[INCIDENT_WATCH_definitions_after_min];
	f->wrong = UNKNOWN;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int64_t at_us = number(b, names[i]);
		if (at_us <= 0)
			continue;
		if (f->wrong == UNKNOWN)
			f->wrong = 0;
		if (b->now_us - at_us <= most_us)
			continue;
		time_t t = (time_t)(at_us / 1000000);
		struct tm tm;
		localtime_r(&t, &tm);
		(void)strftime(f->what, sizeof(f->what), "%Y-%m-%d", &tm);
		f->wrong = 1;
	}
}

static void scanner_down(const struct beat *b, struct finding *f)
{
	const char *state = json_string_value(json_object_get(b->state, "scanner"));

	f->cause = RECORD_CAUSE_SCANNER;
	f->after_min = b->limits[INCIDENT_WATCH_scanner_after_min];
	f->wrong = !state ? UNKNOWN : strcmp(state, "down") == 0;
}

static void slow_or_full(const struct beat *b, struct finding *f)
{
	int64_t spool = number(b, "spool_percent"), packets = number(b, "packets");
	int64_t lost = number(b, "capture_lost");
	int64_t more = packets - b->packets_before, less = lost - b->lost_before;

	f->cause = RECORD_CAUSE_GATE_SLOW;
	f->after_min = b->limits[INCIDENT_WATCH_slow_after_min];
	f->wrong = spool == UNKNOWN ? UNKNOWN : 0;
	/* A gate that began anew counts from 0: there is no before. */
	if (packets >= 0 && lost >= 0 && less >= 0 &&
	    more + less >= b->limits[INCIDENT_WATCH_placed_packets])
		f->wrong = less * 1000 >=
			   (more + less) * b->limits[INCIDENT_WATCH_slow_lost_permille];
	if (f->wrong == 1)
		snprintf(f->what, sizeof(f->what), "%lld / %lld", (long long)less,
		    (long long)(more + less));
	if (spool >= b->limits[INCIDENT_WATCH_slow_spool_percent]) {
		snprintf(f->what, sizeof(f->what), "%lld%%", (long long)spool);
		f->wrong = 1;
	}
}

/* Where it stands, by what it sees there.  Three findings. */
static void placement(const struct beat *b, struct finding f[3])
{
	int64_t in = number(b, "packets_in"), out = number(b, "packets_out");
	int64_t machines = number(b, "machines"), local = number(b, "local");
	int64_t few = in < out ? in : out;
	bool judged =
	    in >= 0 && out >= 0 && in + out >= b->limits[INCIDENT_WATCH_placed_packets];

	f[0].cause = RECORD_CAUSE_ONE_WAY;
	f[0].after_min = b->limits[INCIDENT_WATCH_one_way_after_min];
	f[0].wrong = judged ? few * 1000 < in + out : UNKNOWN;
	f[1].cause = RECORD_CAUSE_ONE_MACHINE;
	f[1].after_min = b->limits[INCIDENT_WATCH_one_machine_after_min];
	f[1].wrong = judged && machines >= 0 ? machines <= 1 : UNKNOWN;
	f[2].cause = RECORD_CAUSE_NO_LOCAL;
	f[2].after_min = b->limits[INCIDENT_WATCH_no_local_after_min];
	f[2].wrong = judged && local >= 0 ? local == 0 : UNKNOWN;
}

static int begins(struct store_db *db, const struct batch *b, const struct finding *f)
{
	return store_exec(db,
	    "INSERT INTO gate_watch (gate_id, company_id, cause, since_us, due_us, what) "
	    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(b->company_id),
		STORE_TEXT(record_cause_id(f->cause)), STORE_INT(b->taken_us),
		STORE_INT(b->taken_us + f->after_min * MINUTE_US),
		STORE_TEXT(f->what)));
}

static int note(struct store_db *db, const struct batch *b, const struct finding *f,
    const char *known)
{
	char word[40];

	snprintf(word, sizeof(word), ",%s,", record_cause_id(f->cause));
	bool is_known = strstr(known, word) != NULL;
	if (f->wrong == 1 && !is_known)
		return begins(db, b, f);
	if (f->wrong == 0 && is_known)
		return incident_watch_over(
		    db, b->company_id, b->gate_id, f->cause, b->taken_us);
	return 0;
}

/* What is known of the gate already: its findings as ",A,B,", its counters. */
static int before(
    struct store_db *db, const struct batch *b, struct beat *beat, char known[512])
{
	struct store_rows *rows;
	size_t n = 1;

	strcpy(known, ",");
	store_query(db, &rows,
	    "SELECT c.chamber_id, g.beat_packets, g.beat_lost, w.cause FROM gate g "
	    "JOIN company c ON c.id = g.company_id "
	    "LEFT JOIN gate_watch w ON w.gate_id = g.id WHERE g.id = ?",
	    STORE_ARGS(STORE_INT(b->gate_id)));
	while (store_next(rows)) {
		beat->chamber_id = store_col_int(rows, 0);
		beat->packets_before = store_col_int(rows, 1);
		beat->lost_before = store_col_int(rows, 2);
		if (!store_col_null(rows, 3) && n < 400)
			n += (size_t)snprintf(
			    known + n, 512 - n, "%s,", store_col_text(rows, 3));
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = incident_watch_limits_get(db, beat->chamber_id, beat->limits);
	return err;
}

static int after(struct store_db *db, const struct batch *b, const struct beat *beat)
{
	int64_t packets = number(beat, "packets"), lost = number(beat, "capture_lost");

	return store_exec(db,
	    "UPDATE gate SET beat_packets = ?, beat_lost = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(packets < 0 ? 0 : packets),
		STORE_INT(lost < 0 ? 0 : lost), STORE_INT(b->gate_id)));
}

int incident_watch_beat(
    struct incident_round *r, struct store_db *db, const struct event *e)
{
	struct beat beat = { .now_us = r->batch->taken_us };
	struct finding f[6] = { 0 };
	char known[512];
	json_t *state = json_loads(e->detail, 0, NULL);
	int err = state ? before(db, r->batch, &beat, known) : 0;

	if (!state || err < 0) {
		json_decref(state);
		return err;
	}
	beat.state = state;
	old_definitions(&beat, &f[0]);
	scanner_down(&beat, &f[1]);
	slow_or_full(&beat, &f[2]);
	placement(&beat, &f[3]);
	for (size_t i = 0; i < sizeof(f) / sizeof(f[0]) && err == 0; i++)
		err = note(db, r->batch, &f[i], known);
	if (err == 0)
		err = after(db, r->batch, &beat);
	json_decref(state);
	return err;
}
