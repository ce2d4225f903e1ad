/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints docs/reference/permissions.md from roles.tbl. */
#include <stdio.h>
#include <string.h>

#define COLUMNS 10

static const struct {
	const char *word, *tenant, *ja, *en;
} roles[COLUMNS] = {

#define ROLE(id, word, tenant, ja, en) { word, #tenant, ja, en },
#include "center/api/people/roles.tbl"
};

static const char *const ids[COLUMNS] = {
#define ROLE(id, word, tenant, ja, en) #id,
#include "center/api/people/roles.tbl"
};

static const struct {
	const char *name, *reach[COLUMNS], *ja, *en;
} permissions[] = {

#define MAY(id, name, a, b, c, d, e, f, g, h, i, j, ja, en) \
	{ name, { #a, #b, #c, #d, #e, #f, #g, #h, #i, #j }, ja, en },
#include "center/api/people/roles.tbl"
};

static const struct {
	const char *who, *whom;
} grants[] = {

#define GRANT(id, words) { #id, words },
#include "center/api/people/roles.tbl"
};

static const char *mark(const char *reach)
{
	static const char *const marks[][2] = { { "own", "自社" }, { "res", "担当先" },
		{ "cha", "会議所" }, { "yes", "○" } };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(marks[i][0], reach) == 0)
			return marks[i][1];
	return "";
}

static const char *tenant(const char *id)
{
	return strcmp(id, "COMPANY") == 0    ? "会社 (company)"
	       : strcmp(id, "RESELLER") == 0 ? "販売店 (reseller)"
					     : "商工会議所 (chamber)";
}

int main(void)
{
	printf(
	    "# だれが何をできるか / Who may do what\n\n"
	    "Made from `center/api/people/roles.tbl` by `center/api/people-reference`; "
	    "do not edit.\n\n"
	    "役割はアカウントごとに一つ。A person's account has one role and belongs to "
	    "one tenant.\n\n"
	    "| role | 役割 | title | belongs to |\n|---|---|---|---|\n");
	for (size_t i = 0; i < COLUMNS; i++)
		printf("| `%s` | %s | %s | %s |\n", roles[i].word, roles[i].ja,
		    roles[i].en, tenant(roles[i].tenant));
	printf(
	    "\n自社 = own company, 担当先 = companies of the own reseller, 会議所 = all "
	    "companies of the own chamber, ○ = allowed, nothing about a company; empty = "
	    "refused.\n\n| permission |");
	for (size_t i = 0; i < COLUMNS; i++)
		printf(" %s |", roles[i].word);
	printf(" 内容 | what |\n|---|");
	for (size_t i = 0; i < COLUMNS; i++)
		printf("---|");
	printf("---|---|\n");
	for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
		printf("| `%s` |", permissions[i].name);
		for (size_t c = 0; c < COLUMNS; c++)
			printf(" %s |", mark(permissions[i].reach[c]));
		printf(" %s | %s |\n", permissions[i].ja, permissions[i].en);
	}
	printf(
	    "\n`people.edit` でだれを招待できるか / whom `people.edit` may invite:\n\n"
	    "| role | may invite |\n|---|---|\n");
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		for (size_t c = 0; c < COLUMNS; c++)
			if (strcmp(ids[c], grants[i].who) == 0)
				printf(
				    "| `%s` | %s |\n", roles[c].word, grants[i].whom);
	}
	printf("\nAccounts of an auditor are made on the centre's machine: "
	       "`otasuke user add --role auditor`.\n");
	return 0;
}
