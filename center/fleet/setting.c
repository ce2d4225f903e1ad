/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/wire/remote.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which gates a level reaches; {?} is its id. */
static const struct {
	const char *level, *due;
} levels[] = {
	{ "chamber",
	    "UPDATE gate SET config_due = 1 WHERE company_id IN (SELECT id FROM company WHERE "
	    "chamber_id = ?)" },
	{ "group", "UPDATE gate SET config_due = 1 WHERE group_id = ?" },
	{ "company", "UPDATE gate SET config_due = 1 WHERE company_id = ?" },
	{ "site", "UPDATE gate SET config_due = 1 WHERE site_id = ?" },
	{ "gate", "UPDATE gate SET config_due = 1 WHERE id = ?" },
};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static int put(
    struct store_db *db, const struct fleet_by *by, const struct fleet_setting *s)
{
	if (!s->value)
		return store_exec(db,
		    "DELETE FROM gate_setting WHERE level = ? AND level_id = ? AND name = ?",
		    STORE_ARGS(STORE_TEXT(s->level), STORE_INT(s->level_id),
			STORE_TEXT(s->name)));
	return store_exec(db,
	    "INSERT INTO gate_setting (chamber_id, level, level_id, name, value, changed_us, "
	    "changed_by) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (level, level_id, name) DO "
	    "UPDATE SET value = excluded.value, changed_us = excluded.changed_us, changed_by "
	    "= excluded.changed_by",
	    STORE_ARGS(STORE_INT(s->chamber_id), STORE_TEXT(s->level),
		STORE_INT(s->level_id), STORE_TEXT(s->name), STORE_TEXT(s->value),
		STORE_INT(by->now_us), STORE_ID(by->account_id)));
}

int fleet_setting_put(struct store_db *db, const struct fleet_by *by,
    const struct fleet_setting *s, struct buf *why)
{
	char detail[WIRE_VALUE_MAX + 200];
	size_t i = 0;

	while (i < LEVELS && strcmp(levels[i].level, s->level) != 0)
		i++;
	if (i == LEVELS || !wire_remote_find(s->name) ||
	    (s->value && strlen(s->value) > WIRE_VALUE_MAX)) {
		buf_addf(why, "%.64s: not a setting of the centre\n", s->name);
		return FAIL_FORMAT;
	}
	int err = s->value ? wire_remote_check(s->name, s->value, why) : 0;
	if (err == 0)
		err = put(db, by, s);
	if (err == 0)
		err = store_exec(db, levels[i].due, STORE_ARGS(STORE_INT(s->level_id)));
	snprintf(detail, sizeof(detail), "%s %" PRId64 ": %s = %s", s->level,
	    s->level_id, s->name, s->value ? s->value : "(none)");
	return err < 0 ? err
		       : fleet_audit(db, by,
			     strcmp(s->level, "company") == 0 ? s->level_id : 0,
			     "fleet.setting", detail);
}

int fleet_group_join(
    struct store_db *db, const struct fleet_by *by, int64_t gate_id, int64_t group_id)
{
	int64_t company_id = 0;
	char detail[80];
	int err = store_get_int(db, &company_id,
	    "UPDATE gate SET group_id = ?, config_due = 1 WHERE id = ? RETURNING company_id",
	    STORE_ARGS(STORE_ID(group_id), STORE_INT(gate_id)));

	snprintf(detail, sizeof(detail), "gate %" PRId64 ": group %" PRId64, gate_id,
	    group_id);
	return err < 0 ? err : fleet_audit(db, by, company_id, "gate.group", detail);
}

