/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"
#include "center/notify/channel/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* SMS and telephone by whatever gateway the chamber has a contract with: one HTTP request,
 * written as a template in the settings. */
#define VOICE_UNITS 600u

static bool sms_ready(const struct notify_conf *conf)
{
	return conf->sms.url != NULL;
}

static bool voice_ready(const struct notify_conf *conf)
{
	return conf->voice.url != NULL;
}

/* Digits with hyphens between, a plus in front; 8 to 15 digits (E.164). */
bool notify_phone_ok(const char *address)
{
	size_t digits = 0;

	if (*address == '+')
		address++;
	for (const char *c = address; *c; c++) {
		if (*c >= '0' && *c <= '9')
			digits++;
		else if (*c != '-' || c == address || c[1] == '-' || !c[1])
			return false;
	}
	return digits >= 8 && digits <= 15;
}

/* Without the hyphens. */
void notify_phone_plain(const char *address, char plain[20])
{
	size_t n = 0;

	for (; *address && n < 19; address++)
		if (*address != '-')
			plain[n++] = *address;
	plain[n] = 0;
}

void notify_sms_text(struct buf *b, const struct notify_notice *n, unsigned parts)
{
	struct buf tail;

	buf_init(&tail, 512);
	notify_text_tail(&tail, n);
	/* 3GPP TS 23.040: a part of several gives three units to its header. */
	notify_text_fit(b, n->subject, n->act, buf_text(&tail),
	    parts > 1 ? (size_t)parts * 67 : 70);
	buf_fini(&tail);
}

/* 【緊急】 is for eyes. */
static void add_spoken(struct buf *b, const char *text)
{
	while (*text) {
		if (strncmp(text, "【", 3) == 0) {
			text += 3;
		} else if (strncmp(text, "】", 3) == 0) {
			buf_add_text(b, "、");
			text += 3;
		} else {
			buf_add_byte(b, *text == '\n' ? ' ' : (uint8_t)*text);
			text++;
		}
	}
}

void notify_voice_text(struct buf *b, const struct notify_notice *n)
{
	bool ja = n->lang != RECORD_EN;
	struct buf head, tail;

	buf_init(&head, 8192);
	buf_init(&tail, 1024);
	buf_addf(&head,
	    ja ? "こちらは見守りセンターです。%s様へのお知らせです。"
	       : "This is the monitoring centre, with a notice for %s. ",
	    n->company);
	add_spoken(&head, n->subject);
	buf_add_text(&head, ja ? "。" : ".");
	if (*n->phone)
		buf_addf(&tail,
		    ja ? "相談窓口の電話番号は、%s です。"
		       : "The desk's number is %s. ",
		    n->phone);
	if (n->incident_id)
		buf_addf(&tail,
		    ja ? "受付番号は、%" PRId64 " 番です。"
		       : "The case has the number %" PRId64 ".",
		    n->incident_id);
	notify_text_fit(b, buf_text(&head), n->act, buf_text(&tail), VOICE_UNITS);
	buf_fini(&head);
	buf_fini(&tail);
}

/* ---- the request ---- */

static enum notify_place place_of(const struct notify_gateway *g)
{
	return g->type && strcmp(g->type, "form") == 0   ? NOTIFY_IN_FORM
	       : g->type && strcmp(g->type, "text") == 0 ? NOTIFY_IN_TEXT
							 : NOTIFY_IN_JSON;
}

static int add_headers(
    struct notify_try *t, const struct notify_gateway *g, const struct notify_values *v)
{
	static const char *const types[] = { [NOTIFY_IN_JSON] = "application/json",
		[NOTIFY_IN_FORM] = "application/x-www-form-urlencoded",
		[NOTIFY_IN_TEXT] = "text/plain; charset=UTF-8" };
	const char *at = g->headers ? g->headers : "";
	struct buf line;
	int err =
	    g->body ? notify_try_header(t, "Content-Type: %s", types[place_of(g)]) : 0;

