/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sample company is a handful of scripts beside this program: in a source tree
 * tools/sample, installed under share. */
#define DEMO_INSTALLED "/usr/share/otasuke/sample"

static const char *scripts(char dir[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = 0;
		for (int up = 0; up < 3; up++) {
			char *slash = strrchr(self, '/');
			if (!slash)
				break;
			*slash = 0;
			if (snprintf(dir, PATH_MAX, "%s/tools/sample/run.sh", self) <
				PATH_MAX &&
			    access(dir, X_OK) == 0)
				return dir;
		}
	}
	snprintf(dir, PATH_MAX, "%s/run.sh", DEMO_INSTALLED);
	return dir;
}

int cmd_demo(int argc, char **argv)
{
	static const char usage[] =
	    "usage: otasuke demo start | stop | links | mail | day [STEP]\n"
	    "  start  centre, gate and sample company (見本) on this machine; needs root\n"
	    "  stop   ends everything that start began\n"
	    "  links  address of the portal and fresh one-time logins\n"
	    "  mail   the notices that were sent\n"
	    "  day    plays the sample day, or one step of it\n";
	static const char *const verbs[] = { "start", "stop", "links", "mail", "day" };
	char script[PATH_MAX];

	if (argc > 1 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return CLI_DONE;
	}
	bool known = false;
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		known |= strcmp(argv[1], verbs[i]) == 0;
	if (!known) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	argv[0] = (char *)(uintptr_t)scripts(script);
	execv(argv[0], argv);
	fprintf(stderr, "otasuke demo: %s: %s\n", argv[0], strerror(errno));
	return CLI_FAILED;
}
