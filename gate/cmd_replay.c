/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "lib/base/clock.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate replay [OPTION]… CAPTURE…\n\n"
    "Looks at captures (pcap, pcapng; - is standard input) as if they passed now.\n\n"
    "  --rules FILE      a rule file; may be given several times\n"
    "  --home-net NETS   addresses of the company, 192.0.2.0/24,2001:db8::/32\n"
    "  --config FILE     settings; --help config lists them\n"
    "  --set KEY=VALUE   one setting, stronger than the file\n"
    "  --eve FILE        write EVE JSON; - is standard output\n"
    "  --pcap CAPTURE    the same as CAPTURE\n"
    "  --quiet           no summary\n\n"
    "mode = ips simulates a bridge that stops what the rules ask for.  Nothing is sent to a\n"
    "centre.  A capture that is cut off is told and replayed as far as it goes.  Exit status\n"
    "1: a capture cannot be read at all, or rules were refused and rules.strict is set.\n";

#define CAPTURES_MAX 1024

struct replay {
	struct settings *settings;
	const char *captures[CAPTURES_MAX];
	int count;
	bool quiet, help;
};

static int add_capture(struct replay *r, const char *path)
{
	if (!path || r->count == CAPTURES_MAX)
		return FAIL_LIMIT;
	r->captures[r->count++] = path;
	return 0;
}

static int set_eve(struct replay *r, const char *path)
{
	struct buf why;

	if (!path)
		return FAIL_FORMAT;
	buf_init(&why, 4096);
	int fail = settings_set(r->settings, "--eve", "eve.path", path, &why);
	cmd_complain(&why);
	buf_fini(&why);
	return fail;
}

/* One argument and its value; negative: said why, or nothing worth saying. */
static int parse_one(struct replay *r, char **argv, int *at)
{
	const char *arg = argv[*at];
	int taken = cmd_common_option(r->settings, argv, at);

	if (taken != 0)
		return taken < 0 ? taken : 0;
	++*at;
	if (strcmp(arg, "--help") == 0)
		r->help = true;
	else if (strcmp(arg, "--quiet") == 0)
		r->quiet = true;
	else if (strcmp(arg, "--eve") == 0)
		return set_eve(r, argv[(*at)++]);
	else if (strcmp(arg, "--pcap") == 0)
		return add_capture(r, argv[(*at)++]);
	else if (arg[0] == '-' && arg[1]) {
		fprintf(stderr, "otasuke-gate: replay does not know %s\n", arg);
		return FAIL_FORMAT;
	} else
		return add_capture(r, arg);
	return 0;
}

static void sum_up(const struct settings *s, const struct event_counts *c,
    const struct engine_report *rules, int64_t us)
{
	const char *eve = s->pipeline.event.eve_path;
	FILE *to = eve && strcmp(eve, "-") == 0 ? stderr : stdout;

	fprintf(to,
	    "%llu packets, %llu bytes in %.2f s; %llu flows, %llu malformed packets\n",
	    (unsigned long long)c->packets, (unsigned long long)c->bytes,
	    (double)us / 1e6, (unsigned long long)c->flows,
	    (unsigned long long)c->malformed);
	fprintf(to, "http %llu, dns %llu, tls %llu, smtp %llu, files %llu\n",
	    (unsigned long long)c->http, (unsigned long long)c->dns,
	    (unsigned long long)c->tls, (unsigned long long)c->smtp,
	    (unsigned long long)c->files);
	fprintf(to,
	    "%u rules, %u refused; %llu alerts, %llu packets stopped, %llu viruses, "
	    "%llu listed sites, %llu applications, %llu machines\n",
	    rules->loaded, rules->refused, (unsigned long long)c->alerts,
	    (unsigned long long)c->drops, (unsigned long long)c->virus,
	    (unsigned long long)c->sites, (unsigned long long)c->apps,
	    (unsigned long long)c->machines);
	if (c->exceptions || c->lost)
		fprintf(to, "%llu packets not looked at to the end, %llu events lost\n",
		    (unsigned long long)c->exceptions, (unsigned long long)c->lost);
}

static int carry_all(struct replay *r, struct worker *w)
{
	int worst = 0;

	for (int i = 0; i < r->count && !cmd_stop; i++) {
		struct buf why;
		buf_init(&why, 4096);
		struct capture *c = capture_open_file(r->captures[i], &why);
		cmd_complain(&why);
		buf_fini(&why);
		int fail = c ? cmd_carry(w, c, r->captures[i]) : FAIL_IO;
		if (c && capture_counts(c).frames)
			fail = 0;
		if (fail < 0)
			worst = fail;
		capture_close(c);
	}
	return worst;
}

static int replay(struct replay *r, struct engine *engine)
{
	struct engine_report rules = engine_report(engine);
	struct worker *w = pipeline_new(&r->settings->pipeline, engine);
	int64_t start_us = clock_now_us();

	if (!w)
		return CMD_FAILED;
	cmd_catch_signals();
	int fail = carry_all(r, w);
	pipeline_end(w);
	event_stats(pipeline_event(w), &(struct event_gate){ .rules = &rules });
	struct event_counts counts = *event_counts(pipeline_event(w));
	pipeline_free(w);
	if (!r->quiet)
		sum_up(r->settings, &counts, &rules, clock_now_us() - start_us);
	return fail < 0 ? CMD_FAILED : CMD_WELL;
}

int cmd_replay(int argc, char **argv)
{
	struct replay r = { .settings = settings_new() };
	int status = r.settings ? CMD_WELL : CMD_FAILED;

	for (int at = 1; at < argc && status == CMD_WELL;)
		if (parse_one(&r, argv, &at) < 0)
			status = CMD_USAGE;
	if (status == CMD_WELL && !r.help && r.count == 0) {
		fputs("otasuke-gate: name a capture\n", stderr);
		status = CMD_USAGE;
	}
	if (r.help)
		fputs(usage, stdout);
	else if (status == CMD_WELL && cmd_done(r.settings, true) < 0)
		status = CMD_USAGE;
	if (status == CMD_WELL && !r.help) {
		struct engine *engine = cmd_engine(r.settings);
		status = engine ? replay(&r, engine) : CMD_FAILED;
		engine_unref(engine);
	}
	settings_free(r.settings);
	return status;
}
