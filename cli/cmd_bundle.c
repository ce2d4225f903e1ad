/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "center/fleet/fleet.h"
#include "lib/base/clock.h"
#include "lib/wire/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* otasuke bundle: rules and lists of sites for all gates, signed, ring by ring. */
#define FILES_MAX ((int)WIRE_BUNDLE_FILES)

struct job {
	const char *verb;
	struct fleet_keys *keys;
	struct fleet_bundle bundle;
	struct fleet_rollout rollout;
	char why[160];
};

static int said(const char *path, const char *what)
{
	fprintf(stderr, "otasuke bundle: %s: %s\n", path, what);
	return CLI_FAILED;
}

static int read_file(const char *path, struct buf *b)
{
	uint8_t piece[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(b, piece, (size_t)n);
	if (fd >= 0)
		close(fd);
	if (n == 0 && !b->overflowed)
		return CLI_DONE;
	return said(path, n < 0 ? strerror(errno) : "larger than a bundle may be");
}

static int write_file(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "wbe");
	bool good = f && fwrite(b->at, 1, b->len, f) == b->len;

	if (f && fclose(f) != 0)
		good = false;
	return good ? CLI_DONE : said(path, strerror(errno));
}

static int add_file(const char *path, json_t *list, struct buf *all)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t before = all->len;
	char sum[65];

	if (!wire_bundle_path_fits(name))
		return said(path, "a name in a bundle has letters, digits, . _ and -");
	if (read_file(path, all) != CLI_DONE)
		return CLI_FAILED;
	wire_bundle_sum(span_of(all->at + before, all->len - before), sum);
	return json_array_append_new(
		   list, json_pack("{s:s, s:I, s:s}", "path", name, "size",
			     (json_int_t)(all->len - before), "sha256", sum)) < 0
		   ? CLI_FAILED
		   : CLI_DONE;
}

static int build(const char *name, const char *version, const char *days,
    const char *out, const char **files, int n)
{
	struct buf all, bundle;
	json_t *list = json_array();
	int status = CLI_DONE;
	int64_t until_us =
	    clock_now_us() + (days ? atoll(days) : 30) * INT64_C(86400000000);

	if (!name || !version || !out || n == 0) {
		fprintf(stderr,
		    "otasuke bundle build: --name, --version, --out and files are "
		    "needed\n");
		return CLI_USAGE;
	}
	buf_init(&all, WIRE_BUNDLE_MAX);
	buf_init(&bundle, WIRE_BUNDLE_MAX);
	for (int i = 0; i < n && status == CLI_DONE; i++)
		status = add_file(files[i], list, &all);
	json_t *m = json_pack("{s:s, s:I, s:I, s:o}", "name", name, "version",
	    (json_int_t)atoll(version), "expires_us", (json_int_t)until_us, "files",
	    list);
	char *text = m ? json_dumps(m, JSON_COMPACT) : NULL;
	buf_addf(&bundle, "otasuke-bundle 1\n%s\n-\n", text ? text : "");
	buf_add(&bundle, all.at, all.len);
	if (status == CLI_DONE && text)
		status = write_file(out, &bundle);
	free(text);
	json_decref(m);
	buf_fini(&all);
	buf_fini(&bundle);
	return status;
}

static int sign(const char *path, const struct fleet_keys *keys)
{
	static struct wire_bundle b;
	struct buf file, fresh;
	char why[128], signature[SIGN_TEXT_ROOM];
	int status;

	buf_init(&file, WIRE_BUNDLE_MAX);
	buf_init(&fresh, WIRE_BUNDLE_MAX);
	status = read_file(path, &file);
	if (status == CLI_DONE &&
	    wire_bundle_read(buf_span(&file), &b, why, sizeof(why)) < 0)
		status = said(path, why);
	if (status == CLI_DONE) {
		sign_make(&keys->now, SIGN_BUNDLE, b.manifest, signature);
		buf_addf(&fresh, "otasuke-bundle 1\n%.*s\n%s %s\n", (int)b.manifest.len,
		    (const char *)b.manifest.at, keys->now.public, signature);
		for (unsigned i = 0; i < b.files; i++)
			buf_add(&fresh, b.file[i].bytes.at, b.file[i].bytes.len);
		status = write_file(path, &fresh);
	}
	buf_fini(&file);
	buf_fini(&fresh);
	return status;
}

