/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"
#include "center/api/login/login.h"
#include "center/store/account.h"
#include "lib/base/must.h"
#include "tests/storedir.h"

/* For tests and the fuzz target: an interface without a socket, over a store with two
 * chambers.  Chamber 1 has company 1 (the member's) and 2, chamber 2 company 3.  Every text
 * of company 2 says NEIGHBOUR, every text of chamber 2 STRANGER.  Each company has a site,
 * a gate, a machine, an incident, an event and a notice of its own number. */
#define FIXTURE_NOW_US 1800000000000000ll

/* The first two are old; then everybody in the order of enum store_role.  Company 1 belongs
 * to the reseller of FIXTURE_RESELLER, company 2 to another. */
enum fixture_who {
	FIXTURE_NOBODY,
	FIXTURE_MEMBER,
	FIXTURE_OPERATOR,
	FIXTURE_STAFF,
	FIXTURE_DESK,
	FIXTURE_PARTNER,
	FIXTURE_RESELLER,
	FIXTURE_AGENT,
	FIXTURE_INSURER,
	FIXTURE_OFFICE,
	FIXTURE_AUDITOR,
	FIXTURE_MAX,
};

static inline enum store_role fixture_role(enum fixture_who who)
{
	return who == FIXTURE_MEMBER     ? STORE_ROLE_OWNER
	       : who == FIXTURE_OPERATOR ? STORE_ROLE_OPERATOR
	       : who == FIXTURE_STAFF    ? STORE_ROLE_STAFF
					 : (enum store_role)who;
}

struct fixture {
	char dir[64];
	struct store *store;
	struct api *api;
	struct api_session_new sessions[FIXTURE_MAX]; /* by enum fixture_who */
	int64_t now_us;
};

static inline int fixture_company(struct store_db *db, int64_t id, const char *mark)
{
	struct buf eve;
	char text[256], name[64];
	int64_t one;

	(void)snprintf(name, sizeof(name), "%s-%d", mark, (int)id);
	(void)snprintf(text, sizeof(text),
	    "{\"src_ip\":\"192.0.2.%d\",\"src_port\":80,\"site\":{\"host\":\"%s\"}}",
	    (int)id, name);
	buf_init(&eve, 4096);
	must(store_pack_with(NULL, span_text(text), &eve) == 0);
#define FIXTURE_ADD(sql, ...) must(store_exec(db, sql, STORE_ARGS(__VA_ARGS__)) == 0)
	FIXTURE_ADD(
	    "INSERT INTO reseller (id, chamber_id, name, created_us) VALUES (?, ?, ?, 1)",
	    STORE_INT(id), STORE_INT(id == 3 ? 2 : 1), STORE_TEXT(name));
	FIXTURE_ADD(
	    "INSERT INTO company (id, chamber_id, reseller_id, name, created_us) VALUES "
	    "(?, ?, ?, ?, 1)",
	    STORE_INT(id), STORE_INT(id == 3 ? 2 : 1), STORE_INT(id), STORE_TEXT(name));
	FIXTURE_ADD("INSERT INTO site (id, company_id, name) VALUES (?, ?, ?)",
	    STORE_INT(id), STORE_INT(id), STORE_TEXT(name));
	FIXTURE_ADD(
	    "INSERT INTO gate (id, company_id, site_id, name, state, fingerprint, "
	    "seen_us) VALUES (?, ?, ?, ?, '{\"rules\":7,\"mode\":\"protect\"}', ?, ?)",
	    STORE_INT(id), STORE_INT(id), STORE_INT(id), STORE_TEXT(name),
	    STORE_TEXT(name), STORE_INT(FIXTURE_NOW_US));
	FIXTURE_ADD(
	    "INSERT INTO machine (id, company_id, gate_id, identity, mac, name, ip, "
	    "first_us, last_us) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
	    STORE_INT(id), STORE_INT(id), STORE_INT(id), STORE_TEXT(name),
	    STORE_TEXT(name), STORE_TEXT(name), STORE_TEXT(name),
	    STORE_INT(FIXTURE_NOW_US + id));
	FIXTURE_ADD(
	    "INSERT INTO incident (id, company_id, gate_id, machine_id, cause, "
	    "severity, stopped, what, peer, events, first_us, last_us, opened_us, "
	    "change) VALUES (?, ?, ?, ?, 'BACKDOOR', 2, 1, ?, ?, 1, 1, ?, 1, 0)",
	    STORE_INT(id), STORE_INT(id), STORE_INT(id), STORE_INT(id),
	    STORE_TEXT(name), STORE_TEXT(name), STORE_INT(FIXTURE_NOW_US - id));
	FIXTURE_ADD("INSERT INTO event (id, company_id, gate_id, incident_id, at_us, "
		    "taken_us, severity, eve) VALUES (?, ?, ?, ?, 1, 1, 2, ?)",
	    STORE_INT(id), STORE_INT(id), STORE_INT(id), STORE_INT(id),
	    STORE_BYTES(buf_span(&eve)));
	FIXTURE_ADD(
	    "INSERT INTO contact (id, chamber_id, company_id, name, channel, address, "
	    "created_us) SELECT id, chamber_id, id, ?, 'webhook', "
	    "'https://hook.example/' || name, 1 FROM company WHERE id = ?",
	    STORE_TEXT(name), STORE_INT(id));
	FIXTURE_ADD(
	    "INSERT INTO notice (id, incident_id, company_id, recipient, severity, "
	    "subject, body, created_us, due_us, message_id) VALUES (?, ?, ?, ?, 2, ?, "
	    "?, 1, 1, ?)",
	    STORE_INT(id), STORE_INT(id), STORE_INT(id), STORE_TEXT(name),
	    STORE_TEXT(name), STORE_TEXT(name), STORE_TEXT(name));
	FIXTURE_ADD(
	    "INSERT INTO campaign (id, chamber_id, kind, value, title, opened_us, "
	    "last_us, companies) VALUES (?, ?, 'C2', ?, ?, 1, 1, 1)",
	    STORE_INT(id), STORE_INT(id == 3 ? 2 : 1), STORE_TEXT(name),
	    STORE_TEXT(name));
	FIXTURE_ADD(
	    "UPDATE incident SET campaign_id = ?, why = 'CALLS_HOME' WHERE id = ?",
	    STORE_INT(id), STORE_INT(id));
	FIXTURE_ADD(
	    "INSERT INTO incident_trace (incident_id, company_id, sign, peer, what, events, "
	    "last_us) VALUES (?, ?, 'rule:1', ?, ?, 1, 1)",
	    STORE_INT(id), STORE_INT(id), STORE_TEXT(name), STORE_TEXT(name));
#undef FIXTURE_ADD
	must(store_get_int(db, &one, "SELECT count(*) FROM company", STORE_NO_ARGS) ==
	     0);
	must(store_audit(db, &(struct store_audit){ .at_us = 1,
				 .company_id = id,
				 .incident_id = id,
				 .action = "incident.open",
				 .detail = name }) == 0);
	buf_fini(&eve);
	return 0;
}

