/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/event.h"
#include "center/store/store.h"

/* Tour 17: Ten thousand events, one incident.
 *
 * Turns events into incidents: one per cause, machine and company.
 *
 *	struct incident_round round;
 *	incident_round_init(&round, batch);
 *	err = incident_take(&round, db, event);      for each event of a batch
 *	err = incident_settle(&round, db);           writes what the round touched
 *	for (struct incident *i = round.incidents; i; i = i->next) …
 *
 * Owns:    nothing; a round lives in its batch's arena.
 * Borrows: the writer's connection, during each call.
 * Threads: the writer's.
 * Limits:  INCIDENT_EVENTS_AN_HOUR kept per incident, the others are counted;
 *          INCIDENT_MACHINES_MAX machines a company, events of more have none.
 * Serves:  002-19; an incident's states and outcomes (docs/words.md). */
#define INCIDENT_EVENTS_AN_HOUR 100
#define INCIDENT_MACHINES_MAX   2000
#define INCIDENT_LABEL_MAX      EVENT_TEXT_MAX

/* 新規 確認中 対応中 様子見 完了 */
enum incident_state {
	INCIDENT_NEW,
	INCIDENT_CHECKING,
	INCIDENT_WORKING,
	INCIDENT_WATCHING,
	INCIDENT_DONE,
	INCIDENT_STATE_MAX,
};

enum incident_outcome {
	INCIDENT_OPEN, /* "" */
	INCIDENT_HARMLESS,
	INCIDENT_SOLVED,
	INCIDENT_MISTAKEN,
	INCIDENT_OUTCOME_MAX,
};

/* An incident that a round touched. */
struct incident {
	struct incident *next;
	int64_t id, company_id, machine_id; /* machine 0: none */
	enum record_cause cause;
	enum record_severity severity, severity_before;
	enum incident_state state;
	bool fresh;   /* opened by this round */
	bool stopped; /* everything so far was */
	const char *what, *peer;
	int64_t events, kept, hour, hour_kept;
	int64_t first_us, last_us;
};

struct incident_machine;

struct incident_round {
	struct batch *batch;
	struct incident *incidents; /* all that were touched */
	struct incident **open; /* by cause and machine: the one that takes the next */
	struct incident_machine **machines;
	uint32_t slots; /* of both tables, a power of two */
};

int incident_round_init(struct incident_round *r, struct batch *b) must_use;
/* Updates the event's machine, finds or opens its incident, keeps the event. */
int incident_take(
    struct incident_round *r, struct store_db *db, const struct event *e) must_use;
int incident_settle(struct incident_round *r, struct store_db *db) must_use;

/* The gate speaks: what was opened because it was silent ends. */
int incident_gate_back(struct incident_round *r, struct store_db *db) must_use;
/* Did most of the gates that spoke within the day before `before_us` fall silent together?
 * Then it is the centre that hears nothing. */
int incident_deaf(struct store_db *db, int64_t before_us, bool *deaf) must_use;
/* Writer: opens the incident of a gate that has been silent since before `before_us`, one a
 * silence, whoever closes it.  FAIL_MISSING: no (more) such gate. */
int incident_open_silent(struct store_db *db, int64_t now_us, int64_t before_us,
    struct incident *i) must_use;

/* How long after its last event an incident still takes new ones. */
int64_t incident_window_us(enum record_cause c);

/* Writer: closes incidents of severity log whose window is over (outcome harmless), at most
 * `most`; returns how many. */
int incident_tidy(struct store_db *db, int64_t now_us, int most) must_use;

/* ---- life ---- */

const char *incident_state_name(enum incident_state s);
enum incident_state incident_state_find(
    const char *name); /* INCIDENT_STATE_MAX: none */
const char *incident_outcome_name(enum incident_outcome o);
enum incident_outcome incident_outcome_find(const char *name);

/* new → checking → working → watching → done; anything open → done; done → checking;
 * watching → checking when it happens again. */
bool incident_may_move(enum incident_state from, enum incident_state to);

struct incident_move {
	int64_t incident_id;
	int64_t account_id; /* 0: the centre itself */
	int64_t now_us;
	enum incident_state to;
	enum incident_outcome outcome; /* with INCIDENT_DONE, and only then */
	const char *note;              /* or NULL */
};

/* Writer: moves an incident and writes its history.  A move to the state it is in already
 * only adds the note.  FAIL_MISSING: no such incident; FAIL_CONFLICT: not an allowed move;
 * FAIL_FORMAT: done without outcome, or an outcome without done. */
int incident_move(struct store_db *db, const struct incident_move *m) must_use;

/* History lines (audit.action, audit.detail): incident.open "urgent"; incident.raise
 * "caution>urgent"; incident.state "new>checking" or "working>done solved", a note follows
 * behind a newline; incident.note. */

/* What people call a machine: the company's label, else its name, its address, its MAC;
 * "" when machine_id is 0. */
int incident_machine_label(struct store_db *db, int64_t machine_id,
    char label[INCIDENT_LABEL_MAX + 1]) must_use;
