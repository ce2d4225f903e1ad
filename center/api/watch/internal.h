/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/handlers.h"
#include "center/notify/ladder/ladder.h"

/* What the files of this folder share. */

/* duty, second, chief */
extern const char *const api_watch_ranks[NOTIFY_LADDER_CHIEF + 1];

/* A change under way. */
struct api_watch_change {
	const struct api_request *q;
	int64_t id, company_id;
	const char *action;
	char detail[300];
};

/* Runs `fn` with a struct api_watch_change, then answers {id} with 200 or an error. */
void api_watch_write(struct api_request *q, struct api_reply *a, store_write_fn *fn);
/* Writer: the change's line of the audit log. */
int api_watch_note(struct store_db *db, const struct api_watch_change *c) must_use;
/* Writer: is this a person of the centre's own chamber? */
int api_watch_officer(
    struct store_db *db, const struct api_request *q, int64_t account_id) must_use;
/* Ends a reading handler: the connection, and {…} or the error. */
void api_watch_done(struct api_request *q, struct api_reply *a, struct store_db *db,
    json_t *o, int err);
