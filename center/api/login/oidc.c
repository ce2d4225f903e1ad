/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/jwt.h"
#include "center/api/login/login.h"
#include "center/notify/notify.h"
#include "lib/base/log.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Login through another server (OpenID Connect: authorization code with PKCE).  Which of its
 * people may come in, and as what, are the rows of identity_rule.  Off unless oidc.issuer is
 * set. */

#define ANSWER_MAX (256u << 10)
#define TIMEOUT_S  5L

/* What the server says about itself (OpenID Connect Discovery 1.0). */
struct provider {
	char authorize[512], token[512], keys[512];
};

/* ---- asking that server ---- */

static size_t take(char *at, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, at, size * n);
	return b->overflowed ? 0 : size * n;
}

/* Plain HTTP only where nobody is in between. */
static bool is_safe(const char *url)
{
	static const char *const near[] = { "http://127.0.0.1:", "http://127.0.0.1/",
		"http://localhost:", "http://localhost/" };

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (strncmp(url, near[i], strlen(near[i])) == 0)
			return true;
	return strncmp(url, "https://", 8) == 0;
}

static json_t *ask(const struct api_oidc *conf, const char *url, const char *form)
{
	CURL *c = is_safe(url) ? curl_easy_init() : NULL;
	struct buf answer;
	json_t *o = NULL;
	long status = 0;

	if (!c)
		return NULL;
	buf_init(&answer, ANSWER_MAX);
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT, TIMEOUT_S);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
	if (conf->ca_file)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, conf->ca_file);
	if (form)
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, form);
	CURLcode rc = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_OK && status == 200)
		o = json_loadb((const char *)answer.at, answer.len, 0, NULL);
	if (!o)
		log_warn("C320", "the login server did not answer %s: %s, status %ld",
		    url, curl_easy_strerror(rc), status);
	buf_fini(&answer);
	curl_easy_cleanup(c);
	return o;
}

static void copy(char *room, size_t size, const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	(void)snprintf(room, size, "%s", text ? text : "");
}

static int discover(const struct api_oidc *conf, struct provider *p)
{
	char url[600], issuer[512];
	size_t len = strlen(conf->issuer);

	(void)snprintf(url, sizeof(url), "%.*s/.well-known/openid-configuration",
	    (int)(len && conf->issuer[len - 1] == '/' ? len - 1 : len), conf->issuer);
	json_t *o = ask(conf, url, NULL);
	copy(issuer, sizeof(issuer), o, "issuer");
	copy(p->authorize, sizeof(p->authorize), o, "authorization_endpoint");
	copy(p->token, sizeof(p->token), o, "token_endpoint");
	copy(p->keys, sizeof(p->keys), o, "jwks_uri");
	json_decref(o);
	return strcmp(issuer, conf->issuer) == 0 && is_safe(p->authorize) &&
		       is_safe(p->token) && is_safe(p->keys)
		   ? 0
		   : FAIL_IO;
}

/* ---- there ---- */

static void challenge_of(const char *verifier, char room[64])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(
	    digest, (const unsigned char *)verifier, strlen(verifier));
	(void)sodium_bin2base64(
	    room, 64, digest, sizeof(digest), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void add_pair(struct buf *b, CURL *c, const char *name, const char *value)
{
	char *safe = curl_easy_escape(c, value, 0);

	buf_addf(b, "%s%s=%s", b->len ? "&" : "", name, safe ? safe : "");
	curl_free(safe);
}

static const char *home(const struct api_request *q, char room[600])
{
	const char *url = q->api->notify->portal_url;

	(void)snprintf(room, 600, "%s/", url ? url : "");
	return room;
}

static bool is_on(struct api_request *q, struct api_reply *a)
{
	const struct api_oidc *conf = &q->api->oidc;

	if (conf->issuer && conf->client && q->api->notify->portal_url)
		return true;
	api_fail(a, API_MISSING, NULL);
	return false;
}

/* Whether the login page shows that way. */
void api_login_oidc_on(struct api_request *q, struct api_reply *a)
{
	const struct api_oidc *conf = &q->api->oidc;

	api_json(a, 200,
	    json_pack("{s:b}", "on",
		conf->issuer && conf->client && q->api->notify->portal_url));
}

void api_login_oidc_ask(struct api_request *q, struct api_reply *a)
{
	const struct api_oidc *conf = &q->api->oidc;
	struct api_login_step step = { .kind = "oidc", .now_us = q->now_us };
	char nonce[STORE_TOKEN_ROOM], verifier[STORE_TOKEN_ROOM], proof[64], room[600];
	struct provider p;
	unsigned wait;

	if (!is_on(q, a))
		return;
	wait = api_limit_take(q->api->store, NULL, q->peer, q->now_us);
	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return;
	}
	store_token_make(step.secret);
	store_token_make(nonce);
	store_token_make(verifier);
	(void)snprintf(step.detail, sizeof(step.detail), "%s %s", nonce, verifier);
	if (discover(conf, &p) < 0) {
		api_fail_later(a, API_BUSY, 30);
		return;
	}
	int err = store_write(q->api->store, api_login_step_put, &step);
	CURL *c = err < 0 ? NULL : curl_easy_init();
	if (!c) {
		api_fail_store(a, err < 0 ? err : FAIL_MEMORY);
		return;
	}
	struct buf b;
	buf_init(&b, 8192);
	challenge_of(verifier, proof);
	add_pair(&b, c, "response_type", "code");
	add_pair(&b, c, "client_id", conf->client);
	add_pair(&b, c, "redirect_uri", home(q, room));
	add_pair(&b, c, "scope", conf->scopes ? conf->scopes : "openid email profile");
	add_pair(&b, c, "state", step.secret);
	add_pair(&b, c, "nonce", nonce);
	add_pair(&b, c, "code_challenge", proof);
	add_pair(&b, c, "code_challenge_method", "S256");
	api_json(a, 200,
	    json_pack("{s:o*, s:s}", "url",
		json_sprintf("%s%s%s", p.authorize,
		    strchr(p.authorize, '?') ? "&" : "?", buf_text(&b)),
		"state", step.secret));
	buf_fini(&b);
	curl_easy_cleanup(c);
}

