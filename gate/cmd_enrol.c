/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "gate/uplink/uplink.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate enrol [--config FILE] [--centre URL] [--dir DIR] CODE\n\n"
    "Joins the centre with the one-time code that it gave for this gate.  Certificate and\n"
    "key go to DIR (centre.dir).\n";

struct enrol {
	struct settings *settings;
	const char *code;
	bool help;
};

static int set(
    struct settings *s, const char *option, const char *key, const char *value)
{
	struct buf why;

	buf_init(&why, 4096);
	int fail = FAIL_FORMAT;
	if (value)
		fail = settings_set(s, option, key, value, &why);
	cmd_complain(&why);
	buf_fini(&why);
	return fail;
}

static int parse_one(struct enrol *e, char **argv, int *at)
{
	int taken = cmd_common_option(e->settings, argv, at);
	const char *arg = argv[*at];

	if (taken != 0)
		return taken;
	++*at;
	if (strcmp(arg, "--centre") == 0)
		return set(e->settings, arg, "centre.url", argv[(*at)++]);
	if (strcmp(arg, "--dir") == 0)
		return set(e->settings, arg, "centre.dir", argv[(*at)++]);
	if (strcmp(arg, "--help") == 0)
		e->help = true;
	else if (arg[0] != '-' && !e->code)
		e->code = arg;
	else
		return FAIL_FORMAT;
	return 0;
}

static int enrol(const struct enrol *e)
{
	const char *url = conf_text(e->settings->conf, "centre.url");
	char dir[4096];

	settings_path(e->settings, "centre.dir", "centre", dir, sizeof(dir));
	if (!url || !e->code) {
		fputs(usage, stderr);
		return CMD_USAGE;
	}
	if (uplink_enrol(url, e->code, dir) < 0)
		return CMD_FAILED;
	printf("this gate belongs to %s; certificate and key are in %s\n", url, dir);
	return CMD_WELL;
}

int cmd_enrol(int argc, char **argv)
{
	struct enrol e = { .settings = settings_new() };
	int status = e.settings ? CMD_WELL : CMD_FAILED;

	for (int at = 1; at < argc && status == CMD_WELL;)
		if (parse_one(&e, argv, &at) < 0)
			status = CMD_USAGE;
	if (e.help || status == CMD_USAGE)
		fputs(usage, e.help ? stdout : stderr);
	else if (status == CMD_WELL)
		status = enrol(&e);
	settings_free(e.settings);
	return status;
}
