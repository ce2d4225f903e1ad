/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/token/token.h"
#include "tests/check.h"

static void scopes_hold_what_they_name(void)
{
	check(api_token_holds("incident", MAY_INCIDENT_SEE, true));
	check(api_token_holds("incident", MAY_INCIDENT_MOVE, false));
	check(api_token_holds("  gate.see incident.see ", MAY_INCIDENT_SEE, false));
	check(!api_token_holds("incident.see", MAY_INCIDENT_MOVE, false));
	check(!api_token_holds("incident.se", MAY_INCIDENT_SEE, true));
	check(!api_token_holds("inciden", MAY_INCIDENT_SEE, true));
	check(!api_token_holds("", MAY_INCIDENT_SEE, true));
	check(api_token_holds("read", MAY_GATE_SEE, true));
	check(!api_token_holds("read", MAY_GATE_ENROL, false));
	check(!api_token_holds("read self", MAY_SELF, true));
	check(api_token_holds("metrics", MAY_METRICS, true));
}

static void unknown_scopes_are_refused(void)
{
	check(api_token_scopes_ok("read"));
	check(api_token_scopes_ok(" incident  gate.see"));
	check(!api_token_scopes_ok(""));
	check(!api_token_scopes_ok("   "));
	check(!api_token_scopes_ok("read everything"));
	check(!api_token_scopes_ok("self"));
	check(!api_token_scopes_ok("public"));
	check(!api_token_scopes_ok("incident."));
}

CHECK_MAIN(scopes_hold_what_they_name, unknown_scopes_are_refused)
