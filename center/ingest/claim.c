/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

#include <stdio.h>

/* What of the gate's row the batch changes. */
struct owner {
	bool ja;
	int64_t skewed_us;
	struct ingest_place place;
};

static void keep(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
}

static int find_owner(struct store_db *db, struct batch *b, struct owner *o)
{
	struct store_rows *rows;
	int found = FAIL_DENIED;

	*o = (struct owner){ 0 };
	store_query(db, &rows,
	    "SELECT g.company_id, c.lang, g.skewed_us, g.boot, g.peer, g.boot_before, "
	    "g.peer_before, g.returns, g.return_us FROM gate g JOIN company c ON "
	    "c.id = g.company_id WHERE g.id = ? AND g.revoked_us IS NULL",
	    STORE_ARGS(STORE_INT(b->gate_id)));
	if (store_next(rows)) {
		struct ingest_place *p = &o->place;
		b->company_id = store_col_int(rows, 0);
		o->ja = strcmp(store_col_text(rows, 1), "en") != 0;
		o->skewed_us = store_col_int(rows, 2);
		keep(p->boot, sizeof(p->boot), store_col_text(rows, 3));
		keep(p->peer, sizeof(p->peer), store_col_text(rows, 4));
		keep(p->boot_before, sizeof(p->boot_before), store_col_text(rows, 5));
		keep(p->peer_before, sizeof(p->peer_before), store_col_text(rows, 6));
		p->returns = store_col_int(rows, 7);
		p->return_us = store_col_int(rows, 8);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* A batch that came before changes nothing: (gate, boot, seq) says which it is. */
static int note_batch(struct store_db *db, struct batch *b)
{
	int err = store_exec(db,
	    "INSERT INTO batch (gate_id, boot, seq, taken_us, records, refused, sum) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(b->gate_id), STORE_TEXT(b->boot), STORE_INT(b->seq),
		STORE_INT(b->taken_us), STORE_INT(b->n), STORE_INT(b->refused_n),
		STORE_INT(b->sum)));

	if (err == 0)
		b->again = store_changed(db) == 0;
	return err;
}

/* A gate never gives one number to two batches.  Who did so is a second sender; what it says
 * is taken under a number of its own, so that a copied gate loses nothing either. */
static int note_other(struct store_db *db, struct batch *b, bool *other)
{
	int64_t sum;
	char boot[EVENT_BOOT_MAX + 1];
	int err = store_get_int(db, &sum,
	    "SELECT sum FROM batch WHERE gate_id = ? AND boot = ? AND seq = ?",
	    STORE_ARGS(STORE_INT(b->gate_id), STORE_TEXT(b->boot), STORE_INT(b->seq)));

	*other = err == 0 && sum != 0 && sum != b->sum;
	if (!*other)
		return err;
	snprintf(boot, sizeof(boot), "%.20s~%08x", b->boot, (unsigned)(b->sum >> 8));
	memcpy(b->boot, boot, sizeof(boot));
	return note_batch(db, b);
}

static void tell_twice(struct batch *b, const struct ingest_place *p)
{
	char what[2 * ADDR_TEXT_MAX + 4];

	snprintf(what, sizeof(what), "%s, %s", p->peer, p->peer_before);
	ingest_trouble(b, RECORD_CAUSE_KEY_TWICE, *p->peer ? what : "", false);
}

static int note_refused(struct store_db *db, const struct batch *b)
{
	uint32_t kept =
	    b->refused_n < EVENT_REFUSED_MAX ? b->refused_n : EVENT_REFUSED_MAX;
	int err = 0;

	for (uint32_t i = 0; i < kept && err == 0; i++) {
		const struct event_refused *f = &b->refused[i];
		err = store_exec(db,
		    "INSERT INTO refused (gate_id, company_id, taken_us, boot, seq, line, "
		    "why, start) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(b->company_id),
			STORE_INT(b->taken_us), STORE_TEXT(b->boot), STORE_INT(b->seq),
			STORE_INT(f->line), STORE_TEXT(f->why), STORE_TEXT(f->start)));
	}
	return err;
}

/* Longer than any heartbeat and its jitter: the gate was gone, and is back. */
#define GONE_US (INT64_C(450) * 1000000)
#define HOUR_US (INT64_C(3600) * 1000000)

/* 002-06: counts comings and goings by the hour; what is planned quiet does not count. */
static int note_gap(struct store_db *db, const struct batch *b)
{
	return store_exec(db,
	    "UPDATE gate SET flap_n = CASE WHEN flap_us < ? THEN 2 ELSE flap_n + 2 END, "
	    "flap_us = CASE WHEN flap_us < ? THEN ? ELSE flap_us END "
	    "WHERE id = ? AND seen_us < ? AND quiet_us < seen_us",
	    STORE_ARGS(STORE_INT(b->taken_us - HOUR_US),
		STORE_INT(b->taken_us - HOUR_US), STORE_INT(b->taken_us),
		STORE_INT(b->gate_id), STORE_INT(b->taken_us - GONE_US)));
}

