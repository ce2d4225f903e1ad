/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/ingest/internal.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the door's files share: door.c speaks HTTP, peer.c TLS, answer.c says what happens. */

enum ingest_error {
	INGEST_BAD,
	INGEST_DENIED,
	INGEST_CODE,
	INGEST_MISSING,
	INGEST_NO_METHOD,
	INGEST_LARGE,
	INGEST_TYPE,
	INGEST_SLOW,
	INGEST_BUSY,
};

struct ingest_call;

struct ingest_route {
	const char *method, *path;

	enum ingest_who { INGEST_ANYONE, INGEST_GATE, INGEST_GATE_OR_TOKEN } who;

	size_t body_max;
	/* Sets c->status and c->reply, or suspends and sets c->parked (answer.c). */
	void (*answer)(struct ingest_call *c);
};

struct ingest_door {
	struct ingest_conf conf;
	struct store *store;
	struct ingest_ca *ca;
	struct ingest_quota *quota;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	pthread_cond_t left; /* calls or suspended went down */
	unsigned calls, suspended;
	size_t held; /* bytes, of all calls */
	bool closing;
	int64_t commit_ms; /* from post to commit, averaged */
	struct ingest_lines *lines;

	struct { /* park.c */
		pthread_mutex_t lock;
		pthread_t thread;
		struct ingest_call *first;
		unsigned count;
		bool runs;
	} park;

	struct { /* enrolment tries of all comers */
		int64_t level, at_us;
	} tries;
};

/* One request.  Belongs to the connection's thread, while suspended to the writer. */
struct ingest_call {
	struct ingest_door *door;
	struct MHD_Connection *conn;
	const struct ingest_route *route;
	const char *rest; /* of the URL, behind the route's path; first call only */
	struct ingest_gate gate;
	char peer[ADDR_TEXT_MAX];
	struct ingest_line *line; /* its connection's, or NULL */
	int64_t posted_ms;
	struct buf body;
	size_t seen; /* bytes of the body */
	size_t held; /* counted for it in door->held */
	unsigned status, retry_s;
	json_t *reply;
	const char *pem; /* instead of reply */
	/* What the writer does for it. */
	struct store_job job;
	int result;
	bool parked, written;
	struct batch batch;
	bool batch_read;
	uint32_t said; /* records of the batch, as the gate sent it */
	const char *code, *csr;
	struct buf cert;
	int64_t now_us;
	/* A poll for orders. */
	int64_t after, park_end_us;
	struct ingest_call *park_next;
};

/* Counts `bytes` of memory for this call, instead of what it had.  False: the door holds as
 * much as it may; a call alone may have any. */
bool ingest_hold(struct ingest_call *c, size_t bytes);
void ingest_fail(struct ingest_call *c, enum ingest_error e, unsigned retry_s);
void ingest_fail_store(struct ingest_call *c, int err);

void ingest_answer_ca(struct ingest_call *c);
void ingest_answer_enrol(struct ingest_call *c);
void ingest_answer_batch(struct ingest_call *c);
void ingest_answer_orders(struct ingest_call *c);
void ingest_answer_report(struct ingest_call *c);
void ingest_answer_keys(struct ingest_call *c);
void ingest_answer_bundle(struct ingest_call *c);

/* The connection sleeps until ingest_resume(), after which the answer function is called
 * again.  False: the door is closing. */
bool ingest_suspend(struct ingest_call *c) must_use;
void ingest_resume(struct ingest_call *c);

/* A poll waits until there are orders or its time is over.  False: too many do already. */
bool ingest_park(struct ingest_call *c) must_use;
int ingest_park_start(struct ingest_door *d) must_use;
/* Once d->closing is set: wakes all and ends the thread. */
void ingest_park_end(struct ingest_door *d);

void ingest_answer_eve(struct ingest_call *c);
void ingest_answer_renew(struct ingest_call *c);

/* Hands the rest to the writer; the answer function is called again with c->written. */
void ingest_write_later(struct ingest_call *c, store_write_fn *fn);
/* batches.c: what a batch and a piece of EVE have in common. */
void ingest_batch_begin(struct ingest_call *c);
void ingest_batch_end(struct ingest_call *c, int err, int64_t now_us);
void ingest_batch_answer(struct ingest_call *c);
/* BOOT/SEQ */
int ingest_place_parse(struct batch *b, const char *text) must_use;
const char *ingest_header(struct ingest_call *c, const char *name);

/* Which gate is at the other end, by its certificate or (may_token) by its token:
 * FAIL_DENIED none that we know, FAIL_BUSY ask again. */
int ingest_peer_find(struct store *store, struct MHD_Connection *conn, bool may_token,
    struct ingest_gate *gate) must_use;
/* The address of the other end. */
struct addr ingest_peer_addr(const struct sockaddr *sa);

/* lines.c: the open connections; who has too many, who is too slow. */
struct ingest_lines *ingest_lines_new(unsigned per_address) __attribute__((malloc));
void ingest_lines_free(struct ingest_lines *l);
/* May one more come from there? */
bool ingest_lines_room(struct ingest_lines *l, const struct sockaddr *from);
struct ingest_line *ingest_lines_enter(
    struct ingest_lines *l, int fd, const struct sockaddr *from);
void ingest_lines_leave(struct ingest_lines *l, struct ingest_line *line);
/* A body of that size is on its way; it is being answered; the answer was given. */
void ingest_lines_reads(struct ingest_lines *l, struct ingest_line *line, size_t bytes);
void ingest_lines_waits(struct ingest_lines *l, struct ingest_line *line);
void ingest_lines_rests(struct ingest_lines *l, struct ingest_line *line);

/* hint.c: what a gate should do while much is under way. */
struct ingest_load {
	unsigned suspended; /* batches that wait for the writer */
	int64_t commit_ms;
	unsigned held_percent;  /* of the door's memory */
	unsigned quota_percent; /* what is left of the gate's */
};

struct ingest_hint {
	unsigned next_after_ms, max_records; /* 0: as it likes */
	bool aggregate;                      /* records of one cause together */
};

/* False: nothing to say. */
bool ingest_hint_make(const struct ingest_load *load, struct ingest_hint *h);

/* The door's certificate, for new connections from now on. */
int ingest_peer_present(struct ingest_ca *ca) must_use;
/* The door is closed: frees what it has shown. */
void ingest_peer_forget(void);
/* GnuTLS asks for it (gnutls_certificate_retrieve_function2). */
int ingest_peer_certificate(gnutls_session_t session, const gnutls_datum_t *names,
    int names_n, const gnutls_pk_algorithm_t *algorithms, int algorithms_n,
    gnutls_pcert_st **cert, unsigned *cert_n, gnutls_privkey_t *key);

/* "192.0.2.1:8443", "[::]:8443"; 0 or FAIL_FORMAT (logged). */
int ingest_listen_parse(const char *text, struct sockaddr_storage *addr) must_use;
