/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <unistd.h>

#define WHY_MAX           (256u << 10)
#define PROGRESS_PACKETS  4096u
#define PROGRESS_US       500000
#define REFUSALS_TOLD_MAX 20u

volatile sig_atomic_t cmd_stop;

static void on_signal(int signal)
{
	(void)signal;
	cmd_stop = 1;
}

void cmd_catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

void cmd_complain(struct buf *why)
{
	const char *text = buf_text(why);

	while (*text) {
		size_t len = strcspn(text, "\n");
		fprintf(stderr, "otasuke-gate: %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* "key=value" of --set. */
static int set_pair(struct settings *s, const char *pair, struct buf *why)
{
	const char *equals = strchr(pair, '=');
	char key[128];

	if (!equals || (size_t)(equals - pair) >= sizeof(key)) {
		buf_addf(why, "--set: \"%s\" is no KEY=VALUE", pair);
		return FAIL_FORMAT;
	}
	memcpy(key, pair, (size_t)(equals - pair));
	key[equals - pair] = 0;
	return settings_set(s, "--set", key, equals + 1, why);
}

static int take(
    struct settings *s, const char *option, const char *value, struct buf *why)
{
	if (strcmp(option, "--config") == 0)
		return settings_read(s, value, why);
	if (strcmp(option, "--rules") == 0)
		return settings_set(s, option, "rules", value, why);
	if (strcmp(option, "--home-net") == 0)
		return settings_set(s, option, "home_net", value, why);
	return set_pair(s, value, why);
}

int cmd_common_option(struct settings *s, char **argv, int *at)
{
	static const char *const options[] = { "--config", "--rules", "--home-net",
		"--set" };
	const char *option = argv[*at], *value = argv[*at + 1];
	bool known = false;
	struct buf why;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		known |= strcmp(option, options[i]) == 0;
	if (!known)
		return 0;
	buf_init(&why, WHY_MAX);
	int fail = FAIL_FORMAT;
	if (value)
		fail = take(s, option, value, &why);
	else
		buf_addf(&why, "%s needs a value", option);
	*at += 2;
	cmd_complain(&why);
	buf_fini(&why);
	return fail < 0 ? fail : 1;
}

int cmd_done(struct settings *s, bool replay)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	int fail = settings_done(s, replay, &why);
	cmd_complain(&why);
	buf_fini(&why);
	return fail;
}

static void tell_refusals(const struct engine_report *r)
{
	for (unsigned i = 0; i < r->refused && i < REFUSALS_TOLD_MAX; i++)
		fprintf(stderr, "otasuke-gate: %s:%u: refused: %s\n",
		    r->refusals[i].file, r->refusals[i].line, r->refusals[i].reason);
	if (r->refused > REFUSALS_TOLD_MAX)
		fprintf(stderr,
		    "otasuke-gate: and %u more; otasuke-gate rules check lists them\n",
		    r->refused - REFUSALS_TOLD_MAX);
}

struct engine *cmd_engine(struct settings *s)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	struct engine *e = engine_build(&s->rules, &why);
	cmd_complain(&why);
	buf_fini(&why);
	if (!e)
		return NULL;
	struct engine_report r = engine_report(e);
	tell_refusals(&r);
	if (r.refused && s->strict) {
		fprintf(stderr, "otasuke-gate: rules.strict: %u rules were refused\n",
		    r.refused);
		engine_unref(e);
		return NULL;
	}
	return e;
}

/* On a terminal only, and not more often than a person can read. */
static void show_progress(struct capture *c, const char *name, int64_t *next_us)
{
	int64_t now = clock_now_us();

	if (now < *next_us)
		return;
	*next_us = now + PROGRESS_US;
	unsigned long long frames = capture_counts(c).frames;
	int percent = capture_percent(c);
	if (percent >= 0)
		fprintf(stderr, "\r%s: %d %%, %llu packets ", name, percent, frames);
	else
		fprintf(stderr, "\r%s: %llu packets ", name, frames);
}

int cmd_carry(struct worker *w, struct capture *c, const char *name)
{
	bool terminal = isatty(STDERR_FILENO);
	int64_t next_us = clock_now_us() + PROGRESS_US;
	struct packet pkt;
	struct buf why;
	int got = CAPTURE_END;

	buf_init(&why, WHY_MAX);
	while (!cmd_stop && (got = capture_next(c, &pkt, 0, &why)) == CAPTURE_FRAME) {
		enum verdict v = pipeline_run(w, &pkt);
		capture_verdict(c, &pkt, v);
		if (terminal && pkt.number % PROGRESS_PACKETS == 0)
			show_progress(c, name, &next_us);
	}
	if (terminal)
		fputs("\r\033[K", stderr);
	cmd_complain(&why);
	buf_fini(&why);
	return got < 0 ? got : 0;
}
