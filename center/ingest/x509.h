/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Certificates by OpenSSL, in the three kinds that the centre makes (RFC 5280).
 *
 * Owns:    a pair owns its certificate and key.
 * Threads: any; a pair may be shared for signing. */
struct x509_pair {
	X509 *cert;
	EVP_PKEY *key;
};

enum x509_kind { X509_AUTHORITY, X509_SERVER, X509_CLIENT };

struct x509_wish {
	enum x509_kind kind;
	const char *name;    /* common name */
	const char *names;   /* SERVER: host names and addresses, comma between */
	const char *csr_pem; /* CLIENT: whose key is certified; NULL: a key is made */
	int64_t now_us;
	int days;
};

/* Signed by `by`, or by itself when NULL.  key_pem gets the key that was made.
 * FAIL_FORMAT: the request is none that we sign, or a name is none. */
int ingest_x509_make(const struct x509_wish *wish, const struct x509_pair *by,
    struct buf *cert_pem, struct buf *key_pem) must_use;

/* FAIL_FORMAT: not readable, or they do not belong together. */
int ingest_x509_pair_read(
    struct x509_pair *p, const char *cert_pem, const char *key_pem) must_use;
void ingest_x509_pair_fini(struct x509_pair *p);
int ingest_x509_der(const struct x509_pair *p, struct buf *der) must_use;
/* SHA-256 of the certificate's DER, as hex. */
int ingest_x509_fingerprint(const char *cert_pem, char fingerprint[65]) must_use;
/* True when the certificate is by `by`, goes with the key, is for exactly these names and is
 * still good at that time. */
bool ingest_x509_serves(const char *cert_pem, const char *key_pem,
    const struct x509_pair *by, const char *names, int64_t at_us);
