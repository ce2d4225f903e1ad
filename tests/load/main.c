/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/load/load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "otasuke-load: made-up gates against a real centre (bench/fleet uses it)\n"
    "\n"
    "  otasuke-load prepare --data DIR --work DIR [--gates N] [--store-url URL]\n"
    "      makes companies, gates and certificates in the centre's store (the centre is not\n"
    "      running); only for a store made for this\n"
    "  otasuke-load run --work DIR --door HOST:PORT[,HOST:PORT] [--gates N] [--seconds S]\n"
    "      [--beat-ms MS] [--alerts N] [--retry-max-ms MS] [--quiet]\n"
    "      each gate connects, beats with jitter and sends N alerts with each beat; prints a\n"
    "      report (JSON) and keeps what was acknowledged in DIR\n"
    "  otasuke-load verify --data DIR --work DIR [--store-url URL]\n"
    "      everything that was acknowledged is in the store, once\n";

static const struct option options[] = { { "data", 1, NULL, 'd' },
	{ "work", 1, NULL, 'w' }, { "store-url", 1, NULL, 'u' },
	{ "door", 1, NULL, 'p' }, { "gates", 1, NULL, 'g' },
	{ "seconds", 1, NULL, 's' }, { "beat-ms", 1, NULL, 'b' },
	{ "alerts", 1, NULL, 'a' }, { "retry-max-ms", 1, NULL, 'r' },
	{ "quiet", 0, NULL, 'q' }, { "help", 0, NULL, 'h' }, { 0 } };

static bool take(struct load_conf *c, int option)
{
	unsigned n = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

	switch (option) {
	case 'd':
		c->data = optarg;
		return true;
	case 'w':
		c->work = optarg;
		return true;
	case 'u':
		c->url = optarg;
		return true;
	case 'p':
		c->doors = optarg;
		return true;
	case 'g':
		c->gates = n;
		return n > 0 && n <= LOAD_GATES_MAX;
	case 's':
		c->seconds = n;
		return true;
	case 'b':
		c->beat_ms = n;
		return n > 0;
	case 'a':
		c->alerts = n;
		return n <= 100;
	case 'r':
		c->retry_max_ms = n;
		return n > 0;
	case 'q':
		c->quiet = true;
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct load_conf c = { .gates = 1000,
		.seconds = 60,
		.beat_ms = 60000,
		.alerts = 2,
		.retry_max_ms = 300000 };
	const char *what = argc > 1 ? argv[1] : "";
	int option, err;

	if (strcmp(what, "--help") == 0) {
		fputs(help, stdout);
		return 0;
	}
	for (optind = 2; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
		if (!take(&c, option)) {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	if (strcmp(what, "prepare") == 0 && c.data && c.work)
		err = load_prepare(&c);
	else if (strcmp(what, "run") == 0 && c.work && c.doors)
		err = load_run(&c);
	else if (strcmp(what, "verify") == 0 && c.data && c.work)
		err = load_verify(&c);
	else {
		fputs(help, stderr);
		return 2;
	}
	return err < 0 ? 1 : 0;
}
