/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/people/people.h"

#include "lib/base/must.h"

#define no  API_REACH_NO
#define yes API_REACH_YES
#define own API_REACH_OWN
#define res API_REACH_RESELLER
#define cha API_REACH_CHAMBER

static const struct {
	const char *name;
	unsigned char reach[STORE_ROLE_MAX];
} table[MAY_MAX] = {

#define MAY(id, name, a, b, c, d, e, f, g, h, i, j, ja, en) \
	[MAY_##id] = { name, { 0, a, b, c, d, e, f, g, h, i, j } },
#include "center/api/people/roles.tbl"
};

_Static_assert(STORE_ROLE_MAX == 11, "roles.tbl has a column for each role");

enum api_people_reach api_people_reach(enum store_role role, enum api_may may)
{
	must(role < STORE_ROLE_MAX && may < MAY_MAX);
	if (may == MAY_PUBLIC)
		return API_REACH_YES;
	return (enum api_people_reach)table[may].reach[role];
}

const char *api_people_may_name(enum api_may may)
{
	must(may < MAY_MAX);
	return table[may].name;
}
