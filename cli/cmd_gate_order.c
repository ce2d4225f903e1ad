/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli_gate.h"

#include "center/fleet/fleet.h"
#include "center/ingest/ingest.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* otasuke gate orders | contain | release | except | unexcept | config | swap | keys: what the
 * portal's operators do, for whoever has no portal at hand. */

struct ask {
	struct cli_gate_words w;
	const char *verb, *what, *value, *name;
	int64_t id, made;
	struct fleet_keys *keys;
	struct ingest_ca *ca;
	char code[WIRE_CODE_ROOM];
	struct buf why;
};

static struct fleet_by by_us(const struct ask *a)
{
	return (struct fleet_by){ .keys = a->keys, .now_us = clock_now_us() };
}

static int contain(struct store_db *db, struct ask *a)
{
	struct fleet_by by = by_us(a);
	struct fleet_contain c = { .gate_id = a->id, .reason = a->w.reason };
	int64_t minutes = a->w.minutes ? atoll(a->w.minutes) : 60;

	snprintf(c.mac, sizeof(c.mac), "%s",
	    strchr(a->what, ':') && strlen(a->what) == 17 ? a->what : "");
	snprintf(c.ip, sizeof(c.ip), "%s", c.mac[0] ? "" : a->what);
	c.until_us = minutes > 0 ? by.now_us + minutes * 60000000 : 0;
	int err = fleet_contain(db, &by, &c);
	a->made = c.id;
	return err;
}

static int except(struct store_db *db, struct ask *a)
{
	struct fleet_by by = by_us(a);
	int what = wire_except_find(a->what);
	int64_t days = a->w.days ? atoll(a->w.days) : 30;
	struct fleet_except e = { .gate_id = a->id,
		.what = what < 0 ? WIRE_EXCEPT_HOST : (enum wire_except)what,
		.value = a->value,
		.reason = a->w.reason,
		.until_us = by.now_us + days * INT64_C(86400000000) };

	if (what < 0)
		return FAIL_FORMAT;
	int err = fleet_except(db, &by, &e);
	a->made = e.id;
	return err;
}

static int set(struct store_db *db, struct ask *a)
{
	struct fleet_by by = by_us(a);
	struct fleet_setting s = {
		.level = "gate", .level_id = a->id, .name = a->what, .value = a->value
	};
	int err = store_get_int(db, &s.chamber_id,
	    "SELECT c.chamber_id FROM gate g JOIN company c ON c.id = g.company_id WHERE g.id "
	    "= ?",
	    STORE_ARGS(STORE_INT(a->id)));

	if (err == 0)
		err = fleet_setting_put(db, &by, &s, &a->why);
	if (err == 0)
		err = fleet_setting_settle(db, &by);
	return err < 0 ? err : 0;
}

static int swap(struct store_db *db, struct ask *a)
{
	int64_t until_us, company_id;
	int err = store_get_int(db, &company_id,
	    "SELECT company_id FROM gate WHERE id = ?", STORE_ARGS(STORE_INT(a->id)));

	if (err == 0)
		err = ingest_code_new(
		    db, a->ca, a->id, clock_now_us(), a->code, &until_us);
	if (err == 0)
		err = ingest_code_swap(db, a->id);
	return err < 0 ? err : cli_audit(db, company_id, "gate.swap_code", NULL);
}

static int write_ask(struct store_db *db, void *arg)
{
	struct ask *a = arg;
	struct fleet_by by = by_us(a);

	if (strcmp(a->verb, "contain") == 0)
		return contain(db, a);
	if (strcmp(a->verb, "confirm") == 0)
		return fleet_contain_confirm(db, &by, a->id);
	if (strcmp(a->verb, "release") == 0)
		return fleet_release(db, &by, a->id);
	if (strcmp(a->verb, "except") == 0)
		return except(db, a);
	if (strcmp(a->verb, "unexcept") == 0)
		return fleet_unexcept(db, &by, a->id);
	if (strcmp(a->verb, "config") == 0)
		return set(db, a);
	if (strcmp(a->verb, "keys") == 0)
		return fleet_keys_order(db, &by);
	return swap(db, a);
}

static int show_orders(struct store *s, int64_t id)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;
	char issued[20], done[20];

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT number, kind, thing_id, state, issued_us, done_us, why FROM gate_order "
	    "WHERE gate_id = ? ORDER BY number DESC LIMIT 50",
	    STORE_ARGS(STORE_INT(id)));
	printf("%6s  %-9s %6s  %-8s %-17s %-17s %s\n", "number", "kind", "thing",
	    "state", "issued", "done", "why");
	while (store_next(rows))
		printf("%6" PRId64 "  %-9s %6" PRId64 "  %-8s %-17s %-17s %s\n",
		    store_col_int(rows, 0), store_col_text(rows, 1),
		    store_col_int(rows, 2), store_col_text(rows, 3),
		    cli_time(store_col_int(rows, 4), issued),
		    cli_time(store_col_int(rows, 5), done), store_col_text(rows, 6));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static void print_config(const json_t *wanted, const json_t *runs)
{
	const char *key;
	json_t *run;

	printf("%-20s %-24s %-9s %-24s %s\n", "setting", "centre", "level", "gate",
	    "from");
	json_object_foreach((json_t *)(uintptr_t)runs, key, run)
	{
		const json_t *want = json_object_get(wanted, key);
		const char *value = json_string_value(json_object_get(want, "value"));
		const char *level = json_string_value(json_object_get(want, "level"));
		const char *is = json_string_value(json_object_get(run, "value"));
		const char *from = json_string_value(json_object_get(run, "from"));
		printf("%-20s %-24s %-9s %-24s %s%s\n", key, value ? value : "-",
		    level ? level : "-", is ? is : "-", from ? from : "-",
		    value && is && strcmp(value, is) != 0 ? "  differs" : "");
	}
	if (json_object_size(runs) == 0)
		printf("the gate has not said yet what it runs\n");
}

