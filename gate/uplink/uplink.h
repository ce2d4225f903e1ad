/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/* Carries records to the centre: a spool on disk, and a session that empties it.
 *
 * Owns:    the spool directory (uplink_spool) and the TLS session (uplink_session).
 * Threads: one writer (inspect) and one reader (uplink process) share a spool through files.
 * Limits:  spool_max bytes; when full the oldest records of least severity go first, counted.
 * Serves:  002-06, 002-56; DESIGN 5: what is acknowledged is durable at the centre. */
struct uplink_spool;

struct uplink_spool_conf {
	const char *dir;
	uint64_t max_bytes;   /* 0 = 256 MiB */
	uint32_t batch_bytes; /* a segment is closed at this size; 0 = 256 KiB */
	uint32_t batch_ms;    /* or at this age; 0 = 1000 */
};

/* NULL, with the reason logged.  Each open is a new boot (a random 64-bit id). */
struct uplink_spool *uplink_spool_open(const struct uplink_spool_conf *conf)
    __attribute__((malloc));
void uplink_spool_close(struct uplink_spool *s);
/* Appends one record; `severity` 0 record … 2 urgent.  0, FAIL_LIMIT when it had to be given
 * up (counted, told by a later record), FAIL_IO. */
int uplink_spool_put(struct uplink_spool *s, unsigned severity, struct span json) must_use;
/* Closes the segment when it is old enough; call at least every batch_ms. */
int uplink_spool_tick(struct uplink_spool *s, int64_t now_us) must_use;

struct uplink_session_conf {
	const char *spool_dir;
	const char *centre; /* https://host:port */
	const char *cert, *key, *ca; /* PEM files that enrolment wrote */
	uint32_t poll_ms;
};

/* Sends finished segments, oldest first, until *stop; deletes what the centre acknowledged.
 * Retries with full jitter.  Returns when *stop is set. */
int uplink_session_run(const struct uplink_session_conf *conf, volatile int *stop) must_use;

/* Asks the centre for a certificate with a one-time code and writes cert, key, ca into `dir`
 * (0700).  The code carries the centre's fingerprint; a wrong centre is refused. */
int uplink_enrol(const char *centre, const char *code, const char *dir) must_use;
