/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

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
	case RECORD_TROUBLE:
		return text_of(b, r, RECORD_F_TROUBLE_REASON);
	default:
		return "";
	}
}

/* What recognised it, in one word that stays the same: a rule by its number, the others by
 * what they name. */
static const char *sign_of(struct batch *b, const struct record *r, const char *what)
{
	char text[EVENT_TEXT_MAX + 16];

	if (r->kind == RECORD_ALERT)
		snprintf(text, sizeof(text), "rule:%" PRId64,
		    r->has[RECORD_F_ALERT_SID] ? r->value[RECORD_F_ALERT_SID].number
					       : 0);
	else if (*what && (r->kind == RECORD_VIRUS || r->kind == RECORD_SITE ||
			      r->kind == RECORD_APP))
		snprintf(text, sizeof(text), "%s:%s", record_kind_name(r->kind), what);
	else
		return "";
	return clean(b, span_text(text));
}

/* The first question of a DNS record. */
static const char *asked_of(struct batch *b, const struct record *r)
{
	const json_t *first =
	    r->has[RECORD_F_DNS_QUERIES]
		? json_array_get(r->value[RECORD_F_DNS_QUERIES].json, 0)
		: NULL;
	const char *name = json_string_value(json_object_get(first, "rrname"));

	return name ? clean(b, span_text(name)) : "";
}

/* What the other side is called, which says more than an address that many share. */
static const char *host_of(struct batch *b, const struct record *r)
{
	static const enum record_field fields[] = { RECORD_F_SITE_HOST,
		RECORD_F_TLS_SNI, RECORD_F_HTTP_HOSTNAME };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (r->has[fields[i]])
			return text_of(b, r, fields[i]);
	return asked_of(b, r);
}

static bool is_by_name(const struct record *r)
{
	return (r->has[RECORD_F_APP_PROTO] &&
		   span_is(r->value[RECORD_F_APP_PROTO].text, "dns")) ||
	       (r->has[RECORD_F_DEST_PORT] &&
		   r->value[RECORD_F_DEST_PORT].number == 53);
}

static enum event_way way_of(const struct record *r)
{
	static const char *const words[] = {
		[EVENT_IN] = "in", [EVENT_OUT] = "out", [EVENT_LOCAL] = "local"
	};

	for (unsigned w = EVENT_IN; r->has[RECORD_F_WAY] && w <= EVENT_LOCAL; w++)
		if (span_is(r->value[RECORD_F_WAY].text, words[w]))
			return w;
	return EVENT_WAY_ANY;
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
		{ RECORD_F_GATE_SPOOL_LOST, "spool_lost" },
		{ RECORD_F_GATE_SPOOL, "spool_percent" },
		{ RECORD_F_GATE_IN, "packets_in" },
		{ RECORD_F_GATE_OUT, "packets_out" },
		{ RECORD_F_GATE_MACHINES, "machines" },
		{ RECORD_F_GATE_LOCAL, "local" },
		{ RECORD_F_GATE_RULES_AT, "rules_at" },
		{ RECORD_F_SCANNER_AT, "signatures_at" } };

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

