/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/fleet/fleet.h"
#include "center/publish/federation/federation.h"
#include "center/store/account.h"
#include "lib/base/clock.h"
#include "lib/wire/bundle.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* otasuke federation: a national centre and its chambers. */

struct job {
	struct fleet_keys *keys;
	const char *name;
	char hash[STORE_HASH_ROOM];
	int64_t id, made;
	char why[160];
};

/* ---- status ---- */

static int status_below(struct store_db *db)
{
	struct store_rows *rows;
	char at[20], until[20];

	(void)store_query(db, &rows,
	    "SELECT name, at_us, detail FROM federation_state ORDER BY name",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("exchange %s: %s %s\n", store_col_text(rows, 0),
		    cli_time(store_col_int(rows, 1), at), store_col_text(rows, 2));
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	(void)store_query(db, &rows,
	    "SELECT count(*), COALESCE(min(day), 0), COALESCE(max(day), 0) FROM "
	    "federation_sent",
	    STORE_NO_ARGS);
	if (store_next(rows) && store_col_int(rows, 0) > 0)
		printf("sent: %" PRId64 " days, %" PRId64 " – %" PRId64 "\n",
		    store_col_int(rows, 0), store_col_int(rows, 1),
		    store_col_int(rows, 2));
	err = store_rows_free(rows);
	if (err < 0)
		return err;
	(void)store_query(db, &rows,
	    "SELECT id, name, version, size, expires_us, taken_us FROM federation_bundle ORDER "
	    "BY id",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("offer %" PRId64 ": %s %" PRId64 ", %" PRId64
		       " bytes, until %s%s\n",
		    store_col_int(rows, 0), store_col_text(rows, 1),
		    store_col_int(rows, 2), store_col_int(rows, 3),
		    cli_time(store_col_int(rows, 4), until),
		    store_col_null(rows, 5) ? "" : ", taken");
	return store_rows_free(rows);
}

static int status_above(struct store_db *db)
{
	struct store_rows *rows;
	char at[20];

	(void)store_query(db, &rows,
	    "SELECT m.member_id, c.name, m.companies, m.gates, COALESCE(m.heard_us, 0), "
	    "(SELECT count(*) FROM federation_day d WHERE d.member_id = m.member_id) FROM "
	    "federation_member m JOIN chamber c ON c.id = m.member_id ORDER BY m.member_id",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("member %" PRId64 ": %s, %" PRId64 " companies, %" PRId64
		       " gates, %" PRId64 " days, heard %s\n",
		    store_col_int(rows, 0), store_col_text(rows, 1),
		    store_col_int(rows, 2), store_col_int(rows, 3),
		    store_col_int(rows, 5), cli_time(store_col_int(rows, 4), at));
	return store_rows_free(rows);
}

static int status(struct store *s)
{
	struct store_db *db = store_read(s);
	int err = db ? status_below(db) : FAIL_IO;

	if (err == 0)
		err = status_above(db);
	if (db)
		store_read_done(s, db);
	return err;
}

/* ---- at the national centre ---- */

static int write_admit(struct store_db *db, void *arg)
{
	struct job *j = arg;
	int err = federation_admit(db, j->name, j->hash, clock_now_us(), &j->id);

	return err < 0 ? err : cli_audit(db, 0, "federation.admit", j->name);
}

static int admit(struct store *s, struct job *j)
{
	char raw[STORE_TOKEN_ROOM], token[STORE_TOKEN_ROOM + 8];

	store_token_make(raw);
	(void)snprintf(token, sizeof(token), "otk_%s", raw);
	store_token_hash(token, j->hash);
	int err = store_write(s, write_admit, j);
	if (err == 0)
		printf("%s\n", token);
	else if (err == FAIL_CONFLICT)
		(void)snprintf(
		    j->why, sizeof(j->why), "this centre itself has that name");
	return err;
}

static int write_offer(struct store_db *db, void *arg)
{
	const struct job *j = arg;
	char detail[40];
	int err = store_exec(db,
	    "INSERT INTO federation_offer (bundle_id, chamber_id, offered_us) SELECT id, "
	    "chamber_id, published_us FROM bundle WHERE id = ? ON CONFLICT (bundle_id) DO "
	    "UPDATE SET chamber_id = excluded.chamber_id",
	    STORE_ARGS(STORE_INT(j->id)));

	if (err < 0 || store_changed(db) == 0)
		return err < 0 ? err : FAIL_MISSING;
	(void)snprintf(detail, sizeof(detail), "bundle %" PRId64, j->id);
	return cli_audit(db, 0, "federation.offer", detail);
}

/* ---- at a chamber's centre ---- */

/* The same files under a signature that the gates here believe. */
static int sign_again(const struct fleet_keys *keys, struct span file,
    struct buf *fresh, char *why, size_t room)
{
	struct wire_bundle *b = malloc(sizeof(*b));
	char signature[SIGN_TEXT_ROOM];
	int err = b ? wire_bundle_read(file, b, why, room) : FAIL_MEMORY;

	if (err == 0) {
		sign_make(&keys->now, SIGN_BUNDLE, b->manifest, signature);
		buf_addf(fresh, "otasuke-bundle 1\n%.*s\n%s %s\n", (int)b->manifest.len,
		    (const char *)b->manifest.at, keys->now.public, signature);
		for (unsigned i = 0; i < b->files; i++)
			buf_add(fresh, b->file[i].bytes.at, b->file[i].bytes.len);
		err = fresh->overflowed ? FAIL_LIMIT : 0;
	}
	free(b);
	return err;
}

static int write_accept(struct store_db *db, void *arg)
{
	struct job *j = arg;
	struct fleet_by by = { .keys = j->keys, .now_us = clock_now_us() };
	struct fleet_bundle p = { 0 };
	struct buf file, fresh;

	buf_init(&file, WIRE_BUNDLE_MAX);
	buf_init(&fresh, WIRE_BUNDLE_MAX);
	int err = federation_offer_file(db, j->id, &file);
	if (err == 0)
		err = sign_again(
		    j->keys, buf_span(&file), &fresh, j->why, sizeof(j->why));
	if (err == 0)
		err = cli_chamber(db, NULL, &p.chamber_id);
	p.file = buf_span(&fresh);
	if (err == 0)
		err = fleet_bundle_publish(db, &by, &p, j->why, sizeof(j->why));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE federation_bundle SET taken_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(by.now_us), STORE_INT(j->id)));
	j->made = p.id;
	buf_fini(&file);
	buf_fini(&fresh);
	return err;
}

static int accept_offer(struct store *s, struct job *j)
{
	int err = store_write(s, write_accept, j);

	if (err == 0)
		printf("%" PRId64 "\n", j->made);
	return err;
}

static int act(const char *verb, const char *data, struct job *j)
{
	struct store *s = cli_store(data);
	char dir[PATH_MAX];

	if (!s)
		return CLI_FAILED;
	(void)snprintf(dir, sizeof(dir), "%s/ca", data);
	j->keys = fleet_keys_open(dir);
	int err = j->keys ? 0 : FAIL_IO;
	if (err == 0 && strcmp(verb, "status") == 0)
		err = status(s);
	else if (err == 0 && strcmp(verb, "key") == 0)
		printf("%s %s\n", j->keys->now.public, j->keys->next.public);
	else if (err == 0 && strcmp(verb, "admit") == 0)
		err = admit(s, j);
	else if (err == 0)
		err = strcmp(verb, "offer") == 0 ? store_write(s, write_offer, j)
						 : accept_offer(s, j);
	if (err < 0)
		fprintf(stderr, "otasuke federation %s: %s\n", verb,
		    *j->why               ? j->why
		    : err == FAIL_MISSING ? "there is no such thing"
					  : "not done");
	if (j->keys)
		fleet_keys_close(j->keys);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

int cmd_federation(int argc, char **argv)
{
	const char *data = CLI_DATA_PRESET, *rest[2];
	struct job j = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "name", &j.name, NULL, false, "admit: the chamber" },
		{ 0 },
	};
	int code;
	int n = cli_options(argc, argv,
	    "federation status\n"
	    "  at a national centre: federation key | federation admit --name CHAMBER | "
	    "federation offer BUNDLE\n"
	    "  at a chamber's: federation take OFFER\n"
	    "  admit prints the token for national.token_file (an older one ends), key what\n"
	    "  belongs into national.key; take makes an offer a bundle of this centre, for\n"
	    "  otasuke bundle rollout",
	    options, rest, 2, &code);

	if (n < 0)
		return code;
	const char *verb = n > 0 ? rest[0] : "";
	bool alone = strcmp(verb, "status") == 0 || strcmp(verb, "key") == 0;
	bool one = strcmp(verb, "offer") == 0 || strcmp(verb, "take") == 0;
	if (n == 1 && (alone || (strcmp(verb, "admit") == 0 && j.name && *j.name)))
		return act(verb, data, &j);
	if (n == 2 && one) {
		j.id = cli_id(rest[1], "the number");
		return j.id < 0 ? CLI_USAGE : act(verb, data, &j);
	}
	fprintf(stderr,
	    "otasuke federation: say status, key, admit --name, offer or take (see --help)\n");
	return CLI_USAGE;
}
