/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/db.h"

/* People who may log in: their passwords, second factors and one-time links.
 *
 * Owns:    nothing; a struct store_account holds copies.
 * Threads: as the connection it is given.
 * Limits:  the texts of struct store_account; a password STORE_PASSWORD_MAX bytes.
 * Errors:  FAIL_MISSING: no such account; FAIL_CONFLICT: the mail address is taken. */
#define STORE_PASSWORD_LEAST 10u /* characters of a new password */
#define STORE_PASSWORD_MAX   1024u
#define STORE_PASSWORD_ROOM  128u /* of its hash */
#define STORE_MAIL_MAX       254u
#define STORE_TOTP_ROOM      64u
#define STORE_TOKEN_ROOM     64u /* 32 random bytes as base64url */
#define STORE_HASH_ROOM      65u /* SHA-256 as hex */

/* What a person is; center/api/people/roles.tbl says what each may do. */
enum store_role {
	STORE_ROLE_NONE, /* choose: owner with a company, operator without */
	STORE_ROLE_OWNER,
	STORE_ROLE_STAFF,
	STORE_ROLE_OPERATOR,
	STORE_ROLE_DESK,
	STORE_ROLE_PARTNER,
	STORE_ROLE_RESELLER,
	STORE_ROLE_AGENT,
	STORE_ROLE_INSURER,
	STORE_ROLE_OFFICE,
	STORE_ROLE_AUDITOR,
	STORE_ROLE_MAX,
};

/* "owner" … */
const char *store_role_word(enum store_role role);
/* STORE_ROLE_NONE: no such word.  "member" is an owner. */
enum store_role store_role_find(const char *word);
/* SQL: the account `a` may log in, and stands watch for its chamber: no partner, reseller, agent
 * or insurer, whom account.role does not tell apart.  SEES: is told of every company. */
#define STORE_ACCOUNT_WATCHES(a)                                 \
	a ".role = 'operator' AND " a ".ended_us IS NULL AND " a \
	  ".duty IN ('', 'operator', 'desk')"
#define STORE_ACCOUNT_SEES(a)                                    \
	a ".role = 'operator' AND " a ".ended_us IS NULL AND " a \
	  ".duty IN ('', 'operator', 'desk', 'office', 'auditor')"

/* True for the roles that belong to one company. */
bool store_role_is_member(enum store_role role);
/* The role of an account row: `word` as stored ("": by what it belongs to). */
enum store_role store_role_of(const char *word, int64_t company_id);

struct store_account {
	int64_t id, chamber_id;
	int64_t company_id;  /* 0: not of a company */
	int64_t reseller_id; /* of a reseller's people */
	enum store_role role;
	int64_t ended_us; /* 0: may log in */
	char mail[STORE_MAIL_MAX + 1], name[128], lang[4];
	char password[STORE_PASSWORD_ROOM]; /* argon2id; "": none yet */
	char totp_secret[STORE_TOTP_ROOM];  /* base32; "": off */
	char totp_offer[STORE_TOTP_ROOM];
	int64_t totp_step; /* last one used */
};

/* A mail address as it is stored and compared: lower case, no blanks around.  FAIL_FORMAT
 * when it cannot be one. */
int store_account_mail(const char *typed, char mail[STORE_MAIL_MAX + 1]) must_use;
int store_account_find(
    struct store_db *db, const char *mail, struct store_account *a) must_use;
int store_account_get(
    struct store_db *db, int64_t id, struct store_account *a) must_use;

/* argon2id, as expensive as a login may be: 64 MiB and some 100 ms.  FAIL_MEMORY. */
int store_password_hash(const char *password, char hash[STORE_PASSWORD_ROOM]) must_use;
/* `hash` may be "" (nobody fits); takes as long as if it were not. */
bool store_password_fits(const char *hash, const char *password);

/* Random text for a link or a cookie, and what the store keeps of one. */
void store_token_make(char token[STORE_TOKEN_ROOM]);
void store_token_hash(const char *token, char hash[STORE_HASH_ROOM]);

/* ---- writers ---- */

/* a->id receives the new id.  FAIL_FORMAT: the role does not go with the tenant. */
int store_account_add(
    struct store_db *db, struct store_account *a, int64_t now_us) must_use;
int store_account_set_password(
    struct store_db *db, int64_t id, const char *hash) must_use;
/* Ends the account's sessions but the one whose hash is `keep` (NULL: all). */
int store_account_end_sessions(
    struct store_db *db, int64_t id, const char *keep) must_use;
/* Turns the second factor on ("" : off); forgets the offer. */
int store_account_set_totp(
    struct store_db *db, int64_t id, const char *secret, int64_t step) must_use;
/* FAIL_CONFLICT when a code of this step or a later one was used. */
int store_account_use_step(struct store_db *db, int64_t id, int64_t step) must_use;
/* A one-time login for `token`'s holder. */
int store_once_add(struct store_db *db, int64_t account_id, const char *token,
    int64_t expires_us) must_use;
/* Whose it is, without spending it. */
int store_once_peek(struct store_db *db, const char *token, int64_t now_us,
    int64_t *account_id) must_use;
/* The person may not log in any more; the sessions end. */
int store_account_end(struct store_db *db, int64_t id, int64_t now_us) must_use;
/* Password, codes, passkeys and open links are gone, and the sessions end: for somebody who
 * lost them all. */
int store_account_forget_factors(struct store_db *db, int64_t id) must_use;
/* Spends it: *account_id, or FAIL_MISSING (unknown, used, too late). */
int store_once_use(struct store_db *db, const char *token, int64_t now_us,
    int64_t *account_id) must_use;
