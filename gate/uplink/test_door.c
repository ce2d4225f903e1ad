/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/test_door.h"

#include "gate/uplink/internal.h"
#include "lib/record/record.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_MAX (4u << 20)

static bool add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return good;
}

/* Self-signed when `issuer` is NULL. */
static X509 *make_cert(
    const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	static long serial = 1;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 365L * 86400);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(cert, key);
	bool good =
	    issuer ? add_ext(cert, issuer, NID_subject_alt_name, "IP:127.0.0.1")
		   : add_ext(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
	if (good && X509_sign(cert, issuer ? issuer_key : key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

bool test_door_init(struct test_door *d)
{
	static unsigned n;
	char name[32];

	*d = (struct test_door){ .sock = -1 };
	d->shared = mmap(NULL, sizeof(*d->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	d->ca_key = uplink_key_make();
	/* Names of their own: one that trusts two is to find the right one. */
	snprintf(name, sizeof(name), "sample CA %u", n++);
	d->ca_cert = make_cert(name, d->ca_key, NULL, NULL);
	d->door_key = uplink_key_make();
	d->door_cert = make_cert("sample door", d->door_key, d->ca_cert, d->ca_key);
	unsigned char *der = d->ca_der;
	d->ca_der_len = (size_t)i2d_X509(d->ca_cert, &der);
	return d->door_cert != NULL && d->shared != MAP_FAILED;
}

/* The port of the first time, any other time too. */
static bool listen_here(struct test_door *d)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_port = htons(d->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	int one = 1;

	d->sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (setsockopt(d->sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(d->sock, (struct sockaddr *)&here, sizeof(here)) < 0 ||
	    listen(d->sock, 16) < 0 ||
	    getsockname(d->sock, (struct sockaddr *)&here, &len) < 0)
		return false;
	d->port = ntohs(here.sin_port);
	snprintf(d->url, sizeof(d->url), "https://127.0.0.1:%u", d->port);
	return true;
}

/* --- what it answers --- */

static void reply(SSL *ssl, const struct test_door_shared *sh, int status,
    const char *type, struct span body)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: %u\r\n", status, type,
	    body.len);

	if (status == 429 || status == 503)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "Retry-After: %u\r\n",
		    sh->retry_after_s);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	SSL_write(ssl, head, n);
	if (body.len)
		SSL_write(ssl, body.at, (int)body.len);
}

static void give_ca(struct test_door *d, SSL *ssl)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;

	PEM_write_bio_X509(bio, d->ca_cert);
	if (d->shown_too)
		PEM_write_bio_X509(bio, d->shown_too);
	long len = BIO_get_mem_data(bio, &at);
	reply(ssl, d->shared, 200, "application/x-pem-file", span_of(at, (size_t)len));
	BIO_free(bio);
}

static void enrol(struct test_door *d, SSL *ssl, struct span body)
{
	struct test_door_shared *sh = d->shared;
	json_t *ask = json_loadb((const char *)body.at, body.len, 0, NULL);
	const char *code = json_string_value(json_object_get(ask, "code"));
	const char *csr = json_string_value(json_object_get(ask, "csr"));
	BIO *in = BIO_new_mem_buf(csr ? csr : "", -1), *out = BIO_new(BIO_s_mem());
	X509_REQ *req = PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
	char *pem = NULL;

	if (code && sh->code[0] && strcmp(code, sh->code) == 0 && req &&
	    X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) == 1) {
		X509 *cert = make_cert("sample gate", X509_REQ_get0_pubkey(req),
		    d->ca_cert, sh->foreign ? d->door_key : d->ca_key);
		PEM_write_bio_X509(out, cert);
		BIO_write(out, "", 1);
		BIO_get_mem_data(out, &pem);
		json_t *answer =
		    json_pack("{ss ss si}", "cert", pem, "ca", "", "gate", 1);
		char *text = json_dumps(answer, 0);
		sh->code[0] = 0;
		sh->enrolments++;
		reply(ssl, sh, 200, "application/json", span_text(text));
		free(text);
		json_decref(answer);
		X509_free(cert);
	} else {
		reply(ssl, sh, 403, "application/json", span_text("{}"));
	}
	X509_REQ_free(req);
	BIO_free(in);
	BIO_free(out);
	json_decref(ask);
}

static void take_batch(
    struct test_door *d, SSL *ssl, const char *path, struct span body)
{
	struct test_door_shared *sh = d->shared;
	int status = sh->asked < TEST_DOOR_SCRIPT ? sh->script[sh->asked] : 0;
	struct buf lines;

	sh->asked++;
	if (!SSL_get0_peer_certificate(ssl)) {
		sh->without_cert++;
		status = 403;
	}
	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	if (!status && record_batch_unpack(body, &lines) < 0)
		status = 400;
	if (!status && sh->taken_n < TEST_DOOR_TAKEN) {
		struct test_door_batch *b = &sh->taken[sh->taken_n++];
		snprintf(b->path, sizeof(b->path), "%s", path);
		b->records = 0;
		b->hash = 5381;
		for (uint32_t i = 0; i < body.len; i++)
			b->hash = b->hash * 33 + body.at[i];
		for (size_t i = 0; i < lines.len; i++)
			b->records += lines.at[i] == '\n';
	}
	buf_fini(&lines);
	reply(ssl, sh, status ? status : 200, "application/json",
	    span_text(status ? "{}" : "{\"taken\":1,\"refused\":0,\"again\":false}"));
}

/* Head and body of one request; false when the other side is gone. */
static bool read_request(SSL *ssl, char *bytes, size_t *head, size_t *len)
{
	size_t have = 0, want = REQUEST_MAX;

	*head = 0;
	while (have < want) {
		int n = SSL_read(ssl, bytes + have, (int)(REQUEST_MAX - have));
		if (n <= 0)
			return false;
		have += (size_t)n;
		bytes[have] = 0;
		char *end = *head ? NULL : strstr(bytes, "\r\n\r\n");
		if (end) {
			char *l = strcasestr(bytes, "\r\nContent-Length:");
			*head = (size_t)(end - bytes) + 4;
			want = *head + (l ? strtoul(l + 17, NULL, 10) : 0);
		}
	}
	*len = want - *head;
	return true;
}

static void serve(struct test_door *d, SSL *ssl, char *bytes)
{
	char method[8], path[128];
	size_t head, len;

	while (read_request(ssl, bytes, &head, &len)) {
		struct span body = span_of(bytes + head, len);
		if (sscanf(bytes, "%7s %127s", method, path) != 2)
			return;
		if (strcmp(path, "/gate/v1/ca") == 0)
			give_ca(d, ssl);
		else if (strcmp(path, "/gate/v1/enrol") == 0)
			enrol(d, ssl, body);
		else
			take_batch(d, ssl, path, body);
	}
}

_Noreturn static void run(struct test_door *d)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	char *bytes = malloc(REQUEST_MAX + 1);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	SSL_CTX_use_certificate(ctx, d->door_cert);
	SSL_CTX_use_PrivateKey(ctx, d->door_key);
	X509_STORE_add_cert(store, d->ca_cert);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"door", 4);
	for (;;) {
		int fd = accept(d->sock, NULL, NULL);
		SSL *ssl = SSL_new(ctx);
		SSL_set_fd(ssl, fd);
		d->shared->connections++;
		if (SSL_accept(ssl) == 1)
			serve(d, ssl, bytes);
		SSL_free(ssl);
		close(fd);
	}
}

bool test_door_start(struct test_door *d)
{
	if (!listen_here(d))
		return false;
	d->pid = fork();
	if (d->pid == 0)
		run(d);
	return d->pid > 0;
}

void test_door_stop(struct test_door *d)
{
	if (d->pid <= 0)
		return;
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
	close(d->sock);
	d->sock = -1;
}

void test_door_fini(struct test_door *d)
{
	test_door_stop(d);
	X509_free(d->ca_cert);
	X509_free(d->door_cert);
	EVP_PKEY_free(d->ca_key);
	EVP_PKEY_free(d->door_key);
	munmap(d->shared, sizeof(*d->shared));
}
