/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_US INT64_C(3600000000)
/* A gate keeps records for a week; what claims to be older comes from a wrong clock. */
#define OLD_US         (35 * 24 * HOUR_US)
#define EVE_PACKED_MAX (RECORD_JSON_MAX + 1024u)

/* Cuts at a character, and turns control characters into blanks. */
static const char *clean(struct batch *b, struct span s)
{
	uint32_t len = s.len;

	if (len > EVENT_TEXT_MAX) {
		len = EVENT_TEXT_MAX;
		while (len > 0 && (s.at[len] & 0xc0) == 0x80)
			len--;
	}
	char *text = len ? arena_alloc(&b->arena, len + 1) : NULL;
	if (!text)
		return "";
	memcpy(text, s.at, len);
	for (uint32_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		/* C2 80 … C2 9F are control characters too. */
		if (c < 0x20 || c == 0x7f)
			text[i] = ' ';
		else if (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)
			text[i] = text[i + 1] = ' ';
	}
	text[len] = 0;
	return text;
}

static const char *text_of(struct batch *b, const struct record *r, enum record_field f)
{
	return r->has[f] ? clean(b, r->value[f].text) : "";
}

static const char *addr_of(struct batch *b, const struct record *r, enum record_field f)
{
	char text[ADDR_TEXT_MAX];

	if (!r->has[f])
		return "";
	addr_format(&r->value[f].addr, text);
	return clean(b, span_text(text));
}

/* Hardware addresses are compared: small letters, colons. */
static const char *mac_of(struct batch *b, const struct record *r)
{
	unsigned v[6];
	char text[18], rest;
	const char *mac = text_of(b, r, RECORD_F_MACHINE_MAC);

	if (sscanf(mac, "%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%*1[:-]%2x%c",
		&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &rest) != 6)
		return "";
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", v[0] & 0xff,
	    v[1] & 0xff, v[2] & 0xff, v[3] & 0xff, v[4] & 0xff, v[5] & 0xff);
	return clean(b, span_text(text));
}

/* An address of a LAN (RFC 1918, RFC 4193, link-local). */
static bool is_inside(const struct addr *a)
{
	static const char *const nets[] = { "10.0.0.0/8", "172.16.0.0/12",
		"192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10" };

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		struct addr_net net;
		if (addr_net_parse(nets[i], &net) == 0 && addr_inside(a, &net))
			return true;
	}
	return false;
}

/* A plain Suricata sensor does not say which side is the company's machine: the private
 * address is. */
static void guess_side(struct record *r)
{
	const struct addr *src = &r->value[RECORD_F_SRC_IP].addr;
	const struct addr *dest = &r->value[RECORD_F_DEST_IP].addr;

	if (r->has[RECORD_F_WAY] || !r->has[RECORD_F_SRC_IP] ||
	    !r->has[RECORD_F_DEST_IP])
		return;
	bool in = is_inside(dest), out = is_inside(src);
	record_text(r, RECORD_F_WAY, in == out ? "local" : in ? "in" : "out");
	if (!r->has[RECORD_F_MACHINE_IP] && (in || out))
		record_addr(r, RECORD_F_MACHINE_IP, out ? src : dest);
	if (!r->has[RECORD_F_STOPPED])
		record_bool(r, RECORD_F_STOPPED,
		    r->has[RECORD_F_ALERT_ACTION] &&
			span_is(r->value[RECORD_F_ALERT_ACTION].text, "blocked"));
}

static const char *peer_of(struct batch *b, const struct record *r)
{
	const struct addr *machine = &r->value[RECORD_F_MACHINE_IP].addr;
	bool from_machine =
	    r->has[RECORD_F_MACHINE_IP]
		? addr_equal(machine, &r->value[RECORD_F_SRC_IP].addr)
		: r->has[RECORD_F_WAY] && span_is(r->value[RECORD_F_WAY].text, "out");

	return addr_of(b, r, from_machine ? RECORD_F_DEST_IP : RECORD_F_SRC_IP);
}

static const char *what_of(struct batch *b, const struct record *r)
{
	switch (r->kind) {
	case RECORD_ALERT:
		return text_of(b, r, RECORD_F_ALERT_MSG);
	case RECORD_VIRUS:
		return r->has[RECORD_F_VIRUS_NAME] ? text_of(b, r, RECORD_F_VIRUS_NAME)
						   : text_of(b, r, RECORD_F_FILE_NAME);
	case RECORD_SITE:
		return text_of(b, r, RECORD_F_SITE_HOST);
	case RECORD_APP:
		return text_of(b, r, RECORD_F_APP_NAME);
	case RECORD_ASSET:
		return text_of(b, r, RECORD_F_MACHINE_VENDOR);
	case RECORD_SCANNER:
		return text_of(b, r, RECORD_F_SCANNER_REASON);
	default:
		return "";
	}
}

/* What the portal shows of a gate, as JSON. */
static const char *state_of(struct batch *b, const struct record *r)
{
	static const struct {
		enum record_field field;
		const char *name;
	} rows[] = { { RECORD_F_GATE_VERSION, "version" },
		{ RECORD_F_GATE_MODE, "mode" }, { RECORD_F_SCANNER_STATE, "scanner" },
		{ RECORD_F_GATE_UPTIME, "uptime_s" }, { RECORD_F_GATE_RULES, "rules" },
		{ RECORD_F_GATE_REFUSED, "rules_refused" },
		{ RECORD_F_GATE_PACKETS, "packets" }, { RECORD_F_GATE_BYTES, "bytes" },
		{ RECORD_F_GATE_LOST, "capture_lost" },
		{ RECORD_F_GATE_SPOOL_LOST, "spool_lost" } };

	json_t *state = json_object();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!r->has[rows[i].field])
			continue;
		json_object_set_new(state, rows[i].name,
		    i < 3 ? json_string(text_of(b, r, rows[i].field))
			  : json_integer(r->value[rows[i].field].number));
	}
	char *text = json_dumps(state, JSON_COMPACT);
	struct span copy = text ? arena_copy(&b->arena, span_of(text, strlen(text) + 1))
				: span_of(NULL, 0);
	free(text);
	json_decref(state);
	return copy.len ? (const char *)copy.at : "{}";
}

