/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/watch/internal.h"
#include "center/notify/notify.h"

#include <sodium.h>
#include <stdio.h>

/* What is planned to be quiet, what is wrong with gates at this moment, the numbers, the own
 * digest, and the gateway's key. */

/* ---- windows ---- */

static json_t *ref(struct store_rows *rows, unsigned column)
{
	return store_col_null(rows, column)
		   ? json_null()
		   : json_pack("{s:I, s:s}", "id",
			 (json_int_t)store_col_int(rows, column), "name",
			 store_col_text(rows, column + 1));
}

static void list_windows(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	json_t *all = json_array();
	struct store_rows *rows;

	/* Its own, and those of the whole chamber. */
	if (q->scope.company_id)
		api_sql_with(s, " AND (w.company_id = ? OR w.company_id IS NULL)",
		    STORE_INT(q->scope.company_id));
	if (!api_sql_company(s, db, q, "w.company_id", a)) {
		json_decref(all);
		store_read_done(q->api->store, db);
		return;
	}
	api_sql_add(s, " ORDER BY w.to_us, w.id LIMIT 500");
	api_sql_query(s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all,
		    json_pack(
			"{s:I, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:b}",
			"id", (json_int_t)store_col_int(rows, 0), "company",
			ref(rows, 1), "site", ref(rows, 3), "gate", ref(rows, 5),
			"days", store_col_text(rows, 7), "from_us",
			(json_int_t)store_col_int(rows, 8), "to_us",
			(json_int_t)store_col_int(rows, 9), "from_min",
			(json_int_t)store_col_int(rows, 10), "to_min",
			(json_int_t)store_col_int(rows, 11), "reason",
			store_col_text(rows, 12), "who", store_col_text(rows, 13),
			"mine", !q->scope.company_id || !store_col_null(rows, 1)));
	api_watch_done(
	    q, a, db, json_pack("{s:o}", "items", all), store_rows_free(rows));
}

void api_watch_windows(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s,
	    "SELECT w.id, w.company_id, c.name, w.site_id, t.name, w.gate_id, g.name, "
	    "w.days, w.from_us, w.to_us, w.from_min, w.to_min, w.reason, a.name "
	    "FROM watch_window w JOIN account a ON a.id = w.by_account_id "
	    "LEFT JOIN company c ON c.id = w.company_id LEFT JOIN site t ON t.id = w.site_id "
	    "LEFT JOIN gate g ON g.id = w.gate_id WHERE w.ended_us IS NULL");
	api_sql_with(&s, " AND w.chamber_id = ?", STORE_INT(q->scope.chamber_id));
	api_sql_with(&s, " AND w.to_us > ?", STORE_INT(q->now_us));
	list_windows(q, a, db, &s);
	api_sql_fini(&s);
}

/* Whose window: the own company's for its people, anything of the chamber for the centre. */
static int whose(
    struct store_db *db, struct api_watch_change *c, int64_t *site_id, int64_t *gate_id)
{
	const struct api_request *q = c->q;
	int64_t one;
	int err = 0;

	c->company_id =
	    q->scope.company_id ? q->scope.company_id : api_body_int(q, "company", 0);
	*site_id = api_body_int(q, "site", 0);
	*gate_id = api_body_int(q, "gate", 0);
	if (q->scope.company_id &&
	    api_body_int(q, "company", c->company_id) != c->company_id)
		return FAIL_MISSING;
	if (c->company_id)
		err = store_get_int(db, &one,
		    "SELECT 1 FROM company WHERE id = ? AND chamber_id = ?",
		    STORE_ARGS(
			STORE_INT(c->company_id), STORE_INT(q->scope.chamber_id)));
	if (err == 0 && *site_id)
		err = store_get_int(db, &one,
		    "SELECT 1 FROM site WHERE id = ? AND company_id = ?",
		    STORE_ARGS(STORE_INT(*site_id), STORE_INT(c->company_id)));
	if (err == 0 && *gate_id)
		err = store_get_int(db, &one,
		    "SELECT 1 FROM gate WHERE id = ? AND company_id = ?",
		    STORE_ARGS(STORE_INT(*gate_id), STORE_INT(c->company_id)));
	return err;
}

