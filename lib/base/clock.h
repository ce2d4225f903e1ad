/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970-01-01 UTC, or what clock_set_us() said last (stories and replay
 * run on an artificial clock).  Threads: any. */
int64_t clock_now_us(void);

/* From now on the clock stands at `us`; 0 gives the real one back. */
void clock_set_us(int64_t us);

/* "2026-11-21T09:30:00.123456+0900" in local time, as EVE writes it; `room` ≥ 40. */
void clock_format(int64_t us, char *text, size_t room);
/* The reverse; also takes "Z", "+09:00" and fewer digits.  0, or FAIL_FORMAT. */
int clock_parse(const char *text, int64_t *us);
