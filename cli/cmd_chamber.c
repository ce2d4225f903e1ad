/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

struct chamber {
	const char *name, *desk, *phone, *mail;
	int64_t id;
};

static int write_chamber(struct store_db *db, void *arg)
{
	struct chamber *c = arg;
	int err = store_get_int(db, &c->id, "SELECT id FROM chamber WHERE name = ?",
	    STORE_ARGS(STORE_TEXT(c->name)));

	if (err == FAIL_MISSING)
		return store_get_int(db, &c->id,
		    "INSERT INTO chamber (name, desk_name, desk_phone, desk_mail) "
		    "VALUES (?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_TEXT(c->name), STORE_TEXT(c->desk),
			STORE_TEXT(c->phone), STORE_TEXT(c->mail)));
	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE chamber SET desk_name = ?, desk_phone = ?, desk_mail = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(c->desk), STORE_TEXT(c->phone), STORE_TEXT(c->mail),
		STORE_INT(c->id)));
}

int cmd_chamber(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[1];
	struct chamber c = { .desk = "相談窓口", .phone = "", .mail = "" };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "name", &c.name, NULL, true, "name of the chamber" },
		{ "desk", &c.desk, NULL, false, "what its desk is called" },
		{ "phone", &c.phone, NULL, false,
		    "telephone of the desk, as notices print it" },
		{ "mail", &c.mail, NULL, false, "mail address of the desk" },
		{ 0 },
	};
	int status;
	int n = cli_options(
	    argc, argv, "chamber set --name NAME [OPTIONS]", options, rest, 1, &status);

	if (n < 0)
		return status;
	if (n != 1 || strcmp(rest[0], "set") != 0) {
		fprintf(stderr, "otasuke chamber: say \"chamber set\" (see --help)\n");
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	int err = store_write(s, write_chamber, &c);
	store_close(s);
	if (err < 0) {
		fprintf(stderr, "otasuke chamber: not written\n");
		return CLI_FAILED;
	}
	printf("%lld\n", (long long)c.id);
	return CLI_DONE;
}
