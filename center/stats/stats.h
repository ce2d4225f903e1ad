/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"

/* Counts that stay when the events are gone: per company and gate, by cause, direction,
 * whether it was stopped, severity, day and hour (table count_day).
 *
 * They are written in the transaction of the batch, so that they are exact whatever breaks:
 * a batch that was taken is counted, once.  A job that counts afterwards would have to read
 * what ingest has just had in its hands, and could not count what a worm's cap did not keep.
 *
 * An event belongs to the day and hour when it happened (event.when_us), also when its gate
 * was offline for a week; days and hours are of the centre's time zone.  What a gate says of
 * itself and of machines (heartbeat, asset, scanner …) opens incidents but is no event here.
 *
 * Owns:    nothing; works in the batch's arena.
 * Threads: the writer's.
 * Serves:  the seeds' tables of detections by month, day and hour. */

/* Writer: counts the batch; `opened`: the incidents that it touched, the fresh ones count. */
int stats_count(
    struct store_db *db, struct batch *b, const struct incident *opened) must_use;

/* Is it something that happened, or only what a gate says of itself? */
bool stats_counts(enum record_kind kind);

/* The day (20261121) and hour (0–23) of a moment on the centre's clock. */
struct stats_when {
	int64_t quarter; /* of an hour, since 1970 */
	int day, hour;
};

/* `w` keeps the last answer; start with zeroes. */
void stats_when(struct stats_when *w, int64_t at_us);
