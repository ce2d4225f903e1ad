/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "center/api/fixture.h"

/* The store stays for the whole run; what a request changes, the next one finds. */
static struct fixture world;
static bool begun;

static void end(void)
{
	fixture_fini(&world);
}

static void begin(void)
{
	fixture_init(&world);
	begun = true;
	(void)atexit(end);
}

/* A password's hash takes 100 ms, and a session that ended is of no more use: of these
 * routes only the checks before the handler. */
static bool is_left_out(const struct api_route *r)
{
	return r->slow || strcmp(r->path, "~/logout") == 0;
}

static void ask(enum fixture_who who, struct api_request *q, struct api_reply *a)
{
	const struct api_route *r = api_route_find(q, a);
	char cookie[128];

	if (!r)
		return;
	if (is_left_out(r)) {
		if (r->body && api_check_body(q, r->body, a) < 0)
			return;
		a->status = 204;
		return;
	}
	if (who != FIXTURE_NOBODY) {
		(void)snprintf(cookie, sizeof(cookie), "a=b; " API_COOKIE_NAME "=%s",
		    world.sessions[who].cookie);
		q->cookie = cookie;
		q->csrf = world.sessions[who].csrf;
	}
	api_route_run(r, q, a);
	q->cookie = NULL;
}

static void check_reply(enum fixture_who who, const struct api_reply *a)
{
	char *text;

	must(a->status >= 200 && a->status < 500);
	if (!a->json)
		return;
	text = json_dumps(a->json, JSON_COMPACT);
	must(text != NULL);
	must(!strstr(text, "STRANGER"));
	must(who == FIXTURE_OPERATOR || !strstr(text, "NEIGHBOUR"));
	free(text);
}

/* What a browser sends: a byte (who, and which method), a line with the request's target, a
 * line with a cookie header, the body.  Invariant: whatever it is, the answer is one that a
 * client understands (no 5xx), its JSON can be written, and a person never sees a word of
 * another tenant. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct api_request q = { .now_us = FIXTURE_NOW_US,
		.type = "application/json",
		.peer = "192.0.2.1",
		.late = true };
	struct api_reply a = { 0 };
	char *line[2], *text;
	size_t at = 1;

	if (len == 0)
		return 0;
	text = malloc(len + 1);
	must(text != NULL);
	memcpy(text, bytes, len);
	text[len] = '\0';
	/* A word of the others that we bring ourselves proves nothing. */
	if (memmem(text, len, "TRANGER", 7) || memmem(text, len, "EIGHBOUR", 8) ||
	    memmem(text, len, "\\u", 2))
		goto done;
	if (!begun)
		begin();
	enum fixture_who who = bytes[0] % 3;
	q.api = world.api;
	q.method = bytes[0] / 3 % (API_METHOD_MAX + 1);
	for (unsigned i = 0; i < 2; i++) {
		line[i] = text + at;
		at += strcspn(text + at, "\n");
		if (at < len)
			text[at++] = '\0';
	}
	char value[16];
	(void)api_request_cookie(line[1], "k", value, sizeof(value));
	q.body = span_of(text + at, len - at);
	q.body_too_large = q.body.len > API_BODY_MAX;
	if (api_request_target(&q, line[0]) == 0) {
		ask(who, &q, &a);
		check_reply(who, &a);
	}
	api_request_fini(&q);
	api_reply_fini(&a);
done:
	free(text);
	return 0;
}
