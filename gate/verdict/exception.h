/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/verdict/weigh.h"

/* The one place that says what happens to a packet that could not be looked at to the end,
 * because memory, time or a container's maximum was used up (pkt->out_of_budget).
 *
 *   fail open (default): it passes, and is counted in the gate's heartbeat.
 *   fail closed:         it is stopped with its flow, and told as a drop.
 *
 * Nobody else decides this.  Serves: 002-27; DEV.md 7 (failure has four kinds). */
struct verdict_result verdict_exception(
    const struct verdict_conf *conf, struct packet *pkt);
