/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/* Signatures with Ed25519 (RFC 8032, the prehashed form, by libsodium): who said it, and for
 * what purpose.
 *
 * The purpose is signed too, so that a signature of an order never passes as one of a bundle.
 *
 * Owns:    nothing; a struct sign_key is the caller's: sign_key_wipe() it.
 * Threads: any; no state.
 * Limits:  a key file holds one key.
 * Serves:  fleet: signed orders and bundles, two keys */
#define SIGN_ORDER    "otasuke order 1"
#define SIGN_BUNDLE   "otasuke bundle 1"
#define SIGN_ADVISORY "otasuke advisory 1"

#define SIGN_PUBLIC_ROOM 65u  /* 32 bytes as hex */
#define SIGN_TEXT_ROOM   129u /* a signature, 64 bytes as hex */

struct sign_key {
	uint8_t secret[64];
	char public[SIGN_PUBLIC_ROOM];
};

int sign_key_make(struct sign_key *key) must_use;
/* Reads a key file; when it is missing and `make` is set, makes one (0600, on the disk before
 * this returns).  0; FAIL_MISSING; FAIL_FORMAT not a key file; FAIL_IO.  Logged but for
 * FAIL_MISSING. */
int sign_key_open(const char *path, bool make, struct sign_key *key) must_use;
void sign_key_wipe(struct sign_key *key);

/* True for 64 digits of lower-case hex. */
bool sign_public_fits(const char *public);

void sign_make(const struct sign_key *key, const char *purpose, struct span bytes,
    char text[SIGN_TEXT_ROOM]);
/* True when `text` is the signature of these bytes, for this purpose, by the owner of
 * `public` (hex).  Anything unreadable is simply not a signature. */
bool sign_fits(
    const char *public, const char *purpose, struct span bytes, const char *text);
