/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/event.h"
#include "center/incident/rules.h"
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
 *          INCIDENT_TRACES_MAX kinds of what and whom are told apart per incident;
 *          INCIDENT_MACHINES_MAX machines a company, events of more have none.
 * Serves:  002-19; an incident's states and outcomes (docs/words.md). */
#define INCIDENT_EVENTS_AN_HOUR 100
#define INCIDENT_MACHINES_MAX   2000
#define INCIDENT_TRACES_MAX     64
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

/* OPEN is "". */
enum incident_outcome {

#define INCIDENT_OUTCOME(id, name, counts, tunes, ja, en, mean_ja, mean_en) \
	INCIDENT_##id,
#include "center/incident/correlation.tbl"
	INCIDENT_OUTCOME_MAX,
};

/* What an outcome means for statistics. */
enum incident_counts {
	INCIDENT_COUNTS_NO,
	INCIDENT_COUNTS_TRAFFIC,
	INCIDENT_COUNTS_ATTACK,
};

struct incident_trace;

/* An incident that a round touched. */
struct incident {
	struct incident *next;
	int64_t id, company_id, machine_id; /* machine 0: none */
	enum record_cause cause;
	enum record_severity severity, severity_before;
	enum incident_state state;
	bool fresh;         /* opened by this round */
	bool again;         /* was watched, and this round brought more */
	bool stopped;       /* everything so far was */
	bool judge;         /* got worse by an event: look at the impact again */
	enum event_way way; /* of the worst event of this round */
	struct incident_why why;
	unsigned why_told; /* of them, those that the history has */
	int64_t parent_id, campaign_id, suppression_id; /* 0: none */
	const struct incident_story *story; /* by which this round found its parent */
	const char *joined_kind,
	    *joined_value; /* the campaign it joined in this round */
	const struct incident_machine *machine;
	struct incident_trace *traces; /* of this round */
	unsigned traces_n;
	int64_t traces_kept;
	const char *what, *peer;
	int64_t events, kept, hour, hour_kept;
	int64_t first_us, last_us;
};

struct incident_machine;
struct incident_slot;
struct incident_hush;

