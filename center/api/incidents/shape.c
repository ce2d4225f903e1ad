/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/incident.h"

#include <stdlib.h>

/* Why an incident is what it is, what it belongs to, and how people reshape it. */

/* A company is told that others have it too; how many, only when nobody can be guessed. */
#define ELSEWHERE_TOLD 5

static json_t *why_of(const char *text)
{
	struct incident_why why;
	json_t *all = json_array();

	incident_why_read(text, &why);
	for (unsigned i = 0; i < why.n; i++) {
		struct buf said[2];
		for (int l = 0; l < 2; l++) {
			buf_init(&said[l], 1024);
			incident_reason_say(why.at[i].reason, l ? RECORD_EN : RECORD_JA,
			    why.at[i].n, &said[l]);
		}
		(void)json_array_append_new(
		    all, json_pack("{s:s, s:s, s:s}", "id",
			     incident_reason_id(why.at[i].reason), "ja",
			     buf_text(&said[0]), "en", buf_text(&said[1])));
		buf_fini(&said[0]);
		buf_fini(&said[1]);
	}
	return all;
}

/* Incidents of the same company, as short lines. */
static int add_lines(json_t *o, const char *name, struct store_db *db,
    const struct api_request *q, const char *where, int64_t a, int64_t b)
{
	json_t *all = json_array();
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, api_incident_select);
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_with(&s, where, STORE_INT(a));
	if (b >= 0)
		api_sql_with(&s, " OR i.id = ?)", STORE_INT(b));
	api_sql_add(&s, " ORDER BY i.first_us, i.id LIMIT 50");
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, api_incident_summary(rows));
	(void)json_object_set_new(o, name, all);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

