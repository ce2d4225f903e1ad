/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/tls/tls.h"

#include "gate/app/app_test.h"
#include "tests/check.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define ASK    PACKET_TO_SERVER
#define ANSWER PACKET_TO_CLIENT

/* A hello with GREASE in every list: server name shop.example, h2 and http/1.1. */
static const uint8_t hello[] = { 0x16, 0x03, 0x01, 0x00, 0x70, 0x01, 0x00, 0x00, 0x6c,
	0x03, 0x03, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
	0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
	0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x00, 0x00, 0x06, 0x2a, 0x2a,
	0x13, 0x01, 0xc0, 0x2f, 0x01, 0x00, 0x00, 0x3d, 0x0a, 0x0a, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x11, 0x00, 0x0f, 0x00, 0x00, 0x0c, 0x73, 0x68, 0x6f, 0x70, 0x2e,
	0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x00, 0x0a, 0x00, 0x08, 0x00, 0x06,
	0x1a, 0x1a, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, 0x00,
	0x10, 0x00, 0x0e, 0x00, 0x0c, 0x02, 0x68, 0x32, 0x08, 0x68, 0x74, 0x74, 0x70,
	0x2f, 0x31, 0x2e, 0x31 };

static void a_hello_tells_its_name_and_fingerprint(void)
{
	for (size_t step = 0; step < 30; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 443);
		talk_say(&t, ASK, hello, sizeof(hello), step);
		check_eq(t.flow.app, FLOW_APP_TLS);
		struct tx *tx = talk_tx(&t, 0);
		check_text(talk_field(tx, TX_TLS_SNI, ASK, 0), "shop.example");
		check_text(talk_field(tx, TX_TLS_ALPN, ASK, 1), "http/1.1");
		check_text(talk_field(tx, TX_TLS_JA3_STRING, ASK, 0),
		    "771,4865-49199,0-10-11-16,29-23,0");
		check_text(talk_field(tx, TX_TLS_JA3_HASH, ASK, 0),
		    "314abbbcca48548317336aed70894d82");
		check(!t.flow.no_payload);
		talk_end(&t);
	}
}

static void no_false_alarm_in_a_cut_hello(void)
{
	for (size_t len = 6; len < sizeof(hello); len++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 443);
		talk_say(&t, ASK, hello, len, 0);
		check_eq(talk_tx(&t, 0)->event_count, 0);
		talk_close_flow(&t);
		talk_end(&t);
	}
}

/* Two ends of OpenSSL that speak through the talk. */
struct pair {
	SSL_CTX *ctx;
	EVP_PKEY *key;
	X509 *cert;
	SSL *client, *server;
};

static void make_cert(struct pair *p)
{
	X509_NAME *name;

	p->key = EVP_EC_gen("P-256");
	p->cert = X509_new();
	X509_set_version(p->cert, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(p->cert), 0x8102ab);
	ASN1_TIME_set(X509_getm_notBefore(p->cert), 1700000000);
	ASN1_TIME_set(X509_getm_notAfter(p->cert), 1800000000);
	name = X509_get_subject_name(p->cert);
	X509_NAME_add_entry_by_txt(
	    name, "C", MBSTRING_ASC, (const uint8_t *)"JP", -1, -1, 0);
	X509_NAME_add_entry_by_txt(
	    name, "O", MBSTRING_UTF8, (const uint8_t *)"見本 Co., Ltd.", -1, -1, 0);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const uint8_t *)"shop.example", -1, -1, 0);
	X509_set_issuer_name(p->cert, name);
	X509_set_pubkey(p->cert, p->key);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "DNS:shop.example,DNS:*.shop.example,IP:192.0.2.7");
	X509_add_ext(p->cert, names, -1);
	X509_EXTENSION_free(names);
	X509_sign(p->cert, p->key, EVP_sha256());
}

