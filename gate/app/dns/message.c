/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/dns/name.h"
#include "lib/base/addr.h"

#include <stdio.h>

#define OPCODE_MAX   6u  /* DNS stateful operations, RFC 8490 */
#define QUESTION_MIN 5u  /* empty name, type, class */
#define RECORD_MIN   11u /* and ttl, length */

/* One message while it is read. */
struct reading {
	struct span message;
	struct reader r;
	struct arena *arena;
	struct app_dns *dns;
	unsigned records; /* so far, of all sections */
	unsigned wrong;
};

struct header {
	uint16_t id, flags, questions, answers, authorities, additionals;
};

static struct header read_header(struct reader *r)
{
	struct header h;

	h.id = reader_be16(r);
	h.flags = reader_be16(r);
	h.questions = reader_be16(r);
	h.answers = reader_be16(r);
	h.authorities = reader_be16(r);
	h.additionals = reader_be16(r);
	return h;
}

bool app_dns_looks_right(struct span s)
{
	struct reader r = reader_of(s.at, s.len);
	struct header h = read_header(&r);

	if (r.ran_short || (h.flags >> 11 & 15) > OPCODE_MAX)
		return false;
	unsigned all = h.questions + h.answers + h.authorities + h.additionals;
	/* An answer without a question is odd but seen; nothing at all is no DNS. */
	return all > 0 && h.questions <= APP_DNS_QUESTIONS_MAX;
}

static struct span text_copy(struct reading *g, struct span s)
{
	struct span copy = arena_copy(g->arena, s);

	if (copy.len != s.len)
		g->wrong |= APP_DNS_CUT;
	return copy;
}

static struct span address_text(struct reading *g, struct span rdata, uint16_t type)
{
	char text[ADDR_TEXT_MAX];
	struct addr a = { .version = 0 };

	if (type == APP_DNS_A && rdata.len == 4)
		a = addr_v4(rdata.at);
	else if (type == APP_DNS_AAAA && rdata.len == 16)
		a = addr_v6(rdata.at);
	if (!a.version)
		return span_of(NULL, 0);
	addr_format(&a, text);
	return text_copy(g, span_text(text));
}

/* Strings with a length byte each, one behind the other (RFC 1035 3.3.14). */
static struct span txt_text(struct reading *g, struct span rdata)
{
	uint8_t *text = arena_alloc(g->arena, rdata.len + 1u);
	struct reader r = reader_of(rdata.at, rdata.len);
	uint32_t len = 0;

	if (!text) {
		g->wrong |= APP_DNS_CUT;
		return span_of(NULL, 0);
	}
	while (reader_left(&r) && !r.ran_short) {
		uint8_t part = reader_u8(&r);
		const uint8_t *bytes = reader_take(&r, part);
		if (bytes)
			memcpy(text + len, bytes, part);
		len += bytes ? part : 0;
	}
	if (r.ran_short)
		g->wrong |= APP_DNS_MALFORMED;
	return span_of(text, len);
}

static struct span colon_hex(struct reading *g, struct reader *r)
{
	size_t len = reader_left(r);
	const uint8_t *bytes = reader_take(r, len);
	char *text = arena_alloc(g->arena, len * 3 + 1);

	if (!text || !bytes || !len)
		return span_of(NULL, 0);
	for (size_t i = 0; i < len; i++)
		snprintf(text + i * 3, 4, "%02x:", bytes[i]);
	return span_of(text, len * 3 - 1);
}

/* Names inside rdata may point anywhere into the message, but begin inside rdata. */
static struct span rdata_name(struct reading *g, struct reader *r)
{
	return app_dns_name(g->message, r, g->arena, &g->wrong);
}

static void read_soa(struct reading *g, struct reader *r, struct app_dns_record *rec)
{
	rec->text = rdata_name(g, r);
	rec->mailbox = rdata_name(g, r);
	rec->serial = reader_be32(r);
	rec->refresh = reader_be32(r);
	rec->retry = reader_be32(r);
	rec->expire = reader_be32(r);
	rec->minimum = reader_be32(r);
}

