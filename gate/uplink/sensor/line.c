/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/sensor/sensor.h"

#include "lib/record/record.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void count(struct sensor_words *w, const char *kind)
{
	unsigned i = 0;

	if (!kind || strlen(kind) >= sizeof(w->counted[0].kind))
		kind = "other";
	while (i < w->kinds && strcmp(w->counted[i].kind, kind) != 0)
		i++;
	if (i >= SENSOR_KINDS_MAX - 1) {
		i = SENSOR_KINDS_MAX - 1;
		kind = "other";
	}
	if (i >= w->kinds) {
		w->kinds = i + 1;
		snprintf(w->counted[i].kind, sizeof(w->counted[i].kind), "%s", kind);
	}
	w->counted[i].events++;
}

static void note_stats(struct sensor_words *w, const struct record *r)
{
	const struct {
		enum record_field f;
		int64_t *to;
	} rows[] = { { RECORD_F_GATE_UPTIME, &w->uptime_s },
		{ RECORD_F_GATE_PACKETS, &w->packets },
		{ RECORD_F_GATE_BYTES, &w->bytes }, { RECORD_F_GATE_LOST, &w->lost },
		{ RECORD_F_GATE_RULES, &w->rules },
		{ RECORD_F_GATE_REFUSED, &w->rules_refused } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (r->has[rows[i].f])
			*rows[i].to = r->value[rows[i].f].number;
}

static void put(struct sensor_words *w, struct record *r, struct span line)
{
	enum record_cause cause = record_cause_get(r);
	bool stopped = r->has[RECORD_F_STOPPED] && r->value[RECORD_F_STOPPED].number;
	struct buf text;

	record_text(r, RECORD_F_CAUSE, record_cause_id(cause));
	/* A byte less than a record may have: the spool's own limit. */
	buf_init(&text, RECORD_JSON_MAX - 1);
	if (r->kind == RECORD_ALERT)
		record_write_sensor(r, line, &text);
	if (text.overflowed || text.len == 0) {
		buf_clear(&text);
		record_encode(r, &text);
	}
	/* What the spool had to give up it counts and tells itself. */
	if (text.overflowed ||
	    uplink_spool_put(
		w->spool, record_cause_severity(cause, stopped), buf_span(&text)) < 0)
		w->refused += text.overflowed;
	buf_fini(&text);
}

void sensor_line(struct sensor_words *w, struct span line, int64_t now_us)
{
	json_error_t where;
	struct record r;
	char why[256];
	json_t *eve = line.len > SENSOR_LINE_MAX
			  ? NULL
			  : json_loadb((const char *)line.at, line.len,
				JSON_REJECT_DUPLICATES, &where);
	int err = eve ? record_read_sensor(eve, w->home, w->homes, &r, why, sizeof(why))
		      : FAIL_FORMAT;

	if (err == 0 || err == FAIL_MISSING)
		w->heard_us = now_us;
	if (err == 0 && r.kind == RECORD_GATE)
		note_stats(w, &r);
	else if (err == 0)
		put(w, &r, line);
	else if (err == FAIL_MISSING)
		count(w, json_string_value(json_object_get(eve, "event_type")));
	else
		w->refused++;
	json_decref(eve);
}

static char *counted(const struct sensor_words *w)
{
	json_t *all = json_object();

	for (unsigned i = 0; i < w->kinds; i++)
		json_object_set_new(
		    all, w->counted[i].kind, json_integer(w->counted[i].events));
	if (w->refused)
		json_object_set_new(
		    all, "unreadable", json_integer((json_int_t)w->refused));
	char *text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return text;
}

void sensor_beat(struct sensor_words *w, int64_t now_us)
{
	struct record r;
	struct buf line;

	if (now_us - w->heard_us > SENSOR_QUIET_US)
		return;
	char *kinds = counted(w);
	record_init(&r, RECORD_GATE);
	record_time(&r, RECORD_F_TIMESTAMP, now_us);
	record_text(&r, RECORD_F_GATE_VERSION, OTASUKE_VERSION);
	record_text(&r, RECORD_F_GATE_SENSOR, "suricata");
	record_int(&r, RECORD_F_GATE_UPTIME, w->uptime_s);
	record_int(&r, RECORD_F_GATE_RULES, w->rules);
	record_int(&r, RECORD_F_GATE_REFUSED, w->rules_refused);
	record_int(&r, RECORD_F_GATE_PACKETS, w->packets);
	record_int(&r, RECORD_F_GATE_BYTES, w->bytes);
	record_int(&r, RECORD_F_GATE_LOST, w->lost);
	record_int(&r, RECORD_F_GATE_SPOOL_LOST, (int64_t)uplink_spool_lost(w->spool));
	if (kinds)
		record_span(&r, RECORD_F_GATE_COUNTED, span_text(kinds));
	buf_init(&line, RECORD_JSON_MAX - 1);
	record_encode(&r, &line);
	if (!line.overflowed &&
	    uplink_spool_put(w->spool, RECORD_LOG, buf_span(&line)) == 0) {
		w->kinds = 0;
		w->refused = 0;
	}
	buf_fini(&line);
	free(kinds);
}

/* Takes the whole lines of what is waiting. */
static void take_lines(struct sensor_cutter *c, struct sensor_words *w, int64_t now_us)
{
	size_t at = 0;

	while (at < c->rest.len) {
		const uint8_t *end = memchr(c->rest.at + at, '\n', c->rest.len - at);
		if (!end)
			break;
		size_t len = (size_t)(end - c->rest.at) - at;
		if (c->skipping)
			c->skipping = false;
		else if (len)
			sensor_line(w, span_of(c->rest.at + at, len), now_us);
		at += len + 1;
	}
	buf_drop(&c->rest, at);
}

void sensor_cut(
    struct sensor_cutter *c, struct sensor_words *w, struct span bytes, int64_t now_us)
{
	if (!c->rest.max)
		buf_init(&c->rest, 2 * SENSOR_LINE_MAX);
	buf_add(&c->rest, bytes.at, bytes.len);
	take_lines(c, w, now_us);
	if (c->rest.len <= SENSOR_LINE_MAX && !c->rest.overflowed)
		return;
	w->refused += !c->skipping;
	c->skipping = true;
	buf_clear(&c->rest);
}
