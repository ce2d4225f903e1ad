/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"

/* Who answers what; a topic's routes.c says when.  A handler sees a request whose caller may do this
 * and whose query and body fit their tables. */

/* login/ */
api_handler api_login_login, api_login_once, api_login_logout;
api_handler api_login_me, api_login_change;
api_handler api_login_totp_offer, api_login_totp_on, api_login_totp_off;
api_handler api_login_sessions, api_login_session_end;
api_handler api_login_passkeys, api_login_passkey_offer, api_login_passkey_add;
api_handler api_login_oidc_on, api_login_oidc_ask, api_login_oidc;
api_handler api_login_passkey_remove, api_login_passkey_ask, api_login_passkey;
extern const struct api_route api_login_routes[];
/* people/ */
api_handler api_people_list, api_people_end;
api_handler api_people_invites, api_people_invite, api_people_uninvite;
api_handler api_people_look, api_people_accept;
api_handler api_people_resellers, api_people_reseller_add, api_people_reseller_change;
api_handler api_people_company, api_people_company_add, api_people_company_change;
api_handler api_people_site_add;
api_handler api_people_consents, api_people_consent_give, api_people_glass;
api_handler api_people_recoveries, api_people_recovery_open,
    api_people_recovery_confirm;
api_handler api_people_recovery_refuse, api_people_confide;
api_handler api_people_policy, api_people_policy_change, api_people_audit;
extern const struct api_route api_people_routes[];
/* incidents/ */
api_handler api_home;
api_handler api_incidents_list, api_incidents_get, api_incidents_move, api_notices_get;
/* " AND the notice n may be read here": no link that logs somebody in; for a company's own
 * people, nothing that called the centre's (their telephone numbers). */
void api_notice_fence(struct api_sql *s, const struct api_request *q);
/* The text without the secret of an answering link: that is its recipient's alone.  free();
 * NULL: no memory. */
char *api_notice_body(const char *body);
api_handler api_events_list, api_traces_list;
api_handler api_incidents_merge, api_incidents_unmerge, api_incidents_split;
api_handler api_incidents_link, api_incidents_campaign;
/* Adds why, story, merged, campaign … to the incident q->id. */
int api_incident_belongs(
    json_t *o, const struct api_request *q, struct store_db *db) must_use;
extern const struct api_route api_incidents_routes[];
/* campaigns/ */
api_handler api_campaigns_list, api_campaigns_add, api_campaigns_get,
    api_campaigns_move;
extern const struct api_route api_campaigns_routes[];
/* suppressions/ */
api_handler api_suppressions_list, api_suppressions_preview, api_suppressions_add;
api_handler api_suppressions_agree, api_suppressions_end, api_tuning_list;
extern const struct api_route api_suppressions_routes[];
/* playbooks/ */
api_handler api_playbooks_list, api_playbooks_get, api_playbooks_add,
    api_playbooks_mark;
extern const struct api_route api_playbooks_routes[];
/* machines/ */
api_handler api_machines_list, api_machines_change;
extern const struct api_route api_machines_routes[];
/* gates/ */
api_handler api_gates_list, api_gates_code, api_gates_revoke, api_gates_token,
    api_gates_untoken;
extern const struct api_route api_gates_routes[];
/* fleet/ */
api_handler api_gates_fleet, api_gates_setting, api_gates_group, api_gates_swap;
api_handler api_gates_except, api_exceptions_list, api_exceptions_remove;
api_handler api_containments_list, api_machines_contain, api_containments_confirm,
    api_containments_release;
api_handler api_bundles_list, api_bundles_rollout, api_rollouts_list;
api_handler api_rollouts_freeze, api_rollouts_resume, api_rollouts_undo;
extern const struct api_route api_fleet_routes[];
/* contacts/ */
api_handler api_contacts_list, api_contacts_add, api_contacts_change,
    api_contacts_remove;
api_handler api_contacts_test, api_contacts_confirm, api_contacts_secret,
    api_notices_page;
extern const struct api_route api_contacts_routes[];
/* companies/ */
api_handler api_companies_list;
extern const struct api_route api_companies_routes[];
/* watch/ */
api_handler api_watch_answer_page, api_watch_answer, api_watch_answer_style,
    api_watch_key;
api_handler api_watch_duty, api_watch_shift_add, api_watch_shift_end;
api_handler api_watch_swap_add, api_watch_swap_end;
api_handler api_watch_ladder, api_watch_row_add, api_watch_row_end,
    api_watch_row_presets;
api_handler api_watch_incident, api_watch_deadlines;
api_handler api_watch_limits, api_watch_limit_set, api_watch_findings;
api_handler api_watch_windows, api_watch_window_add, api_watch_window_end;
api_handler api_watch_digest, api_watch_digest_set;
extern const struct api_route api_watch_routes[];
/* federation/ */
api_handler api_federation_take, api_federation_news, api_federation_part,
    api_federation_statistics, api_advisories_list, api_advisories_show;
extern const struct api_route api_federation_routes[];
/* token/ */
api_handler api_token_list, api_token_make, api_token_end;
extern const struct api_route api_token_routes[];
/* about/ */
api_handler api_live, api_openapi, api_health, api_ready, api_metrics;
extern const struct api_route api_about_routes[];
/* demo/ */
api_handler api_demo_list, api_demo_mail;
extern const struct api_route api_demo_routes[];
