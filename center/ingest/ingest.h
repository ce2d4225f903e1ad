/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/event.h"
#include "center/fleet/fleet.h"
#include "center/ingest/ca.h"
#include "center/store/store.h"
#include "lib/wire/code.h"

/* Lets gates in: the door with mutual TLS, enrolment, and batches that become events.
 *
 * Owns:    the door's sockets and threads.
 * Borrows: store, CA and configuration texts, from ingest_open() to ingest_close().
 * Threads: ingest_open/close by one thread; the rest says so.
 * Limits:  INGEST_PACKED_MAX a batch as sent, RECORD_BATCH_* after unpacking,
 *          connections, memory and quota by struct ingest_conf.
 * Serves:  002-06; law 5: acknowledged is durable, nothing counts twice. */
#define INGEST_PACKED_MAX  (2u << 20)
#define INGEST_ENROL_MAX   (16u << 10)
#define INGEST_CODE_LIFE_S (72u * 3600u)
#define INGEST_SEQ_SUM     INT64_C(-1) /* batch.seq: its boot is the sum of its lines */
#define INGEST_HOME_MAX    1024u
#define INGEST_TOKEN_ROOM  48u
/* A gate beats every minute; one that said nothing for so long has fallen silent. */
#define INGEST_SILENT_US (INT64_C(5) * 60 * 1000000)

/* ---- a batch ---- */

/* Unpacks and reads a batch.  Records that cannot be read are counted and described, they
 * never fail the batch.  0; FAIL_FORMAT, FAIL_LIMIT: not a batch; FAIL_MEMORY.
 * Call ingest_batch_fini() in any case.  `gate_id`, `boot`, `seq` are the caller's. */
int ingest_batch_read(struct batch *b, struct span packed, int64_t now_us) must_use;
/* The same for lines that are already unpacked. */
int ingest_batch_lines(struct batch *b, struct span lines, int64_t now_us) must_use;
void ingest_batch_fini(struct batch *b);

/* Writer: is this gate still welcome, and is this batch new?  Notes the batch and its
 * refused records, the gate's last sign of life and its heartbeats.  0 with b->again and
 * b->company_id set; FAIL_DENIED: no such gate, or revoked. */
int ingest_claim(struct store_db *db, struct batch *b) must_use;

/* ---- enrolment ---- */

/* Writer: is this the authority of the database's gates?  Writes it down when none is known
 * yet, or no gate belongs to the other.  FAIL_CONFLICT: it is another. */
int ingest_authority(struct store_db *db, const struct ingest_ca *ca) must_use;

/* Writer: makes a one-time code for a gate; earlier unused codes of it end.  FAIL_MISSING:
 * no such gate. */
int ingest_code_new(struct store_db *db, const struct ingest_ca *ca, int64_t gate_id,
    int64_t now_us, char text[WIRE_CODE_ROOM], int64_t *expires_us) must_use;
/* Writer: the newest unused code of the gate is for another box in the same place: what the
 * old one found stays, and its certificate counts no more once the new one has joined. */
int ingest_code_swap(struct store_db *db, int64_t gate_id) must_use;

/* Writer: uses up a code and signs the gate's request; the box that had the gate's name so
 * far is locked out.  With `keys` it is told again what holds for this gate.  FAIL_DENIED: no such code, used or
 * too old; FAIL_FORMAT: not a request that we sign. */
int ingest_enrol(struct store_db *db, const struct ingest_ca *ca, const char *code,
    const struct fleet_keys *keys, const char *csr_pem, int64_t now_us,
    struct buf *cert_pem, int64_t *gate_id) must_use;

/* Writer: from now on the gate's certificate is refused. */
int ingest_revoke(
    struct store_db *db, int64_t gate_id, int64_t account_id, int64_t now_us) must_use;

/* Writer: certifies a new key of a gate that came with its old certificate.  Both are good
 * until the new one is used.  `shown` is that old one's fingerprint: another box may have
 * taken the place since it was looked at.  FAIL_DENIED: no such gate, revoked, or replaced;
 * FAIL_FORMAT: not a request that we sign. */
