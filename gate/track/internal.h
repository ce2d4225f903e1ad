/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/decode/events.h"
#include "gate/track/track.h"

/* Moves the TCP state of `flow` by `pkt`, whose direction is set.  Segments that the
 * receiver will not take get pkt->tcp_ignored and change nothing. */
void track_tcp(const struct track_conf *conf, struct flow *flow, struct packet *pkt);

/* Whether `pkt` begins another connection on the ports of `flow`. */
bool track_tcp_begins_anew(const struct flow *flow, const struct packet *pkt);
