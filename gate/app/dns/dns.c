/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/dns/dns.h"

#include "gate/app/dns/internal.h"
#include "gate/app/internal.h"
#include "lib/base/must.h"

#include <netinet/in.h>
#include <stdlib.h>

#define MESSAGE_MAX 65535u /* TCP's length field (RFC 1035 4.2.2) */

/* The parser of one flow. */
struct dns_flow {
	struct app *app;
	struct flow *flow;
	struct buf
	    begun[2]; /* TCP: a message, with its length, that is not whole yet */
};

static void *dns_open(struct app *a, struct flow *flow)
{
	struct dns_flow *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->app = a;
	d->flow = flow;
	buf_init(&d->begun[0], 2 + MESSAGE_MAX);
	buf_init(&d->begun[1], 2 + MESSAGE_MAX);
	return d;
}

static void dns_free(void *parser)
{
	struct dns_flow *d = parser;

	buf_fini(&d->begun[0]);
	buf_fini(&d->begun[1]);
	free(d);
}

static void note_wrong(struct tx *tx, unsigned wrong)
{
	static const struct {
		unsigned bit;
		enum app_event event;
	} table[] = {
		{ APP_DNS_MALFORMED, APP_EVENT_DNS_MALFORMED_DATA },
		{ APP_DNS_LONG_NAME, APP_EVENT_DNS_NAME_TOO_LONG },
		{ APP_DNS_LOOP, APP_EVENT_DNS_INFINITE_LOOP },
		{ APP_DNS_LABELS, APP_EVENT_DNS_TOO_MANY_LABELS },
		{ APP_DNS_AUTHORITIES, APP_EVENT_DNS_INVALID_AUTHORITIES },
		{ APP_DNS_ADDITIONALS, APP_EVENT_DNS_INVALID_ADDITIONALS },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (wrong & table[i].bit)
			app_event_note(tx, table[i].event);
	if (wrong & APP_DNS_CUT)
		tx->truncated = true;
}

static void note_header(
    struct dns_flow *d, struct tx *tx, enum packet_dir dir, const struct app_dns *dns)
{
	/* The capture may have begun with the answer: then the server looks like the client. */
	bool turned = d->flow->client_port == 53 && d->flow->server_port != 53;
	bool to_server = (dir == PACKET_TO_SERVER) != turned;

	if (to_server && dns->response)
		app_event_note(tx, APP_EVENT_DNS_NOT_REQUEST);
	if (!to_server && !dns->response)
		app_event_note(tx, APP_EVENT_DNS_NOT_RESPONSE);
	if (dns->flags & 0x0040)
		app_event_note(tx, APP_EVENT_DNS_Z_FLAG_SET);
	if (dns->opcode > 6)
		app_event_note(tx, APP_EVENT_DNS_INVALID_OPCODE);
}

static void add_records(struct tx *tx, enum packet_dir dir, enum tx_buffer buffer,
    const struct app_dns_record *recs, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		tx_lend(tx, buffer, dir, recs[i].name);
}

static void add_fields(struct tx *tx, enum packet_dir dir, const struct app_dns *dns)
{
	for (unsigned i = 0; i < dns->question_count; i++)
		tx_lend(tx, TX_DNS_QUERY, dir, dns->questions[i].name);
	add_records(tx, dir, TX_DNS_ANSWER, dns->answers, dns->answer_count);
	add_records(tx, dir, TX_DNS_AUTHORITY, dns->authorities, dns->authority_count);
	add_records(
	    tx, dir, TX_DNS_ADDITIONAL, dns->additionals, dns->additional_count);
}

/* One whole message. */
static void take_message(struct dns_flow *d, enum packet_dir dir, struct span message)
{
	struct tx *tx = app_tx_new(d->flow, FLOW_APP_DNS);
	struct app_dns *dns = tx ? arena_alloc(&tx->arena, sizeof(*dns)) : NULL;

	if (!tx)
		return;
	must(dns); /* the arena is new */
	tx->proto = dns;
	note_wrong(tx, app_dns_read(message, &tx->arena, dns));
	note_header(d, tx, dir, dns);
	add_fields(tx, dir, dns);
	tx->progress[0] = tx->progress[1] = TX_DONE;
	tx->inspected[!dir] = TX_DONE;
}

/* Messages with their length in front, as many as are whole; returns the bytes used. */
static uint32_t take_messages(
    struct dns_flow *d, enum packet_dir dir, struct span bytes)
{
	uint32_t used = 0;

	while (bytes.len - used >= 2) {
		const uint8_t *at = bytes.at + used;
		uint32_t len = (uint32_t)at[0] << 8 | at[1];
		if (bytes.len - used - 2 < len)
			break;
		take_message(d, dir, span_of(at + 2, len));
		used += 2 + len;
	}
	return used;
}

/* Bytes still missing of the message that was begun, at most those of its length field. */
static uint32_t missing(const struct buf *begun)
{
	if (begun->len < 2)
		return 2 - (uint32_t)begun->len;
	return 2 + ((uint32_t)begun->at[0] << 8 | begun->at[1]) - (uint32_t)begun->len;
}

static void dns_feed_tcp(struct dns_flow *d, enum packet_dir dir, struct span bytes)
{
	struct buf *begun = &d->begun[dir];

	while (begun->len && bytes.len) {
		uint32_t want = missing(begun);
		uint32_t part = bytes.len < want ? bytes.len : want;
		buf_add(begun, bytes.at, part);
		bytes = span_of(bytes.at + part, bytes.len - part);
		if (begun->overflowed) { /* no memory */
			app_give_up(d->flow, dir);
			return;
		}
		if (begun->len >= 2 && missing(begun) == 0) {
			take_message(d, dir, span_of(begun->at + 2, begun->len - 2));
			buf_clear(begun);
		}
	}
	uint32_t used = take_messages(d, dir, bytes);
	buf_add(begun, bytes.at + used, bytes.len - used);
}

static void dns_feed(void *parser, enum packet_dir dir, struct span bytes)
{
	struct dns_flow *d = parser;

	if (d->flow->ip_proto == IPPROTO_TCP)
		dns_feed_tcp(d, dir, bytes);
	else
		take_message(d, dir, bytes);
}

/* Without the length in front nobody knows where the next message begins. */
static void dns_gap(void *parser, enum packet_dir dir, uint32_t lost)
{
	struct dns_flow *d = parser;

	(void)lost;
	buf_clear(&d->begun[dir]);
	app_give_up(d->flow, dir);
}

static void dns_end(void *parser, enum packet_dir dir)
{
	(void)parser;
	(void)dir;
}

static void dns_tx_free(struct tx *tx)
{
	(void)tx; /* all of it is in the arena */
}

const struct app_door app_dns_door = {
	.open = dns_open,
	.feed = dns_feed,
	.gap = dns_gap,
	.end = dns_end,
	.free = dns_free,
	.tx_free = dns_tx_free,
};
