/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/watch/watch.h"

const struct incident_watch_limit_row
    incident_watch_limits[INCIDENT_WATCH_LIMIT_MAX] = {
#define INCIDENT_WATCH_LIMIT(id, preset, least, most, unit, ja, en) \
	{ #id, preset, least, most, unit, ja, en },
#include "center/incident/watch/limits.tbl"
    };

int incident_watch_limits_get(
    struct store_db *db, int64_t chamber_id, int64_t values[INCIDENT_WATCH_LIMIT_MAX])
{
	struct store_rows *rows;

	for (unsigned i = 0; i < INCIDENT_WATCH_LIMIT_MAX; i++)
		values[i] = incident_watch_limits[i].preset;
	store_query(db, &rows,
	    "SELECT key, value FROM watch_limit WHERE chamber_id = ?",
	    STORE_ARGS(STORE_INT(chamber_id)));
	while (store_next(rows))
		for (unsigned i = 0; i < INCIDENT_WATCH_LIMIT_MAX; i++)
			if (strcmp(incident_watch_limits[i].key,
				store_col_text(rows, 0)) == 0)
				values[i] = store_col_int(rows, 1);
	return store_rows_free(rows);
}
