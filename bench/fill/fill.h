/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/journey.h"
#include "center/store/store.h"

/* What bench/centre asks of its helper program. */
struct fill_plan {
	const char *dir;
	int64_t events; /* to be stored */
	uint32_t gates, days, batch;
	int64_t end_us; /* when the last of them came in */
	uint64_t seed;
	int alerts; /* long alerts only */
};

/* Chamber, companies (one of ten has two gates), sites, gates, two accounts' worth of room.
 * Returns the number of companies, or a fail. */
int fill_tenants(struct store *s, const struct fill_plan *p) must_use;
/* Sends the batches; prints what it cost as JSON. */
int fill_run(struct store *s, const struct fill_plan *p) must_use;
/* All that is there once more, as if it had happened before. */
int fill_double(struct store *s) must_use;
