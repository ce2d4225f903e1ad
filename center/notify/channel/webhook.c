/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

/* A notice as JSON to a program of the company's, signed:
 *
 *	Otasuke-Id:        the notice's name, the same in every try
 *	Otasuke-Timestamp: seconds since 1970 of this try
 *	Otasuke-Signature: v1=HEX, HMAC-SHA256 by the contact's secret over TIMESTAMP.BODY
 *
 * The receiver refuses a timestamp more than five minutes off and an id that it has seen.
 * Where it goes is what a company typed: so nothing but HTTPS, no redirect, and no address
 * of our own networks unless the centre's settings allow it (checked after the name was
 * looked up, so that a name cannot change its mind in between). */
#define ADDRESS_MAX 1000u

static bool ready(const struct notify_conf *conf)
{
	(void)conf;
	return true;
}

static char *part(CURLU *u, CURLUPart what)
{
	char *text = NULL;

	return curl_url_get(u, what, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool address_ok(const char *address)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *user = NULL;
	bool ok = u && strlen(address) <= ADDRESS_MAX;

	for (const char *c = address; ok && *c; c++)
		ok = (unsigned char)*c > 0x20 && (unsigned char)*c < 0x7f &&
		     !strchr("\"<>\\^`{|}", *c);
	ok = ok && curl_url_set(u, CURLUPART_URL, address, 0) == CURLUE_OK;
	if (ok) {
		scheme = part(u, CURLUPART_SCHEME);
		host = part(u, CURLUPART_HOST);
		user = part(u, CURLUPART_USER);
		ok = scheme && host && *host && !user &&
		     (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(u);
	return ok;
}

/* ---- where it may go ---- */

static bool in4(uint32_t ip, uint32_t net, unsigned bits)
{
	return (ip ^ net) >> (32 - bits) == 0;
}

/* IANA's special-purpose registry: nothing of it is a neighbour in the Internet. */
static bool is_private4(uint32_t ip)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} nets[] = {
		{ 0x00000000, 8 },
		{ 0x0a000000, 8 },
		{ 0x64400000, 10 },
		{ 0x7f000000, 8 },
		{ 0xa9fe0000, 16 },
		{ 0xac100000, 12 },
		{ 0xc0000000, 24 },
		{ 0xc0000200, 24 },
		{ 0xc0586300, 24 },
		{ 0xc0a80000, 16 },
		{ 0xc6120000, 15 },
		{ 0xc6336400, 24 },
		{ 0xcb007100, 24 },
		{ 0xe0000000, 3 },
	};

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if (in4(ip, nets[i].net, nets[i].bits))
			return true;
	return false;
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	       at[3];
}

/* Only 2000::/3 is in the Internet; of it, what carries an IPv4 address inside is judged by
 * that (6to4, NAT64 stands outside 2000::/3), and documentation and Teredo are out. */
static bool is_private6(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(ip, mapped, 12) == 0 || memcmp(ip, nat64, 12) == 0)
		return is_private4(be32(ip + 12));
	if (ip[0] >> 5 != 1)
		return true;
	if (ip[0] == 0x20 && ip[1] == 0x02)
		return is_private4(be32(ip + 2));
	return ip[0] == 0x20 && ip[1] == 0x01 &&
	       ((ip[2] == 0x0d && ip[3] == 0xb8) || ip[2] < 0x02);
}

bool notify_webhook_private(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, a, sizeof(in));
		return is_private4(ntohl(in.sin_addr.s_addr));
	}
	if (a->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, a, sizeof(in6));
		return is_private6(in6.sin6_addr.s6_addr);
	}
	return true;
}

static curl_socket_t open_socket(
    void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct notify_try *t = arg;

	(void)purpose;
	if (!t->conf->private_ok && notify_webhook_private(&a->addr)) {
		snprintf(t->why, sizeof(t->why),
		    "the address lies in a private network, which this centre does not "
		    "allow");
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- what is said ---- */

static json_t *notice_json(const struct notify_notice *n)
{
	static const char *const severities[] = { "log", "caution", "urgent" };
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}",
	    "version", 1, "type", "notice", "step", n->step, "severity",
	    severities[n->severity], "lang", n->lang_code, "subject", n->subject,
	    "body", n->body, "created_us", (json_int_t)n->created_us, "link", n->link);

	(void)json_object_set_new(
	    o, "id", json_stringn(n->message_id, strcspn(n->message_id, "@")));
	if (n->company_id)
		(void)json_object_set_new(o, "company",
		    json_pack("{s:I, s:s}", "id", (json_int_t)n->company_id, "name",
			n->company));
	if (n->incident_id)
		(void)json_object_set_new(o, "incident",
		    json_pack("{s:I, s:s}", "id", (json_int_t)n->incident_id, "cause",
			n->cause));
	return o;
}