static void pair_begin(struct pair *p, int version)
{
	char name[] = "shop.example"; /* OpenSSL's macro casts const away */

	make_cert(p);
	p->ctx = SSL_CTX_new(TLS_method());
	SSL_CTX_use_certificate(p->ctx, p->cert);
	SSL_CTX_use_PrivateKey(p->ctx, p->key);
	SSL_CTX_set_min_proto_version(p->ctx, version);
	SSL_CTX_set_max_proto_version(p->ctx, version);
	p->client = SSL_new(p->ctx);
	p->server = SSL_new(p->ctx);
	SSL_set_connect_state(p->client);
	SSL_set_accept_state(p->server);
	SSL_set_tlsext_host_name(p->client, name);
	SSL_set_bio(p->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_bio(p->server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

static void pair_end(struct pair *p)
{
	SSL_free(p->client);
	SSL_free(p->server);
	SSL_CTX_free(p->ctx);
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

/* What one end wrote goes to the other and into the talk. */
static void carry(struct talk *t, SSL *from, SSL *to, enum packet_dir dir, size_t step)
{
	uint8_t bytes[8192];
	int len;

	while ((len = BIO_read(SSL_get_wbio(from), bytes, sizeof(bytes))) > 0) {
		BIO_write(SSL_get_rbio(to), bytes, len);
		talk_say(t, dir, bytes, (size_t)len, step);
	}
}

static void shake(struct talk *t, struct pair *p, size_t step)
{
	for (unsigned round = 0; round < 4; round++) {
		SSL_do_handshake(p->client);
		carry(t, p->client, p->server, ASK, step);
		SSL_do_handshake(p->server);
		carry(t, p->server, p->client, ANSWER, step);
	}
	SSL_write(p->client, "hello", 5);
	carry(t, p->client, p->server, ASK, step);
}

static void look_at_certificate(struct tx *tx)
{
	const struct app_tls *tls = tx->proto;

	check_text(talk_span(tls->subject), "C=JP, O=見本 Co., Ltd., CN=shop.example");
	check_text(talk_span(tls->issuer), "C=JP, O=見本 Co., Ltd., CN=shop.example");
	check_text(talk_span(tls->serial), "00:81:02:AB");
	check_eq(tls->fingerprint.len, 59);
	check_eq(tls->not_before_s, 1700000000);
	check_eq(tls->not_after_s, 1800000000);
	check_eq(tls->alt_name_count, 3);
	check_text(talk_field(tx, TX_TLS_ALT_NAME, ANSWER, 2), "192.0.2.7");
	check_eq(tls->cert_count, 1);
}

static void a_real_handshake(int version, size_t step)
{
	struct talk t;
	struct pair p;

	talk_begin(&t, IPPROTO_TCP, 443);
	pair_begin(&p, version);
	shake(&t, &p, step);
	struct tx *tx = talk_tx(&t, 0);
	check(tx && t.flow.no_payload);
	if (tx) {
		const struct app_tls *tls = tx->proto;
		check_text(talk_span(tls->version),
		    version == TLS1_2_VERSION ? "TLS 1.2" : "TLS 1.3");
		check_text(talk_span(tls->sni), "shop.example");
		check_eq(tls->ja3s_hash.len, 32);
		check(tls->done && !tls->resumed);
		check_eq(tx->event_count, 0);
		check_eq(tx->progress[ANSWER], TX_DONE);
		if (version == TLS1_2_VERSION)
			look_at_certificate(tx);
	}
	check_eq(t.flow.tx_count, 1);
	pair_end(&p);
	talk_end(&t);
}

static void real_handshakes_however_they_are_cut(void)
{
	static const size_t steps[] = { 0, 1, 2, 3, 7, 100, 1000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		a_real_handshake(TLS1_2_VERSION, steps[i]);
		a_real_handshake(TLS1_3_VERSION, steps[i]);
	}
}

static void nonsense_after_the_hello_ends_it(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 443);
	talk_say(&t, ASK, hello, sizeof(hello), 0);
	talk_text(&t, ANSWER, "this is no record at all");
	check(talk_event(talk_tx(&t, 0), APP_EVENT_TLS_RECORD_TYPE));
	check_eq(talk_tx(&t, 0)->progress[ANSWER], TX_DONE);
	talk_end(&t);
}

static void a_heartbeat_that_claims_too_much_is_told(void)
{
	static const uint8_t beat[] = { 24, 3, 3, 0, 3, 1, 0x40, 0 };
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 443);
	talk_say(&t, ASK, hello, sizeof(hello), 0);
	talk_say(&t, ASK, beat, sizeof(beat), 1);
	check(talk_event(talk_tx(&t, 0), APP_EVENT_TLS_HEARTBEAT_OVERFLOW));
	talk_end(&t);
}

static void a_tunnel_through_a_proxy_is_recognised(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 3128);
	talk_text(
	    &t, ASK, "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
	talk_text(&t, ANSWER, "HTTP/1.1 200 Connection established\r\n\r\n");
	talk_say(&t, ASK, hello, sizeof(hello), 50);
	check_eq(t.flow.app, FLOW_APP_TLS);
	check_eq(t.flow.app_orig, FLOW_APP_HTTP);
	check_eq(talk_tx(&t, 0)->progress[ANSWER], TX_DONE);
	check_text(talk_field(talk_tx(&t, 1), TX_TLS_SNI, ASK, 0), "shop.example");
	talk_end(&t);
}

/* SSL 2's hello that asks for TLS 1.0: one cipher, a challenge of 16 bytes. */
static const uint8_t old_hello[] = { 0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x35,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void the_hello_of_ssl_2_may_begin(void)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 40 };

	for (size_t step = 0; step < 10; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 443);
		talk_say(&t, ASK, old_hello, sizeof(old_hello), step);
		talk_say(&t, ANSWER, alert, sizeof(alert), step);
		check_eq(t.flow.app, FLOW_APP_TLS);
		const struct app_tls *tls = talk_tx(&t, 0)->proto;
		check_eq(tls->client_version, 0x0301);
		check_eq(talk_tx(&t, 0)->event_count, 0);
		talk_end(&t);
	}
}

CHECK_MAIN(the_hello_of_ssl_2_may_begin, a_hello_tells_its_name_and_fingerprint,
    no_false_alarm_in_a_cut_hello, real_handshakes_however_they_are_cut,
    nonsense_after_the_hello_ends_it, a_heartbeat_that_claims_too_much_is_told,
    a_tunnel_through_a_proxy_is_recognised)
