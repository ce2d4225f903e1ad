/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/contacts/contacts.h"
#include "center/notify/notify.h"

/* What people change in the list whom to tell.  Each change is a line of the audit log. */

struct change {
	struct api_request *q;
	int64_t id, company_id, chamber_id;
	char secret[65];
	int result;
};

static int note(
    struct store_db *db, const struct change *c, const char *action, const char *detail)
{
	return store_audit(db, &(struct store_audit){ .at_us = c->q->now_us,
				   .account_id = c->q->scope.account_id,
				   .company_id = c->company_id,
				   .action = action,
				   .detail = detail });
}

/* The contact of the path, within the fence: fills in whose it is. */
static int seen(struct store_db *db, struct change *c)
{
	struct store_rows *rows;
	struct api_sql s;
	int err = FAIL_MISSING;

	api_sql_init(&s, "SELECT k.company_id FROM contact k WHERE");
	api_sql_with(&s, " k.id = ?", STORE_INT(c->q->id));
	api_sql_scope(&s, &c->q->scope, "k.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows)) {
		c->company_id = store_col_int(rows, 0);
		c->id = c->q->id;
		err = 0;
	}
	int end = store_rows_free(rows);
	api_sql_fini(&s);
	return end < 0 ? end : err;
}

/* The company that the body names, within the fence; people of a company need name none. */
static int company_of(struct store_db *db, struct change *c)
{
	struct store_rows *rows;
	struct api_sql s;
	int64_t company = api_body_int(c->q, "company", c->q->scope.company_id);
	int err = FAIL_MISSING;

	api_sql_init(&s, "SELECT c.id, c.chamber_id FROM company c WHERE");
	api_sql_with(&s, " c.id = ?", STORE_INT(company));
	api_sql_scope(&s, &c->q->scope, "c.id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows)) {
		c->company_id = store_col_int(rows, 0);
		c->chamber_id = store_col_int(rows, 1);
		err = 0;
	}
	int end = store_rows_free(rows);
	api_sql_fini(&s);
	return end < 0 ? end : err;
}

static int severity_of(const char *word)
{
	return word && strcmp(word, "urgent") == 0 ? RECORD_URGENT : RECORD_CAUTION;
}

static int write_add(struct store_db *db, void *arg)
{
	struct change *c = arg;
	struct api_request *q = c->q;
	int err = company_of(db, c);

	if (err < 0)
		return err;
	struct notify_contact_new n = { .chamber_id = c->chamber_id,
		.company_id = c->company_id,
		.channel = api_body_text(q, "channel"),
		.address = api_body_text(q, "address"),
		.name = api_body_text(q, "name"),
		.lang = api_body_text(q, "lang"),
		.severity = severity_of(api_body_text(q, "severity")),
		.reserve = api_body_int(q, "reserve", 0) != 0,
		.events = api_body_int(q, "events", 0) != 0,
		.from_min = (int)api_body_int(q, "from_min", 0),
		.to_min = (int)api_body_int(q, "to_min", 0) };
	if (!notify_channel_ready(n.channel, q->api->notify) &&
	    strcmp(n.channel, "mail") != 0)
		return FAIL_DENIED;
	c->id = notify_contact_add(db, &n, q->now_us, c->secret);
	return c->id < 0 ? (int)c->id : note(db, c, "contact.add", n.address);
}

/* The contact as it is now; with a secret that was just made. */
static void answer(struct api_reply *a, struct change *c)
{
	struct store_db *db = store_read(c->q->api->store);
	int err = FAIL_IO;
	json_t *o = db ? api_contacts_one(c->q, db, c->id, &err) : NULL;

	if (db)
		store_read_done(c->q->api->store, db);
	if (!o) {
		api_fail_store(a, err);
		return;
	}
	if (c->secret[0])
		(void)json_object_set_new(o, "secret", json_string(c->secret));
	api_json(a, 200, o);
}

static void run(
    struct api_request *q, struct api_reply *a, store_write_fn *fn, struct change *c)
{
	c->q = q;
	int err = store_write(q->api->store, fn, c);
	if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "address: not one of this channel");
	else if (err == FAIL_DENIED)
		api_fail(a, API_BAD, "channel: not set up at this centre");
	else if (err == FAIL_LIMIT)
		api_fail(a, API_CONFLICT, "too many");
	else if (err == FAIL_BUSY && c->result)
		api_fail_later(a, API_SLOW, NOTIFY_TEST_S);
	else if (err < 0)
		api_fail_store(a, err);
	else
		answer(a, c);
}

