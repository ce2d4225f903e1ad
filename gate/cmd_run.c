/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "gate/proc/proc.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate run --config FILE [--set KEY=VALUE]…\n\n"
    "Protects until SIGTERM or SIGINT.  SIGHUP reads the rules again without losing a\n"
    "packet.  --help config lists the settings.\n";

int cmd_run(int argc, char **argv)
{
	struct settings *s = settings_new();
	bool help = false;
	int status = s ? CMD_WELL : CMD_FAILED;

	for (int at = 1; at < argc && status == CMD_WELL;) {
		int taken = cmd_common_option(s, argv, &at);
		if (taken == 0 && strcmp(argv[at], "--help") == 0)
			help = at++ > 0;
		else if (taken <= 0)
			status = CMD_USAGE;
	}
	if (help || status == CMD_USAGE)
		fputs(usage, help ? stdout : stderr);
	else if (status == CMD_WELL && cmd_done(s, false) < 0)
		status = CMD_USAGE;
	else if (status == CMD_WELL)
		status = proc_run(s) < 0 ? CMD_FAILED : CMD_WELL;
	settings_free(s);
	return status;
}
