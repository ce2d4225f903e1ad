/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"

#include <stdbool.h>
#include <stdint.h>

/* Tour 19: What people see.
 *
 * Shows the centre to people: the portal's files and the interface of openapi/.
 *
 * Owns:    its listening socket, its threads, the portal's files (read once, at start).
 * Borrows: the store and the configuration's texts, from api_start() to api_stop().
 * Threads: api_start() and api_stop() by one thread; everything else is inside.
 * Limits:  see struct api_conf; a body is at most API_BODY_MAX, a long poll API_LIVE_MS.
 * Serves:  tenancy; the portal and other interfaces. */
#define API_BODY_MAX (64u << 10)
#define API_LIVE_MS  25000u

struct api;
struct fleet_keys;
struct ingest_ca;
struct notify_conf;
struct store;

/* Login through another server; issuer NULL: there is none.  Texts are borrowed. */
struct api_oidc {
	const char *issuer, *client, *secret;
	const char *scopes;  /* NULL: openid email profile */
	const char *ca_file; /* PEM; NULL: the system's */
	bool link;           /* accounts that are there are found by their mail address */
	bool create;         /* identity_rule makes new ones */
};

struct api_conf {
	const char *listen;     /* "127.0.0.1:8480", "[::1]:8480"; port 0: any */
	const char *cert, *key; /* PEM files; both NULL: plain HTTP, loopback only */
	/* Address of the server in front, which says by X-Forwarded-For (its last address)
	 * and X-Forwarded-Proto who comes and how; NULL: people come themselves. */
	const char *proxy;
	const char *portal_dir;     /* NULL: no portal, only the interface */
	const char *demo_maildir;   /* NULL: no sample mailbox */
	const struct ingest_ca *ca; /* whose fingerprint enrolment codes carry */
	/* How mails to people leave; borrowed.  NULL: nobody sends them (tests). */
	const struct notify_conf *notify;
	const struct fleet_keys
	    *keys;            /* that sign orders to gates; NULL: none are given */
	struct api_oidc oidc;
	unsigned threads;     /* 0 = 4 */
	unsigned connections; /* at once; 0 = 1024 */
	unsigned per_address; /* connections of one address; 0 = 64; the proxy: all */
};

/* NULL, with the reason logged. */
struct api *api_start(const struct api_conf *conf, struct store *store)
    __attribute__((malloc));
/* Answers what waits, then ends.  api_stop(NULL) is fine. */
void api_stop(struct api *api);
/* The port it listens on. */
unsigned api_port(const struct api *api);
