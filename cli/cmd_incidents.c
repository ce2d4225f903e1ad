/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/record/record.h"

#include <stdio.h>

#define SHOWN 50

int cmd_incidents(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET;
	bool all = false;
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "all", NULL, &all, false, "those that are done, too" },
		{ 0 },
	};
	int status;

	if (cli_options(argc, argv, "incidents [--all]", options, NULL, 0, &status) < 0)
		return status;
	struct store *s = cli_store(data);
	struct store_db *db = s ? store_read(s) : NULL;
	if (!db) {
		store_close(s);
		return CLI_FAILED;
	}
	enum record_lang lang = cli_in_japanese() ? RECORD_JA : RECORD_EN;
	struct store_rows *rows;
	char when[20];
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
	int err = store_rows_free(rows);
	store_read_done(s, db);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}
