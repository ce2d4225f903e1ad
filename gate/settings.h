/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/capture/capture.h"
#include "gate/pipeline.h"
#include "lib/conf/conf.h"

/* What a person may set on a gate, and what the stages get from it.
 *
 * Owns:    the configuration and every list made from it; the pointers in `pipeline` and
 *          `rules` lead into it.
 * Threads: read-only once settings_done() returned.
 * Serves:  002-18 (it protects without any setting) */
struct settings {
	struct conf *conf;

	struct pipeline_conf pipeline;
	struct engine_source rules;
	struct capture_ports ports;
	const char *recording; /* capture.mode = file: instead of ports */
	bool strict;           /* a rule that cannot be loaded is an error */

	/* what the lists above point to */
	struct addr_net *home;
	const char **rule_files, **site_lists, **vars;
	char *store; /* asset.store when it follows from state.dir */
	char **own;  /* by row of lib/wire/remote.h: what was configured here */
};

extern const struct conf_row settings_rows[];
extern const size_t settings_row_count;

/* Everything as preset. */
struct settings *settings_new(void) __attribute__((malloc));
void settings_free(struct settings *s);
/* Reads a configuration file.  0, or FAIL_* with the reasons in `why`. */
int settings_read(struct settings *s, const char *path, struct buf *why) must_use;
/* One setting of the command line; `where` is the option's name. */
int settings_set(struct settings *s, const char *where, const char *key,
    const char *value, struct buf *why) must_use;
/* Call once all is set: checks what belongs together and fills the parts above.
 * `replay`: frames come from a file, so that the default is to tell everything. */
int settings_done(struct settings *s, bool replay, struct buf *why) must_use;

/* Reads a value that came from the centre for one of its settings (lib/wire/remote.h); NULL
 * puts back what the gate's own configuration says.  Call settings_again() afterwards. */
int settings_remote(
    struct settings *s, const char *key, const char *value, struct buf *why) must_use;
/* Makes `rules`, `pipeline.verdict`, home networks and limits anew.  The lists that they
 * pointed to before are gone: nobody may be building an engine. */
int settings_again(struct settings *s, struct buf *why) must_use;
/* Rule files or site lists of a bundle instead of the configured ones; count 0: those. */
int settings_bundle(struct settings *s, const char *const *rules, unsigned rule_count,
    const char *const *sites, unsigned site_count) must_use;

/* Paths that follow from state.dir unless they were given; `path` has `room` bytes. */
void settings_path(const struct settings *s, const char *key, const char *name,
    char *path, size_t room);
