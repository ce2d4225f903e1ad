/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/base/log.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const struct cli_command cli_commands[] = {
	{ "status", cmd_status, "is everything up? in plain words" },
	{ "incidents", cmd_incidents, "what happened lately, newest first" },
	{ "chamber", cmd_chamber, "the chamber's name and its desk" },
	{ "company", cmd_company, "companies and their sites: add, list, set, site" },
	{ "contact", cmd_contact, "whom notices go to: add, list, test, remove" },
	{ "retention", cmd_retention,
	    "how long what is kept, and what is stored: show, set" },
	{ "reseller", cmd_reseller, "who sold the service: add, list" },
	{ "gate", cmd_gate,
	    "add, list and revoke gates; make the code with which one joins" },
	{ "bundle", cmd_bundle, "rules and lists for all gates: signed, ring by ring" },
	{ "federation", cmd_federation,
	    "a national centre and its chambers: status, admit, offers" },
	{ "advisory", cmd_advisory, "what companies should know: add, list, withdraw" },
	{ "user", cmd_user,
	    "people who may log in: add, list, passwd, once, totp-off" },
	{ "oidc", cmd_oidc, "who comes in by a common login, and as what" },
	{ "audit", cmd_audit, "the audit log: does its chain hold, what stands in it" },
	{ "enrol", cmd_enrol, "on a gate: join a centre with its one-time code" },
	{ "demo", cmd_demo, "the sample company of ./quickstart" },
	{ NULL, NULL, NULL },
};

static void print_help(FILE *to)
{
	fprintf(to, "usage: otasuke COMMAND [OPTIONS]\n\n");
	for (const struct cli_command *c = cli_commands; c->name; c++)
		fprintf(to, "  %-10s %s\n", c->name, c->help);
	fprintf(to, "\n  otasuke COMMAND --help says more.  Manual page: otasuke(1)\n");
}

/* A name in another encoding would go into the store, and no page that shows it could be made
 * any more.  jansson takes UTF-8 and nothing else. */
static bool all_utf8(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		json_t *text = json_string(argv[i]);
		bool good = text != NULL;
		json_decref(text);
		if (!good) {
			fprintf(stderr,
			    "otasuke: word %d is not UTF-8: use a terminal with UTF-8 (see "
			    "locale; LANG=ja_JP.UTF-8)\n",
			    i);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	log_init("otasuke", LOG_WARN);
	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (!all_utf8(argc, argv))
		return CLI_USAGE;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("otasuke %s\n", OTASUKE_VERSION);
		return CLI_DONE;
	}
	for (const struct cli_command *c = cli_commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0)
			return c->run(argc - 1, argv + 1);
	fprintf(stderr,
	    "otasuke: there is no command \"%s\"; otasuke --help lists them\n",
	    argv[1]);
	return CLI_USAGE;
}
