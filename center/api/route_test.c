/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fixture.h"
#include "center/incident/incident.h"
#include "lib/record/record.h"
#include "tests/check.h"

/* The route table against openapi/, both ways; and the tenant fence, route by route. */

extern const uint8_t api_openapi_json[];
extern const size_t api_openapi_json_len;

static const char *const methods[API_METHOD_MAX] = { "get", "post", "put", "delete" };

static json_t *load(void)
{
	json_t *spec =
	    json_loadb((const char *)api_openapi_json, api_openapi_json_len, 0, NULL);

	must(spec != NULL);
	return spec;
}

static json_t *deref(json_t *spec, json_t *o)
{
	const char *ref = json_string_value(json_object_get(o, "$ref"));
	json_t *parts = json_object_get(json_object_get(spec, "components"), "schemas");

	return ref ? json_object_get(parts, strrchr(ref, '/') + 1) : o;
}

/* One field against one schema: type, limits, words. */
static void check_field(json_t *spec, const struct api_field *f, json_t *schema)
{
	schema = deref(spec, schema);
	const char *type = json_string_value(json_object_get(schema, "type"));
	json_t *words = json_object_get(schema, "enum"), *word,
	       *least = json_object_get(schema, "minLength"),
	       *most = json_object_get(schema, "maxLength");
	size_t i;

	if (!type) {
		printf("# %s has no type\n", f->name);
		check(type != NULL);
		return;
	}
	if (f->type == API_T_TEXT) {
		check_eq(f->max, json_integer_value(most));
		check_eq(f->min, json_integer_value(least));
	}
	if (f->type == API_T_INT && !words && json_object_get(schema, "maximum"))
		check_eq(
		    f->max, json_integer_value(json_object_get(schema, "maximum")));
	if (f->type == API_T_INT && !words)
		check_eq(
		    f->min, json_integer_value(json_object_get(schema, "minimum")));
	check_text(type, f->type == API_T_INT      ? "integer"
			 : f->type == API_T_OBJECT ? "object"
						   : "string");
	if (f->type != API_T_WORD)
		return;
	char all[512] = "";
	json_array_foreach(words, i, word)
	{
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
		    i ? "|" : "", json_string_value(word));
	}
	check_text(f->words, all);
}

static void check_body(json_t *spec, const struct api_field *fields, json_t *schema)
{
	json_t *names, *required;
	size_t n = 0;

	schema = deref(spec, schema);
	names = json_object_get(schema, "properties");
	required = json_object_get(schema, "required");
	check(json_is_false(json_object_get(schema, "additionalProperties")));
	for (const struct api_field *f = fields; f && f->name; f++, n++) {
		json_t *member = json_object_get(names, f->name), *one;
		size_t i;
		bool is_required = false;
		json_array_foreach(required, i, one)
		{
			is_required |= strcmp(json_string_value(one), f->name) == 0;
		}
		check_eq(f->required, is_required);
		check_field(spec, f, member);
		if (f->type == API_T_OBJECT)
			check_body(spec, f->sub, member);
	}
	check_eq(json_object_size(names), n);
}

static void check_parameters(json_t *spec, const struct api_route *r, json_t *op)
{
	json_t *one;
	size_t i, queries = 0, n = 0;

	for (const struct api_field *f = r->query; f && f->name; f++)
		n++;
	json_array_foreach(json_object_get(op, "parameters"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));
		if (strcmp(json_string_value(json_object_get(one, "in")), "query") != 0)
			continue;
		queries++;
		for (const struct api_field *f = r->query; f && f->name; f++)
			if (strcmp(f->name, name) == 0) {
				check_field(spec, f, json_object_get(one, "schema"));
				n--;
			}
	}
	check_eq(n, 0);
	for (const struct api_field *f = r->query; f && f->name; f++)
		queries--;
	check_eq(queries, 0);
}

