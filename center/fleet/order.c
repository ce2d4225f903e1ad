/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fleet_gate_company(struct store_db *db, int64_t gate_id, int64_t *company_id)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT company_id, fingerprint, revoked_us FROM gate WHERE id = ?",
	    STORE_ARGS(STORE_INT(gate_id)));
	if (store_next(rows)) {
		*company_id = store_col_int(rows, 0);
		found = store_col_null(rows, 1) || !store_col_null(rows, 2)
			    ? FAIL_DENIED
			    : 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int fleet_ids_read(
    struct store_db *db, struct fleet_ids *ids, const char *sql, struct store_args args)
{
	struct store_rows *rows;

	ids->n = 0;
	store_query(db, &rows, sql, args);
	while (ids->n < FLEET_SETTLE_MOST && store_next(rows))
		ids->at[ids->n++] = store_col_int(rows, 0);
	return store_rows_free(rows);
}

int fleet_audit(struct store_db *db, const struct fleet_by *by, int64_t company_id,
    const char *action, const char *detail)
{
	struct store_audit line = { .at_us = by->now_us,
		.account_id = by->account_id,
		.company_id = company_id,
		.action = action,
		.detail = detail };

	return store_audit(db, &line);
}

static int keep(struct store_db *db, const struct fleet_by *by,
    const struct wire_order *o, int64_t company_id, struct buf *text)
{
	char signature[SIGN_TEXT_ROOM];

	sign_make(&by->keys->now, SIGN_ORDER, buf_span(text), signature);
	int err = store_exec(db,
	    "INSERT INTO gate_order (gate_id, company_id, number, kind, thing_id, text, "
	    "signature, key, account_id, issued_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, "
	    "?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(o->gate), STORE_INT(company_id), STORE_INT(o->number),
		STORE_TEXT(wire_order_name(o->kind)),
		STORE_INT(o->id ? o->id : o->version), STORE_SPAN(buf_span(text)),
		STORE_TEXT(signature), STORE_TEXT(by->keys->now.public),
		STORE_ID(by->account_id), STORE_INT(o->issued_us),
		STORE_INT(o->expires_us)));
	/* Whoever waits at the door looks again. */
	int64_t change = err < 0 ? err : store_note_change_of(db, company_id);
	return change < 0 ? (int)change : 0;
}

int fleet_order_add(
    struct store_db *db, const struct fleet_by *by, struct wire_order *o)
{
	int64_t company_id = 0;
	struct buf text;

	must(by->keys);
	o->issued_us = by->now_us;
	/* A gate's clock may be behind: it may act at once. */
	o->not_before_us = 0;
	if (!o->expires_us)
		o->expires_us = by->now_us + FLEET_ORDER_LIFE_US;
	int err = store_get_int(db, &company_id,
	    "SELECT company_id FROM gate WHERE id = ?", STORE_ARGS(STORE_INT(o->gate)));
	if (err == 0)
		err = store_get_int(db, &o->number,
		    "UPDATE gate SET order_number = order_number + 1 WHERE id = ? "
		    "RETURNING order_number",
		    STORE_ARGS(STORE_INT(o->gate)));
	if (err < 0)
		return err;
	buf_init(&text, WIRE_ORDER_MAX);
	err = wire_order_write(o, &text);
	if (err == 0)
		err = keep(db, by, o, company_id, &text);
	buf_fini(&text);
	return err;
}

#define BEHIND                                                     \
	" FROM gate_order WHERE state IN ('waiting', 'sent') AND " \
	"gate_id = ? AND number > ? AND expires_us > ?"

int fleet_order_fetch(
    struct store_db *db, int64_t gate_id, int64_t after, int64_t now_us, json_t *list)
{
	struct store_rows *rows;
	int64_t last = 0;

	store_query(db, &rows,
	    "SELECT number, text, signature, key" BEHIND " ORDER BY number LIMIT ?",
	    STORE_ARGS(STORE_INT(gate_id), STORE_INT(after), STORE_INT(now_us),
		STORE_INT(WIRE_ORDERS_MAX)));
	while (store_next(rows)) {
		last = store_col_int(rows, 0);
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "text", store_col_text(rows, 1),
			      "signature", store_col_text(rows, 2), "key",
			      store_col_text(rows, 3)));
	}
	int err = store_rows_free(rows);
	if (err < 0 || !last)
		return err;
	return store_exec(db,
	    "UPDATE gate_order SET state = 'sent', sent_us = ? WHERE state = 'waiting' AND "
	    "gate_id = ? AND number > ? AND number <= ?",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id), STORE_INT(after),
		STORE_INT(last)));
}

int fleet_order_waits(
    struct store_db *db, int64_t gate_id, int64_t after, int64_t now_us)
{
	int64_t n = 0;
	int err = store_get_int(db, &n, "SELECT count(*)" BEHIND,
	    STORE_ARGS(STORE_INT(gate_id), STORE_INT(after), STORE_INT(now_us)));

