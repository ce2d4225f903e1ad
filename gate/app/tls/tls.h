/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* TLS handshakes (RFC 5246, RFC 8446): who is spoken to, with which certificate.
 *
 * Owns:    struct app_tls (tx->proto of a transaction with app FLOW_APP_TLS), which lives in
 *          the transaction's arena with all that it points to.
 * Threads: those of the flow's worker.
 * Limits:  APP_TLS_HANDSHAKE_MAX, APP_TLS_CERTS_MAX, APP_TLS_NAMES_MAX.
 * Serves:  002-03, 002-05 */
#define APP_TLS_HANDSHAKE_MAX (128u << 10) /* bytes of one handshake message */
#define APP_TLS_CERTS_MAX     10u          /* certificates of one chain */
#define APP_TLS_NAMES_MAX     128u         /* alternative names kept of a certificate */
#define APP_TLS_ALPN_MAX      16u          /* protocols kept of one offer */

/* What EVE's tls object needs.  A span that was not seen has len 0. */
struct app_tls {
	struct span sni;
	struct span version; /* "TLS 1.2", "TLSv1", … as EVE writes it */
	struct span subject, issuer;
	struct span serial;      /* "00:AB:…" */
	struct span fingerprint; /* SHA-1, "ab:cd:…" */
	bool has_certificate;
	int64_t not_before_s, not_after_s; /* since 1970 UTC */
	struct span *alt_names;            /* DNS names and addresses */
	unsigned alt_name_count;
	struct span *certs; /* DER, leaf first */
	unsigned cert_count;
	struct span client_alpn[APP_TLS_ALPN_MAX];
	unsigned client_alpn_count;
	struct span server_alpn;
	struct span ja3_hash, ja3_string, ja3s_hash,
	    ja3s_string;                         /* when app_conf.ja3 */
	uint16_t client_version, server_version; /* as on the wire, 0: not seen */
	bool client_hello, server_hello;
	bool resumed; /* the session was taken up again: no certificate is to come */
	bool done;    /* all that is of interest was said; more may still be odd */
};
