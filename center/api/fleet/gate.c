/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fleet/fleet.h"
#include "center/ingest/ingest.h"
#include "lib/wire/remote.h"

/* One gate in full: what it should run, what it does run, what it was ordered. */

#define ORDERS_SHOWN 50

#define SELECT_GATE                                                                       \
	"SELECT c.id, c.name, c.sample, g.id, g.name, t.name, p.name, g.config_version, " \
	"g.report, g.report_us FROM gate g JOIN company c ON c.id = g.company_id JOIN "   \
	"site t ON t.id = g.site_id LEFT JOIN gate_group p ON p.id = g.group_id WHERE "   \
	"1 = 1"

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static const char *kind_word(enum conf_type type)
{
	static const char *const words[] = { [CONF_TEXT] = "text",
		[CONF_BOOL] = "bool",
		[CONF_INT] = "number",
		[CONF_SIZE] = "size",
		[CONF_CHOICE] = "choice" };

	return words[type];
}

/* One setting: what the centre wants, what the gate says it runs. */
static json_t *setting(
    const struct conf_row *row, const json_t *wanted, const json_t *runs, bool *differs)
{
	const json_t *want = json_object_get(wanted, row->key);
	const json_t *run = json_object_get(runs, row->key);
	bool drift =
	    want && run && strcmp(text_of(want, "value"), text_of(run, "value")) != 0;

	*differs = *differs || drift;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}",
	    "name", row->key, "ja", row->ja, "en", row->en, "kind",
	    kind_word(row->type), "choices", row->choices ? row->choices : "", "unit",
	    row->unit ? row->unit : "", "value", text_of(want, "value"), "level",
	    text_of(want, "level"), "runs", text_of(run, "value"), "runs_from",
	    text_of(run, "from"), "drift", drift);
}

static json_t *settings(
    struct store_db *db, int64_t gate_id, const json_t *report, bool *differs, int *err)
{
	json_t *wanted = fleet_setting_effective(db, gate_id, err), *all = json_array();
	const json_t *runs = json_object_get(report, "config");

	for (size_t i = 0; i < wire_remote_row_count; i++)
		(void)json_array_append_new(
		    all, setting(&wire_remote_rows[i], wanted, runs, differs));
	json_decref(wanted);
	return all;
}

static json_t *orders(struct store_db *db, int64_t gate_id, int *err)
{
	struct store_rows *rows;
	json_t *all = json_array();

	store_query(db, &rows,
	    "SELECT o.number, o.kind, o.state, o.why, o.issued_us, w.name, o.expires_us, "
	    "o.sent_us, o.done_us FROM gate_order o LEFT JOIN account w ON w.id = "
	    "o.account_id WHERE o.gate_id = ? ORDER BY o.number DESC LIMIT ?",
	    STORE_ARGS(STORE_INT(gate_id), STORE_INT(ORDERS_SHOWN)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:s, s:s, s:I, s:s, s:I, s:o*, s:o*}",
			     "number", (json_int_t)store_col_int(rows, 0), "kind",
			     store_col_text(rows, 1), "state", store_col_text(rows, 2),
			     "why", store_col_text(rows, 3), "issued_us",
			     (json_int_t)store_col_int(rows, 4), "by",
			     store_col_text(rows, 5), "expires_us",
			     (json_int_t)store_col_int(rows, 6), "sent_us",
			     api_time(rows, 7), "done_us", api_time(rows, 8)));
	int read = store_rows_free(rows);
	*err = *err < 0 ? *err : read;
	return all;
}

struct picture {
	int64_t id, version;
	json_t *head, *report;
	bool reported;
};

static int read_head(
    struct store_db *db, const struct api_request *q, struct picture *p)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, SELECT_GATE);
	api_sql_with(&s, " AND g.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "g.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows)) {
		p->id = store_col_int(rows, 3);
		p->version = store_col_int(rows, 7);
		p->reported = !store_col_null(rows, 9);
		p->report = json_loads(store_col_text(rows, 8), 0, NULL);
		p->head = json_pack("{s:o*, s:o*, s:s, s:s, s:o*}", "company",
		    api_company_ref(rows, 0), "gate", api_gate_ref(rows, 3), "site",
		    store_col_text(rows, 5), "group", store_col_text(rows, 6),
		    "reported_us", api_time(rows, 9));
	}
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : p->head ? 0 : FAIL_MISSING;
}

/* "old": the order has not been done yet; "local": somebody at the gate decided otherwise. */
static const char *drift_word(const struct picture *p, bool differs)
{
	int64_t runs = json_integer_value(json_object_get(p->report, "config_version"));

	if (!p->reported)
		return "never";
	return runs < p->version ? "old" : differs ? "local" : "none";
}

static void fill(struct store_db *db, struct picture *p, int *err)
{
	bool differs = false;
	json_t *all = settings(db, p->id, p->report, &differs, err);
	const json_t *rules = json_object_get(p->report, "rules");

	(void)json_object_set_new(p->head, "settings", all);
	(void)json_object_set_new(
	    p->head, "drift", json_string(drift_word(p, differs)));
	(void)json_object_set_new(p->head, "version", json_integer(p->version));
	(void)json_object_set_new(p->head, "runs_version",
	    json_integer(
		json_integer_value(json_object_get(p->report, "config_version"))));
	(void)json_object_set_new(p->head, "cuts",
	    json_boolean(json_is_true(json_object_get(p->report, "inline"))));
	(void)json_object_set_new(
	    p->head, "software", json_string(text_of(p->report, "version")));
	(void)json_object_set_new(p->head, "started_us",
	    json_integer(json_integer_value(json_object_get(p->report, "started_us"))));
	(void)json_object_set_new(p->head, "refused",
	    json_integer(json_integer_value(json_object_get(rules, "refused"))));
	(void)json_object_set_new(p->head, "orders", orders(db, p->id, err));
}

