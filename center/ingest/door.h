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
	bool gates_only;
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
	int64_t gate_id;
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
	const char *code, *csr;
	struct buf cert;
	int64_t now_us;
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

/* Which gate is at the other end: FAIL_DENIED none that we know, FAIL_BUSY ask again. */
int ingest_peer_find(
    struct store *store, struct MHD_Connection *conn, int64_t *gate_id) must_use;
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
