/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"

/* Is it alive, did something change, what can be asked. */

/* openapi.json, carried in the binary (tools/carry.py). */
extern const uint8_t api_openapi_json[];
extern const size_t api_openapi_json_len;

void api_openapi(struct api_request *q, struct api_reply *a)
{
	(void)q;
	a->status = 200;
	a->bytes = api_openapi_json;
	a->len = api_openapi_json_len;
	a->type = "application/json";
}

void api_health(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	int64_t one = 0;
	int err = db ? store_get_int(db, &one, "SELECT 1", STORE_NO_ARGS) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	if (err < 0 || one != 1)
		api_fail_later(a, API_BUSY, 5);
	else
		api_json(a, 200,
		    json_pack("{s:b, s:s}", "ok", 1, "version", OTASUKE_VERSION));
}

static int write_nothing(struct store_db *db, void *arg)
{
	(void)db;
	(void)arg;
	return 0;
}

/* Could an event be taken in now?  Asks the writer, not only a reader. */
void api_ready(struct api_request *q, struct api_reply *a)
{
	if (store_write(q->api->store, write_nothing, NULL) < 0)
		api_fail_later(a, API_BUSY, 5);
	else
		api_health(q, a);
}

/* The newest change that this person may see.  An operator sees (nearly) every one, and the
 * centre's own counter is free. */
static int64_t seen_change(struct api_request *q)
{
	struct store_db *db;
	int64_t change = 0;

	if (q->scope.reach != API_REACH_OWN)
		return store_change(q->api->store);
	db = store_read(q->api->store);
	if (!db)
		return FAIL_IO;
	int err = store_get_int(db, &change,
	    "SELECT COALESCE(max(change), 0) FROM incident WHERE company_id = ?",
	    STORE_ARGS(STORE_INT(q->scope.company_id)));
	store_read_done(q->api->store, db);
	return err < 0 ? err : change;
}

/* Long poll: "look again", never what. */
void api_live(struct api_request *q, struct api_reply *a)
{
	int64_t counter = store_change(q->api->store), now = seen_change(q),
		since = api_query_int(q, "since", now);

	if (now < 0) {
		api_fail_store(a, (int)now);
		return;
	}
	if (now == since && api_query_text(q, "since") && !q->late) {
		a->wait = true;
		a->wait_since = counter;
		return;
	}
	/* A counter that ran backwards is a restored store: look again, too. */
	api_json(a, 200,
	    json_pack("{s:I, s:b}", "now", (json_int_t)now, "changed", now != since));
}
