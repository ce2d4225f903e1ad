/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"

/* The audit log, newest first: for the auditor the chamber's, for an owner the company's. */

static json_t *line(struct store_rows *rows)
{
	return json_pack("{s:I, s:I, s:o*, s:o*, s:o*, s:s, s:s, s:s}", "id",
	    (json_int_t)store_col_int(rows, 0), "at_us",
	    (json_int_t)store_col_int(rows, 1), "account", api_people_ref(rows, 2),
	    "company", api_people_ref(rows, 4), "incident_id", api_time(rows, 6),
	    "action", store_col_text(rows, 7), "detail", store_col_text(rows, 8),
	    "hash", store_col_text(rows, 9));
}

/* A line belongs to a tenant by its company, or, about no company, by who did it.  What the
 * centre itself did about no company belongs to no chamber. */
static void fence(struct api_sql *s, const struct api_scope *scope)
{
	if (scope->reach == API_REACH_OWN) {
		api_sql_with(s, " AND l.company_id = ?", STORE_INT(scope->company_id));
		return;
	}
	int64_t chamber = scope->reach == API_REACH_CHAMBER ? scope->chamber_id : 0;
	api_sql_with(s,
	    " AND CASE WHEN l.company_id IS NULL THEN a.chamber_id ELSE c.chamber_id END = ?",
	    STORE_INT(chamber));
	/* That there is a confidential incident shows; what it is about does not. */
	api_sql_add(s, " AND NOT EXISTS (SELECT 1 FROM incident hid WHERE hid.id = "
		       "l.incident_id AND hid.confidential = 1)");
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	int64_t from = api_query_int(q, "from_us", 0),
		to = api_query_int(q, "to_us", 0),
		account = api_query_int(q, "account", 0);
	const char *action = api_query_text(q, "action");
	char like[512];
	struct api_page page;
	struct store_rows *rows;

	fence(s, &q->scope);
	if (!api_sql_company(s, db, q, "l.company_id", a) ||
	    !api_sql_before(s, q, "l.id, 0", a))
		return;
	if (from)
		api_sql_with(s, " AND l.at_us >= ?", STORE_INT(from));
	if (to)
		api_sql_with(s, " AND l.at_us < ?", STORE_INT(to));
	if (account)
		api_sql_with(s, " AND l.account_id = ?", STORE_INT(account));
	if (action && action[0])
		api_sql_with(s, " AND l.action LIKE ? ESCAPE '!'",
		    STORE_TEXT(api_like(action, like, sizeof(like))));
	api_page_init(&page, q);
	api_page_order(&page, s, "l.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, line(rows), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_people_audit(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a,
	    "SELECT l.id, l.at_us, a.id, a.name, c.id, c.name, l.incident_id, l.action, "
	    "l.detail, l.hash FROM audit l LEFT JOIN account a ON a.id = l.account_id LEFT "
	    "JOIN company c ON c.id = l.company_id WHERE 1 = 1",
	    list);
}
