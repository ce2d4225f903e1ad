/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/span.h"

#include <sys/types.h>

/* A centre's gate door in small, for the tests of the uplink: real TLS, a CA of its own, and
 * answers by script.  Runs as a process of its own; `shared` is seen by both. */
#define TEST_DOOR_SCRIPT 16u
#define TEST_DOOR_TAKEN  64u

struct test_door_batch {
	char path[128];
	unsigned records;
	uint64_t hash; /* of the bytes as sent */
};

struct test_door_shared {
	int script[TEST_DOOR_SCRIPT]; /* statuses of the next batches; 0: 200 */
	unsigned retry_after_s;       /* sent with 429 and 503 */
	unsigned asked;               /* batches that came, whatever the answer */
	unsigned taken_n, connections, enrolments, without_cert;
	struct test_door_batch taken[TEST_DOOR_TAKEN];
	char code[32]; /* the only one that enrols; used up by it */
	bool foreign;  /* signs with another key than its CA's */
};

struct test_door {
	pid_t pid;
	struct test_door_shared *shared;
	char url[64];
	uint8_t ca_der[2048];
	size_t ca_der_len;
	int sock; /* listening, or −1 */
	uint16_t port;
	void *ca_key, *ca_cert, *door_key, *door_cert;
	void *shown_too; /* a certificate sent behind the CA's, or NULL */
};

/* False when it cannot be set up. */
bool test_door_init(struct test_door *d);
/* From now on `url` is https://127.0.0.1:PORT. */
bool test_door_start(struct test_door *d);
/* Nobody listens; start() comes back on the same port. */
void test_door_stop(struct test_door *d);
void test_door_fini(struct test_door *d);
