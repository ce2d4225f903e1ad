/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"
#include "center/metric/metric.h"

#include "lib/base/clock.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

struct api_http_exchange *api_http_exchange_new(
    struct api *api, const char *target, struct MHD_Connection *c)
{
	struct api_http_exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->connection = c;
	x->q.api = api;
	buf_init(&x->body, API_BODY_MAX);
	x->target_bad = api_request_target(&x->q, target) < 0;
	return x;
}

void api_http_exchange_free(struct api_http_exchange *x)
{
	if (!x)
		return;
	api_request_fini(&x->q);
	api_reply_fini(&x->a);
	buf_fini(&x->body);
	free(x);
}

static const char *header(const struct api_http_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static void peer_of(struct api_http_exchange *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info ? info->client_addr : NULL;
	const void *bytes = NULL;

	if (a && a->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	else if (a && a->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	if (!bytes || !inet_ntop(a->sa_family, bytes, x->q.peer, sizeof(x->q.peer)))
		(void)snprintf(x->q.peer, sizeof(x->q.peer), "?");
}

/* The server in front is asked who it is: otherwise everybody would be one peer, and share
 * the limits of guessing. */
static void look_behind(struct api_http_exchange *x)
{
	const char *forwarded = header(x, "X-Forwarded-For"),
		   *proto = header(x, "X-Forwarded-Proto");

	if (!x->q.api->proxy || strcmp(x->q.peer, x->q.api->proxy) != 0)
		return;
	if (forwarded)
		(void)api_request_forwarded(forwarded, x->q.peer, sizeof(x->q.peer));
	x->q.tls |= proto && strcmp(proto, "https") == 0;
}

static const char *const methods[API_METHOD_MAX] = { "GET", "POST", "PUT", "DELETE" };

static enum api_method method_of(const char *name)
{
	/* The library leaves the body of an answer to HEAD away. */
	if (strcmp(name, MHD_HTTP_METHOD_HEAD) == 0)
		return API_GET;
	for (enum api_method m = API_GET; m < API_METHOD_MAX; m++)
		if (strcmp(methods[m], name) == 0)
			return m;
	return API_METHOD_MAX;
}

bool api_http_exchange_begin(struct api_http_exchange *x, const char *method)
{
	const char *length = header(x, MHD_HTTP_HEADER_CONTENT_LENGTH);

	x->begun = true;
	x->q.method = method_of(method);
	x->q.now_us = clock_now_us();
	x->q.cookie = header(x, MHD_HTTP_HEADER_COOKIE);
	x->q.csrf = header(x, "X-Otasuke-Csrf");
	x->q.accept = header(x, MHD_HTTP_HEADER_ACCEPT);
	x->q.encoding = header(x, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	x->q.etag = header(x, MHD_HTTP_HEADER_IF_NONE_MATCH);
	x->q.type = header(x, MHD_HTTP_HEADER_CONTENT_TYPE);
	x->q.fetch_site = header(x, "Sec-Fetch-Site");
	x->q.agent = header(x, MHD_HTTP_HEADER_USER_AGENT);
	x->q.authorization = header(x, MHD_HTTP_HEADER_AUTHORIZATION);
	peer_of(x);
	look_behind(x);
	/* Two lengths are how one request hides inside another (RFC 9112, 6.3). */
	if (x->target_bad || (length && header(x, MHD_HTTP_HEADER_TRANSFER_ENCODING))) {
		api_fail(&x->a, API_BAD, x->target_bad ? "address" : "length");
		return false;
	}
	if (length && strtoull(length, NULL, 10) > API_BODY_MAX) {
		api_fail(&x->a, API_LARGE, NULL);
		return false;
	}
	return true;
}

/* ---- sending ---- */

static const char *const fixed[][2] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
	    "form-action 'self'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy",
	    "camera=(), microphone=(), geolocation=(), payment=()" },
};

static void add(struct MHD_Response *r, const char *name, const char *value)
{
	(void)MHD_add_response_header(r, name, value);
}

static void add_allow(struct MHD_Response *r, unsigned allow)
{
	char text[64] = "";

	for (enum api_method m = API_GET; m < API_METHOD_MAX; m++)
		if (allow & 1u << m)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			    "%s%s", text[0] ? ", " : "", methods[m]);
	add(r, MHD_HTTP_HEADER_ALLOW, text);
}

static const char *caching(const struct api_reply *a)
{
	return a->immutable    ? "public, max-age=31536000, immutable"
	       : a->revalidate ? "no-cache"
			       : "no-store";
}

static void add_headers(struct MHD_Response *r, const struct api_http_exchange *x)
{
	const struct api_reply *a = &x->a;
	char number[16];

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(r, fixed[i][0], fixed[i][1]);
	if (x->q.tls)
		add(r, "Strict-Transport-Security", "max-age=31536000");
	add(r, MHD_HTTP_HEADER_CACHE_CONTROL, caching(a));
	if (a->type && a->status != 204 && a->status != 304)
		add(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	if (a->etag[0]) {
		add(r, MHD_HTTP_HEADER_ETAG, a->etag);
		add(r, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
	}
	if (a->gzip)
		add(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	if (a->location[0])
		add(r, MHD_HTTP_HEADER_LOCATION, a->location);
	if (a->cookie[0])
		add(r, MHD_HTTP_HEADER_SET_COOKIE, a->cookie);
	if (a->status == 405)
		add_allow(r, a->allow);
	if (a->retry_after_s) {
		(void)snprintf(number, sizeof(number), "%u", a->retry_after_s);
		add(r, MHD_HTTP_HEADER_RETRY_AFTER, number);
	}
}

/* Text of the reply's JSON into a->owned. */
static void print(struct api_reply *a)
{
	char *text;

	if (!a->json)
		return;
	text = json_dumps(a->json, JSON_COMPACT);
	if (!text) {
		/* Only without memory: an answer without a body still says its status. */
		a->status = 500;
		return;
	}
	a->owned = (uint8_t *)text;
	a->len = strlen(text);
	a->type = "application/json";
}

int api_http_exchange_send(struct api_http_exchange *x)
{
	struct api_reply *a = &x->a;
	struct MHD_Response *r;

	print(a);
	if (a->owned) {
		r = MHD_create_response_from_buffer(
		    a->len, a->owned, MHD_RESPMEM_MUST_FREE);
		if (r)
			a->owned = NULL;
	} else {
		/* The library takes what it does not write as not const. */
		union {
			const uint8_t *in;
			void *out;
		} bytes = { .in = a->bytes };

		r = MHD_create_response_from_buffer(
		    a->len, bytes.out, MHD_RESPMEM_PERSISTENT);
	}
	if (!r)
		return MHD_NO;
	add_headers(r, x);
	metric_add(a->status < 300   ? METRIC_REPLY_2XX
		   : a->status < 400 ? METRIC_REPLY_3XX
		   : a->status < 500 ? METRIC_REPLY_4XX
				     : METRIC_REPLY_5XX,
	    1);
	int sent = (int)MHD_queue_response(x->connection, a->status, r);
	MHD_destroy_response(r);
	return sent;
}
