/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"

#include <jansson.h>
#include <stdint.h>

/* An ID token (OpenID Connect Core 1.0, section 3.1.3.7): RS256 or ES256 by a key of the
 * login server's list, for us, now, in answer to our question.  Nothing else is believed:
 * "none" and secrets shared with anybody are no signatures.
 *
 * Owns:    nothing; the claims belong to the caller.
 * Threads: any.
 * Limits:  JWT_MAX bytes of a token.
 * Serves:  login through another server. */
#define JWT_MAX (16u << 10)

struct api_jwt_want {
	const char *issuer, *client, *nonce;
	int64_t now_s;
};

/* *claims when the token holds, else FAIL_FORMAT.  `keys` is a JWK set (RFC 7517). */
int api_jwt_check(const char *token, const json_t *keys,
    const struct api_jwt_want *want, json_t **claims) must_use;
