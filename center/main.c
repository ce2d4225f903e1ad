/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/proc/channels.h"
#include "center/proc/proc.h"
#include "center/store/store.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "otasuke-center: the monitoring centre of otasuke\n"
    "\n"
    "  otasuke-center run     [--config FILE]   run in the foreground until SIGTERM\n"
    "  otasuke-center migrate [--config FILE]   bring the database up to date, then end\n"
    "  otasuke-center check   [--config FILE]   read the settings; check the database, its\n"
    "                                           references and the chain of the audit log\n"
    "  otasuke-center backup  [--config FILE] TO\n"
    "                                           a consistent copy of the database into the new\n"
    "                                           file TO, also while the centre runs; keep\n"
    "                                           data.dir/ca with it\n"
    "  otasuke-center restore [--config FILE] [--force] FROM\n"
    "                                           put the backup FROM in place, after checking it;\n"
    "                                           --force puts aside what is there\n"
    "  otasuke-center move    [--config FILE] --to postgres://...\n"
    "                                           take all data from SQLite to an empty PostgreSQL\n"
    "                                           database, compare every row, and use it from\n"
    "                                           then on\n"
    "  otasuke-center bounce  [--config FILE]   take in a mail that came back, from standard\n"
    "                                           input (for a mail server to pipe it into)\n"
    "  otasuke-center --help config [ja]        every setting, its preset and its meaning\n"
    "  otasuke-center --help | --version\n"
    "\n"
    "FILE is /etc/otasuke/center.conf unless given.\n";

struct command {
	const char *config, *name, *rest, *to;
	bool force;
};

static int bad_usage(const char *what)
{
	fprintf(stderr, "otasuke-center: %s\n\n%s", what, usage);
	return 2;
}

static int run_check(const struct conf *conf)
{
	struct buf report;

	buf_init(&report, 64u << 10);
	int err = store_check(conf_text(conf, "data.dir"), &report);
	fputs(buf_text(&report), stdout);
	if (err == 0)
		puts("ok");
	buf_fini(&report);
	return err;
}

static int run_move(const char *dir, const char *to)
{
	struct store_move_done done = { .say = stderr };
	int err = store_move(dir, to, &done);

	if (err < 0) {
		fputs("otasuke-center: nothing was moved; the reason stands above\n",
		    stderr);
		return err;
	}
	printf("moved and compared: %lld rows of %lld tables\n", (long long)done.rows,
	    (long long)done.tables);
	if (done.mended)
		printf(
		    "texts with bytes that are no characters, which were replaced: %lld\n",
		    (long long)done.mended);
	printf("%s/store.url names the new place; %s/otasuke.db stays as it was\n", dir,
	    dir);
	return 0;
}

/* What replaces the data: never while a centre runs on it. */
static int run_replace(const struct command *c, const char *dir)
{
	int lock = -1, err = proc_lock(dir, &lock);

	if (err == 0)
		err = c->to ? run_move(dir, c->to)
			    : store_restore(dir, c->rest, c->force);
	if (lock >= 0)
		close(lock);
	return err;
}

static int run_command(const struct command *c, const struct conf *conf)
{
	if (strcmp(c->name, "run") == 0)
		return proc_run(conf);
	if (strcmp(c->name, "migrate") == 0)
		return store_migrate(conf_text(conf, "data.dir"));
	if (strcmp(c->name, "check") == 0)
		return run_check(conf);
	if (strcmp(c->name, "bounce") == 0)
		return proc_bounce(conf);
	if (strcmp(c->name, "move") == 0 || strcmp(c->name, "restore") == 0)
		return run_replace(c, conf_text(conf, "data.dir"));
	return store_backup(conf_text(conf, "data.dir"), c->rest);
}

static int parse(int argc, char **argv, struct command *c)
{
	static const char *const names[] = { "run", "migrate", "check", "backup",
		"bounce", "move", "restore" };
	bool known = false;

	c->config = "/etc/otasuke/center.conf";
	c->name = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known |= strcmp(c->name, names[i]) == 0;
	if (!known)
		return bad_usage("which command?");
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			c->config = argv[++i];
		else if (strcmp(argv[i], "--to") == 0 && i + 1 < argc &&
			 strcmp(c->name, "move") == 0)
			c->to = argv[++i];
		else if (strcmp(argv[i], "--force") == 0 &&
			 strcmp(c->name, "restore") == 0)
			c->force = true;
		else if (argv[i][0] != '-' && !c->rest)
			c->rest = argv[i];
		else
			return bad_usage(argv[i]);
	}
	bool file = strcmp(c->name, "backup") == 0 || strcmp(c->name, "restore") == 0;
	if (file != (c->rest != NULL))
		return bad_usage(c->rest ? c->rest : "the name of the file is missing");
	if ((strcmp(c->name, "move") == 0) != (c->to != NULL))
		return bad_usage("move needs --to postgres://...");
	return 0;
}

int main(int argc, char **argv)
{
	struct command c = { 0 };

	log_init("otasuke-center", LOG_INFO);
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("otasuke-center " OTASUKE_VERSION);
		return 0;
	}
	if (argc == 3 && strcmp(argv[2], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		if (argc > 2 && strcmp(argv[2], "config") == 0)
			conf_print_help(proc_rows, proc_rows_n,
			    argc > 3 && strcmp(argv[3], "ja") == 0, stdout);
		else
			fputs(usage, stdout);
		return 0;
	}
	int err = parse(argc, argv, &c);
	if (err)
		return err;
	struct conf *conf = proc_conf_load(c.config);
	if (!conf)
		return 1;
	err = proc_place(conf);
	if (err == 0)
		err = run_command(&c, conf);
	conf_free(conf);
	return err < 0 ? 1 : 0;
}
