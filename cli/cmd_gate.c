/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli_gate.h"

#include "center/ingest/ingest.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>

struct gate {
	const char *name, *site;
	int64_t company, id;
	struct ingest_ca *ca;
	char code[WIRE_CODE_ROOM], token[INGEST_TOKEN_ROOM];
	const char *home;
	int64_t expires_us;
};

static int write_gate(struct store_db *db, void *arg)
{
	struct gate *g = arg;
	int64_t site;
	int err = store_get_int(db, &site,
	    "SELECT id FROM site WHERE company_id = ? AND name = ?",
	    STORE_ARGS(STORE_INT(g->company), STORE_TEXT(g->site)));

	if (err == FAIL_MISSING)
		err = store_get_int(db, &site,
		    "INSERT INTO site (company_id, name) VALUES (?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(g->company), STORE_TEXT(g->site)));
	if (err < 0)
		return err;
	err = store_get_int(db, &g->id,
	    "INSERT INTO gate (company_id, site_id, name) VALUES (?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(g->company), STORE_INT(site), STORE_TEXT(g->name)));
	return err < 0 ? err : cli_audit(db, g->company, "gate.add", g->name);
}

static int write_code(struct store_db *db, void *arg)
{
	struct gate *g = arg;

	int err = store_get_int(db, &g->company,
	    "SELECT company_id FROM gate WHERE id = ?", STORE_ARGS(STORE_INT(g->id)));

	if (err == 0)
		err = ingest_code_new(
		    db, g->ca, g->id, clock_now_us(), g->code, &g->expires_us);
	return err < 0 ? err : cli_audit(db, g->company, "gate.code", NULL);
}

static int write_revoke(struct store_db *db, void *arg)
{
	return ingest_revoke(db, ((struct gate *)arg)->id, 0, clock_now_us());
}

static int write_token(struct store_db *db, void *arg)
{
	struct gate *g = arg;

	return ingest_token_new(db, g->id, 0, clock_now_us(), g->token);
}

static int write_untoken(struct store_db *db, void *arg)
{
	return ingest_token_revoke(db, ((struct gate *)arg)->id, 0, clock_now_us());
}

static int write_home(struct store_db *db, void *arg)
{
	struct gate *g = arg;
	int err = store_get_int(db, &g->company,
	    "UPDATE gate SET home_net = ? WHERE id = ? RETURNING company_id",
	    STORE_ARGS(STORE_TEXT(g->home), STORE_INT(g->id)));

	return err < 0 ? err : cli_audit(db, g->company, "gate.home", g->home);
}

static int list(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;
	char seen[20];

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT g.id, c.name, g.name, g.enrolled_us, g.revoked_us, g.seen_us "
	    "FROM gate g JOIN company c ON c.id = g.company_id ORDER BY g.id",
	    STORE_NO_ARGS);
	printf("%6s  %-10s %-17s %s\n", "id", "state", "last seen", "company, gate");
	while (store_next(rows))
		printf("%6lld  %-10s %-17s %s, %s\n", (long long)store_col_int(rows, 0),
		    store_col_int(rows, 4)   ? "revoked"
		    : store_col_int(rows, 3) ? "enrolled"
					     : "waiting",
		    cli_time(store_col_int(rows, 5), seen), store_col_text(rows, 1),
		    store_col_text(rows, 2));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int say(int err, const char *what)
{
	if (err == FAIL_MISSING || err == FAIL_DENIED)
		fprintf(stderr, "otasuke gate: there is no such %s\n", what);
	else if (err < 0)
		fprintf(stderr, "otasuke gate: not done; the reason stands above\n");
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int add(struct store *s, struct gate *g, const char *company)
{
	if (!g->name || !company) {
		fprintf(stderr, "otasuke gate add: --name and --company are needed\n");
		return CLI_USAGE;
	}
	g->company = cli_id(company, "--company");
	if (g->company < 0)
		return CLI_USAGE;
	int status = say(store_write(s, write_gate, g), "company");
	if (status == CLI_DONE)
		printf("%lld\n", (long long)g->id);
	return status;
}

static int code(struct store *s, struct gate *g, const char *data)
{
	char dir[4096], until[20];

	snprintf(dir, sizeof(dir), "%s/ca", data);
	g->ca = ingest_ca_open(dir);
	if (!g->ca)
		return CLI_FAILED;
	int status = say(store_write(s, write_code, g), "gate");
	if (status == CLI_DONE) {
		printf("%s\n", g->code);
		fprintf(
		    stderr, "valid once, until %s\n", cli_time(g->expires_us, until));
	}
	ingest_ca_close(g->ca);
	return status;
}

static int token(struct store *s, struct gate *g)
{
	int err = store_write(s, write_token, g);

	if (err == FAIL_LIMIT) {
		fprintf(stderr,
		    "otasuke gate token: it has ten; otasuke gate untoken %lld ends them\n",
		    (long long)g->id);
		return CLI_FAILED;
	}
	if (say(err, "gate") != CLI_DONE)
		return CLI_FAILED;
	printf("%s\n", g->token);
	fprintf(stderr, "shown once; for Authorization: Bearer at /gate/v1/eve\n");
	return CLI_DONE;
}

static int home(struct store *s, struct gate *g)
{
	if (!g->home) {
		fprintf(stderr, "otasuke gate home: --net is needed\n");
		return CLI_USAGE;
	}
	if (!ingest_home_ok(g->home)) {
		fprintf(stderr,
		    "otasuke gate home: \"%s\" is not a list of networks such as "
		    "192.0.2.0/24,2001:db8::/32\n",
		    g->home);
		return CLI_USAGE;
	}
	return say(store_write(s, write_home, g), "gate");
}

static int act(struct store *s, struct gate *g, const char *verb, const char *id,
    const char *company, const char *data)
{
	if (strcmp(verb, "list") == 0)
		return list(s);
	if (strcmp(verb, "add") == 0)
		return add(s, g, company);
	g->id = cli_id(id, "the gate");
	if (g->id < 0)
		return CLI_USAGE;
	if (strcmp(verb, "code") == 0)
		return code(s, g, data);
	if (strcmp(verb, "token") == 0)
		return token(s, g);
	if (strcmp(verb, "untoken") == 0)
		return say(store_write(s, write_untoken, g), "gate");
	if (strcmp(verb, "home") == 0)
		return home(s, g);
	return say(store_write(s, write_revoke, g), "gate");
}

int cmd_gate(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *company = NULL,
		   *rest[4] = { "", "", "", "" };
	struct cli_gate_words order = { 0 };
	struct gate g = { .site = "本社" };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "company", &company, NULL, false, "add: number of the company" },
		{ "name", &g.name, NULL, false, "add: name of the gate" },
		{ "net", &g.home, NULL, false,
		    "home: the company's networks, comma between; \"\": the private ones" },
		{ "site", &g.site, NULL, false, "add: where it stands (preset 本社)" },
		{ "reason", &order.reason, NULL, false,
		    "contain, except: why, for people to read" },
		{ "minutes", &order.minutes, NULL, false,
		    "contain: until it ends by itself (preset 60; 0: until released)" },
		{ "days", &order.days, NULL, false,
		    "except: until it ends by itself (preset 30)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "gate add --company N --name NAME | gate list | gate code N | gate revoke N | "
	    "gate token N | gate untoken N | gate home N --net NETS |\n"
	    "  gate swap N (another box in its place) | gate orders N |\n"
	    "  gate contain N MAC-or-address --reason TEXT | gate confirm ID | gate release ID |\n"
	    "  gate except N host|signature|machine VALUE --reason TEXT | gate unexcept ID |\n"
	    "  gate config N [SETTING [VALUE]] | gate keys announce|turn",
	    options, rest, 4, &status);

	if (n < 0)
		return status;
	if (n > 0 && cli_gate_is_order(rest[0]))
		return cli_gate_order(rest, n, &order, data);
	bool one = strcmp(rest[0], "add") == 0 || strcmp(rest[0], "list") == 0;
	bool two = strcmp(rest[0], "code") == 0 || strcmp(rest[0], "revoke") == 0 ||
		   strcmp(rest[0], "token") == 0 || strcmp(rest[0], "untoken") == 0 ||
		   strcmp(rest[0], "home") == 0;
	if (!(one && n == 1) && !(two && n == 2)) {
		fprintf(stderr,
		    "otasuke gate: say add, list, code N, revoke N, token N, untoken N or "
		    "home N (see --help)\n");
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = act(s, &g, rest[0], rest[1], company, data);
	store_close(s);
	return status;
}