/* An event's body was written when it happened; the notice's own name is put in now. */
static int write_body(struct notify_try *t)
{
	const struct notify_notice *n = &t->notice;
	bool event = strncmp(n->step, "event", 5) == 0;
	json_t *o = event ? json_loads(n->body, 0, NULL) : notice_json(n);

	if (event && o)
		(void)json_object_set_new(
		    o, "id", json_stringn(n->message_id, strcspn(n->message_id, "@")));
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return FAIL_MEMORY;
	buf_add_text(&t->out, text);
	free(text);
	return t->out.overflowed ? FAIL_LIMIT : 0;
}

void notify_webhook_sign(
    const char *secret, int64_t at_s, struct span body, char signature[65])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf text;

	buf_init(&text, NOTIFY_TRY_OUT + 64u);
	buf_addf(&text, "%" PRId64 ".", at_s);
	buf_add(&text, body.at, body.len);
	HMAC(EVP_sha256(), secret, (int)strlen(secret), text.at, text.len, mac, &len);
	for (unsigned i = 0; i < 32; i++)
		snprintf(signature + (size_t)2 * i, 3, "%02x", mac[i]);
	buf_fini(&text);
}

static int write_headers(struct notify_try *t)
{
	int64_t at_s = t->now_us / 1000000;
	int name = (int)strcspn(t->notice.message_id, "@");
	char signature[65];

	notify_webhook_sign(t->notice.secret, at_s, buf_span(&t->out), signature);
	int err = notify_try_header(t, "Content-Type: application/json");
	if (err == 0)
		err = notify_try_header(
		    t, "Otasuke-Id: %.*s", name, t->notice.message_id);
	if (err == 0)
		err = notify_try_header(
		    t, "Idempotency-Key: %.*s", name, t->notice.message_id);
	if (err == 0)
		err = notify_try_header(t, "Otasuke-Timestamp: %" PRId64, at_s);
	if (err == 0)
		err = notify_try_header(t, "Otasuke-Signature: v1=%s", signature);
	return err < 0 ? err : notify_try_header(t, "Expect:");
}

static int open_webhook(struct notify_try *t)
{
	const char *url = t->notice.recipient;
	int err = write_body(t);

	if (!address_ok(url) ||
	    (!t->conf->private_ok && strncasecmp(url, "https:", 6) != 0)) {
		snprintf(t->why, sizeof(t->why), "only https:// addresses are allowed");
		return FAIL_DENIED;
	}
	if (err == 0)
		err = write_headers(t);
	if (err < 0)
		return err;
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR,
	    t->conf->private_ok ? "http,https" : "https");
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->curl, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "otasuke-center");
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->list);
	curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->out.len);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->out.at);
	/* A connection that stayed open would pass by the check of its address. */
	curl_easy_setopt(t->curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(t->curl, CURLOPT_FRESH_CONNECT, 1L);
	return 0;
}

/* What the receiver says of this body stays as it is; everything else may be mended. */
static bool is_final(long status)
{
	return status == 400 || status == 405 || status == 410 || status == 413 ||
	       status == 415 || status == 422;
}

static int done_webhook(struct notify_try *t, CURLcode rc)
{
	long status = 0;

	if (rc != CURLE_OK) {
		if (!t->why[0])
			notify_try_say(t, rc, "");
		return FAIL_PEER;
	}
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	/* The answer's text is not shown: it may be of somebody who was not meant. */
	snprintf(t->why, sizeof(t->why), "the receiver answered %ld%s", status,
	    status >= 300 && status < 400 ? " (a redirect, which is not followed)"
					  : "");
	return is_final(status) ? FAIL_DENIED : FAIL_PEER;
}

const struct notify_channel notify_webhook_channel = { .name = "webhook",
	.at_once = 16,
	.ready = ready,
	.address_ok = address_ok,
	.open = open_webhook,
	.done = done_webhook };
