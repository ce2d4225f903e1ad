/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "gate/proc/proc.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate sensor --config FILE [--eve FILE] [--socket PATH] [--datagram]\n"
    "                           [--set KEY=VALUE]…\n\n"
    "Stands in for a gate where a Suricata is: reads the EVE that it writes into a file\n"
    "(renamed, truncated: it is followed) or into a unix socket, and sends it to the centre\n"
    "with a gate's spool and certificate.  Enrol first (otasuke-gate enrol).  Let Suricata\n"
    "write alert, drop, dhcp and stats: without stats the centre takes silence for an\n"
    "outage after ten minutes.\n";

static int set(struct settings *s, const char *key, const char *value)
{
	struct buf why;

	buf_init(&why, 4096);
	int fail = value ? settings_set(s, key, key, value, &why) : FAIL_FORMAT;
	cmd_complain(&why);
	buf_fini(&why);
	return fail;
}

static int take(struct settings *s, char **argv, int *at, bool *help)
{
	int taken = cmd_common_option(s, argv, at);
	const char *arg = argv[*at];

	if (taken != 0)
		return taken;
	++*at;
	if (strcmp(arg, "--eve") == 0)
		return set(s, "sensor.eve", argv[*at] ? argv[(*at)++] : NULL);
	if (strcmp(arg, "--socket") == 0)
		return set(s, "sensor.socket", argv[*at] ? argv[(*at)++] : NULL);
	if (strcmp(arg, "--datagram") == 0)
		return set(s, "sensor.socket_type", "datagram");
	*help = strcmp(arg, "--help") == 0;
	return *help ? 0 : FAIL_FORMAT;
}

static int run(struct settings *s)
{
	if (!conf_given(s->conf, "centre.url") ||
	    (!conf_given(s->conf, "sensor.eve") &&
		!conf_given(s->conf, "sensor.socket"))) {
		fputs("otasuke-gate: sensor needs centre.url, and sensor.eve or "
		      "sensor.socket\n",
		    stderr);
		return CMD_USAGE;
	}
	if (cmd_done(s, true) < 0)
		return CMD_USAGE;
	return proc_run_sensor(s) < 0 ? CMD_FAILED : CMD_WELL;
}

int cmd_sensor(int argc, char **argv)
{
	struct settings *s = settings_new();
	bool help = false;
	int status = s ? CMD_WELL : CMD_FAILED;

	for (int at = 1; at < argc && status == CMD_WELL && !help;)
		if (take(s, argv, &at, &help) < 0)
			status = CMD_USAGE;
	if (help || status == CMD_USAGE)
		fputs(usage, help ? stdout : stderr);
	else if (status == CMD_WELL)
		status = run(s);
	settings_free(s);
	return status;
}
