/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What the door shows.  A process has one door, and GnuTLS gives its callback nothing to
 * tell doors apart by; a renewed certificate replaces it for new connections, and the old
 * one stays for those that still hold it (one a year) until the door closes. */
struct shown {
	struct shown *older;
	gnutls_pcert_st cert[2];
	unsigned n;
	gnutls_privkey_t key;
	struct shown *before;
};

static _Atomic(struct shown *) shown_now;

static gnutls_datum_t datum_of(const char *text)
{
	gnutls_datum_t d = { .size = (unsigned)strlen(text) };

	memcpy(&d.data, &text, sizeof(text)); /* GnuTLS only reads it */
	return d;
}

static void free_shown(struct shown *s)
{
	for (unsigned i = 0; i < s->n; i++)
		gnutls_pcert_deinit(&s->cert[i]);
	if (s->key)
		gnutls_privkey_deinit(s->key);
	free(s);
}

void ingest_peer_forget(void)
{
	struct shown *older, *s = atomic_exchange(&shown_now, NULL);

	for (; s; s = older) {
		older = s->older;
		free_shown(s);
	}
}

int ingest_peer_present(struct ingest_ca *ca)
{
	struct shown *s = calloc(1, sizeof(*s));
	gnutls_datum_t cert = datum_of(ingest_ca_door_cert(ca));
	gnutls_datum_t key = datum_of(ingest_ca_door_key(ca));

	if (!s)
		return FAIL_MEMORY;
	if (gnutls_pcert_import_x509_raw(s->cert, &cert, GNUTLS_X509_FMT_PEM, 0) == 0)
		s->n = 1;
	if (s->n == 0 || gnutls_privkey_init(&s->key) < 0 ||
	    gnutls_privkey_import_x509_raw(s->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) <
		0) {
		log_error("C222", "the certificate of the gates' door cannot be used");
		free_shown(s);
		return FAIL_FORMAT;
	}
	s->older = atomic_load(&shown_now);  /* one thread renews (ca.h) */
	s->before = atomic_load(&shown_now); /* one starts and renews the door */
	atomic_store(&shown_now, s);
	return 0;
}

int ingest_peer_certificate(gnutls_session_t session, const gnutls_datum_t *names,
    int names_n, const gnutls_pk_algorithm_t *algorithms, int algorithms_n,
    gnutls_pcert_st **cert, unsigned *cert_n, gnutls_privkey_t *key)
{
	struct shown *s = atomic_load(&shown_now);

	(void)session;
	(void)names;
	(void)names_n;
	(void)algorithms;
	(void)algorithms_n;
	*cert = s->cert;
	*cert_n = s->n;
	*key = s->key;
	return 0;
}

/* The certificate that the other side has shown and proved to own, if it is one of ours. */
static int peer_fingerprint(struct MHD_Connection *conn, char sum[INGEST_SUM_ROOM])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	unsigned n = 0, status = ~0u;

	if (!info)
		return FAIL_DENIED;
	gnutls_session_t session = info->tls_session;
	const gnutls_datum_t *certs = gnutls_certificate_get_peers(session, &n);
	if (!certs || n == 0 ||
	    gnutls_certificate_verify_peers2(session, &status) < 0 || status != 0)
		return FAIL_DENIED;
	ingest_sum(span_of(certs[0].data, certs[0].size), sum);
	return 0;
}

static const char *bearer(struct MHD_Connection *conn)
{
	const char *said = MHD_lookup_connection_value(
	    conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

	return said && strncasecmp(said, "Bearer ", 7) == 0 ? said + 7 : NULL;
}

int ingest_peer_find(struct store *store, struct MHD_Connection *conn, bool may_token,
    struct ingest_gate *gate)
{
	const char *token = may_token ? bearer(conn) : NULL;
	int err = token ? 0 : peer_fingerprint(conn, gate->fingerprint);

	if (err < 0)
		return err;
	struct store_db *db = store_read(store);
	if (!db)
		return FAIL_BUSY;
	err = token ? ingest_token_find(db, token, gate) : ingest_gate_find(db, gate);
	store_read_done(store, db);
	return err == 0                                    ? 0
	       : err == FAIL_MISSING || err == FAIL_DENIED ? FAIL_DENIED
							   : FAIL_BUSY;
}

struct addr ingest_peer_addr(const struct sockaddr *sa)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;

	if (sa && sa->sa_family == AF_INET)
		return addr_v4((const uint8_t *)&v4->sin_addr);
	if (!sa || sa->sa_family != AF_INET6)
		return (struct addr){ 0 };
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return addr_v4(v6->sin6_addr.s6_addr + 12);
	return addr_v6(v6->sin6_addr.s6_addr);
}

int ingest_listen_parse(const char *text, struct sockaddr_storage *addr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)addr;
	char host[64], rest;
	unsigned port;

	memset(addr, 0, sizeof(*addr));
	if (sscanf(text, "[%63[^]]]:%u%c", host, &port, &rest) == 2 && port < 65536 &&
	    inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return 0;
	}
	if (sscanf(text, "%63[^:]:%u%c", host, &port, &rest) == 2 && port < 65536 &&
	    inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return 0;
	}
	log_error("C223",
	    "%s is not an address and port like 0.0.0.0:8443 or [::]:8443", text);
	return FAIL_FORMAT;
}
