/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/verdict/orders.h"
#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <jansson.h>

/* What the centre orders, and who does it.
 *
 * Two processes share a folder (state.dir/orders), each writing one file and reading the
 * other's:
 *
 *   control  asks the centre, checks signature, number, gate and expiry, and keeps what
 *            holds now in state.json, on the disk before it is answered for
 *   inspect  looks at state.json between packets, does it, says so in applied.json
 *
 * So a gate that was switched off goes on where it was, without a centre.
 *
 *   centre.dir/pins.json  {"gate": 7, "keys": [hex, hex]}, from the enrolment
 *   state.json            {"gate", "keys", "seq", "number", "contained": […],
 *                          "exceptions": […], "config": {"version", "values"}, "results": […]}
 *   applied.json          {"seq", "inline", "mode", "config": {…}, "rules": {…}}
 *
 * Owns:    its folder.
 * Threads: one in each process.
 * Limits:  RENEW_STATE_MAX a file; VERDICT_CUTS_MAX, VERDICT_EXCEPTS_MAX.
 * Serves:  fleet: containment ≤ 3 s from the order to the cut, signed orders */
#define RENEW_STATE_MAX (1u << 20)

/* ---- the process that asks (control) ---- */

struct renew_conf {
	const char *dir;             /* state.dir/orders */
	const char *centre_dir;      /* pins.json */
	const char *centre;          /* https://host:port */
	const char *cert, *key, *ca; /* files */
	uint32_t wait_s;             /* a poll waits so long at the door; 0 = 50 */
	uint32_t retry_ms;           /* first back-off; 0 = 1000 */
	uint32_t retry_max_ms;       /* 0 = 60000 */
};

/* Asks until *stop.  0, or FAIL_* when it could not begin (reported). */
int renew_run(const struct renew_conf *conf, volatile int *stop) must_use;

/* ---- the process that does it (inspect) ---- */

struct renew_seen;

struct renew_seen *renew_seen_open(const char *dir) __attribute__((malloc));
void renew_seen_close(struct renew_seen *s);
/* Has state.json changed since it was read last?  Cheap; call it often. */
bool renew_seen_changed(struct renew_seen *s);
/* Reads it.  0, FAIL_MISSING: nothing was ever ordered; FAIL_FORMAT, FAIL_IO (reported). */
int renew_seen_read(struct renew_seen *s) must_use;
/* What was read: who is cut off, what is let be. */
void renew_seen_orders(const struct renew_seen *s, struct verdict_orders *o);
/* Settings of the centre: {key: text}, borrowed; empty when there are none. */
const json_t *renew_seen_values(const struct renew_seen *s);
/* Files of the bundle `name` that runs, as paths: at most `most`, each `room` bytes wide in
 * `paths`.  Its version; 0: none. */
#define RENEW_PATH_ROOM 512u
int64_t renew_seen_bundle(const struct renew_seen *s, const char *name,
    char (*paths)[RENEW_PATH_ROOM], unsigned most, unsigned *count);
/* Says what is done now; takes `applied`, adding the state's number to it. */
int renew_seen_answer(struct renew_seen *s, json_t *applied) must_use;
