/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/fail.h"
#include "lib/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* What a passkey says, read and checked: Web Authentication (W3C), sections 7.1 and 7.2.
 * libfido2 reads authenticator data and checks signatures; jansson reads the client data.
 * Attestation is not asked for: who made the device is no matter of ours.
 *
 * Owns:    nothing.
 * Threads: any.
 * Limits:  WEBAUTHN_…_MAX.
 * Serves:  login by passkey. */
#define WEBAUTHN_HOST_MAX      253u
#define WEBAUTHN_ID_MAX        512u /* bytes of a credential's id */
#define WEBAUTHN_KEY_MAX       320u /* bytes of a public key as libfido2 keeps it */
#define WEBAUTHN_CHALLENGE_MAX 64u
#define WEBAUTHN_BYTES_MAX     4096u /* client data, authenticator data, signature */

/* Whose passkeys: from the portal's address. */
struct api_webauthn_site {
	char origin[WEBAUTHN_HOST_MAX + 32]; /* https://portal.example[:port] */
	char rp[WEBAUTHN_HOST_MAX + 1];      /* portal.example */
};

/* False: there is no address, or browsers make no passkeys for one like that (plain HTTP
 * elsewhere than on localhost, a bare number). */
bool api_webauthn_site(const char *url, struct api_webauthn_site *site);

/* The challenge that the client data answers, when it was made on our page for `type`
 * (webauthn.create, webauthn.get).  FAIL_FORMAT: it was not. */
int api_webauthn_client(struct span json, const char *type,
    const struct api_webauthn_site *site,
    char challenge[WEBAUTHN_CHALLENGE_MAX]) must_use;

struct api_webauthn_key {
	uint8_t id[WEBAUTHN_ID_MAX], key[WEBAUTHN_KEY_MAX];
	size_t id_len, key_len;
	int kind; /* COSE algorithm */
	uint32_t counter;
};

/* A new passkey: for this site, somebody was there and proved to be the owner.  FAIL_FORMAT. */
int api_webauthn_new(struct span auth, const struct api_webauthn_site *site,
    struct api_webauthn_key *key) must_use;
/* A signature by `key` (id is not looked at) over these; *counter receives the device's.
 * FAIL_FORMAT: it is not. */
int api_webauthn_check(const struct api_webauthn_key *key, struct span client,
    struct span auth, struct span signature, const struct api_webauthn_site *site,
    uint32_t *counter) must_use;
