/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/ca.h"
#include "center/ingest/ingest.h"
#include "center/ingest/x509.h"
#include "tests/check.h"
#include "tests/storedir.h"
#include "tests/tempdir.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_US (INT64_C(1795226400) * 1000000)
#define DAY_US INT64_C(86400000000)

static bool may(const char *dir, const char *name, unsigned mode)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

static void made_once_and_kept(void)
{
	char dir[64], first[4096];
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));

	check(ca != NULL);
	check(strstr(ingest_ca_pem(ca), "BEGIN CERTIFICATE") != NULL);
	snprintf(first, sizeof(first), "%s", ingest_ca_pem(ca));
	check(may(dir, "ca.key", 0600) && may(dir, "ca.pem", 0600));
	ingest_ca_close(ca);
	ca = ingest_ca_open(dir);
	check(ca != NULL);
	check_text(ingest_ca_pem(ca), first);
	ingest_ca_close(ca);
	tempdir_remove(dir);
}

/* A certificate without its key is a broken backup, not a reason to make a new authority. */
static void a_lost_key_is_an_error(void)
{
	char dir[64], key[100];
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));

	ingest_ca_close(ca);
	snprintf(key, sizeof(key), "%s/ca.key", dir);
	check_eq(unlink(key), 0);
	check(ingest_ca_open(dir) == NULL);
	tempdir_remove(dir);
}

static void the_door_is_renewed_in_time(void)
{
	static const char names[] = "centre.example,192.0.2.1,2001:db8::1";
	char dir[64];
	bool changed;
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));

	check_eq(ingest_ca_renew(ca, names, NOW_US, &changed), 0);
	check(changed);
	check(may(dir, "door.key", 0600));
	check_eq(ingest_ca_renew(ca, names, NOW_US, &changed), 0);
	check(!changed);
	check_eq(ingest_ca_renew(ca, names, NOW_US + 366 * DAY_US, &changed), 0);
	check(!changed);
	check_eq(ingest_ca_renew(ca, names, NOW_US + 368 * DAY_US, &changed), 0);
	check(changed); /* 29 days were left */
	ingest_ca_close(ca);
	ca = ingest_ca_open(dir);
	check_eq(ingest_ca_renew(ca, names, NOW_US + 368 * DAY_US, &changed), 0);
	check(!changed);
	check_eq(
	    ingest_ca_renew(ca, "other.example", NOW_US + 368 * DAY_US, &changed), 0);
	check(changed);
	check_eq(ingest_ca_renew(ca, "other.example,192.0.2.1", NOW_US, &changed), 0);
	check(changed);
	check_eq(ingest_ca_renew(ca, "x\nDNS:evil", NOW_US, &changed), FAIL_FORMAT);
	check_eq(ingest_ca_renew(ca, "copy:evil", NOW_US, &changed), FAIL_FORMAT);
	ingest_ca_close(ca);
	tempdir_remove(dir);
}

/* A request for any key; the subject asks to be somebody else. */
static void request(EVP_PKEY *key, struct buf *pem)
{
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;

	X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_ASC,
	    (const unsigned char *)"gate-99", -1, -1, 0);
	X509_REQ_set_pubkey(req, key);
	check(X509_REQ_sign(
		  req, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()) > 0);
	PEM_write_bio_X509_REQ(bio, req);
	long len = BIO_get_mem_data(bio, &at);
	buf_clear(pem);
	buf_add(pem, at, (size_t)len);
	BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
}

static int sign(const struct ingest_ca *ca, struct buf *csr, struct buf *cert)
{
	char fingerprint[65];

	buf_clear(cert);
	return ingest_ca_sign(ca, buf_text(csr), 7, NOW_US, cert, fingerprint);
}

