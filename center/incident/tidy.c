/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

/* Its index (incident_idle) holds only what is open: looking costs nothing when there are
 * millions of old ones. */
const char incident_idle_sql[] =
    "SELECT id FROM incident WHERE severity = 0 AND state = 'new' AND cause = ? "
    "AND last_us < ? LIMIT 1";

/* Nobody works on what is only recorded: when nothing more comes it is over. */
static int next_over(
    struct store_db *db, int64_t now_us, enum record_cause c, int64_t *id)
{
	return store_get_int(db, id, incident_idle_sql,
	    STORE_ARGS(STORE_TEXT(record_cause_id(c)),
		STORE_INT(now_us - incident_window_us(c))));
}

int incident_tidy(struct store_db *db, int64_t now_us, int most)
{
	int closed = incident_suppress_tick(db, now_us), err = 0;

	if (closed < 0)
		return closed;
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++) {
		int64_t id;
		while (closed < most && (err = next_over(db, now_us, c, &id)) == 0) {
			err = incident_move(
			    db, &(struct incident_move){ .incident_id = id,
				    .now_us = now_us,
				    .to = INCIDENT_DONE,
				    .outcome = INCIDENT_HARMLESS });
			if (err < 0)
				return err;
			closed++;
		}
		if (err < 0 && err != FAIL_MISSING)
			return err;
	}
	return closed;
}
