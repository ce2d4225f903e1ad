/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate rules check FILE… [--config FILE] [--json]\n"
    "       otasuke-gate rules keywords\n\n"
    "check loads rule files and says which rules were refused: file:line: reason.  Exit\n"
    "status 1: a file is missing, or rules were refused and rules.strict is set.\n"
    "keywords prints the rule keywords that are honoured.\n";

static void print_json(const struct engine_report *r)
{
	struct buf line;

	buf_init(&line, 1u << 16);
	printf(
	    "{\"loaded\":%u,\"refused\":%u,\"disabled\":%u,\"sites\":%u,\"refusals\":[",
	    r->loaded, r->refused, r->disabled, r->sites);
	for (unsigned i = 0; i < r->refused; i++) {
		const struct engine_refusal *f = &r->refusals[i];
		buf_clear(&line);
		buf_add_text(&line, i ? ",{\"file\":" : "{\"file\":");
		record_quote(span_text(f->file), &line);
		buf_addf(&line, ",\"line\":%u,\"sid\":%llu,\"reason\":", f->line,
		    (unsigned long long)f->sid);
		record_quote(span_text(f->reason), &line);
		buf_add_byte(&line, '}');
		fputs(buf_text(&line), stdout);
	}
	puts("]}");
	buf_fini(&line);
}

static void print_text(const struct engine_report *r)
{
	for (unsigned i = 0; i < r->refused; i++) {
		const struct engine_refusal *f = &r->refusals[i];
		printf("%s:%u: refused: %s", f->file, f->line, f->reason);
		if (f->sid)
			printf(" (sid %llu)", (unsigned long long)f->sid);
		putchar('\n');
	}
	printf("%u rules loaded, %u refused, %u switched off", r->loaded, r->refused,
	    r->disabled);
	if (r->sites)
		printf("; %u sites", r->sites);
	putchar('\n');
}

static int check(struct settings *s, bool json)
{
	struct buf why;

	if (cmd_done(s, true) < 0)
		return CMD_USAGE;
	buf_init(&why, 1u << 16);
	struct engine *e = engine_build(&s->rules, &why);
	cmd_complain(&why);
	buf_fini(&why);
	if (!e)
		return CMD_FAILED;
	struct engine_report r = engine_report(e);
	if (json)
		print_json(&r);
	else
		print_text(&r);
	int status = r.refused && s->strict ? CMD_FAILED : CMD_WELL;
	engine_unref(e);
	return status;
}

static int add_file(struct settings *s, const char *path)
{
	struct buf why;

	buf_init(&why, 4096);
	int fail = settings_set(s, path, "rules", path, &why);
	cmd_complain(&why);
	buf_fini(&why);
	return fail;
}

static int cmd_check(int argc, char **argv)
{
	struct settings *s = settings_new();
	bool json = false;
	int status = s ? CMD_WELL : CMD_FAILED;

	for (int at = 2; at < argc && status == CMD_WELL;) {
		int taken = cmd_common_option(s, argv, &at);
		if (taken == 0 && strcmp(argv[at], "--json") == 0)
			json = at++ > 0;
		else if (taken == 0 && argv[at][0] == '-')
			taken = FAIL_FORMAT;
		else if (taken == 0)
			taken = add_file(s, argv[at++]);
		if (taken < 0)
			status = CMD_USAGE;
	}
	if (status == CMD_WELL)
		status = check(s, json);
	else
		fputs(usage, stderr);
	settings_free(s);
	return status;
}

int cmd_rules(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "check") == 0)
		return cmd_check(argc, argv);
	if (argc == 2 && strcmp(argv[1], "keywords") == 0) {
		detect_keywords_print(stdout);
		return CMD_WELL;
	}
	bool asked = argc >= 2 && strcmp(argv[1], "--help") == 0;
	fputs(usage, asked ? stdout : stderr);
	return asked ? CMD_WELL : CMD_USAGE;
}
