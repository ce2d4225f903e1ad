/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/internal.h"

#include "center/ingest/ingest.h"
#include "lib/record/record.h"

#include <inttypes.h>
#include <stdio.h>

json_t *api_company_ref(struct store_rows *rows, unsigned column)
{
	return json_pack("{s:I, s:s, s:b}", "id",
	    (json_int_t)store_col_int(rows, column), "name",
	    store_col_text(rows, column + 1), "sample",
	    store_col_int(rows, column + 2) != 0);
}

json_t *api_gate_ref(struct store_rows *rows, unsigned column)
{
	return json_pack("{s:I, s:s}", "id", (json_int_t)store_col_int(rows, column),
	    "name", store_col_text(rows, column + 1));
}

json_t *api_time(struct store_rows *rows, unsigned column)
{
	return store_col_null(rows, column) ? json_null()
					    : json_integer(store_col_int(rows, column));
}

const char *api_severity_word(int64_t severity)
{
	return severity == RECORD_URGENT    ? "urgent"
	       : severity == RECORD_CAUTION ? "caution"
					    : "log";
}

const char api_incident_select[] =
    "SELECT c.id, c.name, c.sample, g.id, g.name, m.id, " API_MACHINE_LABEL
    ", m.mac, m.ip, m.kind, i.id, i.cause, i.severity, i.state, i.outcome, i.stopped, "
    "i.what, i.peer, i.events + COALESCE((SELECT SUM(x.events) FROM incident x "
    "WHERE x.merged_into = i.id), 0), i.first_us, i.last_us, i.opened_us, i.change "
    "FROM incident i JOIN company c ON c.id = i.company_id JOIN gate g ON g.id = "
    "i.gate_id LEFT JOIN machine m ON m.id = i.machine_id WHERE 1 = 1";

static json_t *machine_ref(struct store_rows *rows, unsigned column)
{
	if (store_col_null(rows, column))
		return json_null();
	return json_pack("{s:I, s:s, s:s, s:s, s:s}", "id",
	    (json_int_t)store_col_int(rows, column), "label",
	    store_col_text(rows, column + 1), "mac", store_col_text(rows, column + 2),
	    "ip", store_col_text(rows, column + 3), "kind",
	    store_col_text(rows, column + 4));
}

json_t *api_incident_summary(struct store_rows *rows)
{
	/* A cause that this version does not know is from a newer one: say "other". */
	enum record_cause cause = record_cause_find(store_col_text(rows, 11));
	if (cause >= RECORD_CAUSE_MAX)
		cause = RECORD_CAUSE_OTHER;
	json_t *o = json_pack(
	    "{s:I, s:o*, s:o*, s:o*, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "id",
	    (json_int_t)store_col_int(rows, 10), "company", api_company_ref(rows, 0),
	    "gate", api_gate_ref(rows, 3), "machine", machine_ref(rows, 5), "cause",
	    record_cause_id(cause), "title_ja", record_cause_title(cause, RECORD_JA),
	    "title_en", record_cause_title(cause, RECORD_EN), "severity",
	    api_severity_word(store_col_int(rows, 12)), "state",
	    store_col_text(rows, 13), "outcome", store_col_text(rows, 14), "stopped",
	    store_col_int(rows, 15) != 0);
	json_t *rest = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
	    "title_easy", record_cause_title(cause, RECORD_EASY_JA), "what",
	    store_col_text(rows, 16), "peer", store_col_text(rows, 17), "events",
	    (json_int_t)store_col_int(rows, 18), "first_us",
	    (json_int_t)store_col_int(rows, 19), "last_us",
	    (json_int_t)store_col_int(rows, 20), "opened_us",
	    (json_int_t)store_col_int(rows, 21), "change",
	    (json_int_t)store_col_int(rows, 22));

	if (!o || !rest || json_object_update(o, rest) < 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(rest);
	return o;
}

static const char *gate_word(struct store_rows *rows, unsigned column, int64_t now_us)
{
	if (!store_col_null(rows, column + 1))
		return "revoked";
	if (store_col_null(rows, column) || store_col_null(rows, column + 2))
		return "never";
	return now_us - store_col_int(rows, column + 2) > INGEST_SILENT_US ? "silent"
									   : "ok";
}

/* One of the words, or the first of them: what a gate says is not to be trusted. */
static const char *word_of(json_t *state, const char *name, const char *const words[3])
{
	const char *said = json_string_value(json_object_get(state, name));

	for (unsigned i = 1; said && i < 3; i++)
		if (strcmp(said, words[i]) == 0)
			return words[i];
	return words[0];
}

void api_gate_state(json_t *o, struct store_rows *rows, unsigned column, int64_t now_us,
    bool with_version)
{
	static const char *const scanners[3] = { "none", "up", "down" };
	static const char *const modes[3] = { "", "protect", "observe" };
	const char *text = store_col_text(rows, column + 3);
	json_t *state = json_loads(text, 0, NULL);
	json_int_t rules = json_integer_value(json_object_get(state, "rules"));
	const char *version = json_string_value(json_object_get(state, "version"));

	(void)json_object_set_new(
	    o, "state", json_string(gate_word(rows, column, now_us)));
	(void)json_object_set_new(
	    o, "scanner", json_string(word_of(state, "scanner", scanners)));
	(void)json_object_set_new(
	    o, "mode", json_string(word_of(state, "mode", modes)));
	(void)json_object_set_new(o, "rules", json_integer(rules < 0 ? 0 : rules));
	if (with_version)
		(void)json_object_set_new(
		    o, "version", json_string(version ? version : ""));
	json_decref(state);
}

#define PAGE_PRESET 50

void api_page_init(struct api_page *p, const struct api_request *q)
{
	*p = (struct api_page){ .items = json_array(),
		.limit = api_query_int(q, "limit", PAGE_PRESET) };
}

void api_page_order(struct api_page *p, struct api_sql *s, const char *columns)
{
	api_sql_add(s, " ORDER BY ");
	for (; *columns; columns++)
		if (*columns == ',')
			api_sql_add(s, " DESC,");
		else
			buf_add_byte(&s->text, (uint8_t)*columns);
	api_sql_with(s, " DESC LIMIT ?", STORE_INT(p->limit + 1));
}

bool api_page_wants(struct api_page *p)
{
	p->more = (int64_t)json_array_size(p->items) == p->limit;
	return !p->more;
}

void api_page_add(struct api_page *p, json_t *item, int64_t a, int64_t b)
{
	(void)json_array_append_new(p->items, item);
	p->last[0] = a;
	p->last[1] = b;
}

void api_page_answer(struct api_page *p, struct api_reply *a, int err)
{
	if (err < 0) {
		json_decref(p->items);
		api_fail_store(a, err);
		return;
	}
	json_t *next =
	    p->more ? json_sprintf("%" PRId64 ".%" PRId64, p->last[0], p->last[1])
		    : json_null();
	api_json(a, 200, json_pack("{s:o*, s:o*}", "items", p->items, "next", next));
}
