/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/incident.h"
#include "tests/check.h"

/* The tables row by row. */

/* The words of a row, as they stand there. */
static const struct {
	enum record_cause cause;
	const char *way, *verdict, *machine;
} written[] = {

#define INCIDENT_RULE(cause, way, verdict, machine, hours, joins, severity, reason) \
	{ RECORD_CAUSE_##cause, #way, #verdict, #machine },
#include "center/incident/correlation.tbl"
};

static enum event_way way_of(const char *word)
{
	return strcmp(word, "IN") == 0      ? EVENT_IN
	       : strcmp(word, "OUT") == 0   ? EVENT_OUT
	       : strcmp(word, "LOCAL") == 0 ? EVENT_LOCAL
					    : EVENT_WAY_ANY;
}

static void every_row_is_reached(void)
{
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		const struct incident_rule *row = incident_rule_at(i);
		const struct incident_rule *got = incident_rule_find(written[i].cause,
		    way_of(written[i].way), strcmp(written[i].verdict, "PASSED") != 0,
		    strcmp(written[i].machine, "NONE") != 0);
		if (got != row)
			printf("# row %zu of %s is hidden by one before it\n", i,
			    record_cause_id(row->cause));
		check(got == row);
		check(row->hours > 0);
	}
	check(!incident_rule_at(sizeof(written) / sizeof(written[0])));
}

/* incident_rule_find() stops the centre when an event has no row. */
static void every_event_has_a_row(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		for (unsigned way = EVENT_WAY_ANY; way <= EVENT_LOCAL; way++)
			for (int flags = 0; flags < 4; flags++)
				check_eq(
				    incident_rule_find(c, way, flags & 1, flags & 2)
					->cause,
				    c);
}

/* What a gate shows on the spot and what the centre decides must not differ where the
 * centre knows no more than the gate. */
static void the_gate_says_the_same(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		for (int stopped = 0; stopped < 2; stopped++)
			check_eq(incident_rule_find(c, EVENT_WAY_ANY, stopped, true)
				     ->severity,
			    record_cause_severity(c, stopped));
}

#define INCIDENT_GROUP(group, cause) { #group, RECORD_CAUSE_##cause },

static const struct {
	const char *group;
	enum record_cause cause;
} groups[] = {

#include "center/incident/correlation.tbl"
};

