/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

/* Made-up records of made-up companies, as gates write them: the same seed gives the same.
 *
 * What repeats and what does not is drawn as offices do it: few rules make most alerts, few
 * machines most of the noise; names of hosts come again, ports, times and numbers do not.
 *
 * Owns:    nothing; the caller's struct holds the draw.
 * Limits:  one line is at most SAMPLE_LINE_MAX bytes. */
#define SAMPLE_LINE_MAX 4096u
#define SAMPLE_MACHINES 8u /* a gate */

struct sample_draw {
	uint64_t state;
};

uint64_t sample_next(struct sample_draw *d);
/* 0 ≤ result < n; small ones far more often than large ones. */
uint32_t sample_skewed(struct sample_draw *d, uint32_t n);
uint32_t sample_even(struct sample_draw *d, uint32_t n);

enum sample_mix {
	SAMPLE_OFFICE, /* alerts, sites, applications, viruses */
	SAMPLE_ALERTS, /* long alerts only, as a plain sensor writes them */
};

/* Appends one record and a newline. */
void sample_record(struct sample_draw *d, enum sample_mix mix, uint32_t gate,
    int64_t at_us, struct buf *out);
