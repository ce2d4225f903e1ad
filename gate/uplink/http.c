/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define HTTP_CONNECT_MS 10000L
#define HTTP_TOTAL_MS   60000L
#define HTTP_URL_MAX    512u

struct uplink_http {
	CURL *easy;
	struct curl_slist *headers;
	char base[HTTP_URL_MAX];
	char why[CURL_ERROR_SIZE];
	char *ca_pem;
	volatile int *stop;
};

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct buf *body = ctx;

	buf_add(body, bytes, size * n);
	return body->overflowed ? 0 : size * n;
}

static int look_for_stop(
    void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct uplink_http *h = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return h->stop && *h->stop;
}

static struct curl_blob blob_of(const char *text)
{
	return (
	    struct curl_blob){ (void *)(uintptr_t)text, strlen(text), CURL_BLOB_COPY };
}

/* The centre's own CA and nobody else's: no system store, no proxy from the environment. */
static bool set_trust(struct uplink_http *h, const struct uplink_trust *trust)
{
	CURL *e = h->easy;
	bool good = curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK &&
		    curl_easy_setopt(e, CURLOPT_CAINFO, NULL) == CURLE_OK;

	if (trust->ca_pem) {
		h->ca_pem = strdup(trust->ca_pem);
		struct curl_blob ca = { h->ca_pem, h->ca_pem ? strlen(h->ca_pem) : 0,
			CURL_BLOB_NOCOPY };
		good = good && h->ca_pem &&
		       curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK;
	} else {
		good = good &&
		       curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
		       curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
	}
	/* Copied: files that change under us must not make us somebody else. */
	if (trust->cert_pem) {
		struct curl_blob cert = blob_of(trust->cert_pem),
				 key = blob_of(trust->key_pem);
		good = good &&
		       curl_easy_setopt(e, CURLOPT_SSLCERT_BLOB, &cert) == CURLE_OK &&
		       curl_easy_setopt(e, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK;
	} else if (trust->cert) {
		good = good &&
		       curl_easy_setopt(e, CURLOPT_SSLCERT, trust->cert) == CURLE_OK &&
		       curl_easy_setopt(e, CURLOPT_SSLKEY, trust->key) == CURLE_OK;
	}
	return good;
}

static bool set_manners(struct uplink_http *h)
{
	CURL *e = h->easy;

	return curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
		   CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_MS) ==
		   CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, HTTP_TOTAL_MS) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->why) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, look_for_stop) ==
		   CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_XFERINFODATA, h) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(
		   e, CURLOPT_USERAGENT, "otasuke-gate/" OTASUKE_VERSION) == CURLE_OK;
}

struct uplink_http *uplink_http_open(
    const char *centre, const struct uplink_trust *trust, volatile int *stop)
{
	struct uplink_http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->stop = stop;
	snprintf(h->base, sizeof(h->base), "%s", centre);
	for (size_t n = strlen(h->base); n && h->base[n - 1] == '/'; n--)
		h->base[n - 1] = 0;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		h->easy = curl_easy_init();
	if (h->easy && set_manners(h) && set_trust(h, trust))
		return h;
	log_error("G080", "cannot set up the connection to %s", centre);
	uplink_http_close(h);
	return NULL;
}

void uplink_http_close(struct uplink_http *h)
{
	if (!h)
		return;
	if (h->easy)
		curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	free(h->ca_pem);
	free(h);
}

static bool set_question(struct uplink_http *h, const char *path, const char *type,
    struct span body, struct uplink_answer *a)
{
	char url[HTTP_URL_MAX + 128], line[80], clock[48];
	CURL *e = h->easy;

	curl_slist_free_all(h->headers);
	h->headers = NULL;
	snprintf(url, sizeof(url), "%s%s", h->base, path);
	if (curl_easy_setopt(e, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, &a->body) != CURLE_OK)
		return false;
	if (!type)
		return curl_easy_setopt(e, CURLOPT_HTTPHEADER, NULL) == CURLE_OK &&
		       curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	snprintf(line, sizeof(line), "Content-Type: %s", type);
	h->headers = curl_slist_append(NULL, line);
	/* What time it is here: the centre corrects what we say by it. */
	snprintf(
	    clock, sizeof(clock), "Otasuke-Clock: %lld", (long long)clock_now_us());
	return h->headers && curl_slist_append(h->headers, "Expect:") &&
	       curl_slist_append(h->headers, clock) &&
	       curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)body.len) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_POSTFIELDS,
		   body.len ? (const char *)body.at : "") == CURLE_OK;
}

void uplink_http_ask(struct uplink_http *h, const char *path, const char *type,
    struct span body, struct uplink_answer *a)
{
	curl_off_t wait_s = 0;

	buf_clear(&a->body);
	a->status = 0;
	a->retry_after_s = 0;
	a->why[0] = 0;
	h->why[0] = 0;
	if (!set_question(h, path, type, body, a)) {
		snprintf(a->why, sizeof(a->why), "no memory");
		return;
	}
	CURLcode code = curl_easy_perform(h->easy);
	if (code != CURLE_OK) {
		snprintf(a->why, sizeof(a->why), "%s",
		    h->why[0] ? h->why : curl_easy_strerror(code));
		return;
	}
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &wait_s);
	a->retry_after_s = wait_s > 0 && wait_s < INT32_MAX ? (uint32_t)wait_s : 0;
	snprintf(a->why, sizeof(a->why), "HTTP %ld", a->status);
}
