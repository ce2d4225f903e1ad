/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/base/addr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int send(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	struct store_rows *rows;
	struct wire_order o = { .kind = WIRE_ORDER_CONTAIN, .id = id };

	store_query(db, &rows,
	    "SELECT gate_id, mac, ip, reason, until_us FROM containment WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		o.gate = store_col_int(rows, 0);
		snprintf(o.mac, sizeof(o.mac), "%s", store_col_text(rows, 1));
		snprintf(o.ip, sizeof(o.ip), "%s", store_col_text(rows, 2));
		snprintf(o.reason, sizeof(o.reason), "%s", store_col_text(rows, 3));
		o.until_us = store_col_int(rows, 4);
	}
	int err = store_rows_free(rows);
	/* Who asked must know soon whether it was done. */
	o.expires_us = o.until_us ? o.until_us : by->now_us + FLEET_URGENT_LIFE_US;
	return err < 0 ? err : o.gate ? fleet_order_add(db, by, &o) : FAIL_MISSING;
}

/* The company's pages look again. */
static int touch(struct store_db *db, int64_t id)
{
	int64_t company_id = 0;
	int err = store_get_int(db, &company_id,
	    "SELECT company_id FROM containment WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));

	/* A gate may answer for what is not there any more. */
	int64_t change = err < 0 ? err : store_note_change_of(db, company_id);
	return err == FAIL_MISSING ? 0 : change < 0 ? (int)change : 0;
}

static int note(struct store_db *db, const struct fleet_by *by, int64_t company_id,
    const char *action, int64_t id, const char *reason)
{
	char detail[600];
	int err = touch(db, id);

	snprintf(detail, sizeof(detail), "containment %" PRId64 "%s%s", id,
	    *reason ? ": " : "", reason);
	return err < 0 ? err : fleet_audit(db, by, company_id, action, detail);
}

/* By the MAC where it is seen: an address can be given to another machine. */
static int address_fits(struct fleet_contain *c)
{
	uint8_t mac[6];
	struct addr a;

	for (char *l = c->mac; *l; l++)
		if (*l >= 'A' && *l <= 'F')
			*l = (char)(*l - 'A' + 'a');
	if (c->mac[0] && !wire_mac_parse(c->mac, mac))
		return FAIL_FORMAT;
	if (c->ip[0] && addr_parse(c->ip, &a) < 0)
		return FAIL_FORMAT;
	return c->mac[0] || c->ip[0] ? 0 : FAIL_FORMAT;
}

static int taken(struct store_db *db, const struct fleet_contain *c)
{
	int64_t n = 0;
	int err = store_get_int(db, &n,
	    "SELECT count(*) FROM containment WHERE gate_id = ? AND state IN ('asked', "
	    "'cut', 'listening', 'releasing') AND ((mac <> '' AND mac = ?) OR (mac = '' AND "
	    "ip = ?))",
	    STORE_ARGS(STORE_INT(c->gate_id), STORE_TEXT(c->mac), STORE_TEXT(c->ip)));

	return err < 0 ? err : n ? FAIL_CONFLICT : 0;
}

int fleet_contain(
    struct store_db *db, const struct fleet_by *by, struct fleet_contain *c)
{
	int err = fleet_gate_company(db, c->gate_id, &c->company_id);

	if (err == 0)
		err = address_fits(c);
	if (err == 0)
		err = taken(db, c);
	if (err == 0)
		err = store_get_int(db, &c->id,
		    "INSERT INTO containment (company_id, gate_id, machine_id, mac, ip, "
		    "reason, until_us, asked_us, asked_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
		    "RETURNING id",
		    STORE_ARGS(STORE_INT(c->company_id), STORE_INT(c->gate_id),
			STORE_ID(c->machine_id), STORE_TEXT(c->mac), STORE_TEXT(c->ip),
			STORE_TEXT(c->reason), STORE_INT(c->until_us),
			STORE_INT(by->now_us), STORE_ID(by->account_id)));
	if (err == 0)
		err = send(db, by, c->id);
	return err < 0 ? err
		       : note(db, by, c->company_id, "gate.contain", c->id, c->reason);
}

/* The row, if it is in one of those states. */
static int find(struct store_db *db, int64_t id, int64_t *gate_id, int64_t *company_id)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT gate_id, company_id, CASE WHEN state IN ('asked', 'cut', 'listening') "
	    "THEN 1 ELSE 0 END FROM containment WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		*gate_id = store_col_int(rows, 0);
		*company_id = store_col_int(rows, 1);
		found = store_col_int(rows, 2) ? 0 : FAIL_CONFLICT;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int fleet_contain_confirm(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	int64_t gate_id, company_id;
	int err = find(db, id, &gate_id, &company_id);

	if (err == 0)
		err = store_exec(db, "UPDATE containment SET until_us = 0 WHERE id = ?",
		    STORE_ARGS(STORE_INT(id)));
	if (err == 0)
		err = send(db, by, id);
	return err < 0 ? err : note(db, by, company_id, "gate.contain_confirm", id, "");
}

int fleet_release(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	int64_t gate_id, company_id;
	int err = find(db, id, &gate_id, &company_id);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE containment SET state = 'releasing', released_by = ? WHERE id = ?",
		    STORE_ARGS(STORE_ID(by->account_id), STORE_INT(id)));
	struct wire_order o = { .kind = WIRE_ORDER_RELEASE, .id = id };
	if (err == 0) {
		o.gate = gate_id;
		err = fleet_order_add(db, by, &o);
	}
	return err < 0 ? err : note(db, by, company_id, "gate.release", id, "");
}