void api_gates_fleet(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct picture p = { 0 };

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = read_head(db, q, &p);
	if (err == 0)
		fill(db, &p, &err);
	store_read_done(q->api->store, db);
	json_decref(p.report);
	if (err < 0) {
		json_decref(p.head);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, p.head);
}

/* ---- changing ---- */

struct change {
	const struct api_request *q;
	struct buf why;
};

/* The ids of what stands above a gate. */
static int level_of(
    struct store_db *db, const struct api_request *q, struct fleet_setting *s)
{
	struct store_rows *rows;
	static const char *const levels[] = { "chamber", "group", "company", "site",
		"gate" };

	store_query(db, &rows,
	    "SELECT c.chamber_id, g.group_id, c.id, g.site_id, g.id FROM gate g JOIN company "
	    "c ON c.id = g.company_id WHERE g.id = ?",
	    STORE_ARGS(STORE_INT(q->id)));
	s->level = api_body_text(q, "level");
	if (store_next(rows)) {
		s->chamber_id = store_col_int(rows, 0);
		for (unsigned i = 0; i < 5; i++)
			if (strcmp(levels[i], s->level) == 0)
				s->level_id = store_col_int(rows, i);
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : s->level_id ? 0 : FAIL_CONFLICT;
}

static int write_setting(struct store_db *db, void *arg)
{
	struct change *c = arg;
	struct fleet_by by = api_fleet_by(c->q);
	struct fleet_setting s = { .name = api_body_text(c->q, "name"),
		.value = api_body_text(c->q, "value") };
	int err = api_fleet_gate(c->q, db, c->q->id);

	if (err == 0)
		err = level_of(db, c->q, &s);
	return err < 0 ? err : fleet_setting_put(db, &by, &s, &c->why);
}

static int write_settle(struct store_db *db, void *arg)
{
	struct fleet_by by = api_fleet_by(arg);

	return fleet_setting_settle(db, &by);
}

/* Orders go out in transactions of a size that others can wait for. */
static int settle(struct api_request *q)
{
	int n;

	do
		n = store_write(q->api->store, write_settle, q);
	while (n == FLEET_SETTLE_MOST);
	return n < 0 ? n : 0;
}

void api_gates_setting(struct api_request *q, struct api_reply *a)
{
	struct change c = { .q = q };

	buf_init(&c.why, 1024);
	int err = store_write(q->api->store, write_setting, &c);
	if (err == FAIL_FORMAT) {
		api_fail(a, API_BAD, buf_text(&c.why));
	} else {
		if (err == 0)
			err = settle(q);
		if (err < 0)
			api_fail_store(a, err);
		else
			api_gates_fleet(q, a);
	}
	buf_fini(&c.why);
}

static int find_group(
    struct store_db *db, int64_t chamber_id, const char *name, int64_t *id)
{
	int err = store_get_int(db, id,
	    "SELECT id FROM gate_group WHERE chamber_id = ? AND name = ?",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(name)));

	return err != FAIL_MISSING
		   ? err
		   : store_get_int(db, id,
			 "INSERT INTO gate_group (chamber_id, name) VALUES "
			 "(?, ?) RETURNING id",
			 STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(name)));
}

static int write_group(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct fleet_by by = api_fleet_by(q);
	const char *name = api_body_text(q, "group");
	int64_t id = 0;
	int err = api_fleet_gate(q, db, q->id);

	if (err == 0 && name && *name)
		err = find_group(db, q->scope.chamber_id, name, &id);
	return err < 0 ? err : fleet_group_join(db, &by, q->id, id);
}

void api_gates_group(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_group, q);

	if (err == 0)
		err = settle(q);
	if (err < 0)
		api_fail_store(a, err);
	else
		api_gates_fleet(q, a);
}

/* ---- another box in the same place ---- */

struct swap {
	const struct api_request *q;
	char code[WIRE_CODE_ROOM];
	int64_t expires_us;
};

static int write_swap(struct store_db *db, void *arg)
{
	struct swap *s = arg;
	struct fleet_by by = api_fleet_by(s->q);
	int64_t company_id = 0;
	int err = s->q->api->ca ? api_fleet_gate(s->q, db, s->q->id) : FAIL_MISSING;

	if (err == 0)
		err = store_get_int(db, &company_id,
		    "SELECT company_id FROM gate WHERE id = ? AND fingerprint IS NOT NULL",
		    STORE_ARGS(STORE_INT(s->q->id)));
	if (err == FAIL_MISSING && s->q->api->ca &&
	    api_fleet_gate(s->q, db, s->q->id) == 0)
		return FAIL_CONFLICT; /* nothing to swap: it never joined */
	if (err == 0)
		err = ingest_code_new(
		    db, s->q->api->ca, s->q->id, s->q->now_us, s->code, &s->expires_us);
	if (err == 0)
		err = ingest_code_swap(db, s->q->id);
	struct store_audit line = { .at_us = by.now_us,
		.account_id = by.account_id,
		.company_id = company_id,
		.action = "gate.swap_code" };
	return err < 0 ? err : store_audit(db, &line);
}

void api_gates_swap(struct api_request *q, struct api_reply *a)
{
	struct swap s = { .q = q };
	int err = store_write(q->api->store, write_swap, &s);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200,
		    json_pack("{s:s, s:I}", "code", s.code, "expires_us",
			(json_int_t)s.expires_us));
}
