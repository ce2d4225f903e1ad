/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/api.h"
#include "center/api/people/people.h"
#include "center/store/store.h"
#include "lib/base/buf.h"

#include <jansson.h>

/* What the files of this folder share: a request and its reply, without a word about the
 * HTTP library.  http/ fills the one and sends the other; the route table in route.c says
 * who handles what.
 *
 * Threads: one request belongs to one thread at a time. */
#define API_PREFIX         "/api/v1"
#define API_TARGET_MAX     2048u /* request target */
#define API_QUERY_MAX      12u   /* query parameters */
#define API_COOKIE_NAME    "otasuke_session"
#define API_TOKEN_TEXT_MAX 64u /* 32 random bytes, base64url */
#define API_HASH_TEXT_MAX  65u /* SHA-256, hex */
#define API_TOKEN_SCOPES_MAX 304u
#define API_ETAG_MAX       40u

enum api_method {
	API_GET,
	API_POST,
	API_PUT,
	API_DELETE,
	API_METHOD_MAX,
};

/* Names from before people/roles.tbl: as a route's permission, and as scope.role. */
#define API_PUBLIC   0
#define API_MEMBER   1
#define API_OPERATOR 2
#define API_BOTH     3
_Static_assert(MAY_PUBLIC == API_PUBLIC && MAY_OLD_MEMBER == API_MEMBER &&
		   MAY_OLD_OPERATOR == API_OPERATOR && MAY_OLD_BOTH == API_BOTH,
    "the first rows of roles.tbl");

enum api_error {
	API_OK,
	API_BAD,
	API_LOGIN,
	API_CSRF,
	API_DENIED,
	API_MISSING,
	API_NO_METHOD,
	API_CONFLICT,
	API_LARGE,
	API_SLOW,
	API_WRONG,
	API_TOTP,
	API_BUSY,
	API_BROKEN,
	API_ERROR_MAX,
};

/* Whose eyes: every query about a tenant's rows takes one.  Made by the session only. */
struct api_scope {
	int64_t account_id;
	int64_t chamber_id;
	int64_t company_id;  /* 0: of no company */
	int64_t reseller_id; /* of a reseller's people */
	enum store_role who;
	/* API_MEMBER: owner and staff; API_OPERATOR: operator and desk; API_PUBLIC: all
	 * others.  Better ask api_may(). */
	int role;
	enum api_people_reach reach; /* what the route's permission gives this person */
	/* The chamber wants a second factor of this role and the person has none yet:
	 * only MAY_SELF. */
	bool needs_factor;
	char session[API_HASH_TEXT_MAX];
	char csrf[API_TOKEN_TEXT_MAX];
};

struct api_query {
	char *name, *value; /* decoded, in request.target */
};

struct api_request {
	struct api *api;
	enum api_method method;
	char target[API_TARGET_MAX]; /* taken apart in place */
	const char *path;            /* decoded; starts with / */
	struct api_query query[API_QUERY_MAX];
	unsigned queries;
	int64_t id;       /* {id} of the path, 0: none */
	const char *name; /* {name} of the path */

	/* Headers that somebody asks for; NULL: not sent.  Borrowed from the connection. */
	const char *cookie, *csrf, *accept, *encoding, *etag, *type, *fetch_site,
	    *agent, *authorization;
	struct span body;
	bool body_too_large;
	bool tls;
	char peer[64]; /* address of the other side */

	int64_t now_us;
	struct api_scope scope;
	char scopes[API_TOKEN_SCOPES_MAX]; /* of a token; "": a person is there */
	json_t *json; /* the checked body, or NULL */
	bool late;    /* a long poll that must answer now */
};

struct api_reply {
	unsigned status;
	json_t *json;         /* owned; or: */
	const uint8_t *bytes; /* borrowed from the api, or … */
	uint8_t *owned;       /* … owned */
	size_t len;
	const char *type; /* of bytes */
	bool gzip, immutable, revalidate;
	char etag[API_ETAG_MAX];
	char location[128];
	char cookie[160]; /* value of Set-Cookie */
	unsigned retry_after_s;
	unsigned allow; /* bits of enum api_method, with API_NO_METHOD */
	/* A long poll: no answer yet; ask again when the change counter passes this. */
	bool wait;
	int64_t wait_since;
};

