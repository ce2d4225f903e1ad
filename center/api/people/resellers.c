/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"

/* Resellers, and what a chamber has decided about its people. */

static json_t *reseller(struct store_rows *rows)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:I}", "id",
	    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1), "mail",
	    store_col_text(rows, 2), "phone", store_col_text(rows, 3), "companies",
	    (json_int_t)store_col_int(rows, 4));
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	const struct api_scope *scope = &q->scope;
	struct api_page page;
	struct store_rows *rows;

	api_sql_with(s, " AND r.chamber_id = ?", STORE_INT(scope->chamber_id));
	if (scope->reach != API_REACH_CHAMBER)
		api_sql_with(s, " AND r.id = ?",
		    STORE_INT(
			scope->reach == API_REACH_RESELLER ? scope->reseller_id : 0));
	if (!api_sql_before(s, q, "r.id, 0", a))
		return;
	api_page_init(&page, q);
	api_page_order(&page, s, "r.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, reseller(rows), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_people_resellers(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a,
	    "SELECT r.id, r.name, r.mail, r.phone, (SELECT COUNT(*) FROM company c WHERE "
	    "c.reseller_id = r.id) FROM reseller r WHERE 1 = 1",
	    list);
}

struct adding {
	const struct api_request *q;
	int64_t id;
};

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int write_reseller(struct store_db *db, void *arg)
{
	struct adding *n = arg;
	const struct api_request *q = n->q;
	int err = store_get_int(db, &n->id,
	    "INSERT INTO reseller (chamber_id, name, mail, phone, created_us) VALUES (?, ?, "
	    "?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id),
		STORE_TEXT(api_body_text(q, "name")),
		STORE_TEXT(or_empty(api_body_text(q, "mail"))),
		STORE_TEXT(or_empty(api_body_text(q, "phone"))), STORE_INT(q->now_us)));

	return err < 0 ? err
		       : api_people_note(
			     db, q, 0, "reseller.add", api_body_text(q, "name"));
}

static void answer_id(struct api_request *q, struct api_reply *a, store_write_fn *fn)
{
	struct adding n = { .q = q };
	int err = store_write(q->api->store, fn, &n);

	if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "mail");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:I}", "id", (json_int_t)n.id));
}

void api_people_reseller_add(struct api_request *q, struct api_reply *a)
{
	answer_id(q, a, write_reseller);
}

static int write_reseller_change(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = store_exec(db,
	    "UPDATE reseller SET name = COALESCE(?, name), mail = COALESCE(?, mail), phone "
	    "= COALESCE(?, phone) WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_TEXT(api_body_text(q, "name")),
		STORE_TEXT(api_body_text(q, "mail")),
		STORE_TEXT(api_body_text(q, "phone")), STORE_INT(q->id),
		STORE_INT(q->scope.chamber_id)));

	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	return err < 0 ? err
		       : api_people_note(
			     db, q, 0, "reseller.change", api_body_text(q, "name"));
}

void api_people_reseller_change(struct api_request *q, struct api_reply *a)
{
	api_people_done(a, store_write(q->api->store, write_reseller_change, q));
}

/* ---- companies and their sites ---- */

static int may_belong(
    struct store_db *db, const struct api_request *q, int64_t reseller)
{
	int64_t one;

	return reseller == 0
		   ? 0
		   : store_get_int(db, &one,
			 "SELECT 1 FROM reseller WHERE id = ? AND chamber_id = ?",
			 STORE_ARGS(
			     STORE_INT(reseller), STORE_INT(q->scope.chamber_id)));
}

static int write_company(struct store_db *db, void *arg)
{
	struct adding *n = arg;
	const struct api_request *q = n->q;
	const char *lang = api_body_text(q, "lang"), *mail = api_body_text(q, "mail");
	char address[STORE_MAIL_MAX + 1];
	int64_t reseller = api_body_int(q, "reseller", 0);
	int err = may_belong(db, q, reseller);

	if (err == 0 && mail && mail[0])
		err = store_account_mail(mail, address);
	if (err == 0)
		err = store_get_int(db, &n->id,
		    "INSERT INTO company (chamber_id, reseller_id, name, lang, created_us) "
		    "VALUES (?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_ID(reseller),
			STORE_TEXT(api_body_text(q, "name")),
			STORE_TEXT(lang ? lang : "ja"), STORE_INT(q->now_us)));
	/* Whom to tell first. */
	if (err == 0 && mail && mail[0])
		err = store_exec(db,
		    "INSERT INTO contact (chamber_id, company_id, channel, address, lang, "
		    "created_us) VALUES (?, ?, 'mail', ?, ?, ?)",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(n->id),
			STORE_TEXT(address), STORE_TEXT(lang ? lang : "ja"),
			STORE_INT(q->now_us)));
	return err < 0 ? err
		       : api_people_note(
			     db, q, n->id, "company.add", api_body_text(q, "name"));
}

void api_people_company_add(struct api_request *q, struct api_reply *a)
{
	answer_id(q, a, write_company);
}

