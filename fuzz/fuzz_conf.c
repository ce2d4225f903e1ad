/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "lib/conf/conf.h"

static const struct conf_row rows[] = {
	{ "spool.dir", CONF_TEXT },
	{ "spool.max", CONF_SIZE, .least = 1024, .most = 1 << 30 },
	{ "mode", CONF_CHOICE, .choices = "protect|observe" },
	{ "delay_s", CONF_INT, .least = -5, .most = 3600 },
	{ "strict", CONF_BOOL },
	{ "rules", CONF_TEXT, .repeatable = true },
	{ "app.*.ports.*", CONF_TEXT },
	{ "dataset.**", CONF_TEXT },
};

/* Invariant: a file is taken with no word said, or refused with a reason; and what was taken
 * is in range. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct conf *c = conf_new(rows, sizeof(rows) / sizeof(rows[0]));
	struct buf why;

	must(c);
	buf_init(&why, 1u << 20);
	int fail = conf_read(c, "fuzz", span_of(bytes, len), &why);
	must((fail == 0) == (why.len == 0));
	if (conf_given(c, "spool.max"))
		must(conf_int(c, "spool.max") >= 1024);
	must(conf_int(c, "delay_s") >= -5 && conf_int(c, "delay_s") <= 3600);
	const char *key, *value;
	for (unsigned n = 0; conf_each(c, "dataset.**", n, &key, &value); n++)
		must(strncmp(key, "dataset.", 8) == 0 && key[8]);
	conf_free(c);
	buf_fini(&why);
	return 0;
}
