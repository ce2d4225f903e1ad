/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/keep.h"
#include "cli/cli.h"

#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long events and the names in incidents are kept, and what is stored now. */

struct retention {
	const char *chamber, *company, *days, *mb, *years;
};

/* A number; "wider": as the next wider row says (-1), or what stands there when not given. */
static bool number(const char *text, int64_t *value)
{
	char *end;

	if (!text)
		return true;
	*value = strcmp(text, "wider") == 0 ? -1 : strtoll(text, &end, 10);
	return *value == -1 ||
	       (end != text && !*end && *value >= 0 && *value <= 1000000);
}

static int64_t column(struct store_rows *rows, unsigned n)
{
	return store_col_null(rows, n) ? -1 : store_col_int(rows, n);
}

static int find(
    struct store_db *db, int64_t chamber, int64_t company, struct store_keep_rule *rule)
{
	struct store_rows *rows;

	*rule = (struct store_keep_rule){ -1, -1, -1 };
	store_query(db, &rows,
	    "SELECT event_days, event_mb, incident_years FROM retention WHERE chamber_id IS NOT "
	    "DISTINCT FROM ? AND company_id IS NOT DISTINCT FROM ?",
	    STORE_ARGS(STORE_ID(chamber), STORE_ID(company)));
	if (store_next(rows))
		*rule = (struct store_keep_rule){ column(rows, 0), column(rows, 1),
			column(rows, 2) };
	return store_rows_free(rows);
}

static int write_rule(struct store_db *db, void *arg)
{
	const struct retention *r = arg;
	int64_t chamber = 0, company = 0, seen;
	struct store_keep_rule rule;
	int err = r->chamber ? cli_chamber(db, r->chamber, &chamber) : 0;

	if (err == 0 && r->company && !number(r->company, &company))
		err = FAIL_FORMAT;
	if (err == 0 && company)
		err = store_get_int(db, &seen, "SELECT id FROM company WHERE id = ?",
		    STORE_ARGS(STORE_INT(company)));
	if (err == 0)
		err = find(db, chamber, company, &rule);
	if (err < 0)
		return err;
	if (!number(r->days, &rule.event_days) || !number(r->mb, &rule.event_mb) ||
	    !number(r->years, &rule.incident_years))
		return FAIL_FORMAT;
	return store_keep_set(db, chamber, company, &rule, 0, clock_now_us());
}

static int set(struct store *s, struct retention *r)
{
	int err =
	    r->chamber && r->company ? FAIL_FORMAT : store_write(s, write_rule, r);

	if (err == FAIL_FORMAT)
		fprintf(stderr,
		    "otasuke retention set: --chamber or --company, and numbers "
		    "(0: for ever) or wider\n");
	else if (err == FAIL_MISSING)
		fprintf(
		    stderr, "otasuke retention: there is no such chamber or company\n");
	else if (err < 0)
		fprintf(stderr, "otasuke retention: not written\n");
	return err == FAIL_FORMAT ? CLI_USAGE : err < 0 ? CLI_FAILED : CLI_DONE;
}

static void print(struct store_rows *rows, unsigned n)
{
	if (store_col_null(rows, n))
		printf(" %10s", "wider");
	else if (store_col_int(rows, n) == 0)
		printf(" %10s", "for ever");
	else
		printf(" %10" PRId64, store_col_int(rows, n));
}

static int show_rules(struct store_db *db)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT r.event_days, r.event_mb, r.incident_years, COALESCE(c.name, h.name, "
	    "'(the centre)') FROM retention r LEFT JOIN chamber h ON h.id = r.chamber_id LEFT "
	    "JOIN company c ON c.id = r.company_id ORDER BY r.id",
	    STORE_NO_ARGS);
	printf(" %10s %10s %10s  of\n", "days", "megabytes", "years");
	while (store_next(rows)) {
		for (unsigned i = 0; i < 3; i++)
			print(rows, i);
		printf("  %s\n", store_col_text(rows, 3));
	}
	return store_rows_free(rows);
}

static int show_kept(struct store_db *db)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT k.events, k.bytes, k.since_us, k.removed_events, k.company_id, c.name FROM "
	    "kept k JOIN company c ON c.id = k.company_id ORDER BY k.bytes DESC, k.company_id "
	    "LIMIT 50",
	    STORE_NO_ARGS);
	printf("\n%6s %10s %8s %10s  %-16s  name\n", "id", "events", "MB", "removed",
	    "all since");
	while (store_next(rows)) {
		char since[40];
		clock_format(store_col_int(rows, 2), since, sizeof(since));
		printf("%6" PRId64 " %10" PRId64 " %8.1f %10" PRId64 "  %.16s  %s\n",
		    store_col_int(rows, 4), store_col_int(rows, 0),
		    (double)store_col_int(rows, 1) / 1048576, store_col_int(rows, 3),
		    since, store_col_text(rows, 5));
	}
	return store_rows_free(rows);
}

static int show(struct store *s)
{
	struct store_db *db = store_read(s);
	int err = db ? show_rules(db) : FAIL_IO;

	if (err == 0)
		err = show_kept(db);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_retention(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[1];
	struct retention r = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "chamber", &r.chamber, NULL, false, "set: for this chamber" },
		{ "company", &r.company, NULL, false,
		    "set: for this company (its number); with neither, for the centre" },
		{ "days", &r.days, NULL, false, "set: days of events; 0: for ever" },
		{ "megabytes", &r.mb, NULL, false,
		    "set: megabytes of a company's events; 0: any" },
		{ "years", &r.years, NULL, false,
		    "set: years of names in incidents; 0: for ever" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "retention [show] | retention set [--chamber NAME | --company NUMBER] [OPTIONS]\n"
	    "  the word wider gives a number back to the next wider row",
	    options, rest, 1, &status);

	if (n < 0)
		return status;
	bool sets = n == 1 && strcmp(rest[0], "set") == 0;
	if (!sets && n == 1 && strcmp(rest[0], "show") != 0) {
		fprintf(stderr, "otasuke retention: say show or set (see --help)\n");
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = sets ? set(s, &r) : show(s);
	store_close(s);
	return status;
}
