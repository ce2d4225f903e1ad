/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"

/* What time alone shows: gates that fall silent, come and go, stand in the wrong place, fill
 * up, work with old definitions; and the times in which that is expected.
 *
 * A finding is a row of gate_watch from the moment a heartbeat shows it, so that the portal
 * can show it; when its time is over it becomes an incident, and ends by itself as soon as a
 * heartbeat does not show it any more.
 *
 * Owns:    nothing.
 * Borrows: the writer's connection, during each call.
 * Threads: the writer's; limits and times also a reader's.
 * Limits:  INCIDENT_WATCH_WINDOWS windows at one time; `most` of each call.
 * Serves:  002-06 (24H365D 監視: no manual step), 001-17. */
#define INCIDENT_WATCH_WINDOWS 200

/* ---- the numbers (limits.tbl) ---- */

enum incident_watch_limit {

#define INCIDENT_WATCH_LIMIT(id, preset, least, most, unit, ja, en) INCIDENT_WATCH_##id,
#include "center/incident/watch/limits.tbl"
	INCIDENT_WATCH_LIMIT_MAX,
};

struct incident_watch_limit_row {
	const char *key;
	int64_t preset, least, most;
	const char *unit, *ja, *en;
};

extern const struct incident_watch_limit_row
    incident_watch_limits[INCIDENT_WATCH_LIMIT_MAX];

/* All of a chamber; those that it did not change are the presets. */
int incident_watch_limits_get(struct store_db *db, int64_t chamber_id,
    int64_t values[INCIDENT_WATCH_LIMIT_MAX]) must_use;

/* ---- days and hours ---- */

/* A moment as a rota sees it, by the centre's own calendar. */
struct incident_watch_moment {
	int64_t day;                  /* since 1970-01-01 */
	int minute;                   /* of it */
	bool holiday, holiday_before; /* this day; the one before */
};

int incident_watch_moment(struct store_db *db, int64_t chamber_id, int64_t at_us,
    struct incident_watch_moment *m) must_use;

/* Weekly hours.  `days`: eight digits, Monday first, the last one holidays (which are no
 * weekdays then); the hours belong to the day on which they begin. */
struct incident_watch_hours {
	const char *days;
	int from_min, to_min; /* to ≤ from: until the next day */
	int every, turn; /* every n-th week since Monday 2024-01-01; every ≤ 1: all */
};

bool incident_watch_days_ok(const char *days);
bool incident_watch_covers(
    const struct incident_watch_hours *h, const struct incident_watch_moment *m);
/* How many minutes from `m`, which is covered, until the hours end. */
int incident_watch_left_min(
    const struct incident_watch_hours *h, const struct incident_watch_moment *m);

/* ---- what a batch brings ---- */

/* A heartbeat: what of it is wrong begins or ends. */
int incident_watch_beat(
    struct incident_round *r, struct store_db *db, const struct event *e) must_use;

/* ---- what a minute brings ---- */

/* Marks the gates whose windows began (gate.quiet_us). */
int incident_watch_windows(struct store_db *db, int64_t now_us) must_use;
/* Gates that came and went too often, and those that calmed down (claim.c counts). */
int incident_watch_flaps(struct store_db *db, int64_t now_us) must_use;
/* Opens the incident of the next finding whose time is over.  FAIL_MISSING: there is none. */
int incident_watch_open(
    struct store_db *db, int64_t now_us, struct incident *i) must_use;
