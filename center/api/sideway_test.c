/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fixture.h"
#include "center/fleet/fleet.h"
#include "center/ingest/ingest.h"
#include "center/notify/digest/digest.h"
#include "center/notify/ladder/ladder.h"
#include "tests/check.h"

/* What is closed in front must not stand open at the side: a second path to the same rows, a
 * way in that outlives its owner's access, a role that is told by mail what it may not read. */

static char text[64 << 10];

struct statement {
	const char *sql;
	int64_t value;
	char answer[256];
};

static int run(struct store_db *db, void *arg)
{
	const struct statement *s = arg;

	return store_exec(db, s->sql,
	    (struct store_args){
		&STORE_INT(s->value), (size_t)(strchr(s->sql, '?') != NULL) });
}

static void change(struct fixture *f, const char *sql, int64_t value)
{
	must(store_write(f->store, run, &(struct statement){ sql, value, "" }) == 0);
}

static int64_t number(struct fixture *f, const char *sql)
{
	struct store_db *db = store_read(f->store);
	int64_t n = -1;

	must(db && store_get_int(db, &n, sql, STORE_NO_ARGS) == 0);
	store_read_done(f->store, db);
	return n;
}

static unsigned ask(struct fixture *f, enum fixture_who who, enum api_method method,
    const char *target, const char *body)
{
	return fixture_text(f, who, method, target, body, text, sizeof(text));
}

/* ---- tokens ---- */

static unsigned ask_by_token(struct fixture *f, const char *token, const char *target)
{
	struct api_request q = { .api = f->api,
		.method = API_GET,
		.now_us = f->now_us,
		.peer = "192.0.2.1",
		.late = true };
	struct api_reply a = { 0 };
	char header[200];

	(void)snprintf(header, sizeof(header), "Bearer %s", token);
	q.authorization = header;
	must(api_request_target(&q, target) == 0);
	const struct api_route *r = api_route_find(&q, &a);
	must(r != NULL);
	api_route_run(r, &q, &a);
	char *json = a.json ? json_dumps(a.json, JSON_COMPACT) : NULL;
	(void)snprintf(text, sizeof(text), "%s", json ? json : "");
	free(json);
	unsigned status = a.status;
	api_reply_fini(&a);
	api_request_fini(&q);
	return status;
}

static void make_token(
    struct fixture *f, enum fixture_who who, const char *scopes, char token[100])
{
	struct api_reply a;
	char body[200];

	(void)snprintf(
	    body, sizeof(body), "{\"name\":\"x\",\"scopes\":\"%s\"}", scopes);
	must(fixture_ask(f, who, API_POST, "/api/v1/me/tokens", body, &a) == 200);
	(void)snprintf(
	    token, 100, "%s", json_string_value(json_object_get(a.json, "token")));
	api_reply_fini(&a);
}

/* Events in short are one permission, the records themselves another. */
static void a_token_gets_no_evidence_without_its_scope(void)
{
	struct fixture f;
	char token[100];

	fixture_init(&f);
	make_token(&f, FIXTURE_OPERATOR, "event.see", token);
	check_eq(ask_by_token(&f, token, "/api/v1/incidents/1/events"), 200);
	check(strstr(text, "\"evidence\":\"not_yours\"") && !strstr(text, "\"eve\""));
	make_token(&f, FIXTURE_OPERATOR, "event.see evidence.see", token);
	check_eq(ask_by_token(&f, token, "/api/v1/incidents/1/events"), 200);
	check(strstr(text, "\"eve\"") != NULL);
	fixture_fini(&f);
}

/* Whoever took over an account made a token, and linked a login server of their own. */
static void recovery_ends_every_old_way(void)
{
	struct fixture f;
	char token[100];

	fixture_init(&f);
	make_token(&f, FIXTURE_STAFF, "read", token);
	change(&f,
	    "INSERT INTO identity (issuer, subject, account_id, created_us) VALUES "
	    "('https://login.example', 'x', ?, 1)",
	    FIXTURE_STAFF);
	check_eq(ask_by_token(&f, token, "/api/v1/home"), 200);
	check_eq(ask(&f, FIXTURE_OPERATOR, API_POST, "/api/v1/recoveries",
		     "{\"mail\":\"staff@one.example\",\"reason\":\"all is lost\"}"),
	    200);
	char target[100];
	(void)snprintf(target, sizeof(target), "/api/v1/recoveries/%d/confirm",
	    (int)number(&f, "SELECT max(id) FROM recovery"));
	check_eq(
	    ask(&f, FIXTURE_DESK, API_POST, target, "{\"called\":\"by phone\"}"), 204);
	check_eq(ask_by_token(&f, token, "/api/v1/home"), 401);
	check_eq(number(&f, "SELECT count(*) FROM identity"), 0);
	fixture_fini(&f);
}

