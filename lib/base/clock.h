/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970-01-01 UTC, or what clock_set_us() said last (stories and replay
 * run on an artificial clock).  Threads: any. */
int64_t clock_now_us(void);

/* From now on the clock stands at `us`; 0 gives the real one back. */
void clock_set_us(int64_t us);

/* A clock that nobody sets back or forward: only differences of it mean something. */
int64_t clock_monotonic_us(void);
/* The machine's own clock, whatever a story says: for certificates, which the TLS libraries
 * hold against it. */
int64_t clock_real_us(void);

/* The clock of a story (tests/stories/README.md): a file of three 64-bit numbers of this
 * machine's byte order that its runner writes while we run.  The first is what clock_now_us()
 * says, the second clock_monotonic_us(); into the third goes what clock_ticked() was told.
 * 0; FAIL_IO when the file is not there; FAIL_FORMAT when it is not of that size or belongs
 * to somebody else. */
int clock_follow(const char *file);
bool clock_is_story(void);
/* Work that was due at this moment of clock_monotonic_us() is done. */
void clock_ticked(int64_t monotonic_us);

/* "2026-11-21T09:30:00.123456+0900" in local time, as EVE writes it; `room` ≥ 40. */
void clock_format(int64_t us, char *text, size_t room);
/* The reverse; also takes "Z", "+09:00" and fewer digits.  0, or FAIL_FORMAT. */
int clock_parse(const char *text, int64_t *us);