int ingest_renew(struct store_db *db, const struct ingest_ca *ca, int64_t gate_id,
    const char *shown, const char *csr_pem, int64_t now_us,
    struct buf *cert_pem) must_use;
/* Writer: the certificate that a renewal made was used: the old one ends. */
int ingest_renew_done(
    struct store_db *db, int64_t gate_id, const char *fingerprint) must_use;

/* Who is at the other end. */
struct ingest_gate {
	int64_t id;
	char home[INGEST_HOME_MAX]; /* "": private networks */
	bool next;                  /* it came with the renewed certificate */
	char fingerprint[65];       /* "": it came with a token */
};

/* Reader: which gate has this certificate (g->fingerprint).  FAIL_MISSING: nobody's;
 * FAIL_DENIED: revoked. */
int ingest_gate_find(struct store_db *db, struct ingest_gate *g) must_use;

/* Networks with commas or blanks between, at most INGEST_HOME_MAX - 1 bytes; "" too. */
bool ingest_home_ok(const char *text);

/* ---- tokens, for forwarders that cannot show a certificate ---- */

/* Writer: makes one; only its hash is kept.  A gate has at most ten.  FAIL_MISSING: no such
 * gate, or revoked; FAIL_LIMIT: it has ten. */
int ingest_token_new(struct store_db *db, int64_t gate_id, int64_t account_id,
    int64_t now_us, char token[INGEST_TOKEN_ROOM]) must_use;
/* Writer: ends all tokens of the gate; returns how many. */
int ingest_token_revoke(
    struct store_db *db, int64_t gate_id, int64_t account_id, int64_t now_us) must_use;
/* Reader: as ingest_gate_find(). */
int ingest_token_find(
    struct store_db *db, const char *token, struct ingest_gate *g) must_use;

/* ---- quota ---- */

struct ingest_quota;

/* Each gate may send `per_s` records a second for long, and `burst` at once (what it kept
 * while it was cut off).  Threads: any. */
struct ingest_quota *ingest_quota_new(unsigned per_s, unsigned burst)
    __attribute__((malloc));
void ingest_quota_free(struct ingest_quota *q);
/* 0: come in; otherwise the seconds to wait. */
unsigned ingest_quota_wait(struct ingest_quota *q, int64_t gate_id, int64_t now_us);
/* How much of its burst a gate has left, in percent. */
unsigned ingest_quota_left(struct ingest_quota *q, int64_t gate_id, int64_t now_us);
/* Counts what came in. */
void ingest_quota_note(
    struct ingest_quota *q, int64_t gate_id, unsigned records, int64_t now_us);

/* ---- the door ---- */

struct ingest_door;

struct ingest_conf {
	const char *listen; /* "0.0.0.0:8443", "[::]:8443"; port 0: any */
	/* Writer: everything that a batch sets off (center/journey.h). */
	int (*take)(struct store_db *db, struct batch *b, void *arg);
	void *take_arg;
	const struct fleet_keys *keys; /* that sign orders; NULL: none are given */
	unsigned parked;      /* polls that may wait; 0 = 10000 */
	unsigned threads;     /* 0 = 2 */
	unsigned connections; /* at once; 0 = 30000 */
	unsigned memory_mb;   /* of all batches that are under way; 0 = 256 */
	unsigned records_per_s, records_burst; /* per gate; 0 = 500, 200000 */
	unsigned per_address; /* connections of one address at once; 0: no limit */
};

/* NULL, with the reason logged. */
struct ingest_door *ingest_open(const struct ingest_conf *conf, struct store *store,
    struct ingest_ca *ca) __attribute__((malloc));
/* Lets nobody in any more, answers those inside, closes.  Before store_close(). */
void ingest_close(struct ingest_door *door);
unsigned ingest_port(const struct ingest_door *door);
/* The CA has made a new certificate for the door: new connections get it. */
void ingest_door_renewed(struct ingest_door *door);
