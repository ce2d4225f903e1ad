/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Prints docs/reference/correlation.md from correlation.tbl. */
#include "center/incident/incident.h"

#include <inttypes.h>
#include <stdio.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const reasons[][3] = {
#define INCIDENT_REASON(id, ja, en) { #id, ja, en },
#include "center/incident/correlation.tbl"
};

static const struct {
	const char *cause, *way, *verdict, *machine;
	int hours;
	const char *joins, *severity, *reason;
} rules[] = {

#define INCIDENT_RULE(cause, way, verdict, machine, hours, joins, severity, reason) \
	{ #cause, #way, #verdict, #machine, hours, #joins, #severity, #reason },
#include "center/incident/correlation.tbl"
};

static const char *const groups[][2] = {
#define INCIDENT_GROUP(group, cause) { #group, #cause },
#include "center/incident/correlation.tbl"
};

static const struct {
	const char *group, *way, *verdict, *fact;
	int at_least;
	const char *from, *to, *reason;
} impacts[] = {

#define INCIDENT_IMPACT(group, way, verdict, fact, at_least, from, to, reason) \
	{ #group, #way, #verdict, #fact, at_least, #from, #to, #reason },
#include "center/incident/correlation.tbl"
};

static const struct {
	const char *first, *then;
	int hours;
	const char *to, *reason;
} stories[] = {

#define INCIDENT_STORY(first, then, hours, to, reason) \
	{ #first, #then, hours, #to, #reason },
#include "center/incident/correlation.tbl"
};

static const struct {
	const char *kind, *cause, *way, *mark;
	int companies, hours;
	const char *ja, *en;
} campaigns[] = {

#define INCIDENT_CAMPAIGN(kind, cause, way, mark, companies, hours, ja, en) \
	{ #kind, #cause, #way, #mark, companies, hours, ja, en },
#include "center/incident/correlation.tbl"
};

static const char *const policies[][2] = {
#define INCIDENT_SUPPRESS(cause, policy) { #cause, #policy },
#include "center/incident/correlation.tbl"
};

static const char *const outcomes[][7] = {
#define INCIDENT_OUTCOME(id, name, counts, tunes, ja, en, mean_ja, mean_en) \
	{ name, #counts, #tunes, ja, en, mean_ja, mean_en },
#include "center/incident/correlation.tbl"
};

static void print_rules(void)
{
	printf(
	    "## Which incident takes an event\n\nThe first row that fits decides.  "
	    "`MACHINE`: one incident per cause and machine of a company (per gate where "
	    "no machine is known); `GATE`: one per cause and gate.\n\n"
	    "| cause | way | verdict | machine | waits for more | joins | severity | "
	    "why |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < LEN(rules); i++)
		printf("| `%s` | %s | %s | %s | %d h | %s | %s | `%s` |\n",
		    rules[i].cause, rules[i].way, rules[i].verdict, rules[i].machine,
		    rules[i].hours, rules[i].joins, rules[i].severity, rules[i].reason);
}

static void print_impact(void)
{
	printf("\n## What the impact makes of it\n\n"
	       "| group | causes |\n| --- | --- |\n");
	for (size_t i = 0; i < LEN(groups); i++)
		printf("| %s | `%s` |\n", groups[i][0], groups[i][1]);
	printf("\n| group | way | verdict | fact | at least | from | to | why |\n"
	       "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < LEN(impacts); i++)
		printf("| %s | %s | %s | %s | %d | %s | %s | `%s` |\n",
		    impacts[i].group, impacts[i].way, impacts[i].verdict,
		    impacts[i].fact, impacts[i].at_least, impacts[i].from,
		    impacts[i].to, impacts[i].reason);
}

static void print_together(void)
{
	printf("\n## Stages of one attack on one machine\n\n"
	       "| first | then | within | at least | why |\n"
	       "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < LEN(stories); i++)
		printf("| `%s` | `%s` | %d h | %s | `%s` |\n", stories[i].first,
		    stories[i].then, stories[i].hours, stories[i].to,
		    stories[i].reason);
	printf("\n## The same at several companies\n\n"
	       "| kind | cause | way | mark | companies | within | 日本語 | English |\n"
	       "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < LEN(campaigns); i++)
		printf("| %s | `%s` | %s | %s | %d | %d h | %s | %s |\n",
		    campaigns[i].kind, campaigns[i].cause, campaigns[i].way,
		    campaigns[i].mark, campaigns[i].companies, campaigns[i].hours,
		    campaigns[i].ja, campaigns[i].en);
}

static void print_people(void)
{
	printf("\n## Who may silence a cause\n\nCauses without a row: one person.  At "
	       "most %d days, with a reason.\n\n| cause | policy |\n| --- | --- |\n",
	    INCIDENT_HUSH_DAYS_MAX);
	for (size_t i = 0; i < LEN(policies); i++)
		printf("| `%s` | %s |\n", policies[i][0],
		    policies[i][1][0] == 'S' ? "two persons" : "nobody");
	printf(
	    "\n## How an incident ends\n\n| outcome | 日本語 | English | counts as | "
	    "tuning list | 意味 | meaning |\n"
	    "| --- | --- | --- | --- | --- | --- | --- |\n");
	for (size_t i = 1; i < LEN(outcomes); i++)
		printf("| `%s` | %s | %s | %s | %s | %s | %s |\n", outcomes[i][0],
		    outcomes[i][3], outcomes[i][4], outcomes[i][1], outcomes[i][2],
		    outcomes[i][5], outcomes[i][6]);
}

static void print_reasons(void)
{
	printf("\n## Reasons\n\nThey stand in an incident's history by their id.\n\n"
	       "| id | 日本語 | English |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < LEN(reasons); i++)
		printf("| `%s` | %s | %s |\n", reasons[i][0], reasons[i][1],
		    reasons[i][2]);
}

int main(void)
{
	printf(
	    "# From events to incidents\n\n<!-- Written by correlation-reference from "
	    "center/incident/correlation.tbl; do not edit. -->\n\n"
	    "Severities: LOG 記録, CAUTION 注意, URGENT 緊急.  Ways: IN from outside, "
	    "OUT from inside, LOCAL between machines inside.\n\n");
	print_rules();
	print_impact();
	print_together();
	print_people();
	print_reasons();
	return 0;
}
