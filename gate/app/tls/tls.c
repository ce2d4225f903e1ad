/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/tls/tls.h"

#include "gate/app/tls/internal.h"
#include "lib/base/must.h"

#include <stdlib.h>

enum record_type {
	RECORD_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

#define VERSION_1_3    0x0304u
#define MESSAGE_HEADER 4u
#define RECORD_LEAST   6u /* bytes of a record that says anything */

struct span tls_keep(struct tls_flow *f, struct span s)
{
	struct span copy = arena_copy(&f->tx->arena, s);

	if (copy.len != s.len)
		f->tx->truncated = true;
	return copy;
}

void tls_show(
    struct tls_flow *f, enum tx_buffer buffer, enum packet_dir dir, struct span s)
{
	if (s.len)
		tx_lend(f->tx, buffer, dir, s);
}

struct span tls_hex(struct tls_flow *f, const uint8_t *bytes, size_t len, bool capitals)
{
	static const char *const digits[] = { "0123456789abcdef", "0123456789ABCDEF" };
	uint8_t *text = len ? arena_alloc(&f->tx->arena, len * 3) : NULL;

	if (!text)
		return span_of(NULL, 0);
	for (size_t i = 0; i < len; i++) {
		text[i * 3] = (uint8_t)digits[capitals][bytes[i] >> 4];
		text[i * 3 + 1] = (uint8_t)digits[capitals][bytes[i] & 15];
		text[i * 3 + 2] = ':';
	}
	return span_of(text, len * 3 - 1);
}

static void *tls_open(struct app *a, struct flow *flow)
{
	struct tls_flow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->app = a;
	f->flow = flow;
	f->tx = app_tx_new(flow, FLOW_APP_TLS);
	f->shown = f->tx ? arena_alloc(&f->tx->arena, sizeof(*f->shown)) : NULL;
	if (!f->shown) {
		tx_free(f->tx);
		free(f);
		return NULL;
	}
	f->tx->proto = f->shown;
	for (unsigned dir = 0; dir < 2; dir++)
		buf_init(&f->side[dir].message, MESSAGE_HEADER + APP_TLS_HANDSHAKE_MAX);
	return f;
}

/* Nothing more is to be learnt; the transaction may go from now on. */
static void finish(struct tls_flow *f)
{
	if (!f->tx)
		return;
	f->shown->done = true;
	f->tx->progress[0] = f->tx->progress[1] = TX_DONE;
	f->tx = NULL;
	f->shown = NULL;
	for (unsigned dir = 0; dir < 2; dir++) {
		buf_fini(&f->side[dir].message);
		app_give_up(f->flow, dir);
	}
}

/* From here on it is cipher text. */
static void go_dark(struct tls_flow *f)
{
	f->flow->no_payload = true;
	finish(f);
}

static void tls_free(void *parser)
{
	struct tls_flow *f = parser;

	finish(f);
	free(f);
}

static void take_message(struct tls_flow *f, enum packet_dir dir, struct span m)
{
	struct span body = span_of(m.at + MESSAGE_HEADER, m.len - MESSAGE_HEADER);

	if (m.at[0] == TLS_CLIENT_HELLO && dir == PACKET_TO_SERVER)
		tls_client_hello(f, body);
	else if (m.at[0] == TLS_SERVER_HELLO && dir == PACKET_TO_CLIENT)
		tls_server_hello(f, body);
	else if (m.at[0] == TLS_CERTIFICATE && dir == PACKET_TO_CLIENT)
		tls_certificates(f, body);
}

static bool is_wanted(uint8_t type)
{
	return type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO ||
	       type == TLS_CERTIFICATE;
}

/* One that is stepped over.  When the server has said all it has to say, the transaction
 * can be told; it stays for what may still be odd until both sides encrypt. */
static void note_message(struct tls_flow *f, enum packet_dir dir, uint8_t type)
{
	if (type == TLS_SERVER_HELLO_DONE && dir == PACKET_TO_CLIENT)
		f->shown->done = true;
	/* IANA "TLS HandshakeType"; 67 was next_protocol. */
	if (type > 25 && type != 67 && type != 254)
		app_event_note(f->tx, APP_EVENT_TLS_HANDSHAKE_INVALID);
}

/* Handshake messages go their own way across records: put together what is wanted, step
 * over the rest.  Returns false when the flow makes no sense. */
static bool take_handshake(struct tls_flow *f, enum packet_dir dir, struct span bytes)
{
	struct tls_side *side = &f->side[dir];
	struct buf *m = &side->message;

	while (bytes.len) {
		uint32_t want = side->skip;
		if (!want && m->len < MESSAGE_HEADER)
			want = MESSAGE_HEADER - (uint32_t)m->len;
		else if (!want)
			want = MESSAGE_HEADER - (uint32_t)m->len +
			       ((uint32_t)m->at[1] << 16 | (uint32_t)m->at[2] << 8 |
				   m->at[3]);
		uint32_t part = bytes.len < want ? bytes.len : want;
		if (side->skip)
			side->skip -= part;
		else
			buf_add(m, bytes.at, part);
		bytes = span_of(bytes.at + part, bytes.len - part);
		if (side->skip || m->len < MESSAGE_HEADER)
			continue;
		uint32_t len =
		    (uint32_t)m->at[1] << 16 | (uint32_t)m->at[2] << 8 | m->at[3];
		if (m->overflowed ||
		    (is_wanted(m->at[0]) && len > APP_TLS_HANDSHAKE_MAX)) {
			app_event_note(f->tx, APP_EVENT_TLS_HANDSHAKE_LENGTH);
			return false;
		}
		if (!is_wanted(m->at[0])) {
			note_message(f, dir, m->at[0]);
			side->skip = len;
			buf_clear(m);
		} else if (m->len == MESSAGE_HEADER + len) {
			take_message(f, dir, buf_span(m));
			buf_clear(m);
		}
	}
	return true;
}

/* RFC 5246 7.1.  In TLS 1.3 it means nothing (RFC 8446 5). */
static void cipher_spec(struct tls_flow *f, enum packet_dir dir)
{
	struct app_tls *shown = f->shown;

	if (f->hello_again && !shown->server_hello)
		return;
	if (shown->server_hello && shown->server_version >= VERSION_1_3)
		return;
	if (dir == PACKET_TO_CLIENT && shown->server_hello && !f->certificates)
		shown->resumed = true;
	f->side[dir].encrypted = true;
	if (f->side[0].encrypted && f->side[1].encrypted)
		go_dark(f);
}

/* Cipher text in one direction.  A client may send some early (RFC 8446 2.3). */
static void data_record(struct tls_flow *f, enum packet_dir dir)
{
	f->side[dir].encrypted = true;
	if (dir == PACKET_TO_CLIENT || f->shown->server_hello)
		go_dark(f);
}

/* RFC 6520: the answer is as long as the question claims to be. */
static void heartbeat(struct tls_flow *f, enum packet_dir dir, struct span bytes)
{
	struct tls_side *side = &f->side[dir];
	uint32_t record = (uint32_t)side->header[3] << 8 | side->header[4];

	for (uint32_t i = 0; i < bytes.len && side->peek_len < 3; i++) {
		side->peek[side->peek_len++] = bytes.at[i];
		if (side->peek_len < 3)
			continue;
		uint32_t claims = (uint32_t)side->peek[1] << 8 | side->peek[2];
		app_event_note(f->tx, APP_EVENT_TLS_HEARTBEAT);
		if (side->peek[0] != 1 && side->peek[0] != 2)
			app_event_note(f->tx, APP_EVENT_TLS_HEARTBEAT_INVALID);
		else if (!side->encrypted && claims + 3 > record)
			app_event_note(f->tx, APP_EVENT_TLS_HEARTBEAT_OVERFLOW);
	}
}

/* A record header is complete; false when it is none. */
static bool begin_record(struct tls_flow *f, enum packet_dir dir)
{
	struct tls_side *side = &f->side[dir];
	const uint8_t *h = side->header;

	if (side->ssl2) {
		side->record_left = (uint32_t)(h[0] & 0x7f) << 8 | h[1];
		return side->record_left > 0;
	}

	side->record_left = (uint32_t)h[3] << 8 | h[4];
	side->peek_len = 0;
	if (h[0] < RECORD_CIPHER_SPEC || h[0] > RECORD_HEARTBEAT) {
		app_event_note(f->tx, APP_EVENT_TLS_RECORD_TYPE);
		return false;
	}
	if (h[1] != 3) {
		app_event_note(f->tx, APP_EVENT_TLS_RECORD_VERSION);
		return false;
	}
	if (side->record_left > TLS_RECORD_MAX) {
		app_event_note(f->tx, APP_EVENT_TLS_RECORD_INVALID);
		app_event_note(f->tx, APP_EVENT_TLS_HEADER);
		return false;
	}
	if (h[0] == RECORD_CIPHER_SPEC)
		cipher_spec(f, dir);
	else if (h[0] == RECORD_DATA)
		data_record(f, dir);
	return true;
}

/* Some bytes of the record's body. */
static bool record_bytes(struct tls_flow *f, enum packet_dir dir, struct span bytes)
{
	struct tls_side *side = &f->side[dir];

	if (side->ssl2) {
		buf_add(&side->message, bytes.at, bytes.len);
		if (bytes.len == side->record_left) {
			tls_ssl2_hello(f, buf_span(&side->message));
			buf_clear(&side->message);
		}
		return !side->message.overflowed;
	}
	if (side->header[0] == RECORD_HEARTBEAT)
		heartbeat(f, dir, bytes);
	if (side->header[0] != RECORD_HANDSHAKE || side->encrypted)
		return true;
	return take_handshake(f, dir, bytes);
}

static uint8_t header_size(const struct tls_side *side)
{
	return side->ssl2 ? 2 : sizeof(side->header);
}

/* One byte of a record's header; the first of all says which kind of record it is. */
static bool header_byte(struct tls_flow *f, enum packet_dir dir, uint8_t byte)
{
	struct tls_side *side = &f->side[dir];

	if (!side->begun)
		side->ssl2 = byte & 0x80;
	side->begun = true;
	side->header[side->header_len++] = byte;
	return side->header_len < header_size(side) || begin_record(f, dir);
}

static void tls_feed(void *parser, enum packet_dir dir, struct span bytes)
{
	struct tls_flow *f = parser;
	struct tls_side *side = &f->side[dir];
	uint32_t records = 0, most = bytes.len / RECORD_LEAST + 1;

	while (bytes.len && f->tx) {
		bool sense = true;
		if (side->header_len < header_size(side)) {
			sense = header_byte(f, dir, bytes.at[0]);
			bytes = span_of(bytes.at + 1, bytes.len - 1);
		} else {
			uint32_t part = bytes.len < side->record_left
					    ? bytes.len
					    : side->record_left;
			sense = record_bytes(f, dir, span_of(bytes.at, part));
			bytes = span_of(bytes.at + part, bytes.len - part);
			side->record_left -= part;
		}
		if (!sense)
			finish(f);
		if (side->header_len < header_size(side) || side->record_left)
			continue;
		side->header_len = 0;
		side->ssl2 = false;
		if (++records > most && f->tx)
			app_event_note(f->tx, APP_EVENT_TLS_MANY_RECORDS);
	}
}

/* Where the next record begins nobody knows. */
static void tls_gap(void *parser, enum packet_dir dir, uint32_t missing)
{
	(void)dir;
	(void)missing;
	finish(parser);
}

static void tls_end(void *parser, enum packet_dir dir)
{
	struct tls_flow *f = parser;

	f->side[dir].ended = true;
	if (f->side[!dir].ended)
		finish(f);
}

static void tls_tx_free(struct tx *tx)
{
	(void)tx; /* all of it is in the arena */
}

const struct app_door app_tls_door = {
	.open = tls_open,
	.feed = tls_feed,
	.gap = tls_gap,
	.end = tls_end,
	.free = tls_free,
	.tx_free = tls_tx_free,
};
