/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/ingest/ingest.h"

/* The boxes at the companies' entrances. */

#define SELECT_GATE                                                              \
	"SELECT c.id, c.name, c.sample, g.id, g.name, t.name, g.enrolled_us, "   \
	"COALESCE(g.fingerprint, (SELECT MIN(k.hash) FROM gate_token k WHERE "   \
	"k.gate_id = g.id AND k.revoked_us IS NULL)), g.revoked_us, g.seen_us, " \
	"g.state, g.sensor, g.skew_us FROM gate g JOIN company c ON "            \
	"c.id = g.company_id JOIN site t ON t.id = g.site_id WHERE 1 = 1"

static json_t *gate(struct store_rows *rows, int64_t now_us)
{
	json_t *o = json_pack("{s:o*, s:I, s:s, s:s, s:o*, s:o*, s:o*}", "company",
	    api_company_ref(rows, 0), "id", (json_int_t)store_col_int(rows, 3), "name",
	    store_col_text(rows, 4), "site", store_col_text(rows, 5), "enrolled_us",
	    api_time(rows, 6), "revoked_us", api_time(rows, 8), "seen_us",
	    api_time(rows, 9));

	if (o)
		api_gate_state(o, rows, 7, now_us, true);
	if (o) {
		(void)json_object_set_new(
		    o, "sensor", json_string(store_col_text(rows, 11)));
		(void)json_object_set_new(
		    o, "skew_s", json_integer(store_col_int(rows, 12) / 1000000));
	}
	return o;
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	struct store_rows *rows;
	json_t *all;

	api_sql_scope(s, &q->scope, "g.company_id");
	if (!api_sql_company(s, db, q, "g.company_id", a))
		return;
	api_sql_add(s, " ORDER BY c.name, c.id, g.name, g.id");
	api_sql_query(s, db, &rows);
	all = json_array();
	while (store_next(rows))
		(void)json_array_append_new(all, gate(rows, q->now_us));
	int err = store_rows_free(rows);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o*}", "items", all));
}

void api_gates_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_GATE);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

/* The gate as JSON; NULL with the error: FAIL_MISSING, also for another chamber's. */
static json_t *one(const struct api_request *q, struct store_db *db, int *err)
{
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	api_sql_init(&s, SELECT_GATE);
	api_sql_with(&s, " AND g.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "g.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		o = gate(rows, q->now_us);
	*err = store_rows_free(rows);
	api_sql_fini(&s);
	if (*err == 0 && !o)
		*err = FAIL_MISSING;
	return o;
}

/* What is asked of a gate, inside one transaction with the question whether it may be. */
struct order {
	const struct api_request *q;
	char code[WIRE_CODE_ROOM], token[INGEST_TOKEN_ROOM];
	int64_t expires_us;
};

static int welcome(const struct api_request *q, struct store_db *db, int64_t *company)
{
	int err;
	json_t *o = one(q, db, &err);
	bool revoked = o && !json_is_null(json_object_get(o, "revoked_us"));

	if (o)
		*company = json_integer_value(
		    json_object_get(json_object_get(o, "company"), "id"));
	json_decref(o);
	return err < 0 ? err : revoked ? FAIL_CONFLICT : 0;
}

static int write_code(struct store_db *db, void *arg)
{
	struct order *o = arg;
	int64_t company = 0;
	int err = welcome(o->q, db, &company);

	if (err == 0)
		err = ingest_code_new(
		    db, o->q->api->ca, o->q->id, o->q->now_us, o->code, &o->expires_us);
	struct store_audit line = { .at_us = o->q->now_us,
		.account_id = o->q->scope.account_id,
		.company_id = company,
		.action = "gate.code" };
	return err < 0 ? err : store_audit(db, &line);
}

void api_gates_code(struct api_request *q, struct api_reply *a)
{
	struct order o = { .q = q };
	/* A centre without a certificate authority has no door for gates either. */
	int err =
	    q->api->ca ? store_write(q->api->store, write_code, &o) : FAIL_MISSING;

	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200,
		    json_pack("{s:s, s:I}", "code", o.code, "expires_us",
			(json_int_t)o.expires_us));
}

static int write_revoke(struct store_db *db, void *arg)
{
	const struct order *o = arg;
	int64_t company = 0;
	int err = welcome(o->q, db, &company);

	return err < 0
		   ? err
		   : ingest_revoke(db, o->q->id, o->q->scope.account_id, o->q->now_us);
}

void api_gates_revoke(struct api_request *q, struct api_reply *a)
{
	struct order o = { .q = q };
	int err = store_write(q->api->store, write_revoke, &o);
	struct store_db *db = err < 0 ? NULL : api_read(q);
	json_t *json = db ? one(q, db, &err) : NULL;

	if (db)
		store_read_done(q->api->store, db);
	else if (err == 0)
		err = FAIL_IO;
	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json);
}

static int write_token(struct store_db *db, void *arg)
{
	struct order *o = arg;
	int64_t company = 0;
	int err = welcome(o->q, db, &company);

	return err < 0 ? err
		       : ingest_token_new(db, o->q->id, o->q->scope.account_id,
			     o->q->now_us, o->token);
}

void api_gates_token(struct api_request *q, struct api_reply *a)
{
	struct order o = { .q = q };
	int err = store_write(q->api->store, write_token, &o);

	if (err < 0)
		api_fail_store(a, err == FAIL_LIMIT ? FAIL_CONFLICT : err);
	else
		api_json(a, 200, json_pack("{s:s}", "token", o.token));
}

static int write_untoken(struct store_db *db, void *arg)
{
	const struct order *o = arg;
	int64_t company = 0;
	int err = welcome(o->q, db, &company);

	return err < 0 ? err
		       : ingest_token_revoke(
			     db, o->q->id, o->q->scope.account_id, o->q->now_us);
}

void api_gates_untoken(struct api_request *q, struct api_reply *a)
{
	struct order o = { .q = q };
	int ended = store_write(q->api->store, write_untoken, &o);

	if (ended < 0)
		api_fail_store(a, ended);
	else
		api_json(a, 200, json_pack("{s:i}", "ended", ended));
}
