/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"
#include "lib/base/log.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_S 15L
#define WHOLE_S   60L

struct notify_smtp {
	CURL *curl; /* keeps its connection between mails */
	char error[CURL_ERROR_SIZE];
};

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

struct notify_smtp *notify_smtp_new(const struct notify_conf *conf)
{
	struct notify_smtp *s = calloc(1, sizeof(*s));
	char url[600];

	if (!s)
		return NULL;
	s->curl = curl_easy_init();
	if (!s->curl) {
		free(s);
		return NULL;
	}
	make_url(conf, url, sizeof(url));
	curl_easy_setopt(s->curl, CURLOPT_URL, url);
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL, tls_of(conf));
	if (conf->smtp_user) {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, conf->smtp_user);
		curl_easy_setopt(s->curl, CURLOPT_PASSWORD, conf->smtp_password);
	}
	return s;
}

void notify_smtp_free(struct notify_smtp *s)
{
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

static size_t read_mail(char *to, size_t size, size_t n, void *arg)
{
	struct span *mail = arg;
	size_t len = size * n < mail->len ? size * n : mail->len;

	if (len == 0)
		return 0;
	memcpy(to, mail->at, len);
	mail->at += len;
	mail->len -= (uint32_t)len;
	return len;
}

/* Only what the server says of this mail is final (RFC 5321 section 4.2.1); a server that
 * refuses us as such may be mended. */
static bool is_final(long reply)
{
	return reply >= 550 && reply <= 553;
}

int notify_smtp_send(struct notify_smtp *s, const char *from, const char *to,
    struct span mail, char *why)
{
	struct curl_slist *recipients = curl_slist_append(NULL, to);
	long reply = 0;

	if (!recipients)
		return FAIL_MEMORY;
	s->error[0] = 0;
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(s->curl, CURLOPT_READFUNCTION, read_mail);
	curl_easy_setopt(s->curl, CURLOPT_READDATA, &mail);
	curl_easy_setopt(s->curl, CURLOPT_UPLOAD, 1L);
	CURLcode rc = curl_easy_perform(s->curl);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &reply);
	curl_slist_free_all(recipients);
	if (rc == CURLE_OK)
		return 0;
	snprintf(why, 256, "%s", s->error[0] ? s->error : curl_easy_strerror(rc));
	return is_final(reply) ? FAIL_DENIED : FAIL_PEER;
}
