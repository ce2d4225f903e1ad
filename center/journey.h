/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/event.h"
#include "center/notify/notify.h"
#include "center/store/store.h"

/* What an event becomes, one call per folder: claim (ingest), one incident per cause and
 * machine (incident), a notice to whom it concerns (notify).  All of it in the transaction
 * of its batch: acknowledged means that everything it set off is durable too. */
struct journey {
	struct notify_conf notify;
};

/* Writer; `arg` is a struct journey. */
int journey_run(struct store_db *db, struct batch *b, void *arg) must_use;

/* Since when the centre has listened without a gap, by a clock that nobody sets. */
struct journey_ears {
	int64_t since_us, ahead_us; /* monotonic; the wall clock's lead over it */
	bool open;
};

/* May a gate be called silent?  Not before the centre itself has listened for `silent_us`:
 * after its start, after a sleep, and after somebody has set the clock, by which all gates
 * would have been silent at once. */
bool journey_listened(
    struct journey_ears *e, int64_t wall_us, int64_t monotonic_us, int64_t silent_us);

#define JOURNEY_SILENT_MOST 100 /* in one transaction */

/* Writer: what comes of gates that were not heard of for `silent_us`; returns how many
 * incidents were opened, at most JOURNEY_SILENT_MOST. */
int journey_silence(struct store_db *db, const struct journey *j, int64_t now_us,
    int64_t silent_us) must_use;

/* Writer: what else the clock shows of gates, and whose quiet time begins; returns how many
 * incidents were opened, at most JOURNEY_SILENT_MOST. */
int journey_watch(
    struct store_db *db, const struct journey *j, int64_t now_us) must_use;

#define JOURNEY_LADDER_MOST 100 /* in one transaction */

/* Writer: the steps of escalation ladders that are due; returns how many, at most
 * JOURNEY_LADDER_MOST. */
int journey_ladder(
    struct store_db *db, const struct journey *j, int64_t now_us) must_use;

#define JOURNEY_DIGESTS_MOST 50 /* in one transaction */

/* Writer: the digests that are due; returns how many, at most JOURNEY_DIGESTS_MOST. */
int journey_digests(
    struct store_db *db, const struct journey *j, int64_t now_us) must_use;
