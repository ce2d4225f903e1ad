/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/log.h"
#include "lib/wire/code.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENROL_PEM_MAX (64u << 10)

/* First look: anybody may answer, so the answer counts only if the code vouches for it. */
static int fetch_ca(const char *centre, const struct wire_code *code, struct buf *ca)
{
	const struct uplink_trust nobody = { 0 };
	struct uplink_http *h = uplink_http_open(centre, &nobody, NULL);
	struct uplink_answer a = { 0 };
	struct buf der;
	int fail = h ? 0 : FAIL_IO;

	buf_init(&a.body, ENROL_PEM_MAX);
	buf_init(&der, ENROL_PEM_MAX);
	if (h)
		uplink_http_ask(h, "/gate/v1/ca", NULL, span_of(NULL, 0), &a);
	if (!fail && (a.status != 200 || uplink_pem_der(buf_span(&a.body), &der) < 0)) {
		log_error("G081",
		    "%s does not answer like a centre (%s): check the address", centre,
		    a.why);
		fail = FAIL_PEER;
	}
	if (!fail && !wire_code_vouches(code, buf_span(&der))) {
		log_error("G082",
		    "%s is not the centre that made this code: check the address and the "
		    "code; the code was not sent",
		    centre);
		fail = FAIL_DENIED;
	}
	/* Nothing that was sent behind it: the code says nothing of that. */
	if (!fail)
		fail = uplink_pem_first(buf_span(&a.body), ca);
	uplink_http_close(h);
	buf_fini(&a.body);
	buf_fini(&der);
	return fail;
}

static int read_answer(const struct uplink_answer *a, const char *centre, EVP_PKEY *key,
    const char *ca_pem, struct buf *cert, struct buf *pins)
{
	json_error_t error;

	if (a->status == 403 || a->status == 404 || a->status == 410 ||
	    a->status == 401) {
		log_error("G083",
		    "%s refused the code: it was used already, is older than three days or "
		    "was replaced; ask for a new one",
		    centre);
		return FAIL_DENIED;
	}
	json_t *answer = a->status == 200 ? json_loadb((const char *)a->body.at,
						a->body.len, 0, &error)
					  : NULL;
	const char *pem = json_string_value(json_object_get(answer, "cert"));
	bool good = pem && uplink_key_fits(key, pem, ca_pem);
	json_t *pinned =
	    good ? json_pack("{s:O, s:O}", "gate", json_object_get(answer, "gate"),
		       "keys", json_object_get(answer, "keys"))
		 : NULL;
	char *text = pinned ? json_dumps(pinned, JSON_COMPACT) : NULL;
	buf_add_text(pins, text ? text : "{}");
	free(text);
	json_decref(pinned);
	if (good)
		buf_add_text(cert, pem);
	else
		log_error("G084", "%s did not send a certificate for our key (%s)",
		    centre, a->why);
	json_decref(answer);
	return good ? 0 : FAIL_PEER;
}

static int ask_cert(const char *centre, const struct wire_code *code, EVP_PKEY *key,
    const char *ca_pem, struct buf *cert, struct buf *pins)
{
	const struct uplink_trust only = { .ca_pem = ca_pem };
	struct uplink_http *h = uplink_http_open(centre, &only, NULL);
	struct uplink_answer a = { 0 };
	char text[WIRE_CODE_ROOM];
	struct buf csr;
	int fail = h ? 0 : FAIL_IO;

	buf_init(&a.body, ENROL_PEM_MAX);
	buf_init(&csr, ENROL_PEM_MAX);
	if (!fail)
		fail = uplink_key_request(key, &csr);
	wire_code_format(code, text);
	json_t *body =
	    fail ? NULL : json_pack("{ssss}", "code", text, "csr", buf_text(&csr));
	char *dump = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (dump) {
		uplink_http_ask(
		    h, "/gate/v1/enrol", "application/json", span_text(dump), &a);
		fail = read_answer(&a, centre, key, ca_pem, cert, pins);
		OPENSSL_cleanse(dump, strlen(dump));
	} else if (!fail) {
		fail = FAIL_MEMORY;
	}
	free(dump);
	json_decref(body);
	OPENSSL_cleanse(text, sizeof(text));
	uplink_http_close(h);
	buf_fini(&a.body);
	buf_fini(&csr);
	return fail;
}

/* The certificate last: where it stands, the other two belong to it. */
static int store(
    const char *path, EVP_PKEY *key, struct span ca, struct span cert, struct span pins)
{
	struct buf pem;
	int dir = uplink_dir_open(path);
	int fail = dir < 0 ? FAIL_IO : 0;

	buf_init(&pem, ENROL_PEM_MAX);
	if (!fail)
		fail = uplink_key_pem(key, &pem);
	if (!fail && unlinkat(dir, "cert.pem", 0) < 0)
		errno = 0; /* the first time there is none */
	if (!fail)
		fail = uplink_file_write(dir, "key.pem", buf_span(&pem), true);
	if (!fail)
		fail = uplink_file_write(dir, "ca.pem", ca, false);
	/* Whose orders count (gate/renew). */
	if (!fail)
		fail = uplink_file_write(dir, "pins.json", pins, false);
	if (!fail)
		fail = uplink_file_write(dir, "cert.pem", cert, false);
	if (pem.at)
		OPENSSL_cleanse(pem.at, pem.len);
	buf_fini(&pem);
	if (dir >= 0)
		close(dir);
	return fail;
}

int uplink_enrol(const char *centre, const char *code_text, const char *dir)
{
	struct wire_code code;
	struct buf ca, cert, pins;

	if (wire_code_parse(code_text, &code) < 0) {
		log_error("G085",
		    "the code is mistyped: it has 25 letters and digits, like "
		    "ABCDE-FGHJK-MNPQR-STVWX-YZ123");
		return FAIL_FORMAT;
	}
	buf_init(&ca, ENROL_PEM_MAX);
	buf_init(&cert, ENROL_PEM_MAX);
	buf_init(&pins, ENROL_PEM_MAX);
	EVP_PKEY *key = uplink_key_make();
	int fail = key ? fetch_ca(centre, &code, &ca) : FAIL_MEMORY;
	if (!fail)
		fail = ask_cert(centre, &code, key, buf_text(&ca), &cert, &pins);
	if (!fail)
		fail = store(dir, key, buf_span(&ca), buf_span(&cert), buf_span(&pins));
	EVP_PKEY_free(key);
	OPENSSL_cleanse(&code, sizeof(code));
	buf_fini(&ca);
	buf_fini(&cert);
	buf_fini(&pins);
	return fail;
}
