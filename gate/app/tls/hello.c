/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/tls/internal.h"

#include <stdio.h>

enum extension {
	EXT_SERVER_NAME = 0,
	EXT_GROUPS = 10,
	EXT_POINT_FORMATS = 11,
	EXT_ALPN = 16,
	EXT_VERSIONS = 43,
};

#define RANDOM_LEN 32u

/* One hello while it is read. */
struct hello {
	struct tls_flow *f;
	enum packet_dir dir;
	uint16_t version; /* in the old place, or in supported_versions */
	struct tls_ja3 ja3;
	struct span groups, formats; /* for JA3: they follow the extensions */
	unsigned names;
	bool wrong;
};

/* What a ServerHello has for random when it asks for another ClientHello (RFC 8446 4.1.3). */
static const uint8_t hello_retry[RANDOM_LEN] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
	0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
	0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

static const char *version_name(uint16_t version)
{
	switch (version) {
	case 0x0002:
		return "SSLv2";
	case 0x0300:
		return "SSLv3";
	case 0x0301:
		return "TLSv1";
	case 0x0302:
		return "TLS 1.1";
	case 0x0303:
		return "TLS 1.2";
	case 0x0304:
		return "TLS 1.3";
	default:
		return "UNDETERMINED";
	}
}

/* As EVE writes it. */
static struct span version_text(struct tls_flow *f, uint16_t version)
{
	char draft[24];

	if (version >> 8 == 0x7f) {
		snprintf(draft, sizeof(draft), "TLS 1.3 draft-%u", version & 0xff);
		return tls_keep(f, span_text(draft));
	}
	return span_text(version_name(version));
}

static struct span rest(struct reader *r)
{
	return span_of(r->at, r->ran_short ? 0 : reader_left(r));
}

/* RFC 6066 section 3 */
static void read_server_name(struct hello *h, struct reader r)
{
	struct reader list = reader_part(&r, reader_be16(&r));
	uint8_t type = reader_u8(&list);
	struct reader name = reader_part(&list, reader_be16(&list));

	if (list.ran_short) {
		app_event_note(h->f->tx, APP_EVENT_TLS_SNI_LENGTH);
		return;
	}
	if (type != 0) {
		app_event_note(h->f->tx, APP_EVENT_TLS_SNI_TYPE);
		return;
	}
	if (h->names++ > 0) {
		app_event_note(h->f->tx, APP_EVENT_TLS_MULTIPLE_SNI);
		return;
	}
	h->f->shown->sni = tls_keep(h->f, rest(&name));
	tls_show(h->f, TX_TLS_SNI, h->dir, h->f->shown->sni);
}

/* RFC 7301 section 3.1: the client offers a list, the server's has one entry. */
static void read_alpn(struct hello *h, struct reader r)
{
	struct app_tls *shown = h->f->shown;
	struct reader list = reader_part(&r, reader_be16(&r));

	while (reader_left(&list) && !list.ran_short) {
		struct reader one = reader_part(&list, reader_u8(&list));
		if (list.ran_short || !reader_left(&one))
			break;
		struct span name = tls_keep(h->f, rest(&one));
		if (h->dir == PACKET_TO_CLIENT)
			shown->server_alpn = name;
		else if (shown->client_alpn_count < APP_TLS_ALPN_MAX)
			shown->client_alpn[shown->client_alpn_count++] = name;
		else
			break;
		tls_show(h->f, TX_TLS_ALPN, h->dir, name);
	}
}

/* RFC 8446 4.2.1: the server's is the version that counts. */
static void read_versions(struct hello *h, struct reader r)
{
	if (h->dir == PACKET_TO_CLIENT)
		h->version = reader_be16(&r);
}

static void read_extension(struct hello *h, uint16_t type, struct reader r)
{
	switch (type) {
	case EXT_SERVER_NAME:
		if (h->dir == PACKET_TO_SERVER)
			read_server_name(h, r);
		break;
	case EXT_GROUPS:
		reader_be16(&r);
		h->groups = rest(&r);
		break;
	case EXT_POINT_FORMATS:
		reader_u8(&r);
		h->formats = rest(&r);
		break;
	case EXT_ALPN:
		read_alpn(h, r);
		break;
	case EXT_VERSIONS:
		read_versions(h, r);
		break;
	default:
		break;
	}
}