static void check_route(json_t *spec, const struct api_route *r)
{
	json_t *paths = json_object_get(spec, "paths");
	json_t *op = json_object_get(
	    json_object_get(paths, r->path[0] == '~' ? r->path + 1 : r->path),
	    methods[r->method]);
	json_t *security = json_array_get(json_object_get(op, "security"), 0);
	json_t *schema = json_object_get(
	    json_object_get(
		json_object_get(json_object_get(op, "requestBody"), "content"),
		"application/json"),
	    "schema");

	if (!op) {
		printf("# %s %s is not in openapi/\n", methods[r->method], r->path);
		check(op != NULL);
		return;
	}
	check_text(json_string_value(json_object_get(op, "x-permission")),
	    api_people_may_name(r->may));
	check_eq(r->csrf, json_object_get(security, "csrf") != NULL);
	check_eq(r->may != MAY_PUBLIC, json_object_get(security, "session") != NULL);
	check(json_object_get(op, "operationId") && json_object_get(op, "summary"));
	if (schema)
		check_body(spec, r->body, schema);
	else
		check(!r->body || !r->body->name);
	check_parameters(spec, r, op);
}

static void every_route_is_described(void)
{
	json_t *spec = load();

	for (size_t i = 0; api_route_at(i); i++)
		check_route(spec, api_route_at(i));
	json_decref(spec);
}

static void everything_described_is_a_route(void)
{
	json_t *spec = load(), *path, *op;
	const char *name, *method;

	json_object_foreach(json_object_get(spec, "paths"), name, path)
	{
		json_object_foreach(path, method, op)
		{
			bool found = strcmp(method, "servers") == 0;
			const struct api_route *r;
			for (size_t i = 0; (r = api_route_at(i)) != NULL; i++)
				found |=
				    strcmp(methods[r->method], method) == 0 &&
				    strcmp(r->path + (r->path[0] == '~'), name) == 0;
			if (!found)
				printf("# no route for %s %s\n", method, name);
			check(found);
		}
	}
	json_decref(spec);
}

static void errors_are_described(void)
{
	json_t *spec = load(), *code;
	json_t *error = json_object_get(
	    json_object_get(json_object_get(spec, "components"), "schemas"), "Error");
	json_t *codes = json_object_get(
	    json_object_get(
		json_object_get(
		    json_object_get(json_object_get(error, "properties"), "error"),
		    "properties"),
		"code"),
	    "enum");
	size_t i, found = 0;

	json_array_foreach(codes, i, code)
	{
		for (enum api_error e = API_BAD; e < API_ERROR_MAX; e++)
			found +=
			    strcmp(api_error_code(e), json_string_value(code)) == 0;
	}
	check_eq(found, json_array_size(codes));
	check_eq(found, API_ERROR_MAX - 1);
	json_decref(spec);
}

/* The words that ?cause= takes are the causes of the record table. */
static void causes_are_those_of_records(void)
{
	char all[512] = "";
	const struct api_field *f = NULL;

	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
		    c ? "|" : "", record_cause_id(c));
	for (size_t i = 0; api_route_at(i); i++)
		for (const struct api_field *q = api_route_at(i)->query; q && q->name;
		     q++)
			if (strcmp(q->name, "cause") == 0)
				f = q;
	check_text(f ? f->words : NULL, all);
}

