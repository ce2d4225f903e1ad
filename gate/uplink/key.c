/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

EVP_PKEY *uplink_key_make(void)
{
	return EVP_EC_gen("P-256");
}

static int take_bio(BIO *bio, struct buf *out)
{
	char *at = NULL;
	long len = BIO_get_mem_data(bio, &at);

	if (len <= 0)
		return FAIL_MEMORY;
	buf_add(out, at, (size_t)len);
	return out->overflowed ? FAIL_LIMIT : 0;
}

/* The centre takes only the key from it; the subject says what it is to a person. */
static X509_REQ *make_request(EVP_PKEY *key)
{
	X509_REQ *req = X509_REQ_new();
	static const unsigned char name[] = "otasuke-gate";

	if (req && X509_REQ_set_version(req, X509_REQ_VERSION_1) &&
	    X509_NAME_add_entry_by_txt(
		X509_REQ_get_subject_name(req), "CN", MBSTRING_UTF8, name, -1, -1, 0) &&
	    X509_REQ_set_pubkey(req, key) && X509_REQ_sign(req, key, EVP_sha256()) > 0)
		return req;
	X509_REQ_free(req);
	return NULL;
}

int uplink_key_request(EVP_PKEY *key, struct buf *pem)
{
	X509_REQ *req = make_request(key);
	BIO *bio = BIO_new(BIO_s_mem());
	int fail = FAIL_MEMORY;

	if (req && bio && PEM_write_bio_X509_REQ(bio, req))
		fail = take_bio(bio, pem);
	BIO_free(bio);
	X509_REQ_free(req);
	return fail;
}

int uplink_key_pem(EVP_PKEY *key, struct buf *pem)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	int fail = FAIL_MEMORY;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		fail = take_bio(bio, pem);
	BIO_free(bio);
	return fail;
}

static X509 *read_pem(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return cert;
}

bool uplink_key_fits(EVP_PKEY *key, const char *cert_pem, const char *ca_pem)
{
	X509 *cert = read_pem(span_text(cert_pem)), *ca = read_pem(span_text(ca_pem));
	bool fits = cert && ca && X509_check_private_key(cert, key) == 1 &&
		    X509_verify(cert, X509_get0_pubkey(ca)) == 1;

	X509_free(cert);
	X509_free(ca);
	return fits;
}

EVP_PKEY *uplink_key_read(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return key;
}

int uplink_pem_left(struct span pem, int64_t now_us, int64_t *left_s)
{
	X509 *cert = read_pem(pem);
	time_t now = (time_t)(now_us / 1000000);
	ASN1_TIME *at = ASN1_TIME_set(NULL, now);
	int days = 0, seconds = 0;
	bool good = cert && at &&
		    ASN1_TIME_diff(&days, &seconds, at, X509_get0_notAfter(cert)) == 1;

	*left_s = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(at);
	X509_free(cert);
	return good ? 0 : FAIL_FORMAT;
}

int uplink_pem_name(struct span pem, char *name, size_t room)
{
	X509 *cert = read_pem(pem);
	int len = cert ? X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
			     NID_commonName, name, (int)room)
		       : -1;

	X509_free(cert);
	return len > 0 ? 0 : FAIL_FORMAT;
}

int uplink_pem_der(struct span pem, struct buf *der)
{
	X509 *cert = read_pem(pem);
	unsigned char *at = NULL;
	int len = cert ? i2d_X509(cert, &at) : 0;

	if (len > 0)
		buf_add(der, at, (size_t)len);
	OPENSSL_free(at);
	X509_free(cert);
	return len > 0 && !der->overflowed ? 0 : FAIL_FORMAT;
}

int uplink_pem_first(struct span pem, struct buf *first)
{
	X509 *cert = read_pem(pem);
	BIO *bio = BIO_new(BIO_s_mem());
	int fail = FAIL_FORMAT;

	if (cert && bio && PEM_write_bio_X509(bio, cert))
		fail = take_bio(bio, first);
	BIO_free(bio);
	X509_free(cert);
	return fail;
}
