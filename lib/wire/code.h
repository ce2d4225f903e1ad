/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

/* The one-time code with which a gate joins a centre: XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.
 *
 * Crockford's base 32, so that it can be read out over the telephone: 15 characters of
 * secret (75 bits), then 10 that let the gate recognise the centre before it says the
 * secret (50 bits of HMAC-SHA-256, key = the secret, over the CA certificate's DER).
 * The secret is the key because the certificate is public: a plain hash of it could be
 * matched by a forged certificate at leisure, this one only by guessing in the moment.
 *
 * Owns:    nothing.
 * Threads: any; no state.
 * Limits:  WIRE_CODE_ROOM a code.
 * Serves:  002-06 (a gate that a member can connect) */
#define WIRE_CODE_ROOM   30u /* text with four hyphens and its NUL */
#define WIRE_CODE_SECRET 15u
#define WIRE_CODE_PRINT  10u

struct wire_code {
	char secret[WIRE_CODE_SECRET + 1]; /* upper case, no hyphens */
	char print[WIRE_CODE_PRINT + 1];   /* the centre's fingerprint */
};

/* A fresh code for the centre whose CA certificate is `ca_der`.  0 or FAIL_IO. */
int wire_code_make(struct span ca_der, struct wire_code *code) must_use;
void wire_code_format(const struct wire_code *code, char text[WIRE_CODE_ROOM]);
/* Reads what a person typed: any case, O for 0, I and L for 1, hyphens and blanks anywhere.
 * 0 or FAIL_FORMAT. */
int wire_code_parse(const char *text, struct wire_code *code) must_use;
/* True when the code was made by the centre with that CA certificate. */
bool wire_code_vouches(const struct wire_code *code, struct span ca_der);
