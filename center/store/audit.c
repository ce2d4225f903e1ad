/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>

#define HASH_ROOM (2 * SHA256_DIGEST_LENGTH + 1)

/* SHA-256 over the hash before and the fields, each with its length in front, so that no two
 * lines give the same bytes. */
static int hash_line(
    const char *before, int64_t id, const struct store_audit *a, char *hash)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct buf text;

	buf_init(&text, 64u << 10);
	buf_addf(&text, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
	    before, id, a->at_us, a->account_id, a->company_id, a->incident_id);
	buf_addf(&text, " %zu:%s %zu:%s", strlen(a->action), a->action,
	    strlen(a->detail), a->detail);
	bool fits = !text.overflowed;
	if (fits)
		SHA256(text.at, text.len, digest);
	buf_fini(&text);
	if (!fits)
		return FAIL_LIMIT;
	for (size_t i = 0; i < sizeof(digest); i++) {
		hash[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hash[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	hash[HASH_ROOM - 1] = 0;
	return 0;
}

static int newest(struct store_db *db, int64_t *id, char *hash)
{
	struct store_rows *rows;

	*id = 0;
	hash[0] = 0;
	store_query(db, &rows, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1",
	    STORE_NO_ARGS);
	if (store_next(rows)) {
		*id = store_col_int(rows, 0);
		snprintf(hash, HASH_ROOM, "%s", store_col_text(rows, 1));
	}
	return store_rows_free(rows);
}

int store_audit(struct store_db *db, const struct store_audit *line)
{
	struct store_audit a = *line;
	char before[HASH_ROOM], hash[HASH_ROOM];
	int64_t last;
	int err = newest(db, &last, before);

	if (!a.detail)
		a.detail = "";
	if (err == 0)
		err = hash_line(before, last + 1, &a, hash);
	if (err < 0)
		return err;
	return store_exec(db,
	    "INSERT INTO audit (id, at_us, account_id, company_id, incident_id, action, "
	    "detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(last + 1), STORE_INT(a.at_us), STORE_ID(a.account_id),
		STORE_ID(a.company_id), STORE_ID(a.incident_id), STORE_TEXT(a.action),
		STORE_TEXT(a.detail), STORE_TEXT(hash)));
}

/* Where the walk begins: the hash of the line before. */
static int hash_before(struct store_db *db, int64_t from, char *hash)
{
	struct store_rows *rows;

	hash[0] = 0;
	if (from <= 1)
		return 0;
	store_query(db, &rows, "SELECT hash FROM audit WHERE id = ?",
	    STORE_ARGS(STORE_INT(from - 1)));
	bool found = store_next(rows);
	if (found)
		snprintf(hash, HASH_ROOM, "%s", store_col_text(rows, 0));
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

int store_audit_verify(
    struct store_db *db, int64_t from, int64_t *broken, struct store_audit_place *end)
{
	char before[HASH_ROOM], hash[HASH_ROOM];
	struct store_rows *rows;
	int64_t expected = from < 1 ? 1 : from;
	int err = hash_before(db, expected, before);

	*broken = err == FAIL_MISSING ? expected - 1 : 0;
	if (err < 0)
		return err == FAIL_MISSING ? FAIL_FORMAT : err;
	store_query(db, &rows,
	    "SELECT id, at_us, account_id, company_id, incident_id, action, detail, hash "
	    "FROM audit WHERE id >= ? ORDER BY id",
	    STORE_ARGS(STORE_INT(expected)));
	while (err == 0 && store_next(rows)) {
		struct store_audit a = { .at_us = store_col_int(rows, 1),
			.account_id = store_col_int(rows, 2),
			.company_id = store_col_int(rows, 3),
			.incident_id = store_col_int(rows, 4),
			.action = store_col_text(rows, 5),
			.detail = store_col_text(rows, 6) };
		int64_t id = store_col_int(rows, 0);
		if (hash_line(before, id, &a, hash) < 0 || id != expected ||
		    strcmp(hash, store_col_text(rows, 7)) != 0) {
			*broken = id;
			err = FAIL_FORMAT;
		}
		memcpy(before, hash, sizeof(before));
		expected++;
	}
	int read = store_rows_free(rows);
	end->line = expected - 1;
	memcpy(end->hash, before, sizeof(before));
	return err < 0 ? err : read;
}

int store_audit_holds(struct store_db *db, const struct store_audit_place *place)
{
	int64_t one;
	int err =
	    store_get_int(db, &one, "SELECT 1 FROM audit WHERE id = ? AND hash = ?",
		STORE_ARGS(STORE_INT(place->line), STORE_TEXT(place->hash)));

	return err == FAIL_MISSING ? FAIL_FORMAT : err;
}

static int check_anchors(struct store_db *db, int64_t *broken)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT k.line FROM audit_anchor k LEFT JOIN audit a ON a.id = k.line AND "
	    "a.hash = k.hash WHERE a.id IS NULL ORDER BY k.line LIMIT 1",
	    STORE_NO_ARGS);
	bool found = store_next(rows);
	if (found)
		*broken = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? FAIL_FORMAT : 0;
}

int store_audit_check(struct store_db *db, int64_t *broken)
{
	struct store_audit_place end;
	int err = store_audit_verify(db, 1, broken, &end);

	return err < 0 ? err : check_anchors(db, broken);
}

#define DAY_US (INT64_C(24) * 3600 * 1000000)

int store_audit_anchor(
    struct store_db *db, int64_t now_us, struct store_audit_place *end)
{
	int64_t last_us = 0;
	int err = store_get_int(db, &last_us,
	    "SELECT COALESCE(max(at_us), 0) FROM audit_anchor", STORE_NO_ARGS);

	if (err < 0 || (last_us && now_us - last_us < DAY_US && now_us >= last_us))
		return err < 0 ? err : 0;
	err = newest(db, &end->line, end->hash);
	if (err < 0 || end->line == 0)
		return err < 0 ? err : 0;
	err = store_exec(db,
	    "INSERT INTO audit_anchor (at_us, line, hash) VALUES (?, ?, ?)",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(end->line), STORE_TEXT(end->hash)));
	return err < 0 ? err : 1;
}
