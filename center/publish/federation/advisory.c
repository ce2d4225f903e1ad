/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool federation_signed(
    const char *keys, const char *purpose, struct span bytes, const char *signature)
{
	char key[SIGN_PUBLIC_ROOM];

	while (keys && *keys) {
		size_t skip = strspn(keys, " ,"), len = strcspn(keys + skip, " ,");
		if (len == sizeof(key) - 1) {
			memcpy(key, keys + skip, len);
			key[len] = '\0';
			if (sign_fits(key, purpose, bytes, signature))
				return true;
		}
		keys += skip + len;
	}
	return false;
}

static json_t *body_of(const struct federation_advisory *a)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b}",
	    "uid", a->uid, "serial", (json_int_t)a->serial, "severity",
	    (json_int_t)a->severity, "title_ja", a->title_ja, "title_en", a->title_en,
	    "title_easy", a->title_easy, "text_ja", a->text_ja, "text_en", a->text_en,
	    "text_easy", a->text_easy, "from_us", (json_int_t)a->from_us, "until_us",
	    (json_int_t)a->until_us, "withdrawn", a->withdrawn);
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static int read_body(const json_t *o, struct federation_advisory *a)
{
	const json_t *withdrawn = json_object_get(o, "withdrawn");

	*a = (struct federation_advisory){ .uid = text_of(o, "uid"),
		.title_ja = text_of(o, "title_ja"),
		.title_en = text_of(o, "title_en"),
		.title_easy = text_of(o, "title_easy"),
		.text_ja = text_of(o, "text_ja"),
		.text_en = text_of(o, "text_en"),
		.text_easy = text_of(o, "text_easy"),
		.serial = json_integer_value(json_object_get(o, "serial")),
		.severity = json_integer_value(json_object_get(o, "severity")),
		.from_us = json_integer_value(json_object_get(o, "from_us")),
		.until_us = json_integer_value(json_object_get(o, "until_us")),
		.withdrawn = json_is_true(withdrawn) };
	return a->uid && *a->uid && strlen(a->uid) <= 64 && a->title_ja &&
		       a->title_en && a->title_easy && a->text_ja && a->text_en &&
		       a->text_easy && a->serial > 0 && a->severity >= 0 &&
		       a->severity <= 2 && a->from_us >= 0 &&
		       a->until_us > a->from_us && json_is_boolean(withdrawn)
		   ? 0
		   : FAIL_FORMAT;
}

struct signed_text {
	const char *body, *signature, *key;
	int64_t own, now_us;
};

/* A newer one takes the place of an older one, and what was decided about it stays. */
static int keep(struct store_db *db, int64_t chamber_id,
    const struct federation_advisory *a, const struct signed_text *s)
{
	int err = store_exec(db,
	    "INSERT INTO advisory (chamber_id, uid, serial, body, signature, key, own, "
	    "severity, from_us, until_us, withdrawn, heard_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
	    "?, ?, ?, ?) ON CONFLICT (chamber_id, uid) DO UPDATE SET serial = "
	    "excluded.serial, body = excluded.body, signature = excluded.signature, key = "
	    "excluded.key, severity = excluded.severity, from_us = excluded.from_us, until_us "
	    "= excluded.until_us, withdrawn = excluded.withdrawn, heard_us = "
	    "excluded.heard_us WHERE excluded.serial > advisory.serial AND excluded.own = "
	    "advisory.own",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(a->uid), STORE_INT(a->serial),
		STORE_TEXT(s->body), STORE_TEXT(s->signature), STORE_TEXT(s->key),
		STORE_INT(s->own), STORE_INT(a->severity), STORE_INT(a->from_us),
		STORE_INT(a->until_us), STORE_INT(a->withdrawn), STORE_INT(s->now_us)));

	return err < 0 ? err : store_changed(db) > 0;
}

static int note(
    struct store_db *db, const char *action, const char *uid, int64_t now_us)
{
	return store_audit(db,
	    &(struct store_audit){ .at_us = now_us, .action = action, .detail = uid });
}

