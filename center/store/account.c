/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/account.h"

#include "lib/base/must.h"

#include <sodium.h>
#include <stdio.h>

static const char *const role_words[STORE_ROLE_MAX] = { "", "owner", "staff",
	"operator", "desk", "partner", "reseller", "agent", "insurer", "office",
	"auditor" };

const char *store_role_word(enum store_role role)
{
	must(role < STORE_ROLE_MAX);
	return role_words[role];
}

enum store_role store_role_find(const char *word)
{
	if (strcmp(word, "member") == 0)
		return STORE_ROLE_OWNER;
	for (enum store_role r = STORE_ROLE_OWNER; r < STORE_ROLE_MAX; r++)
		if (strcmp(role_words[r], word) == 0)
			return r;
	return STORE_ROLE_NONE;
}

bool store_role_is_member(enum store_role role)
{
	return role == STORE_ROLE_OWNER || role == STORE_ROLE_STAFF;
}

enum store_role store_role_of(const char *word, int64_t company_id)
{
	if (word[0])
		return store_role_find(word);
	return company_id ? STORE_ROLE_OWNER : STORE_ROLE_OPERATOR;
}

int store_account_mail(const char *typed, char mail[STORE_MAIL_MAX + 1])
{
	size_t n = 0, at = 0;

	typed += strspn(typed, " \t");
	size_t len = strlen(typed);
	while (len > 0 && strchr(" \t\r\n", typed[len - 1]))
		len--;
	if (len > STORE_MAIL_MAX)
		return FAIL_FORMAT;
	for (; n < len; n++) {
		unsigned char c = (unsigned char)typed[n];
		if (c <= ' ' || c == 0x7f || strchr("<>(),;:\\\"[]", c))
			return FAIL_FORMAT;
		if (c == '@' && at++ > 0)
			return FAIL_FORMAT;
		mail[n] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	mail[n] = '\0';
	return at == 1 && mail[0] != '@' && mail[n - 1] != '@' ? 0 : FAIL_FORMAT;
}

static int read_one(struct store_rows *rows, struct store_account *a)
{
	bool found = store_next(rows);

	*a = (struct store_account){ 0 };
	if (found) {
		a->id = store_col_int(rows, 0);
		a->chamber_id = store_col_int(rows, 1);
		a->company_id = store_col_int(rows, 2);
		(void)snprintf(a->mail, sizeof(a->mail), "%s", store_col_text(rows, 3));
		(void)snprintf(a->name, sizeof(a->name), "%s", store_col_text(rows, 4));
		(void)snprintf(a->lang, sizeof(a->lang), "%s", store_col_text(rows, 5));
		(void)snprintf(
		    a->password, sizeof(a->password), "%s", store_col_text(rows, 6));
		(void)snprintf(a->totp_secret, sizeof(a->totp_secret), "%s",
		    store_col_text(rows, 7));
		(void)snprintf(a->totp_offer, sizeof(a->totp_offer), "%s",
		    store_col_text(rows, 8));
		a->totp_step = store_col_int(rows, 9);
		a->role = store_role_of(store_col_text(rows, 10), a->company_id);
		a->reseller_id = store_col_int(rows, 11);
		a->ended_us = store_col_int(rows, 12);
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

#define SELECT_ACCOUNT                                                                 \
	"SELECT id, chamber_id, company_id, mail, name, lang, password, totp_secret, " \
	"totp_offer, totp_step, duty, reseller_id, ended_us FROM account WHERE "

int store_account_find(struct store_db *db, const char *mail, struct store_account *a)
{
	struct store_rows *rows;

	(void)store_query(
	    db, &rows, SELECT_ACCOUNT "mail = ?", STORE_ARGS(STORE_TEXT(mail)));
	return read_one(rows, a);
}

int store_account_get(struct store_db *db, int64_t id, struct store_account *a)
{
	struct store_rows *rows;

	(void)store_query(
	    db, &rows, SELECT_ACCOUNT "id = ?", STORE_ARGS(STORE_INT(id)));
	return read_one(rows, a);
}

int store_password_hash(const char *password, char hash[STORE_PASSWORD_ROOM])
{
	_Static_assert(
	    STORE_PASSWORD_ROOM >= crypto_pwhash_STRBYTES, "room for a hash");

	return crypto_pwhash_str(hash, password, strlen(password),
		   crypto_pwhash_OPSLIMIT_INTERACTIVE,
		   crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
		   ? 0
		   : FAIL_MEMORY;
}

bool store_password_fits(const char *hash, const char *password)
{
	char nobody[STORE_PASSWORD_ROOM];

	if (hash[0])
		return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
	/* An account without a password, or none at all, takes as long as any other. */
	if (store_password_hash(password, nobody) < 0)
		return false;
	return false;
}

void store_token_make(char token[STORE_TOKEN_ROOM])
{
	uint8_t bytes[32];

	must(sodium_init() >= 0);
	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2base64(token, STORE_TOKEN_ROOM, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void store_token_hash(const char *token, char hash[STORE_HASH_ROOM])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(digest, (const unsigned char *)token, strlen(token));
	(void)sodium_bin2hex(hash, STORE_HASH_ROOM, digest, sizeof(digest));
}

int store_account_add(struct store_db *db, struct store_account *a, int64_t now_us)
{
	if (a->role == STORE_ROLE_NONE)
		a->role = store_role_of("", a->company_id);
	if (store_role_is_member(a->role) != (a->company_id != 0) ||
	    (a->role == STORE_ROLE_RESELLER) != (a->reseller_id != 0))
		return FAIL_FORMAT;
	return store_get_int(db, &a->id,
	    "INSERT INTO account (role, duty, chamber_id, company_id, reseller_id, mail, "
	    "name, password, lang, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
	    "RETURNING id",
	    STORE_ARGS(STORE_TEXT(a->company_id ? "member" : "operator"),
		STORE_TEXT(role_words[a->role]), STORE_INT(a->chamber_id),
		STORE_ID(a->company_id), STORE_ID(a->reseller_id), STORE_TEXT(a->mail),
		STORE_TEXT(a->name), STORE_TEXT(a->password),
		STORE_TEXT(a->lang[0] ? a->lang : "ja"), STORE_INT(now_us)));
}

static int changed_one(struct store_db *db, int err)
{
	return err < 0 ? err : store_changed(db) == 1 ? 0 : FAIL_MISSING;
}

int store_account_set_password(struct store_db *db, int64_t id, const char *hash)
{
	return changed_one(
	    db, store_exec(db, "UPDATE account SET password = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(hash), STORE_INT(id))));
}

int store_account_end_sessions(struct store_db *db, int64_t id, const char *keep)
{
	return store_exec(db, "DELETE FROM session WHERE account_id = ? AND hash <> ?",
	    STORE_ARGS(STORE_INT(id), STORE_TEXT(keep ? keep : "")));
}

int store_account_set_totp(
    struct store_db *db, int64_t id, const char *secret, int64_t step)
{
	return changed_one(db,
	    store_exec(db,
		"UPDATE account SET totp_secret = ?, totp_offer = '', totp_step = ? "
		"WHERE id = ?",
		STORE_ARGS(STORE_TEXT(secret), STORE_INT(step), STORE_INT(id))));
}

int store_account_use_step(struct store_db *db, int64_t id, int64_t step)
{
	int err = store_exec(db,
	    "UPDATE account SET totp_step = ? WHERE id = ? AND totp_step < ?",
	    STORE_ARGS(STORE_INT(step), STORE_INT(id), STORE_INT(step)));

	err = changed_one(db, err);
	return err == FAIL_MISSING ? FAIL_CONFLICT : err;
}

int store_once_add(
    struct store_db *db, int64_t account_id, const char *token, int64_t expires_us)
{
	char hash[STORE_HASH_ROOM];

	store_token_hash(token, hash);
	return store_exec(db,
	    "INSERT INTO once_login (hash, account_id, expires_us) VALUES (?, ?, ?)",
	    STORE_ARGS(STORE_TEXT(hash), STORE_INT(account_id), STORE_INT(expires_us)));
}

int store_once_peek(
    struct store_db *db, const char *token, int64_t now_us, int64_t *account_id)
{
	char hash[STORE_HASH_ROOM];

	store_token_hash(token, hash);
	return store_get_int(db, account_id,
	    "SELECT account_id FROM once_login WHERE hash = ? AND used_us IS NULL AND "
	    "expires_us > ?",
	    STORE_ARGS(STORE_TEXT(hash), STORE_INT(now_us)));
}

int store_account_end(struct store_db *db, int64_t id, int64_t now_us)
{
	int err = changed_one(
	    db, store_exec(db,
		    "UPDATE account SET ended_us = ? WHERE id = ? AND ended_us IS NULL",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(id))));

	return err < 0 ? err : store_account_end_sessions(db, id, NULL);
}

int store_account_forget_factors(struct store_db *db, int64_t id)
{
	int err = changed_one(db,
	    store_exec(db,
		"UPDATE account SET password = '', totp_secret = '', totp_offer = '' "
		"WHERE id = ?",
		STORE_ARGS(STORE_INT(id))));

	if (err == 0)
		err = store_exec(db, "DELETE FROM passkey WHERE account_id = ?",
		    STORE_ARGS(STORE_INT(id)));
	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM once_login WHERE account_id = ? AND used_us IS NULL",
		    STORE_ARGS(STORE_INT(id)));
	/* What somebody else may have made while they could: tokens, another login server. */
	if (err == 0)
		err = store_exec(db, "DELETE FROM api_token WHERE account_id = ?",
		    STORE_ARGS(STORE_INT(id)));
	if (err == 0)
		err = store_exec(db, "DELETE FROM identity WHERE account_id = ?",
		    STORE_ARGS(STORE_INT(id)));
	return err < 0 ? err : store_account_end_sessions(db, id, NULL);
}

int store_once_use(
    struct store_db *db, const char *token, int64_t now_us, int64_t *account_id)
{
	char hash[STORE_HASH_ROOM];

	store_token_hash(token, hash);
	return store_get_int(db, account_id,
	    "UPDATE once_login SET used_us = ? WHERE hash = ? AND used_us IS NULL AND "
	    "expires_us > ? RETURNING account_id",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(hash), STORE_INT(now_us)));
}
