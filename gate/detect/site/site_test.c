/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/site/site.h"

#include "lib/base/fail.h"
#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static unsigned refused;

static void refuse(void *ctx, const char *file, unsigned line, const char *why)
{
	(void)ctx;
	(void)file;
	(void)why;
	refused = refused * 100 + line;
}

static int load(struct site_table *t, const char *text)
{
	char path[] = "/tmp/site-test-XXXXXX";
	int fd = mkstemp(path);
	struct buf why;

	buf_init(&why, 1024);
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	int r = site_load(t, path, refuse, NULL, &why);
	close(fd);
	unlink(path);
	buf_fini(&why);
	return r;
}

#define HEAD(kind)               \
	"list = a\nkind = " kind \
	"\ncategory = c # comment\nsource = s\nlicence = l\n--\n"

static const char *find(const struct site_table *t, const char *host)
{
	const struct site_list *l = site_find(t, span_text(host));
	return !l ? "no" : l->dangerous ? "dangerous" : "off";
}

static void labels(void)
{
	struct site_table *t = site_new();

	check(
	    load(t, HEAD("dangerous") "Bad.Example.\n# none\nxn--r8jz45g.example\n") ==
	    0);
	check(load(t, HEAD("off-business") "games.example\nwww.bad.example\n") == 0);
	check_eq(site_count(t), 4);
	check_text(find(t, "bad.example"), "dangerous");
	check_text(find(t, "a.b.BAD.example.:8080"), "dangerous");
	check_text(find(t, "www.bad.example"), "dangerous");
	check_text(find(t, "notbad.example"), "no");
	check_text(find(t, "example"), "no");
	check_text(find(t, ""), "no");
	check_text(find(t, "[2001:db8::1]:80"), "no");
	check_text(find(t, "x.xn--r8jz45g.example"), "dangerous");
	check_text(find(t, "games.example"), "off");
	site_free(t);
}

static void broken(void)
{
	struct site_table *t = site_new();

	check(load(t, "bad.example\n") == FAIL_FORMAT);
	check(load(t, "list = a\nkind = odd\n--\n") == FAIL_FORMAT);
	check(load(t, "list = a\n--\nbad.example\n") == FAIL_FORMAT);
	check(load(t, "") < 0);
	refused = 0;
	check(load(t, HEAD("dangerous") "ok.example\nnot a host\na..b\n/x\n") == 0);
	check_eq(refused, 80910);
	check_eq(site_count(t), 1);
	site_free(t);
}

static void growth(void)
{
	struct site_table *t = site_new();
	char *text = malloc(400000), host[64];
	size_t n = (size_t)sprintf(text, "%s", HEAD("off-business"));

	for (unsigned i = 0; i < 10000; i++)
		n += (size_t)sprintf(text + n, "host-%u.example\n", i);
	check(load(t, text) == 0);
	check_eq(site_count(t), 10000);
	for (unsigned i = 0; i < 10000; i += 7) {
		snprintf(host, sizeof(host), "www.host-%u.example", i);
		check_text(find(t, host), "off");
	}
	free(text);
	site_free(t);
}

CHECK_MAIN(labels, broken, growth)
