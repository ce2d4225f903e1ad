/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/* Tour 13: The spool that forgets nothing it promised.
 *
 * Carries records to the centre: a spool on disk, and a session that empties it.
 *
 * The writer appends lines to BOOT-….part and renames it to .closed when it is old or large
 * enough: it never waits for the disk.  The session packs what is closed into .ready (on the
 * disk before anything is sent, so that a batch's number always means the same bytes), sends
 * it, and deletes it when the centre has acknowledged it; a disk without room for that is
 * sent from as it is.  Killed at any moment, either goes on from the files it finds.
 *
 * Owns:    the spool directory (uplink_spool) and the TLS session (uplink_session).
 * Threads: one writer (inspect) and one reader (uplink process) share a spool through files;
 *          a second writer or reader is refused.
 * Limits:  spool_max bytes; when full the oldest records of least severity go first, counted.
 * Serves:  002-06, 002-56; law 5: what is acknowledged is durable at the centre. */
struct uplink_spool;

struct uplink_spool_conf {
	const char *dir;      /* made (0700) when it is not there */
	uint64_t max_bytes;   /* 0 = 256 MiB */
	uint32_t batch_bytes; /* a segment is closed at this size; 0 = 256 KiB */
	uint32_t batch_ms;    /* or at this age; 0 = 1000 */
};

/* NULL, with the reason logged.  Each open is a new boot (seconds since 1970, then 32 random
 * bits); what the last one left open is recovered. */
struct uplink_spool *uplink_spool_open(const struct uplink_spool_conf *conf)
    __attribute__((malloc));
/* Closes the open segments. */
void uplink_spool_close(struct uplink_spool *s);
/* Appends one record without its newline; `severity` 0 record … 2 urgent.  0, FAIL_LIMIT
 * when it had to be given up (counted), FAIL_IO (counted too). */
int uplink_spool_put(
    struct uplink_spool *s, unsigned severity, struct span json) must_use;
/* Closes segments that are old enough; call at least every batch_ms. */
int uplink_spool_tick(struct uplink_spool *s, int64_t now_us) must_use;
/* Records given up since the open (the heartbeat's gate.spool_lost). */
uint64_t uplink_spool_lost(const struct uplink_spool *s);
/* How full it is; looks at the directory, so not for every record. */
unsigned uplink_spool_percent(const struct uplink_spool *s);

struct uplink_session_conf {
	const char *spool_dir;
	const char *centre;    /* https://host:port */
	const char *dir;       /* where enrolment wrote cert.pem, key.pem and ca.pem */
	uint32_t renew_days;   /* asks for a new certificate so long before; 0 = 180 */
	uint32_t poll_ms;      /* looks at the spool at least that often; 0 = 1000 */
	uint32_t retry_ms;     /* first back-off; 0 = 1000 */
	uint32_t retry_max_ms; /* 0 = 300000 */
};

/* What an earlier enrolment left in the spool is never sent: it is deleted and counted in a
 * record of its own.  Goes slower, in fuller batches and with fewer of the same when the
 * centre asks for it.
 * Sends finished segments, urgent ones first, else oldest first, until *stop; deletes what
 * the centre acknowledged.  Retries with full jitter.  What the centre cannot read is moved
 * to refused/.  0 when *stop was set; FAIL_FORMAT, FAIL_IO, FAIL_CONFLICT (another reader)
 * when it could not begin, reported. */
int uplink_session_run(
    const struct uplink_session_conf *conf, volatile int *stop) must_use;

/* Asks the centre for a certificate with a one-time code and writes cert.pem, key.pem (0600)
 * and ca.pem into `dir` (made 0700), cert.pem last.  The code carries the centre's
 * fingerprint; a wrong centre never gets the code.  0; FAIL_FORMAT the code is mistyped,
 * FAIL_DENIED wrong centre or code refused, FAIL_PEER no sensible answer, FAIL_IO; all
 * reported with the remedy. */
int uplink_enrol(const char *centre, const char *code, const char *dir) must_use;
