/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/x509.h"
#include "center/ingest/internal.h"
#include "lib/base/addr.h"
#include "lib/base/log.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Clocks of gates may be behind. */
#define EARLIER_S 86400L
#define RSA_BITS  2048
#define RSA_MOST  8192

void ingest_sum(struct span bytes, char sum[INGEST_SUM_ROOM])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(bytes.at ? bytes.at : (const unsigned char *)"", bytes.len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(sum + 2 * i, 3, "%02x", digest[i]);
}

int64_t ingest_sum_short(struct span bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	uint64_t n = 0;

	SHA256(bytes.at ? bytes.at : (const unsigned char *)"", bytes.len, digest);
	for (size_t i = 0; i < 8; i++)
		n = n << 8 | digest[i];
	return (int64_t)(n >> 1 | 1);
}

static int add_bio(BIO *bio, struct buf *out)
{
	char *at;
	long len = BIO_get_mem_data(bio, &at);

	buf_add(out, at, (size_t)len);
	return out->overflowed ? FAIL_LIMIT : 0;
}

static X509 *read_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

/* No passphrase is ever asked for. */
static int no_passphrase(char *text, int room, int writing, void *arg)
{
	(void)text;
	(void)room;
	(void)writing;
	(void)arg;
	return 0;
}

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key =
	    bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	return key;
}

/* Which keys we certify. */
static bool is_good_key(EVP_PKEY *key)
{
	char group[32] = "";

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		if (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
			return false;
		return strcmp(group, "prime256v1") == 0 ||
		       strcmp(group, "secp384r1") == 0;
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(key) >= RSA_BITS &&
		       EVP_PKEY_get_bits(key) <= RSA_MOST;
	case EVP_PKEY_ED25519:
		return true;
	default:
		return false;
	}
}

/* The key of a request whose signature is right; only the key is taken from it. */
static EVP_PKEY *key_of_request(const char *csr_pem)
{
	BIO *bio = BIO_new_mem_buf(csr_pem, -1);
	X509_REQ *req =
	    bio ? PEM_read_bio_X509_REQ(bio, NULL, no_passphrase, NULL) : NULL;
	EVP_PKEY *key = req ? X509_REQ_get_pubkey(req) : NULL;

	if (key && (!is_good_key(key) || X509_REQ_verify(req, key) != 1)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	X509_REQ_free(req);
	BIO_free(bio);
	return key;
}

/* "DNS:centre.example,IP:192.0.2.1".  A name is letters, digits, dots and hyphens: nothing
 * that OpenSSL's own little language could read as more. */
static int alternative_names(const char *names, struct buf *out)
{
	char list[1024], *save;

	if (!names || strlen(names) >= sizeof(list))
		return FAIL_FORMAT;
	strcpy(list, names);
	for (char *one = strtok_r(list, ", ", &save); one;
	     one = strtok_r(NULL, ", ", &save)) {
		struct addr a;
		bool is_addr = addr_parse(one, &a) == 0;
		if (!is_addr &&
		    strspn(one, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789.-") != strlen(one))
			return FAIL_FORMAT;
		buf_addf(
		    out, "%s%s:%s", out->len ? "," : "", is_addr ? "IP" : "DNS", one);
	}
	return out->len && !out->overflowed ? 0 : FAIL_FORMAT;
}

static bool extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

/* RFC 5280 section 4.2. */
static bool extend_by_kind(X509 *cert, X509 *issuer, const struct x509_wish *w)
{
	struct buf names;
	bool good = extend(cert, issuer, NID_subject_key_identifier, "hash");

	if (w->kind == X509_AUTHORITY)
		return good &&
		       extend(cert, issuer, NID_basic_constraints,
			   "critical,CA:TRUE,pathlen:0") &&
		       extend(
			   cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	good = good &&
	       extend(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
	       extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
	       extend(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
	       extend(cert, issuer, NID_ext_key_usage,
		   w->kind == X509_SERVER ? "serverAuth" : "clientAuth");
	if (!good || w->kind == X509_CLIENT)
		return good;
	buf_init(&names, 2048);
	good = alternative_names(w->names, &names) == 0 &&
	       extend(cert, issuer, NID_subject_alt_name, buf_text(&names));
	buf_fini(&names);
	return good;
}

/* 159 random bits, positive (RFC 5280 section 4.1.2.2). */
static bool set_serial(X509 *cert)
{
	BIGNUM *serial = BN_new();
	bool good = serial &&
		    BN_rand(serial, 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));

	BN_free(serial);
	return good;
}

static bool set_names(X509 *cert, const char *name, X509 *issuer)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
		   (const unsigned char *)"otasuke", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		   (const unsigned char *)name, -1, -1, 0) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer));
}

static bool set_life(X509 *cert, int64_t now_us, int days)
{
	time_t now = (time_t)(now_us / 1000000);

	return X509_time_adj_ex(X509_getm_notBefore(cert), 0, -EARLIER_S, &now) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, &now);
}

