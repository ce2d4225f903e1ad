/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/internal.h"
#include "center/incident/watch/watch.h"

/* What the files of this folder share. */

/* What was wrong with the gate is over: its finding goes, its incidents end (解決). */
int incident_watch_over(struct store_db *db, int64_t company_id, int64_t gate_id,
    enum record_cause cause, int64_t now_us) must_use;