static void right_route_or_404_or_405(void)
{
	static const struct {
		enum api_method method;
		const char *target;
		unsigned want;
	} rows[] = {
		{ API_GET, "/api/v1/healthz", 200 },
		{ API_GET, "/healthz", 200 },
		{ API_POST, "/healthz", 405 },
		{ API_METHOD_MAX, "/healthz", 405 },
		{ API_GET, "/api/v1/incidents", 401 },
		{ API_GET, "/api/v1/incidents/1", 401 },
		{ API_GET, "/api/v1/incidents/", 404 },
		{ API_GET, "/api/v1/incidents/1/", 404 },
		{ API_GET, "/api/v1/incidents/1/events/2", 404 },
		{ API_GET, "/api/v1", 404 },
		{ API_GET, "/api/v2/me", 404 },
		{ API_GET, "/api/v1/me%2f", 404 },
		{ API_GET, "/api/v1/me%00", 400 },
		{ API_GET, "/api/v1/me%0a", 400 },
		{ API_GET, "/api/v1/me%", 400 },
		{ API_GET, "/api/v1/me%zz", 400 },
		{ API_GET, "/api/v1//me", 404 },
		{ API_GET, "/api/v1/healthz?x=1", 400 },
		{ API_GET, "/api/v1/healthz?a&b&c&d&e&f&g&h&i&j&k&l&m", 400 },
		{ API_GET, "/demo/mail", 404 },
	};
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = fixture_ask(
		    &f, FIXTURE_NOBODY, rows[i].method, rows[i].target, NULL, &a);
		if (got != rows[i].want)
			printf("# %s\n", rows[i].target);
		check_eq(got, rows[i].want);
		api_reply_fini(&a);
	}
	fixture_fini(&f);
}

/* ---- the tenant fence ---- */

static void put_id(const char *pattern, const char *id, char *target, size_t room)
{
	const char *brace = strchr(pattern, '{');
	bool below = pattern[0] == '~';

	(void)snprintf(target, room, "%s%.*s%s%s", below ? API_PREFIX : "",
	    (int)(brace ? brace - pattern : (long)strlen(pattern)) - below,
	    pattern + below, brace ? id : "", brace ? strchr(brace, '}') + 1 : "");
}

/* A small body that the table takes: what must be there, else the first member; the first
 * word, the least number, the shortest text. */
static json_t *good_object(const struct api_field *fields)
{
	json_t *o = json_object();

	for (const struct api_field *f = fields; f && f->name; f++) {
		char text[300] = "";
		json_t *value;
		size_t len = f->min > 0 ? (size_t)f->min : 1;
		if (!f->required && json_object_size(o) > 0)
			continue;
		if (f->type == API_T_OBJECT)
			value = good_object(f->sub);
		else if (f->type == API_T_INT)
			value = json_integer(f->min);
		else if (f->type == API_T_WORD)
			value = json_stringn(f->words, strcspn(f->words, "|"));
		else {
			memset(text, f->type == API_T_DIGITS ? '0' : 'x',
			    len < sizeof(text) ? len : sizeof(text) - 1);
			if (strcmp(f->name, "mail") == 0)
				(void)snprintf(text, sizeof(text), "x@x.example");
			value = json_string(text);
		}
		json_object_set_new(o, f->name, value);
	}
	return o;
}

/* Borrowed until the next call.  With `number` as the member `name` (NULL: none). */
static const char *body_with(
    const struct api_route *r, const char *name, int64_t number)
{
	static char text[4096];
	json_t *o;

	if (!r->body || !r->body->name)
		return "";
	/* An address is more than letters. */
	if (strcmp(r->path, "~/contacts") == 0 && r->method == API_POST)
		return "{\"channel\":\"mail\",\"address\":\"a@sample.example\"}";
	o = good_object(r->body);
	if (name)
		json_object_set_new(o, name, json_integer(number));
	must(json_dumpb(o, text, sizeof(text) - 1, 0) < sizeof(text));
	text[json_dumpb(o, text, sizeof(text) - 1, 0)] = '\0';
	json_decref(o);
	return text;
}

static const char *good_body(const struct api_route *r)
{
	return body_with(r, NULL, 0);
}

/* May the holder of this reach see the things of company `id`? */
static bool sees(enum api_people_reach reach, const char *id)
{
	return strcmp(id, "1") == 0   ? reach >= API_REACH_OWN
	       : strcmp(id, "2") == 0 ? reach == API_REACH_CHAMBER
				      : false;
}

