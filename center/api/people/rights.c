/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/people/internal.h"

#include <stdio.h>

/* Whom may somebody let in, and into which tenant? */

static const struct {
	enum store_role who;
	const char *whom;
} grants[] = {

#define GRANT(id, words) { STORE_ROLE_##id, " " words " " },
#include "center/api/people/roles.tbl"
};

bool api_people_grants(enum store_role who, enum store_role whom)
{
	char word[32];

	(void)snprintf(word, sizeof(word), " %s ", store_role_word(whom));
	for (size_t i = 0; whom && i < sizeof(grants) / sizeof(grants[0]); i++)
		if (grants[i].who == who && strstr(grants[i].whom, word))
			return true;
	return false;
}

static int is_there(
    struct store_db *db, const char *sql, int64_t id, int64_t chamber_id)
{
	int64_t one;

	return store_get_int(
	    db, &one, sql, STORE_ARGS(STORE_INT(id), STORE_INT(chamber_id)));
}

int api_people_tenant(struct store_db *db, const struct api_request *q,
    enum store_role role, int64_t *company_id, int64_t *reseller_id)
{
	const struct api_scope *s = &q->scope;
	int64_t company = api_body_int(q, "company", 0),
		reseller = api_body_int(q, "reseller", 0);
	int err = 0;

	if (s->reach == API_REACH_OWN && company == 0)
		company = s->company_id;
	if (store_role_is_member(role) != (company != 0) ||
	    (role == STORE_ROLE_RESELLER) != (reseller != 0))
		return FAIL_FORMAT;
	if (s->reach == API_REACH_OWN)
		err = company == s->company_id && !reseller ? 0 : FAIL_MISSING;
	else if (s->reach != API_REACH_CHAMBER)
		err = FAIL_MISSING;
	else if (company)
		err = is_there(db,
		    "SELECT 1 FROM company WHERE id = ? AND chamber_id = ?", company,
		    s->chamber_id);
	else if (reseller)
		err = is_there(db,
		    "SELECT 1 FROM reseller WHERE id = ? AND chamber_id = ?", reseller,
		    s->chamber_id);
	*company_id = company;
	*reseller_id = reseller;
	return err;
}

int64_t api_people_mail(struct store_db *db, const struct api_request *q,
    int64_t chamber_id, int64_t company_id, const char *to, const char *lang,
    const char *subject, const char *body)
{
	return notify_add(db, q->api->notify,
	    &(struct notify_new){ .company_id = company_id,
		.chamber_id = chamber_id,
		.channel = "mail",
		.recipient = to,
		.lang = lang,
		.step = API_PEOPLE_STEP_LINK,
		.severity = RECORD_CAUTION,
		.due_us = q->now_us,
		.subject = subject,
		.body = body },
	    q->now_us);
}

int api_people_scrub(struct store_db *db, int64_t notice_id)
{
	return store_exec(db,
	    "UPDATE notice SET body = '', state = CASE WHEN state = 'waiting' THEN "
	    "'cancelled' ELSE state END WHERE id = ? AND step = ?",
	    STORE_ARGS(STORE_INT(notice_id), STORE_TEXT(API_PEOPLE_STEP_LINK)));
}