/* Farther levels come first, nearer ones replace them. */
json_t *fleet_setting_effective(struct store_db *db, int64_t gate_id, int *err)
{
	struct store_rows *rows;
	json_t *all = json_object();

	store_query(db, &rows,
	    "SELECT s.name, s.value, s.level FROM gate g JOIN company c ON c.id = "
	    "g.company_id JOIN gate_setting s ON (s.level = 'chamber' AND s.level_id = "
	    "c.chamber_id) OR (s.level = 'group' AND s.level_id = g.group_id) OR (s.level = "
	    "'company' AND s.level_id = c.id) OR (s.level = 'site' AND s.level_id = "
	    "g.site_id) OR (s.level = 'gate' AND s.level_id = g.id) WHERE g.id = ? ORDER BY "
	    "CASE s.level WHEN 'chamber' THEN 0 WHEN 'group' THEN 1 WHEN 'company' THEN 2 "
	    "WHEN 'site' THEN 3 ELSE 4 END, s.name",
	    STORE_ARGS(STORE_INT(gate_id)));
	while (store_next(rows))
		if (wire_remote_find(store_col_text(rows, 0)))
			(void)json_object_set_new(all, store_col_text(rows, 0),
			    json_pack("{s:s, s:s}", "value", store_col_text(rows, 1),
				"level", store_col_text(rows, 2)));
	*err = store_rows_free(rows);
	return all;
}

static void sum_of(const json_t *values, char sum[2 * 32 + 1])
{
	uint8_t hash[32];
	char *text = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);

	crypto_hash_sha256(
	    hash, (const uint8_t *)(text ? text : ""), text ? strlen(text) : 0);
	sodium_bin2hex(sum, 2 * 32 + 1, hash, sizeof(hash));
	free(text);
}

/* Values only, as the order carries them. */
static json_t *plain(const json_t *effective)
{
	json_t *values = json_object(), *entry;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)effective, key, entry)(void)
	    json_object_set(values, key, json_object_get(entry, "value"));
	return values;
}

static int order_if_changed(
    struct store_db *db, const struct fleet_by *by, int64_t gate_id)
{
	int err;
	char sum[2 * 32 + 1], before[2 * 32 + 1] = "";
	struct store_rows *rows;
	json_t *effective = fleet_setting_effective(db, gate_id, &err);
	struct wire_order o = {
		.gate = gate_id, .kind = WIRE_ORDER_CONFIG, .values = plain(effective)
	};

	store_query(db, &rows, "SELECT config_sum FROM gate WHERE id = ?",
	    STORE_ARGS(STORE_INT(gate_id)));
	if (store_next(rows))
		snprintf(before, sizeof(before), "%s", store_col_text(rows, 0));
	int read = store_rows_free(rows);
	err = err < 0 ? err : read;
	sum_of(o.values, sum);
	/* Nobody ever set anything: the gate goes on as it is. */
	bool nothing = !*before && json_object_size(o.values) == 0;
	if (err == 0 && !nothing && strcmp(sum, before) != 0) {
		err = store_get_int(db, &o.version,
		    "UPDATE gate SET config_version = config_version + 1, config_sum = ? "
		    "WHERE id = ? RETURNING config_version",
		    STORE_ARGS(STORE_TEXT(sum), STORE_INT(gate_id)));
		if (err == 0)
			err = fleet_order_add(db, by, &o);
	}
	wire_order_fini(&o);
	json_decref(effective);
	return err;
}

int fleet_setting_settle(struct store_db *db, const struct fleet_by *by)
{
	struct fleet_ids ids;
	int err = fleet_ids_read(db, &ids,
	    "SELECT id FROM gate WHERE config_due = 1 AND fingerprint IS NOT NULL AND "
	    "revoked_us IS NULL ORDER BY id",
	    STORE_NO_ARGS);

	for (unsigned i = 0; i < ids.n && err == 0; i++) {
		err = order_if_changed(db, by, ids.at[i]);
		if (err == 0)
			err = store_exec(db,
			    "UPDATE gate SET config_due = 0 WHERE id = ?",
			    STORE_ARGS(STORE_INT(ids.at[i])));
	}
	return err < 0 ? err : (int)ids.n;
}