	buf_init(&line, 2048);
	while (err == 0 && *at) {
		at += strspn(at, " |");
		size_t len = strcspn(at, "|"), end = len;
		while (end && at[end - 1] == ' ')
			end--;
		char *one = strndup(at, end);
		at += len;
		buf_clear(&line);
		if (one)
			notify_template(&line, one, NOTIFY_IN_HEADER, v);
		free(one);
		err = line.len ? notify_try_header(t, "%s", buf_text(&line)) : 0;
	}
	buf_fini(&line);
	return err < 0 ? err : notify_try_header(t, "Expect:");
}

static int open_gateway(
    struct notify_try *t, const struct notify_gateway *g, const char *text)
{
	char to[20], id[64];
	struct buf url;

	if (!notify_phone_ok(t->notice.recipient)) {
		snprintf(t->why, sizeof(t->why), "not a telephone number");
		return FAIL_DENIED;
	}
	notify_phone_plain(t->notice.recipient, to);
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(t->notice.message_id, "@"),
	    t->notice.message_id);
	struct notify_values v = {
		.to = to, .text = text, .id = id, .secret = g->secret
	};
	int err = add_headers(t, g, &v);
	buf_init(&url, 8192);
	notify_template(&url, g->url, NOTIFY_IN_URL, &v);
	if (g->body)
		notify_template(&t->out, g->body, place_of(g), &v);
	if (err == 0 && (url.overflowed || t->out.overflowed))
		err = FAIL_LIMIT;
	if (err == 0) {
		curl_easy_setopt(t->curl, CURLOPT_URL, buf_text(&url));
		curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
		curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->list);
		curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "otasuke-center");
		if (g->body) {
			curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			    (curl_off_t)t->out.len);
			curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->out.at);
		}
		curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST,
		    g->method ? g->method
		    : g->body ? "POST"
			      : "GET");
	}
	buf_fini(&url);
	return err;
}

/* A gateway that took the request but does not say so in the way it should is not asked
 * again: each time may cost, and may have reached somebody. */
static int done_gateway(
    struct notify_try *t, const struct notify_gateway *g, CURLcode rc)
{
	long status = 0;

	if (rc != CURLE_OK) {
		notify_try_say(t, rc, "gateway: ");
		return FAIL_PEER;
	}
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	bool ok = status >= 200 && status < 300;
	bool said = (!g->ok_json || notify_answer_json(g->ok_json, buf_span(&t->in))) &&
		    (!g->ok_text || notify_answer_text(g->ok_text, &t->in));
	if (ok && said)
		return 0;
	notify_try_answer(t, "the gateway answered ", status);
	if (ok)
		return FAIL_DENIED;
	/* Our own login, a lack of credit, a crowd: that may be mended. */
	bool later = status < 400 || status >= 500 || status == 401 || status == 402 ||
		     status == 403 || status == 408 || status == 429;
	return later ? FAIL_PEER : FAIL_DENIED;
}

static int open_sms(struct notify_try *t)
{
	struct buf text;

	buf_init(&text, 8192);
	notify_sms_text(&text, &t->notice, t->conf->sms.parts);
	int err = open_gateway(t, &t->conf->sms, buf_text(&text));
	buf_fini(&text);
	return err;
}

static int done_sms(struct notify_try *t, CURLcode rc)
{
	return done_gateway(t, &t->conf->sms, rc);
}

static int open_voice(struct notify_try *t)
{
	struct buf text;

	buf_init(&text, 8192);
	notify_voice_text(&text, &t->notice);
	int err = open_gateway(t, &t->conf->voice, buf_text(&text));
	buf_fini(&text);
	return err;
}

static int done_voice(struct notify_try *t, CURLcode rc)
{
	return done_gateway(t, &t->conf->voice, rc);
}

const struct notify_channel notify_sms_channel = { .name = "sms",
	.at_once = 4,
	.ready = sms_ready,
	.address_ok = notify_phone_ok,
	.open = open_sms,
	.done = done_sms };

const struct notify_channel notify_voice_channel = { .name = "voice",
	.at_once = 4,
	.ready = voice_ready,
	.address_ok = notify_phone_ok,
	.open = open_voice,
	.done = done_voice };