/* ---- routes (route.c) ---- */

enum api_type {
	API_T_TEXT,
	API_T_INT,
	API_T_WORD,   /* one of `words` */
	API_T_DIGITS, /* text of digits only */
	API_T_OBJECT,
};

/* A member of a body or a query parameter.  Tables end with name NULL. */
struct api_field {
	const char *name;
	enum api_type type;
	bool required;
	int64_t min, max;            /* characters of a text, value of a number */
	const char *words;           /* "open|done|all" */
	const struct api_field *sub; /* of an object */
};

typedef void api_handler(struct api_request *q, struct api_reply *a);

struct api_route {
	enum api_method method;
	const char *path; /* below API_PREFIX when it starts with "~" */
	enum api_may may;
	bool csrf;
	bool slow; /* takes a core for a while: not on a connection thread */
	bool
	    background; /* asked by the page, not by a person: keeps no session alive */
	const struct api_field *query, *body;
	api_handler *fn;
};

/* Route number i of all topics; NULL behind the last. */
const struct api_route *api_route_at(size_t i);

/* Takes `target` (path and query, as sent) apart.  FAIL_FORMAT: bad escape, a NUL, a control
 * byte, too long, too many parameters. */
int api_request_target(struct api_request *q, const char *target) must_use;
void api_request_fini(struct api_request *q);
/* The value of a cookie, into room; false when there is none of a sane size. */
bool api_request_cookie(const char *header, const char *name, char *value, size_t room);
/* The last address of X-Forwarded-For into room; false when it is none. */
bool api_request_forwarded(const char *header, char *peer, size_t room);
/* NULL when not given; a route's table has checked it. */
const char *api_query_text(const struct api_request *q, const char *name);
int64_t api_query_int(const struct api_request *q, const char *name, int64_t otherwise);
/* Of the checked body; NULL when not given. */
const char *api_body_text(const struct api_request *q, const char *name);
int64_t api_body_int(const struct api_request *q, const char *name, int64_t otherwise);
/* Checks the body or the query against a table.  On FAIL_FORMAT `a` says why. */
int api_check_body(struct api_request *q, const struct api_field *fields,
    struct api_reply *a) must_use;
int api_check_query(struct api_request *q, const struct api_field *fields,
    struct api_reply *a) must_use;

/* May this person do something else than what the route is for, too? */
bool api_may(const struct api_request *q, enum api_may may);
/* The route for a request, with q->id and q->name filled in; NULL with the error in `a`. */
const struct api_route *api_route_find(struct api_request *q, struct api_reply *a);
/* Session, role, CSRF, query, body, handler; everything but files of the portal. */
void api_route_run(
    const struct api_route *r, struct api_request *q, struct api_reply *a);

/* ---- replies (reply.c) ---- */

void api_reply_fini(struct api_reply *a);
/* Forgets what was there and says the error; `detail` may be NULL. */
void api_fail(struct api_reply *a, enum api_error error, const char *detail);
/* With seconds to wait: API_SLOW, API_BUSY. */
void api_fail_later(struct api_reply *a, enum api_error error, unsigned seconds);
/* Takes `json`; NULL is API_BROKEN. */
void api_json(struct api_reply *a, unsigned status, json_t *json);
/* The error for a negative enum fail of the store. */
void api_fail_store(struct api_reply *a, int fail);
const char *api_error_code(enum api_error e);
unsigned api_error_status(enum api_error e);

/* ---- queries (scope.c) ---- */

/* SQL put together from fixed texts, with its values. */
#define API_SQL_VALUES_MAX 24u

struct api_sql {
	struct buf text;
	struct store_value values[API_SQL_VALUES_MAX];
	unsigned n;
};

void api_sql_init(struct api_sql *s, const char *text);
void api_sql_fini(struct api_sql *s);
void api_sql_add(struct api_sql *s, const char *text);
/* Adds `text` (with one ?) and its value. */
void api_sql_with(struct api_sql *s, const char *text, struct store_value value);
/* " AND <column> is a company of this scope": the tenant fence.  Every query of a tenant's
 * rows ends its joins with one.  It reaches as far as the route's permission.
 *
 * The columns i.company_id, e.company_id, n.company_id are those of incident, event and
 * notice, by their one alias: there the fence also hides what is confidential. */
