/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/fleet/fleet.h"

/* What the files of this folder share. */

/* A gate that may be ordered something.  FAIL_MISSING; FAIL_DENIED: not enrolled. */
int fleet_gate_company(
    struct store_db *db, int64_t gate_id, int64_t *company_id) must_use;
int fleet_audit(struct store_db *db, const struct fleet_by *by, int64_t company_id,
    const char *action, const char *detail) must_use;

/* The first column of all rows, so that a caller may write while he goes through them. */
struct fleet_ids {
	int64_t at[FLEET_SETTLE_MOST];
	unsigned n;
};

int fleet_ids_read(struct store_db *db, struct fleet_ids *ids, const char *sql,
    struct store_args args) must_use;

/* An order's end, for the thing that it was about. */
struct fleet_result {
	int64_t gate_id, thing_id, now_us;
	bool done;
	const char *why;
};

int fleet_contain_ends(struct store_db *db, const struct fleet_result *r) must_use;
int fleet_release_ends(struct store_db *db, const struct fleet_result *r) must_use;
int fleet_except_ends(struct store_db *db, const struct fleet_result *r) must_use;
int fleet_unexcept_ends(struct store_db *db, const struct fleet_result *r) must_use;
int fleet_except_again(
    struct store_db *db, const struct fleet_by *by, int64_t gate_id) must_use;
int fleet_bundle_ends(struct store_db *db, const struct fleet_result *r) must_use;
