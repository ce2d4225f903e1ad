/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"

/* How long what is kept, per company: days and megabytes of events (the records as they came),
 * years of what an incident says.
 *
 * Rows of `retention` say it: the company's, else its chamber's, else the centre's, column by
 * column.  A job takes out what is over, oldest and least severe first, in steps that hold the
 * writer for STORE_KEEP_STEP_MS at most.  What is never taken out: the records of an incident
 * that is urgent, or that somebody still has to finish; counts (center/stats); the audit log.
 * Everything that went is counted in `kept`, and a line of the audit log says it, one a day and
 * company.
 *
 * Owns:    nothing but what it removes.
 * Threads: store_keep_run() by one; the rest says so.
 * Limits:  each company is looked at once in STORE_KEEP_EVERY_S. */
#define STORE_KEEP_STEP_MS 50
#define STORE_KEEP_EVERY_S 3600

struct store_keep_rule {
	int64_t event_days, event_mb, incident_years; /* 0: for ever */
};

/* What holds for a company. */
int store_keep_rule(
    struct store_db *db, int64_t company_id, struct store_keep_rule *rule) must_use;

/* Writer: sets the row of a company, of a chamber, or (both 0) of the centre; a negative value
 * gives the column back to the next wider row.  Leaves a line in the audit log. */
int store_keep_set(struct store_db *db, int64_t chamber_id, int64_t company_id,
    const struct store_keep_rule *rule, int64_t account_id, int64_t now_us) must_use;

/* Writer: `events` records of together `bytes` (packed) were stored. */
int store_keep_add(struct store_db *db, int64_t company_id, int64_t events,
    int64_t bytes, int64_t now_us) must_use;

/* Are the books right, and can every record still be read?  Findings as lines. */
int store_keep_check(struct store_db *db, struct buf *report) must_use;

struct store_keep_done {
	int64_t companies, events, bytes, incidents; /* looked at; removed; emptied */
	int64_t longest_us;                          /* step */
};

/* Looks at the companies whose turn it is and takes out what is over, for at most
 * `budget_ms`; what is left waits for the next call. */
int store_keep_run(struct store *s, int64_t now_us, unsigned budget_ms,
    struct store_keep_done *done) must_use;
