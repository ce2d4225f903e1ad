/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/rules.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <stdlib.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The table's words. */
enum {
	WAY_ANY = EVENT_WAY_ANY,
	WAY_IN = EVENT_IN,
	WAY_OUT = EVENT_OUT,
	WAY_LOCAL = EVENT_LOCAL
};

enum { VERDICT_ANY, VERDICT_STOPPED, VERDICT_PASSED };

enum { MACHINE_ANY, MACHINE_SEEN, MACHINE_NONE };

enum {
	GROUP_ATTACK,
	GROUP_VIRUS,
	GROUP_LURE,
	GROUP_REMOTE,
	GROUP_ODD,
	GROUP_USE,
	GROUP_MAX
};

static const struct {
	const char *id, *ja, *en;
} reasons[] = {

#define INCIDENT_REASON(id, ja, en) { #id, ja, en },
#include "center/incident/correlation.tbl"
};

static const struct incident_rule rules[] = {
#define INCIDENT_RULE(cause, way, verdict, machine, hours, joins, severity, reason)  \
	{ RECORD_CAUSE_##cause, (enum event_way)WAY_##way, VERDICT_##verdict,        \
		MACHINE_##machine, hours, INCIDENT_JOINS_##joins, RECORD_##severity, \
		INCIDENT_WHY_##reason },
#include "center/incident/correlation.tbl"
};

static const struct {
	int group;
	enum record_cause cause;
} groups[] = {

#define INCIDENT_GROUP(group, cause) { GROUP_##group, RECORD_CAUSE_##cause },
#include "center/incident/correlation.tbl"
};

static const struct impact {
	int group, way, verdict;
	enum incident_fact fact;
	int64_t at_least;
	enum record_severity from, to;
	enum incident_reason reason;
} impacts[] = {

#define INCIDENT_IMPACT(group, way, verdict, fact, at_least, from, to, reason)         \
	{ GROUP_##group, WAY_##way, VERDICT_##verdict, INCIDENT_FACT_##fact, at_least, \
		RECORD_##from, RECORD_##to, INCIDENT_WHY_##reason },
#include "center/incident/correlation.tbl"
};

static const struct incident_story stories[] = {
#define INCIDENT_STORY(first, then, hours, to, reason)                   \
	{ RECORD_CAUSE_##first, RECORD_CAUSE_##then, hours, RECORD_##to, \
		INCIDENT_WHY_##reason },
#include "center/incident/correlation.tbl"
};

static const struct incident_campaign_rule campaigns[] = {
#define INCIDENT_CAMPAIGN(kind, cause, way, mark, companies, hours, ja, en)        \
	{ #kind, RECORD_CAUSE_##cause, (enum event_way)WAY_##way, INCIDENT_##mark, \
		companies, hours, ja, en },
#include "center/incident/correlation.tbl"
};

static const struct {
	enum record_cause cause;
	enum incident_policy policy;
} policies[] = {

#define INCIDENT_SUPPRESS(cause, policy) { RECORD_CAUSE_##cause, INCIDENT_##policy },
#include "center/incident/correlation.tbl"
};

static bool verdict_fits(int row, bool stopped)
{
	return row == VERDICT_ANY || (row == VERDICT_STOPPED) == stopped;
}

static bool way_fits(enum event_way row, enum event_way way)
{
	return row == EVENT_WAY_ANY || row == way;
}

const struct incident_rule *incident_rule_find(
    enum record_cause cause, enum event_way way, bool stopped, bool machine)
{
	for (size_t i = 0; i < LEN(rules); i++) {
		const struct incident_rule *r = &rules[i];
		if (r->cause == cause && way_fits(r->way, way) &&
		    verdict_fits(r->verdict, stopped) &&
		    (r->machine == MACHINE_ANY ||
			(r->machine == MACHINE_SEEN) == machine))
			return r;
	}
	/* rules_test.c walks every combination. */
	must(!"an event without a rule");
	return &rules[0];
}

const struct incident_rule *incident_rule_at(size_t i)
{
	return i < LEN(rules) ? &rules[i] : NULL;
}

const struct incident_story *incident_story_at(size_t i)
{
	return i < LEN(stories) ? &stories[i] : NULL;
}

const struct incident_campaign_rule *incident_campaign_rule_at(size_t i)
{
	return i < LEN(campaigns) ? &campaigns[i] : NULL;
}

static bool in_group(int group, enum record_cause cause)
{
	for (size_t i = 0; i < LEN(groups); i++)
		if (groups[i].group == group && groups[i].cause == cause)
			return true;
	return false;
}

unsigned incident_facts_wanted(enum record_cause cause, enum record_severity s)
{
	unsigned bits = 0;

	for (size_t i = 0; i < LEN(impacts); i++)
		if (impacts[i].from >= s && in_group(impacts[i].group, cause))
			bits |= 1u << impacts[i].fact;
	return bits;
}

enum record_severity incident_impact(enum record_cause cause, enum event_way way,
    bool stopped, const int64_t facts[INCIDENT_FACT_MAX], enum record_severity s,
    struct incident_why *why)
{
	for (size_t i = 0; i < LEN(impacts); i++) {
		const struct impact *row = &impacts[i];
		if (row->from != s || !way_fits((enum event_way)row->way, way) ||
		    !verdict_fits(row->verdict, stopped) ||
		    facts[row->fact] < row->at_least || !in_group(row->group, cause))
			continue;
		s = row->to;
		incident_why_add(why, row->reason,
		    row->fact < INCIDENT_FACT_MACHINES ? 0 : facts[row->fact]);
	}
	return s;
}

enum incident_policy incident_policy_of(enum record_cause cause)
{
	for (size_t i = 0; i < LEN(policies); i++)
		if (policies[i].cause == cause)
			return policies[i].policy;
	return INCIDENT_ALONE;
}

void incident_why_add(struct incident_why *w, enum incident_reason r, int64_t n)
{
	unsigned i = 0;

	while (i < w->n && w->at[i].reason != r)
		i++;
	if (i == INCIDENT_WHY_MAX)
		return;
	w->at[i].reason = r;
	w->at[i].n = n;
	if (i == w->n)
		w->n++;
}

void incident_why_write(const struct incident_why *w, unsigned from, struct buf *text)
{
	for (unsigned i = from; i < w->n; i++) {
		buf_addf(
		    text, "%s%s", i > from ? " " : "", reasons[w->at[i].reason].id);
		if (w->at[i].n)
			buf_addf(text, ":%" PRId64, w->at[i].n);
	}
}

void incident_why_read(const char *text, struct incident_why *w)
{
	*w = (struct incident_why){ 0 };
	while (*text) {
		size_t word = strcspn(text, " :");
		const char *after = text + word;
		int64_t n = *after == ':' ? strtoll(after + 1, NULL, 10) : 0;
		for (unsigned r = 0; r < INCIDENT_REASON_MAX; r++)
			if (strlen(reasons[r].id) == word &&
			    memcmp(reasons[r].id, text, word) == 0)
				incident_why_add(w, r, n);
		text = after + strcspn(after, " ");
		text += *text == ' ';
	}
}

const char *incident_reason_id(enum incident_reason r)
{
	return r < INCIDENT_REASON_MAX ? reasons[r].id : NULL;
}

void incident_reason_say(
    enum incident_reason r, enum record_lang lang, int64_t n, struct buf *out)
{
	const char *text = lang == RECORD_EN ? reasons[r].en : reasons[r].ja;
	const char *hole = strstr(text, "{n}");

	if (!hole) {
		buf_add_text(out, text);
		return;
	}
	buf_add(out, text, (size_t)(hole - text));
	buf_addf(out, "%" PRId64 "%s", n, hole + 3);
}
