/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/base/addr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A name as it is asked for; a rule's number, "1:2024897" with its group too; a machine's MAC
 * or address. */
static bool value_fits(enum wire_except what, const char *value)
{
	uint8_t mac[6];
	struct addr a;
	size_t len = strlen(value);

	if (len == 0 || len > 253)
		return false;
	switch (what) {
	case WIRE_EXCEPT_HOST:
		return strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
			   len &&
		       value[0] != '.' && value[len - 1] != '.' && strchr(value, '.');
	case WIRE_EXCEPT_SIGNATURE:
		return strspn(value, "0123456789") == len && len <= 10;
	default:
		return wire_mac_parse(value, mac) || addr_parse(value, &a) == 0;
	}
}

static int send(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	struct store_rows *rows;
	struct wire_order o = { .kind = WIRE_ORDER_EXCEPT, .id = id };

	store_query(db, &rows,
	    "SELECT gate_id, what, value, reason, until_us FROM gate_exception WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		int what = wire_except_find(store_col_text(rows, 1));
		o.gate = store_col_int(rows, 0);
		o.what = what < 0 ? WIRE_EXCEPT_HOST : (enum wire_except)what;
		snprintf(o.value, sizeof(o.value), "%s", store_col_text(rows, 2));
		snprintf(o.reason, sizeof(o.reason), "%s", store_col_text(rows, 3));
		o.until_us = store_col_int(rows, 4);
		o.expires_us = o.until_us;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : o.gate ? fleet_order_add(db, by, &o) : FAIL_MISSING;
}

int fleet_except(struct store_db *db, const struct fleet_by *by, struct fleet_except *e)
{
	char detail[900];
	int err = fleet_gate_company(db, e->gate_id, &e->company_id);

	if (err == 0 && !value_fits(e->what, e->value))
		err = FAIL_FORMAT;
	if (err == 0 && (e->until_us <= by->now_us ||
			    e->until_us - by->now_us > FLEET_EXCEPT_MOST_US))
		err = FAIL_LIMIT;
	if (err == 0)
		err = store_get_int(db, &e->id,
		    "INSERT INTO gate_exception (company_id, gate_id, what, value, reason, "
		    "until_us, asked_us, asked_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING "
		    "id",
		    STORE_ARGS(STORE_INT(e->company_id), STORE_INT(e->gate_id),
			STORE_TEXT(wire_except_name(e->what)), STORE_TEXT(e->value),
			STORE_TEXT(e->reason), STORE_INT(e->until_us),
			STORE_INT(by->now_us), STORE_ID(by->account_id)));
	if (err == 0)
		err = send(db, by, e->id);
	snprintf(detail, sizeof(detail), "exception %" PRId64 ": %s %s: %s", e->id,
	    wire_except_name(e->what), e->value, e->reason);
	return err < 0 ? err
		       : fleet_audit(db, by, e->company_id, "gate.except", detail);
}

int fleet_unexcept(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	struct wire_order o = { .kind = WIRE_ORDER_UNEXCEPT, .id = id };
	int64_t company_id = 0;
	char detail[60];
	int err = store_get_int(db, &o.gate,
	    "UPDATE gate_exception SET state = 'removing', removed_by = ? WHERE id = ? AND "
	    "state IN ('asked', 'active') RETURNING gate_id",
	    STORE_ARGS(STORE_ID(by->account_id), STORE_INT(id)));

	if (err == 0)
		err = store_get_int(db, &company_id,
		    "SELECT company_id FROM gate_exception WHERE id = ?",
		    STORE_ARGS(STORE_INT(id)));
	if (err == 0)
		err = fleet_order_add(db, by, &o);
	snprintf(detail, sizeof(detail), "exception %" PRId64, id);
	return err < 0 ? err : fleet_audit(db, by, company_id, "gate.unexcept", detail);
}

int fleet_except_ends(struct store_db *db, const struct fleet_result *r)
{
	return store_exec(db,
	    "UPDATE gate_exception SET state = ?, why = ? WHERE id = ? AND gate_id = ? AND "
	    "state IN ('asked', 'active', 'failed')",
	    STORE_ARGS(STORE_TEXT(r->done ? "active" : "failed"), STORE_TEXT(r->why),
		STORE_INT(r->thing_id), STORE_INT(r->gate_id)));
}

int fleet_unexcept_ends(struct store_db *db, const struct fleet_result *r)
{
	return store_exec(db,
	    "UPDATE gate_exception SET state = ?, why = ?, removed_us = ? WHERE id = ? AND "
	    "gate_id = ? AND state = 'removing'",
	    STORE_ARGS(STORE_TEXT(r->done ? "removed" : "active"), STORE_TEXT(r->why),
		STORE_INT(r->now_us), STORE_INT(r->thing_id), STORE_INT(r->gate_id)));
}

int fleet_except_again(struct store_db *db, const struct fleet_by *by, int64_t gate_id)
{
	struct fleet_ids ids;
	int err = fleet_ids_read(db, &ids,
	    "SELECT id FROM gate_exception WHERE gate_id = ? AND until_us > ? AND state IN "
	    "('asked', 'active') ORDER BY id",
	    STORE_ARGS(STORE_INT(gate_id), STORE_INT(by->now_us)));

	for (unsigned i = 0; i < ids.n && err == 0; i++)
		err = send(db, by, ids.at[i]);
	return err;
}
