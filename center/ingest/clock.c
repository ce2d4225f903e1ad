/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
/* A gate keeps records for a week; what claims to be older comes from a wrong clock. */
#define OLD_US (35 * 24 * HOUR_US)
/* Less than that may be the way here. */
#define LEAST_US (2 * SECOND_US)
#define FAR_US   (300 * SECOND_US) /* that far off for TOLD_US: somebody must look */
#define TOLD_US  HOUR_US
#define GOOD_US  (60 * SECOND_US)

int64_t ingest_clock_skew(const struct batch *b)
{
	int64_t skew_us = b->clock_us ? b->clock_us - b->taken_us : 0;

	return skew_us > -LEAST_US && skew_us < LEAST_US ? 0 : skew_us;
}

void ingest_clock_correct(const struct batch *b, struct event *e)
{
	int64_t skew_us = ingest_clock_skew(b);

	e->when_us = e->at_us - skew_us;
	e->clock = skew_us ? EVENT_CLOCK_CORRECTED : EVENT_CLOCK_SAID;
	if (e->when_us > b->taken_us && e->when_us < b->taken_us + LEAST_US) {
		e->when_us = b->taken_us;
	} else if (e->when_us > b->taken_us || e->when_us < b->taken_us - OLD_US) {
		e->when_us = b->taken_us;
		e->clock = EVENT_CLOCK_IMPOSSIBLE;
	}
}

static void say(char *text, size_t room, int64_t skew_us, bool ja)
{
	int64_t minutes = (skew_us < 0 ? -skew_us : skew_us) / (60 * SECOND_US);
	bool days = minutes >= 2 * 24 * 60;
	int64_t n = days ? minutes / (24 * 60) : minutes;

	if (ja)
		snprintf(text, room, "%" PRId64 " %s%s", n, days ? "日" : "分",
		    skew_us > 0 ? "進んでいます" : "遅れています");
	else
		snprintf(text, room, "%" PRId64 " %s %s", n, days ? "days" : "minutes",
		    skew_us > 0 ? "fast" : "slow");
}

void ingest_clock_watch(struct batch *b, bool ja, int64_t *skewed_us)
{
	int64_t skew_us = ingest_clock_skew(b);
	char text[80];

	if (!b->clock_us)
		return;
	if (skew_us > -GOOD_US && skew_us < GOOD_US) {
		if (*skewed_us)
			ingest_trouble(b, RECORD_CAUSE_CLOCK, "", true);
		*skewed_us = 0;
		return;
	}
	if (skew_us > -FAR_US && skew_us < FAR_US)
		return;
	/* Our own clock may have been set back meanwhile. */
	if (!*skewed_us || *skewed_us > b->taken_us)
		*skewed_us = b->taken_us;
	if (b->taken_us - *skewed_us < TOLD_US)
		return;
	say(text, sizeof(text), skew_us, ja);
	ingest_trouble(b, RECORD_CAUSE_CLOCK, text, false);
	*skewed_us = b->taken_us; /* again in an hour, while it lasts */
}
