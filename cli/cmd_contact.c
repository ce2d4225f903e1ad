/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/notify/notify.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

/* Whom notices go to. */

struct contact {
	const char *company, *channel, *address, *name, *lang;
	bool urgent, reserve, events;
	int64_t company_id, id;
	char secret[65];
};

static int write_add(struct store_db *db, void *arg)
{
	struct contact *c = arg;
	int64_t chamber = 0;
	int err =
	    store_get_int(db, &chamber, "SELECT chamber_id FROM company WHERE id = ?",
		STORE_ARGS(STORE_INT(c->company_id)));

	if (err < 0)
		return err;
	struct notify_contact_new n = { .chamber_id = chamber,
		.company_id = c->company_id,
		.channel = c->channel,
		.address = c->address,
		.name = c->name,
		.lang = c->lang,
		.severity = c->urgent ? RECORD_URGENT : RECORD_CAUTION,
		.reserve = c->reserve,
		.events = c->events };
	c->id = notify_contact_add(db, &n, clock_now_us(), c->secret);
	return c->id < 0 ? (int)c->id
			 : cli_audit(db, c->company_id, "contact.add", c->address);
}

static const char *reason(int err)
{
	return err == FAIL_FORMAT     ? "that is not an address of this channel"
	       : err == FAIL_CONFLICT ? "it is there already"
	       : err == FAIL_LIMIT    ? "there are twenty already"
	       : err == FAIL_MISSING  ? "there is no such company or contact"
				      : "not written";
}

static int add(struct store *s, struct contact *c)
{
	int err = store_write(s, write_add, c);

	if (err < 0) {
		fprintf(stderr, "otasuke contact: %s\n", reason(err));
		return CLI_FAILED;
	}
	printf("%lld\n", (long long)c->id);
	if (c->secret[0])
		printf("secret (shown this once): %s\n", c->secret);
	return CLI_DONE;
}

static int write_remove(struct store_db *db, void *arg)
{
	const struct contact *c = arg;
	int64_t company = 0;
	int err = store_get_int(db, &company,
	    "SELECT COALESCE(company_id, 0) FROM contact WHERE id = ?",
	    STORE_ARGS(STORE_INT(c->id)));

	if (err == 0)
		err = cli_audit(db, company, "contact.remove", NULL);
	return err < 0 ? err : notify_contact_remove(db, c->id, clock_now_us());
}

static int write_test(struct store_db *db, void *arg)
{
	const struct contact *c = arg;
	const struct notify_conf conf = { .from = "otasuke@localhost" };
	int64_t id = notify_test(db, &conf, c->id, clock_now_us());

	return id < 0 ? (int)id : 0;
}

static int change(struct store *s, struct contact *c, bool test)
{
	int err = store_write(s, test ? write_test : write_remove, c);

	if (err < 0) {
		fprintf(stderr, "otasuke contact: %s\n",
		    err == FAIL_BUSY ? "the last test is not a minute old"
				     : reason(err));
		return CLI_FAILED;
	}
	return CLI_DONE;
}

static int list(struct store *s, int64_t company)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT k.id, COALESCE(k.company_id, 0), k.channel, k.state, k.fails, "
	    "COALESCE(k.verified_us, 0), k.severity, k.reserve, k.address, k.name, k.error "
	    "FROM contact k WHERE ? = 0 OR k.company_id = ? "
	    "ORDER BY k.company_id, k.position, k.id",
	    STORE_ARGS(STORE_INT(company), STORE_INT(company)));
	printf("%6s %7s  %-7s  %-8s  %-8s  %-7s  %s\n", "id", "company", "channel",
	    "state", "hears of", "reserve", "address");
	while (store_next(rows))
		printf("%6lld %7lld  %-7s  %-8s  %-8s  %-7s  %s %s%s%s\n",
		    (long long)store_col_int(rows, 0),
		    (long long)store_col_int(rows, 1), store_col_text(rows, 2),
		    strcmp(store_col_text(rows, 3), "ok") != 0 ? store_col_text(rows, 3)
		    : store_col_int(rows, 4)                   ? "failing"
		    : store_col_int(rows, 5)                   ? "verified"
							       : "ok",
		    store_col_int(rows, 6) == RECORD_URGENT ? "urgent" : "caution",
		    store_col_int(rows, 7) ? "yes" : "no", store_col_text(rows, 8),
		    store_col_text(rows, 9), *store_col_text(rows, 10) ? "  # " : "",
		    store_col_text(rows, 10));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(const char *data, const char *const rest[2], int n, struct contact *c)
{
	bool adds = n == 1 && strcmp(rest[0], "add") == 0;
	bool lists = n == 1 && strcmp(rest[0], "list") == 0;
	bool tests = n == 2 && strcmp(rest[0], "test") == 0;
	bool removes = n == 2 && strcmp(rest[0], "remove") == 0;

	if (!adds && !lists && !tests && !removes) {
		fprintf(stderr,
		    "otasuke contact: say add, list, test ID or remove ID (see --help)\n");
		return CLI_USAGE;
	}
	if (adds && (!c->company || !c->address)) {
		fprintf(stderr,
		    "otasuke contact add: --company and --address are needed\n");
		return CLI_USAGE;
	}
	if (c->company && (c->company_id = cli_id(c->company, "--company")) < 0)
		return CLI_USAGE;
	if (n == 2 && (c->id = cli_id(rest[1], "the contact's id")) < 0)
		return CLI_USAGE;
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	int status = adds    ? add(s, c)
		     : lists ? list(s, c->company_id)
			     : change(s, c, tests);
	store_close(s);
	return status;
}

int cmd_contact(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[2];
	struct contact c = { .channel = "mail" };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "company", &c.company, NULL, false, "add, list: the company's id" },
		{ "channel", &c.channel, NULL, false,
		    "add: mail (preset), webhook, sms, voice, line or fax" },
		{ "address", &c.address, NULL, false, "add: address, URL or number" },
		{ "name", &c.name, NULL, false, "add: who that is" },
		{ "lang", &c.lang, NULL, false, "add: ja (preset), en or easy" },
		{ "urgent", NULL, &c.urgent, false,
		    "add: hears of urgent things only" },
		{ "reserve", NULL, &c.reserve, false,
		    "add: only when another was not reached" },
		{ "events", NULL, &c.events, false,
		    "add, webhook: every change instead of notices" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "contact add --company ID --address ADDRESS [OPTIONS] | contact list | "
	    "contact test ID | contact remove ID",
	    options, rest, 2, &status);

	if (n < 0)
		return status;
	if (c.lang && strcmp(c.lang, "ja") != 0 && strcmp(c.lang, "en") != 0 &&
	    strcmp(c.lang, "easy") != 0) {
		fprintf(stderr, "otasuke contact: --lang is ja, en or easy\n");
		return CLI_USAGE;
	}
	return run(data, rest, n, &c);
}
