/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <sodium.h>

/* The address book: who is added and taken away. */

static void make_secret(char secret[65])
{
	unsigned char random[32];

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(secret, 65, random, sizeof(random));
}

/* How many there are, and the place behind the last. */
static int count(struct store_db *db, const struct notify_contact_new *c, int64_t *n,
    int64_t *position)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT COUNT(*), COALESCE(MAX(position), 0) + 1 FROM contact "
	    "WHERE chamber_id = ? AND COALESCE(company_id, 0) = ?",
	    STORE_ARGS(STORE_INT(c->chamber_id), STORE_INT(c->company_id)));
	*n = *position = 0;
	if (store_next(rows)) {
		*n = store_col_int(rows, 0);
		*position = store_col_int(rows, 1);
	}
	return store_rows_free(rows);
}

/* NULLs are never the same: the chamber's own are looked for. */
static int is_there(struct store_db *db, const struct notify_contact_new *c)
{
	int64_t id;
	int err = store_get_int(db, &id,
	    "SELECT id FROM contact WHERE chamber_id = ? AND COALESCE(company_id, 0) = ? "
	    "AND channel = ? AND address = ?",
	    STORE_ARGS(STORE_INT(c->chamber_id), STORE_INT(c->company_id),
		STORE_TEXT(c->channel), STORE_TEXT(c->address)));

	return err == 0 ? FAIL_CONFLICT : err == FAIL_MISSING ? 0 : err;
}

static int64_t insert(struct store_db *db, const struct notify_contact_new *c,
    int64_t position, const char *secret, int64_t now_us)
{
	int64_t id = 0;
	bool day = c->from_min == 0 && c->to_min == 0;
	int err = store_get_int(db, &id,
	    "INSERT INTO contact (chamber_id, company_id, account_id, name, channel, "
	    "address, lang, severity, reserve, events, from_min, to_min, position, secret, "
	    "seen_change, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	    "(SELECT value FROM change_counter WHERE one = 1), ?) RETURNING id",
	    STORE_ARGS(STORE_INT(c->chamber_id), STORE_ID(c->company_id),
		STORE_ID(c->account_id), STORE_TEXT(c->name ? c->name : ""),
		STORE_TEXT(c->channel), STORE_TEXT(c->address),
		STORE_TEXT(c->lang ? c->lang : "ja"), STORE_INT(c->severity),
		STORE_INT(c->reserve), STORE_INT(c->events), STORE_INT(c->from_min),
		STORE_INT(day ? 1440 : c->to_min), STORE_INT(position),
		STORE_TEXT(secret), STORE_INT(now_us)));

	return err < 0 ? err : id;
}

int64_t notify_contact_add(struct store_db *db, const struct notify_contact_new *c,
    int64_t now_us, char secret[65])
{
	int64_t n = 0, position = 0;
	bool hook = strcmp(c->channel, "webhook") == 0;

	secret[0] = 0;
	if (!notify_channel_address_ok(c->channel, c->address) || (c->events && !hook))
		return FAIL_FORMAT;
	int err = is_there(db, c);
	if (err == 0)
		err = count(db, c, &n, &position);
	if (err < 0)
		return err;
	if (n >= NOTIFY_CONTACTS_MAX)
		return FAIL_LIMIT;
	if (hook)
		make_secret(secret);
	return insert(db, c, position, secret, now_us);
}

int notify_contact_secret(struct store_db *db, int64_t contact_id, char secret[65])
{
	make_secret(secret);
	int err = store_exec(db,
	    "UPDATE contact SET secret = ? WHERE id = ? AND channel = 'webhook'",
	    STORE_ARGS(STORE_TEXT(secret), STORE_INT(contact_id)));
	return err < 0 ? err : store_changed(db) ? 0 : FAIL_MISSING;
}

int notify_contact_remove(struct store_db *db, int64_t contact_id, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE notice SET state = 'cancelled', ended_us = ? WHERE contact_id = ? "
	    "AND state = 'waiting'",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(contact_id)));

	if (err == 0)
		err = store_exec(db,
		    "UPDATE notice SET contact_id = NULL WHERE contact_id = ?",
		    STORE_ARGS(STORE_INT(contact_id)));
	if (err == 0)
		err = store_exec(db, "DELETE FROM contact WHERE id = ?",
		    STORE_ARGS(STORE_INT(contact_id)));
	return err < 0 ? err : store_changed(db) ? 0 : FAIL_MISSING;
}