/* ---- and back ---- */

/* The claims of the ID token for this code; FAIL_FORMAT: not believed. */
static int redeem(
    struct api_request *q, const struct api_login_step *step, json_t **claims)
{
	const struct api_oidc *conf = &q->api->oidc;
	char nonce[STORE_TOKEN_ROOM] = "", verifier[STORE_TOKEN_ROOM] = "", room[600];
	struct provider p;
	struct buf form;
	CURL *c;

	*claims = NULL;
	if (sscanf(step->detail, "%63s %63s", nonce, verifier) != 2)
		return FAIL_FORMAT;
	int err = discover(conf, &p);
	if (err < 0)
		return err;
	c = curl_easy_init();
	if (!c)
		return FAIL_MEMORY;
	buf_init(&form, 8192);
	add_pair(&form, c, "grant_type", "authorization_code");
	add_pair(&form, c, "code", api_body_text(q, "code"));
	add_pair(&form, c, "redirect_uri", home(q, room));
	add_pair(&form, c, "client_id", conf->client);
	if (conf->secret && conf->secret[0])
		add_pair(&form, c, "client_secret", conf->secret);
	add_pair(&form, c, "code_verifier", verifier);
	json_t *answer = ask(conf, p.token, buf_text(&form)),
	       *keys = answer ? ask(conf, p.keys, NULL) : NULL;
	const char *token = json_string_value(json_object_get(answer, "id_token"));
	struct api_jwt_want want = { conf->issuer, conf->client, nonce,
		q->now_us / 1000000 };
	err = token && keys ? api_jwt_check(token, keys, &want, claims) : FAIL_FORMAT;
	json_decref(answer);
	json_decref(keys);
	buf_fini(&form);
	curl_easy_cleanup(c);
	return err;
}

/* ---- who is it here? ---- */

struct arrival {
	const struct api_request *q;
	const json_t *claims;
	const char *subject;
	struct store_account account;
	bool is_new, links;
};

