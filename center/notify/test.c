/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* "テストを送る": does it arrive, and is somebody there who reads it? */

static void hash_code(const char *code, char hash[65])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, (const unsigned char *)code, strlen(code));
	sodium_bin2hex(hash, 65, digest, sizeof(digest));
}

struct tested {
	int64_t chamber_id, company_id, tested_us;
	char channel[16], lang[8], address[1024], who[300];
};

static int read_contact(struct store_db *db, int64_t id, struct tested *t)
{
	struct store_rows *rows;
	int err = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT k.chamber_id, COALESCE(k.company_id, 0), COALESCE(k.tested_us, 0), "
	    "k.channel, k.lang, k.address, COALESCE(c.name, h.name) FROM contact k "
	    "JOIN chamber h ON h.id = k.chamber_id "
	    "LEFT JOIN company c ON c.id = k.company_id WHERE k.id = ? AND k.state <> 'off'",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		t->chamber_id = store_col_int(rows, 0);
		t->company_id = store_col_int(rows, 1);
		t->tested_us = store_col_int(rows, 2);
		snprintf(t->channel, sizeof(t->channel), "%s", store_col_text(rows, 3));
		snprintf(t->lang, sizeof(t->lang), "%s", store_col_text(rows, 4));
		snprintf(t->address, sizeof(t->address), "%s", store_col_text(rows, 5));
		snprintf(t->who, sizeof(t->who), "%s", store_col_text(rows, 6));
		err = 0;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

static int64_t add_test(struct store_db *db, const struct notify_conf *conf,
    int64_t contact_id, const struct tested *t, const char *code, int64_t now_us)
{
	bool en = strcmp(t->lang, "en") == 0;
	char subject[200], body[1200];

	snprintf(subject, sizeof(subject),
	    en ? "[test] A test from the monitoring centre: %s"
	       : "【テスト】見守りセンターからの確認です：番号 %s",
	    code);
	snprintf(body, sizeof(body),
	    en ? "To %s\n\nThis is a test. Nothing has happened.\nPlease type this number "
		 "into the page where the test was asked for: %s\n"
	       : "%s 様\n\nこれはテストです。何も起きていません。\nテストを送った画面に、この番号を入"
		 "れてください。%s\n",
	    t->who, code);
	return notify_add(db, conf,
	    &(struct notify_new){ .company_id = t->company_id,
		.chamber_id = t->chamber_id,
		.contact_id = contact_id,
		.channel = t->channel,
		.recipient = t->address,
		.lang = t->lang,
		.step = "test",
		.severity = RECORD_CAUTION,
		.due_us = now_us,
		.subject = subject,
		.body = body },
	    now_us);
}

int64_t notify_test(struct store_db *db, const struct notify_conf *conf,
    int64_t contact_id, int64_t now_us)
{
	struct tested t = { 0 };
	char code[8], hash[65];
	int err = read_contact(db, contact_id, &t);

	if (err < 0)
		return err;
	if (t.tested_us > now_us - NOTIFY_TEST_S * INT64_C(1000000) &&
	    t.tested_us <= now_us)
		return FAIL_BUSY;
	snprintf(code, sizeof(code), "%04u", randombytes_uniform(10000));
	hash_code(code, hash);
	/* One that bounced gets another chance. */
	err = store_exec(db,
	    "UPDATE contact SET tested_us = ?, code = ?, code_tries = 0, state = 'ok', "
	    "fails = 0, failing_us = NULL, error = '' WHERE id = ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(hash), STORE_INT(contact_id)));
	if (err < 0)
		return err;
	int64_t id = add_test(db, conf, contact_id, &t, code, now_us);
	int64_t change = id < 0 ? id : store_note_change(db); /* the sender wakes */
	return change < 0 ? change : id;
}

int notify_contact_confirm(
    struct store_db *db, int64_t contact_id, const char *code, int64_t now_us)
{
	struct store_rows *rows;
	char hash[65], have[65] = "";

	hash_code(code, hash);
	store_query(db, &rows,
	    "SELECT code FROM contact WHERE id = ? AND code <> '' AND code_tries < ? "
	    "AND state <> 'off'",
	    STORE_ARGS(STORE_INT(contact_id), STORE_INT(NOTIFY_CODE_TRIES)));
	if (store_next(rows))
		snprintf(have, sizeof(have), "%s", store_col_text(rows, 0));
	int err = store_rows_free(rows);
	if (err < 0 || strlen(have) != 64)
		return err < 0 ? err : FAIL_LIMIT;
	bool right = sodium_memcmp(hash, have, 64) == 0;
	err = right ? store_exec(db,
			  "UPDATE contact SET verified_us = ?, code = '' WHERE id = ?",
			  STORE_ARGS(STORE_INT(now_us), STORE_INT(contact_id)))
		    : store_exec(db,
			  "UPDATE contact SET code_tries = code_tries + 1 WHERE id = ?",
			  STORE_ARGS(STORE_INT(contact_id)));
	return err < 0 ? err : right;
}
