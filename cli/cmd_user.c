/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/store/account.h"
#include "lib/base/clock.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ONCE_LIFE_US (15ll * 60 * 1000000)

struct user {
	const char *mail, *name, *role, *company, *reseller;
	struct store_account account;
	char hash[STORE_PASSWORD_ROOM];
	char token[STORE_TOKEN_ROOM];
};

static int write_add(struct store_db *db, void *arg)
{
	struct user *u = arg;
	struct store_account *a = &u->account;
	const char *sql = a->company_id ? "SELECT chamber_id FROM company WHERE id = ?"
			  : a->reseller_id
			      ? "SELECT chamber_id FROM reseller WHERE id = ?"
			      : "SELECT COALESCE(min(id), 0) FROM chamber WHERE id > ?";
	int err = store_get_int(db, &a->chamber_id, sql,
	    STORE_ARGS(STORE_INT(a->company_id ? a->company_id : a->reseller_id)));

	if (err < 0)
		return err;
	if (a->chamber_id == 0)
		return FAIL_MISSING;
	err = store_account_add(db, a, clock_now_us());
	return err < 0 ? err : cli_audit(db, a->company_id, "account.add", a->mail);
}

static int write_password(struct store_db *db, void *arg)
{
	struct user *u = arg;
	int err = store_account_find(db, u->account.mail, &u->account);

	if (err == 0)
		err = store_account_set_password(db, u->account.id, u->hash);
	if (err == 0)
		err = store_account_end_sessions(db, u->account.id, NULL);
	return err < 0 ? err
		       : cli_audit(db, u->account.company_id, "account.password",
			     u->account.mail);
}

/* For somebody who lost the telephone. */
static int write_totp_off(struct store_db *db, void *arg)
{
	struct user *u = arg;
	int err = store_account_find(db, u->account.mail, &u->account);

	if (err == 0)
		err =
		    store_account_set_totp(db, u->account.id, "", u->account.totp_step);
	return err < 0 ? err
		       : cli_audit(db, u->account.company_id, "account.totp_off",
			     u->account.mail);
}

static int write_end(struct store_db *db, void *arg)
{
	struct user *u = arg;
	int err = store_account_find(db, u->account.mail, &u->account);

	if (err == 0)
		err = store_account_end(db, u->account.id, clock_now_us());
	return err < 0 ? err
		       : cli_audit(
			     db, u->account.company_id, "account.end", u->account.mail);
}

static int write_once(struct store_db *db, void *arg)
{
	struct user *u = arg;
	int err = store_account_find(db, u->account.mail, &u->account);

	if (err == 0)
		err = store_once_add(
		    db, u->account.id, u->token, clock_now_us() + ONCE_LIFE_US);
	return err < 0 ? err
		       : cli_audit(db, u->account.company_id, "account.once",
			     u->account.mail);
}