/* Somebody of company `id` with the number 100 + id; an invitation, a recovery, a broken glass
 * and a session with the company's own number. */
static inline void fixture_people(struct store_db *db, int64_t id)
{
	const char *marks[] = { "", "OWN-p1", "NEIGHBOUR-p2", "STRANGER-p3" };
	int64_t chamber = id == 3 ? 2 : 1, other = id == 3 ? 103 : FIXTURE_OFFICE;
	const char *mark = marks[id];

#define FIXTURE_ADD(sql, ...) must(store_exec(db, sql, STORE_ARGS(__VA_ARGS__)) == 0)
	FIXTURE_ADD(
	    "INSERT INTO account (id, role, duty, chamber_id, company_id, mail, name, "
	    "password, created_us) VALUES (?, 'member', 'staff', ?, ?, ?, ?, '', 1)",
	    STORE_INT(100 + id), STORE_INT(chamber), STORE_INT(id), STORE_TEXT(mark),
	    STORE_TEXT(mark));
	FIXTURE_ADD(
	    "INSERT INTO session (hash, account_id, csrf, created_us, seen_us, expires_us, "
	    "number, browser) VALUES (?, ?, '', 1, 1, ?, ?, ?)",
	    STORE_TEXT(mark), STORE_INT(100 + id), STORE_INT(FIXTURE_NOW_US * 2),
	    STORE_INT(id), STORE_TEXT(mark));
	FIXTURE_ADD(
	    "INSERT INTO invite (id, hash, chamber_id, company_id, duty, mail, name, "
	    "created_us, expires_us) VALUES (?, ?, ?, ?, 'staff', ?, ?, 1, ?)",
	    STORE_INT(id), STORE_TEXT(mark), STORE_INT(chamber), STORE_INT(id),
	    STORE_TEXT(mark), STORE_TEXT(mark), STORE_INT(FIXTURE_NOW_US * 2));
	FIXTURE_ADD(
	    "INSERT INTO recovery (id, chamber_id, account_id, company_id, reason, "
	    "opened_by, opened_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
	    STORE_INT(id), STORE_INT(chamber), STORE_INT(100 + id), STORE_INT(id),
	    STORE_TEXT(mark), STORE_INT(other), STORE_INT(FIXTURE_NOW_US * 2));
	FIXTURE_ADD(
	    "INSERT INTO broken_glass (company_id, account_id, reason, created_us, "
	    "expires_us) VALUES (?, ?, ?, 1, 2)",
	    STORE_INT(id), STORE_INT(other), STORE_TEXT(mark));
#undef FIXTURE_ADD
}