static int show_config(struct store *s, int64_t id)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;
	json_t *report = NULL;
	int err = 0;

	if (!db)
		return CLI_FAILED;
	json_t *wanted = fleet_setting_effective(db, id, &err);
	store_query(db, &rows, "SELECT report FROM gate WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows))
		report = json_loads(store_col_text(rows, 0), 0, NULL);
	int read = store_rows_free(rows);
	store_read_done(s, db);
	if (err == 0 && read == 0)
		print_config(wanted, json_object_get(report, "config"));
	json_decref(wanted);
	json_decref(report);
	return err < 0 || read < 0 ? CLI_FAILED : CLI_DONE;
}

static const char *why_of(const struct ask *a, int err)
{
	switch (err) {
	case FAIL_MISSING:
		return "there is no such thing";
	case FAIL_DENIED:
		return "this gate has not joined, or it was revoked";
	case FAIL_CONFLICT:
		return "it is so already, or it has ended";
	case FAIL_FORMAT:
		return strcmp(a->verb, "config") == 0
			   ? "not a value for that setting"
			   : "not an address, host or rule number";
	case FAIL_LIMIT:
		return "at most 366 days";
	default:
		return "the reason stands above";
	}
}

static int turn_keys(const char *dir)
{
	int err = fleet_keys_turn(dir);

	if (err == 0)
		printf("the next key signs from now on: restart the centre, then "
		       "\"otasuke gate keys announce\"\n");
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(struct store *s, struct ask *a, const char *dir)
{
	a->keys = fleet_keys_open(dir);
	a->ca = strcmp(a->verb, "swap") == 0 ? ingest_ca_open(dir) : NULL;
	buf_init(&a->why, 1024);
	int err = a->keys ? store_write(s, write_ask, a) : FAIL_IO;
	if (err < 0)
		fprintf(stderr, "otasuke gate %s: %s\n%s", a->verb, why_of(a, err),
		    a->why.len ? buf_text(&a->why) : "");
	else if (a->code[0])
		printf("%s\n", a->code);
	else if (a->made)
		printf("%" PRId64 "\n", a->made);
	buf_fini(&a->why);
	ingest_ca_close(a->ca);
	fleet_keys_close(a->keys);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

/* VERB, and how many words stand behind it: N, WHAT, VALUE. */
static const struct {
	const char *verb;
	int least, most;
	bool reason;
} verbs[] = {
	{ "orders", 1, 1, false },
	{ "contain", 2, 2, true },
	{ "confirm", 1, 1, false },
	{ "release", 1, 1, false },
	{ "except", 3, 3, true },
	{ "unexcept", 1, 1, false },
	{ "config", 1, 3, false },
	{ "swap", 1, 1, false },
	{ "keys", 1, 1, false },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

bool cli_gate_is_order(const char *verb)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].verb, verb) == 0)
			return true;
	return false;
}

static bool fits(const char *const *words, int n, const struct cli_gate_words *w)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].verb, words[0]) != 0)
			continue;
		if (n - 1 < verbs[i].least || n - 1 > verbs[i].most) {
			fprintf(stderr, "otasuke gate %s: see --help\n", words[0]);
			return false;
		}
		if (verbs[i].reason && !w->reason)
			fprintf(
			    stderr, "otasuke gate %s: --reason is needed\n", words[0]);
		return !verbs[i].reason || w->reason;
	}
	return false;
}

int cli_gate_order(
    const char *const *words, int n, const struct cli_gate_words *w, const char *data)
{
	struct ask a = {
		.w = *w, .verb = words[0], .what = words[2], .value = words[3]
	};
	bool keys = strcmp(words[0], "keys") == 0;
	char dir[4096];

	if (!fits(words, n, w))
		return CLI_USAGE;
	snprintf(dir, sizeof(dir), "%s/ca", data);
	if (keys && strcmp(words[1], "turn") == 0)
		return turn_keys(dir);
	a.id = keys ? 1 : cli_id(words[1], "the number");
	if (a.id < 0 || (keys && strcmp(words[1], "announce") != 0))
		return CLI_USAGE;
	if (!a.value[0])
		a.value = NULL;
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	int status = strcmp(a.verb, "orders") == 0 ? show_orders(s, a.id)
		     : strcmp(a.verb, "config") == 0 && !a.what[0]
			 ? show_config(s, a.id)
			 : run(s, &a, dir);
	store_close(s);
	return status;
}