	return err < 0 ? err : n > 0;
}

int fleet_order_waiting(
    struct store_db *db, int64_t now_us, struct fleet_waiting **list, size_t *count)
{
	struct store_rows *rows;
	size_t room = 0;

	*list = NULL;
	*count = 0;
	store_query(db, &rows,
	    "SELECT gate_id, max(number) FROM gate_order WHERE state = 'waiting' AND "
	    "expires_us > ? GROUP BY gate_id ORDER BY gate_id",
	    STORE_ARGS(STORE_INT(now_us)));
	while (store_next(rows)) {
		if (*count == room) {
			room = room ? 2 * room : 64;
			void *more = reallocarray(*list, room, sizeof(**list));
			if (!more)
				break; /* the others are looked at in a moment */
			*list = more;
		}
		(*list)[(*count)++] = (struct fleet_waiting){ store_col_int(rows, 0),
			store_col_int(rows, 1) };
	}
	return store_rows_free(rows);
}

int fleet_expire(struct store_db *db, int64_t now_us)
{
	static const char *const ends[] = {
		"UPDATE gate_order SET state = 'expired', done_us = ? WHERE state IN "
		"('waiting', 'sent') AND expires_us <= ?",
		"UPDATE containment SET state = 'ended', released_us = ? WHERE state IN "
		"('asked', 'cut', 'listening', 'releasing') AND until_us > 0 AND until_us <= ?",
		"UPDATE gate_exception SET state = 'ended', removed_us = ? WHERE state IN "
		"('asked', 'active', 'removing') AND until_us <= ?",
	};
	int err = 0;
	int64_t ended = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && err == 0; i++) {
		err = store_exec(
		    db, ends[i], STORE_ARGS(STORE_INT(now_us), STORE_INT(now_us)));
		ended += err == 0 ? store_changed(db) : 0;
	}
	if (err == 0)
		err = store_exec(db,
		    "UPDATE containment SET state = 'failed', why = 'the gate did not "
		    "answer' WHERE state = 'asked' AND NOT EXISTS (SELECT 1 FROM gate_order o "
		    "WHERE o.gate_id = containment.gate_id AND o.thing_id = containment.id "
		    "AND o.kind = 'contain' AND o.state IN ('waiting', 'sent'))",
		    STORE_NO_ARGS);
	/* The gate was away for longer than the order lived: it still holds, and may be asked
	 * again. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE containment SET state = 'cut', why = 'the gate did not answer' "
		    "WHERE state = 'releasing' AND NOT EXISTS (SELECT 1 FROM gate_order o "
		    "WHERE o.gate_id = containment.gate_id AND o.thing_id = containment.id "
		    "AND o.kind = 'release' AND o.state IN ('waiting', 'sent'))",
		    STORE_NO_ARGS);
	ended += err == 0 ? store_changed(db) : 0;
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate_exception SET state = 'active', why = 'the gate did not "
		    "answer' WHERE state = 'removing' AND NOT EXISTS (SELECT 1 FROM "
		    "gate_order o WHERE o.gate_id = gate_exception.gate_id AND o.thing_id = "
		    "gate_exception.id AND o.kind = 'unexcept' AND o.state IN ('waiting', "
		    "'sent'))",
		    STORE_NO_ARGS);
	ended += err == 0 ? store_changed(db) : 0;
	int64_t change = err == 0 && ended ? store_note_change(db) : err;
	return change < 0 ? (int)change : 0;
}

static int order_keys(struct store_db *db, const struct fleet_by *by, int64_t gate_id)
{
	struct wire_order o = { .gate = gate_id,
		.kind = WIRE_ORDER_KEYS,
		.expires_us = by->now_us + 8 * FLEET_ORDER_LIFE_US };

	memcpy(o.keys[0], by->keys->now.public, sizeof(o.keys[0]));
	memcpy(o.keys[1], by->keys->next.public, sizeof(o.keys[1]));
	return fleet_order_add(db, by, &o);
}

int fleet_keys_order(struct store_db *db, const struct fleet_by *by)
{
	struct fleet_ids ids;
	int64_t last = 0;
	int err = 0;

	do {
		err = fleet_ids_read(db, &ids,
		    "SELECT id FROM gate WHERE id > ? AND fingerprint IS NOT NULL AND "
		    "revoked_us IS NULL ORDER BY id",
		    STORE_ARGS(STORE_INT(last)));
		for (unsigned i = 0; i < ids.n && err == 0; i++)
			err = order_keys(db, by, last = ids.at[i]);
	} while (err == 0 && ids.n == FLEET_SETTLE_MOST);
	return err < 0 ? err
		       : fleet_audit(db, by, 0, "fleet.keys", by->keys->next.public);
}