#define FOREVER_US (INT64_C(4102444800) * 1000000) /* 2100 */
#define LONG_US    (INT64_C(31) * 24 * 3600 * 1000000)

/* A once-window of more than a month is a mistake: nobody would watch. */
static int when(const struct api_request *q, int64_t *from_us, int64_t *to_us)
{
	const char *days = api_body_text(q, "days");

	*from_us = api_body_int(q, "from_us", q->now_us);
	*to_us = api_body_int(q, "to_us", days ? FOREVER_US : 0);
	if (*to_us <= *from_us || *to_us <= q->now_us)
		return FAIL_FORMAT;
	if (!days)
		return *to_us - *from_us > LONG_US ? FAIL_FORMAT : 0;
	return incident_watch_days_ok(days) &&
		       api_body_int(q, "from_min", 0) != api_body_int(q, "to_min", 0)
		   ? 0
		   : FAIL_FORMAT;
}

static int write_window(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	const char *days = api_body_text(q, "days"),
		   *reason = api_body_text(q, "reason");
	int64_t site_id = 0, gate_id = 0, from_us = 0, to_us = 0;
	int err = whose(db, c, &site_id, &gate_id);

	if (err == 0)
		err = when(q, &from_us, &to_us);
	if (err < 0)
		return err;
	err = store_get_int(db, &c->id,
	    "INSERT INTO watch_window (chamber_id, company_id, site_id, gate_id, days, "
	    "from_us, to_us, from_min, to_min, reason, by_account_id, created_us) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_ID(c->company_id),
		STORE_ID(site_id), STORE_ID(gate_id), STORE_TEXT(days ? days : ""),
		STORE_INT(from_us), STORE_INT(to_us),
		STORE_INT(api_body_int(q, "from_min", 0)),
		STORE_INT(api_body_int(q, "to_min", 0)),
		STORE_TEXT(reason ? reason : ""), STORE_INT(q->scope.account_id),
		STORE_INT(q->now_us)));
	if (err == 0)
		err = incident_watch_windows(db, q->now_us);
	c->action = "quiet.plan";
	snprintf(c->detail, sizeof(c->detail), "%lld %.200s", (long long)c->id,
	    reason ? reason : "");
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_window_add(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_window);
}

static int end_window(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	struct api_sql s;
	struct store_rows *rows;
	bool found;

	api_sql_init(&s, "SELECT COALESCE(w.company_id, 0) FROM watch_window w "
			 "WHERE w.ended_us IS NULL");
	api_sql_with(&s, " AND w.id = ?", STORE_INT(q->id));
	api_sql_with(&s, " AND w.chamber_id = ?", STORE_INT(q->scope.chamber_id));
	if (q->scope.company_id)
		api_sql_with(
		    &s, " AND w.company_id = ?", STORE_INT(q->scope.company_id));
	api_sql_query(&s, db, &rows);
	found = store_next(rows);
	if (found)
		c->company_id = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	if (err < 0 || !found)
		return err < 0 ? err : FAIL_MISSING;
	err = store_exec(db, "UPDATE watch_window SET ended_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(q->now_us), STORE_INT(q->id)));
	/* Silence counts from now; windows that still hold say so again at once. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET quiet_us = ? WHERE quiet_us > ? AND company_id IN "
		    "(SELECT id FROM company WHERE chamber_id = ?) "
		    "AND (? = 0 OR company_id = ?)",
		    STORE_ARGS(STORE_INT(q->now_us), STORE_INT(q->now_us),
			STORE_INT(q->scope.chamber_id), STORE_INT(c->company_id),
			STORE_INT(c->company_id)));
	if (err == 0)
		err = incident_watch_windows(db, q->now_us);
	c->id = q->id;
	c->action = "quiet.end";
	snprintf(c->detail, sizeof(c->detail), "%lld", (long long)c->id);
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_window_end(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, end_window);
}

/* ---- what is wrong now ---- */

static const char *title_of(const struct store_rows *rows, enum record_lang lang)
{
	enum record_cause c = record_cause_find(store_col_text(rows, 5));

	return c < RECORD_CAUSE_MAX ? record_cause_title(c, lang) : "";
}

static void list_findings(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	json_t *all = json_array();
	struct store_rows *rows;

	api_sql_scope(s, &q->scope, "w.company_id");
	if (!api_sql_company(s, db, q, "w.company_id", a)) {
		json_decref(all);
		store_read_done(q->api->store, db);
		return;
	}
	api_sql_add(s, " ORDER BY w.since_us, w.gate_id, w.cause LIMIT 500");
	api_sql_query(s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:o*, s:o*, s:s, s:s, s:s, s:s, s:I, s:I, s:b}",
			     "company", api_company_ref(rows, 0), "gate",
			     api_gate_ref(rows, 3), "cause", store_col_text(rows, 5),
			     "title_ja", title_of(rows, RECORD_JA), "title_en",
			     title_of(rows, RECORD_EN), "what", store_col_text(rows, 6),
			     "since_us", (json_int_t)store_col_int(rows, 7), "due_us",
			     (json_int_t)store_col_int(rows, 8), "told",
			     store_col_int(rows, 9) != 0));
	api_watch_done(
	    q, a, db, json_pack("{s:o}", "items", all), store_rows_free(rows));
}

