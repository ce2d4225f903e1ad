/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"

/* Programs that call the interface: a token stands for its account, within the scopes that
 * it was given, until its day.
 *
 *	Authorization: Bearer otk_…
 *
 * A scope is a permission of people/roles.tbl ("incident.see"), the part of its name before
 * the dot ("incident"), or "read": everything that is only looked at.  What the account may
 * not do, its token may not; a token never does what belongs to the person ("self").
 *
 * Owns:    nothing; a token is a row, of which only the hash is kept.
 * Threads: any.
 * Limits:  API_TOKENS_MAX an account; API_TOKEN_DAYS_MAX; a request body as any.
 * Serves:  interfaces to other programs. */
#define API_TOKENS_MAX     20
#define API_TOKEN_DAYS_MAX 730
#define API_TOKEN_PREFIX   "otk_"

/* Does the request bring a token at all? */
bool api_token_is_shown(const struct api_request *q);
/* Fills in q->scope from the token.  FAIL_MISSING: no such token, or it is over. */
int api_token_find(struct api_request *q) must_use;
/* Do these scopes hold a permission (for a route that only looks)? */
bool api_token_holds(const char *scopes, enum api_may may, bool looks);
/* "incident read": known words, each once.  Written in order into `room`. */
bool api_token_scopes_ok(const char *scopes);