static void read_rdata(struct reading *g, struct app_dns_record *rec, struct reader r)
{
	struct span raw = span_of(r.at, reader_left(&r));

	switch (rec->type) {
	case APP_DNS_A:
	case APP_DNS_AAAA:
		rec->text = address_text(g, raw, rec->type);
		break;
	case APP_DNS_NS:
	case APP_DNS_CNAME:
	case APP_DNS_PTR:
		rec->text = rdata_name(g, &r);
		break;
	case APP_DNS_MX:
		rec->priority = reader_be16(&r);
		rec->text = rdata_name(g, &r);
		break;
	case APP_DNS_SRV:
		rec->priority = reader_be16(&r);
		rec->weight = reader_be16(&r);
		rec->port = reader_be16(&r);
		rec->text = rdata_name(g, &r);
		break;
	case APP_DNS_SOA:
		read_soa(g, &r, rec);
		break;
	case APP_DNS_TXT:
		rec->text = txt_text(g, raw);
		break;
	case APP_DNS_NULL:
		rec->text = rec->rdata;
		break;
	case APP_DNS_SSHFP:
		rec->algorithm = reader_u8(&r);
		rec->fingerprint_type = reader_u8(&r);
		rec->text = colon_hex(g, &r);
		break;
	default:
		break;
	}
	if (r.ran_short)
		g->wrong |= APP_DNS_MALFORMED;
}

static void read_record(struct reading *g, struct app_dns_record *rec)
{
	rec->name = app_dns_name(g->message, &g->r, g->arena, &g->wrong);
	rec->type = reader_be16(&g->r);
	rec->class = reader_be16(&g->r);
	rec->ttl = reader_be32(&g->r);
	struct reader rdata = reader_part(&g->r, reader_be16(&g->r));
	if (g->r.ran_short)
		return;
	rec->rdata = text_copy(g, span_of(rdata.at, reader_left(&rdata)));
	read_rdata(g, rec, rdata);
}

/* Room for `want` things that take at least `least` bytes each; fewer when the message
 * cannot hold them, so that a header alone makes nobody allocate. */
static void *room_for(
    struct reading *g, unsigned *want, unsigned most, unsigned least, size_t size)
{
	unsigned possible = (unsigned)(reader_left(&g->r) / least);

	if (*want > possible) {
		*want = possible;
		g->wrong |= APP_DNS_MALFORMED;
	}
	if (*want > most) {
		*want = most;
		g->wrong |= APP_DNS_CUT;
	}
	void *at = *want ? arena_alloc(g->arena, *want * size) : NULL;
	if (!at && *want) {
		*want = 0;
		g->wrong |= APP_DNS_CUT;
	}
	return at;
}

static void read_questions(struct reading *g, unsigned count)
{
	struct app_dns *dns = g->dns;

	dns->questions = room_for(
	    g, &count, APP_DNS_QUESTIONS_MAX, QUESTION_MIN, sizeof(*dns->questions));
	for (unsigned i = 0; i < count; i++) {
		struct app_dns_question *q = &dns->questions[i];
		q->name = app_dns_name(g->message, &g->r, g->arena, &g->wrong);
		q->type = reader_be16(&g->r);
		q->class = reader_be16(&g->r);
		if (g->r.ran_short)
			break;
		dns->question_count++;
	}
}

static struct app_dns_record *read_records(
    struct reading *g, unsigned count, unsigned *got)
{
	struct app_dns_record *recs = room_for(
	    g, &count, APP_DNS_RECORDS_MAX - g->records, RECORD_MIN, sizeof(*recs));

	for (unsigned i = 0; i < count; i++) {
		read_record(g, &recs[i]);
		if (g->r.ran_short)
			break;
		++*got;
	}
	g->records += *got;
	return recs;
}

unsigned app_dns_read(struct span message, struct arena *arena, struct app_dns *dns)
{
	struct reading g = { .message = message,
		.r = reader_of(message.at, message.len),
		.arena = arena,
		.dns = dns };
	struct header h = read_header(&g.r);

	if (g.r.ran_short)
		return APP_DNS_MALFORMED;
	dns->id = h.id;
	dns->flags = h.flags;
	dns->response = h.flags >> 15;
	dns->opcode = h.flags >> 11 & 15;
	dns->rcode = h.flags & 15;
	read_questions(&g, h.questions);
	if (dns->question_count < h.questions)
		return g.wrong | APP_DNS_MALFORMED;
	dns->answers = read_records(&g, h.answers, &dns->answer_count);
	if (dns->answer_count < h.answers)
		return g.wrong | APP_DNS_MALFORMED;
	unsigned before = g.wrong;
	dns->authorities = read_records(&g, h.authorities, &dns->authority_count);
	if (dns->authority_count < h.authorities || g.wrong != before)
		return g.wrong | APP_DNS_AUTHORITIES;
	dns->additionals = read_records(&g, h.additionals, &dns->additional_count);
	if (dns->additional_count < h.additionals || g.wrong != before)
		return g.wrong | APP_DNS_ADDITIONALS;
	return g.wrong;
}
