/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/fleet/fleet.h"
#include "center/publish/federation/federation.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* otasuke advisory: what a (national) centre wants companies to know, signed. */

#define DAY_US      INT64_C(86400000000)
#define PRESET_DAYS 30
#define TEXT_MAX    4000u

struct job {
	const char *verb;
	struct fleet_keys *keys;
	struct federation_advisory a;
	int64_t id;
};

static int write_job(struct store_db *db, void *arg)
{
	struct job *j = arg;
	int64_t chamber = 0;

	if (strcmp(j->verb, "withdraw") == 0)
		return federation_advisory_withdraw(
		    db, &j->keys->now, j->id, clock_now_us());
	int err = cli_chamber(db, NULL, &chamber);
	return err < 0 ? err
		       : federation_advisory_make(
			     db, &j->keys->now, chamber, &j->a, clock_now_us(), &j->id);
}

static int write(const char *data, struct job *j)
{
	struct store *s = cli_store(data);
	char dir[PATH_MAX];

	if (!s)
		return CLI_FAILED;
	(void)snprintf(dir, sizeof(dir), "%s/ca", data);
	j->keys = fleet_keys_open(dir);
	int err = j->keys ? store_write(s, write_job, j) : FAIL_IO;
	if (err == FAIL_MISSING)
		fprintf(stderr,
		    "otasuke advisory: there is no such advisory made here that holds, or no "
		    "chamber yet\n");
	else if (err < 0)
		fprintf(stderr, "otasuke advisory: not done\n");
	else if (strcmp(j->verb, "add") == 0)
		printf("%" PRId64 "\n", j->id);
	if (j->keys)
		fleet_keys_close(j->keys);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int list(const char *data)
{
	static const char *const severities[] = { "log", "caution", "urgent" };
	struct store *s = cli_store(data);
	struct store_db *db = s ? store_read(s) : NULL;
	struct store_rows *rows;
	char from[20], until[20];

	if (!db) {
		if (s)
			store_close(s);
		return CLI_FAILED;
	}
	(void)store_query(db, &rows,
	    "SELECT id, body, severity, from_us, until_us, own, withdrawn, shown_us FROM "
	    "advisory ORDER BY id DESC LIMIT 200",
	    STORE_NO_ARGS);
	while (store_next(rows)) {
		json_t *o = json_loads(store_col_text(rows, 1), 0, NULL);
		const char *title = json_string_value(json_object_get(o, "title_ja"));
		printf("%6" PRId64 "  %-7s  %s – %s  %s%s%s  %s\n",
		    store_col_int(rows, 0), severities[store_col_int(rows, 2) % 3],
		    cli_time(store_col_int(rows, 3), from),
		    cli_time(store_col_int(rows, 4), until),
		    store_col_int(rows, 5) ? "own" : "heard",
		    store_col_int(rows, 6) ? ", withdrawn" : "",
		    store_col_null(rows, 7) ? "" : ", shown", title ? title : "");
		json_decref(o);
	}
	int err = store_rows_free(rows);
	store_read_done(s, db);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int severity_of(const char *word)
{
	return strcmp(word, "log") == 0 ? 0 : strcmp(word, "caution") == 0 ? 1 : 2;
}

static int add(const char *data, struct job *j, const char *severity, const char *days)
{
	struct federation_advisory *a = &j->a;
	const char *all[] = { a->title_ja, a->title_en, a->title_easy, a->text_ja,
		a->text_en, a->text_easy };
	int64_t n = days ? cli_id(days, "--days") : PRESET_DAYS;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!all[i] || !*all[i] || strlen(all[i]) > TEXT_MAX) {
			fprintf(stderr,
			    "otasuke advisory: title and text are needed in -ja, -en and "
			    "-easy, %u bytes each at most\n",
			    TEXT_MAX);
			return CLI_USAGE;
		}
	if (n < 0 || n > 3650 || !strstr(" log caution urgent ", severity)) {
		fprintf(stderr,
		    "otasuke advisory: --severity is log, caution or urgent; --days at most "
		    "3650\n");
		return CLI_USAGE;
	}
	a->severity = severity_of(severity);
	a->from_us = clock_now_us();
	a->until_us = a->from_us + n * DAY_US;
	return write(data, j);
}

int cmd_advisory(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *severity = "caution", *days = NULL,
		   *rest[2];
	struct job j = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "title-ja", &j.a.title_ja, NULL, false, "add: title, Japanese" },
		{ "title-en", &j.a.title_en, NULL, false, "add: title, English" },
		{ "title-easy", &j.a.title_easy, NULL, false,
		    "add: title, easy Japanese" },
		{ "text-ja", &j.a.text_ja, NULL, false, "add: text, Japanese" },
		{ "text-en", &j.a.text_en, NULL, false, "add: text, English" },
		{ "text-easy", &j.a.text_easy, NULL, false,
		    "add: text, easy Japanese" },
		{ "severity", &severity, NULL, false,
		    "add: log, caution (preset) or urgent" },
		{ "days", &days, NULL, false, "add: for so many days (preset: 30)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "advisory add OPTIONS | advisory list | advisory withdraw NUMBER\n"
	    "  what is added is signed, and goes to every chamber that asks this centre",
	    options, rest, 2, &status);

	if (n < 0)
		return status;
	j.verb = n > 0 ? rest[0] : "";
	if (n == 1 && strcmp(j.verb, "add") == 0)
		return add(data, &j, severity, days);
	if (n == 1 && strcmp(j.verb, "list") == 0)
		return list(data);
	if (n == 2 && strcmp(j.verb, "withdraw") == 0) {
		j.id = cli_id(rest[1], "the advisory");
		return j.id < 0 ? CLI_USAGE : write(data, &j);
	}
	fprintf(stderr, "otasuke advisory: say add, list or withdraw (see --help)\n");
	return CLI_USAGE;
}
