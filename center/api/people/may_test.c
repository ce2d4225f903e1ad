/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/people/people.h"
#include "tests/check.h"

#include <string.h>

/* What must hold for every row of roles.tbl, whatever is written into it. */

enum tenant { COMPANY, RESELLER, CHAMBER };

static const struct {
	enum store_role role;
	const char *word;
	enum tenant tenant;
} roles[] = {

#define ROLE(id, word, tenant, ja, en) { STORE_ROLE_##id, word, tenant },
#include "center/api/people/roles.tbl"
};

static const struct {
	enum api_may may;
	const char *name, *ja, *en;
} permissions[] = {

#define MAY(id, name, a, b, c, d, e, f, g, h, i, j, ja, en) { MAY_##id, name, ja, en },
#include "center/api/people/roles.tbl"
};

static void columns_are_the_roles_of_the_store(void)
{
	check_eq(sizeof(roles) / sizeof(roles[0]), STORE_ROLE_MAX - 1);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		check_eq(roles[i].role, i + 1);
		check_text(store_role_word(roles[i].role), roles[i].word);
		check_eq(store_role_find(roles[i].word), roles[i].role);
		check_eq(
		    store_role_is_member(roles[i].role), roles[i].tenant == COMPANY);
	}
}

/* Nobody reaches farther than the tenant that the account belongs to. */
static void no_reach_beyond_the_own_tenant(void)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		for (enum api_may m = 0; m < MAY_MAX; m++) {
			enum api_people_reach r = api_people_reach(roles[i].role, m);
			bool fine =
			    r == API_REACH_NO || r == API_REACH_YES ||
			    (roles[i].tenant == COMPANY && r == API_REACH_OWN) ||
			    (roles[i].tenant == RESELLER && r == API_REACH_RESELLER) ||
			    (roles[i].tenant == CHAMBER && r == API_REACH_CHAMBER);
			if (!fine)
				printf("# %s: %s\n", roles[i].word,
				    api_people_may_name(m));
			check(fine);
		}
}

static void nobody_may_nothing(void)
{
	for (enum api_may m = 0; m < MAY_MAX; m++)
		check_eq(api_people_reach(STORE_ROLE_NONE, m),
		    m == MAY_PUBLIC ? API_REACH_YES : API_REACH_NO);
}

static void names_are_told_apart(void)
{
	for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
		check(permissions[i].ja[0] && permissions[i].en[0]);
		for (size_t j = 0; j < i; j++)
			check(strcmp(permissions[i].name, permissions[j].name) != 0);
	}
}

CHECK_MAIN(columns_are_the_roles_of_the_store, no_reach_beyond_the_own_tenant,
    nobody_may_nothing, names_are_told_apart)