static bool is_fine(const struct api_route *r, enum api_people_reach reach,
    const char *id, unsigned got)
{
	if (reach == API_REACH_NO)
		return got == 403;
	if (strchr(r->path, '{') && reach != API_REACH_YES && !sees(reach, id))
		return got == 404;
	/* 403: a password or a code is wrong; 404: a part of the centre that is not set
	 * up here (an enrolment code needs a certificate authority); 429: one test a minute. */
	return got == 429 || got == 200 || got == 204 || got == 403 || got == 404 ||
	       got == 409;
}

static bool is_clean(enum api_people_reach reach, const char *text)
{
	return !strstr(text, "STRANGER") &&
	       (reach == API_REACH_CHAMBER || !strstr(text, "NEIGHBOUR"));
}

static void one_step(struct fixture *f, const struct api_route *r, enum fixture_who who,
    const char *id, const char *more)
{
	static char text[64 << 10];
	enum api_people_reach reach = api_people_reach(fixture_role(who), r->may);
	char target[256], number[40];

	/* People's numbers are not those of their companies. */
	(void)snprintf(number, sizeof(number), "%s%s",
	    strncmp(r->path, "~/people/", 9) == 0 && id[0] && !id[1] ? "10" : "", id);
	put_id(r->path, number, target, sizeof(target));
	(void)snprintf(
	    target + strlen(target), sizeof(target) - strlen(target), "%s", more);
	unsigned got =
	    fixture_text(f, who, r->method, target, good_body(r), text, sizeof(text));
	bool fine = is_fine(r, reach, id, got);
	/* Another company as a filter is not there either. */
	if (more[0] && reach >= API_REACH_OWN && !strchr(r->path, '{'))
		fine = got == (sees(reach, strchr(more, '=') + 1) ? 200 : 404);
	if (!fine || !is_clean(reach, text))
		printf("# %s %s as %s: %u %.100s\n", methods[r->method], target,
		    store_role_word(fixture_role(who)), got, text);
	check(fine);
	check(is_clean(reach, text));
	check_eq(fixture_text(f, FIXTURE_NOBODY, r->method, target, good_body(r), text,
		     sizeof(text)),
	    401);
}

/* A foreign company, reseller or person in a body: whatever is said, it is not "done". */
static void foreign_body(struct fixture *f, const struct api_route *r,
    enum fixture_who who, const char *name, const char *id)
{
	static char text[64 << 10];
	enum api_people_reach reach = api_people_reach(fixture_role(who), r->may);
	char target[256];
	bool is_person = strcmp(name, "account") == 0;

	put_id(r->path, "1", target, sizeof(target));
	unsigned got = fixture_text(f, who, r->method, target,
	    body_with(r, name, strtoll(id, NULL, 10) + (is_person ? 100 : 0)), text,
	    sizeof(text));
	if (got < 400 || !is_clean(reach, text))
		printf("# %s %s as %s with %s %s: %u %.100s\n", methods[r->method],
		    target, store_role_word(fixture_role(who)), name, id, got, text);
	check(got >= 400 && is_clean(reach, text));
}

static void foreign_bodies(
    struct fixture *f, const struct api_route *r, enum fixture_who who, const char *id)
{
	static const char *const names[] = { "company", "reseller", "account", "gate",
		"machine", "incident", "site" };

	if (sees(api_people_reach(fixture_role(who), r->may), id))
		return;
	for (const struct api_field *b = r->body; b && b->name; b++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(b->name, names[i]) == 0)
				foreign_body(f, r, who, b->name, id);
}

/* One person with one id through every route there is, in its path, as its filters and in
 * its body. */
