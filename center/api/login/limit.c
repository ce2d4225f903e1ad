/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/login.h"

#include "lib/base/must.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>

/* Wrong tries are rows of login_limit, so that neither a restart nor a second process begins
 * to count anew.
 *
 * The table: how many wrong tries in a window, counted by what.  The mail's own limit stops
 * guessing from many addresses; it does not hold at an address where that person has logged
 * in lately, so nobody can be locked out by somebody else. */
enum counted { BY_BOTH, BY_PEER, BY_WHO, COUNTED_MAX };

#define MINUTE_US 60000000ll

static const struct {
	unsigned tries;
	int64_t window_us;
} limits[COUNTED_MAX] = {
	[BY_BOTH] = { 10, 15 * MINUTE_US },
	[BY_PEER] = { 60, 15 * MINUTE_US },
	[BY_WHO] = { 100, 15 * MINUTE_US },
};

#define KNOWN_US (30 * 24 * 60 * MINUTE_US)

/* Rows that are over and are taken out with each new one. */
#define SWEEP 32

/* While nothing can be written, nobody can log in either. */
#define BROKEN_S 5u

/* An address as a person has it: an IPv6 user owns a whole /64. */
static void add_peer(crypto_hash_sha256_state *h, const char *peer)
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, peer, &six) == 1)
		(void)crypto_hash_sha256_update(h, six.s6_addr, 8);
	else
		(void)crypto_hash_sha256_update(
		    h, (const unsigned char *)peer, strlen(peer));
}

/* `kind` keeps the counters and the places where somebody is at home apart. */
static void key_of(
    char *key, unsigned char kind, enum counted by, const char *who, const char *peer)
{
	crypto_hash_sha256_state h;
	unsigned char marks[2] = { kind, (unsigned char)by },
		      digest[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256_init(&h);
	(void)crypto_hash_sha256_update(&h, marks, sizeof(marks));
	if (by != BY_WHO)
		add_peer(&h, peer);
	(void)crypto_hash_sha256_update(&h, marks, 1);
	if (by != BY_PEER)
		(void)crypto_hash_sha256_update(
		    &h, (const unsigned char *)who, strlen(who));
	(void)crypto_hash_sha256_final(&h, digest);
	(void)sodium_bin2hex(key, STORE_HASH_ROOM, digest, sizeof(digest));
}

struct
try {
	const char *who, *peer;
	int64_t now_us;
	bool is_right;
	unsigned wait_s;
};

static int is_known(struct store_db *db, const struct try *t, bool *known)
{
	char key[STORE_HASH_ROOM];
	int64_t one;

	key_of(key, 'k', BY_BOTH, t->who, t->peer);
	int err = store_get_int(db, &one,
	    "SELECT 1 FROM login_limit WHERE key = ? AND until_us > ?",
	    STORE_ARGS(STORE_TEXT(key), STORE_INT(t->now_us)));

	*known = err == 0;
	return err == FAIL_MISSING ? 0 : err;
}

/* Which counters a try touches: bits of enum counted. */
static int touched(struct store_db *db, const struct try *t, unsigned *bits)
{
	bool known = false;
	int err = t->who ? is_known(db, t, &known) : 0;

	*bits = 1u << BY_PEER;
	if (t->who)
		*bits |= 1u << BY_BOTH | (known ? 0 : 1u << BY_WHO);
	return err;
}

/* Seconds until another try; 0: now. */
static int wait_of(struct store_db *db, enum counted by, const char *key, struct try *t)
{
	struct store_rows *rows;
	unsigned s = 0;

	(void)store_query(db, &rows,
	    "SELECT wrong, since_us FROM login_limit WHERE key = ?",
	    STORE_ARGS(STORE_TEXT(key)));
	if (store_next(rows)) {
		int64_t since_us = store_col_int(rows, 1);
		int64_t over_us = since_us + limits[by].window_us;
		/* A clock that was set back must not keep anybody out until it is there
		 * again. */
		if (over_us > t->now_us && since_us <= t->now_us &&
		    store_col_int(rows, 0) >= limits[by].tries)
			s = (unsigned)((over_us - t->now_us) / 1000000) + 1;
	}
	if (s > t->wait_s)
		t->wait_s = s;
	return store_rows_free(rows);
}

static int add_one(
    struct store_db *db, enum counted by, const char *key, int64_t now_us)
{
	int64_t window_us = limits[by].window_us;

	return store_exec(db,
	    "INSERT INTO login_limit (key, wrong, since_us, until_us) VALUES (?, 1, ?, ?) "
	    "ON CONFLICT (key) DO UPDATE SET "
	    "wrong = CASE WHEN login_limit.until_us <= ? OR login_limit.since_us > ? "
	    "THEN 1 ELSE login_limit.wrong + 1 END, "
	    "since_us = CASE WHEN login_limit.until_us <= ? OR login_limit.since_us > ? "
	    "THEN excluded.since_us ELSE login_limit.since_us END, "
	    "until_us = CASE WHEN login_limit.until_us <= ? OR login_limit.since_us > ? "
	    "THEN excluded.until_us ELSE login_limit.until_us END",
	    STORE_ARGS(STORE_TEXT(key), STORE_INT(now_us),
		STORE_INT(now_us + window_us), STORE_INT(now_us), STORE_INT(now_us),
		STORE_INT(now_us), STORE_INT(now_us), STORE_INT(now_us),
		STORE_INT(now_us)));
}

static int sweep(struct store_db *db, int64_t now_us)
{
	return store_exec(db,
	    "DELETE FROM login_limit WHERE key IN (SELECT key FROM login_limit WHERE "
	    "until_us <= ? ORDER BY until_us LIMIT ?)",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(SWEEP)));
}

