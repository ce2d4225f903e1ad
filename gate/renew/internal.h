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
/* True while one waits for inspect. */
bool renew_take_waits(const struct renew_kept *k);
