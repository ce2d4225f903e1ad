/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/store/account.h"

#include <stdio.h>
#include <string.h>

/* What a claim of the common login server (oidc.issuer) makes of a person. */

struct rule {
	const char *claim, *value, *role, *company, *reseller, *chamber;
	int64_t id, company_id, reseller_id;
};

static int tenant_of(struct store_db *db, const struct rule *r, int64_t *chamber)
{
	if (r->company_id)
		return store_get_int(db, chamber,
		    "SELECT chamber_id FROM company WHERE id = ?",
		    STORE_ARGS(STORE_INT(r->company_id)));
	if (r->reseller_id)
		return store_get_int(db, chamber,
		    "SELECT chamber_id FROM reseller WHERE id = ?",
		    STORE_ARGS(STORE_INT(r->reseller_id)));
	return cli_chamber(db, r->chamber, chamber);
}

static int write_rule(struct store_db *db, void *arg)
{
	struct rule *r = arg;
	int64_t chamber = 0;
	int err = tenant_of(db, r, &chamber);

	if (err == 0)
		err = store_get_int(db, &r->id,
		    "INSERT INTO identity_rule (chamber_id, claim, value, duty, company_id, "
		    "reseller_id) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(chamber), STORE_TEXT(r->claim),
			STORE_TEXT(r->value),
			STORE_TEXT(store_role_word(store_role_find(r->role))),
			STORE_ID(r->company_id), STORE_ID(r->reseller_id)));
	return err < 0 ? err : cli_audit(db, r->company_id, "oidc.rule", r->value);
}

static int write_remove(struct store_db *db, void *arg)
{
	const struct rule *r = arg;
	int err = store_exec(
	    db, "DELETE FROM identity_rule WHERE id = ?", STORE_ARGS(STORE_INT(r->id)));

	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	return err < 0 ? err : cli_audit(db, 0, "oidc.rule_remove", NULL);
}

static int list(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT id, claim, value, duty, company_id, reseller_id FROM identity_rule "
	    "ORDER BY id",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("%6lld  %s = %s: %s, company %lld, reseller %lld\n",
		    (long long)store_col_int(rows, 0), store_col_text(rows, 1),
		    store_col_text(rows, 2), store_col_text(rows, 3),
		    (long long)store_col_int(rows, 4),
		    (long long)store_col_int(rows, 5));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

/* The rule of the options is whole and goes with its role. */
static bool is_whole(struct rule *r)
{
	enum store_role role = r->role ? store_role_find(r->role) : STORE_ROLE_NONE;

	if (!r->claim || !r->value || role == STORE_ROLE_NONE ||
	    store_role_is_member(role) != (r->company != NULL) ||
	    (role == STORE_ROLE_RESELLER) != (r->reseller != NULL)) {
		fprintf(stderr,
		    "otasuke oidc add: --claim, --value and --role are needed; owner and "
		    "staff have --company N, a reseller's people --reseller N\n");
		return false;
	}
	r->company_id = r->company ? cli_id(r->company, "--company") : 0;
	r->reseller_id = r->reseller ? cli_id(r->reseller, "--reseller") : 0;
	return r->company_id >= 0 && r->reseller_id >= 0;
}

static int change(struct store *s, struct rule *r, store_write_fn *fn)
{
	int err = store_write(s, fn, r);

	if (err < 0)
		fprintf(stderr, "otasuke oidc: %s\n",
		    err == FAIL_MISSING ? "there is no such rule, company or reseller"
					: "not written");
	else if (fn == write_rule)
		printf("%lld\n", (long long)r->id);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_oidc(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[2] = { "", "" };
	struct rule r = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "claim", &r.claim, NULL, false,
		    "add: name of the claim: groups, email …" },
		{ "value", &r.value, NULL, false, "add: what it must be or hold" },
		{ "role", &r.role, NULL, false, "add: what such a person is" },
		{ "company", &r.company, NULL, false,
		    "add: of which company (number)" },
		{ "reseller", &r.reseller, NULL, false,
		    "add: of which reseller (number)" },
		{ "chamber", &r.chamber, NULL, false,
		    "add: of which chamber (preset: the first)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "oidc add --claim C --value V --role R [OPTIONS] | oidc list | oidc remove N\n"
	    "  the first rule that fits says what somebody new from the common login is",
	    options, rest, 2, &status);

	if (n < 0)
		return status;
	bool adds = n == 1 && strcmp(rest[0], "add") == 0,
	     removes = n == 2 && strcmp(rest[0], "remove") == 0;
	if (!adds && !removes && !(n == 1 && strcmp(rest[0], "list") == 0)) {
		fprintf(
		    stderr, "otasuke oidc: say add, list or remove N (see --help)\n");
		return CLI_USAGE;
	}
	if (adds && !is_whole(&r))
		return CLI_USAGE;
	if (removes && (r.id = cli_id(rest[1], "the rule")) < 0)
		return CLI_USAGE;
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = adds      ? change(s, &r, write_rule)
		 : removes ? change(s, &r, write_remove)
			   : list(s);
	store_close(s);
	return status;
}
