/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RENEW_PEM_MAX (64u << 10)

struct pair {
	struct buf cert, key;
	EVP_PKEY *parsed;
};

static int read_pair(int dir, const char *cert, const char *key, struct pair *p)
{
	*p = (struct pair){ .parsed = NULL };
	buf_init(&p->cert, RENEW_PEM_MAX);
	buf_init(&p->key, RENEW_PEM_MAX);
	int fail = uplink_file_read(dir, cert, &p->cert);
	if (!fail)
		fail = uplink_file_read(dir, key, &p->key);
	if (!fail)
		p->parsed = uplink_key_read(buf_span(&p->key));
	return fail;
}

static void end_pair(struct pair *p)
{
	EVP_PKEY_free(p->parsed);
	if (p->key.at)
		OPENSSL_cleanse(p->key.at, p->key.len);
	buf_fini(&p->cert);
	buf_fini(&p->key);
}

static bool belong_together(int dir, const char *cert, const char *key)
{
	struct pair p;
	struct buf ca;

	buf_init(&ca, RENEW_PEM_MAX);
	bool good = read_pair(dir, cert, key, &p) == 0 && p.parsed &&
		    uplink_file_read(dir, "ca.pem", &ca) == 0 &&
		    uplink_key_fits(p.parsed, buf_text(&p.cert), buf_text(&ca));
	end_pair(&p);
	buf_fini(&ca);
	return good;
}

static int move(int dir, const char *from, const char *to)
{
	if (renameat(dir, from, dir, to) == 0 && fsync(dir) == 0)
		return 0;
	log_error("G096", "cannot rename %s: %s", from, strerror(errno));
	return FAIL_IO;
}

/* The key first: killed between the two, the next start sees by what belongs together how
 * far it came. */
static int finish(int dir)
{
	if (belong_together(dir, "cert-next.pem", "key-next.pem") &&
	    move(dir, "key-next.pem", "key.pem") < 0)
		return FAIL_IO;
	if (!belong_together(dir, "cert-next.pem", "key.pem"))
		return 0;
	return move(dir, "cert-next.pem", "cert.pem");
}

int uplink_renew_finish(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return FAIL_MISSING;
	int fail = finish(dir);
	close(dir);
	return fail;
}

static int ask(struct uplink_http *h, EVP_PKEY *key, struct buf *answer)
{
	struct uplink_answer a = { .status = 0 };
	struct buf csr;
	json_error_t error;

	buf_init(&a.body, RENEW_PEM_MAX);
	buf_init(&csr, RENEW_PEM_MAX);
	int fail = uplink_key_request(key, &csr);
	json_t *body = fail ? NULL : json_pack("{ss}", "csr", buf_text(&csr));
	char *dump = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (dump)
		uplink_http_ask(
		    h, "/gate/v1/renew", "application/json", span_text(dump), &a);
	json_t *said = a.status == 200
			   ? json_loadb((const char *)a.body.at, a.body.len, 0, &error)
			   : NULL;
	const char *pem = json_string_value(json_object_get(said, "cert"));
	if (pem)
		buf_add_text(answer, pem);
	else
		log_warn("G095",
		    "the certificate ends soon and the centre did not renew it (%s); it "
		    "is asked again",
		    a.why);
	json_decref(said);
	json_decref(body);
	free(dump);
	buf_fini(&csr);
	buf_fini(&a.body);
	return pem ? 0 : FAIL_PEER;
}

static int renew(struct uplink_http *h, int dir)
{
	EVP_PKEY *key = uplink_key_make();
	struct buf cert, pem;
	int fail = key ? 0 : FAIL_MEMORY;

	buf_init(&cert, RENEW_PEM_MAX);
	buf_init(&pem, RENEW_PEM_MAX);
	if (!fail)
		fail = ask(h, key, &cert);
	if (!fail)
		fail = uplink_key_pem(key, &pem);
	if (!fail)
		fail = uplink_file_write(dir, "key-next.pem", buf_span(&pem), true);
	if (!fail)
		fail = uplink_file_write(dir, "cert-next.pem", buf_span(&cert), false);
	if (!fail)
		fail = finish(dir);
	if (!fail && !belong_together(dir, "cert.pem", "key.pem"))
		fail = FAIL_PEER;
	if (pem.at)
		OPENSSL_cleanse(pem.at, pem.len);
	buf_fini(&pem);
	buf_fini(&cert);
	EVP_PKEY_free(key);
	return fail;
}

int uplink_renew(struct uplink_http *h, const char *path, unsigned days, bool *renewed)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t left_s;
	struct buf cert;

	*renewed = false;
	buf_init(&cert, RENEW_PEM_MAX);
	int fail = dir < 0 ? FAIL_MISSING : uplink_file_read(dir, "cert.pem", &cert);
	if (!fail)
		fail = uplink_pem_left(buf_span(&cert), clock_now_us(), &left_s);
	if (!fail && left_s < (int64_t)days * 86400) {
		fail = renew(h, dir);
		*renewed = fail == 0;
		if (*renewed)
			log_info("G097", "the certificate was renewed");
	}
	buf_fini(&cert);
	if (dir >= 0)
		close(dir);
	return fail;
}
