/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/event.h"
#include "lib/base/buf.h"

/* What correlation.tbl says, asked row by row.  No database here: facts go in, a decision
 * and its reasons come out.
 *
 * Owns:    nothing.
 * Threads: any; no state.
 * Limits:  INCIDENT_WHY_MAX reasons a decision, the first ones stay.
 * Serves:  002-19, 002-26 */
#define INCIDENT_WHY_MAX 8u

enum incident_reason {

#define INCIDENT_REASON(id, ja, en) INCIDENT_WHY_##id,
#include "center/incident/correlation.tbl"
	INCIDENT_REASON_MAX,
};

enum incident_fact {
	INCIDENT_FACT_SERVER,
	INCIDENT_FACT_PAYMENT,
	INCIDENT_FACT_FOREIGN,
	INCIDENT_FACT_MACHINES,
	INCIDENT_FACT_RETURNS,
	INCIDENT_FACT_COMPANIES,
	INCIDENT_FACT_MAX,
};

enum incident_joins { INCIDENT_JOINS_MACHINE, INCIDENT_JOINS_GATE };

/* Which of an event's marks a campaign looks at. */
enum incident_mark { INCIDENT_HOST, INCIDENT_PEER, INCIDENT_HASH, INCIDENT_SOURCE };

enum incident_policy { INCIDENT_ALONE, INCIDENT_SECOND, INCIDENT_NEVER };

/* The reasons of a decision, each with the number behind it (0: none). */
struct incident_why {
	unsigned n;

	struct {
		enum incident_reason reason;
		int64_t n;
	} at[INCIDENT_WHY_MAX];
};

struct incident_rule {
	enum record_cause cause;
	enum event_way way; /* EVENT_WAY_ANY: any */
	int verdict;        /* 0 any, 1 stopped, 2 passed */
	int machine;        /* 0 any, 1 seen, 2 none */
	int hours;
	enum incident_joins joins;
	enum record_severity severity;
	enum incident_reason reason;
};

struct incident_story {
	enum record_cause first, then;
	int hours;
	enum record_severity to;
	enum incident_reason reason;
};

struct incident_campaign_rule {
	const char *kind;
	enum record_cause cause;
	enum event_way way;
	enum incident_mark mark;
	int companies, hours;
	const char *ja, *en;
};

/* The first row that fits; every event has one. */
const struct incident_rule *incident_rule_find(
    enum record_cause cause, enum event_way way, bool stopped, bool machine);
/* Row number i, NULL behind the last. */
const struct incident_rule *incident_rule_at(size_t i);
const struct incident_story *incident_story_at(size_t i);
const struct incident_campaign_rule *incident_campaign_rule_at(size_t i);

/* Bits of the facts that can change an incident of this cause and severity. */
unsigned incident_facts_wanted(enum record_cause cause, enum record_severity s);
/* The severity that the facts make of `s`, with the reasons added. */
enum record_severity incident_impact(enum record_cause cause, enum event_way way,
    bool stopped, const int64_t facts[INCIDENT_FACT_MAX], enum record_severity s,
    struct incident_why *why);

enum incident_policy incident_policy_of(enum record_cause cause);

/* A reason stands once; its newest number counts. */
void incident_why_add(struct incident_why *w, enum incident_reason r, int64_t n);
/* "ATTACK_PASSED SPREADS:3" from reason number `from` on, and back; words that are no reason
 * are left out. */
void incident_why_write(const struct incident_why *w, unsigned from, struct buf *text);
void incident_why_read(const char *text, struct incident_why *w);

const char *incident_reason_id(enum incident_reason r);
/* The sentence, with its number. */
void incident_reason_say(
    enum incident_reason r, enum record_lang lang, int64_t n, struct buf *out);
