/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* LINE's Messaging API: one push message a notice.  The free plan has 200 a month, one for
 * each recipient; flood.c counts them and keeps some for 緊急.  Every request has a retry
 * key, so that a repeated one reaches nobody twice (the answer is then 409). */
#define TEXT_UNITS 1000u /* LINE takes 5000; nobody reads them on a telephone */

static bool ready(const struct notify_conf *conf)
{
	return conf->line_token != NULL;
}

/* A user, a group or a room, as the webhook of the official account tells them. */
static bool address_ok(const char *address)
{
	if (!strchr("UCR", *address) || strlen(address) != 33)
		return false;
	return strspn(address + 1, "0123456789abcdef") == 32;
}

static int write_body(struct notify_try *t)
{
	const struct notify_notice *n = &t->notice;
	struct buf text, tail;

	buf_init(&text, 16u << 10);
	buf_init(&tail, 2048);
	notify_text_tail(&tail, n);
	if (*n->link)
		buf_addf(&tail, "%s%s", tail.len ? "\n" : "", n->link);
	notify_text_fit(&text, n->subject, n->act, buf_text(&tail), TEXT_UNITS);
	json_t *o = json_pack("{s:s, s:[{s:s, s:s}]}", "to", n->recipient, "messages",
	    "type", "text", "text", buf_text(&text));
	char *dump = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (dump)
		buf_add_text(&t->out, dump);
	free(dump);
	json_decref(o);
	buf_fini(&text);
	buf_fini(&tail);
	return dump ? 0 : FAIL_MEMORY;
}

static int open_line(struct notify_try *t)
{
	const char *base =
	    t->conf->line_url ? t->conf->line_url : "https://api.line.me";
	const char *id = t->notice.message_id;
	char url[600];

	if (!address_ok(t->notice.recipient)) {
		snprintf(t->why, sizeof(t->why), "not an id of LINE");
		return FAIL_DENIED;
	}
	int err = write_body(t);
	if (err == 0)
		err = notify_try_header(t, "Content-Type: application/json");
	if (err == 0)
		err = notify_try_header(
		    t, "Authorization: Bearer %s", t->conf->line_token);
	if (err == 0)
		err =
		    notify_try_header(t, "X-Line-Retry-Key: %.8s-%.4s-%.4s-%.4s-%.12s",
			id, id + 8, id + 12, id + 16, id + 20);
	if (err == 0)
		err = notify_try_header(t, "Expect:");
	snprintf(url, sizeof(url), "%s/v2/bot/message/push", base);
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->list);
	curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->out.len);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->out.at);
	return err;
}

static void take_reference(struct notify_try *t)
{
	json_t *o = json_loadb((const char *)t->in.at, t->in.len, 0, NULL);
	const char *id = json_string_value(json_object_get(
	    json_array_get(json_object_get(o, "sentMessages"), 0), "id"));

	snprintf(t->reference, sizeof(t->reference), "%s", id ? id : "");
	json_decref(o);
}

static int done_line(struct notify_try *t, CURLcode rc)
{
	long status = 0;

	if (rc != CURLE_OK) {
		notify_try_say(t, rc, "LINE: ");
		return FAIL_PEER;
	}
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 || status == 409) {
		take_reference(t);
		return 0;
	}
	notify_try_answer(t, "LINE answered ", status);
	/* Too fast passes; a month that is used up does not. */
	if (status == 429)
		return strstr(buf_text(&t->in), "monthly limit") ? FAIL_DENIED
								 : FAIL_PEER;
	return status >= 500 || status == 401 || status == 403 ? FAIL_PEER
							       : FAIL_DENIED;
}

const struct notify_channel notify_line_channel = { .name = "line",
	.at_once = 1, /* the count of the month is exact */
	.ready = ready,
	.address_ok = address_ok,
	.open = open_line,
	.done = done_line };
