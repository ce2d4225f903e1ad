/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/login.h"
#include "center/api/login/webauthn.h"
#include "center/notify/notify.h"

#include <sodium.h>
#include <stdio.h>

/* Passkeys: made in the own settings, then a way to log in that needs no password and no
 * code, because the device asks for its owner (finger, face, PIN) each time. */

#define STEP_US      (5ll * 60 * 1000000)
#define PASSKEYS_MAX 10

static bool site_of(
    struct api_request *q, struct api_webauthn_site *site, struct api_reply *a)
{
	if (api_webauthn_site(q->api->notify->portal_url, site))
		return true;
	api_fail(a, API_MISSING, NULL);
	return false;
}

static bool bytes_of(const char *text, uint8_t *room, size_t size, struct span *bytes)
{
	size_t len = 0;

	if (!text || sodium_base642bin(room, size, text, strlen(text), NULL, &len, NULL,
			 sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	*bytes = (struct span){ room, len };
	return true;
}

/* ---- challenges ---- */

int api_login_step_put(struct store_db *db, void *arg)
{
	const struct api_login_step *s = arg;
	char hash[STORE_HASH_ROOM];
	int err = store_exec(db,
	    "DELETE FROM login_step WHERE hash IN (SELECT hash FROM login_step WHERE "
	    "expires_us <= ? LIMIT 32)",
	    STORE_ARGS(STORE_INT(s->now_us)));

	store_token_hash(s->secret, hash);
	return err < 0 ? err
		       : store_exec(db,
			     "INSERT INTO login_step (hash, kind, account_id, detail, "
			     "expires_us) VALUES (?, ?, ?, ?, ?)",
			     STORE_ARGS(STORE_TEXT(hash), STORE_TEXT(s->kind),
				 STORE_ID(s->account_id), STORE_TEXT(s->detail),
				 STORE_INT(s->now_us + STEP_US)));
}

int api_login_step_take(struct store_db *db, void *arg)
{
	struct api_login_step *s = arg;
	char hash[STORE_HASH_ROOM];
	struct store_rows *rows;

	store_token_hash(s->secret, hash);
	(void)store_query(db, &rows,
	    "DELETE FROM login_step WHERE hash = ? AND kind = ? AND expires_us > ? "
	    "RETURNING account_id, detail",
	    STORE_ARGS(STORE_TEXT(hash), STORE_TEXT(s->kind), STORE_INT(s->now_us)));
	bool found = store_next(rows);
	if (found) {
		s->account_id = store_col_int(rows, 0);
		(void)snprintf(
		    s->detail, sizeof(s->detail), "%s", store_col_text(rows, 1));
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* The client data of the body answers a challenge that is open, and spends it. */
static int spend_challenge(struct api_request *q, const char *type, const char *kind,
    const struct api_webauthn_site *site, struct span client, int64_t *account_id)
{
	char challenge[WEBAUTHN_CHALLENGE_MAX];
	struct api_login_step step = { .kind = kind, .now_us = q->now_us };
	int err = api_webauthn_client(client, type, site, challenge);

	if (err < 0)
		return err;
	(void)snprintf(step.secret, sizeof(step.secret), "%s", challenge);
	err = store_write(q->api->store, api_login_step_take, &step);
	*account_id = step.account_id;
	return err;
}

/* ---- making one ---- */

static int write_offer(struct store_db *db, void *arg)
{
	struct api_login_step *s = arg;
	char handle[STORE_TOKEN_ROOM];
	int err;

	/* By this the device knows the account; it says nothing about the person. */
	store_token_make(handle);
	err =
	    store_exec(db, "UPDATE account SET handle = ? WHERE id = ? AND handle = ''",
		STORE_ARGS(STORE_TEXT(handle), STORE_INT(s->account_id)));
	return err < 0 ? err : api_login_step_put(db, s);
}

static int add_known(json_t *o, struct store_db *db, int64_t account_id)
{
	json_t *known = json_array();
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT a.handle, a.mail, a.name, k.credential FROM account a LEFT JOIN passkey "
	    "k ON k.account_id = a.id WHERE a.id = ?",
	    STORE_ARGS(STORE_INT(account_id)));
	while (store_next(rows)) {
		(void)json_object_set_new(o, "user",
		    json_pack("{s:s, s:s, s:s}", "id", store_col_text(rows, 0), "mail",
			store_col_text(rows, 1), "name", store_col_text(rows, 2)));
		if (!store_col_null(rows, 3))
			(void)json_array_append_new(
			    known, json_string(store_col_text(rows, 3)));
	}
	(void)json_object_set_new(o, "known", known);
	return store_rows_free(rows);
}

void api_login_passkey_offer(struct api_request *q, struct api_reply *a)
{
	struct api_webauthn_site site;
	struct api_login_step step = { .kind = "passkey-new",
		.account_id = q->scope.account_id,
		.now_us = q->now_us };

	if (!site_of(q, &site, a))
		return;
	store_token_make(step.secret);
	int err = store_write(q->api->store, write_offer, &step);
	struct store_db *db = err < 0 ? NULL : store_read(q->api->store);
	json_t *o = json_pack("{s:s, s:s}", "challenge", step.secret, "rp", site.rp);
	if (err == 0)
		err = db ? add_known(o, db, q->scope.account_id) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

struct making {
	const struct api_request *q;
	struct api_webauthn_key key;
	char credential[WEBAUTHN_ID_MAX * 2];
	int64_t id;
};

static int write_passkey(struct store_db *db, void *arg)
{
	struct making *m = arg;
	const struct api_request *q = m->q;
	int64_t n = 0;
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.company_id = q->scope.company_id,
		.action = "account.passkey_on",
		.detail = api_body_text(q, "name") };
	int err =
	    store_get_int(db, &n, "SELECT COUNT(*) FROM passkey WHERE account_id = ?",
		STORE_ARGS(STORE_INT(q->scope.account_id)));

	if (err == 0 && n >= PASSKEYS_MAX)
		err = FAIL_CONFLICT;
	if (err == 0)
		err = store_get_int(db, &m->id,
		    "INSERT INTO passkey (account_id, credential, kind, key, counter, name, "
		    "created_us) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(q->scope.account_id),
			STORE_TEXT(m->credential), STORE_INT(m->key.kind),
			STORE_BYTES(((struct span){ m->key.key, m->key.key_len })),
			STORE_INT(m->key.counter), STORE_TEXT(api_body_text(q, "name")),
			STORE_INT(q->now_us)));
	return err < 0 ? err : store_audit(db, &line);
}

void api_login_passkey_add(struct api_request *q, struct api_reply *a)
{
	uint8_t room[2][WEBAUTHN_BYTES_MAX];
	struct api_webauthn_site site;
	struct making m = { .q = q };
	struct span client, auth;
	int64_t whose = 0;

	if (!site_of(q, &site, a))
		return;
	if (!bytes_of(api_body_text(q, "client"), room[0], sizeof(room[0]), &client) ||
	    !bytes_of(api_body_text(q, "auth"), room[1], sizeof(room[1]), &auth)) {
		api_fail(a, API_BAD, "client, auth: base64url");
		return;
	}
	int err =
	    spend_challenge(q, "webauthn.create", "passkey-new", &site, client, &whose);
	if (err == 0 && whose != q->scope.account_id)
		err = FAIL_MISSING;
	if (err == 0)
		err = api_webauthn_new(auth, &site, &m.key);
	if (err == FAIL_FORMAT || err == FAIL_MISSING) {
		api_fail(a, API_DENIED, "passkey");
		return;
	}
	if (err == 0) {
		(void)sodium_bin2base64(m.credential, sizeof(m.credential), m.key.id,
		    m.key.id_len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		err = store_write(q->api->store, write_passkey, &m);
	}
	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:I}", "id", (json_int_t)m.id));
}

void api_login_passkeys(struct api_request *q, struct api_reply *a)
{
	struct api_webauthn_site site;
	struct store_db *db = store_read(q->api->store);
	json_t *all = json_array();
	struct store_rows *rows;

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	(void)store_query(db, &rows,
	    "SELECT id, name, created_us, used_us FROM passkey WHERE account_id = ? ORDER BY "
	    "id",
	    STORE_ARGS(STORE_INT(q->scope.account_id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:I, s:o*}", "id",
			     (json_int_t)store_col_int(rows, 0), "name",
			     store_col_text(rows, 1), "created_us",
			     (json_int_t)store_col_int(rows, 2), "used_us",
			     api_time(rows, 3)));
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200,
	    json_pack("{s:o*, s:b}", "items", all, "possible",
		api_webauthn_site(q->api->notify->portal_url, &site)));
}

static int write_remove(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.company_id = q->scope.company_id,
		.action = "account.passkey_off" };
	int err = store_exec(db, "DELETE FROM passkey WHERE id = ? AND account_id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.account_id)));

	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	return err < 0 ? err : store_audit(db, &line);
}

void api_login_passkey_remove(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_remove, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}

/* ---- logging in ---- */

void api_login_passkey_ask(struct api_request *q, struct api_reply *a)
{
	struct api_webauthn_site site;
	struct api_login_step step = { .kind = "passkey", .now_us = q->now_us };
	unsigned wait;

	if (!site_of(q, &site, a))
		return;
	wait = api_limit_take(q->api->store, NULL, q->peer, q->now_us);
	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return;
	}
	store_token_make(step.secret);
	int err = store_write(q->api->store, api_login_step_put, &step);
	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200,
		    json_pack("{s:s, s:s}", "challenge", step.secret, "rp", site.rp));
}

