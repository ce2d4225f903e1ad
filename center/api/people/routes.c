/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* People and whom they belong to: accounts, invitations, resellers, companies and their
 * sites, consent, recovery, confidential incidents, the audit log. */

#define LANGS  "ja|en"
#define DUTIES "owner|staff|operator|desk|partner|reseller|agent|insurer|office|auditor"
#define B_NAME                                   \
	{                                        \
		"name", API_T_TEXT, true, 1, 120 \
	}
#define B_ID(name)                                           \
	{                                                    \
		name, API_T_INT, .min = 1, .max = API_ID_MAX \
	}

const struct api_route api_people_routes[] = {
	{ API_GET, "~/people", MAY_PEOPLE_SEE, false,
	    .query = FIELDS(Q_TEXT, Q_COMPANY, Q_BEFORE, Q_LIMIT),
	    .fn = api_people_list },
	{ API_DELETE, "~/people/{id}", MAY_PEOPLE_EDIT, true, .body = NOTHING,
	    .fn = api_people_end },
	{ API_GET, "~/invites", MAY_PEOPLE_SEE, false,
	    .query = FIELDS(Q_BEFORE, Q_LIMIT), .fn = api_people_invites },
	{ API_POST, "~/invites", MAY_PEOPLE_EDIT, true,
	    .body = FIELDS({ "mail", API_T_TEXT, true, 3, 254 }, B_NAME,
		{ "duty", API_T_WORD, true, .words = DUTIES },
		{ "lang", API_T_WORD, .words = LANGS }, B_ID("company"),
		B_ID("reseller")),
	    .fn = api_people_invite },
	{ API_DELETE, "~/invites/{id}", MAY_PEOPLE_EDIT, true, .body = NOTHING,
	    .fn = api_people_uninvite },
	{ API_POST, "~/invites/look", MAY_PUBLIC, false,
	    .body = FIELDS({ "token", API_T_TEXT, true, 1, 128 }),
	    .fn = api_people_look },
	{ API_POST, "~/invites/accept", MAY_PUBLIC, false, .slow = true,
	    .body = FIELDS({ "token", API_T_TEXT, true, 1, 128 }, B_NAME,
		{ "password", API_T_TEXT, true, 10, 256 }),
	    .fn = api_people_accept },
	{ API_GET, "~/resellers", MAY_RESELLER_SEE, false,
	    .query = FIELDS(Q_BEFORE, Q_LIMIT), .fn = api_people_resellers },
	{ API_POST, "~/resellers", MAY_RESELLER_EDIT, true,
	    .body = FIELDS(B_NAME, { "mail", API_T_TEXT, .max = 254 },
		{ "phone", API_T_TEXT, .max = 40 }),
	    .fn = api_people_reseller_add },
	{ API_PUT, "~/resellers/{id}", MAY_RESELLER_EDIT, true,
	    .body = FIELDS({ "name", API_T_TEXT, false, 1, 120 },
		{ "mail", API_T_TEXT, .max = 254 }, { "phone", API_T_TEXT, .max = 40 }),
	    .fn = api_people_reseller_change },
	{ API_POST, "~/companies", MAY_COMPANY_EDIT, true,
	    .body = FIELDS(B_NAME, { "mail", API_T_TEXT, .max = 254 },
		{ "lang", API_T_WORD, .words = LANGS }, B_ID("reseller")),
	    .fn = api_people_company_add },
	{ API_GET, "~/companies/{id}", MAY_COMPANY_SEE, false,
	    .fn = api_people_company },
	{ API_PUT, "~/companies/{id}", MAY_COMPANY_EDIT, true,
	    .body = FIELDS({ "name", API_T_TEXT, false, 1, 120 },
		{ "lang", API_T_WORD, .words = LANGS },
		{ "reseller", API_T_INT, .min = 0, .max = API_ID_MAX }),
	    .fn = api_people_company_change },
	{ API_POST, "~/companies/{id}/sites", MAY_COMPANY_EDIT, true,
	    .body = FIELDS(B_NAME), .fn = api_people_site_add },
	{ API_POST, "~/companies/{id}/glass", MAY_GLASS_BREAK, true,
	    .body = FIELDS({ "reason", API_T_TEXT, true, 10, 500 }),
	    .fn = api_people_glass },
	{ API_GET, "~/consent", MAY_CONSENT_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_people_consents },
	{ API_PUT, "~/consent", MAY_CONSENT_GIVE, true,
	    .body = FIELDS(
		{ "scope", API_T_WORD, true, .words = "evidence|flows|captures" },
		{ "given", API_T_INT, true, .min = 0, .max = 1 },
		{ "days", API_T_INT, .min = 1, .max = 3660 }),
	    .fn = api_people_consent_give },
	{ API_GET, "~/recoveries", MAY_RECOVERY, false,
	    .query = FIELDS(Q_BEFORE, Q_LIMIT), .fn = api_people_recoveries },
	{ API_POST, "~/recoveries", MAY_RECOVERY, true,
	    .body = FIELDS({ "mail", API_T_TEXT, true, 3, 254 },
		{ "reason", API_T_TEXT, true, 5, 500 }),
	    .fn = api_people_recovery_open },
	{ API_POST, "~/recoveries/{id}/confirm", MAY_RECOVERY, true,
	    .body = FIELDS({ "called", API_T_TEXT, true, 5, 500 }),
	    .fn = api_people_recovery_confirm },
	{ API_DELETE, "~/recoveries/{id}", MAY_RECOVERY, true, .body = NOTHING,
	    .fn = api_people_recovery_refuse },
	{ API_PUT, "~/incidents/{id}/confidential", MAY_CONFIDE, true,
	    .body = FIELDS({ "confidential", API_T_INT, true, .min = 0, .max = 1 },
		B_ID("account")),
	    .fn = api_people_confide },
	{ API_GET, "~/policy", MAY_POLICY_SEE, false, .fn = api_people_policy },
	{ API_PUT, "~/policy", MAY_POLICY_EDIT, true,
	    .body = FIELDS({ "second_factor", API_T_TEXT, .max = 200 },
		{ "consent", API_T_INT, .min = 0, .max = 1 }),
	    .fn = api_people_policy_change },
	{ API_GET, "~/audit", MAY_AUDIT_SEE, false,
	    .query = FIELDS(Q_COMPANY,
		{ "account", API_T_INT, .min = 1, .max = API_ID_MAX },
		{ "action", API_T_TEXT, .max = 60 },
		{ "from_us", API_T_INT, .min = 1, .max = API_ID_MAX },
		{ "to_us", API_T_INT, .min = 1, .max = API_ID_MAX }, Q_BEFORE, Q_LIMIT),
	    .fn = api_people_audit },
	API_ROUTES_END,
};