/* The last heartbeat of the batch is the state; one that waited on the gate says nothing
 * of its clock, unless nobody said more. */
static int note_sign_of_life(
    struct store_db *db, const struct batch *b, const struct owner *o)
{
	const struct event *beat = NULL;
	const struct ingest_place *p = &o->place;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->events[i].kind == RECORD_GATE)
			beat = &b->events[i];
	int64_t skew_us = b->clock_us ? b->clock_us - b->taken_us
			  : beat      ? beat->at_us - b->taken_us
				      : 0;
	bool told = b->clock_us || (beat && !b->sensor);
	return store_exec(db,
	    "UPDATE gate SET seen_us = ?, beat_us = CASE WHEN ? = 1 THEN ? ELSE beat_us END, "
	    "state = CASE WHEN ? = 1 THEN ? ELSE state END, "
	    "skew_us = CASE WHEN ? = 1 THEN ? ELSE skew_us END, "
	    "sensor = CASE WHEN ? = 1 THEN ? ELSE sensor END, skewed_us = ?, boot = ?, "
	    "peer = ?, boot_before = ?, peer_before = ?, returns = ?, return_us = ? "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(b->taken_us), STORE_INT(beat != NULL),
		STORE_INT(b->taken_us), STORE_INT(beat != NULL),
		STORE_TEXT(beat ? beat->detail : ""), STORE_INT(told),
		STORE_INT(skew_us), STORE_INT(beat || b->sensor),
		STORE_TEXT(b->sensor ? "suricata" : ""), STORE_ID(o->skewed_us),
		STORE_TEXT(p->boot), STORE_TEXT(p->peer), STORE_TEXT(p->boot_before),
		STORE_TEXT(p->peer_before), STORE_INT(p->returns),
		STORE_INT(p->return_us), STORE_INT(b->gate_id)));
}

/* Gates send in order and forget what was acknowledged, so only the newest batches of a boot
 * can come again; one batch in PRUNE_EVERY clears away what is older. */
#define PRUNE_EVERY  256
#define KEEP_BATCHES 2000
#define KEEP_REFUSED 1000
#define OLD_BOOT_US  (INT64_C(30) * 24 * 3600 * 1000000)
#define OLD_SUM_US   (INT64_C(2) * 24 * 3600 * 1000000)

static int prune(struct store_db *db, const struct batch *b)
{
	int err = store_exec(db,
	    "DELETE FROM batch WHERE gate_id = ? AND boot = ? AND seq <= (SELECT seq FROM "
	    "batch WHERE gate_id = ? AND boot = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)",
	    STORE_ARGS(STORE_INT(b->gate_id), STORE_TEXT(b->boot),
		STORE_INT(b->gate_id), STORE_TEXT(b->boot), STORE_INT(KEEP_BATCHES)));

	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM batch WHERE gate_id = ? AND boot <> ? AND taken_us < ?",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_TEXT(b->boot),
			STORE_INT(b->taken_us - OLD_BOOT_US)));
	/* Forwarders without numbers give up sooner. */
	if (err == 0 && b->seq == INGEST_SEQ_SUM)
		err = store_exec(db,
		    "DELETE FROM batch WHERE gate_id = ? AND seq = ? AND taken_us < ?",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(INGEST_SEQ_SUM),
			STORE_INT(b->taken_us - OLD_SUM_US)));
	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM refused WHERE gate_id = ? AND id <= (SELECT id FROM refused "
		    "WHERE gate_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(b->gate_id),
			STORE_INT(KEEP_REFUSED)));
	return err;
}

/* What the batch shows of the gate itself. */
static void watch(struct batch *b, struct owner *o, bool other)
{
	bool numbered = b->seq != INGEST_SEQ_SUM;

	ingest_clock_watch(b, o->ja, &o->skewed_us);
	if ((numbered && ingest_place_note(&o->place, b)) || other)
		tell_twice(b, &o->place);
}

int ingest_claim(struct store_db *db, struct batch *b)
{
	struct owner o;
	bool other = false;
	int err = find_owner(db, b, &o);

	if (err == 0)
		err = note_batch(db, b);
	if (err == 0 && b->again)
		err = note_other(db, b, &other);
	if (err < 0 || b->again)
		return err;
	watch(b, &o, other);
	err = note_refused(db, b);
	if (err == 0)
		err = ingest_counts_write(db, b);
	if (err == 0 && b->taken_us % PRUNE_EVERY == 0)
		err = prune(db, b);
	if (err == 0)
		err = note_gap(db, b);
	return err < 0 ? err : note_sign_of_life(db, b, &o);
}
