/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/conf/conf.h"

#include "lib/base/must.h"
#include "tests/check.h"

#include <stdlib.h>

static const struct conf_row rows[] = {
	{ "spool.dir", CONF_TEXT, .preset = "/var/spool/x", .ja = "置き場所",
	    .en = "Where." },
	{ "spool.max", CONF_SIZE, .preset = "256mb", .least = 1024, .most = 1 << 30 },
	{ "mode", CONF_CHOICE, .choices = "protect|observe", .preset = "protect" },
	{ "delay_s", CONF_INT, .preset = "600", .most = 3600, .unit = "s" },
	{ "strict", CONF_BOOL, .pending = true },
	{ "rules", CONF_TEXT, .repeatable = true },
	{ "var.*", CONF_TEXT },
	{ "app.*.ports.*", CONF_TEXT },
	{ "dataset.**", CONF_TEXT },
	{ "*.max_tx", CONF_INT, .pending = true },
};

static struct conf *fresh(void)
{
	struct conf *c = conf_new(rows, sizeof(rows) / sizeof(rows[0]));
	must(c);
	return c;
}

static int read_text(struct conf *c, const char *text, struct buf *why)
{
	buf_clear(why);
	return conf_read(c, "t.conf", span_text(text), why);
}

static void presets_stand_until_something_is_given(void)
{
	struct conf *c = fresh();
	struct buf why;

	buf_init(&why, 4096);
	check_eq(conf_int(c, "spool.max"), 256 << 20);
	check(conf_is(c, "mode", "protect") && !conf_given(c, "mode"));
	check(!conf_bool(c, "strict") && !conf_text(c, "strict"));
	check_eq(read_text(c,
		     "# a comment\n\n spool.max=1kb\r\nmode = observe # why not\n"
		     "strict = yes\nspool.dir = \"/tmp/a # b\"  # said",
		     &why),
	    0);
	check_eq(conf_int(c, "spool.max"), 1024);
	check(conf_is(c, "mode", "observe") && conf_given(c, "mode") &&
	      conf_bool(c, "strict"));
	check_text(conf_text(c, "spool.dir"), "/tmp/a # b");
	buf_fini(&why);
	conf_free(c);
}

static void says(const char *text, const char *want)
{
	struct conf *c = fresh();
	struct buf why;

	buf_init(&why, 8192);
	check_eq(read_text(c, text, &why), FAIL_FORMAT);
	check_text(buf_text(&why), want);
	buf_fini(&why);
	conf_free(c);
}

static void errors_name_place_and_remedy(void)
{
	says("\nspol.max = 1\n",
	    "t.conf:2: unknown key spol.max; did you mean spool.max?\n");
	says("zzzzzzzz = 1\nmdoe = x\n",
	    "t.conf:1: unknown key zzzzzzzz; --help config lists the keys\n"
	    "t.conf:2: unknown key mdoe; did you mean mode?\n");
	says("mode = loud\n",
	    "t.conf:1: mode cannot be \"loud\"; it takes protect or observe\n");
	says("delay_s = 3601\n",
	    "t.conf:1: delay_s cannot be \"3601\"; it takes a whole number "
	    "from 0 to 3600 (s)\n");
	says("delay_s = 5x\n",
	    "t.conf:1: delay_s cannot be \"5x\"; it takes a whole number "
	    "from 0 to 3600 (s)\n");
	says("mode = observe\nmode = observe\n",
	    "t.conf:2: mode was given in line 1 already; keep one\n");
	says("hello\n", "t.conf:1: \"hello\" is no setting; write key = value\n");
	says("rules = \"a\n",
	    "t.conf:1: the closing \" is missing or something follows it\n");
	says("var. = 1\n", "t.conf:1: unknown key var.; did you mean var.*?\n");
	says("spool.max = 99999999999gb\n",
	    "t.conf:1: spool.max cannot be \"99999999999gb\"; it takes a size such as 512kb "
	    "from 1024 to 1073741824\n");
}

static void wildcards_take_elements(void)
{
	struct conf *c = fresh();
	struct buf why;
	const char *key, *value;

	buf_init(&why, 4096);
	check_eq(read_text(c,
		     "var.HOME_NET = [192.0.2.0/24,198.51.100.0/24]\nvar.HTTP = 80\n"
		     "dataset.a.b.c = 1\napp.http.ports.dp = 8080\nftp.max_tx = 3\n",
		     &why),
	    0);
	check_text(conf_text(c, "var.HOME_NET"), "[192.0.2.0/24,198.51.100.0/24]");
	check(conf_each(c, "var.*", 1, &key, &value));
	check_text(key, "var.HTTP");
	check(!conf_each(c, "var.*", 2, &key, &value));
	check(conf_each(c, "dataset.**", 0, &key, &value));
	check(conf_pending(c, 0, &key) && !conf_pending(c, 1, &value));
	check_text(key, "ftp.max_tx");
	buf_fini(&why);
	conf_free(c);
	says("var.a.b = 1\n",
	    "t.conf:1: unknown key var.a.b; --help config lists the keys\n");
}

static void the_command_line_wins(void)
{
	struct conf *c = fresh();
	struct buf why;
	const char *key, *value;

	buf_init(&why, 4096);
	check_eq(conf_set(c, "--mode", "mode", "observe", &why), 0);
	check_eq(conf_set(c, "--rules", "rules", "a", &why), 0);
	check_eq(read_text(c, "mode = protect\nrules = b\nrules = c\n", &why), 0);
	check(conf_is(c, "mode", "observe"));
	check(conf_each(c, "rules", 2, &key, &value));
	check_text(value, "c");
	check_eq(conf_set(c, "--mode", "mode", "protect", &why), 0);
	check(conf_is(c, "mode", "protect"));
	check_eq(conf_set(c, "--x", "x", "1", &why), FAIL_FORMAT);
	buf_fini(&why);
	conf_free(c);
}

static void a_missing_file_is_told(void)
{
	struct conf *c = fresh();
	struct buf why;

	buf_init(&why, 4096);
	check_eq(conf_load(c, "/nonexistent/x.conf", &why), FAIL_IO);
	check_text(buf_text(&why), "/nonexistent/x.conf: No such file or directory\n");
	buf_fini(&why);
	conf_free(c);
}

CHECK_MAIN(presets_stand_until_something_is_given, errors_name_place_and_remedy,
    wildcards_take_elements, the_command_line_wins, a_missing_file_is_told)