static const struct {
	const char *group, *way, *verdict;
	enum incident_fact fact;
	int64_t at_least;
	enum record_severity from, to;
	enum incident_reason reason;
} impacts[] = {

#define INCIDENT_IMPACT(group, way, verdict, fact, at_least, from, to, reason)   \
	{ #group, #way, #verdict, INCIDENT_FACT_##fact, at_least, RECORD_##from, \
		RECORD_##to, INCIDENT_WHY_##reason },
#include "center/incident/correlation.tbl"
};

static bool has(const struct incident_why *why, enum incident_reason r)
{
	for (unsigned i = 0; i < why->n; i++)
		if (why->at[i].reason == r)
			return true;
	return false;
}

/* Each row, with its fact just enough and just too little, for each cause of its group. */
static void one_impact(size_t i, enum record_cause cause)
{
	int64_t facts[INCIDENT_FACT_MAX] = { 0 };
	bool stopped = strcmp(impacts[i].verdict, "PASSED") != 0;
	struct incident_why why = { 0 };

	facts[impacts[i].fact] = impacts[i].at_least;
	check(impacts[i].to > impacts[i].from);
	check(incident_facts_wanted(cause, impacts[i].from) >> impacts[i].fact & 1);
	check_eq(incident_impact(cause, way_of(impacts[i].way), stopped, facts,
		     impacts[i].from, &why),
	    impacts[i].to);
	check(has(&why, impacts[i].reason));
	facts[impacts[i].fact]--;
	why = (struct incident_why){ 0 };
	check_eq(incident_impact(cause, way_of(impacts[i].way), stopped, facts,
		     impacts[i].from, &why),
	    impacts[i].from);
	check_eq(why.n, 0);
}

static void every_impact_counts(void)
{
	for (size_t i = 0; i < sizeof(impacts) / sizeof(impacts[0]); i++) {
		unsigned causes = 0;
		for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
			if (strcmp(groups[g].group, impacts[i].group) == 0) {
				one_impact(i, groups[g].cause);
				causes++;
			}
		check(causes > 0);
	}
}

static void stories_go_forward(void)
{
	size_t n = 0;

	for (; incident_story_at(n); n++) {
		const struct incident_story *row = incident_story_at(n);
		check(
		    row->first != row->then && row->hours > 0 && row->to > RECORD_LOG);
		check(strncmp(incident_reason_id(row->reason), "STORY_", 6) == 0);
		for (size_t o = 0; o < n; o++)
			check(incident_story_at(o)->first != row->first ||
			      incident_story_at(o)->then != row->then);
	}
	check(n > 0);
}

static void campaigns_need_several(void)
{
	for (size_t i = 0; incident_campaign_rule_at(i); i++) {
		const struct incident_campaign_rule *row = incident_campaign_rule_at(i);
		check(row->companies >= 2 && row->hours > 0 && *row->ja && *row->en);
	}
}

static void the_urgent_needs_two(void)
{
	/* What may be urgent by its row alone is never silenced by one person. */
	for (size_t i = 0; incident_rule_at(i); i++)
		if (incident_rule_at(i)->severity == RECORD_URGENT)
			check(incident_policy_of(incident_rule_at(i)->cause) !=
			      INCIDENT_ALONE);
	check_eq(incident_policy_of(RECORD_CAUSE_SILENT), INCIDENT_NEVER);
	check_eq(incident_policy_of(RECORD_CAUSE_PROBE), INCIDENT_ALONE);
}

static void reasons_are_words(void)
{
	struct incident_why why = { 0 }, back;
	struct buf text;

	buf_init(&text, 4096);
	incident_why_add(&why, INCIDENT_WHY_VIRUS_PASSED, 0);
	incident_why_add(&why, INCIDENT_WHY_SPREADS, 2);
	incident_why_add(&why, INCIDENT_WHY_SPREADS, 3);
	incident_why_write(&why, 0, &text);
	check_text(buf_text(&text), "VIRUS_PASSED SPREADS:3");
	incident_why_read("VIRUS_PASSED of:7 SPREADS:3 ", &back);
	check_eq(back.n, 2);
	check_eq(back.at[1].n, 3);
	for (int r = 0; r < 20; r++)
		incident_why_add(&why, (enum incident_reason)r, 0);
	check_eq(why.n, INCIDENT_WHY_MAX);
	buf_fini(&text);
	buf_init(&text, 4096);
	incident_reason_say(INCIDENT_WHY_SPREADS, RECORD_JA, 3, &text);
	check_text(buf_text(&text), "1日のうちに3台の機器で起きています。");
	buf_fini(&text);
	for (unsigned r = 0; r < INCIDENT_REASON_MAX; r++)
		for (int lang = RECORD_JA; lang <= RECORD_EN; lang++) {
			buf_init(&text, 4096);
			incident_reason_say(r, (enum record_lang)lang, 1, &text);
			check(text.len > 10 && !strchr(buf_text(&text), '{'));
			buf_fini(&text);
		}
}

static void outcomes_say_what_they_mean(void)
{
	check_eq(incident_outcome_counts(INCIDENT_SOLVED), INCIDENT_COUNTS_ATTACK);
	check_eq(incident_outcome_counts(INCIDENT_MISTAKEN), INCIDENT_COUNTS_NO);
	check_eq(incident_outcome_counts(INCIDENT_DRILL), INCIDENT_COUNTS_NO);
	for (unsigned o = 1; o < INCIDENT_OUTCOME_MAX; o++) {
		check_eq(incident_outcome_tunes(o), o == INCIDENT_MISTAKEN);
		check(*incident_outcome_title(o, RECORD_JA) &&
		      *incident_outcome_meaning(o, RECORD_EN));
	}
}

CHECK_MAIN(every_row_is_reached, every_event_has_a_row, the_gate_says_the_same,
    every_impact_counts, stories_go_forward, campaigns_need_several,
    the_urgent_needs_two, reasons_are_words, outcomes_say_what_they_mean)