void api_contacts_add(struct api_request *q, struct api_reply *a)
{
	struct change c = { 0 };

	run(q, a, write_add, &c);
}

static int set_int(
    struct store_db *db, const struct change *c, const char *sql, int64_t value)
{
	return value < 0 ? 0
			 : store_exec(
			       db, sql, STORE_ARGS(STORE_INT(value), STORE_INT(c->id)));
}

static int write_change(struct store_db *db, void *arg)
{
	struct change *c = arg;
	struct api_request *q = c->q;
	const char *severity = api_body_text(q, "severity");
	int err = seen(db, c);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE contact SET name = COALESCE(?, name), lang = COALESCE(?, lang) "
		    "WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(api_body_text(q, "name")),
			STORE_TEXT(api_body_text(q, "lang")), STORE_INT(c->id)));
	if (err == 0 && severity)
		err = set_int(db, c, "UPDATE contact SET severity = ? WHERE id = ?",
		    severity_of(severity));
	if (err == 0)
		err = set_int(db, c, "UPDATE contact SET reserve = ? WHERE id = ?",
		    api_body_int(q, "reserve", -1));
	if (err == 0)
		err = set_int(db, c, "UPDATE contact SET from_min = ? WHERE id = ?",
		    api_body_int(q, "from_min", -1));
	if (err == 0)
		err = set_int(db, c, "UPDATE contact SET to_min = ? WHERE id = ?",
		    api_body_int(q, "to_min", -1));
	/* What was turned off for its failures begins anew. */
	if (err == 0 && api_body_int(q, "on", -1) >= 0)
		err = store_exec(db,
		    "UPDATE contact SET state = ?, fails = 0, failing_us = NULL, error = '' "
		    "WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(api_body_int(q, "on", 0) ? "ok" : "off"),
			STORE_INT(c->id)));
	return err < 0 ? err : note(db, c, "contact.change", NULL);
}

void api_contacts_change(struct api_request *q, struct api_reply *a)
{
	struct change c = { 0 };

	if (json_object_size(q->json) == 0)
		api_fail(a, API_BAD, "missing: what to change");
	else
		run(q, a, write_change, &c);
}

static int write_remove(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = seen(db, c);

	if (err == 0)
		err = note(db, c, "contact.remove", NULL);
	return err < 0 ? err : notify_contact_remove(db, c->id, c->q->now_us);
}

void api_contacts_remove(struct api_request *q, struct api_reply *a)
{
	struct change c = { .q = q };
	int err = store_write(q->api->store, write_remove, &c);

	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}

static int write_test(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = seen(db, c);

	if (err < 0)
		return err;
	int64_t id = notify_test(db, c->q->api->notify, c->id, c->q->now_us);
	c->result = id == FAIL_BUSY;
	return id < 0 ? (int)id : note(db, c, "contact.test", NULL);
}

void api_contacts_test(struct api_request *q, struct api_reply *a)
{
	struct change c = { 0 };

	run(q, a, write_test, &c);
}

/* A wrong number is no failure: that it was tried must be kept. */
static int write_confirm(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = seen(db, c);

	if (err < 0)
		return err;
	c->result = notify_contact_confirm(
	    db, c->id, api_body_text(c->q, "code"), c->q->now_us);
	return c->result == 1 ? note(db, c, "contact.verified", NULL) : 0;
}

void api_contacts_confirm(struct api_request *q, struct api_reply *a)
{
	struct change c = { .q = q };
	int err = store_write(q->api->store, write_confirm, &c);

	if (err < 0)
		api_fail_store(a, err);
	else if (c.result == 1)
		answer(a, &c);
	else if (c.result == 0)
		api_fail(a, API_BAD, "code: not this number");
	else
		api_fail(a, API_CONFLICT, "send another test first");
}

static int write_secret(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = seen(db, c);

	if (err == 0)
		err = notify_contact_secret(db, c->id, c->secret);
	return err < 0 ? err : note(db, c, "contact.secret", NULL);
}

void api_contacts_secret(struct api_request *q, struct api_reply *a)
{
	struct change c = { 0 };

	run(q, a, write_secret, &c);
}