static void gates_are_named_by_us(void)
{
	char dir[64], fingerprint[65], name[64] = "";
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));
	struct buf csr, cert;

	buf_init(&csr, 16u << 10);
	buf_init(&cert, 16u << 10);
	request(EVP_EC_gen("P-256"), &csr);
	check_eq(ingest_ca_sign(ca, buf_text(&csr), 7, NOW_US, &cert, fingerprint), 0);
	check_eq(strlen(fingerprint), 64);
	BIO *bio = BIO_new_mem_buf(buf_text(&cert), -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, 64);
	check_text(name, "gate-7");
	check_eq(X509_check_purpose(x, X509_PURPOSE_SSL_CLIENT, 0), 1);
	check_eq(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), 0);
	check_eq(X509_check_ca(x), 0);
	X509_free(x);
	BIO_free(bio);
	buf_fini(&csr);
	buf_fini(&cert);
	ingest_ca_close(ca);
	tempdir_remove(dir);
}

static void only_good_keys_are_signed(void)
{
	char dir[64];
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));
	struct buf csr, cert;

	buf_init(&csr, 16u << 10);
	buf_init(&cert, 16u << 10);
	request(EVP_EC_gen("P-384"), &csr);
	check_eq(sign(ca, &csr, &cert), 0);
	request(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &csr);
	check_eq(sign(ca, &csr, &cert), 0);
	request(EVP_RSA_gen(2048), &csr);
	check_eq(sign(ca, &csr, &cert), 0);
	request(EVP_RSA_gen(1024), &csr);
	check_eq(sign(ca, &csr, &cert), FAIL_FORMAT);
	request(EVP_EC_gen("P-224"), &csr);
	check_eq(sign(ca, &csr, &cert), FAIL_FORMAT);
	request(EVP_EC_gen("P-256"), &csr);
	csr.at[200] ^= 1; /* signature or key does not fit any more */
	check_eq(sign(ca, &csr, &cert), FAIL_FORMAT);
	buf_clear(&csr);
	check_eq(sign(ca, &csr, &cert), FAIL_FORMAT);
	buf_fini(&csr);
	buf_fini(&cert);
	ingest_ca_close(ca);
	tempdir_remove(dir);
}

struct renewal {
	const struct ingest_ca *ca;
	const char *csr, *shown;
};

static int renew(struct store_db *db, void *arg)
{
	const struct renewal *r = arg;
	struct buf cert;

	buf_init(&cert, 16u << 10);
	int err = ingest_renew(db, r->ca, 1, r->shown, r->csr, NOW_US, &cert);
	buf_fini(&cert);
	return err;
}

static int add_gate(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "INSERT INTO chamber (id, name) VALUES (1, 'x');"
	    "INSERT INTO company (id, chamber_id, name, created_us) VALUES (1, 1, 'x', 1);"
	    "INSERT INTO site (id, company_id, name) VALUES (1, 1, 'x');"
	    "INSERT INTO gate (id, company_id, site_id, name, fingerprint) VALUES (1, 1, 1, "
	    "'x', 'of-the-new-box');");
}

/* A request that began before the swap ends after it: the old box's certificate was good
 * when the door looked. */
static void a_swapped_box_cannot_renew(void)
{
	char dir[64], store_dir[64];
	struct ingest_ca *ca = ingest_ca_open(tempdir_make(dir));
	struct store *store = store_open(storedir_make(store_dir));
	struct buf csr;

	buf_init(&csr, 16u << 10);
	request(EVP_EC_gen("P-256"), &csr);
	struct renewal r = { ca, buf_text(&csr), "of-the-old-box" };
	check_eq(store_write(store, add_gate, NULL), 0);
	check_eq(store_write(store, renew, &r), FAIL_DENIED);
	r.shown = "of-the-new-box";
	check_eq(store_write(store, renew, &r), 0);
	buf_fini(&csr);
	store_close(store);
	storedir_remove(store_dir);
	ingest_ca_close(ca);
	tempdir_remove(dir);
}

CHECK_MAIN(made_once_and_kept, a_lost_key_is_an_error, the_door_is_renewed_in_time,
    gates_are_named_by_us, only_good_keys_are_signed, a_swapped_box_cannot_renew)
