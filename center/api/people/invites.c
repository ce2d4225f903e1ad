/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/login.h"
#include "center/api/people/internal.h"

#include <stdio.h>

/* Somebody new: invited by mail, comes by the link, chooses a password.  The role was fixed
 * by whoever invited. */

#define INVITE_US (72ll * 3600 * 1000000)

struct invitation {
	const struct api_request *q;
	enum store_role role;
	char mail[STORE_MAIL_MAX + 1], token[STORE_TOKEN_ROOM];
	int64_t id, company_id, reseller_id;
};

static const char *portal_of(const struct api_request *q)
{
	const char *url = q->api->notify->portal_url;

	return url ? url : "";
}

static int mail_it(struct store_db *db, struct invitation *n, int64_t *notice)
{
	const char *lang = api_body_text(n->q, "lang");
	bool english = lang && strcmp(lang, "en") == 0;
	struct buf body;

	buf_init(&body, 4096);
	buf_addf(&body,
	    english
		? "You have been invited to the portal of the security desk.\n\n"
		  "Open this link within 72 hours and choose a password. It works "
		  "once.\n%s/#invite=%s\n\nIf you do not expect this mail, leave it "
		  "alone: nothing happens.\n"
		: "見守りサービスの画面に招待されました。\n\n72時間以内に次の番地を開いて、"
		  "合言葉を決めてください。使えるのは一度だけです。\n%s/#invite=%s\n\n"
		  "心当たりがなければ、そのままにしてください。何も起こりません。\n",
	    portal_of(n->q), n->token);
	*notice = api_people_mail(db, n->q, n->q->scope.chamber_id, n->company_id,
	    n->mail, lang,
	    english ? "An invitation to the security desk's portal"
		    : "見守りサービスの画面への招待",
	    buf_text(&body));
	buf_fini(&body);
	return *notice < 0 ? (int)*notice : 0;
}

static int write_invite(struct store_db *db, void *arg)
{
	struct invitation *n = arg;
	const struct api_request *q = n->q;
	const char *lang = api_body_text(q, "lang");
	char hash[STORE_HASH_ROOM];
	struct store_account taken;
	int64_t notice = 0;
	int err = api_people_tenant(db, q, n->role, &n->company_id, &n->reseller_id);

	if (err < 0)
		return err;
	err = store_account_find(db, n->mail, &taken);
	if (err != FAIL_MISSING)
		return err == 0 ? FAIL_CONFLICT : err;
	err = mail_it(db, n, &notice);
	if (err < 0)
		return err;
	store_token_hash(n->token, hash);
	err = store_get_int(db, &n->id,
	    "INSERT INTO invite (hash, chamber_id, company_id, reseller_id, duty, mail, "
	    "name, lang, invited_by, notice_id, created_us, expires_us) VALUES (?, ?, ?, ?, "
	    "?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_TEXT(hash), STORE_INT(q->scope.chamber_id),
		STORE_ID(n->company_id), STORE_ID(n->reseller_id),
		STORE_TEXT(store_role_word(n->role)), STORE_TEXT(n->mail),
		STORE_TEXT(api_body_text(q, "name")), STORE_TEXT(lang ? lang : "ja"),
		STORE_INT(q->scope.account_id), STORE_ID(notice), STORE_INT(q->now_us),
		STORE_INT(q->now_us + INVITE_US)));
	return err < 0 ? err
		       : api_people_note(db, q, n->company_id, "invite.send", n->mail);
}

void api_people_invite(struct api_request *q, struct api_reply *a)
{
	struct invitation n = { .q = q,
		.role = store_role_find(api_body_text(q, "duty")) };

	if (store_account_mail(api_body_text(q, "mail"), n.mail) < 0) {
		api_fail(a, API_BAD, "mail");
		return;
	}
	if (!api_people_grants(q->scope.who, n.role)) {
		api_fail(a, API_DENIED, "duty");
		return;
	}
	store_token_make(n.token);
	int err = store_write(q->api->store, write_invite, &n);
	if (err == FAIL_FORMAT)
		api_fail(
		    a, API_CONFLICT, "company, reseller: with the duty they go with");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:I}", "id", (json_int_t)n.id));
}

/* ---- who was invited ---- */

#define SELECT_INVITE                                                                     \
	"SELECT v.id, v.name, v.mail, v.duty, v.company_id, c.name, v.reseller_id, "      \
	"r.name, v.created_us, v.expires_us, v.used_us, v.revoked_us FROM invite v LEFT " \
	"JOIN company c ON c.id = v.company_id LEFT JOIN reseller r ON r.id = "           \
	"v.reseller_id WHERE 1 = 1"

static json_t *invite(struct store_rows *rows, int64_t now_us)
{
	const char *state = !store_col_null(rows, 10)          ? "used"
			    : !store_col_null(rows, 11)        ? "revoked"
			    : store_col_int(rows, 9) <= now_us ? "over"
							       : "open";

	return json_pack("{s:I, s:s, s:s, s:s, s:o*, s:o*, s:s, s:I, s:I}", "id",
	    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1), "mail",
	    store_col_text(rows, 2), "duty", store_col_text(rows, 3), "company",
	    api_people_ref(rows, 4), "reseller", api_people_ref(rows, 6), "state",
	    state, "created_us", (json_int_t)store_col_int(rows, 8), "expires_us",
	    (json_int_t)store_col_int(rows, 9));
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	struct api_page page;
	struct store_rows *rows;

	api_people_fence(s, &q->scope, "v");
	if (!api_sql_before(s, q, "v.id, 0", a))
		return;
	api_page_init(&page, q);
	api_page_order(&page, s, "v.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, invite(rows, q->now_us), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_people_invites(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a, SELECT_INVITE, list);
}

