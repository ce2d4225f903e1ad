/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/internal.h"

#include "lib/base/must.h"

#include <stdlib.h>

#define API_SQL_TEXT_MAX 8192u

void api_sql_init(struct api_sql *s, const char *text)
{
	buf_init(&s->text, API_SQL_TEXT_MAX);
	s->n = 0;
	api_sql_add(s, text);
}

void api_sql_fini(struct api_sql *s)
{
	buf_fini(&s->text);
}

void api_sql_add(struct api_sql *s, const char *text)
{
	buf_add_text(&s->text, text);
}

void api_sql_with(struct api_sql *s, const char *text, struct store_value value)
{
	must(s->n < API_SQL_VALUES_MAX);
	api_sql_add(s, text);
	s->values[s->n++] = value;
}

void api_sql_confidential(
    struct api_sql *s, const struct api_scope *scope, const char *alias)
{
	if (scope->reach == API_REACH_OWN)
		return;
	api_sql_add(s, " AND (");
	api_sql_add(s, alias);
	api_sql_add(s,
	    ".confidential = 0 OR EXISTS (SELECT 1 FROM incident_named named "
	    "WHERE named.incident_id = ");
	api_sql_add(s, alias);
	api_sql_with(s, ".id AND named.account_id = ?))", STORE_INT(scope->account_id));
}

/* Behind the tenant's fence: incidents, and what hangs on one, by their alias. */
static void hide_confidential(
    struct api_sql *s, const struct api_scope *scope, const char *column)
{
	if (scope->reach == API_REACH_OWN)
		return;
	if (strcmp(column, "i.company_id") == 0) {
		api_sql_confidential(s, scope, "i");
		return;
	}
	if (strcmp(column, "e.company_id") != 0 && strcmp(column, "n.company_id") != 0)
		return;
	api_sql_add(s, " AND NOT EXISTS (SELECT 1 FROM incident hid WHERE hid.id = ");
	api_sql_add(s, *column == 'e' ? "e" : "n");
	api_sql_with(s,
	    ".incident_id AND hid.confidential = 1 AND NOT EXISTS (SELECT 1 FROM "
	    "incident_named named WHERE named.incident_id = hid.id AND named.account_id = ?))",
	    STORE_INT(scope->account_id));
}

static void fence(struct api_sql *s, const struct api_scope *scope, const char *column)
{
	if (scope->reach == API_REACH_OWN) {
		must(scope->company_id > 0);
		api_sql_add(s, " AND ");
		api_sql_add(s, column);
		api_sql_with(s, " = ?", STORE_INT(scope->company_id));
		return;
	}
	if (scope->reach != API_REACH_RESELLER && scope->reach != API_REACH_CHAMBER) {
		/* A permission that is not about companies. */
		api_sql_add(s, " AND 1 = 0");
		return;
	}
	/* Not IN (SELECT …): with it the planner walks company by company and sorts all
	 * that they have, instead of taking the newest first. */
	api_sql_add(s, " AND EXISTS (SELECT 1 FROM company fence WHERE fence.id = ");
	api_sql_add(s, column);
	if (scope->reach == API_REACH_RESELLER) {
		must(scope->reseller_id > 0);
		api_sql_with(
		    s, " AND fence.reseller_id = ?", STORE_INT(scope->reseller_id));
	}
	api_sql_with(s, " AND fence.chamber_id = ?)", STORE_INT(scope->chamber_id));
}

void api_sql_scope(struct api_sql *s, const struct api_scope *scope, const char *column)
{
	/* A scope that nobody filled in sees nothing. */
	must(scope->account_id > 0 && scope->chamber_id > 0);
	/* Without its table's name it could mean a column of the fence's own. */
	must(strchr(column, '.') && strncmp(column, "fence.", 6) != 0);
	fence(s, scope, column);
	hide_confidential(s, scope, column);
}

struct store_db *api_read(const struct api_request *q)
{
	const struct api_scope *scope = &q->scope;
	struct store_db *db = store_read(q->api->store);
	bool own = scope->reach == API_REACH_OWN;

	if (db && store_fence(db, scope->chamber_id, own ? scope->company_id : 0) < 0) {
		store_read_done(q->api->store, db);
		db = NULL;
	}
	return db;
}

void api_sql_query(struct api_sql *s, struct store_db *db, struct store_rows **rows)
{
	const char *text = buf_text(&s->text);

	/* Fixed texts only: a text that does not fit is a mistake of ours. */
	must(!s->text.overflowed);
	(void)store_query(db, rows, text, (struct store_args){ s->values, s->n });
}

bool api_sql_company(struct api_sql *s, struct store_db *db,
    const struct api_request *q, const char *column, struct api_reply *a)
{
	int64_t company = api_query_int(q, "company", 0), seen;
	struct api_sql one;
	struct store_rows *rows;

	if (company == 0)
		return true;
	api_sql_init(&one, "SELECT c.id FROM company c WHERE");
	api_sql_with(&one, " c.id = ?", STORE_INT(company));
	api_sql_scope(&one, &q->scope, "c.id");
	api_sql_query(&one, db, &rows);
	seen = store_next(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&one);
	if (err < 0 || !seen) {
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
		return false;
	}
	api_sql_add(s, " AND ");
	api_sql_add(s, column);
	api_sql_with(s, " = ?", STORE_INT(company));
	return true;
}

bool api_sql_before(struct api_sql *s, const struct api_request *q, const char *columns,
    struct api_reply *a)
{
	const char *text = api_query_text(q, "before");
	char *end;

	if (!text)
		return true;
	long long first = strtoll(text, &end, 10);
	long long second = *end == '.' ? strtoll(end + 1, &end, 10) : -1;
	if (first < 0 || second < 0 || *end || *text < '0' || *text > '9') {
		api_fail(a, API_BAD, "query: before");
		return false;
	}
	api_sql_add(s, " AND (");
	api_sql_add(s, columns);
	api_sql_with(s, ") < (?,", STORE_INT(first));
	api_sql_with(s, " ?)", STORE_INT(second));
	return true;
}

const char *api_like(const char *text, char *room, size_t size)
{
	size_t n = 0;

	must(size > 4);
	room[n++] = '%';
	for (; *text && n + 4 < size; text++) {
		if (*text == '%' || *text == '_' || *text == '!')
			room[n++] = '!';
		room[n++] = *text;
	}
	room[n++] = '%';
	room[n] = '\0';
	return room;
}