/* ---- made here ---- */

static int sign_and_keep(struct store_db *db, const struct sign_key *key,
    int64_t chamber_id, const struct federation_advisory *a, int64_t now_us)
{
	char signature[SIGN_TEXT_ROOM];
	json_t *o = body_of(a);
	char *body = o ? json_dumps(o, JSON_COMPACT) : NULL;
	int err = body ? 0 : FAIL_FORMAT;

	json_decref(o);
	if (err == 0) {
		sign_make(key, SIGN_ADVISORY, span_text(body), signature);
		err = keep(db, chamber_id, a,
		    &(struct signed_text){ body, signature, key->public, 1, now_us });
	}
	free(body);
	return err < 0 ? err : err == 1 ? 0 : FAIL_CONFLICT;
}

int federation_advisory_make(struct store_db *db, const struct sign_key *key,
    int64_t chamber_id, const struct federation_advisory *a, int64_t now_us,
    int64_t *id)
{
	struct federation_advisory made = *a;
	uint8_t raw[12];
	char uid[2 * sizeof(raw) + 1];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2hex(uid, sizeof(uid), raw, sizeof(raw));
	made.uid = a->uid ? a->uid : uid;
	made.serial = 1;
	int err = sign_and_keep(db, key, chamber_id, &made, now_us);
	if (err == 0)
		err = note(db, "advisory.add", made.uid, now_us);
	return err < 0 ? err
		       : store_get_int(db, id,
			     "SELECT id FROM advisory WHERE chamber_id = ? AND uid = ?",
			     STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(made.uid)));
}

int federation_advisory_withdraw(
    struct store_db *db, const struct sign_key *key, int64_t id, int64_t now_us)
{
	struct federation_advisory a;
	struct store_rows *rows;
	json_t *o = NULL;
	int64_t chamber_id = 0;

	(void)store_query(db, &rows,
	    "SELECT chamber_id, body FROM advisory WHERE id = ? AND own = 1 AND withdrawn = 0",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		chamber_id = store_col_int(rows, 0);
		o = json_loads(store_col_text(rows, 1), 0, NULL);
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = !chamber_id ? FAIL_MISSING : o ? read_body(o, &a) : FAIL_FORMAT;
	if (err == 0) {
		a.serial++;
		a.withdrawn = true;
		err = sign_and_keep(db, key, chamber_id, &a, now_us);
	}
	if (err == 0)
		err = note(db, "advisory.withdraw", a.uid, now_us);
	json_decref(o);
	return err;
}

/* ---- from the national centre ---- */

#define CHAMBERS_MAX 200

static int chambers(struct store_db *db, int64_t ids[CHAMBERS_MAX])
{
	struct store_rows *rows;
	int n = 0;

	(void)store_query(db, &rows, "SELECT id FROM chamber ORDER BY id LIMIT ?",
	    STORE_ARGS(STORE_INT(CHAMBERS_MAX)));
	while (store_next(rows))
		ids[n++] = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

int federation_advisory_take(struct store_db *db, const char *keys, const char *body,
    const char *signature, int64_t now_us)
{
	struct federation_advisory a;
	int64_t ids[CHAMBERS_MAX];
	int taken = 0;

	if (!federation_signed(keys, SIGN_ADVISORY, span_text(body), signature))
		return FAIL_DENIED;
	json_t *o = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	int err = o ? read_body(o, &a) : FAIL_FORMAT;
	int n = err < 0 ? err : chambers(db, ids);
	for (int i = 0; i < n && err >= 0; i++) {
		err = keep(db, ids[i], &a,
		    &(struct signed_text){ body, signature, "", 0, now_us });
		taken |= err > 0;
	}
	if (err >= 0 && taken)
		err = note(db, "advisory.heard", a.uid, now_us);
	json_decref(o);
	return n < 0 ? n : err < 0 ? err : taken;
}