struct known {
	struct api_webauthn_key key;
	int64_t id, account_id;
	uint32_t counter;
	int64_t now_us;
};

static int find(struct api_request *q, struct known *k)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	bool found;

	if (!db)
		return FAIL_IO;
	(void)store_query(db, &rows,
	    "SELECT id, account_id, kind, key, counter FROM passkey WHERE credential = ?",
	    STORE_ARGS(STORE_TEXT(api_body_text(q, "id"))));
	if ((found = store_next(rows))) {
		struct span key = store_col_span(rows, 3);
		k->id = store_col_int(rows, 0);
		k->account_id = store_col_int(rows, 1);
		k->key.kind = (int)store_col_int(rows, 2);
		k->key.key_len = key.len <= WEBAUTHN_KEY_MAX ? key.len : 0;
		memcpy(k->key.key, key.at, k->key.key_len);
		k->key.counter = (uint32_t)store_col_int(rows, 4);
	}
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* A device that counts must have counted on: else somebody has a copy of it.  Where two come
 * at once, the second one's UPDATE finds the first one's number. */
static int write_used(struct store_db *db, void *arg)
{
	const struct known *k = arg;
	int err = store_exec(db,
	    "UPDATE passkey SET counter = ?, used_us = ? WHERE id = ? AND ((counter = 0 AND "
	    "? = 0) OR counter < ?)",
	    STORE_ARGS(STORE_INT(k->counter), STORE_INT(k->now_us), STORE_INT(k->id),
		STORE_INT(k->counter), STORE_INT(k->counter)));

	return err < 0 ? err : store_changed(db) == 1 ? 0 : FAIL_CONFLICT;
}

