/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "center/store/account.h"

#include <stdio.h>
#include <string.h>

/* What the national centre keeps of its members, and what it tells them. */

static int national_of(struct store_db *db, int64_t member_id, int64_t *chamber_id)
{
	int err = store_get_int(db, chamber_id,
	    "SELECT chamber_id FROM federation_member WHERE member_id = ?",
	    STORE_ARGS(STORE_INT(member_id)));

	return err == FAIL_MISSING ? FAIL_DENIED : err;
}

static int take_cell(struct store_db *db, int64_t chamber_id,
    const struct federation_part *p, const struct federation_entry *c)
{
	return store_exec(db,
	    "INSERT INTO federation_count (chamber_id, member_id, day, as_of_us, hour, cause, "
	    "way, stopped, severity, region, industry, events, incidents, companies) VALUES "
	    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(p->member_id),
		STORE_INT(p->day), STORE_INT(p->as_of_us), STORE_INT(p->hour),
		STORE_TEXT(c->cause), STORE_TEXT(c->way), STORE_INT(c->stopped),
		STORE_INT(c->severity), STORE_TEXT(c->region), STORE_TEXT(c->industry),
		STORE_INT(c->events), STORE_INT(c->incidents),
		STORE_INT(c->company_id)));
}

static int take_cells(
    struct store_db *db, int64_t chamber_id, const struct federation_part *p)
{
	struct span rest = p->cells;
	int err = store_exec(db,
	    "DELETE FROM federation_count WHERE member_id = ? AND day = ? AND as_of_us = ? AND "
	    "hour = ?",
	    STORE_ARGS(STORE_INT(p->member_id), STORE_INT(p->day),
		STORE_INT(p->as_of_us), STORE_INT(p->hour)));

	while (err == 0 && rest.len) {
		struct federation_entry cell;
		const uint8_t *end = memchr(rest.at, '\n', rest.len);
		if (!end)
			return FAIL_FORMAT;
		uint32_t len = (uint32_t)(end - rest.at);
		err = federation_read_line(span_of(rest.at, len), &cell);
		if (err == 0)
			err = take_cell(db, chamber_id, p, &cell);
		rest = span_of(rest.at + len + 1, rest.len - len - 1);
	}
	/* The same cell twice. */
	return err == FAIL_CONFLICT ? FAIL_FORMAT : err;
}

/* All parts are there: from now on this report counts, in the place of others. */
static int seal(struct store_db *db, int64_t chamber_id,
    const struct federation_part *p, int64_t now_us)
{
	int64_t hours;
	int err = store_get_int(db, &hours,
	    "SELECT count(DISTINCT hour) FROM federation_count WHERE member_id = ? AND day = ? "
	    "AND as_of_us = ? AND hour >= 0",
	    STORE_ARGS(
		STORE_INT(p->member_id), STORE_INT(p->day), STORE_INT(p->as_of_us)));

	if (err == 0 && hours != p->hours)
		return FAIL_CONFLICT;
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO federation_day (chamber_id, member_id, day, as_of_us) VALUES "
		    "(?, ?, ?, ?) ON CONFLICT (member_id, day) DO UPDATE SET as_of_us = "
		    "excluded.as_of_us",
		    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(p->member_id),
			STORE_INT(p->day), STORE_INT(p->as_of_us)));
	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM federation_count WHERE member_id = ? AND day = ? AND as_of_us "
		    "<> ?",
		    STORE_ARGS(STORE_INT(p->member_id), STORE_INT(p->day),
			STORE_INT(p->as_of_us)));
	return err < 0
		   ? err
		   : store_exec(db,
			 "UPDATE federation_member SET heard_us = ?, companies = ?, "
			 "gates = ? WHERE member_id = ?",
			 STORE_ARGS(STORE_INT(now_us), STORE_INT(p->companies),
			     STORE_INT(p->gates), STORE_INT(p->member_id)));
}

static bool day_fits(int64_t day)
{
	int64_t month = day / 100 % 100, date = day % 100;

	return day >= 20200101 && day <= 29991231 && month >= 1 && month <= 12 &&
	       date >= 1 && date <= 31;
}

int federation_take(
    struct store_db *db, const struct federation_part *p, int64_t now_us)
{
	int64_t chamber_id = 0, newest = 0;
	int err = national_of(db, p->member_id, &chamber_id);

	if (err < 0)
		return err;
	if (!day_fits(p->day))
		return FAIL_FORMAT;
	err = store_get_int(db, &newest,
	    "SELECT as_of_us FROM federation_day WHERE member_id = ? AND day = ?",
	    STORE_ARGS(STORE_INT(p->member_id), STORE_INT(p->day)));
	if (err < 0 && err != FAIL_MISSING)
		return err;
	if (err == 0 && newest >= p->as_of_us)
		return 0;
	err = take_cells(db, chamber_id, p);
	if (err == 0 && p->sealed)
		err = seal(db, chamber_id, p, now_us);
	return err < 0 ? err : 1;
}

/* ---- members ---- */

#define TOKEN_US (INT64_C(730) * 86400 * 1000000)

/* Nobody logs in as this one: it has no password and an address that no mail reaches. */
static int add_account(struct store_db *db, int64_t member_id, const char *name,
    int64_t now_us, int64_t *account)
{
	struct store_account a = {
		.chamber_id = member_id, .role = STORE_ROLE_OFFICE, .lang = "ja"
	};

	(void)snprintf(a.mail, sizeof(a.mail), "federation-%lld@centre.invalid",
	    (long long)member_id);
	(void)snprintf(a.name, sizeof(a.name), "%.120s", name);
	int err = store_account_add(db, &a, now_us);
	*account = a.id;
	return err;
}