void api_watch_findings(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s,
	    "SELECT c.id, c.name, c.sample, g.id, g.name, w.cause, w.what, w.since_us, "
	    "w.due_us, w.told FROM gate_watch w JOIN gate g ON g.id = w.gate_id "
	    "JOIN company c ON c.id = w.company_id WHERE 1 = 1");
	list_findings(q, a, db, &s);
	api_sql_fini(&s);
}

/* ---- the numbers ---- */

void api_watch_limits(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	int64_t values[INCIDENT_WATCH_LIMIT_MAX] = { 0 };
	json_t *all = json_array();

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = incident_watch_limits_get(db, q->scope.chamber_id, values);
	for (unsigned i = 0; i < INCIDENT_WATCH_LIMIT_MAX; i++) {
		const struct incident_watch_limit_row *r = &incident_watch_limits[i];
		(void)json_array_append_new(all,
		    json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:s}", "key", r->key,
			"value", (json_int_t)values[i], "preset", (json_int_t)r->preset,
			"least", (json_int_t)r->least, "most", (json_int_t)r->most,
			"unit", r->unit, "ja", r->ja, "en", r->en));
	}
	api_watch_done(q, a, db, json_pack("{s:o}", "items", all), err);
}

static int write_limit(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	const char *key = api_body_text(q, "key");
	int64_t value = api_body_int(q, "value", 0);
	unsigned i = 0;

	while (i < INCIDENT_WATCH_LIMIT_MAX &&
	       strcmp(incident_watch_limits[i].key, key) != 0)
		i++;
	if (i == INCIDENT_WATCH_LIMIT_MAX)
		return FAIL_MISSING;
	if (value < incident_watch_limits[i].least ||
	    value > incident_watch_limits[i].most)
		return FAIL_FORMAT;
	int err = store_exec(db,
	    "INSERT INTO watch_limit (chamber_id, key, value) VALUES (?, ?, ?) "
	    "ON CONFLICT (chamber_id, key) DO UPDATE SET value = excluded.value",
	    STORE_ARGS(
		STORE_INT(q->scope.chamber_id), STORE_TEXT(key), STORE_INT(value)));
	c->action = "watch.limit";
	snprintf(c->detail, sizeof(c->detail), "%s %lld", key, (long long)value);
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_limit_set(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_limit);
}

/* ---- the own digest ---- */

