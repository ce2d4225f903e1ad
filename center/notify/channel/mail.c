/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"

#include <stdio.h>

/* Mail: RFC 5321 by curl, the message by notify_mail_write(). */

static bool ready(const struct notify_conf *conf)
{
	return conf->smtp_url != NULL;
}

/* The name we greet with is the path of the URL (curl's way). */
static void make_url(const struct notify_conf *conf, char *url, size_t room)
{
	const char *at = strrchr(conf->from, '@');

	snprintf(url, room, "%s/%s", conf->smtp_url, at ? at + 1 : "localhost");
}

/* "try" is for a server without a login: whoever stands between could strike STARTTLS out of
 * the server's list, and a password would go to him in clear. */
static long tls_of(const struct notify_conf *conf)
{
	const char *wish = conf->smtp_tls ? conf->smtp_tls : "try";

	if (strcmp(wish, "none") == 0)
		return CURLUSESSL_NONE;
	return strcmp(wish, "require") == 0 || conf->smtp_user ? CURLUSESSL_ALL
							       : CURLUSESSL_TRY;
}

static size_t read_mail(char *to, size_t size, size_t n, void *arg)
{
	struct notify_try *t = arg;
	size_t left = t->out.len - t->at, len = size * n < left ? size * n : left;

	memcpy(to, t->out.at + t->at, len);
	t->at += len;
	return len;
}

/* bounces+NAME@host: a bounce tells by where it comes which notice it is about. */
static void envelope_from(const struct notify_try *t, char *from, size_t room)
{
	const char *bounce = t->conf->bounce,
		   *at = bounce ? strrchr(bounce, '@') : NULL;
	int name = (int)strcspn(t->notice.message_id, "@");

	if (at && at - bounce + name < 63)
		snprintf(from, room, "%.*s+%.*s%s", (int)(at - bounce), bounce, name,
		    t->notice.message_id, at);
	else
		snprintf(from, room, "%s", bounce ? bounce : t->conf->from);
}

int notify_try_smtp(struct notify_try *t, const char *to)
{
	const struct notify_conf *c = t->conf;
	char url[600], from[600];

	t->list = curl_slist_append(NULL, to);
	if (!t->list)
		return FAIL_MEMORY;
	make_url(c, url, sizeof(url));
	envelope_from(t, from, sizeof(from));
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(t->curl, CURLOPT_USE_SSL, tls_of(c));
	if (c->smtp_user) {
		curl_easy_setopt(t->curl, CURLOPT_USERNAME, c->smtp_user);
		curl_easy_setopt(t->curl, CURLOPT_PASSWORD, c->smtp_password);
	}
	curl_easy_setopt(t->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(t->curl, CURLOPT_MAIL_RCPT, t->list);
	curl_easy_setopt(t->curl, CURLOPT_READFUNCTION, read_mail);
	curl_easy_setopt(t->curl, CURLOPT_READDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_UPLOAD, 1L);
	return 0;
}

static int open_mail(struct notify_try *t)
{
	const struct notify_conf *c = t->conf;
	const struct notify_notice *n = &t->notice;
	const char *name = n->lang != RECORD_EN ? c->from_name_ja : c->from_name_en;
	struct notify_mail mail = { .from = c->from,
		.to = n->recipient,
		.subject = n->subject,
		.body = n->body,
		.message_id = n->message_id,
		.in_reply_to = n->in_reply_to,
		.date_us = t->now_us };

	mail.from_name = name                   ? name
			 : n->lang != RECORD_EN ? "見守りセンター"
						: "Otasuke centre";
	if (notify_mail_write(&mail, &t->out) < 0) {
		snprintf(t->why, sizeof(t->why),
		    "not a mail address, or the mail is too long");
		return FAIL_DENIED;
	}
	return notify_try_smtp(t, n->recipient);
}

/* Only what the server says of this mail is final (RFC 5321 section 4.2.1); a server that
 * refuses us as such may be mended. */
static bool is_final(long reply)
{
	return reply >= 550 && reply <= 553;
}

static int done_mail(struct notify_try *t, CURLcode rc)
{
	long reply = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &reply);
	if (rc == CURLE_OK)
		return 0;
	notify_try_say(t, rc, "");
	return is_final(reply) ? FAIL_DENIED : FAIL_PEER;
}

const struct notify_channel notify_mail_channel = { .name = "mail",
	.at_once = 4,
	.ready = ready,
	.address_ok = notify_address_ok,
	.open = open_mail,
	.done = done_mail };
