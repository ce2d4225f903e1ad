/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"

/* What the files of this folder share. */

/* A machine that a round touched. */
struct incident_machine {
	int64_t id;
	const char *identity, *mac, *name, *ip, *vendor, *kind;
	const char *role;
	int64_t known;
	int64_t first_us, last_us;
	bool changed;
};

/* The incident that takes the next event of this cause, machine and suppression. */
struct incident_slot {
	enum record_cause cause;
	int64_t machine_id, suppression_id;
	struct incident *incident;
};

/* What and whom a round's events of an incident were about.  Of more kinds than
 * INCIDENT_TRACES_ROUND in one batch the rest is counted together. */
#define INCIDENT_TRACES_ROUND 8u

struct incident_trace {
	const char *sign, *peer, *what, *hash, *host; /* sign and peer "": the rest */
	bool by_name;
	enum event_way way;
	int64_t events, last_us;
};

/* The machine of an event, made when it is new; *machine NULL: none. */
int incident_machine_note(struct incident_round *r, struct store_db *db,
    const struct event *e, struct incident_machine **machine) must_use;
int incident_machines_settle(struct incident_round *r, struct store_db *db) must_use;

/* trace.c */
int incident_trace_note(
    struct incident_round *r, struct incident *i, const struct event *e) must_use;
int incident_trace_settle(
    struct incident_round *r, struct store_db *db, struct incident *i) must_use;

/* campaign.c: a mark that the incident did not have before. */
int incident_campaign_note(struct incident_round *r, struct store_db *db,
    struct incident *i, const struct incident_trace *t) must_use;

/* judge.c: what belongs together, and how bad it is. */
int incident_judge(
    struct incident_round *r, struct store_db *db, struct incident *i) must_use;
struct incident *incident_in_round(struct incident_round *r, int64_t id);

/* suppress.c: what is loaded once a round, and the suppression that covers an event (0:
 * none). */
int incident_hush_load(struct incident_round *r, struct store_db *db) must_use;
int64_t incident_hush_find(
    struct incident_round *r, const struct event *e, int64_t machine_id);
int incident_hush_settle(struct incident_round *r, struct store_db *db) must_use;

uint32_t incident_hash(const char *text, uint32_t more);

int incident_history(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t account_id, int64_t now_us, const char *action,
    const char *detail) must_use;

/* tidy.c, for its test. */
extern const char incident_idle_sql[];

const char *incident_severity_word(enum record_severity s); /* urgent, caution, log */

/* An incident that no event opened. */
struct incident_plain {
	int64_t company_id, gate_id, first_us;
	enum record_cause cause;
	const char *what; /* borrowed by the incident too */
};

/* Writer: opens it. */
int incident_open_plain(struct store_db *db, const struct incident_plain *p,
    int64_t now_us, struct incident *i) must_use;
