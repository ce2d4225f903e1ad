/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

struct company {
	const char *name, *mail, *lang, *chamber;
	const char *region, *industry;
	const char *reseller, *company; /* numbers; "0": none */
	bool sample;
	int64_t id, reseller_id;
};

/* A reseller of the company's own chamber, or none. */
static int check_reseller(struct store_db *db, int64_t reseller, int64_t chamber)
{
	int64_t one;

	return reseller == 0
		   ? 0
		   : store_get_int(db, &one,
			 "SELECT 1 FROM reseller WHERE id = ? AND chamber_id = ?",
			 STORE_ARGS(STORE_INT(reseller), STORE_INT(chamber)));
}

#define KIND_MAX 48u

static bool kind_fits(const char *text)
{
	if (text && strlen(text) > KIND_MAX)
		return false;
	for (; text && *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* Where it is and what it does: only for statistics. */
static int set_kind(struct store_db *db, const struct company *c)
{
	int err = 0;

	if (c->region)
		err = store_exec(db, "UPDATE company SET region = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(c->region), STORE_INT(c->id)));
	if (err == 0 && c->industry)
		err = store_exec(db, "UPDATE company SET industry = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(c->industry), STORE_INT(c->id)));
	return err;
}

static int write_set(struct store_db *db, void *arg)
{
	const struct company *c = arg;
	int64_t chamber = 0;
	int err =
	    store_get_int(db, &chamber, "SELECT chamber_id FROM company WHERE id = ?",
		STORE_ARGS(STORE_INT(c->id)));

	if (err == 0)
		err = check_reseller(db, c->reseller_id, chamber);
	if (err == 0 && c->name)
		err = store_exec(db, "UPDATE company SET name = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(c->name), STORE_INT(c->id)));
	if (err == 0 && c->reseller)
		err = store_exec(db, "UPDATE company SET reseller_id = ? WHERE id = ?",
		    STORE_ARGS(STORE_ID(c->reseller_id), STORE_INT(c->id)));
	if (err == 0)
		err = set_kind(db, c);
	return err < 0 ? err : cli_audit(db, c->id, "company.change", c->name);
}

static int write_site(struct store_db *db, void *arg)
{
	struct company *c = arg;
	int64_t company = c->id, one;
	int err = store_get_int(db, &one, "SELECT 1 FROM company WHERE id = ?",
	    STORE_ARGS(STORE_INT(company)));

	if (err == 0)
		err = store_get_int(db, &c->id,
		    "INSERT INTO site (company_id, name) VALUES (?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(company), STORE_TEXT(c->name)));
	return err < 0 ? err : cli_audit(db, company, "site.add", c->name);
}

static int write_company(struct store_db *db, void *arg)
{
	struct company *c = arg;
	int64_t chamber = 0;
	int err = cli_chamber(db, c->chamber, &chamber);

	if (err == 0)
		err = check_reseller(db, c->reseller_id, chamber);
	if (err < 0)
		return err;
	err = store_get_int(db, &c->id,
	    "INSERT INTO company (chamber_id, reseller_id, name, lang, sample, created_us) "
	    "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(chamber), STORE_ID(c->reseller_id),
		STORE_TEXT(c->name), STORE_TEXT(c->lang), STORE_INT(c->sample),
		STORE_INT(clock_now_us())));
	if (err == 0 && *c->mail)
		err = store_exec(db,
		    "INSERT INTO contact (chamber_id, company_id, channel, address, lang, "
		    "position, created_us) VALUES (?, ?, 'mail', ?, ?, 1, ?)",
		    STORE_ARGS(STORE_INT(chamber), STORE_INT(c->id),
			STORE_TEXT(c->mail), STORE_TEXT(c->lang),
			STORE_INT(clock_now_us())));
	if (err == 0)
		err = set_kind(db, c);
	return err < 0 ? err : cli_audit(db, c->id, "company.add", c->name);
}

static int change(struct store *s, struct company *c, store_write_fn *fn)
{
	int err = store_write(s, fn, c);

	if (err == FAIL_MISSING)
		fprintf(stderr,
		    "otasuke company: there is no such chamber, company or reseller of "
		    "the chamber; a chamber is made by: otasuke chamber set --name …\n");
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
		{ "mail", &c.mail, NULL, false,
		    "add: first mail address its notices go to (more: otasuke contact)" },
		{ "lang", &c.lang, NULL, false, "add: ja (preset) or en" },
		{ "chamber", &c.chamber, NULL, false,
		    "add: its chamber (preset: the first)" },
		{ "region", &c.region, NULL, false,
		    "add, set: its area, for statistics" },
		{ "industry", &c.industry, NULL, false,
		    "add, set: its industry, for statistics" },
		{ "reseller", &c.reseller, NULL, false,
		    "add, set: number of its reseller; set: 0 for none" },
		{ "company", &c.company, NULL, false, "set, site: which (number)" },
		{ "sample", NULL, &c.sample, false, "add: made up, shown as 見本" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "company add --name NAME [OPTIONS] | company list | company set --company "
	    "N [--name NAME] [--reseller N] [--region AREA] [--industry WORD] | company site --company N --name NAME",
	    options, rest, 1, &status);

	if (n < 0)
		return status;
	const char *verb = n == 1 ? rest[0] : "";
	bool lists = strcmp(verb, "list") == 0, sets = strcmp(verb, "set") == 0,
	     sites = strcmp(verb, "site") == 0, adds = strcmp(verb, "add") == 0;
	if (!lists && !sets && !sites && !adds) {
		fprintf(stderr,
		    "otasuke company: say add, list, set or site (see --help)\n");
		return CLI_USAGE;
	}
	if ((adds || sites) && !c.name) {
		fprintf(stderr, "otasuke company %s: --name is needed\n", verb);
		return CLI_USAGE;
	}
	if (strcmp(c.lang, "ja") != 0 && strcmp(c.lang, "en") != 0) {
		fprintf(stderr, "otasuke company: --lang is ja or en, not \"%s\"\n",
		    c.lang);
		return CLI_USAGE;
	}
	if (!kind_fits(c.region) || !kind_fits(c.industry)) {
		fprintf(stderr,
		    "otasuke company: --region and --industry are one line of at most %u "
		    "bytes\n",
		    KIND_MAX);
		return CLI_USAGE;
	}
	if (c.reseller && strcmp(c.reseller, "0") != 0 &&
	    (c.reseller_id = cli_id(c.reseller, "--reseller")) < 0)
		return CLI_USAGE;
	if ((sets || sites) &&
	    (!c.company || (c.id = cli_id(c.company, "--company")) < 0)) {
		fprintf(stderr, "otasuke company %s: --company N is needed\n", verb);
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = lists ? list(s)
		       : change(s, &c,
			     adds   ? write_company
			     : sets ? write_set
				    : write_site);
	store_close(s);
	return status;
}
