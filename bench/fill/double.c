/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/fill/fill.h"

#include <stdio.h>

/* Ten million events take an hour to send; pages only need that they are there.  All that is
 * there once more, as it would be if the same had happened before: by this much earlier, with
 * ids of its own. */
struct shift {
	int64_t us, events, incidents;
};

static int find_shift(struct store *s, struct shift *h)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return FAIL_IO;
	store_query(db, &rows,
	    "SELECT MAX(last_us) - MIN(first_us), (SELECT MAX(id) FROM event), MAX(id) FROM "
	    "incident",
	    STORE_NO_ARGS);
	if (store_next(rows))
		*h = (struct shift){ store_col_int(rows, 0), store_col_int(rows, 1),
			store_col_int(rows, 2) };
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err;
}

static int copy(struct store_db *db, void *arg)
{
	const struct shift *h = arg;
	int err = store_exec(db,
	    "INSERT INTO incident (id, company_id, gate_id, machine_id, cause, severity, state, "
	    "outcome, stopped, what, peer, events, kept, first_us, last_us, opened_us, "
	    "closed_us, change) SELECT id + ?, company_id, gate_id, machine_id, cause, severity, "
	    "'done', CASE WHEN outcome = '' THEN 'solved' ELSE outcome END, stopped, what, peer, "
	    "events, kept, first_us - ?, last_us - ?, opened_us - ?, last_us - ?, change FROM "
	    "incident",
	    STORE_ARGS(STORE_INT(h->incidents), STORE_INT(h->us), STORE_INT(h->us),
		STORE_INT(h->us), STORE_INT(h->us)));

	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO event (id, company_id, gate_id, incident_id, at_us, taken_us, "
		    "severity, eve) SELECT id + ?, company_id, gate_id, incident_id + ?, at_us - "
		    "?, taken_us - ?, severity, eve FROM event",
		    STORE_ARGS(STORE_INT(h->events), STORE_INT(h->incidents),
			STORE_INT(h->us), STORE_INT(h->us)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE kept SET events = events * 2, bytes = bytes * 2",
		    STORE_NO_ARGS);
	return err < 0 ? err : store_settle_ids(db);
}

int fill_double(struct store *s)
{
	struct shift h = { 0 };
	int err = find_shift(s, &h);

	return err < 0 ? err : store_write(s, copy, &h);
}
