/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <stdio.h>

/* EVE dns format version 3: one event per message, queries and answers as lists. */
#define EVE_DNS_VERSION 3

static void put_type(struct buf *b, uint16_t type)
{
	const char *name = app_dns_type_name(type);

	if (name)
		buf_addf(b, "\"%s\"", name);
	else
		buf_addf(b, "\"%u\"", type);
}

static void put_queries(struct event *e, const struct app_dns *dns)
{
	struct buf *b = &e->json;

	if (dns->question_count == 0)
		return;
	for (unsigned i = 0; i < dns->question_count; i++) {
		buf_add_text(b, i ? ",{\"rrname\":" : "[{\"rrname\":");
		record_quote(dns->questions[i].name, b);
		buf_add_text(b, ",\"rrtype\":");
		put_type(b, dns->questions[i].type);
		buf_add_byte(b, '}');
	}
	buf_add_byte(b, ']');
	event_json(e, RECORD_F_DNS_QUERIES);
}

static void put_quoted(struct buf *b, const char *name, struct span s)
{
	buf_addf(b, "\"%s\":", name);
	record_quote(s, b);
}

static void put_soa(struct buf *b, const struct app_dns_record *r)
{
	buf_add_text(b, ",\"soa\":{");
	put_quoted(b, "mname", r->text);
	buf_add_byte(b, ',');
	put_quoted(b, "rname", r->mailbox);
	buf_addf(b,
	    ",\"serial\":%u,\"refresh\":%u,\"retry\":%u,\"expire\":%u,\"minimum\":%u}",
	    r->serial, r->refresh, r->retry, r->expire, r->minimum);
}

static void put_srv(struct buf *b, const struct app_dns_record *r)
{
	buf_addf(b, ",\"srv\":{\"priority\":%u,\"weight\":%u,\"port\":%u,", r->priority,
	    r->weight, r->port);
	put_quoted(b, "name", r->text);
	buf_add_byte(b, '}');
}

static void put_sshfp(struct buf *b, const struct app_dns_record *r)
{
	buf_add_text(b, ",\"sshfp\":{");
	put_quoted(b, "fingerprint", r->text);
	buf_addf(b, ",\"algo\":%u,\"type\":%u}", r->algorithm, r->fingerprint_type);
}

static bool has_text_data(uint16_t type)
{
	return type == APP_DNS_A || type == APP_DNS_AAAA || type == APP_DNS_CNAME ||
	       type == APP_DNS_NS || type == APP_DNS_PTR || type == APP_DNS_MX ||
	       type == APP_DNS_TXT || type == APP_DNS_NULL;
}

/* rdata of an IPv6 address in full, as EVE writes addresses. */
static void put_rdata(struct buf *b, const struct app_dns_record *r)
{
	if (r->type != APP_DNS_AAAA || r->rdata.len != 16) {
		record_quote(r->text, b);
		return;
	}
	for (unsigned i = 0; i < 16; i += 2)
		buf_addf(
		    b, "%c%02x%02x", i ? ':' : '"', r->rdata.at[i], r->rdata.at[i + 1]);
	buf_add_byte(b, '"');
}

static void put_record(struct buf *b, const struct app_dns_record *r)
{
	buf_add_text(b, "{\"rrname\":");
	record_quote(r->name, b);
	buf_add_text(b, ",\"rrtype\":");
	put_type(b, r->type);
	buf_addf(b, ",\"ttl\":%u", r->ttl);
	if (has_text_data(r->type)) {
		buf_add_text(b, ",\"rdata\":");
		put_rdata(b, r);
	} else if (r->type == APP_DNS_SOA) {
		put_soa(b, r);
	} else if (r->type == APP_DNS_SRV) {
		put_srv(b, r);
	} else if (r->type == APP_DNS_SSHFP) {
		put_sshfp(b, r);
	}
	buf_add_byte(b, '}');
}

static void put_records(struct event *e, enum record_field f,
    const struct app_dns_record *records, unsigned count)
{
	struct buf *b = &e->json;
	unsigned told = 0;

	for (unsigned i = 0; i < count; i++) {
		if (records[i].type == APP_DNS_OPT && records[i].rdata.len == 0)
			continue;
		buf_add_byte(b, told++ ? ',' : '[');
		put_record(b, &records[i]);
	}
	if (told)
		buf_add_byte(b, ']');
	event_json(e, f);
}

static bool groups(uint16_t type)
{
	return has_text_data(type) || type == APP_DNS_SRV || type == APP_DNS_SSHFP;
}

/* The answers' data by type, in the order in which the types first appear. */
static void put_grouped(struct event *e, const struct app_dns *dns)
{
	struct buf *b = &e->json;
	unsigned lists = 0;

	for (unsigned i = 0; i < dns->answer_count; i++) {
		uint16_t type = dns->answers[i].type;
		bool before = !groups(type);
		for (unsigned j = 0; j < i && !before; j++)
			before = dns->answers[j].type == type;
		if (before)
			continue;
		buf_add_byte(b, lists++ ? ',' : '{');
		put_type(b, type);
		for (unsigned j = i, n = 0; j < dns->answer_count; j++) {
			if (dns->answers[j].type != type)
				continue;
			buf_add_text(b, n++ ? "," : ":[");
			put_rdata(b, &dns->answers[j]);
		}
		buf_add_byte(b, ']');
	}
	if (lists)
		buf_add_byte(b, '}');
	event_json(e, RECORD_F_DNS_GROUPED);
}

static void put_flags(struct event *e, uint16_t flags)
{
	static const struct {
		uint16_t bit;
		enum record_field field;
	} bits[] = { { 0x8000, RECORD_F_DNS_QR }, { 0x0400, RECORD_F_DNS_AA },
		{ 0x0200, RECORD_F_DNS_TC }, { 0x0100, RECORD_F_DNS_RD },
		{ 0x0080, RECORD_F_DNS_RA }, { 0x0040, RECORD_F_DNS_Z } };

	char text[8];

	snprintf(text, sizeof(text), "%x", flags);
	record_span(&e->rec, RECORD_F_DNS_FLAGS, arena_copy(&e->text, span_text(text)));
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (flags & bits[i].bit)
			record_bool(&e->rec, bits[i].field, true);
}

static void put_rcode(struct event *e, uint8_t rcode)
{
	const char *name = app_dns_rcode_name(rcode);
	char text[8];

	if (!name)
		snprintf(text, sizeof(text), "%u", rcode);
	record_span(&e->rec, RECORD_F_DNS_RCODE,
	    name ? span_text(name) : arena_copy(&e->text, span_text(text)));
}

void event_dns_object(struct event *e, const struct tx *tx)
{
	const struct app_dns *dns = tx->proto;
	struct record *r = &e->rec;

	record_int(r, RECORD_F_DNS_VERSION, EVE_DNS_VERSION);
	record_text(r, RECORD_F_DNS_TYPE, dns->response ? "response" : "request");
	record_int(r, RECORD_F_DNS_TX_ID, (int64_t)tx->id);
	record_int(r, RECORD_F_DNS_ID, dns->id);
	put_flags(e, dns->flags);
	record_int(r, RECORD_F_DNS_OPCODE, dns->opcode);
	put_rcode(e, dns->rcode);
	put_queries(e, dns);
	put_records(e, RECORD_F_DNS_ANSWERS, dns->answers, dns->answer_count);
	put_records(
	    e, RECORD_F_DNS_AUTHORITIES, dns->authorities, dns->authority_count);
	put_records(
	    e, RECORD_F_DNS_ADDITIONALS, dns->additionals, dns->additional_count);
	put_grouped(e, dns);
}
