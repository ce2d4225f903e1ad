/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "gate/uplink/uplink.h"

#include <stdio.h>

int cmd_enrol(int argc, char **argv)
{
	const char *centre = NULL, *code = NULL, *dir = "/var/lib/otasuke-gate/centre";
	const struct cli_option options[] = {
		{ "centre", &centre, NULL, true,
		    "address of the centre: https://host:port" },
		{ "code", &code, NULL, true,
		    "the one-time code that the centre gave you" },
		{ "dir", &dir, NULL, false,
		    "where key and certificates go (/var/lib/otasuke-gate/centre)" },
		{ 0 },
	};
	int status;

	if (cli_options(argc, argv, "enrol --centre URL --code CODE [--dir DIR]",
		options, NULL, 0, &status) < 0)
		return status;
	if (uplink_enrol(centre, code, dir) < 0)
		return CLI_FAILED;
	if (cli_in_japanese())
		printf("参加しました。鍵と証明書は %s にあります。\n", dir);
	else
		printf("Joined. Key and certificates are in %s.\n", dir);
	return CLI_DONE;
}
