/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"

#include <stdio.h>

/* The second fence between tenants (the first is each query's own condition): rules that
 * PostgreSQL adds by itself to every query on a table of tenants, for a transaction that has
 * said whose it is (store_fence()).  Every table with company_id or chamber_id gets one when
 * a migration has made it; a table's owner is not above it (FORCE), a superuser is.
 *
 * `off` and `is` are asked once a query, not once a row. */
#define OFF(what) \
	"(SELECT coalesce(current_setting('otasuke." what "', true), '') = '')"
#define IS(what)                                                                 \
	"(SELECT CAST(nullif(current_setting('otasuke." what "', true), '') AS " \
	"bigint))"
/* A row without a company is the chamber's, or the centre's own. */
#define OF_COMPANY(column) "(" OFF("company") " OR " column " = " IS("company") ")"
#define OF_CHAMBER(column) "(" OFF("chamber") " OR " column " = " IS("chamber") ")"
#define COMPANY_OF_CHAMBER                                                       \
	"(" OFF("chamber") " OR company_id IS NULL OR company_id IN (SELECT id " \
			   "FROM company WHERE chamber_id = " IS("chamber") "))"

#define RULE_CHAMBER_TABLE OF_CHAMBER("id")
#define RULE_COMPANY_TABLE OF_COMPANY("id") " AND " OF_CHAMBER("chamber_id")
#define RULE_COMPANY       OF_COMPANY("company_id") " AND " COMPANY_OF_CHAMBER
#define RULE_CHAMBER       OF_CHAMBER("chamber_id")
#define RULE_BOTH                                                              \
	"(company_id IS NULL OR " RULE_COMPANY ") AND (chamber_id IS NULL OR " \
	"company_id IS NOT NULL OR " OF_CHAMBER("chamber_id") ")"

static const char fences[] =
    "DO $do$ DECLARE t record; rule text; BEGIN "
    "FOR t IN SELECT c.relname AS name, "
    "bool_or(a.attname = 'company_id') AS company, "
    "bool_or(a.attname = 'chamber_id') AS chamber "
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT "
    "a.attisdropped WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN "
    "('r', 'p') AND NOT c.relispartition "
    "AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) "
    "GROUP BY c.relname LOOP "
    "rule := CASE WHEN t.name = 'chamber' THEN $r$" RULE_CHAMBER_TABLE "$r$ "
    "WHEN t.name = 'company' THEN $r$" RULE_COMPANY_TABLE "$r$ "
    "WHEN t.company AND t.chamber THEN $r$" RULE_BOTH "$r$ "
    "WHEN t.company THEN $r$" RULE_COMPANY "$r$ "
    "WHEN t.chamber THEN $r$" RULE_CHAMBER "$r$ END; "
    "CONTINUE WHEN rule IS NULL; "
    "EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name); "
    "EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.name); "
    "EXECUTE format('CREATE POLICY tenant ON %I USING (%s)', t.name, rule); "
    "END LOOP; END $do$";

int postgres_fences(struct postgres_db *pg)
{
	return postgres_run(pg, fences);
}

int postgres_fence(struct store_db *db, int64_t chamber_id, int64_t company_id)
{
	char chamber[24] = "", company[24] = "";

	if (chamber_id)
		snprintf(chamber, sizeof(chamber), "%lld", (long long)chamber_id);
	if (company_id)
		snprintf(company, sizeof(company), "%lld", (long long)company_id);
	return postgres_exec(db,
	    "SELECT set_config('otasuke.chamber', ?, true), "
	    "set_config('otasuke.company', ?, true)",
	    STORE_ARGS(STORE_TEXT(chamber), STORE_TEXT(company)));
}
