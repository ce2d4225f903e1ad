/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/conf/conf.h"

/* The settings of a gate that its centre may set: the centre offers these and no others, and
 * the gate takes these and no others.  Rows as in the gate's own table, of which they are a
 * part (gate/settings_test.c holds one against the other).
 *
 * Owns: nothing.  Threads: any.  Serves: fleet: configuration with drift shown */
extern const struct conf_row wire_remote_rows[];
extern const size_t wire_remote_row_count;

/* NULL: the centre may not set it. */
const struct conf_row *wire_remote_find(const char *key);
/* 0, or FAIL_FORMAT with the reason (a line) in `why`: is this a value for this key? */
int wire_remote_check(const char *key, const char *value, struct buf *why) must_use;
