/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_MAX     300
#define RESULTS_MAX 200

static int (*const thing_ends[WIRE_ORDER_KIND_MAX])(
    struct store_db *db, const struct fleet_result *r) = {
	[WIRE_ORDER_CONTAIN] = fleet_contain_ends,
	[WIRE_ORDER_RELEASE] = fleet_release_ends,
	[WIRE_ORDER_EXCEPT] = fleet_except_ends,
	[WIRE_ORDER_UNEXCEPT] = fleet_unexcept_ends,
	[WIRE_ORDER_BUNDLE] = fleet_bundle_ends,
};

static int order_ends(
    struct store_db *db, const struct fleet_result *r, int64_t number, const char *word)
{
	struct store_rows *rows;
	enum wire_order_kind kind = WIRE_ORDER_KIND_MAX;
	struct fleet_result about = *r;

	store_query(db, &rows,
	    "UPDATE gate_order SET state = ?, why = ?, done_us = ? WHERE gate_id = ? AND "
	    "number = ? AND state IN ('waiting', 'sent', 'expired') RETURNING kind, "
	    "thing_id",
	    STORE_ARGS(STORE_TEXT(word), STORE_TEXT(r->why), STORE_INT(r->now_us),
		STORE_INT(r->gate_id), STORE_INT(number)));
	if (store_next(rows)) {
		kind = wire_order_find(store_col_text(rows, 0));
		about.thing_id = store_col_int(rows, 1);
	}
	int err = store_rows_free(rows);
	if (err < 0 || kind == WIRE_ORDER_KIND_MAX || !thing_ends[kind])
		return err; /* an answer that came twice changes nothing */
	return thing_ends[kind](db, &about);
}

/* What the gate would not even number: somebody sent it another gate's order, an old one, one
 * that nobody signed. */
static int finding(struct store_db *db, const struct fleet_result *r)
{
	struct fleet_by by = { .now_us = r->now_us };
	int64_t company_id = 0;
	char detail[WHY_MAX + 60];
	int err = fleet_gate_company(db, r->gate_id, &company_id);

	snprintf(detail, sizeof(detail), "gate %" PRId64 ": %s", r->gate_id, r->why);
	return err < 0 ? err
		       : fleet_audit(db, &by, company_id, "gate.order_refused", detail);
}

/* Inspect began anew while a bundle is watched. */
static int note_boot(struct store_db *db, int64_t gate_id, const json_t *runs)
{
	struct store_rows *rows;
	json_t *before = NULL;

	store_query(db, &rows, "SELECT report FROM gate WHERE id = ?",
	    STORE_ARGS(STORE_INT(gate_id)));
	if (store_next(rows))
		before = json_loads(store_col_text(rows, 0), 0, NULL);
	int err = store_rows_free(rows);
	json_int_t was = json_integer_value(json_object_get(before, "started_us"));
	json_int_t is = json_integer_value(json_object_get(runs, "started_us"));
	json_decref(before);
	if (err < 0 || !was || !is || was == is)
		return err;
	return store_exec(db,
	    "UPDATE rollout_gate SET boots = boots + 1 WHERE gate_id = ? AND state = 'runs'",
	    STORE_ARGS(STORE_INT(gate_id)));
}

static int one_result(struct store_db *db, struct fleet_result *r, const json_t *result)
{
	const char *word = json_string_value(json_object_get(result, "result"));
	const char *why = json_string_value(json_object_get(result, "why"));
	int64_t number = json_integer_value(json_object_get(result, "number"));
	char short_why[WHY_MAX];

	if (!word || (strcmp(word, "done") != 0 && strcmp(word, "failed") != 0 &&
			 strcmp(word, "refused") != 0))
		return FAIL_FORMAT;
	snprintf(short_why, sizeof(short_why), "%.*s",
	    why && strlen(why) < sizeof(short_why) ? (int)strlen(why) : 0,
	    why ? why : "");
	r->why = short_why;
	r->done = strcmp(word, "done") == 0;
	return number > 0 ? order_ends(db, r, number, word) : finding(db, r);
}

int fleet_report_take(
    struct store_db *db, int64_t gate_id, const json_t *report, int64_t now_us)
{
	struct fleet_result r = { .gate_id = gate_id, .now_us = now_us };
	const json_t *results = json_object_get(report, "results"), *result;
	const json_t *runs = json_object_get(report, "runs");
	size_t i;
	int err = 0;

	if (!json_is_object(report) || (results && !json_is_array(results)) ||
	    (runs && !json_is_object(runs)) || json_array_size(results) > RESULTS_MAX)
		return FAIL_FORMAT;
	json_array_foreach(results, i, result)
	{
		if (err == 0)
			err = one_result(db, &r, result);
	}
	if (err == 0 && runs)
		err = note_boot(db, gate_id, runs);
	char *text = err == 0 && runs ? json_dumps(runs, JSON_COMPACT) : NULL;
	if (text)
		err = store_exec(db,
		    "UPDATE gate SET report = ?, report_us = ? WHERE id = ?",
		    STORE_ARGS(
			STORE_TEXT(text), STORE_INT(now_us), STORE_INT(gate_id)));
	free(text);
	int64_t change = err < 0 ? err : store_note_change(db);
	return change < 0 ? (int)change : 0;
}