static int own_digest(struct store_db *db, const struct api_request *q, json_t **o)
{
	struct store_rows *rows;

	*o = NULL;
	store_query(db, &rows,
	    "SELECT d.rhythm, d.at_min, d.empty FROM digest d JOIN account a "
	    "ON a.mail = d.address AND a.chamber_id = d.chamber_id "
	    "AND COALESCE(a.company_id, 0) = COALESCE(d.company_id, 0) WHERE a.id = ?",
	    STORE_ARGS(STORE_INT(q->scope.account_id)));
	if (store_next(rows))
		*o = json_pack("{s:s, s:I, s:b}", "rhythm", store_col_text(rows, 0),
		    "at_min", (json_int_t)store_col_int(rows, 1), "empty",
		    store_col_int(rows, 2) != 0);
	return store_rows_free(rows);
}

void api_watch_digest(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *o = NULL;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = own_digest(db, q, &o);
	/* Not a contact (yet): nothing comes. */
	if (!o)
		o = json_pack(
		    "{s:s, s:i, s:b}", "rhythm", "off", "at_min", 510, "empty", false);
	api_watch_done(q, a, db, o, err);
}

static int write_digest(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	int err = store_exec(db,
	    "UPDATE digest SET rhythm = ?, at_min = ?, empty = ? WHERE id IN "
	    "(SELECT d.id FROM digest d JOIN account a ON a.mail = d.address "
	    "AND a.chamber_id = d.chamber_id AND COALESCE(a.company_id, 0) = "
	    "COALESCE(d.company_id, 0) WHERE a.id = ?)",
	    STORE_ARGS(STORE_TEXT(api_body_text(q, "rhythm")),
		STORE_INT(api_body_int(q, "at_min", 510)),
		STORE_INT(api_body_int(q, "empty", 0)),
		STORE_INT(q->scope.account_id)));

	return err == 0 && store_changed(db) == 0 ? FAIL_MISSING : err;
}

void api_watch_digest_set(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_digest);
}

/* ---- the gateway's key ---- */

struct key {
	const struct api_request *q;
	int64_t now_us;
};

static int take_key(struct store_db *db, void *arg)
{
	const struct key *k = arg;
	struct notify_ladder_call call;
	int err = notify_ladder_find_notice(
	    db, api_body_text(k->q, "id"), NULL, k->now_us, &call);

	return err < 0 ? err : notify_ladder_answer(db, &call, "keypad", k->now_us);
}

/* HMAC-SHA256 over "ID.DIGITS.TIME" with the secret, hex; TIME in seconds, ten minutes old at
 * most, so that what was heard once says nothing later. */
#define KEY_AGE_S 600

static bool is_signed(const struct api_request *q, const char *secret)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char text[400], hex[2 * sizeof(mac) + 1];
	crypto_auth_hmacsha256_state state;
	int64_t at_s = api_body_int(q, "time", 0), now_s = q->now_us / 1000000;
	const char *said = api_body_text(q, "mac");

	if (at_s > now_s + KEY_AGE_S || at_s < now_s - KEY_AGE_S)
		return false;
	snprintf(text, sizeof(text), "%s.%s.%lld", api_body_text(q, "id"),
	    api_body_text(q, "digits"), (long long)at_s);
	crypto_auth_hmacsha256_init(
	    &state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(
	    &state, (const unsigned char *)text, strlen(text));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	return strlen(said) == strlen(hex) &&
	       sodium_memcmp(said, hex, strlen(hex)) == 0;
}

void api_watch_key(struct api_request *q, struct api_reply *a)
{
	const char *secret = q->api->notify ? q->api->notify->voice.secret : NULL;
	struct key k = { q, q->now_us };

	if (!secret || !*secret) {
		api_fail(a, API_MISSING, NULL);
		return;
	}
	if (!is_signed(q, secret)) {
		api_fail(a, API_DENIED, NULL);
		return;
	}
	/* Any other key is no answer, and no mistake either. */
	int err = strcmp(api_body_text(q, "digits"), "1") == 0
		      ? store_write(q->api->store, take_key, &k)
		      : FAIL_CONFLICT;
	if (err < 0 && err != FAIL_CONFLICT)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:b}", "answered", err == 0));
}