static const char *detail_of(struct batch *b, const struct record *r)
{
	switch (r->kind) {
	case RECORD_GATE:
		return state_of(b, r);
	case RECORD_ASSET:
		return text_of(b, r, RECORD_F_ASSET_EVENT);
	case RECORD_SCANNER:
		return text_of(b, r, RECORD_F_SCANNER_STATE);
	default:
		return "";
	}
}

/* The gate's clock may be wrong; ours decides what is possible. */
static int64_t possible_time(int64_t at_us, int64_t now_us)
{
	return at_us > now_us || at_us < now_us - OLD_US ? now_us : at_us;
}

static int fill(struct batch *b, struct event *e, struct record *r, struct span line)
{
	struct buf packed;

	guess_side(r);
	e->kind = r->kind;
	e->cause = record_cause_get(r);
	e->stopped = r->has[RECORD_F_STOPPED] && r->value[RECORD_F_STOPPED].number;
	e->severity = record_cause_severity(e->cause, e->stopped);
	e->at_us = r->has[RECORD_F_TIMESTAMP] ? r->value[RECORD_F_TIMESTAMP].number
					      : b->taken_us;
	e->when_us = possible_time(e->at_us, b->taken_us);
	e->what = what_of(b, r);
	e->peer = peer_of(b, r);
	e->machine =
	    (struct event_machine){ mac_of(b, r), text_of(b, r, RECORD_F_MACHINE_NAME),
		    addr_of(b, r, RECORD_F_MACHINE_IP),
		    text_of(b, r, RECORD_F_MACHINE_VENDOR),
		    text_of(b, r, RECORD_F_MACHINE_KIND) };
	e->detail = detail_of(b, r);
	buf_init(&packed, EVE_PACKED_MAX);
	int err = store_pack_with(b->words, line, &packed);
	if (err == 0)
		e->eve = arena_copy(&b->arena, buf_span(&packed));
	buf_fini(&packed);
	return err < 0 ? err : e->eve.len ? 0 : FAIL_MEMORY;
}

static void refuse(struct batch *b, uint32_t line_no, const char *why, struct span line)
{
	if (b->refused_n < EVENT_REFUSED_MAX) {
		struct event_refused *f = &b->refused[b->refused_n];
		f->line = line_no;
		f->why = clean(b, span_text(why));
		f->start = clean(b, line);
	}
	b->refused_n++;
}

static void read_line(struct batch *b, uint32_t line_no, struct span line)
{
	char why[256] = "longer than a record may be";
	struct record r;
	json_error_t where;
	json_t *eve = NULL;

	if (line.len <= RECORD_JSON_MAX) {
		eve = json_loadb((const char *)line.at, line.len, 0, &where);
		if (!eve)
			snprintf(why, sizeof(why), "not JSON: %s", where.text);
	}
	if (eve && record_decode(eve, &r, why, sizeof(why)) == 0) {
		if (!record_kind_travels(r.kind))
			snprintf(why, sizeof(why), "%s records stay on the gate",
			    record_kind_name(r.kind));
		else if (fill(b, &b->events[b->n], &r, line) == 0) {
			b->n++;
			json_decref(eve);
			return;
		} else {
			snprintf(why, sizeof(why), "no memory");
		}
	}
	json_decref(eve);
	refuse(b, line_no, why, line);
}

static uint32_t count_lines(struct span lines)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < lines.len; i++)
		n += lines.at[i] == '\n';
	return n + 1;
}

int ingest_batch_lines(struct batch *b, struct span lines, int64_t now_us)
{
	uint32_t line_no = 0;

	b->taken_us = now_us;
	arena_init(&b->arena, EVENT_BATCH_ARENA_MAX);
	if (lines.len > RECORD_BATCH_BYTES_MAX ||
	    count_lines(lines) > RECORD_BATCH_RECORDS_MAX + 1)
		return FAIL_LIMIT;
	b->events = arena_alloc(&b->arena, count_lines(lines) * sizeof(*b->events));
	if (!b->events)
		return FAIL_MEMORY;
	for (uint32_t at = 0; at < lines.len;) {
		const uint8_t *end = memchr(lines.at + at, '\n', lines.len - at);
		uint32_t stop = end ? (uint32_t)(end - lines.at) : lines.len;
		line_no++;
		if (stop > at)
			read_line(b, line_no, span_of(lines.at + at, stop - at));
		at = stop + 1;
	}
	return 0;
}

int ingest_batch_read(struct batch *b, struct span packed, int64_t now_us)
{
	struct buf lines;

	arena_init(&b->arena, EVENT_BATCH_ARENA_MAX);
	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	int err = record_batch_unpack(packed, &lines);
	if (err == 0) {
		arena_fini(&b->arena);
		err = ingest_batch_lines(b, buf_span(&lines), now_us);
	}
	buf_fini(&lines);
	return err;
}

void ingest_batch_fini(struct batch *b)
{
	arena_fini(&b->arena);
	b->events = NULL;
	b->n = 0;
}
