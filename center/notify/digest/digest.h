/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/watch/watch.h"
#include "center/notify/notify.h"

/* What needs nobody now, once a day or week: 記録, and 注意 beyond the day's number.
 *
 * A company hears on Monday mornings, and on a day after 注意 had to wait; people of the
 * centre every morning.  Nothing happened: no mail, unless they ask for it.
 *
 * Owns:    nothing; the tables digest, digest_held.
 * Borrows: the writer's connection, during each call.
 * Threads: the writer's.
 * Limits:  NOTIFY_DIGEST_LINES of each kind, the rest is counted.
 * Serves:  002-19 (never a flood), 001-17 (the monthly 見ました has its weekly sister). */
#define NOTIFY_DIGEST_LINES      20
#define NOTIFY_DIGEST_COMPANY_AT 510 /* minutes of the day */
#define NOTIFY_DIGEST_CENTRE_AT  480

/* Is this incident's notice beyond what its company gets a day?  Then it is kept for the
 * digest, and *held. */
int notify_digest_hold(
    struct store_db *db, const struct incident *i, int64_t now_us, bool *held) must_use;

/* Rows for addresses that have none yet. */
int notify_digest_enter(struct store_db *db, int64_t now_us) must_use;
/* The next digest that is due, sent or found empty.  FAIL_MISSING: none. */
int notify_digest_tick(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us) must_use;