/* `reseller` 0: belongs to nobody any more. */
static int write_company_change(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	bool moves = json_object_get(q->json, "reseller") != NULL;
	int64_t reseller = api_body_int(q, "reseller", 0);
	int err = may_belong(db, q, reseller);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE company SET name = COALESCE(?, name), lang = COALESCE(?, lang) "
		    "WHERE id = ? AND chamber_id = ?",
		    STORE_ARGS(STORE_TEXT(api_body_text(q, "name")),
			STORE_TEXT(api_body_text(q, "lang")), STORE_INT(q->id),
			STORE_INT(q->scope.chamber_id)));
	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	if (err == 0 && moves)
		err = store_exec(db, "UPDATE company SET reseller_id = ? WHERE id = ?",
		    STORE_ARGS(STORE_ID(reseller), STORE_INT(q->id)));
	return err < 0 ? err
		       : api_people_note(
			     db, q, q->id, "company.change", api_body_text(q, "name"));
}

void api_people_company_change(struct api_request *q, struct api_reply *a)
{
	api_people_done(a, store_write(q->api->store, write_company_change, q));
}

static int write_site(struct store_db *db, void *arg)
{
	struct adding *n = arg;
	const struct api_request *q = n->q;
	int64_t one;
	int err = store_get_int(db, &one,
	    "SELECT 1 FROM company WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)));

	if (err == 0)
		err = store_get_int(db, &n->id,
		    "INSERT INTO site (company_id, name) VALUES (?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(q->id), STORE_TEXT(api_body_text(q, "name"))));
	return err < 0 ? err
		       : api_people_note(
			     db, q, q->id, "site.add", api_body_text(q, "name"));
}

void api_people_site_add(struct api_request *q, struct api_reply *a)
{
	answer_id(q, a, write_site);
}

static void sites(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	struct store_rows *rows;
	json_t *all = json_array(), *sites = json_array(), *o = NULL;

	api_sql_with(s, " AND c.id = ?", STORE_INT(q->id));
	api_sql_scope(s, &q->scope, "c.id");
	api_sql_add(s, " ORDER BY t.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows)) {
		if (!o)
			o = json_pack("{s:I, s:s, s:s, s:o*}", "id",
			    (json_int_t)store_col_int(rows, 0), "name",
			    store_col_text(rows, 1), "lang", store_col_text(rows, 2),
			    "reseller", api_people_ref(rows, 3));
		if (!store_col_null(rows, 5))
			(void)json_array_append_new(
			    sites, json_pack("{s:I, s:s, s:I}", "id",
				       (json_int_t)store_col_int(rows, 5), "name",
				       store_col_text(rows, 6), "gates",
				       (json_int_t)store_col_int(rows, 7)));
	}
	int err = store_rows_free(rows);
	json_decref(all);
	if (err < 0 || !o) {
		json_decref(o);
		json_decref(sites);
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
		return;
	}
	(void)json_object_set_new(o, "sites", sites);
	api_json(a, 200, o);
}

void api_people_company(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a,
	    "SELECT c.id, c.name, c.lang, r.id, r.name, t.id, t.name, (SELECT COUNT(*) FROM "
	    "gate g WHERE g.site_id = t.id) FROM company c LEFT JOIN reseller r ON r.id = "
	    "c.reseller_id LEFT JOIN site t ON t.company_id = c.id WHERE 1 = 1",
	    sites);
}

/* ---- what the chamber decided ---- */

static json_t *roles_of(const char *list)
{
	json_t *all = json_array();
	char word[32];

	for (enum store_role r = STORE_ROLE_OWNER; r < STORE_ROLE_MAX; r++) {
		(void)snprintf(word, sizeof(word), " %s ", store_role_word(r));
		if (strstr(list, word))
			(void)json_array_append_new(
			    all, json_string(store_role_word(r)));
	}
	return all;
}

void api_people_policy(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	json_t *o;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	(void)store_query(db, &rows,
	    "SELECT second_factor, consent FROM chamber_policy WHERE chamber_id = ?",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id)));
	bool found = store_next(rows);
	o = json_pack("{s:o*, s:b}", "second_factor",
	    roles_of(found ? store_col_text(rows, 0) : ""), "consent",
	    !found || store_col_int(rows, 1) != 0);
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

/* Words of the roles, blanks around each; what is no role is left out. */
static void clean_list(const char *text, char *list, size_t room)
{
	char padded[300], word[32];

	(void)snprintf(padded, sizeof(padded), " %s ", text);
	(void)snprintf(list, room, " ");
	for (enum store_role r = STORE_ROLE_OWNER; r < STORE_ROLE_MAX; r++) {
		(void)snprintf(word, sizeof(word), " %s ", store_role_word(r));
		if (strstr(padded, word))
			(void)snprintf(list + strlen(list), room - strlen(list), "%s ",
			    store_role_word(r));
	}
}

static int write_policy(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	const char *text = api_body_text(q, "second_factor");
	char list[256] = "";

	if (text)
		clean_list(text, list, sizeof(list));
	int err = store_exec(db,
	    "INSERT INTO chamber_policy (chamber_id) VALUES (?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE chamber_policy SET second_factor = COALESCE(?, second_factor), "
		    "consent = COALESCE(?, consent) WHERE chamber_id = ?",
		    STORE_ARGS(STORE_TEXT(text ? list : NULL),
			json_object_get(q->json, "consent")
			    ? STORE_INT(api_body_int(q, "consent", 1))
			    : STORE_NULL,
			STORE_INT(q->scope.chamber_id)));
	return err < 0 ? err
		       : api_people_note(db, q, 0, "policy.change", text ? list : NULL);
}

void api_people_policy_change(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_policy, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_people_policy(q, a);
}
