/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/handlers.h"
#include "center/fleet/fleet.h"

/* What the handlers of this folder share. */

/* Who is asking, with the keys that sign. */
struct fleet_by api_fleet_by(const struct api_request *q);
/* 0; FAIL_MISSING when the gate is not in this scope or the centre signs no orders. */
int api_fleet_gate(
    const struct api_request *q, struct store_db *db, int64_t gate_id) must_use;
/* Answers with the one row that `select` and " AND <column> = id" give, as `shape` says it. */
typedef json_t *api_fleet_shape(const struct api_request *q, struct store_rows *rows);
void api_fleet_one(struct api_request *q, struct api_reply *a, const char *select,
    const char *column, int64_t id, api_fleet_shape *shape);
/* Answers {items} with all rows of this scope, or of the query's company. */
void api_fleet_list(struct api_request *q, struct api_reply *a, const char *select,
    const char *fence, const char *order, api_fleet_shape *shape);