static void walk(struct fixture *f, enum fixture_who who, const char *id)
{
	const struct api_route *r;
	char more[64];

	for (size_t i = 0; (r = api_route_at(i)) != NULL; i++) {
		if (r->may == MAY_PUBLIC || strstr(r->path, "/logout"))
			continue;
		one_step(f, r, who, id, "");
		size_t len = strlen(id);
		if (strchr("1234", id[0]) && (len == 1 || len == 4))
			foreign_bodies(f, r, who, id);
		for (const struct api_field *p = r->query; p && p->name; p++) {
			if (strcmp(p->name, "company") != 0)
				continue;
			(void)snprintf(more, sizeof(more), "?company=%s", id);
			if (id[0] >= '1' && id[0] <= '9' && id[1] != 'x' && len <= 4)
				one_step(f, r, who, id, more);
		}
	}
}

/* Every role × every route × ids of the own, the neighbour's and a foreign company. */
static void every_role_sees_its_own(void)
{
	static const char *const ids[] = { "1", "2", "3", "4711", "0", "-1", "1x", "x",
		"99999999999999999999" };
	struct fixture f;

	for (enum fixture_who who = FIXTURE_MEMBER; who < FIXTURE_MAX; who++) {
		fixture_init(&f);
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
			walk(&f, who, ids[i]);
		fixture_fini(&f);
	}
}

/* ---- confidential ---- */

static int make_secret(struct store_db *db, void *arg)
{
	const struct fixture *f = arg;

	must(
	    store_exec(db,
		"INSERT INTO incident (id, company_id, gate_id, cause, severity, stopped, "
		"what, peer, events, first_us, last_us, opened_us, change, confidential) "
		"VALUES (11, 1, 1, 'BACKDOOR', 2, 1, 'SECRET', 'SECRET', 1, 1, ?, 1, 0, 1)",
		STORE_ARGS(STORE_INT(f->now_us))) == 0);
	must(
	    store_exec(db,
		"INSERT INTO notice (id, incident_id, company_id, recipient, severity, "
		"subject, body, created_us, due_us, message_id) VALUES (11, 11, 1, "
		"'SECRET', 2, 'SECRET', 'SECRET', 1, 1, 'SECRET')",
		STORE_NO_ARGS) == 0);
	must(
	    store_exec(db,
		"INSERT INTO incident_named (incident_id, account_id, company_id) VALUES "
		"(11, ?, 1)",
		STORE_ARGS(STORE_INT(FIXTURE_DESK))) == 0);
	must(store_audit(db, &(struct store_audit){ .at_us = 1,
				 .company_id = 1,
				 .incident_id = 11,
				 .action = "incident.open",
				 .detail = "SECRET" }) == 0);
	return 0;
}

/* Everything that can be read, with the incident's number wherever one fits. */
static bool finds_secret(struct fixture *f, enum fixture_who who)
{
	static char text[64 << 10];
	const struct api_route *r;
	char target[256];
	bool found = false;

	for (size_t i = 0; (r = api_route_at(i)) != NULL; i++) {
		if (r->method != API_GET || r->may == MAY_PUBLIC)
			continue;
		put_id(r->path, "11", target, sizeof(target));
		(void)fixture_text(f, who, API_GET, target, NULL, text, sizeof(text));
		if (strstr(text, "SECRET") && who != FIXTURE_MEMBER &&
		    who != FIXTURE_STAFF && who != FIXTURE_DESK)
			printf("# %s shows it to %s\n", target,
			    store_role_word(fixture_role(who)));
		found |= strstr(text, "SECRET") != NULL;
	}
	return found;
}

static json_int_t urgent_of(struct fixture *f, enum fixture_who who)
{
	struct api_reply a;
	json_int_t n = -1;

	if (fixture_ask(f, who, API_GET, "/api/v1/companies", NULL, &a) == 200) {
		json_t *one;
		size_t i;
		json_array_foreach(json_object_get(a.json, "items"), i, one)
		{
			if (json_integer_value(json_object_get(one, "id")) == 1)
				n = json_integer_value(
				    json_object_get(one, "open_urgent"));
		}
	}
	api_reply_fini(&a);
	return n;
}

