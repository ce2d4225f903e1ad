/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <openssl/ssl.h>

/* Tens of thousands of made-up gates in one process, against a real centre's door.
 *
 * Each has a certificate and a connection of its own, beats with full jitter, sends what a
 * gate sends, keeps what was not acknowledged, and comes back like a gate when it lost the
 * centre (gate/uplink/session.c): the pause doubles up to five minutes, a random part of it.
 *
 * Owns:    its sockets; a directory with certificates and what was acknowledged.
 * Threads: one.
 * Limits:  LOAD_GATES_MAX; one request at a time a gate. */
#define LOAD_GATES_MAX 100000u
#define LOAD_BODY_MAX  (64u << 10)

struct load_conf {
	const char *data;  /* the centre's data.dir (its CA) */
	const char *url;   /* store.url, or NULL */
	const char *work;  /* our directory */
	const char *doors; /* "host:port,host:port": gates are dealt out to them */
	unsigned gates, seconds, beat_ms, alerts, retry_max_ms;
	bool quiet;
};

/* Makes companies, gates and their certificates in the centre's store, which must not be
 * running on SQLite. */
int load_prepare(const struct load_conf *c) must_use;
/* Runs for c->seconds, then until all that was sent is acknowledged; prints the report. */
int load_run(const struct load_conf *c) must_use;
/* Everything that was acknowledged is in the store, once: 0, or FAIL_FORMAT. */
int load_verify(const struct load_conf *c) must_use;

/* ---- one gate (gate.c) ---- */

enum load_state {
	LOAD_AWAY,
	LOAD_CONNECTING,
	LOAD_SHAKING,
	LOAD_IDLE,
	LOAD_SENDING,
	LOAD_READING
};

struct load_gate {
	int fd;
	enum load_state state;
	SSL *ssl;
	X509 *cert;
	int64_t id, next_ms, began_ms,
	    lost_ms; /* lost_ms 0: not since it was last heard */
	uint32_t seq, acked, failures;
	uint32_t alerts_acked;
	char *out; /* the request under way; kept until it is acknowledged */
	size_t out_len, out_at, in_len;
	char in[1024];
	bool wants_write;
};

struct load_sums {
	uint64_t acked, again, refused, later, shakes, lost, alerts;
	uint64_t latency[4096]; /* of requests, by millisecond; the last: longer */
	uint64_t back[1200];    /* how long until heard again, by second */
};

struct load_world {
	const struct load_conf *conf;
	SSL_CTX *tls;
	EVP_PKEY *key;
	int epoll;
	struct load_gate *gates;
	struct load_sums sums;
	char boot[24];
	bool ending; /* nothing new is sent */
};

int64_t load_now_ms(void);
uint32_t load_roll(uint32_t sides);
/* Its time has come: connects, or sends its next batch. */
void load_gate_due(struct load_world *w, struct load_gate *g);
/* Something can be read or written. */
void load_gate_ready(struct load_world *w, struct load_gate *g);
void load_gate_fini(struct load_gate *g);
