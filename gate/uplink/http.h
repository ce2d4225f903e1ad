/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <stdint.h>

/* How a gate asks its centre: HTTPS, its own certificate, the centre's CA and nobody else's.
 *
 * Owns: one connection.  Threads: one.  Limits: a minute a question; the answer's buffer. */
/* http.c: one keep-alive connection to the centre. */
struct uplink_http;

struct uplink_trust {
	const char
	    *ca_pem; /* text; NULL: nobody is checked (enrolment's first look only) */
	const char *cert, *key; /* files, read at each connection; or NULL */
	const char *cert_pem,
	    *key_pem; /* the same as text, which goes before; or NULL */
};

struct uplink_answer {
	long status; /* 0: none came, `why` says what happened */
	uint32_t retry_after_s;
	struct buf body;
	char why[256];
};

struct uplink_http *uplink_http_open(const char *centre,
    const struct uplink_trust *trust, volatile int *stop) __attribute__((malloc));
void uplink_http_close(struct uplink_http *h);
/* `type` NULL: GET, else POST of `body`.  `a->body` must have been initialised. */
void uplink_http_ask(struct uplink_http *h, const char *path, const char *type,
    struct span body, struct uplink_answer *a);
