/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/contacts/contacts.h"
#include "center/notify/channel/pdf.h"
#include "center/notify/notify.h"

#include <stdlib.h>
#include <time.h>

/* Whom notices go to, and by which ways this centre can send. */

#define SELECT_CONTACT                                                                \
	"SELECT c.id, c.name, c.sample, k.id, k.name, k.channel, k.address, k.lang, " \
	"k.severity, k.reserve, k.events, k.from_min, k.to_min, k.state, k.fails, "   \
	"k.error, k.verified_us, k.tested_us, (SELECT n.state FROM notice n "         \
	"WHERE n.contact_id = k.id AND n.step = 'test' ORDER BY n.id DESC LIMIT 1), " \
	"(SELECT MAX(n.sent_us) FROM notice n WHERE n.contact_id = k.id) "            \
	"FROM contact k JOIN company c ON c.id = k.company_id WHERE 1 = 1"

static json_t *contact(struct store_rows *rows)
{
	const char *test = store_col_text(rows, 18);

	return json_pack(
	    "{s:o*, s:I, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:s, s:b, s:s, s:o*, "
	    "s:o*, s:s, s:o*}",
	    "company", api_company_ref(rows, 0), "id",
	    (json_int_t)store_col_int(rows, 3), "name", store_col_text(rows, 4),
	    "channel", store_col_text(rows, 5), "address", store_col_text(rows, 6),
	    "lang", store_col_text(rows, 7), "severity",
	    api_severity_word(store_col_int(rows, 8)), "reserve",
	    store_col_int(rows, 9) != 0, "events", store_col_int(rows, 10) != 0,
	    "from_min", (json_int_t)store_col_int(rows, 11), "to_min",
	    (json_int_t)store_col_int(rows, 12), "state", store_col_text(rows, 13),
	    "failing", store_col_int(rows, 14) > 0, "error", store_col_text(rows, 15),
	    "verified_us", api_time(rows, 16), "tested_us", api_time(rows, 17), "test",
	    strcmp(test, "sending") == 0 ? "waiting" : test, "sent_us",
	    api_time(rows, 19));
}

json_t *api_contacts_one(
    struct api_request *q, struct store_db *db, int64_t id, int *err)
{
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	api_sql_init(&s, SELECT_CONTACT);
	api_sql_with(&s, " AND k.id = ?", STORE_INT(id));
	api_sql_scope(&s, &q->scope, "k.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		o = contact(rows);
	*err = store_rows_free(rows);
	api_sql_fini(&s);
	if (*err == 0 && !o)
		*err = FAIL_MISSING;
	return o;
}

/* A month's use of a channel that has a limit. */
static json_t *use_of(const struct api_request *q, struct store_db *db)
{
	int64_t used = 0,
		most = q->api->notify->line_month ? q->api->notify->line_month : 200;
	time_t t = (time_t)(q->now_us / 1000000);
	char month[16];
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(month, sizeof(month), "%Y-%m", &tm);
	if (store_get_int(db, &used,
		"SELECT n FROM channel_use WHERE channel = 'line' AND month = ?",
		STORE_ARGS(STORE_TEXT(month))) < 0)
		used = 0;
	return json_pack("{s:I, s:I, s:I}", "used", (json_int_t)used, "most",
	    (json_int_t)most, "reserve", (json_int_t)q->api->notify->line_reserve);
}

static json_t *channels(const struct api_request *q, struct store_db *db)
{
	static const char *const names[] = { "mail", "webhook", "sms", "voice", "line",
		"fax" };
	json_t *all = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool ready = notify_channel_ready(names[i], q->api->notify);
		json_t *o = json_pack("{s:s, s:b}", "name", names[i], "ready", ready);
		if (ready && strcmp(names[i], "line") == 0)
			(void)json_object_set_new(o, "month", use_of(q, db));
		(void)json_array_append_new(all, o);
	}
	return all;
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	struct store_rows *rows;
	json_t *all;

	api_sql_scope(s, &q->scope, "k.company_id");
	if (!api_sql_company(s, db, q, "k.company_id", a))
		return;
	api_sql_add(s, " ORDER BY c.name, c.id, k.position, k.id LIMIT 1000");
	all = json_array();
	api_sql_query(s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, contact(rows));
	int err = store_rows_free(rows);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(
	    a, 200, json_pack("{s:o, s:o}", "items", all, "channels", channels(q, db)));
}

void api_contacts_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_CONTACT);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

/* ---- a notice on paper ---- */

static void draw(
    struct api_reply *a, const char *title, const char *body, const char *foot)
{
	struct buf pdf;

	buf_init(&pdf, NOTIFY_PDF_MAX);
	if (notify_pdf(title, body, foot, &pdf) < 0) {
		buf_fini(&pdf);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	a->status = 200;
	a->type = "application/pdf";
	a->owned = pdf.at; /* freed with free(), as buf_fini() would */
	a->len = pdf.len;
}

void api_notices_page(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	struct api_sql s;
	bool found = false;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, "SELECT n.subject, n.body, n.message_id FROM notice n WHERE");
	api_sql_with(&s, " n.id = ?", STORE_INT(q->id));
	api_notice_fence(&s, q);
	api_sql_scope(&s, &q->scope, "n.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows)) {
		char *body = api_notice_body(store_col_text(rows, 1));
		found = true;
		draw(a, store_col_text(rows, 0), body ? body : "", "otasuke");
		free(body);
	}
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0 || !found)
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
}
