/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/sig.h"
#include "lib/base/arena.h"

/* Rule text to struct sig.
 *
 * Owns:    struct load, until detect_parse_free(); what it makes of good rules lives in the
 *          engine's arena (`keep`).
 * Borrows: rule text during the call.
 * Threads: one load, one thread.
 * Limits:  PARSE_RULE_MAX bytes a rule, PARSE_FILE_MAX a file, SIG_* of sig.h. */
#define PARSE_RULE_MAX   65536u
#define PARSE_FILE_MAX   (256u << 20)
#define PARSE_WHY_MAX    256u
#define PARSE_CHECKS_MAX 64u
#define PARSE_VARS_MAX   256u
#define PARSE_META_MAX   128u
#define PARSE_DEPTH_MAX  16u /* brackets and variables inside each other */

/* ---- what is shared by all rules of one engine */
struct parse_var {
	const char *name, *value;
};

struct parse_class {
	const char *id, *text;
	uint32_t priority;
};

/* Equal things are kept once; `key` is the text they were made from. */
struct intern_row {
	uint64_t hash;
	const void *key;
	uint32_t key_len;
	void *value;
};

struct intern {
	struct intern_row *rows;
	uint32_t room, count; /* room: a power of two */
};

struct load {
	struct arena *keep;
	struct parse_var vars[PARSE_VARS_MAX];
	uint32_t var_count;
	struct parse_class *classes;
	uint32_t class_count, class_room;
	struct intern addr_sets, port_sets, sources, regexes, texts;
	const struct addr_set **addr_set; /* by id */
	uint32_t addr_set_count, addr_set_room;
	const struct port_set **port_set;
	uint32_t port_set_count, port_set_room;
	const struct source **source;
	uint32_t source_count, source_room;
	struct regex **regex; /* to be freed with the engine */
	uint32_t regex_count, regex_room;
	struct sig **sigs;
	uint32_t sig_count, sig_room;
	struct intern sids; /* (gid, sid) to its place in sigs */
	struct engine_refusal *refusals;
	uint32_t refusal_count, refusal_room;
	uint32_t disabled, skipped;
	struct draft *draft; /* room for the rule in hand, reused */
};

int detect_parse_init(struct load *l, struct arena *keep) must_use;
/* Frees what the engine does not keep (regexes and arena stay). */
void detect_parse_fini(struct load *l);
/* Notes what could not be loaded. */
int detect_parse_refuse(
    struct load *l, const char *file, unsigned line, uint64_t sid, const char *why);
/* Adds or replaces a variable; texts are copied. */
int detect_parse_var(struct load *l, const char *name, const char *value) must_use;
const char *detect_parse_var_find(const struct load *l, const char *name);
/* All rules of a file.  FAIL_IO when it cannot be read; broken rules become refusals. */
int detect_parse_file(struct load *l, const char *path) must_use;
/* The same from memory; `name` is what refusals call it. */
int detect_parse_text(
    struct load *l, const char *name, char *text, size_t len) must_use;
/* The whole file in memory with a NUL behind, or NULL with errno set. */
char *detect_parse_read(const char *path, size_t *len) __attribute__((malloc));
/* threshold.config, when all rules are loaded; broken lines become refusals. */
int detect_parse_limits(struct load *l, const char *path) must_use;
/* classification.config: `config classification: id,text,priority`. */
int detect_parse_classes(struct load *l, const char *path) must_use;
const struct parse_class *detect_parse_class_find(const struct load *l, const char *id);
int detect_parse_class_add(
    struct load *l, const char *id, const char *text, uint32_t priority) must_use;
int detect_parse_builtin_classes(struct load *l) must_use;

/* ---- one rule in hand */
struct draft_block {
	const struct source *source;
	uint16_t count;
	bool
	    closed; /* a `many` buffer: the next use of its keyword is another instance */
	bool absent_ok, absent_only;
	struct item items[SIG_ITEMS_MAX];
};

struct draft {
	struct load *load;
	struct sig sig;
	char why[PARSE_WHY_MAX]; /* reason of a refusal */
	struct check checks[PARSE_CHECKS_MAX], acts[PARSE_CHECKS_MAX];
	uint32_t check_count, act_count;
	struct draft_block blocks[SIG_BLOCKS_MAX];
	uint32_t block_count;
	struct source spec;   /* the sticky buffer in force */
	bool sticky;          /* a sticky buffer is in force */
	bool transforms_open; /* nothing was looked for in it yet */
	int block;            /* of `spec`, or -1 when it has none yet */
	struct item *last;    /* content that modifiers refer to, or NULL */
	struct draft_block *last_block;
	struct threshold thresholds[4];
	uint32_t threshold_count;
	char var_names[SIG_VARS_MAX][64];
	uint32_t var_count;
	const char *meta_keys[PARSE_META_MAX], *meta_values[PARSE_META_MAX];
	uint32_t meta_count;
	const char *options; /* the text between the brackets, for requires */
	uint32_t seen;       /* enum draft_seen */
	uint8_t buffer_dirs; /* directions that all its buffers have */
	uint8_t flow_dirs;
	bool skip; /* requires: not meant for us */
	bool priority_set;
	struct item *base64; /* base64_decode waiting for base64_data */
};

enum draft_seen {
	SEEN_MSG = 1,
	SEEN_SID = 2,
	SEEN_REV = 4,
	SEEN_GID = 8,
	SEEN_FLOW = 16,
	SEEN_DSIZE = 32,
	SEEN_PRIORITY = 64,
	SEEN_FAST = 128,
	SEEN_CLASS = 256,
	SEEN_FILTER = 512,
	SEEN_TARGET = 1024,
	SEEN_TTL = 2048,
	SEEN_STICKY_DIR = 4096,
};

/* Sets the reason and returns FAIL_FORMAT: `return draft_no(d, "…")`. */
int detect_parse_no(struct draft *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct check *detect_parse_check(struct draft *d, uint8_t kind); /* NULL: too many */
struct check *detect_parse_act(struct draft *d, uint8_t kind);
/* A new item in the buffer in force, or NULL with a reason. */
struct item *detect_parse_item(struct draft *d, uint8_t kind);
/* The same in a buffer that is not in force. */
struct item *detect_parse_item_in(struct draft *d, uint8_t kind, uint16_t buffer);
/* Makes `buffer` the one in force. */
int detect_parse_sticky(struct draft *d, uint16_t buffer) must_use;
/* Moves the last content from the payload to `buffer` (legacy modifiers). */
int detect_parse_move(struct draft *d, uint16_t buffer) must_use;
int detect_parse_transform(struct draft *d, const struct transform *t) must_use;
/* Number of a byte variable, or -1. */
int detect_parse_var_number(const struct draft *d, const char *name);
int detect_parse_var_new(struct draft *d, const char *name);
const struct regex *detect_parse_regex(
    struct draft *d, const char *pattern, size_t len, uint32_t options);

/* header.c: "alert tcp $HOME_NET any -> any 80" in front of the brackets; moves *text. */
int detect_parse_header(struct draft *d, char **text) must_use;
const struct addr_set *detect_parse_addrs(struct draft *d, const char *text);
const struct port_set *detect_parse_ports(struct draft *d, const char *text);
/* rule.c: header, options, sanity, freeze.  0, FAIL_FORMAT (d->why), or 1: skipped. */
int detect_parse_rule(struct draft *d, char *text);
/* freeze.c: what the whole rule must satisfy, and its final form in `keep`. */
int detect_parse_freeze(struct draft *d, struct sig **out) must_use;