static inline int fixture_fill(struct store_db *db, void *arg)
{
	struct fixture *f = arg;

	must(store_script(db,
		 "INSERT INTO chamber (id, name) VALUES (1, 'OWN-chamber');"
		 "INSERT INTO chamber (id, name) VALUES (2, 'STRANGER-ch');") == 0);
	must(fixture_company(db, 1, "OWN") == 0);
	must(fixture_company(db, 2, "NEIGHBOUR") == 0);
	must(fixture_company(db, 3, "STRANGER") == 0);
	must(store_settle_ids(db) == 0);
	for (int who = FIXTURE_MEMBER; who < FIXTURE_MAX; who++) {
		enum store_role role = fixture_role((enum fixture_who)who);
		struct store_account a = { .chamber_id = 1,
			.role = role,
			.company_id = store_role_is_member(role),
			.reseller_id = role == STORE_ROLE_RESELLER };
		(void)snprintf(a.mail, sizeof(a.mail), "%s@one.example",
		    who == FIXTURE_MEMBER ? "member" : store_role_word(role));
		(void)snprintf(a.name, sizeof(a.name), "OWN %d", who);
		must(store_account_add(db, &a, f->now_us) == 0);
		must(a.id == who);
		api_session_make(&f->sessions[who]);
		must(api_session_store(db, &f->sessions[who], &a,
			 &(struct api_request){ .now_us = f->now_us }, "link") == 0);
	}
	for (int64_t id = 1; id <= 3; id++)
		fixture_people(db, id);
	for (int id = 1; id <= 3; id++)
		must(
		    store_exec(db,
			"INSERT INTO suppression (id, chamber_id, company_id, peer, "
			"reason, created_us, created_by, expires_us) SELECT ?, "
			"chamber_id, id, name, name, 1, ?, ? FROM company WHERE id = ?",
			STORE_ARGS(STORE_INT(id), STORE_INT(FIXTURE_AUDITOR),
			    STORE_INT(FIXTURE_NOW_US + 1000000), STORE_INT(id))) == 0);
	must(store_settle_ids(db) == 0);
	return 0;
}

static inline void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .now_us = FIXTURE_NOW_US };
	f->store = store_open(storedir_make(f->dir));
	must(f->store != NULL);
	f->api = api_new(&(struct api_conf){ 0 }, f->store);
	must(f->api != NULL);
	must(store_write(f->store, fixture_fill, f) == 0);
}

static inline void fixture_fini(struct fixture *f)
{
	api_free(f->api);
	store_close(f->store);
	storedir_remove(f->dir);
}

/* Asks as a page of this person would; the status.  api_reply_fini() the reply. */
static inline unsigned fixture_ask(struct fixture *f, enum fixture_who who,
    enum api_method method, const char *target, const char *body, struct api_reply *a)
{
	struct api_request q = { .api = f->api,
		.method = method,
		.now_us = f->now_us,
		.type = "application/json",
		.peer = "192.0.2.1",
		.late = true };
	char cookie[128];
	const struct api_route *r;

	*a = (struct api_reply){ 0 };
	q.body = span_text(body);
	if (who != FIXTURE_NOBODY) {
		(void)snprintf(cookie, sizeof(cookie), API_COOKIE_NAME "=%s",
		    f->sessions[who].cookie);
		q.cookie = cookie;
		q.csrf = f->sessions[who].csrf;
	}
	if (api_request_target(&q, target) < 0)
		api_fail(a, API_BAD, NULL);
	else if ((r = api_route_find(&q, a)) != NULL)
		api_route_run(r, &q, a);
	api_request_fini(&q);
	return a->status;
}

/* The same, with the answer as text into `text`. */
static inline unsigned fixture_text(struct fixture *f, enum fixture_who who,
    enum api_method method, const char *target, const char *body, char *text,
    size_t room)
{
	struct api_reply a;
	unsigned status = fixture_ask(f, who, method, target, body, &a);
	char *json = a.json ? json_dumps(a.json, JSON_COMPACT) : NULL;

	(void)snprintf(text, room, "%s", json ? json : "");
	free(json);
	api_reply_fini(&a);
	return status;
}