static int write_take(struct store_db *db, void *arg)
{
	struct try *t = arg;
	char key[COUNTED_MAX][STORE_HASH_ROOM];
	unsigned bits;
	int err = touched(db, t, &bits);

	t->wait_s = 0;
	for (enum counted by = 0; err == 0 && by < COUNTED_MAX; by++) {
		if (!(bits & 1u << by))
			continue;
		key_of(key[by], 'w', by, t->who, t->peer);
		err = wait_of(db, by, key[by], t);
	}
	for (enum counted by = 0; err == 0 && t->wait_s == 0 && by < COUNTED_MAX; by++)
		if (bits & 1u << by)
			err = add_one(db, by, key[by], t->now_us);
	return err < 0 ? err : sweep(db, t->now_us);
}

unsigned api_limit_take(
    struct store *s, const char *who, const char *peer, int64_t now_us)
{
	struct try t = { .who = who, .peer = peer, .now_us = now_us };

	return store_write(s, write_take, &t) < 0 ? BROKEN_S : t.wait_s;
}

static int be_at_home(struct store_db *db, const struct try *t)
{
	char key[STORE_HASH_ROOM];

	key_of(key, 'k', BY_BOTH, t->who, t->peer);
	return store_exec(db,
	    "INSERT INTO login_limit (key, wrong, since_us, until_us) VALUES (?, 0, ?, ?) "
	    "ON CONFLICT (key) DO UPDATE SET since_us = excluded.since_us, until_us = "
	    "excluded.until_us",
	    STORE_ARGS(STORE_TEXT(key), STORE_INT(t->now_us),
		STORE_INT(t->now_us + KNOWN_US)));
}

static int write_give(struct store_db *db, void *arg)
{
	const struct try *t = arg;
	char key[STORE_HASH_ROOM];
	unsigned bits;
	int err = touched(db, t, &bits);

	for (enum counted by = 0; err == 0 && by < COUNTED_MAX; by++) {
		if (!(bits & 1u << by))
			continue;
		key_of(key, 'w', by, t->who, t->peer);
		err = store_exec(db,
		    t->is_right && by == BY_BOTH
			? "DELETE FROM login_limit WHERE key = ?"
			: "UPDATE login_limit SET wrong = wrong - 1 WHERE key = ? AND "
			  "wrong > 0",
		    STORE_ARGS(STORE_TEXT(key)));
	}
	return err == 0 && t->is_right && t->who ? be_at_home(db, t) : err;
}

/* A count that stays when it should not costs the person a try, no more. */
void api_limit_give(struct store *s, const char *who, const char *peer, int64_t now_us)
{
	(void)!store_write(
	    s, write_give, &(struct try){ .who = who, .peer = peer, .now_us = now_us });
}

void api_limit_right(struct store *s, const char *who, const char *peer, int64_t now_us)
{
	(void)!store_write(s, write_give,
	    &(struct try){
		.who = who, .peer = peer, .now_us = now_us, .is_right = true });
}