static int fill(struct batch *b, struct event *e, struct record *r, struct span line)
{
	struct buf packed;

	e->kind = r->kind;
	e->cause = record_cause_get(r);
	e->stopped = r->has[RECORD_F_STOPPED] && r->value[RECORD_F_STOPPED].number;
	e->severity = record_cause_severity(e->cause, e->stopped);
	e->at_us = r->has[RECORD_F_TIMESTAMP] ? r->value[RECORD_F_TIMESTAMP].number
					      : b->taken_us + ingest_clock_skew(b);
	ingest_clock_correct(b, e);
	if (r->has[RECORD_F_MORE] && r->value[RECORD_F_MORE].number > 0 &&
	    r->value[RECORD_F_MORE].number < UINT32_MAX)
		e->more = (uint32_t)r->value[RECORD_F_MORE].number;
	e->what = what_of(b, r);
	e->peer = peer_of(b, r);
	e->sign = sign_of(b, r, e->what);
	e->hash = text_of(b, r, RECORD_F_FILE_SHA256);
	e->host = host_of(b, r);
	e->by_name = is_by_name(r);
	e->way = way_of(r);
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

#define LINE_MAX (1u << 20) /* of a sensor; what is kept of it is shorter */

static json_t *parse(const struct batch *b, struct span line, char *why, size_t room)
{
	json_error_t where;

	if (line.len > (b->eve ? LINE_MAX : RECORD_JSON_MAX)) {
		snprintf(why, room, "longer than a record may be");
		return NULL;
	}
	/* Two members of one name mean different things to different readers. */
	json_t *eve =
	    json_loadb((const char *)line.at, line.len, JSON_REJECT_DUPLICATES, &where);
	if (!eve)
		snprintf(why, room, "not JSON: %s", where.text);
	return eve;
}

bool ingest_is_gates(const json_t *eve)
{
	const json_t *own = json_object_get(eve, "otasuke");

	return own && !json_object_get(own, "sensor");
}

/* A gate's record says itself what it means; other EVE is a sensor's.  FAIL_MISSING: only
 * counted. */
static int decode(struct batch *b, const struct ingest_sensor *s, const json_t *eve,
    struct record *r, char *why, size_t room)
{
	if (ingest_is_gates(eve))
		return record_decode(eve, r, why, room);
	int err = record_read_sensor(eve, s->home, s->homes, r, why, room);
	if (err != FAIL_MISSING)
		return err;
	const char *kind = json_string_value(json_object_get(eve, "event_type"));
	if (b->eve) {
		ingest_count(b, kind, 1);
		return err;
	}
	snprintf(why, room, "%.40s records stay on the gate", kind);
	return FAIL_FORMAT;
}

/* What is kept of the record: the line as it came, or what we know of a longer one; what
 * was found out about a sensor's event stands behind it, as a gate would have written it. */
static int keep(struct batch *b, struct event *e, struct record *r, const json_t *eve,
    struct span line)
{
	bool known = json_object_get(eve, "otasuke") || r->kind != RECORD_ALERT;
	struct buf text;
	int err;

	if (line.len <= RECORD_JSON_MAX && known)
		return fill(b, e, r, line);
	if (!known)
		record_text(r, RECORD_F_CAUSE, record_cause_id(record_cause_get(r)));
	buf_init(&text, RECORD_JSON_MAX);
	record_write_sensor(r, line, &text);
	err = text.overflowed ? FAIL_MEMORY : fill(b, e, r, buf_span(&text));
	buf_fini(&text);
	return err;
}

static int take(struct batch *b, struct ingest_sensor *s, const json_t *eve,
    struct span line, char *why, size_t room)
{
	struct record r;
	int err = decode(b, s, eve, &r, why, room);

	if (err < 0)
		return err;
	if (!record_kind_travels(r.kind)) {
		snprintf(
		    why, room, "%s records stay on the gate", record_kind_name(r.kind));
		return FAIL_FORMAT;
	}
	if (r.has[RECORD_F_GATE_SENSOR])
		b->sensor = true;
	if (r.has[RECORD_F_GATE_COUNTED])
		ingest_count_all(b, r.value[RECORD_F_GATE_COUNTED].json);
	struct event *e = &b->events[b->n];
	if (keep(b, e, &r, eve, line) < 0) {
		snprintf(why, room, "no memory");
		return FAIL_MEMORY;
	}
	b->n += ingest_sensor_note(b, s, eve, &r, e);
	return 0;
}

static void read_line(
    struct batch *b, struct ingest_sensor *s, uint32_t line_no, struct span line)
{
	char why[256] = "";
	json_t *eve = parse(b, line, why, sizeof(why));
	int err = eve ? take(b, s, eve, line, why, sizeof(why)) : FAIL_FORMAT;

	json_decref(eve);
	if (err < 0 && err != FAIL_MISSING)
		refuse(b, line_no, why, line);
}

static uint32_t count_lines(struct span lines)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < lines.len; i++)
		n += lines.at[i] == '\n';
	return n + 1;
}

static void read_lines(struct batch *b, struct ingest_sensor *s, struct span lines)
{
	uint32_t line_no = 0;

	for (uint32_t at = 0; at < lines.len;) {
		const uint8_t *end = memchr(lines.at + at, '\n', lines.len - at);
		uint32_t stop = end ? (uint32_t)(end - lines.at) : lines.len;
		line_no++;
		if (stop > at)
			read_line(b, s, line_no, span_of(lines.at + at, stop - at));
		at = stop + 1;
	}
}

int ingest_batch_lines(struct batch *b, struct span lines, int64_t now_us)
{
	struct ingest_sensor sensor;

	b->taken_us = now_us;
	b->sensor = b->eve;
	arena_init(&b->arena, EVENT_BATCH_ARENA_MAX);
	uint32_t n = count_lines(lines);
	if (lines.len > RECORD_BATCH_BYTES_MAX || n > RECORD_BATCH_RECORDS_MAX + 1)
		return FAIL_LIMIT;
	b->events =
	    arena_alloc(&b->arena, (n + EVENT_TROUBLE_MAX) * sizeof(*b->events));
	if (!b->events || ingest_sensor_init(&sensor, b, n) < 0)
		return FAIL_MEMORY;
	b->sum = ingest_sum_short(lines);
	read_lines(b, &sensor, lines);
	ingest_sensor_finish(&sensor, b);
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

void ingest_trouble(
    struct batch *b, enum record_cause cause, const char *what, bool over)
{
	struct event *e = &b->events[b->n];
	struct buf line;
	struct record r;

	record_init(&r, RECORD_TROUBLE);
	record_time(&r, RECORD_F_TIMESTAMP, b->taken_us + ingest_clock_skew(b));
	record_text(&r, RECORD_F_TROUBLE_REASON, what);
	record_text(&r, RECORD_F_CAUSE, record_cause_id(cause));
	buf_init(&line, RECORD_JSON_MAX);
	record_encode(&r, &line);
	if (!line.overflowed && fill(b, e, &r, buf_span(&line)) == 0) {
		e->detail = over ? "over" : "";
		b->n++;
	}
	buf_fini(&line);
}

void ingest_batch_fini(struct batch *b)
{
	arena_fini(&b->arena);
	b->events = NULL;
	b->n = 0;
}
