/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"
#include "lib/sign/sign.h"
#include "lib/wire/order.h"

/* What the centre wants of its gates: signed orders and what they are about.
 *
 * An order is a row before a gate hears of it, with a number that this gate never saw, and is
 * signed by a key that the gate learnt when it enrolled.  The gate answers for each: done,
 * failed or refused, and why.  Stands before ingest/, whose door hands the orders out.
 *
 * Owns:    the order keys (files beside the certificate authority's).
 * Borrows: the connection during a call.
 * Threads: a writer's functions belong into store_write(); the keys are read-only.
 * Limits:  WIRE_ORDERS_MAX an answer; an order that nobody fetched expires.
 * Serves:  fleet: signed orders, containment and release, exceptions, configuration */

/* ---- keys ---- */

/* The key that signs, and the one that will follow it.  Gates know both. */
struct fleet_keys {
	struct sign_key now, next;
};

/* DIR/order.key and DIR/order-next.key, made when they are not there.  NULL with the reason
 * logged. */
struct fleet_keys *fleet_keys_open(const char *dir) __attribute__((malloc));
void fleet_keys_close(struct fleet_keys *keys);
/* On the disk: the next key becomes the one that signs, a new one follows.  Whoever has them
 * open goes on with the old ones until he opens them again.  The gates must have been told
 * before (fleet_keys_order()). */
int fleet_keys_turn(const char *dir) must_use;

/* ---- orders ---- */

#define FLEET_ORDER_LIFE_US  (INT64_C(7) * 24 * 3600 * 1000000)
#define FLEET_URGENT_LIFE_US (INT64_C(3600) * 1000000)

/* Who asks, for the record. */
struct fleet_by {
	const struct fleet_keys *keys;
	int64_t account_id; /* 0: the centre itself */
	int64_t now_us;
};

/* Writer: numbers, signs and keeps an order; o->gate, kind and the kind's args are the
 * caller's.  expires_us 0: a week from now.  FAIL_MISSING: no such gate. */
int fleet_order_add(
    struct store_db *db, const struct fleet_by *by, struct wire_order *o) must_use;
/* Writer: the orders behind `after` for a gate, as the door sends them, appended to `list`;
 * they count as sent. */
int fleet_order_fetch(struct store_db *db, int64_t gate_id, int64_t after,
    int64_t now_us, json_t *list) must_use;
/* Reader: is there one behind `after`?  1, 0, or negative. */
int fleet_order_waits(
    struct store_db *db, int64_t gate_id, int64_t after, int64_t now_us) must_use;

/* A gate and the newest number that waits for it. */
struct fleet_waiting {
	int64_t gate_id, number;
};

/* Reader: all gates with orders that were not fetched, by number of the gate.  The list is
 * the caller's: free() it. */
int fleet_order_waiting(struct store_db *db, int64_t now_us,
    struct fleet_waiting **list, size_t *count) must_use;
/* Writer: what time ends: orders that nobody fetched, containments, exceptions. */
int fleet_expire(struct store_db *db, int64_t now_us) must_use;

/* Writer: what a gate reports: results of orders, what it runs.  FAIL_FORMAT: not a report. */
#define FLEET_REPORT_MAX (64u << 10)
int fleet_report_take(struct store_db *db, int64_t gate_id, const json_t *report,
    int64_t now_us) must_use;

/* Writer: another box answers for this gate now: it is told again what holds. */
int fleet_restate(
    struct store_db *db, const struct fleet_by *by, int64_t gate_id) must_use;
/* Writer: every gate learns the key that follows the next one. */
int fleet_keys_order(struct store_db *db, const struct fleet_by *by) must_use;

/* ---- containment ---- */

#define FLEET_UNDO_US (INT64_C(3600) * 1000000)

struct fleet_contain {
	int64_t id; /* out */
	int64_t company_id, gate_id, machine_id;
	char mac[18], ip[46];
	const char *reason;
	int64_t until_us; /* 0: until released */
};

/* Writer: cuts a machine off.  FAIL_CONFLICT: it is cut off already, or its address cannot
 * be used; FAIL_DENIED: the gate is not enrolled. */
