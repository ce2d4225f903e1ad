/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/status.h"

#include "center/ingest/ingest.h"
#include "lib/base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct counts {
	bool runs;
	int64_t companies, gates, waiting, revoked, silent, urgent, caution, unsent,
	    kept, kept_mb, removed;
};

static int count(struct store_db *db, int64_t now_us, struct counts *c)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT (SELECT count(*) FROM company), (SELECT count(*) FROM gate), "
	    "(SELECT count(*) FROM gate WHERE enrolled_us IS NULL), "
	    "(SELECT count(*) FROM gate WHERE revoked_us IS NOT NULL), "
	    "(SELECT count(*) FROM gate WHERE enrolled_us IS NOT NULL AND revoked_us IS NULL "
	    "AND coalesce(seen_us, 0) < ?), "
	    "(SELECT count(*) FROM incident WHERE severity = 2 AND state <> 'done'), "
	    "(SELECT count(*) FROM incident WHERE severity = 1 AND state <> 'done'), "
	    "(SELECT count(*) FROM notice WHERE state = 'waiting' AND due_us < ? AND tries > 0), "
	    "(SELECT coalesce(sum(events), 0) FROM kept), "
	    "(SELECT coalesce(sum(bytes), 0) / 1048576 FROM kept), "
	    "(SELECT coalesce(sum(removed_events), 0) FROM kept)",
	    STORE_ARGS(STORE_INT(now_us - INGEST_SILENT_US), STORE_INT(now_us)));
	if (store_next(rows))
		*c = (struct counts){ c->runs, store_col_int(rows, 0),
			store_col_int(rows, 1), store_col_int(rows, 2),
			store_col_int(rows, 3), store_col_int(rows, 4),
			store_col_int(rows, 5), store_col_int(rows, 6),
			store_col_int(rows, 7), store_col_int(rows, 8),
			store_col_int(rows, 9), store_col_int(rows, 10) };
	return store_rows_free(rows);
}

static void print_japanese(const struct counts *c)
{
	puts(c->runs ? "センターは動いています。" : "！ センターが動いていません。");
	printf("会社 %lld社、見守り装置 %lld台（未参加 %lld台、停止 %lld台）\n",
	    (long long)c->companies, (long long)c->gates, (long long)c->waiting,
	    (long long)c->revoked);
	if (c->silent)
		printf(
		    "！ %lld台の装置から連絡がありません。otasuke gate list で確かめてください。\n",
		    (long long)c->silent);
	else
		printf("すべての装置から連絡があります。\n");
	printf("対応が終わっていないできごと: 緊急 %lld件、注意 %lld件\n",
	    (long long)c->urgent, (long long)c->caution);
	printf("保存している記録 %lld件（%lld MB）、期限で消した記録 %lld件\n",
	    (long long)c->kept, (long long)c->kept_mb, (long long)c->removed);
	if (c->unsent)
		printf(
		    "！ 送れずに待っているお知らせが %lld通あります。メールの設定を確かめてください。\n",
		    (long long)c->unsent);
}

static void print_english(const struct counts *c)
{
	puts(c->runs ? "The centre runs." : "! The centre does not run.");
	printf("%lld companies, %lld gates (%lld have not joined, %lld revoked)\n",
	    (long long)c->companies, (long long)c->gates, (long long)c->waiting,
	    (long long)c->revoked);
	if (c->silent)
		printf("! %lld gates are silent; otasuke gate list shows which.\n",
		    (long long)c->silent);
	else
		printf("No gate is silent.\n");
	printf("Open incidents: %lld urgent, %lld caution\n", (long long)c->urgent,
	    (long long)c->caution);
	printf(
	    "Events stored: %lld (%lld MB); removed when their time was over: %lld\n",
	    (long long)c->kept, (long long)c->kept_mb, (long long)c->removed);
	if (c->unsent)
		printf(
		    "! %lld notices could not be sent yet; check the mail settings.\n",
		    (long long)c->unsent);
}

int cmd_status(int argc, char **argv)
{
	const char *data = NULL, *gate = NULL;
	const struct cli_option options[] = {
		{ "data", &data, NULL, false, "a centre: its data directory" },
		{ "gate", &gate, NULL, false, "a gate: its configuration file" },
		{ 0 },
	};
	struct counts c = { 0 };
	char lock[PATH_MAX];
	int status;

	if (cli_options(argc, argv, "status [--data DIR | --gate FILE]", options, NULL,
		0, &status) < 0)
		return status;
	/* Without a word: whichever of the two is here. */
	if (!data && !gate && access(CLI_DATA_PRESET, F_OK) < 0 &&
	    access(STATUS_GATE_PRESET, F_OK) == 0)
		gate = STATUS_GATE_PRESET;
	if (gate)
		return status_gate(gate);
	if (!data)
		data = CLI_DATA_PRESET;
	snprintf(lock, sizeof(lock), "%s/lock", data);
	c.runs = status_locked(lock);
	struct store *s = cli_store(data);
	struct store_db *db = s ? store_read(s) : NULL;
	int err = db ? count(db, clock_now_us(), &c) : FAIL_IO;
	if (db)
		store_read_done(s, db);
	store_close(s);
	if (err < 0)
		return CLI_FAILED;
	if (cli_in_japanese())
		print_japanese(&c);
	else
		print_english(&c);
	return !c.runs || c.silent || c.urgent || c.unsent ? CLI_FAILED : CLI_DONE;
}