/* "listening" is the gate's word for: I see it, but nothing passes through me. */
int fleet_contain_ends(struct store_db *db, const struct fleet_result *r)
{
	const char *state = !r->done                           ? "failed"
			    : strcmp(r->why, "listening") == 0 ? "listening"
							       : "cut";

	int err = store_exec(db,
	    "UPDATE containment SET state = ?, why = ?, cut_us = ? WHERE id = ? AND "
	    "gate_id = ? AND state IN ('asked', 'cut', 'listening', 'failed')",
	    STORE_ARGS(STORE_TEXT(state), STORE_TEXT(r->why), STORE_INT(r->now_us),
		STORE_INT(r->thing_id), STORE_INT(r->gate_id)));
	return err < 0 ? err : touch(db, r->thing_id);
}

int fleet_release_ends(struct store_db *db, const struct fleet_result *r)
{
	int err = store_exec(db,
	    "UPDATE containment SET state = ?, why = ?, released_us = ? WHERE id = ? AND "
	    "gate_id = ? AND state = 'releasing'",
	    STORE_ARGS(STORE_TEXT(r->done ? "released" : "cut"), STORE_TEXT(r->why),
		STORE_INT(r->now_us), STORE_INT(r->thing_id), STORE_INT(r->gate_id)));
	return err < 0 ? err : touch(db, r->thing_id);
}

/* What a box that takes another one's place must know again. */
static int again(struct store_db *db, const struct fleet_by *by, int64_t gate_id)
{
	struct fleet_ids ids;
	int err = fleet_ids_read(db, &ids,
	    "SELECT id FROM containment WHERE gate_id = ? AND state IN ('asked', 'cut', "
	    "'listening') ORDER BY id",
	    STORE_ARGS(STORE_INT(gate_id)));

	for (unsigned i = 0; i < ids.n && err == 0; i++)
		err = send(db, by, ids.at[i]);
	return err;
}

int fleet_restate(struct store_db *db, const struct fleet_by *by, int64_t gate_id)
{
	/* What the old box did not fetch, the new one is told below. */
	int err = store_exec(db,
	    "UPDATE gate_order SET state = 'expired', why = 'another box', done_us = ? "
	    "WHERE gate_id = ? AND state IN ('waiting', 'sent')",
	    STORE_ARGS(STORE_INT(by->now_us), STORE_INT(gate_id)));

	if (err == 0)
		err = store_exec(db,
		    "UPDATE containment SET state = 'released', released_us = ? WHERE gate_id "
		    "= ? AND state = 'releasing'",
		    STORE_ARGS(STORE_INT(by->now_us), STORE_INT(gate_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate_exception SET state = 'removed', removed_us = ? WHERE "
		    "gate_id = ? AND state = 'removing'",
		    STORE_ARGS(STORE_INT(by->now_us), STORE_INT(gate_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET config_due = 1, config_sum = '', report = '{}', "
		    "report_us = NULL WHERE id = ?",
		    STORE_ARGS(STORE_INT(gate_id)));
	if (err == 0)
		err = again(db, by, gate_id);
	return err < 0 ? err : fleet_except_again(db, by, gate_id);
}