int fleet_contain(
    struct store_db *db, const struct fleet_by *by, struct fleet_contain *c) must_use;
/* Writer: it stays cut off until somebody releases it. */
int fleet_contain_confirm(
    struct store_db *db, const struct fleet_by *by, int64_t id) must_use;
/* Writer.  FAIL_MISSING: no such containment; FAIL_CONFLICT: it has ended. */
int fleet_release(struct store_db *db, const struct fleet_by *by, int64_t id) must_use;

/* ---- exceptions ---- */

#define FLEET_EXCEPT_MOST_US (INT64_C(366) * 24 * 3600 * 1000000)

struct fleet_except {
	int64_t id; /* out */
	int64_t company_id, gate_id;
	enum wire_except what;
	const char *value, *reason;
	int64_t until_us;
};

/* Writer.  FAIL_FORMAT: the value is none of that kind; FAIL_LIMIT: expiry too far away. */
int fleet_except(
    struct store_db *db, const struct fleet_by *by, struct fleet_except *e) must_use;
int fleet_unexcept(struct store_db *db, const struct fleet_by *by, int64_t id) must_use;

/* ---- settings ---- */

#define FLEET_SETTLE_MOST 200

/* Writer: a value of a level ("chamber", "group", "company", "site", "gate"); NULL takes it
 * away.  The gates below are due.  FAIL_FORMAT with the reason in `why`. */
struct fleet_setting {
	int64_t chamber_id;
	const char *level;
	int64_t level_id;
	const char *name, *value;
};

int fleet_setting_put(struct store_db *db, const struct fleet_by *by,
    const struct fleet_setting *s, struct buf *why) must_use;
/* Writer: which group a gate belongs to (0: none).  FAIL_MISSING. */
int fleet_group_join(struct store_db *db, const struct fleet_by *by, int64_t gate_id,
    int64_t group_id) must_use;
/* Reader: {name: {value, level}} that holds for a gate; NULL: no memory. */
json_t *fleet_setting_effective(struct store_db *db, int64_t gate_id, int *err);
/* Writer: orders for gates whose settings are due; returns how many were looked at, at most
 * FLEET_SETTLE_MOST. */
int fleet_setting_settle(struct store_db *db, const struct fleet_by *by) must_use;

/* ---- bundles and how they reach the gates ---- */

struct fleet_bundle {
	int64_t id; /* out */
	int64_t chamber_id;
	struct span file;
};

/* Writer: keeps a signed bundle (lib/wire/bundle.h).  FAIL_FORMAT, FAIL_DENIED (not signed by
 * this centre, expired), FAIL_CONFLICT (not newer), each with the reason. */
int fleet_bundle_publish(struct store_db *db, const struct fleet_by *by,
    struct fleet_bundle *p, char *why, size_t room) must_use;
/* Reader: part number `part` for a gate of the bundle's chamber.  FAIL_MISSING. */
int fleet_bundle_part(struct store_db *db, int64_t gate_id, const char *name,
    int64_t version, int64_t part, struct buf *bytes) must_use;

struct fleet_rollout {
	int64_t id; /* out */
	int64_t bundle_id;
	const char *rings; /* "[1,10,100]": percent of the gates */
	int64_t soak_s;    /* how long each ring is watched */
};

/* Writer.  FAIL_FORMAT: the rings; FAIL_MISSING: no such bundle, or expired; FAIL_CONFLICT:
 * another one is under way. */
int fleet_rollout_start(
    struct store_db *db, const struct fleet_by *by, struct fleet_rollout *r) must_use;
/* Writer: "frozen" or "running".  FAIL_MISSING: it is not under way, or is so already. */
int fleet_rollout_set(struct store_db *db, const struct fleet_by *by, int64_t id,
    const char *state) must_use;
/* Writer: all gates go back. */
int fleet_rollout_undo(struct store_db *db, const struct fleet_by *by, int64_t id,
    const char *why) must_use;
/* Writer: what time brings: orders for a ring, its health, the next one, the way back.
 * FLEET_SETTLE_MOST: call again. */
int fleet_rollout_step(struct store_db *db, const struct fleet_by *by) must_use;
