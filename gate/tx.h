/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/flow.h"

struct file;

#define TX_ARENA_MAX  (512u << 10) /* bytes of fields kept per transaction */
#define TX_FIELDS_MAX 512u         /* field instances per transaction */

/*
 * The buffers that rules look into: NAME(enum suffix, rule keyword, direction).
 * A protocol parser adds instances (tx_add); detect/ reads them.  The keyword is
 * Suricata's; direction 0 = request side, 1 = response side, 2 = either.
 */
#define TX_BUFFERS(X)                                      \
	X(HTTP_URI, "http.uri", 0)                         \
	X(HTTP_URI_RAW, "http.uri.raw", 0)                 \
	X(HTTP_METHOD, "http.method", 0)                   \
	X(HTTP_PROTOCOL, "http.protocol", 2)               \
	X(HTTP_REQUEST_LINE, "http.request_line", 0)       \
	X(HTTP_RESPONSE_LINE, "http.response_line", 1)     \
	X(HTTP_HOST, "http.host", 0)                       \
	X(HTTP_HOST_RAW, "http.host.raw", 0)               \
	X(HTTP_USER_AGENT, "http.user_agent", 0)           \
	X(HTTP_REFERER, "http.referer", 0)                 \
	X(HTTP_COOKIE, "http.cookie", 2)                   \
	X(HTTP_ACCEPT, "http.accept", 0)                   \
	X(HTTP_ACCEPT_ENC, "http.accept_enc", 0)           \
	X(HTTP_ACCEPT_LANG, "http.accept_lang", 0)         \
	X(HTTP_CONNECTION, "http.connection", 2)           \
	X(HTTP_CONTENT_LEN, "http.content_len", 2)         \
	X(HTTP_CONTENT_TYPE, "http.content_type", 2)       \
	X(HTTP_HEADER, "http.header", 2)                   \
	X(HTTP_HEADER_RAW, "http.header.raw", 2)           \
	X(HTTP_HEADER_NAMES, "http.header_names", 2)       \
	X(HTTP_START, "http.start", 2)                     \
	X(HTTP_SERVER, "http.server", 1)                   \
	X(HTTP_LOCATION, "http.location", 1)               \
	X(HTTP_STAT_CODE, "http.stat_code", 1)             \
	X(HTTP_STAT_MSG, "http.stat_msg", 1)               \
	X(HTTP_REQUEST_BODY, "http.request_body", 0)       \
	X(HTTP_RESPONSE_BODY, "http.response_body", 1)     \
	X(HTTP_REQUEST_HEADER, "http.request_header",      \
	    0) /* one instance "name: value" each */       \
	X(HTTP_RESPONSE_HEADER, "http.response_header", 1) \
	X(FILE_DATA, "file.data", 2)                       \
	X(FILE_NAME, "file.name", 2)                       \
	X(FILE_MAGIC, "file.magic", 2)                     \
	X(DNS_QUERY, "dns.query", 2)                       \
	X(DNS_ANSWER, "dns.answer.name", 2)                \
	X(DNS_AUTHORITY, "dns.authorities.rrname", 2)      \
	X(DNS_ADDITIONAL, "dns.additionals.rrname", 2)     \
	X(TLS_SNI, "tls.sni", 0)                           \
	X(TLS_SUBJECT, "tls.cert_subject", 1)              \
	X(TLS_ISSUER, "tls.cert_issuer", 1)                \
	X(TLS_SERIAL, "tls.cert_serial", 1)                \
	X(TLS_FINGERPRINT, "tls.cert_fingerprint", 1)      \
	X(TLS_VERSION, "tls.version", 2)                   \
	X(TLS_JA3_HASH, "ja3.hash", 0)                     \
	X(TLS_JA3_STRING, "ja3.string", 0)                 \
	X(TLS_JA3S_HASH, "ja3s.hash", 1)                   \
	X(TLS_JA3S_STRING, "ja3s.string", 1)               \
	X(TLS_CERTS, "tls.certs", 1)                       \
	X(TLS_ALT_NAME, "tls.subjectaltname", 1)           \
	X(TLS_ALPN, "tls.alpn", 2)                         \
	X(TLS_RANDOM, "tls.random", 2)                     \
	X(SMTP_HELO, "smtp.helo", 0)                       \
	X(SMTP_FROM, "smtp.mail_from", 0)                  \
	X(SMTP_RCPT, "smtp.rcpt_to", 0)                    \
	X(EMAIL_FROM, "email.from", 0)                     \
	X(EMAIL_TO, "email.to", 0)                         \
	X(EMAIL_CC, "email.cc", 0)                         \
	X(EMAIL_SUBJECT, "email.subject", 0)               \
	X(EMAIL_DATE, "email.date", 0)                     \
	X(EMAIL_MESSAGE_ID, "email.message_id", 0)         \
	X(EMAIL_X_MAILER, "email.x_mailer", 0)             \
	X(EMAIL_RECEIVED, "email.received", 0)             \
	X(EMAIL_URL, "email.url", 0)

