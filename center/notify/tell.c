/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/digest/digest.h"
#include "center/notify/ladder/ladder.h"

/* The company first, then whoever is on duty; what is too much for a day waits. */
int notify_tell(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us)
{
	bool held;
	int err = notify_digest_hold(db, i, now_us, &held);

	if (err < 0 || held)
		return err;
	err = notify_plan(db, conf, i, now_us);
	return err < 0 ? err : notify_ladder_take(db, conf, i, now_us);
}
