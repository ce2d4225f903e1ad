/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/renew/renew.h"
#include "lib/wire/order.h"

/* What the files of this folder share. */

#define RENEW_STATE   "state.json"
#define RENEW_APPLIED "applied.json"
#define RENEW_PINS    "pins.json"

/* What holds on this gate (keep.c). */
struct renew_kept {
	int dir;        /* state.dir/orders */
	int centre_dir; /* with the pins */
	json_t *state;
	json_t *pins;
	bool changed; /* since it was written */
};

/* A JSON object from a file.  FAIL_MISSING, FAIL_FORMAT, FAIL_IO. */
int renew_json_read(int dir, const char *name, json_t **tree) must_use;
int renew_json_write(int dir, const char *name, const json_t *tree) must_use;

int renew_kept_open(
    struct renew_kept *k, const char *dir, const char *centre_dir) must_use;
void renew_kept_close(struct renew_kept *k);
/* The gate's number, 0: not pinned yet. */
int64_t renew_kept_gate(const struct renew_kept *k);
/* From now on these keys sign; `pins` is taken. */
int renew_kept_pin(struct renew_kept *k, json_t *pins) must_use;
/* On the disk before anything is answered. */
int renew_kept_save(struct renew_kept *k) must_use;
/* Takes away what has ended by itself. */
void renew_kept_tidy(struct renew_kept *k, int64_t now_us);

/* Checks an order as it came ({"text", "signature", "key"}) and does what it says with the
 * state.  Every order leaves a result.  False: it did not even count.  (take.c) */
bool renew_take(struct renew_kept *k, const json_t *envelope, int64_t now_us);
/* Results that waited for inspect, now that it has done what the state says. */
void renew_take_applied(struct renew_kept *k, const json_t *applied);
/* The order of this number is done but for inspect; or not (`why`). */
void renew_take_bundle(struct renew_kept *k, int64_t number, const char *why);
/* True while one waits for inspect. */
bool renew_take_waits(const struct renew_kept *k);

/* ---- bundles (bundle.c) ---- */

/* NULL, or why not; what it takes is fetched part by part. */
const char *renew_bundle_want(struct renew_kept *k, const struct wire_order *o);
const char *renew_bundle_back(struct renew_kept *k, const struct wire_order *o);
/* Is there something to fetch?  What to ask for next; false: all parts are here. */
bool renew_bundle_due(const struct renew_kept *k);
bool renew_bundle_path(const struct renew_kept *k, char *path, size_t room);
/* A part has come (NULL: none was missing); the last one is checked and unpacked. */
void renew_bundle_part(struct renew_kept *k, const json_t *answer, int64_t now_us);
/* Inspect cannot use version `version` of `name`: what ran before runs on. */
void renew_bundle_unfit(struct renew_kept *k, const char *name, int64_t version);
