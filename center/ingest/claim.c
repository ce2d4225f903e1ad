/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

static int company_of(struct store_db *db, struct batch *b)
{
	struct store_rows *rows;
	int found = FAIL_DENIED;

	store_query(db, &rows,
	    "SELECT company_id FROM gate WHERE id = ? AND revoked_us IS NULL",
	    STORE_ARGS(STORE_INT(b->gate_id)));
	if (store_next(rows)) {
		b->company_id = store_col_int(rows, 0);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* A batch that came before changes nothing: (gate, boot, seq) says which it is. */
static int note_batch(struct store_db *db, struct batch *b)
{
	int err = store_exec(db,
	    "INSERT INTO batch (gate_id, boot, seq, taken_us, records, refused) "
	    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(b->gate_id), STORE_TEXT(b->boot), STORE_INT(b->seq),
		STORE_INT(b->taken_us), STORE_INT(b->n), STORE_INT(b->refused_n)));

	if (err == 0)
		b->again = store_changed(db) == 0;
	return err;
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

/* The last heartbeat of the batch is the state; a batch that waited on the gate brings old
 * ones, which must not hide how far its clock is off. */
static int note_sign_of_life(struct store_db *db, const struct batch *b)
{
	const struct event *beat = NULL;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->events[i].kind == RECORD_GATE)
			beat = &b->events[i];
	if (!beat)
		return store_exec(db, "UPDATE gate SET seen_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(b->taken_us), STORE_INT(b->gate_id)));
	return store_exec(db,
	    "UPDATE gate SET seen_us = ?, beat_us = ?, skew_us = ?, state = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(b->taken_us), STORE_INT(b->taken_us),
		STORE_INT(beat->at_us - b->taken_us), STORE_TEXT(beat->detail),
		STORE_INT(b->gate_id)));
}

/* Gates send in order and forget what was acknowledged, so only the newest batches of a boot
 * can come again; one batch in PRUNE_EVERY clears away what is older. */
#define PRUNE_EVERY  256
#define KEEP_BATCHES 2000
#define KEEP_REFUSED 1000
#define OLD_BOOT_US  (INT64_C(30) * 24 * 3600 * 1000000)

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
	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM refused WHERE gate_id = ? AND id <= (SELECT id FROM refused "
		    "WHERE gate_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
		    STORE_ARGS(STORE_INT(b->gate_id), STORE_INT(b->gate_id),
			STORE_INT(KEEP_REFUSED)));
	return err;
}

int ingest_claim(struct store_db *db, struct batch *b)
{
	int err = company_of(db, b);

	if (err == 0)
		err = note_batch(db, b);
	if (err < 0 || b->again)
		return err;
	err = note_refused(db, b);
	if (err == 0 && b->taken_us % PRUNE_EVERY == 0)
		err = prune(db, b);
	return err < 0 ? err : note_sign_of_life(db, b);
}
