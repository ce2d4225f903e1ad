/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/internal.h"
#include "center/api/login/login.h"
#include "center/api/token/token.h"

#include <stdlib.h>

/* "/5" → 5; 0: not an id of ours. */
static int64_t id_of(const char *text, size_t len)
{
	int64_t id = 0;

	if (len == 0 || len > 18 || text[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		id = id * 10 + (text[i] - '0');
	}
	return id;
}

/* True when `path` is of the shape `pattern`.  A part that is no id leaves q->id at 0: the
 * route is right, the thing does not exist. */
static bool matches(const char *pattern, const char *path, struct api_request *q)
{
	q->id = 0;
	q->name = NULL;
	while (*pattern) {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		size_t len = strcspn(path, "/");
		if (len == 0)
			return false;
		if (pattern[1] == 'i')
			q->id = id_of(path, len);
		else
			q->name = path;
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

const struct api_route *api_route_find(struct api_request *q, struct api_reply *a)
{
	size_t prefix = strlen(API_PREFIX);
	bool below = strncmp(q->path, API_PREFIX "/", prefix + 1) == 0;

	const struct api_route *r;

	for (size_t i = 0; (r = api_route_at(i)) != NULL; i++) {
		bool here = r->path[0] == '~'
				? below && matches(r->path + 1, q->path + prefix, q)
				: matches(r->path, q->path, q);
		if (here && r->method == q->method)
			return r;
		if (here)
			a->allow |= 1u << r->method;
	}
	api_fail(a, a->allow ? API_NO_METHOD : API_MISSING, NULL);
	return NULL;
}

bool api_may(const struct api_request *q, enum api_may may)
{
	return api_people_reach(q->scope.who, may) != API_REACH_NO &&
	       (!q->scopes[0] || api_token_holds(q->scopes, may, q->method == API_GET));
}

/* May this person, from this page, ask for this?  Role before id: a route that is not for a
 * role says nothing about what is behind it. */
static bool is_let_in(
    const struct api_route *r, struct api_request *q, struct api_reply *a)
{
	/* A browser says when another site's page is behind a request. */
	if (q->method != API_GET && q->fetch_site &&
	    strcmp(q->fetch_site, "same-origin") != 0 &&
	    strcmp(q->fetch_site, "none") != 0)
		return api_fail(a, API_CSRF, NULL), false;
	if (r->may == MAY_PUBLIC)
		return true;
	bool token = api_token_is_shown(q);
	int err = token ? api_token_find(q) : api_session_find(q, !r->background);
	if (err == FAIL_MISSING)
		return api_fail(a, API_LOGIN, NULL), false;
	if (err < 0)
		return api_fail_store(a, err), false;
	q->scope.reach = api_people_reach(q->scope.who, r->may);
	if (q->scope.reach == API_REACH_NO)
		return api_fail(a, API_DENIED, NULL), false;
	if (q->scope.needs_factor && r->may != MAY_SELF)
		return api_fail(a, API_DENIED, "second factor"), false;
	if (token && !api_token_holds(q->scopes, r->may, q->method == API_GET))
		return api_fail(a, API_DENIED, "not in the token's scopes"), false;
	/* A token is sent by a program, never by a browser on its own. */
	if (r->csrf && !token && !api_session_csrf_fits(q))
		return api_fail(a, API_CSRF, NULL), false;
	return true;
}

void api_route_run(
    const struct api_route *r, struct api_request *q, struct api_reply *a)
{
	if (!is_let_in(r, q, a))
		return;
	if (q->body_too_large) {
		api_fail(a, API_LARGE, NULL);
		return;
	}
	if (api_check_query(q, r->query, a) < 0)
		return;
	if (r->body && !q->json && api_check_body(q, r->body, a) < 0)
		return;
	if (!r->body && q->body.len > 0) {
		api_fail(a, API_BAD, "a body is not expected");
		return;
	}
	r->fn(q, a);
	if (a->status == 0 && !a->wait)
		api_fail(a, API_BROKEN, NULL);
}
