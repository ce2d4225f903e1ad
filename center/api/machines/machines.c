/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/incident.h"
#include "center/notify/notify.h"

/* What is on the companies' networks. */

#define SELECT_MACHINE                                                                     \
	"SELECT c.id, c.name, c.sample, g.id, g.name, m.id, m.mac, " API_MACHINE_LABEL     \
	", CASE WHEN m.label <> '' THEN m.label ELSE m.name END, m.ip, m.vendor, "         \
	"m.kind, m.known, m.first_us, m.last_us, m.role FROM machine m JOIN company c ON " \
	"c.id = m.company_id JOIN gate g ON g.id = m.gate_id WHERE 1 = 1"

/* "" in the table is "other" for people. */
static const char *role_word(const char *role)
{
	return *role ? role : "other";
}

static json_t *machine(struct store_rows *rows)
{
	return json_pack(
	    "{s:o*, s:o*, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}",
	    "company", api_company_ref(rows, 0), "gate", api_gate_ref(rows, 3), "id",
	    (json_int_t)store_col_int(rows, 5), "mac", store_col_text(rows, 6), "label",
	    store_col_text(rows, 7), "name", store_col_text(rows, 8), "ip",
	    store_col_text(rows, 9), "vendor", store_col_text(rows, 10), "kind",
	    store_col_text(rows, 11), "known", (json_int_t)store_col_int(rows, 12),
	    "first_us", (json_int_t)store_col_int(rows, 13), "last_us",
	    (json_int_t)store_col_int(rows, 14), "role",
	    role_word(store_col_text(rows, 15)));
}

static void filter(
    struct api_sql *s, const struct api_request *q, char *like, size_t room)
{
	const char *text = api_query_text(q, "q");

	if (!text || !text[0])
		return;
	struct store_value v = STORE_TEXT(api_like(text, like, room));
	api_sql_with(s, " AND (m.label LIKE ? ESCAPE '!'", v);
	api_sql_with(s, " OR m.name LIKE ? ESCAPE '!'", v);
	api_sql_with(s, " OR m.mac LIKE ? ESCAPE '!'", v);
	api_sql_with(s, " OR m.ip LIKE ? ESCAPE '!'", v);
	api_sql_with(s, " OR m.vendor LIKE ? ESCAPE '!')", v);
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	char like[512];
	struct api_page page;
	struct store_rows *rows;

	api_sql_scope(s, &q->scope, "m.company_id");
	if (!api_sql_company(s, db, q, "m.company_id", a) ||
	    !api_sql_before(s, q, "m.last_us, m.id", a))
		return;
	filter(s, q, like, sizeof(like));
	api_page_init(&page, q);
	api_page_order(&page, s, "m.last_us, m.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, machine(rows), store_col_int(rows, 14),
		    store_col_int(rows, 5));
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_machines_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_MACHINE);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

/* Their colleagues and the desk hear of it as of anything else. */
static int tell_foreign(struct store_db *db, const struct api_request *q, bool ours)
{
	struct incident i;
	int err = incident_foreign(db, q->id, ours, q->scope.account_id, q->now_us, &i);

	return err < 0 || ours ? err : notify_tell(db, q->api->notify, &i, q->now_us);
}

/* Only the company itself knows what is its own (shadow IT). */
static int write_change(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	const char *name = api_body_text(q, "name"), *role = api_body_text(q, "role");
	int64_t known = api_body_int(q, "known", 0);
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.company_id = q->scope.company_id,
		.action = known == 0   ? role ? "machine.role" : "machine.name"
			  : known == 1 ? "machine.ours"
				       : "machine.not_ours",
		.detail = name ? name : role };
	int err = store_exec(db,
	    "UPDATE machine SET label = COALESCE(?, label), known = COALESCE(?, known), "
	    "role = COALESCE(?, role) WHERE id = ? AND company_id = ?",
	    STORE_ARGS(STORE_TEXT(name), STORE_ID(known),
		STORE_TEXT(role && strcmp(role, "other") == 0 ? "" : role),
		STORE_INT(q->id), STORE_INT(q->scope.company_id)));

	if (err < 0)
		return err;
	if (store_changed(db) == 0)
		return FAIL_MISSING;
	/* Incidents show the machine's name. */
	int64_t change = store_note_change_of(db, q->scope.company_id);
	if (change < 0)
		return (int)change;
	if (known)
		err = tell_foreign(db, q, known == 1);
	return err < 0 ? err : store_audit(db, &line);
}

static void get(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_MACHINE);
	api_sql_with(&s, " AND m.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "m.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		o = machine(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0 || !o)
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
	else
		api_json(a, 200, o);
}

void api_machines_change(struct api_request *q, struct api_reply *a)
{
	if (json_object_size(q->json) == 0) {
		api_fail(a, API_BAD, "missing: known, name, role");
		return;
	}
	int err = store_write(q->api->store, write_change, q);
	if (err < 0)
		api_fail_store(a, err);
	else
		get(q, a);
}
