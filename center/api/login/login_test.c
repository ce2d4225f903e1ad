/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fixture.h"
#include "tests/check.h"

#include <liboath/oath.h>

#define MINUTE_US 60000000ll

/* RFC 6238, appendix B (SHA-1; the last six digits), the secret in base32. */
static const char rfc_secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

static void codes_of_rfc_6238(void)
{
	check_eq(api_totp_step(rfc_secret, "287082", 0, 59 * 1000000ll), 1);
	check_eq(
	    api_totp_step(rfc_secret, "081804", 0, 1111111109 * 1000000ll), 37037036);
	check_eq(
	    api_totp_step(rfc_secret, "005924", 0, 1234567890 * 1000000ll), 41152263);
	/* One step early or late, not two. */
	check(
	    api_totp_step(rfc_secret, "081804", 0, (1111111109 + 30) * 1000000ll) != 0);
	check(
	    api_totp_step(rfc_secret, "081804", 0, (1111111109 - 30) * 1000000ll) != 0);
	check_eq(
	    api_totp_step(rfc_secret, "081804", 0, (1111111109 + 90) * 1000000ll), 0);
	/* Used, or of the wrong shape. */
	check_eq(
	    api_totp_step(rfc_secret, "081804", 37037036, 1111111109 * 1000000ll), 0);
	check_eq(api_totp_step(rfc_secret, "81804", 0, 1111111109 * 1000000ll), 0);
	check_eq(api_totp_step("not base32!", "081804", 0, 1111111109 * 1000000ll), 0);
}

static struct store *begin(struct fixture *f)
{
	fixture_init(f);
	return f->store;
}

static void ten_wrong_tries_then_wait(void)
{
	struct fixture f;
	struct store *l = begin(&f);
	int64_t now = FIXTURE_NOW_US;

	for (int i = 0; i < 10; i++)
		check_eq(api_limit_take(l, "a@one.example", "192.0.2.1", now), 0);
	unsigned wait =
	    api_limit_take(l, "a@one.example", "192.0.2.1", now + MINUTE_US);
	check(wait > 13 * 60 && wait <= 15 * 60);
	/* Another person there, the same person elsewhere: come in. */
	check_eq(api_limit_take(l, "b@one.example", "192.0.2.1", now), 0);
	check_eq(api_limit_take(l, "a@one.example", "192.0.2.2", now), 0);
	/* And later again. */
	check_eq(
	    api_limit_take(l, "a@one.example", "192.0.2.1", now + 16 * MINUTE_US), 0);
	fixture_fini(&f);
}

/* The clock was a year ahead when somebody mistyped, and was then put right. */
static void a_clock_set_back_locks_nobody_out(void)
{
	struct fixture f;
	struct store *l = begin(&f);
	int64_t ahead = FIXTURE_NOW_US + 365 * 24 * 60 * MINUTE_US;

	for (int i = 0; i < 11; i++)
		(void)api_limit_take(l, "a@one.example", "192.0.2.1", ahead);
	check_eq(api_limit_take(l, "a@one.example", "192.0.2.1", FIXTURE_NOW_US), 0);
	fixture_fini(&f);
}

static int refuse_touches(struct store_db *db, void *arg)
{
	(void)arg;
	if (storedir_on_postgres())
		return store_script(db, "ALTER TABLE session ADD CONSTRAINT full_disk "
					"CHECK (seen_us <= 1800000000000000)");
	return store_script(db, "CREATE TRIGGER full BEFORE UPDATE ON session BEGIN "
				"SELECT RAISE(ABORT, 'the disk is full'); END;");
}

static void a_full_disk_can_still_be_read(void)
{
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	check_eq(store_write(f.store, refuse_touches, NULL), 0);
	f.now_us += 5 * MINUTE_US;
	check_eq(fixture_ask(&f, FIXTURE_MEMBER, API_GET, "/api/v1/home", "", &a), 200);
	api_reply_fini(&a);
	fixture_fini(&f);
}

static void right_ones_are_not_counted(void)
{
	struct fixture f;
	struct store *l = begin(&f);

	for (int i = 0; i < 100; i++) {
		check_eq(
		    api_limit_take(l, "a@one.example", "192.0.2.1", FIXTURE_NOW_US), 0);
		api_limit_right(l, "a@one.example", "192.0.2.1", FIXTURE_NOW_US);
	}
	fixture_fini(&f);
}