enum tx_buffer {

#define TX_ENUM(id, keyword, dir) TX_##id,
	TX_BUFFERS(TX_ENUM)
#undef TX_ENUM
	    TX_BUFFER_MAX,
};

/* One instance of a buffer.  `data` lives in the transaction's arena, or, for bodies, in
 * memory the parser keeps until the transaction ends. */
struct tx_field {
	struct tx_field *next;
	enum tx_buffer buffer;
	uint8_t dir; /* enum packet_dir of the bytes it came from */
	bool
	    growing; /* more may follow (a body); detect looks again when it has grown */
	uint32_t inspected; /* detect/: bytes of it already looked at */
	uint32_t offset;    /* bytes of the whole buffer that lie before `data` */
	struct span data;
};

/* How far one side of a transaction is: the last part that is complete; TX_BODY: the body
 * has begun. */
enum tx_progress { TX_IDLE, TX_LINE, TX_HEADERS, TX_BODY, TX_TRAILER, TX_DONE };

/*
 * Tour 6: Bytes become questions and answers.
 *
 * One question and its answer: an HTTP exchange, a DNS query or response, a TLS handshake,
 * a mail.  Born in app/, inspected by detect/, told by event/, freed by app/ when both
 * sides are done and `inspected_all`.  What has one side only (a DNS message) is born with
 * the other side's progress and inspected at TX_DONE.
 */
struct tx {
	struct tx *next;
	struct flow *flow;
	uint64_t id; /* 0-based within the flow (EVE tx_id) */
	enum flow_app app;
	struct arena arena;
	struct tx_field *fields, **fields_tail;
	unsigned field_count;
	enum tx_progress progress[2];  /* per direction */
	enum tx_progress inspected[2]; /* detect/: the progress it has seen */
	void
	    *proto; /* app/<protocol>'s own struct: app/http/http.h, app/dns/dns.h, … */
	struct file *files; /* files carried by it, newest first */
	void *detect;       /* detect/: rules that wait for more of this transaction */
	uint16_t events[8]; /* app-layer events: enum app_event */
	uint8_t event_count;
	bool truncated; /* a limit cut something off; counted */
	bool told;      /* event/ has written its http/dns/tls/smtp event */
	bool alerted;
};

/* A new transaction at the end of the flow's list, or NULL when out of budget. */
struct tx *tx_new(struct flow *flow, enum flow_app app) __attribute__((malloc));
/* Takes it off the flow and frees it; `tx->proto` must have been freed by its parser. */
void tx_free(struct tx *tx);
/* Adds an instance; copies `data` into the arena.  NULL when full: tx->truncated. */
struct tx_field *tx_add(
    struct tx *tx, enum tx_buffer buffer, enum packet_dir dir, struct span data);
/* The same without a copy: the caller keeps `data` until tx_free(). */
struct tx_field *tx_lend(
    struct tx *tx, enum tx_buffer buffer, enum packet_dir dir, struct span data);
/* First instance of `buffer`, or NULL. */
struct tx_field *tx_find(const struct tx *tx, enum tx_buffer buffer);
/* Rule keyword of a buffer, static text. */
const char *tx_buffer_name(enum tx_buffer buffer);
