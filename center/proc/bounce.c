/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"
#include "center/proc/channels.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* `otasuke-center bounce`: what a mail server pipes into us. */

static int read_all(struct buf *mail)
{
	char chunk[8192];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (mail->len + (size_t)n <= NOTIFY_BOUNCE_MAX)
			buf_add(mail, chunk, (size_t)n);
	return n < 0 ? FAIL_IO : 0;
}

static int take(const struct conf *conf, struct span mail)
{
	static const char *const said[] = { "no report about delivery", "delayed",
		"came back", "arrived" };
	struct proc_channels channels;
	int err = proc_channels(conf, &channels);

	if (err < 0)
		return err;
	struct store *store = store_open(conf_text(conf, "data.dir"));
	if (!store)
		return FAIL_IO;
	err = notify_bounce_mail(store, &channels.notify, mail);
	store_close(store);
	if (err >= 0)
		puts(said[err]);
	return err < 0 ? err : 0;
}

int proc_bounce(const struct conf *conf)
{
	struct buf mail;

	buf_init(&mail, NOTIFY_BOUNCE_MAX);
	int err = read_all(&mail);
	if (err == 0)
		err = take(conf, buf_span(&mail));
	buf_fini(&mail);
	return err;
}
