/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "lib/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

bool cli_in_japanese(void)
{
	const char *lang = getenv("LC_ALL");

	if (!lang || !*lang)
		lang = getenv("LANG");
	return lang && strncmp(lang, "ja", 2) == 0;
}

static void print_usage(const char *usage, const struct cli_option *options, FILE *to)
{
	fprintf(to, "usage: otasuke %s\n", usage);
	for (const struct cli_option *o = options; o && o->name; o++) {
		char left[40];
		snprintf(
		    left, sizeof(left), "--%s%s", o->name, o->value ? " VALUE" : "");
		fprintf(to, "  %-18s %s%s\n", left, o->help,
		    o->required ? " (needed)" : "");
	}
}

static const struct cli_option *find(const struct cli_option *options, const char *name)
{
	for (const struct cli_option *o = options; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* Takes argv[*i] (and its value) in.  False after having said what is wrong. */
static bool take(int argc, char **argv, int *i, const struct cli_option *options)
{
	const struct cli_option *o = find(options, argv[*i] + 2);

	if (!o) {
		fprintf(stderr, "otasuke %s: unknown option %s (see --help)\n", argv[0],
		    argv[*i]);
		return false;
	}
	if (o->flag) {
		*o->flag = true;
		return true;
	}
	if (*i + 1 >= argc) {
		fprintf(stderr, "otasuke %s: --%s needs a value\n", argv[0], o->name);
		return false;
	}
	*o->value = argv[++*i];
	return true;
}

static bool all_given(const char *command, const struct cli_option *options)
{
	for (const struct cli_option *o = options; o && o->name; o++)
		if (o->required && !*o->value) {
			fprintf(stderr, "otasuke %s: --%s is needed: %s\n", command,
			    o->name, o->help);
			return false;
		}
	return true;
}

int cli_options(int argc, char **argv, const char *usage,
    const struct cli_option *options, const char **rest, int rest_max, int *status)
{
	int n = 0;

	*status = CLI_USAGE;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_usage(usage, options, stdout);
			*status = CLI_DONE;
			return -1;
		}
		if (strncmp(argv[i], "--", 2) == 0) {
			if (!take(argc, argv, &i, options))
				return -1;
		} else if (n < rest_max) {
			rest[n++] = argv[i];
		} else {
			fprintf(stderr,
			    "otasuke %s: \"%s\" is one word too many (see --help)\n",
			    argv[0], argv[i]);
			return -1;
		}
	}
	return all_given(argv[0], options) ? n : -1;
}

struct store *cli_store(const char *data)
{
	struct store *s = store_open(data);

	if (!s)
		fprintf(stderr,
		    "otasuke: cannot open the centre's data in %s; name its directory with "
		    "--data and run as the user that owns it\n",
		    data);
	return s;
}

int cli_audit(
    struct store_db *db, int64_t company_id, const char *action, const char *detail)
{
	return store_audit(db, &(struct store_audit){ .at_us = clock_now_us(),
				   .company_id = company_id,
				   .action = action,
				   .detail = detail });
}

long long cli_id(const char *text, const char *what)
{
	char *end;

	errno = 0;
	long long id = strtoll(text, &end, 10);
	if (errno || end == text || *end || id <= 0) {
		fprintf(stderr,
		    "otasuke: %s must be a number as the lists show it, not \"%s\"\n",
		    what, text);
		return -1;
	}
	return id;
}

bool cli_secret(const char *prompt, char *text, size_t room)
{
	struct termios was, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;

	if (terminal) {
		fprintf(stderr, "%s: ", prompt);
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
	}
	bool read_it = fgets(text, (int)room, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSANOW, &was);
		fputc('\n', stderr);
	}
	if (!read_it)
		return false;
	char *newline = strchr(text, '\n');
	if (!newline && strlen(text) + 1 >= room)
		return false;
	if (newline)
		*newline = 0;
	return true;
}

const char *cli_time(long long us, char text[20])
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm;

	if (us == 0)
		return strcpy(text, "-");
	localtime_r(&s, &tm);
	strftime(text, 20, "%Y-%m-%d %H:%M", &tm);
	return text;
}

int cli_chamber(struct store_db *db, const char *name, int64_t *id)
{
	int err = name ? store_get_int(db, id, "SELECT id FROM chamber WHERE name = ?",
			     STORE_ARGS(STORE_TEXT(name)))
		       : store_get_int(db, id,
			     "SELECT COALESCE(min(id), 0) FROM chamber", STORE_NO_ARGS);

	return err < 0 ? err : *id == 0 ? FAIL_MISSING : 0;
}
