/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <stdio.h>

/* "bytes 5-9/20" becomes raw, start, end, size, as far as it can be read (RFC 9110 14.4). */
static void put_range(struct event *e, struct span raw)
{
	unsigned long long start, end, size;
	char text[128];
	struct buf *b = &e->json;

	if (raw.len == 0 || raw.len >= sizeof(text))
		return;
	memcpy(text, raw.at, raw.len);
	text[raw.len] = 0;
	buf_add_text(b, "{\"raw\":");
	record_quote(raw, b);
	int n = sscanf(text, "bytes %llu-%llu/%llu", &start, &end, &size);
	if (n >= 2)
		buf_addf(b, ",\"start\":%llu,\"end\":%llu", start, end);
	if (n == 3)
		buf_addf(b, ",\"size\":%llu", size);
	else if (n < 2 && sscanf(text, "bytes */%llu", &size) == 1)
		buf_addf(b, ",\"size\":%llu", size);
	buf_add_byte(b, '}');
	event_json(e, RECORD_F_HTTP_RANGE);
}

void event_http_object(struct event *e, const struct app_http *h)
{
	struct record *r = &e->rec;

	event_text(e, RECORD_F_HTTP_HOSTNAME, h->hostname);
	if (h->port > 0)
		record_int(r, RECORD_F_HTTP_PORT, h->port);
	event_text(e, RECORD_F_HTTP_URL, h->url);
	event_text(e, RECORD_F_HTTP_AGENT, h->user_agent);
	event_text(e, RECORD_F_HTTP_XFF, h->xff);
	event_text(e, RECORD_F_HTTP_TYPE, h->content_type);
	put_range(e, h->content_range);
	event_text(e, RECORD_F_HTTP_REFER, h->referer);
	event_text(e, RECORD_F_HTTP_METHOD, h->method);
	event_text(e, RECORD_F_HTTP_PROTOCOL, h->protocol);
	if (h->status > 0)
		record_int(r, RECORD_F_HTTP_STATUS, h->status);
	else
		event_text(e, RECORD_F_HTTP_STATUS_TEXT, h->status_text);
	event_text(e, RECORD_F_HTTP_REDIRECT, h->redirect);
	record_int(r, RECORD_F_HTTP_LENGTH, (int64_t)h->response_len);
}
