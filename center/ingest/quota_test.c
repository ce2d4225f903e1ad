/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/ingest.h"
#include "tests/check.h"

#define S INT64_C(1000000)

static void a_burst_then_a_rate(void)
{
	struct ingest_quota *q = ingest_quota_new(100, 1000);
	int64_t now = 1000 * S;

	check_eq(ingest_quota_wait(q, 1, now), 0);
	ingest_quota_note(q, 1, 980, now); /* and 20 for the batch */
	check_eq(ingest_quota_wait(q, 1, now), 1);
	check_eq(ingest_quota_wait(q, 2, now), 0); /* another gate */
	now += S;
	check_eq(ingest_quota_wait(q, 1, now), 0);
	ingest_quota_note(q, 1, 1000, now); /* 920 into debt */
	check_eq(ingest_quota_wait(q, 1, now), 10);
	check_eq(ingest_quota_wait(q, 1, now + 9 * S), 1);
	check_eq(ingest_quota_wait(q, 1, now + 10 * S), 0);
	/* A long rest fills it, and not more. */
	now += 100000 * S;
	check_eq(ingest_quota_wait(q, 1, now), 0);
	ingest_quota_note(q, 1, 1500, now);
	check_eq(ingest_quota_wait(q, 1, now), 6);
	ingest_quota_free(q);
}

/* A clock that goes back gives nothing, and the rate goes on from there. */
static void clocks_may_go_back(void)
{
	struct ingest_quota *q = ingest_quota_new(100, 1000);

	ingest_quota_note(q, 1, 2000, 1000 * S);
	check_eq(ingest_quota_wait(q, 1, 5 * S), 11);
	check(ingest_quota_wait(q, 1, 15 * S) > 0);
	check_eq(ingest_quota_wait(q, 1, 16 * S), 0);
	ingest_quota_free(q);
}

/* More gates than the table holds: the hungry one is still known afterwards. */
static void a_crowd_fits(void)
{
	struct ingest_quota *q = ingest_quota_new(100, 1000);
	int64_t waiting = 0;

	for (int64_t gate = 1; gate <= 60000; gate++) {
		ingest_quota_note(q, gate, 5000, 1000 * S + gate);
		waiting += ingest_quota_wait(q, gate, 1000 * S + gate) > 0;
	}
	check_eq(waiting, 60000);
	ingest_quota_free(q);
}

CHECK_MAIN(a_burst_then_a_rate, clocks_may_go_back, a_crowd_fits)
