/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"

#include <stdarg.h>
#include <stdio.h>

#define CONNECT_S 15L

/* Every way there is. */
const struct notify_channel *const notify_channels[] = { &notify_mail_channel,
	&notify_webhook_channel, &notify_sms_channel, &notify_voice_channel,
	&notify_line_channel, &notify_fax_channel, NULL };

const struct notify_channel *notify_channel_find(const char *name)
{
	for (unsigned i = 0; notify_channels[i]; i++)
		if (strcmp(notify_channels[i]->name, name) == 0)
			return notify_channels[i];
	return NULL;
}

bool notify_channel_address_ok(const char *channel, const char *address)
{
	const struct notify_channel *c = notify_channel_find(channel);

	return c && c->address_ok(address);
}

bool notify_channel_ready(const char *channel, const struct notify_conf *conf)
{
	const struct notify_channel *c = notify_channel_find(channel);

	return c && c->ready(conf);
}

static size_t keep_answer(char *from, size_t size, size_t n, void *arg)
{
	struct notify_try *t = arg;
	size_t room = NOTIFY_TRY_IN - t->in.len;

	buf_add(&t->in, from, size * n < room ? size * n : room);
	return size * n;
}

void notify_try_setup(struct notify_try *t)
{
	CURL *c = t->curl;

	curl_easy_setopt(c, CURLOPT_PRIVATE, t);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)NOTIFY_SMTP_S);
	/* The end of the centre does not wait for a name server. */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	if (t->conf->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, t->conf->ca_file);
}

int notify_try_header(struct notify_try *t, const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(line) || strpbrk(line, "\r\n"))
		return FAIL_LIMIT;
	struct curl_slist *more = curl_slist_append(t->list, line);
	if (!more)
		return FAIL_MEMORY;
	t->list = more;
	return 0;
}

void notify_try_say(struct notify_try *t, CURLcode rc, const char *what)
{
	snprintf(t->why, sizeof(t->why), "%s%s", what,
	    t->error[0] ? t->error : curl_easy_strerror(rc));
}

void notify_try_answer(struct notify_try *t, const char *what, long status)
{
	int at = snprintf(t->why, sizeof(t->why), "%s%ld", what, status);

	for (size_t i = 0; i < t->in.len && i < 200 && at < (int)sizeof(t->why) - 3;
	     i++) {
		if (i == 0)
			t->why[at++] = ' ';
		uint8_t c = t->in.at[i];
		t->why[at++] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	}
	t->why[at] = 0;
}
