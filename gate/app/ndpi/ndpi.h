/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* Which application a flow belongs to, by nDPI.
 *
 * Owns:    nDPI's detection module and what it remembers of undecided flows (flow->guess).
 * Borrows: the packet during the call.
 * Threads: one struct app_ndpi per worker.
 * Limits:  APP_NDPI_PACKETS_MAX packets with payload per flow, APP_NDPI_FLOWS_MAX undecided
 *          flows at once; further flows stay without a name.
 * Serves:  002-05 */
#define APP_NDPI_PACKETS_MAX 16u
#define APP_NDPI_FLOWS_MAX   8192u

struct app_ndpi;

struct app_ndpi *app_ndpi_new(void) __attribute__((malloc));
void app_ndpi_free(struct app_ndpi *n);

/* Looks at a packet of an undecided flow.  When it decides: sets flow->app_name and
 * flow->app_class, and adds a FINDING_APP for the classes worth telling. */
void app_ndpi_packet(struct app_ndpi *n, struct packet *pkt);
void app_ndpi_flow_end(struct app_ndpi *n, struct flow *flow);
