/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/incident.h"
#include "tests/check.h"

/* The whole table, row by row: new checking working watching done. */
static void only_these_moves(void)
{
	static const char *const want[] = { ".x..x", "..x.x", "...xx", ".x..x",
		".x..." };

	for (unsigned from = 0; from < INCIDENT_STATE_MAX; from++)
		for (unsigned to = 0; to < INCIDENT_STATE_MAX; to++)
			check_eq(incident_may_move(from, to), want[from][to] == 'x');
	check(!incident_may_move(INCIDENT_STATE_MAX, INCIDENT_DONE));
	check(!incident_may_move(INCIDENT_NEW, INCIDENT_STATE_MAX));
}

static void names_go_both_ways(void)
{
	for (unsigned s = 0; s < INCIDENT_STATE_MAX; s++)
		check_eq(incident_state_find(incident_state_name(s)), s);
	for (unsigned o = 0; o < INCIDENT_OUTCOME_MAX; o++)
		check_eq(incident_outcome_find(incident_outcome_name(o)), o);
	check_eq(incident_state_find("closed"), INCIDENT_STATE_MAX);
	check_eq(incident_outcome_find("closed"), INCIDENT_OUTCOME_MAX);
}

static void every_cause_waits_a_while(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		check(incident_window_us(c) >= INT64_C(3600000000));
}

CHECK_MAIN(only_these_moves, names_go_both_ways, every_cause_waits_a_while)