/* ---- confidential ---- */

static void confide(struct fixture *f, const char *target)
{
	check_eq(ask(f, FIXTURE_DESK, API_PUT, target, "{\"confidential\":1}"), 204);
}

static void add_incident(struct fixture *f, int64_t id)
{
	change(f,
	    "INSERT INTO incident (id, company_id, gate_id, cause, severity, stopped, what, "
	    "peer, events, kept, first_us, last_us, opened_us, change) VALUES (?, 1, 1, "
	    "'EXPLOIT', 2, 1, 'SECRET', 'SECRET', 2, 2, 1, 2, 1, 0)",
	    id);
	change(f,
	    "INSERT INTO notice (incident_id, company_id, recipient, severity, subject, "
	    "body, created_us, due_us, message_id) SELECT id, 1, 'SECRET', 2, 'SECRET', "
	    "'SECRET', 1, 1, 'SECRET' || id FROM incident WHERE id = ?",
	    id);
}

static void half_of_a_secret_is_one(void)
{
	struct fixture f;

	fixture_init(&f);
	add_incident(&f, 11);
	for (int i = 0; i < 2; i++)
		change(&f,
		    "INSERT INTO event (company_id, gate_id, incident_id, at_us, taken_us, "
		    "severity, eve) SELECT 1, 1, ?, 5, 5, 2, eve FROM event WHERE id = 1",
		    11);
	confide(&f, "/api/v1/incidents/11/confidential");
	char body[100];
	(void)snprintf(body, sizeof(body), "{\"events\":\"%d\"}",
	    (int)number(&f, "SELECT max(id) FROM event"));
	check_eq(
	    ask(&f, FIXTURE_DESK, API_POST, "/api/v1/incidents/11/split", body), 200);
	check(strstr(text, "SECRET") != NULL);
	check_eq(ask(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/incidents", NULL), 200);
	check(!strstr(text, "SECRET"));
	fixture_fini(&f);
}

/* What was merged before hides with what is made confidential later. */
static void a_merged_secret_stays_one(void)
{
	struct fixture f;

	fixture_init(&f);
	add_incident(&f, 12);
	check_eq(ask(&f, FIXTURE_DESK, API_POST, "/api/v1/incidents/1/merge",
		     "{\"from\":12}"),
	    200);
	check_eq(ask(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/incidents/12", NULL), 200);
	confide(&f, "/api/v1/incidents/1/confidential");
	check_eq(ask(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/incidents/12", NULL), 404);
	check_eq(ask(&f, FIXTURE_DESK, API_GET, "/api/v1/incidents/12", NULL), 200);
	fixture_fini(&f);
}

/* ---- who is told ---- */

struct duty {
	struct notify_ladder_person people[NOTIFY_LADDER_PEOPLE];
	int n;
};

static int on_duty(struct store_db *db, void *arg)
{
	struct duty *d = arg;

	d->n =
	    notify_ladder_on_duty(db, 1, NOTIFY_LADDER_DUTY, FIXTURE_NOW_US, d->people);
	return d->n < 0 ? d->n : 0;
}

/* Without a rota everybody is called: everybody who watches. */
static void only_who_watches_is_called(void)
{
	struct fixture f;
	struct duty d;

	fixture_init(&f);
	must(store_write(f.store, on_duty, &d) == 0);
	check_eq(d.n, 2);
	check_eq(d.people[0].account_id, FIXTURE_OPERATOR);
	check_eq(d.people[1].account_id, FIXTURE_DESK);
	change(&f,
	    "INSERT INTO duty_shift (chamber_id, account_id, rank, days, from_min, to_min, "
	    "every, turn) VALUES (1, ?, 1, '1111111H', 0, 0, 1, 0)",
	    FIXTURE_DESK);
	change(&f,
	    "INSERT INTO duty_swap (chamber_id, rank, account_id, from_us, to_us, reason, "
	    "by_account_id, created_us) VALUES (1, 1, ?, 1, 1900000000000000, '', 1, 1)",
	    FIXTURE_DESK);
	must(store_write(f.store, on_duty, &d) == 0);
	check_eq(d.n, 1);
	change(&f, "UPDATE account SET ended_us = 1 WHERE id = ?", FIXTURE_DESK);
	must(store_write(f.store, on_duty, &d) == 0);
	check_eq(d.n, 1);
	check_eq(d.people[0].account_id, FIXTURE_OPERATOR);
	fixture_fini(&f);
}

static int enter(struct store_db *db, void *arg)
{
	(void)arg;
	return notify_digest_enter(db, FIXTURE_NOW_US);
}

/* The chamber's digest names companies. */
static void a_digest_is_for_who_may_see(void)
{
	struct fixture f;

	fixture_init(&f);
	change(&f, "UPDATE account SET ended_us = 1 WHERE id = ?", FIXTURE_DESK);
	must(store_write(f.store, enter, NULL) == 0);
	check_eq(
	    number(&f,
		"SELECT count(*) FROM digest WHERE company_id IS NULL AND address IN "
		"('operator@one.example', 'office@one.example', 'auditor@one.example')"),
	    3);
	check_eq(number(&f, "SELECT count(*) FROM digest WHERE company_id IS NULL"), 3);
	fixture_fini(&f);
}

/* ---- links in notices ---- */

static void add_notice(struct fixture *f, int64_t id, const char *sql)
{
	change(f,
	    "INSERT INTO notice (id, incident_id, company_id, recipient, severity, subject, "
	    "body, created_us, due_us, message_id, step) SELECT ?, 1, 1, 'NIGHT', 2, 'NIGHT', "
	    "'x https://centre.example/answer/SECRET-token_1 y', 1, 1, 'm' || id, "
	    "'escalate-2-1' FROM incident WHERE id = 1",
	    id);
	change(f, sql, id);
}

/* Whoever may read notices must not log in, or answer, as the one they went to. */
static void links_are_their_recipients_own(void)
{
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	add_notice(&f, 21, "UPDATE notice SET step = 'link' WHERE id = ?");
	for (enum fixture_who who = FIXTURE_MEMBER; who < FIXTURE_MAX; who++) {
		check(ask(&f, who, API_GET, "/api/v1/notices/21", NULL) >= 403);
		unsigned got =
		    fixture_ask(&f, who, API_GET, "/api/v1/notices/21/page", NULL, &a);
		check(got >= 403);
		api_reply_fini(&a);
	}
	change(&f, "UPDATE notice SET message_id = 'n' WHERE id = ?", 21);
	add_notice(&f, 22,
	    "INSERT INTO ladder_call (incident_id, company_id, step, whom, account_id, name, "
	    "channel, recipient, at_us, notice_id, hash, expires_us) SELECT 1, 1, 1, 'duty', "
	    "2, 'x', 'mail', 'NIGHT', 1, id, 'h', 9 FROM notice WHERE id = ?");
	check_eq(ask(&f, FIXTURE_AUDITOR, API_GET, "/api/v1/notices/22", NULL), 200);
	check(strstr(text, "/answer/****") && strstr(text, " y") &&
	      !strstr(text, "SECRET"));
	check_eq(ask(&f, FIXTURE_STAFF, API_GET, "/api/v1/notices/22", NULL), 404);
	check_eq(ask(&f, FIXTURE_STAFF, API_GET, "/api/v1/incidents/1", NULL), 200);
	check(strstr(text, "\"notices\"") && !strstr(text, "NIGHT"));
	check_eq(ask(&f, FIXTURE_DESK, API_GET, "/api/v1/incidents/1", NULL), 200);
	check(strstr(text, "NIGHT") != NULL);
	fixture_fini(&f);
}

/* ---- orders ---- */

static int expire(struct store_db *db, void *arg)
{
	(void)arg;
	return fleet_expire(db, FIXTURE_NOW_US);
}

/* A gate that was away for a week still cuts: that must be said, and asked again. */
static void a_release_that_never_arrived_can_be_asked_again(void)
{
	struct fixture f;

	fixture_init(&f);
	change(&f,
	    "INSERT INTO containment (id, company_id, gate_id, mac, state, asked_us) VALUES "
	    "(?, 1, 1, '02:00:5e:00:00:01', 'releasing', 1)",
	    7);
	change(&f,
	    "INSERT INTO gate_order (gate_id, company_id, number, kind, thing_id, text, "
	    "signature, key, state, issued_us, expires_us) VALUES (1, 1, 1, 'release', 7, "
	    "'', '', '', 'sent', 1, ?)",
	    FIXTURE_NOW_US + 1);
	must(store_write(f.store, expire, NULL) == 0);
	check_eq(
	    number(&f, "SELECT count(*) FROM containment WHERE state = 'releasing'"),
	    1);
	change(&f, "UPDATE gate_order SET expires_us = ?", FIXTURE_NOW_US);
	must(store_write(f.store, expire, NULL) == 0);
	check_eq(number(&f, "SELECT count(*) FROM containment WHERE state = 'cut'"), 1);
	fixture_fini(&f);
}

CHECK_MAIN(a_token_gets_no_evidence_without_its_scope, recovery_ends_every_old_way,
    half_of_a_secret_is_one, a_merged_secret_stays_one, only_who_watches_is_called,
    a_digest_is_for_who_may_see, links_are_their_recipients_own,
    a_release_that_never_arrived_can_be_asked_again)
