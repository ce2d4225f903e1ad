/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/jwt.h"

#include "lib/base/must.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

/* Clocks of two servers differ; a token made in the future is none. */
#define SKEW_S   60
#define AHEAD_S  300
#define PART_MAX JWT_MAX
#define RSA_BITS 2048

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static bool unpack(const char *text, size_t len, uint8_t *room, size_t size, size_t *n)
{
	return sodium_base642bin(room, size, text, len, NULL, n, NULL,
		   sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static json_t *part(const char *text, size_t len)
{
	uint8_t room[PART_MAX];
	size_t n;

	return unpack(text, len, room, sizeof(room), &n)
		   ? json_loadb((const char *)room, n, JSON_REJECT_DUPLICATES, NULL)
		   : NULL;
}

/* ---- keys ---- */

static BIGNUM *number(const json_t *key, const char *name)
{
	uint8_t room[1024];
	const char *text = text_of(key, name);
	size_t n;

	return text[0] && unpack(text, strlen(text), room, sizeof(room), &n)
		   ? BN_bin2bn(room, (int)n, NULL)
		   : NULL;
}

static EVP_PKEY *from(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *key = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *rsa_key(const json_t *jwk)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = number(jwk, "n"), *e = number(jwk, "e");
	EVP_PKEY *key = NULL;

	if (bld && n && e && BN_num_bits(n) >= RSA_BITS &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e))
		key = from("RSA", bld);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static EVP_PKEY *ec_key(const json_t *jwk)
{
	const char *x = text_of(jwk, "x"), *y = text_of(jwk, "y");
	uint8_t point[65] = { 4 };
	size_t nx = 0, ny = 0;
	EVP_PKEY *key = NULL;
	OSSL_PARAM_BLD *bld;

	if (strcmp(text_of(jwk, "crv"), "P-256") != 0 ||
	    !unpack(x, strlen(x), point + 1, 32, &nx) ||
	    !unpack(y, strlen(y), point + 33, 32, &ny) || nx != 32 || ny != 32)
		return NULL;
	bld = OSSL_PARAM_BLD_new();
	if (bld &&
	    OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(
		bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)))
		key = from("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

/* ---- signature ---- */

/* Two numbers of 32 bytes, as RFC 7518 has them, into the form that OpenSSL takes. */
static int der_of(const uint8_t *raw, size_t len, uint8_t **der)
{
	ECDSA_SIG *sig = len == 64 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r, *s;
	int n = -1;

	*der = NULL;
	if (!sig)
		return -1;
	r = BN_bin2bn(raw, 32, NULL);
	s = BN_bin2bn(raw + 32, 32, NULL);
	if (r && s && ECDSA_SIG_set0(sig, r, s)) {
		n = i2d_ECDSA_SIG(sig, der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return n;
}

static bool verify(EVP_PKEY *key, const char *signed_text, size_t len,
    const uint8_t *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx &&
		    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_len,
			(const unsigned char *)signed_text, len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static bool by_rsa(
    const json_t *jwk, const char *text, size_t len, const uint8_t *sig, size_t sig_len)
{
	EVP_PKEY *key = rsa_key(jwk);
	bool good = key && verify(key, text, len, sig, sig_len);

	EVP_PKEY_free(key);
	return good;
}

static bool by_ec(
    const json_t *jwk, const char *text, size_t len, const uint8_t *sig, size_t sig_len)
{
	EVP_PKEY *key = ec_key(jwk);
	uint8_t *der = NULL;
	int n = key ? der_of(sig, sig_len, &der) : -1;
	bool good = n > 0 && verify(key, text, len, der, (size_t)n);

	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return good;
}

/* By a key of the list that is for this algorithm and, where the token names one, this key. */
static bool is_signed(const json_t *keys, const json_t *head, const char *text,
    size_t len, const uint8_t *sig, size_t sig_len)
{
	const char *alg = text_of(head, "alg"), *kid = text_of(head, "kid");
	bool rsa = strcmp(alg, "RS256") == 0;
	json_t *jwk;
	size_t i;

	if (!rsa && strcmp(alg, "ES256") != 0)
		return false;
	json_array_foreach(json_object_get(keys, "keys"), i, jwk)
	{
		const char *use = text_of(jwk, "use");
		if (strcmp(text_of(jwk, "kty"), rsa ? "RSA" : "EC") != 0 ||
		    (use[0] && strcmp(use, "sig") != 0) ||
		    (kid[0] && strcmp(text_of(jwk, "kid"), kid) != 0))
			continue;
		if (rsa ? by_rsa(jwk, text, len, sig, sig_len)
			: by_ec(jwk, text, len, sig, sig_len))
			return true;
	}
	return false;
}

/* ---- claims ---- */

static bool is_for(const json_t *claims, const char *client)
{
	const json_t *aud = json_object_get(claims, "aud");
	const char *azp = text_of(claims, "azp");
	json_t *one;
	size_t i;

	if (azp[0] && strcmp(azp, client) != 0)
		return false;
	if (json_is_string(aud))
		return strcmp(json_string_value(aud), client) == 0;
	json_array_foreach(aud, i, one)
	{
		const char *text = json_string_value(one);
		if (text && strcmp(text, client) == 0)
			return azp[0] || json_array_size(aud) == 1;
	}
	return false;
}

static bool holds(const json_t *claims, const struct api_jwt_want *w)
{
	const json_t *exp = json_object_get(claims, "exp"),
		     *iat = json_object_get(claims, "iat");
	const char *sub = text_of(claims, "sub");

	return strcmp(text_of(claims, "iss"), w->issuer) == 0 &&
	       is_for(claims, w->client) && json_is_integer(exp) &&
	       json_integer_value(exp) > w->now_s - SKEW_S && json_is_integer(iat) &&
	       json_integer_value(iat) < w->now_s + AHEAD_S && w->nonce[0] &&
	       strcmp(text_of(claims, "nonce"), w->nonce) == 0 && sub[0] &&
	       strlen(sub) <= 255;
}

int api_jwt_check(const char *token, const json_t *keys,
    const struct api_jwt_want *want, json_t **claims)
{
	const char *dot = strchr(token, '.'), *last = dot ? strchr(dot + 1, '.') : NULL;
	uint8_t sig[1024];
	size_t n = 0;
	bool good = false;

	*claims = NULL;
	if (!last || strchr(last + 1, '.') || strlen(token) > JWT_MAX)
		return FAIL_FORMAT;
	json_t *head = part(token, (size_t)(dot - token));
	/* What must be understood and is not makes it nothing (RFC 7515, crit). */
	if (head && !json_object_get(head, "crit") &&
	    unpack(last + 1, strlen(last + 1), sig, sizeof(sig), &n))
		good = is_signed(keys, head, token, (size_t)(last - token), sig, n);
	json_decref(head);
	if (good)
		*claims = part(dot + 1, (size_t)(last - dot - 1));
	if (*claims && holds(*claims, want))
		return 0;
	json_decref(*claims);
	*claims = NULL;
	return FAIL_FORMAT;
}
