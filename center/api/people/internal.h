/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"
#include "center/notify/notify.h"

/* What the files of this folder share. */

/* " AND this account/invitation is in the tenant that the scope reaches"; `a` is the alias of
 * a table with chamber_id, company_id and reseller_id. */
void api_people_fence(struct api_sql *s, const struct api_scope *scope, const char *a);
/* {id, name} from two columns, or null. */
json_t *api_people_ref(struct store_rows *rows, unsigned column);

typedef void api_people_answer(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s);
/* Reads with a statement that begins as `select`. */
void api_people_read(struct api_request *q, struct api_reply *a, const char *select,
    api_people_answer *answer);
/* Writer: a line of the audit log by this person. */
int api_people_note(struct store_db *db, const struct api_request *q,
    int64_t company_id, const char *action, const char *detail) must_use;
/* 204, or the store's error. */
void api_people_done(struct api_reply *a, int err);

/* May this role invite that one, and end its access? */
bool api_people_grants(enum store_role who, enum store_role whom);
/* Whose tenant the body's company and reseller are: checked against the scope and the role.
 * FAIL_MISSING: not in reach; FAIL_FORMAT: does not go with the role. */
int api_people_tenant(struct store_db *db, const struct api_request *q,
    enum store_role role, int64_t *company_id, int64_t *reseller_id) must_use;

/* Writer: a mail that carries a one-time link; its notice's number.  Nobody reads such a
 * notice again (api_people_scrub takes the link out when it was used). */
#define API_PEOPLE_STEP_LINK "link"
int64_t api_people_mail(struct store_db *db, const struct api_request *q,
    int64_t chamber_id, int64_t company_id, const char *to, const char *lang,
    const char *subject, const char *body) must_use;
int api_people_scrub(struct store_db *db, int64_t notice_id) must_use;
