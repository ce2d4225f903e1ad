/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* What the subcommands of `otasuke` share.
 *
 * Owns:    nothing for longer than one call.
 * Threads: one.
 * Exit:    0 done, 1 the world failed (said on standard error), 2 wrong arguments. */
#define CLI_DATA_PRESET "/var/lib/otasuke-center"
#define CLI_DONE        0
#define CLI_FAILED      1
#define CLI_USAGE       2

/* One option of a subcommand: `--name VALUE`, or `--name` alone when `flag` is set.  One
 * table gives the parser and --help. */
struct cli_option {
	const char *name;
	const char **value; /* receives VALUE; NULL for a flag */
	bool *flag;
	bool required;
	const char *help;
};

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand */
	const char *help;
};

extern const struct cli_command cli_commands[];

int cmd_advisory(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_chamber(int argc, char **argv);
int cmd_company(int argc, char **argv);
int cmd_contact(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_enrol(int argc, char **argv);
int cmd_federation(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_incidents(int argc, char **argv);
int cmd_oidc(int argc, char **argv);
int cmd_reseller(int argc, char **argv);
int cmd_retention(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_user(int argc, char **argv);

/* True when LANG or LC_ALL asks for Japanese. */
bool cli_in_japanese(void);

/* Reads the options behind argv[0]; what is left over goes to `rest` (at most `rest_max`).
 * Returns the number of left-over words, or −1 after having said what is wrong or, for
 * --help, after having printed it (*status is then what to return). */
int cli_options(int argc, char **argv, const char *usage,
    const struct cli_option *options, const char **rest, int rest_max, int *status);

/* Opens the centre's data, saying what to do when that fails; NULL then. */
struct store *cli_store(const char *data);

/* The chamber of this name (NULL: the first); FAIL_MISSING. */
int cli_chamber(struct store_db *db, const char *name, int64_t *id) must_use;

/* Writer: a line of the audit log, by the centre's own administrator. */
int cli_audit(struct store_db *db, int64_t company_id, const char *action,
    const char *detail) must_use;

/* A positive number, or −1 after having said that `what` must be one. */
long long cli_id(const char *text, const char *what);

/* Reads one line without echo from the terminal, or from standard input when that is none.
 * False at the end of input or when it is longer than `room` − 1. */
bool cli_secret(const char *prompt, char *text, size_t room);

/* Local time, minutes: "2026-11-21 09:30", or "-" for 0. */
const char *cli_time(long long us, char text[20]);
