/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/journey.h"
#include "center/incident/incident.h"
#include "center/ingest/ingest.h"
#include "center/notify/digest/digest.h"
#include "center/notify/ladder/ladder.h"
#include "center/stats/stats.h"
#include "center/store/keep.h"
#include "lib/base/log.h"

/* Tour 15: One batch, from the door to the notices. */
int journey_run(struct store_db *db, struct batch *b, void *arg)
{
	const struct journey *j = arg;
	struct incident_round round;
	int err = ingest_claim(db, b);

	if (err < 0 || b->again)
		return err;
	err = incident_round_init(&round, b);
	if (err == 0)
		err = incident_gate_back(&round, db);
	for (uint32_t i = 0; i < b->n && err == 0; i++)
		err = incident_take(&round, db, &b->events[i]);
	if (err == 0)
		err = incident_settle(&round, db);
	if (err == 0)
		err = stats_count(db, b, round.incidents);
	if (err == 0 && round.kept)
		err = store_keep_add(
		    db, b->company_id, round.kept, round.kept_bytes, b->taken_us);
	for (struct incident *i = round.incidents; i && err == 0; i = i->next)
		err = notify_tell(db, &j->notify, i, b->taken_us);
	return err;
}

#define STEP_US \
	(INT64_C(60) * 1000000) /* of the clock, that is not its ordinary drift */

bool journey_listened(
    struct journey_ears *e, int64_t wall_us, int64_t monotonic_us, int64_t silent_us)
{
	int64_t ahead_us = wall_us - monotonic_us;
	int64_t step_us = ahead_us - e->ahead_us;

	if (!e->open || step_us > STEP_US || step_us < -STEP_US)
		e->since_us = monotonic_us;
	e->open = true;
	e->ahead_us = ahead_us;
	return monotonic_us - e->since_us > silent_us;
}

int journey_silence(
    struct store_db *db, const struct journey *j, int64_t now_us, int64_t silent_us)
{
	bool deaf;
	int opened = 0, err = incident_deaf(db, now_us - silent_us, &deaf);

	if (err == 0 && deaf)
		log_error("C011",
		    "most gates fell silent at once: nobody is told, look at "
		    "the centre's own line and at gate.listen");
	if (err < 0 || deaf)
		return err;
	while (opened < JOURNEY_SILENT_MOST) {
		struct incident i;
		err = incident_open_silent(db, now_us, now_us - silent_us, &i);
		if (err == FAIL_MISSING)
			break;
		if (err == 0)
			err = notify_tell(db, &j->notify, &i, now_us);
		if (err < 0)
			return err;
		opened++;
	}
	return opened;
}

int journey_watch(struct store_db *db, const struct journey *j, int64_t now_us)
{
	int opened = 0, err = incident_watch_windows(db, now_us);

	if (err == 0)
		err = incident_watch_flaps(db, now_us);
	while (err == 0 && opened < JOURNEY_SILENT_MOST) {
		struct incident i;
		err = incident_watch_open(db, now_us, &i);
		if (err == 0)
			err = notify_tell(db, &j->notify, &i, now_us);
		opened += err == 0;
	}
	return err < 0 && err != FAIL_MISSING ? err : opened;
}

int journey_ladder(struct store_db *db, const struct journey *j, int64_t now_us)
{
	int n = 0, err = 0;

	while (n < JOURNEY_LADDER_MOST &&
	       (err = notify_ladder_tick(db, &j->notify, now_us)) == 0)
		n++;
	return err == 0 || err == FAIL_MISSING ? n : err;
}

int journey_digests(struct store_db *db, const struct journey *j, int64_t now_us)
{
	int n = 0, err = notify_digest_enter(db, now_us);

	while (err == 0 && n < JOURNEY_DIGESTS_MOST) {
		err = notify_digest_tick(db, &j->notify, now_us);
		n += err == 0;
	}
	return err == 0 || err == FAIL_MISSING ? n : err;
}
