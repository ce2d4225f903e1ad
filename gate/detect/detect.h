/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/stream/stream.h"
#include "gate/tx.h"
#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <stdio.h>

/* Tour 9: Rules and lists are asked.
 *
 * Rules of the Suricata language, and lists of sites.
 *
 * Owns:    struct engine (immutable once built, reference counted, shared by workers) and
 *          struct detect (one worker's scratch, thresholds, flow bits).
 * Borrows: packet, flow, chunk during the call.
 * Threads: an engine may be used by all; a struct detect by its worker.
 * Limits:  DETECT_RULES_MAX; pcre match limits; FINDING_PER_PACKET_MAX alerts a packet.
 * Serves:  002-02, 002-03, 002-04 */
#define DETECT_RULES_MAX 200000u

struct engine;
struct detect;

/* What is to be loaded.  Paths are borrowed during engine_build(). */
struct engine_source {
	const char *const *rule_files;
	unsigned rule_file_count;
	const char *const
	    *vars; /* pairs: "HOME_NET", "[10.0.0.0/8]", "HTTP_PORTS", "80", … */
	unsigned var_count;            /* pairs */
	const char *classification;    /* classification.config, or NULL: built in */
	const char *const *site_lists; /* rules/sites/… files: name, category, hosts */
	unsigned site_list_count;
	const char *action_order;   /* "pass drop reject alert" (that is the preset), or NULL */
	const char *threshold_file; /* threshold.config, or NULL */
	unsigned alerts_max;        /* told of one packet; 0 = 15 */
	bool inline_mode;
};

/* One rule that could not be loaded. */
struct engine_refusal {
	const char *file;
	unsigned line;
	uint64_t sid; /* 0 when it could not be read */
	const char *reason;
};

struct engine_report {
	unsigned loaded, refused, disabled, sites;
	const struct engine_refusal *refusals; /* owned by the engine */
};

/* What an alert says about its rule (owned by the engine). */
struct rule {
	uint32_t gid, sid, rev, priority;
	const char *msg;        /* "" when none */
	const char *class_id;   /* classtype, "" */
	const char *class_text; /* its sentence, "" */
	const char *
	    action; /* "alert", "drop", "pass", "reject", "rejectsrc", "rejectdst", … */
	const char *metadata; /* JSON object text as EVE's alert.metadata, or NULL */
	uint32_t index;
};

/* NULL with errno-free reason in `why` when nothing could be built (a file is missing).
 * Broken rules do not fail the build: they are refused, counted and listed. */
struct engine *engine_build(const struct engine_source *source, struct buf *why)
    __attribute__((malloc));
struct engine *engine_ref(struct engine *e);
void engine_unref(struct engine *e);
struct engine_report engine_report(const struct engine *e);

struct detect *detect_new(struct engine *e) __attribute__((malloc));
void detect_free(struct detect *d);
/* Between two packets: from now on use `e`. */
int detect_swap(struct detect *d, struct engine *e) must_use;

/* Matches rules and site lists; adds FINDING_RULE and FINDING_SITE. */
void detect_run(struct detect *d, struct packet *pkt, const struct chunk *chunk);
/* Last look at transactions when the flow ends (`pkt` may be a made-up empty packet). */
void detect_flow_end(struct detect *d, struct flow *flow);
void detect_tx_end(struct detect *d, struct tx *tx);

/* One line a keyword of the rule language: its name and what it does. */
void detect_keywords_print(FILE *to);