struct incident_round {
	struct batch *batch;
	struct incident *incidents;  /* all that were touched */
	struct incident_slot **open; /* by cause, machine and suppression */
	struct incident_machine **machines;
	uint32_t slots; /* of both tables, a power of two */
	bool merged;    /* an incident of it takes what was merged into it */
	bool ready;     /* what stands below was loaded */
	int64_t chamber_id;
	struct incident_hush *hushes; /* suppressions that may touch this company */
	unsigned hushes_n;
	int64_t kept, kept_bytes; /* events that got a row */
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
enum incident_counts incident_outcome_counts(enum incident_outcome o);
bool incident_outcome_tunes(enum incident_outcome o);
const char *incident_outcome_title(enum incident_outcome o, enum record_lang lang);
const char *incident_outcome_meaning(enum incident_outcome o, enum record_lang lang);

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

/* How often it came back while it was being watched: 0, 1, … */
int incident_returns(struct store_db *db, int64_t incident_id, int64_t *n) must_use;

/* Writer: moves an incident and writes its history.  A move to the state it is in already
 * only adds the note.  FAIL_MISSING: no such incident; FAIL_CONFLICT: not an allowed move;
 * FAIL_FORMAT: done without outcome, or an outcome without done. */
int incident_move(struct store_db *db, const struct incident_move *m) must_use;

/* History lines (audit.action, audit.detail): incident.open "urgent ATTACK_PASSED SPREADS:3"
 * and incident.raise "caution>urgent SPREADS:3", the words behind being the reasons
 * (rules.h); incident.state "new>checking" or "working>done solved", a note follows behind a
 * newline; incident.note; incident.story "12 STORY_VIRUS_C2" the first stage;
 * incident.campaign "5 C2 198.51.100.7", incident.leave "5"; incident.merge "12" took it in,
 * incident.merged "3" went into it, incident.unmerge; incident.split "14 5" five events went
 * to 14, incident.from "3". */

/* ---- a machine that the company does not know ---- */

/* Writer: the company pressed "unknown machine": an incident says so, one a machine.  A
 * machine that turns out to be known (`known`) ends it.  *i is what people have to be told of
 * (notify_tell); its texts are empty. */
int incident_foreign(struct store_db *db, int64_t machine_id, bool known,
    int64_t account_id, int64_t now_us, struct incident *i) must_use;

/* What people call a machine: the company's label, else its name, its address, its MAC;
 * "" when machine_id is 0. */
int incident_machine_label(struct store_db *db, int64_t machine_id,
    char label[INCIDENT_LABEL_MAX + 1]) must_use;

/* ---- campaigns: the same at several companies (campaign.c) ---- */

/* Writer: opens a campaign by hand, with this incident in it; *id is its number.
 * FAIL_CONFLICT: the incident is in one already. */
int incident_campaign_open(struct store_db *db, int64_t incident_id, const char *title,
    int64_t account_id, int64_t now_us, int64_t *id) must_use;
/* Writer: puts an incident into a campaign of its chamber, or (0) out of the one it is in.
 * FAIL_MISSING: no such campaign, or in none. */
int incident_campaign_put(struct store_db *db, int64_t incident_id, int64_t campaign_id,
    int64_t account_id, int64_t now_us) must_use;

/* Writer: the campaign of this incident, if it is in one, counts the companies anew: those
 * that everybody may see.  After `confidential` was changed. */
int incident_campaign_recount(struct store_db *db, int64_t incident_id) must_use;

/* Those that are confidential only move when the account is named. */
struct incident_campaign_move {
	int64_t campaign_id, account_id, now_us;
	enum incident_state to;
	enum incident_outcome outcome;
	const char *note; /* or NULL */
	int64_t moved,
	    refused; /* out: incidents that went along, and those that could not */
};

/* Writer: moves the campaign and every open incident in it that may make the move; each
 * gets the note in its history.  FAIL_CONFLICT, FAIL_FORMAT as incident_move(). */
int incident_campaign_move(
    struct store_db *db, struct incident_campaign_move *m) must_use;

/* ---- silence on purpose (suppress.c) ---- */

#define INCIDENT_HUSH_DAYS_MAX 365
#define INCIDENT_HUSHES_MAX    200 /* alive, a chamber */

struct incident_suppression {
	int64_t id, chamber_id;
	int64_t company_id, machine_id;  /* 0: all */
	const char *cause, *sign, *peer; /* "": any */
	const char *reason;
	int64_t account_id, now_us, expires_us;
	bool waits; /* out: a second person has to agree */
};

/* Writer.  FAIL_FORMAT: no reason, no or too late an expiry, nothing that narrows it;
 * FAIL_DENIED: a cause that nobody may silence; FAIL_LIMIT: too many are alive. */
int incident_suppress(struct store_db *db, struct incident_suppression *s) must_use;
/* Writer: the second person agrees.  FAIL_MISSING: none that waits; FAIL_DENIED: it is the
 * first person. */
int incident_suppress_agree(
    struct store_db *db, int64_t id, int64_t account_id, int64_t now_us) must_use;
/* Writer: ends it, or withdraws one that waits. */
int incident_suppress_end(
    struct store_db *db, int64_t id, int64_t account_id, int64_t now_us) must_use;
/* Writer, every minute: what ran out ends; a week before, the history says so.  Returns how
 * many it touched. */
int incident_suppress_tick(struct store_db *db, int64_t now_us) must_use;

/* What it would have kept silent since `since_us`. */
struct incident_preview {
	int64_t incidents, events, companies, machines;
	int64_t by_severity[RECORD_URGENT + 1]; /* incidents */
	int64_t
	    unknown; /* events of these incidents of which only the number is known */
};

int incident_suppress_preview(struct store_db *db, const struct incident_suppression *s,
    int64_t since_us, struct incident_preview *p) must_use;
/* The incidents behind it, newest first: ids[0 … *n-1]. */
int incident_suppress_examples(struct store_db *db,
    const struct incident_suppression *s, int64_t since_us, int64_t *ids, unsigned most,
    unsigned *n) must_use;

/* ---- put together and taken apart by a person (reshape.c) ---- */

/* Writer: `from` becomes part of `into`, of the same company: state done, outcome duplicate;
 * its events, notices and history show there, and what would have joined it goes on there.
 * Of one that is confidential, the other becomes so, for the same people (of two, for those
 * named in both), and stays so when it is taken out again.
 * FAIL_MISSING; FAIL_CONFLICT: not the same company, the same incident, or merged already. */
int incident_merge(struct store_db *db, int64_t from_id, int64_t into_id,
    int64_t account_id, int64_t now_us) must_use;
/* Writer: takes it out again, as it was. */
int incident_unmerge(
    struct store_db *db, int64_t from_id, int64_t account_id, int64_t now_us) must_use;

/* Which kept events go to a new incident: those named, or those of a time; 0: open end. */
#define INCIDENT_SPLIT_MAX 500u

struct incident_split {
	int64_t incident_id, account_id, now_us;
	const int64_t *events;
	size_t events_n;
	int64_t from_us, until_us;
	int64_t machine_id; /* whose the new incident is; 0: the same machine */
	int64_t id, moved;  /* out */
};

/* FAIL_MISSING: no such incident or machine; FAIL_FORMAT: nothing or everything would go. */
int incident_split(struct store_db *db, struct incident_split *s) must_use;

/* Writer: says that an incident belongs to another of the same company; parent 0: to none. */
int incident_link(struct store_db *db, int64_t incident_id, int64_t parent_id,
    int64_t account_id, int64_t now_us) must_use;
