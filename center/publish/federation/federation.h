/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"
#include "lib/sign/sign.h"

#include <jansson.h>

/* Chambers federate: a chamber's centre tells a national one how much happened, never what
 * happened to whom, and takes advisories and bundles home.
 *
 * A report is of a day: cells by hour, cause, direction, verdict, severity, region and
 * industry.  A cell with fewer than FEDERATION_LEAST companies is merged (first over region
 * and industry, then over the hours of the day, then over causes and directions) and is left
 * out when that does not help.  Each event is in one cell at most and no totals are sent, so
 * that nothing comes out by subtraction within a report.
 *
 * A day is sent again, whole, when it changed (a gate that was away); the other side replaces
 * it.  So a report may come twice, and after an outage the days that were missed follow.
 *
 * Owns:    its thread.
 * Borrows: store and configuration texts, from publish_federation_start() to _stop().
 * Threads: start and stop by one thread; functions marked Writer belong into store_write().
 * Limits:  FEDERATION_TEXT_MAX the cells of an hour; FEDERATION_ENTRIES_MAX of a day before
 *          merging; FEDERATION_BACK_DAYS looked at again; an answer FEDERATION_NEWS_MAX.
 * Serves:  federation: statistics, never raw records; advisories and bundles. */
#define FEDERATION_LEAST       3
#define FEDERATION_TEXT_MAX    60000u
#define FEDERATION_ENTRIES_MAX 2000000u
#define FEDERATION_BACK_DAYS   9   /* a gate promises a week */
#define FEDERATION_OUTAGE_DAYS 400 /* after an outage, at most */
#define FEDERATION_NEWS_MAX    (4u << 20)
#define FEDERATION_REST        (-1) /* instead of an hour */

struct publish_federation_conf {
	const char *url;   /* https://…; http:// on loopback only; NULL: off */
	const char *token; /* file */
	const char *ca;    /* PEM file; NULL: the system's */
	const char *keys;  /* public keys that advisories and bundles are signed by */
	int64_t every_s;
};

struct publish_federation;

/* NULL, with the reason logged. */
struct publish_federation *publish_federation_start(
    const struct publish_federation_conf *conf, struct store *store)
    __attribute__((malloc));
void publish_federation_stop(struct publish_federation *f);

/* ---- cells (fold.c) ---- */

#define FEDERATION_WORD 33u
#define FEDERATION_NAME 49u

/* What one company had; after folding, what several had. */
struct federation_entry {
	int hour, stopped, severity;
	char cause[FEDERATION_WORD], way[8];
	char region[FEDERATION_NAME], industry[FEDERATION_NAME];
	int64_t company_id; /* companies, in a cell */
	int64_t events, incidents;
	bool fits;
};

/* Merges entries to cells in place; returns how many there are. */
size_t federation_fold(struct federation_entry *e, size_t n);
/* The cells of an hour as lines; FAIL_LIMIT: longer than FEDERATION_TEXT_MAX. */
int federation_print(const struct federation_entry *cells, size_t n, int hour,
    struct buf *text) must_use;
/* One line of it.  FAIL_FORMAT: none, or a cell that is too small. */
int federation_read_line(struct span line, struct federation_entry *cell) must_use;

/* ---- a day of this centre (gather.c) ---- */

struct federation_report {
	struct federation_entry *cells; /* federation_report_fini() */
	size_t n;
	int64_t companies, gates; /* that this centre watches */
	char sum[65];             /* of all of it */
};

/* Reader: without companies that are samples, and without what was received. */
int federation_gather(
    struct store_db *db, int64_t day, struct federation_report *r) must_use;
void federation_report_fini(struct federation_report *r);

/* ---- advisories (advisory.c) ---- */

struct federation_advisory {
	const char *uid;
	const char *title_ja, *title_en, *title_easy, *text_ja, *text_en, *text_easy;
	int64_t serial, severity, from_us, until_us;
	bool withdrawn;
};

/* Writer: signs and keeps it for `chamber_id`; uid NULL makes one.  *id receives its row. */
int federation_advisory_make(struct store_db *db, const struct sign_key *key,
    int64_t chamber_id, const struct federation_advisory *a, int64_t now_us,
    int64_t *id) must_use;
/* Writer: the same one with `withdrawn` set.  FAIL_MISSING: not made here, or it is so. */
int federation_advisory_withdraw(struct store_db *db, const struct sign_key *key,
    int64_t id, int64_t now_us) must_use;
/* Writer: one that came from the national centre, for all chambers of this one.  1: new;
 * 0: known; FAIL_DENIED: not signed by one of `keys`; FAIL_FORMAT. */
int federation_advisory_take(struct store_db *db, const char *keys, const char *body,
    const char *signature, int64_t now_us) must_use;
/* True when one of the keys (blanks or commas between) signed it. */
bool federation_signed(
    const char *keys, const char *purpose, struct span bytes, const char *signature);

/* ---- the national side (receive.c) ---- */

struct federation_part {
	int64_t member_id, day, as_of_us, hour;
	struct span cells; /* lines */
	bool sealed;       /* the last one of this report: now it counts */
	int64_t hours;     /* sealed: how many parts came before */
	int64_t companies, gates;
};

/* Writer: 1: taken; 0: there is this report, or a newer one.  FAIL_DENIED: not a member;
 * FAIL_FORMAT: not cells; FAIL_CONFLICT: sealed, but parts are missing. */
int federation_take(
    struct store_db *db, const struct federation_part *p, int64_t now_us) must_use;
/* Writer: a chamber that may send, and the token with which it does. */
int federation_admit(struct store_db *db, const char *name, const char *hash,
    int64_t now_us, int64_t *member_id) must_use;
/* Reader: what a member is told: {advisories, bundles}.  NULL: *err. */
json_t *federation_news(
    struct store_db *db, int64_t member_id, int64_t now_us, int *err);
/* Reader: a piece of an offered bundle.  FAIL_MISSING. */
int federation_news_part(struct store_db *db, int64_t member_id, int64_t bundle_id,
    int64_t part, struct buf *bytes) must_use;

/* ---- a bundle that was offered (offer.c) ---- */

/* Writer: keeps a whole file that the national centre signed.  FAIL_DENIED, FAIL_FORMAT. */
int federation_offer_keep(struct store_db *db, const char *keys, struct span file,
    int64_t now_us, char *why, size_t room) must_use;
/* Reader: is it here? */
int federation_offer_known(
    struct store_db *db, const char *name, int64_t version) must_use;
/* Reader: its file. */
int federation_offer_file(struct store_db *db, int64_t id, struct buf *file) must_use;