static void confidential_is_for_the_named(void)
{
	struct fixture f;

	fixture_init(&f);
	check_eq(urgent_of(&f, FIXTURE_OFFICE), 1);
	must(store_write(f.store, make_secret, &f) == 0);
	for (enum fixture_who who = FIXTURE_MEMBER; who < FIXTURE_MAX; who++)
		check_eq(finds_secret(&f, who), who == FIXTURE_MEMBER ||
						    who == FIXTURE_STAFF ||
						    who == FIXTURE_DESK);
	check_eq(urgent_of(&f, FIXTURE_OFFICE), 1);
	check_eq(urgent_of(&f, FIXTURE_RESELLER), 1);
	check_eq(urgent_of(&f, FIXTURE_DESK), 2);
	fixture_fini(&f);
}

static json_int_t companies_of(struct fixture *f, enum fixture_who who)
{
	struct api_reply a;
	json_int_t n = -1;

	if (fixture_ask(f, who, API_GET, "/api/v1/campaigns/1", NULL, &a) == 200)
		n = json_integer_value(json_object_get(a.json, "companies"));
	api_reply_fini(&a);
	return n;
}

static int put_secret(struct store_db *db, void *arg)
{
	const struct fixture *f = arg;

	return incident_campaign_put(db, 11, 1, FIXTURE_DESK, f->now_us);
}

/* Neither the campaign's numbers nor a merge tell of it. */
static void confidential_counts_for_the_named(void)
{
	static char text[64 << 10];
	struct fixture f;

	fixture_init(&f);
	must(store_write(f.store, make_secret, &f) == 0);
	check_eq(
	    fixture_text(&f, FIXTURE_OPERATOR, API_PUT, "/api/v1/incidents/1/campaign",
		"{\"campaign\":0}", text, sizeof(text)),
	    200);
	check_eq(
	    fixture_text(&f, FIXTURE_OPERATOR, API_PUT, "/api/v1/incidents/2/campaign",
		"{\"campaign\":1}", text, sizeof(text)),
	    200);
	must(store_write(f.store, put_secret, &f) == 0);
	check_eq(companies_of(&f, FIXTURE_DESK), 2);
	check_eq(companies_of(&f, FIXTURE_OPERATOR), 1);
	check_eq(fixture_text(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/incidents/2",
		     NULL, text, sizeof(text)),
	    200);
	check(strstr(text, "\"elsewhere\":null") != NULL);
	check_eq(fixture_text(&f, FIXTURE_OPERATOR, API_POST,
		     "/api/v1/incidents/1/merge", "{\"from\":11}", text, sizeof(text)),
	    404);
	fixture_fini(&f);
}

static int wrong_clock(struct store_db *db, void *arg)
{
	struct buf eve;

	(void)arg;
	buf_init(&eve, 4096);
	must(store_pack_with(NULL,
		 span_text("{\"event_type\":\"alert\",\"otasuke\":{\"more\":41}}"),
		 &eve) == 0);
	int err = store_exec(db,
	    "UPDATE event SET shift_us = -90000000, clock = 1, eve = ? "
	    "WHERE incident_id = 1",
	    STORE_ARGS(STORE_BYTES(buf_span(&eve))));
	buf_fini(&eve);
	return err;
}

/* What was put together, and whose time was corrected, says so. */
static void events_tell_what_was_made_of_them(void)
{
	static char text[64 << 10];
	struct fixture f;

	fixture_init(&f);
	must(store_write(f.store, wrong_clock, NULL) == 0);
	check_eq(fixture_text(&f, FIXTURE_MEMBER, API_GET, "/api/v1/incidents/1/events",
		     NULL, text, sizeof(text)),
	    200);
	check(strstr(text, "\"shift_us\":-90000000") != NULL);
	check(strstr(text, "\"clock\":\"corrected\"") != NULL);
	check(strstr(text, "\"more\":41") != NULL);
	fixture_fini(&f);
}

