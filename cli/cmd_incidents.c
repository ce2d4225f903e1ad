/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/incident/incident.h"
#include "lib/base/clock.h"
#include "lib/record/record.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOWN 50

#define complain(...) (fprintf(stderr, "otasuke: " __VA_ARGS__), fputc('\n', stderr))

/* ---- one ---- */

static void print_why(const char *text, enum record_lang lang)
{
	struct incident_why why;

	incident_why_read(text, &why);
	for (unsigned i = 0; i < why.n; i++) {
		struct buf said;
		buf_init(&said, 1024);
		incident_reason_say(why.at[i].reason, lang, why.at[i].n, &said);
		printf("  %s (%s)\n", buf_text(&said),
		    incident_reason_id(why.at[i].reason));
		buf_fini(&said);
	}
}

static int print_history(struct store_db *db, int64_t id)
{
	struct store_rows *rows;
	char when[20];

	store_query(db, &rows,
	    "SELECT l.at_us, COALESCE(a.name, ''), l.action, l.detail FROM audit l "
	    "LEFT JOIN account a ON a.id = l.account_id WHERE l.incident_id = ? "
	    "ORDER BY l.id LIMIT 200",
	    STORE_ARGS(STORE_INT(id)));
	while (store_next(rows))
		printf("  %s %s %s %s\n", cli_time(store_col_int(rows, 0), when),
		    store_col_text(rows, 2), store_col_text(rows, 3),
		    store_col_text(rows, 1));
	return store_rows_free(rows);
}

/* What it is, why it is so severe, what happened to it. */
static int show(struct store_db *db, int64_t id, enum record_lang lang)
{
	struct store_rows *rows;
	bool found;

	store_query(db, &rows,
	    "SELECT i.severity, i.cause, i.state, i.outcome, c.name, i.what, i.peer, "
	    "i.events, i.why, i.parent_id, i.merged_into, i.campaign_id, "
	    "i.suppression_id FROM incident i JOIN company c ON c.id = i.company_id "
	    "WHERE i.id = ?",
	    STORE_ARGS(STORE_INT(id)));
	found = store_next(rows);
	if (found) {
		static const char *const links[] = { "story", "merged into", "campaign",
			"suppression" };
		enum record_cause cause = record_cause_find(store_col_text(rows, 1));
		printf("%lld %s %s %s%s%s | %s | %s %s | ×%lld\n", (long long)id,
		    record_severity_name(
			(enum record_severity)store_col_int(rows, 0), lang),
		    cause < RECORD_CAUSE_MAX ? record_cause_title(cause, lang)
					     : store_col_text(rows, 1),
		    store_col_text(rows, 2), *store_col_text(rows, 3) ? " " : "",
		    store_col_text(rows, 3), store_col_text(rows, 4),
		    store_col_text(rows, 5), store_col_text(rows, 6),
		    (long long)store_col_int(rows, 7));
		print_why(store_col_text(rows, 8), lang);
		for (unsigned i = 0; i < 4; i++)
			if (!store_col_null(rows, 9 + i))
				printf("  %s %lld\n", links[i],
				    (long long)store_col_int(rows, 9 + i));
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = found ? print_history(db, id) : FAIL_MISSING;
	return err;
}

/* ---- moving one ---- */

static int move(struct store_db *db, void *arg)
{
	return incident_move(db, arg);
}

static int move_one(
    struct store *s, int64_t id, const char *to, const char *outcome, const char *note)
{
	struct incident_move m = { .incident_id = id,
		.now_us = clock_now_us(),
		.to = incident_state_find(to),
		.outcome = incident_outcome_find(outcome ? outcome : ""),
		.note = note };
	int err = m.to == INCIDENT_STATE_MAX || m.outcome == INCIDENT_OUTCOME_MAX
		      ? FAIL_FORMAT
		      : store_write(s, move, &m);

	if (err == FAIL_FORMAT)
		complain("states: new checking working watching done; with done, and "
			 "only then, an --outcome");
	else if (err == FAIL_CONFLICT)
		complain("it cannot go there from where it is");
	else if (err == FAIL_MISSING)
		complain("there is no incident %lld", (long long)id);
	return err;
}

int cmd_incidents(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET;
	const char *one = NULL, *to = NULL, *outcome = NULL, *note = NULL;
	bool all = false;
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "all", NULL, &all, false, "those that are done, too" },
		{ "show", &one, NULL, false, "one: why it is so severe, its history" },
		{ "move", &to, NULL, false, "with --show: its new state" },
		{ "outcome", &outcome, NULL, false, "with --move done: how it ended" },
		{ "note", &note, NULL, false, "with --move: for its history" },
		{ 0 },
	};
	int status;

	if (cli_options(argc, argv, "incidents [--all] [--show N [--move STATE]]",
		options, NULL, 0, &status) < 0)
		return status;
	struct store *s = cli_store(data);
	int err = 0;
	if (s && one && to)
		err = move_one(s, (int64_t)cli_id(one, "--show"), to, outcome, note);
	if (err < 0) {
		store_close(s);
		return CLI_FAILED;
	}
	struct store_db *db = s ? store_read(s) : NULL;
	if (!db) {
		store_close(s);
		return CLI_FAILED;
	}
	enum record_lang lang = cli_in_japanese() ? RECORD_JA : RECORD_EN;
	struct store_rows *rows;
	char when[20];
	if (one) {
		err = show(db, (int64_t)cli_id(one, "--show"), lang);
		if (err == FAIL_MISSING)
			complain("there is no incident %s", one);
		store_read_done(s, db);
		store_close(s);
		return err < 0 ? CLI_FAILED : CLI_DONE;
	}
	store_query(db, &rows,
	    "SELECT i.id, i.severity, i.cause, i.stopped, i.events, i.last_us, c.name, "
	    "coalesce(nullif(m.name, ''), m.mac, ''), i.what, i.state "
	    "FROM incident i JOIN company c ON c.id = i.company_id "
	    "LEFT JOIN machine m ON m.id = i.machine_id "
	    "WHERE i.state <> 'done' OR ? = 1 ORDER BY i.last_us DESC LIMIT ?",
	    STORE_ARGS(STORE_INT(all), STORE_INT(SHOWN)));
	while (store_next(rows)) {
		enum record_cause cause = record_cause_find(store_col_text(rows, 2));
		printf("%5lld %s %s %s%s | %s | %s | %s | ×%lld\n",
		    (long long)store_col_int(rows, 0),
		    cli_time(store_col_int(rows, 5), when),
		    record_severity_name(
			(enum record_severity)store_col_int(rows, 1), lang),
		    cause < RECORD_CAUSE_MAX ? record_cause_title(cause, lang)
					     : store_col_text(rows, 2),
		    store_col_int(rows, 3)
			? (lang == RECORD_JA ? "（止めました）" : " (stopped)")
			: "",
		    store_col_text(rows, 6), store_col_text(rows, 7),
		    store_col_text(rows, 8), (long long)store_col_int(rows, 4));
	}
	err = store_rows_free(rows);
	store_read_done(s, db);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}
