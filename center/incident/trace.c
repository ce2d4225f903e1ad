/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

/* What and whom the events of an incident were about, counted, also those that are not kept:
 * a suppression can say what it would have hidden, a rule how often it was wrong. */

int incident_trace_note(
    struct incident_round *r, struct incident *i, const struct event *e)
{
	unsigned t = 0;

	if (!*e->sign && !*e->peer)
		return 0;
	if (!i->traces)
		i->traces = arena_alloc(
		    &r->batch->arena, (INCIDENT_TRACES_ROUND + 1) * sizeof(*i->traces));
	if (!i->traces)
		return FAIL_MEMORY;
	while (t < i->traces_n && (strcmp(i->traces[t].sign, e->sign) != 0 ||
				      strcmp(i->traces[t].peer, e->peer) != 0))
		t++;
	if (t > INCIDENT_TRACES_ROUND)
		t = INCIDENT_TRACES_ROUND;
	if (t == i->traces_n) {
		bool rest = t == INCIDENT_TRACES_ROUND;
		i->traces[t] = (struct incident_trace){ .sign = rest ? "" : e->sign,
			.peer = rest ? "" : e->peer,
			.what = rest ? "" : e->what,
			.hash = rest ? "" : e->hash,
			.host = rest ? "" : e->host,
			.by_name = e->by_name,
			.way = e->way };
		i->traces_n++;
	}
	i->traces[t].events += 1 + (int64_t)e->more;
	if (e->when_us > i->traces[t].last_us)
		i->traces[t].last_us = e->when_us;
	return 0;
}

static int add(struct store_db *db, const struct incident *i,
    const struct incident_trace *t, bool rest)
{
	return store_exec(db,
	    "INSERT INTO incident_trace (incident_id, company_id, sign, peer, what, events, "
	    "last_us) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (incident_id, sign, peer) "
	    "DO UPDATE SET events = incident_trace.events + excluded.events, "
	    "last_us = excluded.last_us",
	    STORE_ARGS(STORE_INT(i->id), STORE_INT(i->company_id),
		STORE_TEXT(rest ? "" : t->sign), STORE_TEXT(rest ? "" : t->peer),
		STORE_TEXT(rest ? "" : t->what), STORE_INT(t->events),
		STORE_INT(t->last_us)));
}

/* Counts in the row that is there already. */
static int count(struct store_db *db, const struct incident *i,
    const struct incident_trace *t, bool *found)
{
	int err = store_exec(db,
	    "UPDATE incident_trace SET events = events + ?, last_us = ? "
	    "WHERE incident_id = ? AND sign = ? AND peer = ?",
	    STORE_ARGS(STORE_INT(t->events), STORE_INT(t->last_us), STORE_INT(i->id),
		STORE_TEXT(t->sign), STORE_TEXT(t->peer)));

	*found = err == 0 && store_changed(db) > 0;
	return err;
}

int incident_trace_settle(
    struct incident_round *r, struct store_db *db, struct incident *i)
{
	int err = 0;

	for (unsigned n = 0; n < i->traces_n && err == 0; n++) {
		const struct incident_trace *t = &i->traces[n];
		bool found = false;
		bool rest =
		    n == INCIDENT_TRACES_ROUND || i->traces_kept >= INCIDENT_TRACES_MAX;
		if (!i->fresh && n < INCIDENT_TRACES_ROUND)
			err = count(db, i, t, &found);
		if (err < 0 || found)
			continue;
		err = add(db, i, t, rest);
		if (err == 0 && !rest) {
			i->traces_kept++;
			err = incident_campaign_note(r, db, i, t);
		}
	}
	return err;
}