static void one_address_is_tired_of_all_names(void)
{
	struct fixture f;
	struct store *l = begin(&f);
	char mail[64];
	int let_in = 0;

	for (int i = 0; i < 100; i++) {
		(void)snprintf(mail, sizeof(mail), "%d@one.example", i);
		let_in += api_limit_take(l, mail, "192.0.2.1", FIXTURE_NOW_US) == 0;
	}
	check_eq(let_in, 60);
	/* An IPv6 person has a whole /64. */
	for (int i = 0; i < 100; i++) {
		char peer[64];
		(void)snprintf(peer, sizeof(peer), "2001:db8::%x", i + 1);
		(void)api_limit_take(l, NULL, peer, FIXTURE_NOW_US);
	}
	check(api_limit_take(l, NULL, "2001:db8::ffff", FIXTURE_NOW_US) > 0);
	check_eq(api_limit_take(l, NULL, "2001:db8:1::1", FIXTURE_NOW_US), 0);
	fixture_fini(&f);
}

/* Many addresses guess one person's password; the person still gets in from home. */
static void nobody_locks_a_person_out(void)
{
	struct fixture f;
	struct store *l = begin(&f);
	const char *home = "192.0.2.1", *mail = "a@one.example";
	int let_in = 0;

	check_eq(api_limit_take(l, mail, home, FIXTURE_NOW_US), 0);
	api_limit_right(l, mail, home, FIXTURE_NOW_US);
	for (int i = 0; i < 150; i++) {
		char peer[64];
		(void)snprintf(peer, sizeof(peer), "198.51.%d.%d", i / 200, i % 200);
		let_in += api_limit_take(l, mail, peer, FIXTURE_NOW_US) == 0;
	}
	check_eq(let_in, 100);
	check_eq(api_limit_take(l, mail, home, FIXTURE_NOW_US + MINUTE_US), 0);
	/* Whoever has not been here yet waits a quarter of an hour, not for ever. */
	check(api_limit_take(l, mail, "203.0.113.1", FIXTURE_NOW_US + MINUTE_US) > 0);
	check_eq(
	    api_limit_take(l, mail, "203.0.113.1", FIXTURE_NOW_US + 16 * MINUTE_US), 0);
	fixture_fini(&f);
}

/* ---- with a store ---- */

static int set_password(struct store_db *db, void *arg)
{
	(void)arg;
	char hash[STORE_PASSWORD_ROOM];

	must(store_password_hash("correct horse", hash) == 0);
	must(store_account_set_password(db, 1, hash) == 0);
	return store_account_set_totp(db, 1, rfc_secret, 0);
}

static void code_at(int64_t us, char code[8])
{
	must(oath_hotp_generate("12345678901234567890", 20, (uint64_t)(us / 30000000),
		 6, false, OATH_HOTP_DYNAMIC_TRUNCATION, code) == OATH_OK);
}

static void second_factor_works_once(void)
{
	struct fixture f;
	char code[8], body[256], text[4096];
	const char *login = "/api/v1/login";

	fixture_init(&f);
	must(store_write(f.store, set_password, NULL) == 0);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, login,
		     "{\"mail\":\"MEMBER@one.example\",\"password\":\"wrong\"}", text,
		     sizeof(text)),
	    401);
	check(strstr(text, "\"wrong\"") != NULL);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, login,
		     "{\"mail\":\"nobody@one.example\",\"password\":\"wrong\"}", text,
		     sizeof(text)),
	    401);
	check(strstr(text, "\"wrong\"") != NULL);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, login,
		     "{\"mail\":\"MEMBER@one.example\",\"password\":\"correct horse\"}",
		     text, sizeof(text)),
	    401);
	check(strstr(text, "\"totp\"") != NULL);
	code_at(f.now_us, code);
	(void)snprintf(body, sizeof(body),
	    "{\"mail\":\"member@one.example\",\"password\":\"correct "
	    "horse\",\"totp\":\"%s\"}",
	    code);
	check_eq(
	    fixture_text(&f, FIXTURE_NOBODY, API_POST, login, body, text, sizeof(text)),
	    200);
	check(strstr(text, "OWN-1") != NULL);
	check_eq(
	    fixture_text(&f, FIXTURE_NOBODY, API_POST, login, body, text, sizeof(text)),
	    401);
	fixture_fini(&f);
}

static int add_once(struct store_db *db, void *arg)
{
	return store_once_add(db, 1, arg, FIXTURE_NOW_US + MINUTE_US);
}

static void link_works_once_and_in_time(void)
{
	struct fixture f;
	char text[4096], first[] = "first", late[] = "late";

	fixture_init(&f);
	must(store_write(f.store, add_once, first) == 0);
	must(store_write(f.store, add_once, late) == 0);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"first\"}", text, sizeof(text)),
	    200);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"first\"}", text, sizeof(text)),
	    401);
	f.now_us += 2 * MINUTE_US;
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"late\"}", text, sizeof(text)),
	    401);
	fixture_fini(&f);
}

