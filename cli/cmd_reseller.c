/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

/* Who sold the service to a company and looks after it. */

struct reseller {
	const char *name, *mail, *phone, *chamber;
	int64_t id;
};

static int write_reseller(struct store_db *db, void *arg)
{
	struct reseller *r = arg;
	int64_t chamber = 0;
	int err = cli_chamber(db, r->chamber, &chamber);

	if (err == 0)
		err = store_get_int(db, &r->id,
		    "INSERT INTO reseller (chamber_id, name, mail, phone, created_us) "
		    "VALUES (?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(chamber), STORE_TEXT(r->name),
			STORE_TEXT(r->mail), STORE_TEXT(r->phone),
			STORE_INT(clock_now_us())));
	return err < 0 ? err : cli_audit(db, 0, "reseller.add", r->name);
}

static int add(struct store *s, struct reseller *r)
{
	int err = r->name ? store_write(s, write_reseller, r) : FAIL_FORMAT;

	if (err == FAIL_FORMAT)
		fprintf(stderr, "otasuke reseller add: --name is needed\n");
	else if (err == FAIL_MISSING)
		fprintf(stderr, "otasuke reseller: there is no such chamber\n");
	else if (err == FAIL_CONFLICT)
		fprintf(stderr, "otasuke reseller: the chamber has one of this name\n");
	else if (err < 0)
		fprintf(stderr, "otasuke reseller: not written\n");
	if (err < 0)
		return err == FAIL_FORMAT ? CLI_USAGE : CLI_FAILED;
	printf("%lld\n", (long long)r->id);
	return CLI_DONE;
}

static int list(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT r.id, r.name, r.mail, (SELECT COUNT(*) FROM company c WHERE "
	    "c.reseller_id = r.id), h.name FROM reseller r JOIN chamber h ON h.id = "
	    "r.chamber_id ORDER BY r.id",
	    STORE_NO_ARGS);
	printf("%6s %9s  %-30s  %s\n", "id", "companies", "mail", "name");
	while (store_next(rows))
		printf("%6lld %9lld  %-30s  %s (%s)\n",
		    (long long)store_col_int(rows, 0),
		    (long long)store_col_int(rows, 3), store_col_text(rows, 2),
		    store_col_text(rows, 1), store_col_text(rows, 4));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_reseller(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[1];
	struct reseller r = { .mail = "", .phone = "" };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "name", &r.name, NULL, false, "add: name of the reseller" },
		{ "mail", &r.mail, NULL, false, "add: its mail address" },
		{ "phone", &r.phone, NULL, false, "add: its telephone" },
		{ "chamber", &r.chamber, NULL, false,
		    "add: its chamber (preset: the first)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "reseller add --name NAME [OPTIONS] | reseller list\n"
	    "  a company gets its reseller by: otasuke company set",
	    options, rest, 1, &status);

	if (n < 0)
		return status;
	bool adds = n == 1 && strcmp(rest[0], "add") == 0;
	if (!adds && !(n == 1 && strcmp(rest[0], "list") == 0)) {
		fprintf(stderr, "otasuke reseller: say add or list (see --help)\n");
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = adds ? add(s, &r) : list(s);
	store_close(s);
	return status;
}