static int say(int err)
{
	switch (err) {
	case FAIL_MISSING:
		fprintf(stderr,
		    "otasuke user: there is no such person, company or chamber\n");
		break;
	case FAIL_CONFLICT:
		fprintf(
		    stderr, "otasuke user: somebody has this mail address already\n");
		break;
	default:
		if (err < 0)
			fprintf(stderr,
			    "otasuke user: not done; the reason stands above\n");
	}
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int list(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	if (!db)
		return CLI_FAILED;
	store_query(db, &rows,
	    "SELECT a.id, a.duty, a.mail, a.name, CASE WHEN a.totp_secret <> '' THEN 1 ELSE 0 "
	    "END, CASE WHEN a.password <> '' THEN 1 ELSE 0 END, a.company_id, a.ended_us FROM "
	    "account a ORDER BY a.id",
	    STORE_NO_ARGS);
	printf("%6s  %-9s %-9s %-5s %-30s %s\n", "id", "role", "password", "code",
	    "mail", "name");
	while (store_next(rows))
		printf("%6lld  %-9s %-9s %-5s %-30s %s\n",
		    (long long)store_col_int(rows, 0),
		    !store_col_null(rows, 7)
			? "(ended)"
			: store_role_word(store_role_of(
			      store_col_text(rows, 1), store_col_int(rows, 6))),
		    store_col_int(rows, 5) ? "set" : "none",
		    store_col_int(rows, 4) ? "on" : "off", store_col_text(rows, 2),
		    store_col_text(rows, 3));
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int add(struct store *s, struct user *u)
{
	enum store_role role = u->role ? store_role_find(u->role) : STORE_ROLE_NONE;

	if (!u->name || role == STORE_ROLE_NONE) {
		fprintf(stderr,
		    "otasuke user add: --name and --role (owner, staff, operator, desk, "
		    "partner, reseller, agent, insurer, office, auditor) are needed\n");
		return CLI_USAGE;
	}
	if (store_role_is_member(role) != (u->company != NULL) ||
	    (role == STORE_ROLE_RESELLER) != (u->reseller != NULL)) {
		fprintf(stderr,
		    "otasuke user add: owner and staff have --company N, a reseller's "
		    "people --reseller N, others none\n");
		return CLI_USAGE;
	}
	u->account.role = role;
	if (u->reseller) {
		u->account.reseller_id = cli_id(u->reseller, "--reseller");
		if (u->account.reseller_id < 0)
			return CLI_USAGE;
	}
	if (u->company) {
		u->account.company_id = cli_id(u->company, "--company");
		if (u->account.company_id < 0)
			return CLI_USAGE;
	}
	snprintf(u->account.name, sizeof(u->account.name), "%s", u->name);
	snprintf(u->account.lang, sizeof(u->account.lang), "ja");
	int status = say(store_write(s, write_add, u));
	if (status == CLI_DONE)
		printf("%lld\n", (long long)u->account.id);
	return status;
}

static int passwd(struct store *s, struct user *u)
{
	char password[STORE_PASSWORD_MAX + 2];

	if (!cli_secret("new password", password, sizeof(password)) ||
	    strlen(password) < STORE_PASSWORD_LEAST) {
		fprintf(stderr,
		    "otasuke user passwd: a password has %u to %u characters\n",
		    STORE_PASSWORD_LEAST, STORE_PASSWORD_MAX);
		return CLI_FAILED;
	}
	int err = store_password_hash(password, u->hash);
	sodium_memzero(password, sizeof(password));
	return say(err < 0 ? err : store_write(s, write_password, u));
}

static int once(struct store *s, struct user *u, const char *portal)
{
	store_token_make(u->token);
	int status = say(store_write(s, write_once, u));
	if (status == CLI_DONE)
		printf("%s/#once=%s\n", portal ? portal : "", u->token);
	return status;
}

static int act(struct store *s, struct user *u, const char *verb, const char *portal)
{
	if (strcmp(verb, "list") == 0)
		return list(s);
	if (!u->mail || store_account_mail(u->mail, u->account.mail) < 0) {
		fprintf(stderr, "otasuke user %s: --mail ADDRESS is needed\n", verb);
		return CLI_USAGE;
	}
	if (strcmp(verb, "add") == 0)
		return add(s, u);
	if (strcmp(verb, "passwd") == 0)
		return passwd(s, u);
	if (strcmp(verb, "once") == 0)
		return once(s, u, portal);
	if (strcmp(verb, "end") == 0)
		return say(store_write(s, write_end, u));
	if (strcmp(verb, "totp-off") == 0)
		return say(store_write(s, write_totp_off, u));
	fprintf(stderr,
	    "otasuke user: say add, list, passwd, once, totp-off or end (see --help)\n");
	return CLI_USAGE;
}

int cmd_user(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *portal = NULL, *rest[1] = { "" };
	struct user u = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "mail", &u.mail, NULL, false,
		    "the person's mail address: the login name" },
		{ "name", &u.name, NULL, false, "add: what the person is called" },
		{ "role", &u.role, NULL, false,
		    "add: owner (or member), staff, operator, desk, partner, reseller, "
		    "agent, insurer, office, auditor" },
		{ "reseller", &u.reseller, NULL, false,
		    "add: whose person a reseller's is (number)" },
		{ "company", &u.company, NULL, false,
		    "add: a member's company (number)" },
		{ "portal", &portal, NULL, false,
		    "once: address of the portal, to print a link" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "user add --mail M --name N --role R [--company N] | user list | "
	    "user passwd --mail M | user once --mail M | user totp-off --mail M | "
	    "user end --mail M\n"
	    "  passwd reads the password from the terminal or from standard input;\n"
	    "  once prints a link that logs in one time, within 15 minutes;\n"
	    "  totp-off is for somebody who lost the telephone with the codes",
	    options, rest, 1, &status);

	if (n < 0)
		return status;
	if (sodium_init() < 0)
		return CLI_FAILED;
	struct store *s = cli_store(data);
	if (!s)
		return CLI_FAILED;
	status = act(s, &u, rest[0], portal);
	store_close(s);
	return status;
}