static bool has_value(const json_t *claim, const char *value)
{
	json_t *one;
	size_t i;

	if (json_is_string(claim))
		return strcmp(json_string_value(claim), value) == 0;
	json_array_foreach(claim, i, one)
	{
		const char *text = json_string_value(one);
		if (text && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/* The first rule that fits says what the person is. */
static int apply_rules(struct store_db *db, struct arrival *v)
{
	struct store_rows *rows;
	bool found = false;

	(void)store_query(db, &rows,
	    "SELECT chamber_id, claim, value, duty, company_id, reseller_id FROM "
	    "identity_rule ORDER BY id",
	    STORE_NO_ARGS);
	while (!found && store_next(rows)) {
		if (!has_value(json_object_get(v->claims, store_col_text(rows, 1)),
			store_col_text(rows, 2)))
			continue;
		found = true;
		v->account.chamber_id = store_col_int(rows, 0);
		v->account.role = store_role_find(store_col_text(rows, 3));
		v->account.company_id = store_col_int(rows, 4);
		v->account.reseller_id = store_col_int(rows, 5);
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* A mail address counts when that server says that it has checked it. */
static int mail_of(const struct arrival *v, char mail[STORE_MAIL_MAX + 1])
{
	const char *said = json_string_value(json_object_get(v->claims, "email"));

	return said && json_is_true(json_object_get(v->claims, "email_verified"))
		   ? store_account_mail(said, mail)
		   : FAIL_MISSING;
}

static int find_stranger(struct store_db *db, struct arrival *v)
{
	const struct api_oidc *conf = &v->q->api->oidc;
	const char *name = json_string_value(json_object_get(v->claims, "name"));
	char mail[STORE_MAIL_MAX + 1];
	int err = mail_of(v, mail);

	if (err < 0)
		return FAIL_MISSING;
	err = store_account_find(db, mail, &v->account);
	if (err != FAIL_MISSING) {
		v->links = true;
		return err < 0 ? err : conf->link ? 0 : FAIL_MISSING;
	}
	if (!conf->create)
		return FAIL_MISSING;
	v->account = (struct store_account){ .lang = "ja" };
	v->is_new = v->links = true;
	(void)snprintf(v->account.mail, sizeof(v->account.mail), "%s", mail);
	(void)snprintf(v->account.name, sizeof(v->account.name), "%.120s",
	    name && strlen(name) <= 120 ? name : mail);
	return apply_rules(db, v);
}

/* What the rules say now is what the account is: who was moved to a lesser group there must
 * not stay what they were here. */
static bool is_still(const struct store_account *ruled, const struct store_account *is)
{
	return ruled->role == is->role && ruled->chamber_id == is->chamber_id &&
	       ruled->company_id == is->company_id &&
	       ruled->reseller_id == is->reseller_id;
}

static int find(struct store_db *db, struct arrival *v)
{
	int64_t id = 0;
	struct arrival ruled = *v;
	int err = store_get_int(db, &id,
	    "SELECT account_id FROM identity WHERE issuer = ? AND subject = ?",
	    STORE_ARGS(STORE_TEXT(v->q->api->oidc.issuer), STORE_TEXT(v->subject)));

	if (err == FAIL_MISSING)
		return find_stranger(db, v);
	if (err == 0)
		err = store_account_get(db, id, &v->account);
	/* Who has no other way to log in is let in only while a rule says so. */
	if (err == 0 && !v->account.password[0] && v->q->api->oidc.create)
		err = apply_rules(db, &ruled);
	else
		return err;
	return err < 0 ? err : is_still(&ruled.account, &v->account) ? 0 : FAIL_MISSING;
}

static int write_arrival(struct store_db *db, void *arg)
{
	struct arrival *v = arg;
	int err = v->is_new ? store_account_add(db, &v->account, v->q->now_us) : 0;

	if (err < 0 || !v->links)
		return err;
	err = store_exec(db,
	    "INSERT INTO identity (issuer, subject, account_id, created_us) VALUES (?, ?, "
	    "?, ?)",
	    STORE_ARGS(STORE_TEXT(v->q->api->oidc.issuer), STORE_TEXT(v->subject),
		STORE_INT(v->account.id), STORE_INT(v->q->now_us)));
	struct store_audit line = { .at_us = v->q->now_us,
		.account_id = v->account.id,
		.company_id = v->account.company_id,
		.action = v->is_new ? "account.add_oidc" : "account.link_oidc",
		.detail = v->subject };
	return err < 0 ? err : store_audit(db, &line);
}

static void come_in(struct api_request *q, const json_t *claims, struct api_reply *a)
{
	struct arrival v = { .q = q,
		.claims = claims,
		.subject = json_string_value(json_object_get(claims, "sub")) };
	struct api_entry entry = {
		.account = &v.account, .way = "oidc", .fn = write_arrival, .arg = &v
	};
	struct store_db *db = store_read(q->api->store);
	int err = db ? find(db, &v) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	if (err == 0 && v.account.ended_us)
		err = FAIL_MISSING;
	if (err == 0)
		err = api_login_enter(q, &entry, a);
	if (err == FAIL_MISSING)
		api_fail(a, API_WRONG, NULL);
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_limit_right(q->api->store, NULL, q->peer, q->now_us);
}

void api_login_oidc(struct api_request *q, struct api_reply *a)
{
	struct api_login_step step = { .kind = "oidc", .now_us = q->now_us };
	json_t *claims = NULL;

	if (!is_on(q, a))
		return;
	(void)snprintf(
	    step.secret, sizeof(step.secret), "%s", api_body_text(q, "state"));
	int err = store_write(q->api->store, api_login_step_take, &step);
	if (err == 0)
		err = redeem(q, &step, &claims);
	if (err == 0)
		come_in(q, claims, a);
	else if (err == FAIL_FORMAT || err == FAIL_MISSING)
		api_fail(a, API_WRONG, NULL);
	else
		api_fail_later(a, API_BUSY, 30);
	json_decref(claims);
}