static void read_extensions(struct hello *h, struct reader *r)
{
	tls_ja3_list(&h->ja3);
	if (!reader_left(r))
		return; /* older clients have none */
	struct reader list = reader_part(r, reader_be16(r));
	while (reader_left(&list) && !list.ran_short) {
		uint16_t type = reader_be16(&list);
		struct reader body = reader_part(&list, reader_be16(&list));
		if (list.ran_short)
			break;
		tls_ja3_add(&h->ja3, type);
		read_extension(h, type, body);
	}
	h->wrong |= list.ran_short;
}

static void add_groups(struct hello *h)
{
	struct reader groups = reader_of(h->groups.at, h->groups.len);

	tls_ja3_list(&h->ja3);
	while (reader_left(&groups) >= 2)
		tls_ja3_add(&h->ja3, reader_be16(&groups));
	tls_ja3_list(&h->ja3);
	for (uint32_t i = 0; i < h->formats.len; i++)
		tls_ja3_add(&h->ja3, h->formats.at[i]);
}

static void finish(struct hello *h, const struct reader *r)
{
	if (r->ran_short || h->wrong)
		app_event_note(h->f->tx, APP_EVENT_TLS_HANDSHAKE_LENGTH);
	if (h->f->app->conf.ja3 && !r->ran_short)
		tls_ja3_show(&h->ja3, h->f, h->dir);
	else
		buf_fini(&h->ja3.text);
}

static void show_random(struct hello *h, const uint8_t *random)
{
	if (random)
		tls_show(h->f, TX_TLS_RANDOM, h->dir,
		    tls_keep(h->f, span_of(random, RANDOM_LEN)));
}

void tls_client_hello(struct tls_flow *f, struct span body)
{
	struct hello h = { .f = f, .dir = PACKET_TO_SERVER };
	struct reader r = reader_of(body.at, body.len);

	if (f->shown->client_hello)
		return; /* asked for once more: it says the same */
	f->shown->client_hello = true;
	f->shown->client_version = reader_be16(&r);
	tls_ja3_init(&h.ja3, f->shown->client_version);
	show_random(&h, reader_take(&r, RANDOM_LEN));
	reader_part(&r, reader_u8(&r)); /* session */
	struct reader ciphers = reader_part(&r, reader_be16(&r));
	tls_ja3_list(&h.ja3);
	while (reader_left(&ciphers) >= 2)
		tls_ja3_add(&h.ja3, reader_be16(&ciphers));
	reader_part(&r, reader_u8(&r)); /* compression */
	read_extensions(&h, &r);
	add_groups(&h);
	finish(&h, &r);
	f->tx->progress[PACKET_TO_SERVER] = TX_HEADERS;
}

void tls_server_hello(struct tls_flow *f, struct span body)
{
	struct hello h = { .f = f, .dir = PACKET_TO_CLIENT };
	struct reader r = reader_of(body.at, body.len);
	uint16_t old_version = reader_be16(&r);
	const uint8_t *random = reader_take(&r, RANDOM_LEN);

	if (f->shown->server_hello)
		return;
	if (random && memcmp(random, hello_retry, RANDOM_LEN) == 0) {
		f->hello_again = true;
		return;
	}
	f->shown->server_hello = true;
	h.version = old_version;
	tls_ja3_init(&h.ja3, old_version);
	show_random(&h, random);
	reader_part(&r, reader_u8(&r)); /* session */
	tls_ja3_list(&h.ja3);
	tls_ja3_add(&h.ja3, reader_be16(&r));
	reader_u8(&r); /* compression */
	read_extensions(&h, &r);
	finish(&h, &r);
	f->shown->server_version = h.version;
	f->shown->version = version_text(f, h.version);
	tls_show(f, TX_TLS_VERSION, PACKET_TO_CLIENT, f->shown->version);
	f->tx->progress[PACKET_TO_CLIENT] = TX_LINE;
}

void tls_ssl2_hello(struct tls_flow *f, struct span body)
{
	struct reader r = reader_of(body.at, body.len);
	uint8_t type = reader_u8(&r);

	if (type == 0)
		app_event_note(f->tx, APP_EVENT_TLS_SSL2_ERROR);
	if (type != TLS_CLIENT_HELLO || f->shown->client_hello)
		return;
	f->shown->client_hello = true;
	f->shown->client_version = reader_be16(&r);
	uint16_t ciphers = reader_be16(&r), session = reader_be16(&r),
		 challenge = reader_be16(&r);
	reader_take(&r, (size_t)ciphers + session + challenge);
	if (r.ran_short)
		app_event_note(f->tx, APP_EVENT_TLS_SSL2_HEADER);
	f->tx->progress[PACKET_TO_SERVER] = TX_HEADERS;
}
