/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/internal.h"
#include "gate/app/tls/tls.h"
#include "lib/base/reader.h"

#define TLS_RECORD_MAX (16384u + 2048u) /* RFC 5246 6.2.3 */

enum tls_message {
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_CERTIFICATE = 11,
	TLS_SERVER_HELLO_DONE = 14,
};

/* How far one direction's bytes are read. */
struct tls_side {
	bool ssl2;         /* the record that is being read is of SSL 2 */
	bool begun;        /* the first record's first byte was seen */
	uint8_t header[5]; /* of the record that is being read */
	uint8_t header_len;
	uint32_t record_left; /* bytes of it still to come */
	uint8_t peek[3];      /* the first bytes of a heartbeat */
	uint8_t peek_len;
	struct buf message; /* a handshake message with its header, not whole yet */
	uint32_t skip;      /* bytes left of one that nobody wants */
	bool encrypted;     /* change-cipher-spec or data was seen */
	bool ended;
};

/* The parser of one flow: one handshake, one transaction. */
struct tls_flow {
	struct app *app;
	struct flow *flow;
	struct tx *tx; /* NULL once the transaction may be freed */
	struct app_tls *shown;
	struct tls_side side[2];
	bool hello_again;  /* the server asked for another ClientHello */
	bool certificates; /* its Certificate message was seen */
};

/* hello.c: bodies of the two hello messages (RFC 8446 4.1) */
void tls_client_hello(struct tls_flow *f, struct span body);
void tls_server_hello(struct tls_flow *f, struct span body);
/* SSL 2's way to say hello (RFC 5246 E.2); `body` without its two bytes of length. */
void tls_ssl2_hello(struct tls_flow *f, struct span body);

/* cert.c: body of a Certificate message (RFC 5246 7.4.2) */
void tls_certificates(struct tls_flow *f, struct span body);

/* ja3.c: lists of numbers, GREASE (RFC 8701) left out, and their MD5 */
struct tls_ja3 {
	struct buf text;
	bool first; /* in the current list */
};

void tls_ja3_init(struct tls_ja3 *j, uint16_t version);
void tls_ja3_list(struct tls_ja3 *j); /* the next list begins */
void tls_ja3_add(struct tls_ja3 *j, uint16_t number);
/* Adds both fields to the transaction and frees `j`. */
void tls_ja3_show(struct tls_ja3 *j, struct tls_flow *f, enum packet_dir dir);

/* "ab:cd" of bytes, in the transaction's arena. */
struct span tls_hex(
    struct tls_flow *f, const uint8_t *bytes, size_t len, bool capitals);
/* A copy in the transaction's arena. */
struct span tls_keep(struct tls_flow *f, struct span s);
/* Shows a field whose bytes are in the arena already. */
void tls_show(
    struct tls_flow *f, enum tx_buffer buffer, enum packet_dir dir, struct span s);