void api_sql_scope(
    struct api_sql *s, const struct api_scope *scope, const char *column);
/* What stands in api_sql_scope() for an incident, for counts in the columns: " AND (i is
 * not confidential, or this person is named)"; nothing for the company's own people. */
void api_sql_confidential(
    struct api_sql *s, const struct api_scope *scope, const char *alias);
/* A connection for reading on behalf of whoever asks: the database itself hides other
 * tenants' rows too, where it can (store_fence()).  NULL as store_read(); store_read_done()
 * it. */
struct store_db *api_read(const struct api_request *q);
void api_sql_query(struct api_sql *s, struct store_db *db, struct store_rows **rows);
/* The query parameter `company`: adds its filter.  False, with 404 in `a`, when it names
 * another tenant's company. */
bool api_sql_company(struct api_sql *s, struct store_db *db,
    const struct api_request *q, const char *column, struct api_reply *a);
/* Cursor "A.B" of two numbers: " AND (a, b) < (?, ?)".  False: 400 in `a`. */
bool api_sql_before(struct api_sql *s, const struct api_request *q, const char *columns,
    struct api_reply *a);
/* A LIKE pattern for text that somewhere contains what q asks for, with ! as the escape
 * character; borrowed from `room`. */
const char *api_like(const char *text, char *room, size_t size);

/* ---- the running whole (http/server.c) ---- */

struct api_files;
struct ingest_ca;
struct notify_conf;
struct api_http;

struct api {
	struct store *store;
	const struct ingest_ca *ca;    /* NULL: no enrolment codes (tests) */
	const struct fleet_keys *keys; /* NULL: no orders (tests) */
	const struct notify_conf *notify;
	struct api_oidc oidc;
	char *demo_maildir;      /* NULL: none */
	char *proxy;             /* NULL: none */
	struct api_files *files; /* NULL: no portal */
	struct api_http *http;   /* NULL: handlers only (tests) */
};

/* Everything but the socket; for tests and the fuzz target too. */
struct api *api_new(const struct api_conf *conf, struct store *store)
    __attribute__((malloc));
void api_free(struct api *api);

/* ---- shapes that several resources share (shape.c) ---- */

/* What to call a machine `m`: the company's word, what the gate heard, an address. */
#define API_MACHINE_LABEL                                                     \
	"CASE WHEN m.label <> '' THEN m.label WHEN m.name <> '' THEN m.name " \
	"WHEN m.ip <> '' THEN m.ip ELSE m.mac END"

json_t *api_company_ref(
    struct store_rows *rows, unsigned column);                  /* id, name, sample */
json_t *api_gate_ref(struct store_rows *rows, unsigned column); /* id, name */
/* NULL becomes null. */
json_t *api_time(struct store_rows *rows, unsigned column);

/* The columns of an incident's summary, and their JSON. */
extern const char api_incident_select[]; /* "SELECT … FROM … WHERE 1 = 1" */
json_t *api_incident_summary(struct store_rows *rows);
const char *api_severity_word(int64_t severity);
/* 0, or FAIL_MISSING when the incident q->id is not in this scope. */
int api_incident_seen(const struct api_request *q, struct store_db *db) must_use;

/* Adds state, scanner, mode, rules (and version) of a gate to `o`, from the columns
 * fingerprint, revoked_us, seen_us, state at `column`. */
void api_gate_state(json_t *o, struct store_rows *rows, unsigned column, int64_t now_us,
    bool with_version);

/* Collects rows into {items, next}: one more row than the page holds says that there is
 * another page.  `order` are the two numbers of the cursor. */
struct api_page {
	json_t *items;
	int64_t limit, last[2];
	bool more;
};

void api_page_init(struct api_page *p, const struct api_request *q);
/* Adds " ORDER BY <columns> LIMIT ?", columns being "a, b". */
void api_page_order(struct api_page *p, struct api_sql *s, const char *columns);
/* False: the page is full, `item` was not asked for. */
bool api_page_wants(struct api_page *p);
void api_page_add(struct api_page *p, json_t *item, int64_t a, int64_t b);
void api_page_answer(struct api_page *p, struct api_reply *a, int err);
