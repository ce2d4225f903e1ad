/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/login.h"
#include "center/store/account.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdlib.h>

/* RFC 6238 with its usual numbers: 30 s, six digits; the code before and after count too,
 * because telephones' clocks differ. */
#define STEP_S 30

int64_t api_totp_step(
    const char *secret, const char *code, int64_t last_step, int64_t now_us)
{
	int64_t now = now_us / 1000000 / STEP_S, found = 0;
	char want[8], *raw = NULL;
	size_t raw_len = 0;

	if (strlen(code) != 6 ||
	    oath_base32_decode(secret, strlen(secret), &raw, &raw_len) != OATH_OK)
		return 0;
	for (int64_t step = now - 1; step <= now + 1; step++)
		if (step > last_step &&
		    oath_hotp_generate(raw, raw_len, (uint64_t)step, 6, false,
			OATH_HOTP_DYNAMIC_TRUNCATION, want) == OATH_OK &&
		    sodium_memcmp(want, code, 6) == 0)
			found = step;
	sodium_memzero(raw, raw_len);
	free(raw);
	return found;
}

struct change {
	const struct api_request *q;
	const char *secret;
	int64_t step;
	bool offer;
};

static int write_change(struct store_db *db, void *arg)
{
	const struct change *c = arg;
	const struct api_scope *scope = &c->q->scope;
	struct store_audit line = { .at_us = c->q->now_us,
		.account_id = scope->account_id,
		.company_id = scope->company_id,
		.action = c->secret[0] ? "account.totp_on" : "account.totp_off" };

	if (c->offer)
		return store_exec(db, "UPDATE account SET totp_offer = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(c->secret), STORE_INT(scope->account_id)));
	/* Turning it off spends a code as a login would. */
	int err =
	    c->secret[0] ? 0 : store_account_use_step(db, scope->account_id, c->step);
	if (err == 0)
		err = store_account_set_totp(db, scope->account_id, c->secret, c->step);
	return err < 0 ? err : store_audit(db, &line);
}

static int own_account(
    const struct api_request *q, struct store_account *own, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	int err = db ? store_account_get(db, q->scope.account_id, own) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	if (err < 0)
		api_fail_store(a, err);
	return err;
}

void api_login_totp_offer(struct api_request *q, struct api_reply *a)
{
	struct store_account own;
	uint8_t raw[20];
	char *secret = NULL;

	if (own_account(q, &own, a) < 0)
		return;
	if (own.totp_secret[0]) {
		api_fail(a, API_CONFLICT, NULL);
		return;
	}
	randombytes_buf(raw, sizeof(raw));
	if (oath_base32_encode((const char *)raw, sizeof(raw), &secret, NULL) !=
	    OATH_OK) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = store_write(q->api->store, write_change,
	    &(struct change){ .q = q, .secret = secret, .offer = true });
	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200,
		    json_pack("{s:s, s:o*}", "secret", secret, "uri",
			json_sprintf(
			    "otpauth://totp/otasuke:%s?secret=%s&issuer=otasuke",
			    own.mail, secret)));
	free(secret);
}

/* Checks a code against a secret, within the limits of guessing.  0: `a` says why not. */
static int64_t check_code(struct api_request *q, const struct store_account *own,
    const char *secret, int64_t last_step, struct api_reply *a)
{
	struct store *l = q->api->store;
	unsigned wait = api_limit_take(l, own->mail, q->peer, q->now_us);
	int64_t step;

	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return 0;
	}
	step = api_totp_step(secret, api_body_text(q, "code"), last_step, q->now_us);
	if (step)
		api_limit_give(l, own->mail, q->peer, q->now_us);
	else
		api_fail(a, API_DENIED, "code");
	return step;
}

static void turn(struct api_request *q, struct api_reply *a, bool on)
{
	struct store_account own;

	if (own_account(q, &own, a) < 0)
		return;
	if (on ? own.totp_secret[0] || !own.totp_offer[0] : !own.totp_secret[0]) {
		api_fail(a, API_CONFLICT, NULL);
		return;
	}
	int64_t step = check_code(
	    q, &own, on ? own.totp_offer : own.totp_secret, on ? 0 : own.totp_step, a);
	if (!step)
		return;
	int err = store_write(q->api->store, write_change,
	    &(struct change){
		.q = q, .secret = on ? own.totp_offer : "", .step = step });
	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}

void api_login_totp_on(struct api_request *q, struct api_reply *a)
{
	turn(q, a, true);
}

void api_login_totp_off(struct api_request *q, struct api_reply *a)
{
	turn(q, a, false);
}