static X509 *sign(const struct x509_wish *w, const struct x509_pair *by, EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509 *issuer = by ? by->cert : cert;

	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    set_names(cert, w->name, issuer) && set_life(cert, w->now_us, w->days) &&
	    X509_set_pubkey(cert, key) && extend_by_kind(cert, issuer, w) &&
	    X509_sign(cert, by ? by->key : key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int write_pem(
    X509 *cert, EVP_PKEY *key, struct buf *cert_pem, struct buf *key_pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int err =
	    bio && PEM_write_bio_X509(bio, cert) ? add_bio(bio, cert_pem) : FAIL_MEMORY;

	BIO_free(bio);
	if (err < 0 || !key_pem)
		return err;
	bio = BIO_new(BIO_s_mem());
	err = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
		  ? add_bio(bio, key_pem)
		  : FAIL_MEMORY;
	BIO_free(bio);
	return err;
}

int ingest_x509_make(const struct x509_wish *w, const struct x509_pair *by,
    struct buf *cert_pem, struct buf *key_pem)
{
	EVP_PKEY *key = w->csr_pem ? key_of_request(w->csr_pem) : EVP_EC_gen("P-256");
	X509 *cert = key ? sign(w, by, key) : NULL;
	int err = FAIL_FORMAT;

	if (cert)
		err = write_pem(cert, key, cert_pem, key_pem);
	else if (!w->csr_pem)
		log_error("C210",
		    "cannot make a certificate for %s: is gate.names right?",
		    w->names ? w->names : w->name);
	ERR_clear_error();
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}

int ingest_x509_pair_read(
    struct x509_pair *p, const char *cert_pem, const char *key_pem)
{
	p->cert = read_cert(cert_pem);
	p->key = read_key(key_pem);
	int err = p->cert && p->key && X509_check_private_key(p->cert, p->key)
		      ? 0
		      : FAIL_FORMAT;
	if (err < 0)
		ingest_x509_pair_fini(p);
	ERR_clear_error();
	return err;
}

void ingest_x509_pair_fini(struct x509_pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	*p = (struct x509_pair){ 0 };
}

static int add_der(X509 *cert, struct buf *der)
{
	unsigned char *at = NULL;
	int len = i2d_X509(cert, &at);

	if (len <= 0)
		return FAIL_MEMORY;
	buf_add(der, at, (size_t)len);
	OPENSSL_free(at);
	return der->overflowed ? FAIL_LIMIT : 0;
}

int ingest_x509_der(const struct x509_pair *p, struct buf *der)
{
	return add_der(p->cert, der);
}

int ingest_x509_fingerprint(const char *cert_pem, char fingerprint[65])
{
	X509 *cert = read_cert(cert_pem);
	struct buf der;

	buf_init(&der, 64u << 10);
	int err = cert ? add_der(cert, &der) : FAIL_FORMAT;
	if (err == 0)
		ingest_sum(buf_span(&der), fingerprint);
	buf_fini(&der);
	X509_free(cert);
	return err;
}

/* The names inside, in our spelling, must be those that are wanted. */
static bool has_names(X509 *cert, const char *names)
{
	char list[1024], *save;
	GENERAL_NAMES *inside =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int wanted = 0, there = inside ? sk_GENERAL_NAME_num(inside) : 0;
	bool all = strlen(names) < sizeof(list);

	GENERAL_NAMES_free(inside);
	snprintf(list, sizeof(list), "%s", names);
	for (char *one = strtok_r(list, ", ", &save); one && all;
	     one = strtok_r(NULL, ", ", &save)) {
		struct addr a;
		wanted++;
		all = addr_parse(one, &a) == 0
			  ? X509_check_ip_asc(cert, one, 0) == 1
			  : X509_check_host(cert, one, 0,
				X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
	}
	return all && wanted == there;
}

bool ingest_x509_serves(const char *cert_pem, const char *key_pem,
    const struct x509_pair *by, const char *names, int64_t at_us)
{
	struct x509_pair p;
	time_t at = (time_t)(at_us / 1000000);

	if (ingest_x509_pair_read(&p, cert_pem, key_pem) < 0)
		return false;
	bool good = X509_verify(p.cert, by->key) == 1 && has_names(p.cert, names) &&
		    X509_cmp_time(X509_get0_notAfter(p.cert), &at) > 0;
	ERR_clear_error();
	ingest_x509_pair_fini(&p);
	return good;
}