static int write_revoke(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_rows *rows;
	struct api_sql s;
	int64_t company = 0, notice = 0;
	bool found, over = false;

	api_sql_init(&s,
	    "SELECT v.company_id, v.used_us, v.revoked_us, v.notice_id FROM "
	    "invite v WHERE");
	api_sql_with(&s, " v.id = ?", STORE_INT(q->id));
	api_people_fence(&s, &q->scope, "v");
	api_sql_query(&s, db, &rows);
	if ((found = store_next(rows))) {
		company = store_col_int(rows, 0);
		over = !store_col_null(rows, 1) || !store_col_null(rows, 2);
		notice = store_col_int(rows, 3);
	}
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	if (err == 0 && (!found || over))
		err = found ? FAIL_CONFLICT : FAIL_MISSING;
	if (err == 0)
		err = store_exec(db, "UPDATE invite SET revoked_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(q->now_us), STORE_INT(q->id)));
	if (err == 0)
		err = api_people_scrub(db, notice);
	return err < 0 ? err : api_people_note(db, q, company, "invite.revoke", NULL);
}

void api_people_uninvite(struct api_request *q, struct api_reply *a)
{
	api_people_done(a, store_write(q->api->store, write_revoke, q));
}

/* ---- the invited ---- */

struct welcome {
	const struct api_request *q;
	struct store_account account;
	int64_t invite_id, notice_id, company_shown;
	char company[256], chamber[256];
};

static int find(struct store_db *db, struct welcome *w)
{
	struct store_account *n = &w->account;
	char hash[STORE_HASH_ROOM];
	struct store_rows *rows;

	store_token_hash(api_body_text(w->q, "token"), hash);
	(void)store_query(db, &rows,
	    "SELECT v.id, v.chamber_id, v.company_id, v.reseller_id, v.duty, v.mail, "
	    "v.name, v.lang, v.notice_id, h.name, c.name FROM invite v JOIN chamber h ON "
	    "h.id = v.chamber_id LEFT JOIN company c ON c.id = v.company_id WHERE v.hash = ? "
	    "AND v.used_us IS NULL AND v.revoked_us IS NULL AND v.expires_us > ?",
	    STORE_ARGS(STORE_TEXT(hash), STORE_INT(w->q->now_us)));
	bool found = store_next(rows);
	if (found) {
		w->invite_id = store_col_int(rows, 0);
		n->chamber_id = store_col_int(rows, 1);
		n->company_id = store_col_int(rows, 2);
		n->reseller_id = store_col_int(rows, 3);
		n->role = store_role_find(store_col_text(rows, 4));
		(void)snprintf(n->mail, sizeof(n->mail), "%s", store_col_text(rows, 5));
		(void)snprintf(n->name, sizeof(n->name), "%s", store_col_text(rows, 6));
		(void)snprintf(n->lang, sizeof(n->lang), "%s", store_col_text(rows, 7));
		w->notice_id = store_col_int(rows, 8);
		(void)snprintf(
		    w->chamber, sizeof(w->chamber), "%s", store_col_text(rows, 9));
		(void)snprintf(
		    w->company, sizeof(w->company), "%s", store_col_text(rows, 10));
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* The invitation of the body's token; false: `a` says why not.  Guessing is limited by
 * address. */
static bool open_invite(struct api_request *q, struct welcome *w, struct api_reply *a)
{
	unsigned wait = api_limit_take(q->api->store, NULL, q->peer, q->now_us);

	if (wait)
		return api_fail_later(a, API_SLOW, wait), false;
	struct store_db *db = store_read(q->api->store);
	int err = db ? find(db, w) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err == FAIL_MISSING)
		return api_fail(a, API_WRONG, NULL), false;
	if (err < 0)
		return api_fail_store(a, err), false;
	api_limit_right(q->api->store, NULL, q->peer, q->now_us);
	return true;
}

void api_people_look(struct api_request *q, struct api_reply *a)
{
	struct welcome w = { .q = q };

	if (open_invite(q, &w, a))
		api_json(a, 200,
		    json_pack("{s:s, s:s, s:s, s:s, s:s}", "mail", w.account.mail,
			"name", w.account.name, "duty", store_role_word(w.account.role),
			"chamber", w.chamber, "company", w.company));
}

/* Inside the transaction that also opens the session. */
static int write_accept(struct store_db *db, void *arg)
{
	struct welcome *w = arg;
	int err = store_account_add(db, &w->account, w->q->now_us);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE invite SET used_us = ? WHERE id = ? AND used_us IS NULL AND "
		    "revoked_us IS NULL",
		    STORE_ARGS(STORE_INT(w->q->now_us), STORE_INT(w->invite_id)));
	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	if (err == 0)
		err = api_people_scrub(db, w->notice_id);
	struct store_audit line = { .at_us = w->q->now_us,
		.account_id = w->account.id,
		.company_id = w->account.company_id,
		.action = "invite.accept",
		.detail = w->account.mail };
	return err < 0 ? err : store_audit(db, &line);
}

void api_people_accept(struct api_request *q, struct api_reply *a)
{
	struct welcome w = { .q = q };
	struct api_entry entry = {
		.account = &w.account, .way = "invite", .fn = write_accept, .arg = &w
	};

	if (!open_invite(q, &w, a))
		return;
	(void)snprintf(
	    w.account.name, sizeof(w.account.name), "%s", api_body_text(q, "name"));
	int err = store_password_hash(api_body_text(q, "password"), w.account.password);
	if (err == 0)
		err = api_login_enter(q, &entry, a);
	if (err == FAIL_MISSING)
		api_fail(a, API_WRONG, NULL);
	else if (err < 0)
		api_fail_store(a, err);
}
