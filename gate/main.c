/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *line;
} commands[] = {
	{ "run", cmd_run, "protect: between two ports, or listening" },
	{ "replay", cmd_replay, "look at captures instead of ports" },
	{ "explain", cmd_explain,
	    "the way of each packet of a capture, stage by stage" },
	{ "rules", cmd_rules,
	    "check FILE…: which rules load; keywords: which are known" },
	{ "sensor", cmd_sensor,
	    "send the EVE of a Suricata to a centre, as a gate would" },
	{ "enrol", cmd_enrol, "join a centre with a one-time code" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf(
	    "otasuke-gate: the security gate at the Internet entrance of a small company\n\n"
	    "usage: otasuke-gate COMMAND [OPTION]…\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].line);
	printf("\n  --help COMMAND   its options\n"
	       "  --help config    every setting (--help config ja: 日本語)\n"
	       "  --version\n");
	return CMD_WELL;
}

static int unknown(const char *name)
{
	fprintf(stderr,
	    "otasuke-gate: there is no command %s; otasuke-gate --help lists them\n",
	    name);
	return CMD_USAGE;
}

static int help_on(const char *topic, const char *lang)
{
	char *argv[] = { NULL, (char[]){ "--help" }, NULL };

	if (strcmp(topic, "config") == 0) {
		bool ja = lang && strcmp(lang, "ja") == 0;
		conf_print_help(settings_rows, settings_row_count, ja, stdout);
		return CMD_WELL;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(topic, commands[i].name) == 0)
			return commands[i].run(2, argv);
	return unknown(topic);
}

int main(int argc, char **argv)
{
	log_init("otasuke-gate", LOG_INFO);
	if (argc < 2) {
		help();
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return argc > 2 ? help_on(argv[2], argc > 3 ? argv[3] : NULL) : help();
	if (strcmp(argv[1], "--version") == 0) {
		puts("otasuke-gate " OTASUKE_VERSION);
		return CMD_WELL;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