static int turn_code_on(struct store_db *db, void *arg)
{
	(void)arg;
	return store_account_set_totp(db, FIXTURE_MEMBER, rfc_secret, 0);
}

/* A link that somebody else reads in the mailbox is not enough where codes are on. */
static void a_link_does_not_skip_the_code(void)
{
	struct fixture f;
	char text[4096], link[] = "first";

	fixture_init(&f);
	f.now_us = 1111111109 * 1000000ll;
	must(store_write(f.store, add_once, link) == 0);
	must(store_write(f.store, turn_code_on, NULL) == 0);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"first\"}", text, sizeof(text)),
	    401);
	check(strstr(text, "\"totp\"") != NULL);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"first\",\"totp\":\"000000\"}", text, sizeof(text)),
	    401);
	check_eq(fixture_text(&f, FIXTURE_NOBODY, API_POST, "/api/v1/once",
		     "{\"token\":\"first\",\"totp\":\"081804\"}", text, sizeof(text)),
	    200);
	fixture_fini(&f);
}

static unsigned me_after(struct fixture *f, enum fixture_who who, int64_t minutes)
{
	struct api_reply a;

	f->now_us += minutes * MINUTE_US;
	unsigned status = fixture_ask(f, who, API_GET, "/api/v1/me", NULL, &a);
	api_reply_fini(&a);
	return status;
}

static void sessions_end(void)
{
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	/* An operator's: two hours without a touch, twelve in all. */
	check_eq(me_after(&f, FIXTURE_OPERATOR, 119), 200);
	check_eq(me_after(&f, FIXTURE_OPERATOR, 119), 200);
	/* A page that polls is nobody. */
	f.now_us += 60 * MINUTE_US;
	check_eq(
	    fixture_ask(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/live", NULL, &a), 200);
	api_reply_fini(&a);
	check_eq(me_after(&f, FIXTURE_OPERATOR, 61), 401);
	/* A member's: a day, and two weeks. */
	check_eq(me_after(&f, FIXTURE_MEMBER, 10 * 60), 200);
	for (int day = 1; day < 14; day++)
		check_eq(me_after(&f, FIXTURE_MEMBER, 23 * 60), 200);
	check_eq(me_after(&f, FIXTURE_MEMBER, 23 * 60), 401);
	fixture_fini(&f);
}

static void logout_ends_the_session(void)
{
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	check_eq(
	    fixture_ask(&f, FIXTURE_MEMBER, API_POST, "/api/v1/logout", "{}", &a), 204);
	check(strstr(a.cookie, "Max-Age=0") != NULL);
	api_reply_fini(&a);
	check_eq(me_after(&f, FIXTURE_MEMBER, 0), 401);
	check_eq(me_after(&f, FIXTURE_OPERATOR, 0), 200);
	fixture_fini(&f);
}

static void cookies_are_found_among_others(void)
{
	char value[8];

	check(api_request_cookie("a=1; k=xy; b=2", "k", value, sizeof(value)));
	check_text(value, "xy");
	check(api_request_cookie("k=z", "k", value, sizeof(value)));
	check(!api_request_cookie("ak=z", "k", value, sizeof(value)));
	check(!api_request_cookie("k=", "k", value, sizeof(value)));
	check(!api_request_cookie("k=12345678", "k", value, sizeof(value)));
	check(!api_request_cookie(NULL, "k", value, sizeof(value)));
	check(!api_request_cookie(";;;  ;", "k", value, sizeof(value)));
}

static void only_the_last_forwarded_counts(void)
{
	char peer[64] = "127.0.0.1";

	check(api_request_forwarded("192.0.2.1", peer, sizeof(peer)));
	check_text(peer, "192.0.2.1");
	check(api_request_forwarded("192.0.2.1,  2001:db8::5 ", peer, sizeof(peer)));
	check_text(peer, "2001:db8::5");
	check(!api_request_forwarded("192.0.2.9, unknown", peer, sizeof(peer)));
	check(!api_request_forwarded("", peer, sizeof(peer)));
	check(!api_request_forwarded("192.0.2.9,", peer, sizeof(peer)));
	check(!api_request_forwarded(
	    "192.0.2.9, 2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8",
	    peer, sizeof(peer)));
	check_text(peer, "2001:db8::5");
}

CHECK_MAIN(codes_of_rfc_6238, ten_wrong_tries_then_wait,
    a_clock_set_back_locks_nobody_out, a_full_disk_can_still_be_read,
    right_ones_are_not_counted, one_address_is_tired_of_all_names,
    nobody_locks_a_person_out, second_factor_works_once, link_works_once_and_in_time,
    a_link_does_not_skip_the_code, sessions_end, logout_ends_the_session,
    cookies_are_found_among_others, only_the_last_forwarded_counts)
