/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/settings.h"

#include <signal.h>

/* The subcommands of otasuke-gate: what they share.  Each returns the exit status:
 * 0 well, 1 the world failed or a rule was refused, 2 the command line is wrong. */
enum { CMD_WELL, CMD_FAILED, CMD_USAGE };

int cmd_replay(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_enrol(int argc, char **argv);
int cmd_sensor(int argc, char **argv);

/* Options that replay, explain and rules have in common: --config --rules --home-net --set.
 * Takes one from argv[*at] (with its value) and moves *at behind it.  0: it was none of
 * them; 1: taken; negative: said why. */
int cmd_common_option(struct settings *s, char **argv, int *at);
/* Prints `why` (lines) on standard error, each behind the program's name. */
void cmd_complain(struct buf *why);
/* settings_done(), complaining. */
int cmd_done(struct settings *s, bool replay) must_use;
/* Builds the engine, tells refusals.  NULL when it cannot be built, or when a rule was
 * refused and rules.strict is set. */
struct engine *cmd_engine(struct settings *s);
/* Carries what is left of a capture; 0, or FAIL_* with its reason told.  Stops early when
 * cmd_stop is set. */
int cmd_carry(struct worker *w, struct capture *c, const char *name);

extern volatile sig_atomic_t cmd_stop;
/* SIGINT and SIGTERM set cmd_stop. */
void cmd_catch_signals(void);
