/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The audit log: does its chain hold, and what stands in it? */

struct wish {
	const char *from, *anchor, *company, *action, *limit;
};

/* "12:HASH", as the centre writes it into its log every day. */
static bool read_anchor(const char *text, struct store_audit_place *place)
{
	char *end;

	place->line = strtoll(text, &end, 10);
	if (place->line <= 0 || *end != ':' ||
	    strlen(end + 1) != STORE_AUDIT_HASH_ROOM - 1)
		return false;
	memcpy(place->hash, end + 1, STORE_AUDIT_HASH_ROOM);
	return true;
}

static int verify(struct store_db *db, const struct wish *w)
{
	struct store_audit_place end = { 0 }, anchor;
	int64_t broken = 0, from = w->from ? cli_id(w->from, "--from") : 1;
	int err;

	if (from < 0)
		return CLI_USAGE;
	if (w->anchor && !read_anchor(w->anchor, &anchor)) {
		fprintf(stderr, "otasuke audit: --anchor is LINE:HASH\n");
		return CLI_USAGE;
	}
	if (w->anchor && (err = store_audit_holds(db, &anchor)) < 0) {
		if (err == FAIL_FORMAT)
			printf("broken: line %" PRId64
			       " is not what the anchor says: it was changed, or the "
			       "end was cut off\n",
			    anchor.line);
		return CLI_FAILED;
	}
	err = from > 1 ? store_audit_verify(db, from, &broken, &end)
		       : store_audit_check(db, &broken);
	if (err == 0 && from <= 1)
		err = store_audit_verify(db, 1, &broken, &end);
	if (err == FAIL_FORMAT)
		printf("broken at line %" PRId64 "\n", broken);
	if (err < 0)
		return CLI_FAILED;
	printf("holds to line %" PRId64 "\nanchor %" PRId64 ":%s\n", end.line, end.line,
	    end.hash);
	return CLI_DONE;
}

static int list(struct store_db *db, const struct wish *w)
{
	struct store_rows *rows;
	char at[20];
	int64_t company = w->company ? cli_id(w->company, "--company") : 0;
	int64_t limit = w->limit ? cli_id(w->limit, "--limit") : 50;
	const char *action = w->action ? w->action : "";

	if (company < 0 || limit < 0)
		return CLI_USAGE;
	store_query(db, &rows,
	    "SELECT l.id, l.at_us, a.mail, l.company_id, l.incident_id, l.action, l.detail "
	    "FROM audit l LEFT JOIN account a ON a.id = l.account_id WHERE (? = 0 OR "
	    "l.company_id = ?) AND substr(l.action, 1, length(?)) = ? ORDER BY l.id DESC "
	    "LIMIT ?",
	    STORE_ARGS(STORE_INT(company), STORE_INT(company), STORE_TEXT(action),
		STORE_TEXT(action), STORE_INT(limit)));
	while (store_next(rows)) {
		const char *who = store_col_text(rows, 2);
		printf("%lld  %s  %s  company %lld  incident %lld  %s  %s\n",
		    (long long)store_col_int(rows, 0),
		    cli_time(store_col_int(rows, 1), at), *who ? who : "(centre)",
		    (long long)store_col_int(rows, 3),
		    (long long)store_col_int(rows, 4), store_col_text(rows, 5),
		    store_col_text(rows, 6));
	}
	return store_rows_free(rows) < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_audit(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[1];
	struct wish w = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "from", &w.from, NULL, false, "verify: begin at this line" },
		{ "anchor", &w.anchor, NULL, false,
		    "verify: LINE:HASH from the centre's log of an earlier day" },
		{ "company", &w.company, NULL, false, "list: about this company" },
		{ "action", &w.action, NULL, false,
		    "list: what begins so: login, consent, recovery …" },
		{ "limit", &w.limit, NULL, false, "list: lines (preset: 50)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "audit verify [--from N] [--anchor LINE:HASH] | audit list [OPTIONS]\n"
	    "  verify walks the chain of hashes; with an anchor it also tells whether "
	    "the end was cut off",
	    options, rest, 1, &status);

	if (n < 0)
		return status;
	bool verifies = n == 1 && strcmp(rest[0], "verify") == 0;
	if (!verifies && !(n == 1 && strcmp(rest[0], "list") == 0)) {
		fprintf(stderr, "otasuke audit: say verify or list (see --help)\n");
		return CLI_USAGE;
	}
	struct store *s = cli_store(data);
	struct store_db *db = s ? store_read(s) : NULL;
	status = !db ? CLI_FAILED : verifies ? verify(db, &w) : list(db, &w);
	if (db)
		store_read_done(s, db);
	if (s)
		store_close(s);
	return status;
}
