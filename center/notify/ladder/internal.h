/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/ladder/ladder.h"

/* What the files of this folder share. */

/* The ladder of an incident. */
struct notify_ladder {
	int64_t incident_id, company_id, chamber_id;
	int64_t began_us, answered_us, leader_id;
	enum record_severity severity;
	int step, reminded;
	int64_t
	    returns; /* how often the incident came back; each time it begins again */
	bool nobody; /* nobody moved the incident since it came or came back */
	char state[12], incident_state[16], lang[8];
};

/* call.c: tells those whom the row names.  `step` 0: a reminder, and `n` its number. */
int notify_ladder_call_row(struct store_db *db, const struct notify_conf *conf,
    const struct notify_ladder *l, const struct notify_ladder_row *row, int reminder,
    int64_t next_us, int64_t now_us) must_use;

/* A line of the incident's history. */
int notify_ladder_note(struct store_db *db, const struct notify_ladder *l,
    int64_t account_id, int64_t now_us, const char *action,
    const char *detail) must_use;