/* The operator sees the campaign, a company only that it is not alone. */
static int add_campaign(
    json_t *o, struct store_db *db, const struct api_request *q, int64_t campaign_id)
{
	struct store_rows *rows;
	json_t *seen = json_null(), *elsewhere = json_null();
	bool whole = api_people_reach(q->scope.who, MAY_CAMPAIGN_SEE) != API_REACH_NO;

	store_query(db, &rows,
	    /* The counter: a company's eyes do not reach the others' rows. */
	    "SELECT k.id, k.kind, k.value, k.title, k.companies - CASE WHEN EXISTS "
	    "(SELECT 1 FROM incident i JOIN incident own ON own.id = ? "
	    "AND own.company_id = i.company_id WHERE i.campaign_id = k.id "
	    "AND i.confidential = 0) THEN 1 ELSE 0 END FROM campaign k WHERE k.id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(campaign_id)));
	if (campaign_id && store_next(rows)) {
		int64_t others = store_col_int(rows, 4);
		if (whole)
			seen = json_pack("{s:I, s:s, s:s, s:s, s:I}", "id",
			    (json_int_t)store_col_int(rows, 0), "kind",
			    store_col_text(rows, 1), "value", store_col_text(rows, 2),
			    "title", store_col_text(rows, 3), "companies",
			    (json_int_t)others + 1);
		if (others > 0)
			elsewhere = json_pack("{s:o}", "companies",
			    whole || others >= ELSEWHERE_TOLD ? json_integer(others)
							      : json_null());
	}
	(void)json_object_set_new(o, "campaign", seen);
	(void)json_object_set_new(o, "elsewhere", elsewhere);
	return store_rows_free(rows);
}

int api_incident_belongs(json_t *o, const struct api_request *q, struct store_db *db)
{
	struct store_rows *rows;
	int64_t root = q->id, campaign = 0;

	store_query(db, &rows,
	    "SELECT why, parent_id, merged_into, campaign_id, suppression_id "
	    "FROM incident WHERE id = ?",
	    STORE_ARGS(STORE_INT(q->id)));
	if (store_next(rows)) {
		root = store_col_null(rows, 1) ? q->id : store_col_int(rows, 1);
		campaign = store_col_int(rows, 3);
		(void)json_object_set_new(o, "why", why_of(store_col_text(rows, 0)));
		(void)json_object_set_new(o, "parent_id", api_time(rows, 1));
		(void)json_object_set_new(o, "merged_into", api_time(rows, 2));
		(void)json_object_set_new(o, "suppression_id", api_time(rows, 4));
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = add_lines(o, "story", db, q, " AND (i.parent_id = ?", root, root);
	if (err == 0)
		err =
		    add_lines(o, "merged", db, q, " AND i.merged_into = ?", q->id, -1);
	/* Alone is no story. */
	json_t *story = json_object_get(o, "story");
	if (json_array_size(story) == 1)
		(void)json_array_clear(story);
	return err < 0 ? err : add_campaign(o, db, q, campaign);
}

/* ---- reshaping ---- */

/* Another incident that the body names must be one that this person sees. */
static int other_seen(const struct api_request *q, struct store_db *db, int64_t id)
{
	struct api_request other = *q;

	other.id = id;
	return api_incident_seen(&other, db);
}

static int write_merge(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int64_t from = api_body_int(q, "from", 0), secret = 0;
	int err = api_incident_seen(q, db);

	if (err == 0)
		err = other_seen(q, db, from);
	/* It makes the other one confidential: for whoever may do that. */
	if (err == 0 && !api_may(q, MAY_CONFIDE))
		err = store_get_int(db, &secret,
		    "SELECT confidential FROM incident WHERE id = ?",
		    STORE_ARGS(STORE_INT(from)));
	if (secret)
		return FAIL_DENIED;
	return err < 0
		   ? err
		   : incident_merge(db, from, q->id, q->scope.account_id, q->now_us);
}

static int write_unmerge(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = api_incident_seen(q, db);

	return err < 0 ? err
		       : incident_unmerge(db, q->id, q->scope.account_id, q->now_us);
}

static int write_link(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int64_t parent = api_body_int(q, "parent", 0);
	int err = api_incident_seen(q, db);

	if (err == 0 && parent)
		err = other_seen(q, db, parent);
	return err < 0
		   ? err
		   : incident_link(db, q->id, parent, q->scope.account_id, q->now_us);
}

static int write_campaign(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = api_incident_seen(q, db);

	return err < 0
		   ? err
		   : incident_campaign_put(db, q->id, api_body_int(q, "campaign", 0),
			 q->scope.account_id, q->now_us);
}

static void answer(struct api_request *q, struct api_reply *a, int err)
{
	if (err == FAIL_FORMAT)
		api_fail(a, API_CONFLICT, "nothing or everything would go");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_incidents_get(q, a);
}

void api_incidents_merge(struct api_request *q, struct api_reply *a)
{
	answer(q, a, store_write(q->api->store, write_merge, q));
}

void api_incidents_unmerge(struct api_request *q, struct api_reply *a)
{
	answer(q, a, store_write(q->api->store, write_unmerge, q));
}

void api_incidents_link(struct api_request *q, struct api_reply *a)
{
	answer(q, a, store_write(q->api->store, write_link, q));
}

void api_incidents_campaign(struct api_request *q, struct api_reply *a)
{
	answer(q, a, store_write(q->api->store, write_campaign, q));
}

struct split_job {
	struct api_request *q;
	struct incident_split split;
	int64_t ids[INCIDENT_SPLIT_MAX];
};

/* "12,15,18" */
static int read_ids(const char *text, struct split_job *job)
{
	size_t n = 0;

	while (text && *text) {
		char *end;
		long long id = strtoll(text, &end, 10);
		if (end == text || id <= 0 || (*end && *end != ',') ||
		    n == INCIDENT_SPLIT_MAX)
			return FAIL_FORMAT;
		job->ids[n++] = id;
		text = *end ? end + 1 : end;
	}
	job->split.events = job->ids;
	job->split.events_n = n;
	return 0;
}

static int write_split(struct store_db *db, void *arg)
{
	struct split_job *job = arg;
	int err = api_incident_seen(job->q, db);

	if (err == 0)
		err = read_ids(api_body_text(job->q, "events"), job);
	return err < 0 ? err : incident_split(db, &job->split);
}

void api_incidents_split(struct api_request *q, struct api_reply *a)
{
	struct split_job *job = calloc(1, sizeof(*job));
	int err = job ? 0 : FAIL_MEMORY;

	if (job) {
		job->q = q;
		job->split = (struct incident_split){ .incident_id = q->id,
			.account_id = q->scope.account_id,
			.now_us = q->now_us,
			.from_us = api_body_int(q, "from_us", 0),
			.until_us = api_body_int(q, "until_us", 0),
			.machine_id = api_body_int(q, "machine", 0) };
	}
	if (err == 0)
		err = store_write(q->api->store, write_split, job);
	if (err == 0)
		q->id = job->split.id;
	free(job);
	answer(q, a, err);
}

/* ---- what it was about ---- */

#define TRACES_SHOWN 70

void api_traces_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	json_t *items = json_array();
	struct store_rows *rows;
	struct api_sql s;
	int err = db ? api_incident_seen(q, db) : FAIL_IO;

	if (err == 0) {
		api_sql_init(&s,
		    "SELECT t.sign, t.peer, t.what, SUM(t.events), MAX(t.last_us) "
		    "FROM incident_trace t JOIN incident i ON i.id = t.incident_id WHERE");
		api_sql_with(&s, " (i.id = ?", STORE_INT(q->id));
		api_sql_with(&s, " OR i.merged_into = ?)", STORE_INT(q->id));
		api_sql_scope(&s, &q->scope, "t.company_id");
		api_sql_add(&s, " GROUP BY t.sign, t.peer, t.what "
				"ORDER BY SUM(t.events) DESC, t.sign, t.peer");
		api_sql_with(&s, " LIMIT ?", STORE_INT(TRACES_SHOWN));
		api_sql_query(&s, db, &rows);
		while (store_next(rows))
			(void)json_array_append_new(
			    items, json_pack("{s:s, s:s, s:s, s:I, s:I}", "sign",
				       store_col_text(rows, 0), "peer",
				       store_col_text(rows, 1), "what",
				       store_col_text(rows, 2), "events",
				       (json_int_t)store_col_int(rows, 3), "last_us",
				       (json_int_t)store_col_int(rows, 4)));
		err = store_rows_free(rows);
		api_sql_fini(&s);
	}
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(items);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o}", "items", items));
}