static int write_job(struct store_db *db, void *arg)
{
	struct job *j = arg;
	struct fleet_by by = { .keys = j->keys, .now_us = clock_now_us() };

	if (strcmp(j->verb, "publish") == 0) {
		int err = j->bundle.chamber_id
			      ? 0
			      : store_get_int(db, &j->bundle.chamber_id,
				    "SELECT min(id) FROM chamber", STORE_NO_ARGS);
		return err < 0 ? err
			       : fleet_bundle_publish(
				     db, &by, &j->bundle, j->why, sizeof(j->why));
	}
	if (strcmp(j->verb, "rollout") == 0)
		return fleet_rollout_start(db, &by, &j->rollout);
	if (strcmp(j->verb, "undo") == 0)
		return fleet_rollout_undo(db, &by, j->rollout.id, "by hand");
	return fleet_rollout_set(db, &by, j->rollout.id,
	    strcmp(j->verb, "freeze") == 0 ? "frozen" : "running");
}

static int show(struct store *s)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;
	char at[20];

	if (!db)
		return CLI_FAILED;
	printf("%6s  %-8s %8s %10s  %s\n", "bundle", "name", "version", "bytes",
	    "published");
	store_query(db, &rows,
	    "SELECT id, name, version, size, published_us FROM bundle ORDER BY id",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("%6" PRId64 "  %-8s %8" PRId64 " %10" PRId64 "  %s\n",
		    store_col_int(rows, 0), store_col_text(rows, 1),
		    store_col_int(rows, 2), store_col_int(rows, 3),
		    cli_time(store_col_int(rows, 4), at));
	int err = store_rows_free(rows);
	printf("\n%7s %6s  %-8s %5s %-12s %7s %8s %6s %7s  %s\n", "rollout", "bundle",
	    "state", "ring", "rings", "waiting", "ordered", "runs", "failed", "why");
	store_query(db, &rows,
	    "SELECT r.id, r.bundle_id, r.state, r.ring, r.rings, SUM(CASE WHEN x.state = "
	    "'waiting' THEN 1 ELSE 0 END), SUM(CASE WHEN x.state = 'ordered' THEN 1 ELSE 0 "
	    "END), SUM(CASE WHEN x.state = 'runs' THEN 1 ELSE 0 END), SUM(CASE WHEN x.state = "
	    "'failed' THEN 1 ELSE 0 END), r.why FROM rollout r LEFT JOIN rollout_gate x ON "
	    "x.rollout_id = r.id GROUP BY r.id, r.bundle_id, r.state, r.ring, r.rings, r.why "
	    "ORDER BY r.id",
	    STORE_NO_ARGS);
	while (store_next(rows))
		printf("%7" PRId64 " %6" PRId64 "  %-8s %5" PRId64 " %-12s %7" PRId64
		       " %8" PRId64 " %6" PRId64 " %7" PRId64 "  %s\n",
		    store_col_int(rows, 0), store_col_int(rows, 1),
		    store_col_text(rows, 2), store_col_int(rows, 3) + 1,
		    store_col_text(rows, 4), store_col_int(rows, 5),
		    store_col_int(rows, 6), store_col_int(rows, 7),
		    store_col_int(rows, 8), store_col_text(rows, 9));
	int again = store_rows_free(rows);
	store_read_done(s, db);
	return err < 0 || again < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(struct job *j, const char *data)
{
	struct store *s = cli_store(data);

	if (!s)
		return CLI_FAILED;
	if (strcmp(j->verb, "list") == 0) {
		int status = show(s);
		store_close(s);
		return status;
	}
	int err = store_write(s, write_job, j);
	if (err < 0)
		fprintf(stderr, "otasuke bundle %s: %s\n", j->verb,
		    *j->why ? j->why
		    : err == FAIL_MISSING
			? "there is no such thing, or not in that state"
		    : err == FAIL_CONFLICT ? "another roll-out is under way"
		    : err == FAIL_FORMAT   ? "rings rise to 100, like 1,10,100"
					   : "the reason stands above");
	else if (strcmp(j->verb, "publish") == 0 || strcmp(j->verb, "rollout") == 0)
		printf("%" PRId64 "\n", j->bundle.id ? j->bundle.id : j->rollout.id);
	store_close(s);
	return err < 0 ? CLI_FAILED : CLI_DONE;
}

static int act(struct job *j, const char **rest, int n, const char *data)
{
	struct buf file;
	char dir[4096];
	bool by_path = strcmp(j->verb, "sign") == 0 || strcmp(j->verb, "publish") == 0;
	int status = CLI_DONE;

	if (n != (strcmp(j->verb, "list") == 0 ? 1 : 2)) {
		fprintf(stderr, "otasuke bundle %s: see --help\n", j->verb);
		return CLI_USAGE;
	}
	if (n == 2 && !by_path) {
		j->rollout.id = j->rollout.bundle_id = cli_id(rest[1], "the number");
		if (j->rollout.id < 0)
			return CLI_USAGE;
	}
	snprintf(dir, sizeof(dir), "%s/ca", data);
	j->keys = fleet_keys_open(dir);
	if (!j->keys)
		return CLI_FAILED;
	buf_init(&file, WIRE_BUNDLE_MAX);
	if (strcmp(j->verb, "publish") == 0) {
		status = read_file(rest[1], &file);
		j->bundle.file = buf_span(&file);
	}
	if (status == CLI_DONE)
		status = strcmp(j->verb, "sign") == 0 ? sign(rest[1], j->keys)
						      : run(j, data);
	buf_fini(&file);
	fleet_keys_close(j->keys);
	return status;
}

static void rings_text(const char *typed, char text[80])
{
	snprintf(text, 80, "[%s]", typed ? typed : "1,10,100");
}

int cmd_bundle(int argc, char **argv)
{
	static const char *const verbs =
	    " build sign publish list rollout freeze resume undo ";
	const char *data = CLI_DATA_PRESET, *name = NULL, *version = NULL, *days = NULL,
		   *out = NULL, *rings = NULL, *soak = NULL;
	const char *rest[WIRE_BUNDLE_FILES + 2] = { "" };
	char word[40], text[80];
	struct job j = { 0 };
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "the centre's data directory" },
		{ "name", &name, NULL, false, "build: rules or sites" },
		{ "version", &version, NULL, false, "build: a number that only grows" },
		{ "days", &days, NULL, false, "build: until it expires (preset 30)" },
		{ "out", &out, NULL, false, "build: the file to write" },
		{ "rings", &rings, NULL, false,
		    "rollout: percent of the gates, rising (preset 1,10,100)" },
		{ "soak", &soak, NULL, false,
		    "rollout: seconds that each ring is watched (preset 3600)" },
		{ 0 },
	};
	int status;
	int n = cli_options(argc, argv,
	    "bundle build --name rules --version N --out FILE FILES… | bundle sign FILE |\n"
	    "  bundle publish FILE | bundle list | bundle rollout BUNDLE | bundle freeze "
	    "ROLLOUT |\n  bundle resume ROLLOUT | bundle undo ROLLOUT",
	    options, rest, FILES_MAX + 1, &status);

	if (n < 0)
		return status;
	snprintf(word, sizeof(word), " %.30s ", rest[0]);
	if (n == 0 || !strstr(verbs, word)) {
		fprintf(stderr, "otasuke bundle: say%s(see --help)\n", verbs);
		return CLI_USAGE;
	}
	j.verb = rest[0];
	rings_text(rings, text);
	j.rollout.rings = text;
	j.rollout.soak_s = soak ? atoll(soak) : 3600;
	return strcmp(j.verb, "build") == 0
		   ? build(name, version, days, out, rest + 1, n - 1)
		   : act(&j, rest, n, data);
}
