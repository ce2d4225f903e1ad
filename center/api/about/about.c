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

/* A row of this text is a change that the asker shall look at. */
static int one_of(struct store_db *db, struct api_sql *s, bool *yes)
{
	struct store_rows *rows;

	api_sql_add(s, " LIMIT 1");
	api_sql_query(s, db, &rows);
	*yes = store_next(rows);
	return store_rows_free(rows);
}

static int look(struct api_request *q, struct store_db *db, int64_t since, bool *yes)
{
	int64_t oldest = 0;
	struct api_sql any, ours;
	int err = store_get_int(
	    db, &oldest, "SELECT COALESCE(MIN(change), 0) FROM changed", STORE_NO_ARGS);

	*yes = err == 0 && (oldest == 0 || oldest > since + 1); /* forgotten already */
	if (err < 0 || *yes)
		return err;
	api_sql_init(&any, "SELECT g.change FROM changed g WHERE g.company_id IS NULL");
	api_sql_with(&any, " AND g.change > ?", STORE_INT(since));
	err = one_of(db, &any, yes);
	api_sql_fini(&any);
	if (err < 0 || *yes)
		return err;
	api_sql_init(&ours, "SELECT g.change FROM changed g WHERE");
	api_sql_with(&ours, " g.change > ?", STORE_INT(since));
	api_sql_scope(&ours, &q->scope, "g.company_id");
	err = one_of(db, &ours, yes);
	api_sql_fini(&ours);
	return err;
}

/* Did anything change after `since` that this person may see? */
static int concerns(struct api_request *q, int64_t since, bool *yes)
{
	struct store_db *db = store_read(q->api->store);
	int err = db ? look(q, db, since, yes) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	return err;
}

/* Long poll: "look again", never what.  The counter is the centre's; nobody is woken for what
 * only others may see. */
void api_live(struct api_request *q, struct api_reply *a)
{
	int64_t now = store_change(q->api->store), since = api_query_int(q, "since", now);
	/* A counter that ran backwards is a restored store: look again, too. */
	bool changed = since > now;
	int err = since < now ? concerns(q, since, &changed) : 0;

	if (err < 0) {
		api_fail_store(a, err);
		return;
	}
	if (!changed && api_query_text(q, "since") && !q->late) {
		a->wait = true;
		a->wait_since = now;
		return;
	}
	api_json(a, 200,
	    json_pack("{s:I, s:b}", "now", (json_int_t)now, "changed", changed));
}