int federation_admit(struct store_db *db, const char *name, const char *hash,
    int64_t now_us, int64_t *member_id)
{
	int64_t national = 0, account = 0;
	int err = store_get_int(
	    db, &national, "SELECT COALESCE(min(id), 0) FROM chamber", STORE_NO_ARGS);

	if (err == 0 && national == 0)
		return FAIL_MISSING;
	if (err == 0)
		err = store_get_int(db, member_id,
		    "SELECT id FROM chamber WHERE name = ?",
		    STORE_ARGS(STORE_TEXT(name)));
	if (err == FAIL_MISSING)
		err = store_get_int(db, member_id,
		    "INSERT INTO chamber (name, desk_name, desk_phone, desk_mail) VALUES (?, "
		    "'', '', '') RETURNING id",
		    STORE_ARGS(STORE_TEXT(name)));
	if (err == 0 && *member_id == national)
		return FAIL_CONFLICT;
	if (err < 0)
		return err;
	err = store_get_int(db, &account,
	    "SELECT account_id FROM federation_member WHERE member_id = ?",
	    STORE_ARGS(STORE_INT(*member_id)));
	if (err == FAIL_MISSING)
		err = add_account(db, *member_id, name, now_us, &account);
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO federation_member (member_id, chamber_id, account_id, "
		    "admitted_us) VALUES (?, ?, ?, ?) ON CONFLICT (member_id) DO NOTHING",
		    STORE_ARGS(STORE_INT(*member_id), STORE_INT(national),
			STORE_INT(account), STORE_INT(now_us)));
	/* One token a member: an older one ends. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE api_token SET ended_us = ? WHERE account_id = ? AND ended_us IS "
		    "NULL",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(account)));
	return err < 0 ? err
		       : store_exec(db,
			     "INSERT INTO api_token (account_id, name, hash, scopes, "
			     "created_us, expires_us) VALUES (?, 'federation', ?, "
			     "'federation.send', ?, ?)",
			     STORE_ARGS(STORE_INT(account), STORE_TEXT(hash),
				 STORE_INT(now_us), STORE_INT(now_us + TOKEN_US)));
}

/* ---- what they are told ---- */

static int add_advisories(
    struct store_db *db, int64_t chamber_id, int64_t now_us, json_t *list)
{
	struct store_rows *rows;

	/* A withdrawn one goes on being told until it would have ended. */
	(void)store_query(db, &rows,
	    "SELECT body, signature FROM advisory WHERE chamber_id = ? AND own = 1 AND "
	    "until_us > ? ORDER BY id DESC LIMIT 500",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(now_us)));
	while (store_next(rows))
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s}", "body", store_col_text(rows, 0),
			      "signature", store_col_text(rows, 1)));
	return store_rows_free(rows);
}

static int add_bundles(
    struct store_db *db, int64_t chamber_id, int64_t now_us, json_t *list)
{
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT b.id, b.name, b.version, b.sha256, b.size, b.expires_us FROM "
	    "federation_offer o JOIN bundle b ON b.id = o.bundle_id WHERE o.chamber_id = ? AND "
	    "b.expires_us > ? ORDER BY b.id DESC LIMIT 20",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(now_us)));
	while (store_next(rows))
		(void)json_array_append_new(
		    list, json_pack("{s:I, s:s, s:I, s:s, s:I, s:I}", "id",
			      (json_int_t)store_col_int(rows, 0), "name",
			      store_col_text(rows, 1), "version",
			      (json_int_t)store_col_int(rows, 2), "sha256",
			      store_col_text(rows, 3), "size",
			      (json_int_t)store_col_int(rows, 4), "expires_us",
			      (json_int_t)store_col_int(rows, 5)));
	return store_rows_free(rows);
}

json_t *federation_news(
    struct store_db *db, int64_t member_id, int64_t now_us, int *err)
{
	json_t *advisories = json_array(), *bundles = json_array();
	int64_t chamber_id = 0;

	*err = national_of(db, member_id, &chamber_id);
	if (*err == 0)
		*err = add_advisories(db, chamber_id, now_us, advisories);
	if (*err == 0)
		*err = add_bundles(db, chamber_id, now_us, bundles);
	json_t *o =
	    json_pack("{s:o, s:o}", "advisories", advisories, "bundles", bundles);
	if (*err == 0 && !o)
		*err = FAIL_MEMORY;
	if (*err == 0)
		return o;
	json_decref(o);
	return NULL;
}

int federation_news_part(struct store_db *db, int64_t member_id, int64_t bundle_id,
    int64_t part, struct buf *bytes)
{
	struct store_rows *rows;
	int64_t chamber_id = 0;
	int err = national_of(db, member_id, &chamber_id);
	bool found = false;

	if (err < 0)
		return err;
	(void)store_query(db, &rows,
	    "SELECT p.bytes FROM federation_offer o JOIN bundle_part p ON p.bundle_id = "
	    "o.bundle_id WHERE o.chamber_id = ? AND o.bundle_id = ? AND p.part = ?",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(bundle_id), STORE_INT(part)));
	if (store_next(rows)) {
		struct span s = store_col_span(rows, 0);
		buf_add(bytes, s.at, s.len);
		found = true;
	}
	err = store_rows_free(rows);
	return err < 0             ? err
	       : !found            ? FAIL_MISSING
	       : bytes->overflowed ? FAIL_LIMIT
				   : 0;
}
