/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/account.h"

/* Who may do what: roles.tbl as functions.
 *
 * A permission says whether a role may ask at all and how far it sees then.  A route names
 * one permission; the scope that its handler gets reaches as far as that permission does for
 * this person, so that a handler which forgets to ask shows too little rather than too much.
 *
 * Owns:    nothing.
 * Threads: any.
 * Serves:  tenancy: roles as one table. */
enum api_may {

#define MAY(id, ...) MAY_##id,
#include "center/api/people/roles.tbl"
	MAY_MAX,
};

/* How far a person sees. */
enum api_people_reach {
	API_REACH_NO,       /* not at all: refused */
	API_REACH_YES,      /* allowed; no company's rows */
	API_REACH_OWN,      /* the own company */
	API_REACH_RESELLER, /* the companies of the own reseller */
	API_REACH_CHAMBER,  /* all companies of the own chamber */
};

/* STORE_ROLE_NONE reaches nothing but what is public. */
enum api_people_reach api_people_reach(enum store_role role, enum api_may may);
struct api_request;
struct store_db;
/* May this person look at this company's `scope` (evidence, flows, captures) now?  1: yes,
 * by consent or because they broke the glass; 0: no; negative: fail.  The permission and
 * the fence have been asked before. */
int api_people_consent(struct store_db *db, const struct api_request *q,
    int64_t company_id, const char *scope) must_use;
/* "incident.see" */
const char *api_people_may_name(enum api_may may);
