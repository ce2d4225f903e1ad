/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/reader.h"

#include <stdio.h>
#include <strings.h>

/* RFC 6762 (mDNS), RFC 1035 section 4.1 (messages, compression), RFC 6763 (services). */
#define MDNS_RECORDS_MAX 64u
#define MDNS_LABELS_MAX  16u
#define MDNS_JUMPS_MAX   8u

enum mdns_type { MDNS_A = 1, MDNS_PTR = 12, MDNS_AAAA = 28 };

/* The labels of one name, as views. */
struct name {
	struct span label[MDNS_LABELS_MAX];
	unsigned labels;
	bool bad;
};

struct record {
	struct name owner;
	enum mdns_type type;
	struct span data;
	size_t data_at; /* offset in the message, for names inside */
};

/* Reads a name at `at`; returns the offset behind it.  A pointer may only lead back. */
static size_t read_name(struct span m, size_t at, struct name *n)
{
	size_t behind = 0;
	unsigned jumps = 0;

	*n = (struct name){ 0 };
	while (at < m.len) {
		uint8_t len = m.at[at];
		if (len == 0)
			return behind ? behind : at + 1;
		if ((len & 0xc0) == 0xc0 && at + 1 < m.len) {
			size_t to = (size_t)(len & 0x3f) << 8 | m.at[at + 1];
			if (!behind)
				behind = at + 2;
			if (to >= at || ++jumps > MDNS_JUMPS_MAX)
				break;
			at = to;
			continue;
		}
		if (len > 63 || at + 1 + len > m.len || n->labels == MDNS_LABELS_MAX)
			break;
		n->label[n->labels++] = span_of(m.at + at + 1, len);
		at += 1u + len;
	}
	n->bad = true;
	return m.len;
}

static bool label_is(const struct name *n, unsigned from_end, const char *text)
{
	if (n->labels < from_end)
		return false;
	struct span s = n->label[n->labels - from_end];
	return s.len == strlen(text) &&
	       strncasecmp((const char *)s.at, text, s.len) == 0;
}

static size_t read_record(struct span m, size_t at, struct record *rec)
{
	at = read_name(m, at, &rec->owner);
	struct reader r = reader_of(m.at + at, m.len - at);
	rec->type = reader_be16(&r);
	reader_be16(&r); /* class and cache-flush bit */
	reader_be32(&r); /* TTL */
	uint16_t len = reader_be16(&r);
	rec->data_at = at + 10;
	const uint8_t *data = reader_take(&r, len);
	rec->data = span_of(data, data ? len : 0);
	if (r.ran_short || rec->owner.bad) {
		rec->owner.bad = true;
		return m.len;
	}
	return at + 10u + len;
}

/* "keiri-pc.local A 192.168.10.21" names its sender when the address is the sender's: a
 * sleep proxy speaks for others. */
static void note_host(
    const struct record *rec, const struct addr mine[3], struct asset_clue *clue)
{
	struct addr ip = { 0 };

	if (rec->owner.labels != 2 || !label_is(&rec->owner, 1, "local"))
		return;
	if (rec->type == MDNS_A && rec->data.len == 4)
		ip = addr_v4(rec->data.at);
	else if (rec->type == MDNS_AAAA && rec->data.len == 16)
		ip = addr_v6(rec->data.at);
	if (!ip.version || !(addr_equal(&ip, &mine[0]) || addr_equal(&ip, &mine[1]) ||
			       addr_equal(&ip, &mine[2])))
		return;
	asset_clue_name(clue, rec->owner.label[0], ASSET_NAME_MDNS);
}

/* "_printer._tcp.local PTR 経理のプリンター._printer._tcp.local" */
static void note_service(const struct record *rec, struct asset_clue *clue)
{
	char service[64];

	if (rec->type != MDNS_PTR || rec->owner.labels != 3 || clue->kind ||
	    !label_is(&rec->owner, 1, "local"))
		return;
	struct span s = rec->owner.label[0];
	snprintf(service, sizeof(service), "%.*s", (int)s.len, (const char *)s.at);
	clue->kind = asset_kind_of_service(service);
	if (clue->kind)
		clue->kind_rank = ASSET_KIND_SERVICE;
}

static size_t skip_questions(struct span m, size_t at, unsigned count)
{
	struct name n;

	for (unsigned i = 0; i < count && at < m.len; i++) {
		at = read_name(m, at, &n) + 4;
		if (i == MDNS_RECORDS_MAX)
			return m.len;
	}
	return at;
}

void asset_mdns(struct span udp, const struct addr mine[3], struct asset_clue *clue)
{
	struct reader r = reader_of(udp.at, udp.len);

	reader_be16(&r); /* id */
	uint16_t flags = reader_be16(&r), questions = reader_be16(&r);
	unsigned records = reader_be16(&r);
	records += reader_be16(&r);
	records += reader_be16(&r);
	if (r.ran_short || !(flags & 0x8000))
		return;
	size_t at = skip_questions(udp, 12, questions);
	for (unsigned i = 0; i < records && i < MDNS_RECORDS_MAX && at < udp.len; i++) {
		struct record rec = { 0 };
		at = read_record(udp, at, &rec);
		if (rec.owner.bad)
			return;
		note_host(&rec, mine, clue);
		note_service(&rec, clue);
	}
}
