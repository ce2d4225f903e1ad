/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

/* The centre's own certificate authority: signs the gates' certificates and the door's.
 *
 * Owns:    in its directory (0700; data.dir/ca): ca.pem, ca.key, door.pem, door.key (0600),
 *          made by whoever opens it first.
 * Threads: signing and reading any; ingest_ca_renew() one.
 * Limits:  the CA lives 20 years, a gate's certificate 5, the door's 397 days; what a gate
 *          may do is asked of the store each time, so that revoking works at once.
 * Serves:  002-06 */
struct ingest_ca;

/* NULL, with the reason logged. */
struct ingest_ca *ingest_ca_open(const char *dir) __attribute__((malloc));
void ingest_ca_close(struct ingest_ca *ca);

/* Borrowed. */
struct span ingest_ca_der(const struct ingest_ca *ca);
const char *ingest_ca_pem(const struct ingest_ca *ca);

/* Signs a certificate request (PEM; P-256, P-384, Ed25519 or RSA of 2048 bits and more) for
 * a gate: subject and purpose are ours, only the key is theirs.  FAIL_FORMAT: not a request
 * that we sign. */
int ingest_ca_sign(const struct ingest_ca *ca, const char *csr_pem, int64_t gate_id,
    int64_t now_us, struct buf *cert_pem, char fingerprint[65]) must_use;

/* The door's certificate for these names and addresses ("centre.example,192.0.2.1"): made
 * when there is none, when less than 30 days are left, or when the names differ.  *changed
 * says whether it is a new one. */
int ingest_ca_renew(
    struct ingest_ca *ca, const char *names, int64_t now_us, bool *changed) must_use;
/* PEM; valid until the next renewal that changed it. */
const char *ingest_ca_door_cert(const struct ingest_ca *ca);
const char *ingest_ca_door_key(const struct ingest_ca *ca);
