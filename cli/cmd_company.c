/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

struct company {
	const char *name, *mail, *lang, *chamber;
	bool sample;
	int64_t id;
};

static int write_company(struct store_db *db, void *arg)
{
	struct company *c = arg;
	int64_t chamber;
	int err = c->chamber ? store_get_int(db, &chamber,
				   "SELECT id FROM chamber WHERE name = ?",
				   STORE_ARGS(STORE_TEXT(c->chamber)))
			     : store_get_int(db, &chamber,
				   "SELECT min(id) FROM chamber", STORE_NO_ARGS);

	if (err < 0)
		return err;
	if (chamber == 0)
		return FAIL_MISSING;
	err = store_get_int(db, &c->id,
	    "INSERT INTO company (chamber_id, name, lang, sample, created_us) "
	    "VALUES (?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(chamber), STORE_TEXT(c->name), STORE_TEXT(c->lang),
		STORE_INT(c->sample), STORE_INT(clock_now_us())));
	if (err == 0 && *c->mail)
		err = store_exec(db,
		    "INSERT INTO contact (chamber_id, company_id, channel, address, lang, "
		    "position, created_us) VALUES (?, ?, 'mail', ?, ?, 1, ?)",
		    STORE_ARGS(STORE_INT(chamber), STORE_INT(c->id), STORE_TEXT(c->mail),
			STORE_TEXT(c->lang), STORE_INT(clock_now_us())));
	return err < 0 ? err : cli_audit(db, c->id, "company.add", c->name);
}

static int add(struct store *s, struct company *c)
{
	int err = store_write(s, write_company, c);

	if (err == FAIL_MISSING)
		fprintf(stderr, "otasuke company: there is no such chamber; first say "
				"otasuke chamber set --name …\n");
	else if (err < 0)
		fprintf(stderr, "otasuke company: not written\n");
	if (err < 0)
		return CLI_FAILED;
	printf("%lld\n", (long long)c->id);
	return CLI_DONE;
}

static int list(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT c.id, c.name, COALESCE((SELECT MIN(k.address) FROM contact k "
	    "WHERE k.company_id = c.id AND k.channel = 'mail' AND k.state <> 'off'), ''), "
	    "c.sample, "
	    "(SELECT count(*) FROM gate g WHERE g.company_id = c.id) "
	    "FROM company c ORDER BY c.id",
	    STORE_NO_ARGS);
	printf("%6s %6s  %-30s  %s\n", "id", "gates", "mail", "name");
	while (store_next(rows))
		printf("%6lld %6lld  %-30s  %s%s\n", (long long)store_col_int(rows, 0),
		    (long long)store_col_int(rows, 4), store_col_text(rows, 2),
		    store_col_text(rows, 1), store_col_int(rows, 3) ? "（見本）" : "");
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_company(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[1];
	struct company c = { .mail = "", .lang = "ja" };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "name", &c.name, NULL, false, "add: name of the company" },
		{ "mail", &c.mail, NULL, false, "add: first mail address its notices go to (more: otasuke contact)" },
		{ "lang", &c.lang, NULL, false, "add: ja (preset) or en" },
		{ "chamber", &c.chamber, NULL, false,
		    "add: its chamber (preset: the first)" },
		{ "sample", NULL, &c.sample, false, "add: made up, shown as 見本" },
		{ 0 },
	};
	int status;
	int n =
	    cli_options(argc, argv, "company add --name NAME [OPTIONS] | company list",
		options, rest, 1, &status);

	if (n < 0)
		return status;
	bool adds = n == 1 && strcmp(rest[0], "add") == 0;
	if (!adds && !(n == 1 && strcmp(rest[0], "list") == 0)) {
		fprintf(stderr, "otasuke company: say add or list (see --help)\n");
		return CLI_USAGE;
	}
	if (adds && !c.name) {
		fprintf(stderr, "otasuke company add: --name is needed\n");
		return CLI_USAGE;
	}
	if (strcmp(c.lang, "ja") != 0 && strcmp(c.lang, "en") != 0) {
		fprintf(stderr, "otasuke company: --lang is ja or en, not \"%s\"\n",
		    c.lang);
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = adds ? add(s, &c) : list(s);
	store_close(s);
	return status;
}