static void lists_show_the_own_only(void)
{
	static const struct {
		enum fixture_who who;
		const char *target;
		unsigned want;
	} rows[] = {
		{ FIXTURE_MEMBER, "/api/v1/incidents?company=1", 200 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?company=2", 404 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?company=3", 404 },
		{ FIXTURE_OPERATOR, "/api/v1/incidents?company=2", 200 },
		{ FIXTURE_OPERATOR, "/api/v1/incidents?company=3", 404 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?q=STRANGER", 200 },
		{ FIXTURE_MEMBER, "/api/v1/machines?company=2", 404 },
		{ FIXTURE_OPERATOR, "/api/v1/machines?company=3", 404 },
		{ FIXTURE_MEMBER, "/api/v1/gates?company=3", 404 },
		{ FIXTURE_OPERATOR, "/api/v1/gates?company=3", 404 },
		{ FIXTURE_OPERATOR, "/api/v1/companies?q=STRANGER", 200 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?before=9999999999999999.9", 200 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?before=x", 400 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?limit=0", 400 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?limit=1&limit=2", 400 },
		{ FIXTURE_MEMBER, "/api/v1/incidents?state=neu", 400 },
	};

	static char text[64 << 10];
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = fixture_text(
		    &f, rows[i].who, API_GET, rows[i].target, NULL, text, sizeof(text));
		if (got != rows[i].want || strstr(text, "STRANGER"))
			printf("# %s: %u %s\n", rows[i].target, got, text);
		check_eq(got, rows[i].want);
		check(!strstr(text, "STRANGER"));
	}
	fixture_fini(&f);
}

static void pages_follow_each_other(void)
{
	static char text[64 << 10];
	struct fixture f;
	struct api_reply a;
	char target[128];

	fixture_init(&f);
	check_eq(fixture_ask(&f, FIXTURE_OPERATOR, API_GET, "/api/v1/incidents?limit=1",
		     NULL, &a),
	    200);
	const char *next = json_string_value(json_object_get(a.json, "next"));
	check(next != NULL);
	(void)snprintf(target, sizeof(target), "/api/v1/incidents?limit=1&before=%s",
	    next ? next : "");
	api_reply_fini(&a);
	check_eq(fixture_text(
		     &f, FIXTURE_OPERATOR, API_GET, target, NULL, text, sizeof(text)),
	    200);
	check(strstr(text, "NEIGHBOUR-2") && strstr(text, "\"next\":null"));
	fixture_fini(&f);
}

/* A person who is not who the page thinks, or a page of somebody else. */
static void writing_needs_the_token(void)
{
	struct fixture f;
	struct api_reply a;

	fixture_init(&f);
	f.sessions[FIXTURE_OPERATOR].csrf[0] ^= 1;
	check_eq(fixture_ask(&f, FIXTURE_OPERATOR, API_PUT, "/api/v1/incidents/1",
		     "{\"state\":\"checking\"}", &a),
	    403);
	api_reply_fini(&a);
	f.sessions[FIXTURE_OPERATOR].csrf[0] = '\0';
	check_eq(fixture_ask(&f, FIXTURE_OPERATOR, API_POST, "/api/v1/gates/1/revoke",
		     "{}", &a),
	    403);
	api_reply_fini(&a);
	fixture_fini(&f);
}

