/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/webauthn.h"

#include "lib/base/must.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Authenticator data begins with SHA-256 of the site's name and one byte of flags. */
#define FLAG_PRESENT  0x01u
#define FLAG_VERIFIED 0x04u
#define HEAD          37u

bool api_webauthn_site(const char *url, struct api_webauthn_site *site)
{
	const char *host = url ? strstr(url, "://") : NULL;
	bool tls = url && strncmp(url, "https://", 8) == 0;

	*site = (struct api_webauthn_site){ .rp = "" };
	if (!host || (!tls && strncmp(url, "http://", 7) != 0))
		return false;
	host += 3;
	size_t len = strcspn(host, ":/?#"), whole = strcspn(host, "/?#");
	if (len == 0 || len > WEBAUTHN_HOST_MAX || whole > len + 6 || host[0] == '[' ||
	    strspn(host, "0123456789.") == len)
		return false;
	(void)snprintf(site->rp, sizeof(site->rp), "%.*s", (int)len, host);
	(void)snprintf(site->origin, sizeof(site->origin), "%.*s",
	    (int)((size_t)(host - url) + whole), url);
	return tls || strcmp(site->rp, "localhost") == 0;
}

static bool is_text(const json_t *o, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && strcmp(text, want) == 0;
}

int api_webauthn_client(struct span json, const char *type,
    const struct api_webauthn_site *site, char challenge[WEBAUTHN_CHALLENGE_MAX])
{
	json_t *o = json.len <= WEBAUTHN_BYTES_MAX
			? json_loadb((const char *)json.at, json.len,
			      JSON_REJECT_DUPLICATES, NULL)
			: NULL;
	const char *said = json_string_value(json_object_get(o, "challenge"));
	bool fine = said && strlen(said) < WEBAUTHN_CHALLENGE_MAX &&
		    is_text(o, "type", type) && is_text(o, "origin", site->origin) &&
		    !json_is_true(json_object_get(o, "crossOrigin"));

	challenge[0] = '\0';
	if (fine)
		(void)snprintf(challenge, WEBAUTHN_CHALLENGE_MAX, "%s", said);
	json_decref(o);
	return fine ? 0 : FAIL_FORMAT;
}

static void start(void)
{
	static bool begun;

	/* Only debugging output hangs on it: twice at once does no harm. */
	if (!begun)
		fido_init(0);
	begun = true;
}

static bool is_ours(struct span auth, const struct api_webauthn_site *site)
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	if (auth.len < HEAD || auth.len > WEBAUTHN_BYTES_MAX)
		return false;
	(void)crypto_hash_sha256(
	    digest, (const unsigned char *)site->rp, strlen(site->rp));
	return memcmp(auth.at, digest, sizeof(digest)) == 0 &&
	       (auth.at[32] & FLAG_PRESENT) && (auth.at[32] & FLAG_VERIFIED);
}

/* The credential in `auth`, if its key is of this kind. */
static int read_kind(struct span auth, int kind, struct api_webauthn_key *key)
{
	fido_cred_t *c = fido_cred_new();
	int err = FAIL_FORMAT;

	if (!c)
		return FAIL_MEMORY;
	if (fido_cred_set_type(c, kind) == FIDO_OK &&
	    fido_cred_set_authdata_raw(c, auth.at, auth.len) == FIDO_OK) {
		key->id_len = fido_cred_id_len(c);
		key->key_len = fido_cred_pubkey_len(c);
		if (key->id_len > 0 && key->id_len <= WEBAUTHN_ID_MAX &&
		    key->key_len > 0 && key->key_len <= WEBAUTHN_KEY_MAX) {
			memcpy(key->id, fido_cred_id_ptr(c), key->id_len);
			memcpy(key->key, fido_cred_pubkey_ptr(c), key->key_len);
			key->kind = kind;
			key->counter = fido_cred_sigcount(c);
			err = 0;
		}
	}
	fido_cred_free(&c);
	return err;
}

static const int kinds[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };

int api_webauthn_new(struct span auth, const struct api_webauthn_site *site,
    struct api_webauthn_key *key)
{
	int err = FAIL_FORMAT;

	start();
	*key = (struct api_webauthn_key){ .kind = 0 };
	if (!is_ours(auth, site))
		return FAIL_FORMAT;
	for (size_t i = 0; err == FAIL_FORMAT && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++)
		err = read_kind(auth, kinds[i], key);
	return err;
}

/* The public key as libfido2 wants it; NULL: it is none. */
union any_key {
	es256_pk_t *es;
	eddsa_pk_t *ed;
	rs256_pk_t *rs;
};

static int verify(fido_assert_t *a, const struct api_webauthn_key *k)
{
	union any_key any;
	int rc = FIDO_ERR_INTERNAL;

	if (k->kind == COSE_ES256 && (any.es = es256_pk_new()) != NULL) {
		rc = es256_pk_from_ptr(any.es, k->key, k->key_len);
		if (rc == FIDO_OK)
			rc = fido_assert_verify(a, 0, COSE_ES256, any.es);
		es256_pk_free(&any.es);
	} else if (k->kind == COSE_EDDSA && (any.ed = eddsa_pk_new()) != NULL) {
		rc = eddsa_pk_from_ptr(any.ed, k->key, k->key_len);
		if (rc == FIDO_OK)
			rc = fido_assert_verify(a, 0, COSE_EDDSA, any.ed);
		eddsa_pk_free(&any.ed);
	} else if (k->kind == COSE_RS256 && (any.rs = rs256_pk_new()) != NULL) {
		rc = rs256_pk_from_ptr(any.rs, k->key, k->key_len);
		if (rc == FIDO_OK)
			rc = fido_assert_verify(a, 0, COSE_RS256, any.rs);
		rs256_pk_free(&any.rs);
	}
	return rc == FIDO_OK ? 0 : FAIL_FORMAT;
}

int api_webauthn_check(const struct api_webauthn_key *key, struct span client,
    struct span auth, struct span signature, const struct api_webauthn_site *site,
    uint32_t *counter)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	fido_assert_t *a;
	int err = FAIL_FORMAT;

	start();
	*counter = 0;
	if (!is_ours(auth, site) || signature.len == 0 ||
	    signature.len > WEBAUTHN_BYTES_MAX)
		return FAIL_FORMAT;
	a = fido_assert_new();
	if (!a)
		return FAIL_MEMORY;
	(void)crypto_hash_sha256(hash, client.at, client.len);
	if (fido_assert_set_clientdata_hash(a, hash, sizeof(hash)) == FIDO_OK &&
	    fido_assert_set_rp(a, site->rp) == FIDO_OK &&
	    fido_assert_set_count(a, 1) == FIDO_OK &&
	    fido_assert_set_authdata_raw(a, 0, auth.at, auth.len) == FIDO_OK &&
	    fido_assert_set_sig(a, 0, signature.at, signature.len) == FIDO_OK &&
	    fido_assert_set_up(a, FIDO_OPT_TRUE) == FIDO_OK &&
	    fido_assert_set_uv(a, FIDO_OPT_TRUE) == FIDO_OK) {
		err = verify(a, key);
		*counter = fido_assert_sigcount(a, 0);
	}
	fido_assert_free(&a);
	return err;
}