static int check(
    struct api_request *q, const struct api_webauthn_site *site, struct known *k)
{
	uint8_t room[3][WEBAUTHN_BYTES_MAX];
	struct span client, auth, signature;
	int64_t nobody;

	if (!bytes_of(api_body_text(q, "client"), room[0], sizeof(room[0]), &client) ||
	    !bytes_of(api_body_text(q, "auth"), room[1], sizeof(room[1]), &auth) ||
	    !bytes_of(
		api_body_text(q, "signature"), room[2], sizeof(room[2]), &signature))
		return FAIL_FORMAT;
	int err = spend_challenge(q, "webauthn.get", "passkey", site, client, &nobody);
	if (err == 0)
		err = find(q, k);
	return err < 0 ? err
		       : api_webauthn_check(
			     &k->key, client, auth, signature, site, &k->counter);
}

void api_login_passkey(struct api_request *q, struct api_reply *a)
{
	struct api_webauthn_site site;
	struct store_account account = { 0 };
	struct known k = { .now_us = q->now_us };
	struct api_entry entry = {
		.account = &account, .way = "passkey", .fn = write_used, .arg = &k
	};

	if (!site_of(q, &site, a))
		return;
	int err = check(q, &site, &k);
	if (err == 0)
		err = api_login_account(q, k.account_id, &account);
	if (err == FAIL_FORMAT || err == FAIL_MISSING) {
		api_login_wrong(q, &account, API_WRONG, "login.wrong_passkey", a);
		return;
	}
	if (err == 0)
		err = api_login_enter(q, &entry, a);
	if (err == FAIL_CONFLICT) {
		api_login_wrong(q, &account, API_WRONG, "login.copied_passkey", a);
		return;
	}
	if (err < 0)
		api_fail_store(a, err);
	else
		api_limit_right(q->api->store, NULL, q->peer, q->now_us);
}