static void bodies_fit_their_tables(void)
{
	static const struct {
		const char *body;
		unsigned want;
	} rows[] = {
		{ "{\"state\":\"checking\"}", 200 },
		{ "{\"state\":\"checking\",\"state\":\"done\"}", 400 },
		{ "{\"state\":\"checking\",\"extra\":1}", 400 },
		{ "{\"state\":\"open\"}", 400 },
		{ "{\"state\":1}", 400 },
		{ "{}", 400 },
		{ "", 400 },
		{ "[]", 400 },
		{ "{\"state\":\"checking\"} x", 400 },
		{ "{\"state\":\"checking\",\"note\":\"a\\u0000b\"}", 400 },
		{ "{\"state\":\"checking\",\"note\":\"a\\u001bb\"}", 400 },
		{ "{\"state\":\"checking\",\"note\":\"\xff\"}", 400 },
		{ "{\"state\":\"done\"}", 400 },
		{ "{\"state\":\"new\"}", 409 },
		{ "{\"state\":\"working\",\"note\":\"電話した\\n不在\"}", 200 },
		{ "{\"state\":\"done\",\"outcome\":\"solved\"}", 200 },
		{ "{\"state\":\"working\"}", 409 },
		{ "{\"state\":\"checking\"}", 200 },
	};

	static char text[64 << 10];
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = fixture_text(&f, FIXTURE_OPERATOR, API_PUT,
		    "/api/v1/incidents/1", rows[i].body, text, sizeof(text));
		if (got != rows[i].want)
			printf("# %s: %s\n", rows[i].body, text);
		check_eq(got, rows[i].want);
	}
	check(strstr(text, "電話した") && strstr(text, "OWN 2"));
	fixture_fini(&f);
}

/* Numbers of another tenant's things inside a body or a query are not there either. */
static void foreign_numbers_are_missing(void)
{
	static const struct {
		enum api_method method;
		const char *target, *body;
	} rows[] = {
		{ API_POST, "/api/v1/incidents/1/merge", "{\"from\":3}" },
		{ API_PUT, "/api/v1/incidents/1/parent", "{\"parent\":3}" },
		{ API_PUT, "/api/v1/incidents/1/campaign", "{\"campaign\":3}" },
		{ API_POST, "/api/v1/incidents/1/split",
		    "{\"events\":\"1\",\"machine\":2}" },
		{ API_POST, "/api/v1/campaigns", "{\"incident\":3,\"title\":\"x\"}" },
		{ API_POST, "/api/v1/suppressions",
		    "{\"reason\":\"x\",\"days\":1,\"peer\":\"p\",\"company\":3}" },
		{ API_POST, "/api/v1/suppressions",
		    "{\"reason\":\"x\",\"days\":1,\"peer\":\"p\",\"machine\":3}" },
		{ API_GET, "/api/v1/suppressions/preview?machine=3", NULL },
		{ API_GET, "/api/v1/suppressions/preview?company=3", NULL },
	};

	static char text[64 << 10];
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned got = fixture_text(&f, FIXTURE_OPERATOR, rows[i].method,
		    rows[i].target, rows[i].body, text, sizeof(text));
		if (got != 404)
			printf("# %s %s: %u %s\n", rows[i].target, rows[i].body, got,
			    text);
		check_eq(got, 404);
		check(!strstr(text, "STRANGER"));
	}
	/* A company is told that it is not alone, never who else. */
	check_eq(
	    fixture_text(&f, FIXTURE_OPERATOR, API_PUT, "/api/v1/incidents/2/campaign",
		"{\"campaign\":1}", text, sizeof(text)),
	    200);
	check_eq(fixture_text(&f, FIXTURE_MEMBER, API_GET, "/api/v1/incidents/1", NULL,
		     text, sizeof(text)),
	    200);
	check(strstr(text, "\"elsewhere\":{\"companies\":null}") != NULL);
	check(strstr(text, "\"campaign\":null") && !strstr(text, "NEIGHBOUR"));
	fixture_fini(&f);
}

/* The walk draws pages; fontconfig keeps what it allocated (LeakSanitizer asks here). */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

CHECK_MAIN(every_route_is_described, everything_described_is_a_route,
    errors_are_described, causes_are_those_of_records, right_route_or_404_or_405,
    every_role_sees_its_own, confidential_is_for_the_named,
    confidential_counts_for_the_named, events_tell_what_was_made_of_them,
    lists_show_the_own_only, pages_follow_each_other, writing_needs_the_token,
    bodies_fit_their_tables, foreign_numbers_are_missing)
