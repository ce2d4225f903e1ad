/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <stdlib.h>
#include <time.h>

/* Polls for orders that wait: a list, and a thread that looks when something changed (and
 * four times a second, for what another process has written).  A parked call belongs to this
 * file until it is resumed. */
#define LOOK_MS   250
#define PAUSE_NS  20000000 /* on a busy day something changes all the time */
#define PARK_MOST 10000u

static int by_gate(const void *a, const void *b)
{
	const struct fleet_waiting *x = a, *y = b;

	return x->gate_id < y->gate_id ? -1 : x->gate_id > y->gate_id;
}

static bool is_due(const struct ingest_call *c, const struct fleet_waiting *list,
    size_t count, int64_t now_us)
{
	struct fleet_waiting key = { .gate_id = c->gate.id };
	const struct fleet_waiting *w =
	    count ? bsearch(&key, list, count, sizeof(key), by_gate) : NULL;

	return now_us >= c->park_end_us || (w && w->number > c->after);
}

/* Those that are due, or all. */
static void wake(struct ingest_door *d, const struct fleet_waiting *list, size_t count,
    int64_t now_us, bool all)
{
	pthread_mutex_lock(&d->park.lock);
	for (struct ingest_call **at = &d->park.first; *at;) {
		struct ingest_call *c = *at;
		if (!all && !is_due(c, list, count, now_us)) {
			at = &c->park_next;
			continue;
		}
		*at = c->park_next;
		d->park.count--;
		if (all)
			c->park_end_us = 1; /* it answers that there is nothing */
		ingest_resume(c);
	}
	pthread_mutex_unlock(&d->park.lock);
}

static void look(struct ingest_door *d)
{
	struct fleet_waiting *list = NULL;
	size_t count = 0;
	struct store_db *db = store_read(d->store);

	if (!db)
		return;
	int err = fleet_order_waiting(db, clock_now_us(), &list, &count);
	store_read_done(d->store, db);
	wake(d, list, err < 0 ? 0 : count, clock_real_us(), false);
	free(list);
}

static bool is_closing(struct ingest_door *d)
{
	pthread_mutex_lock(&d->lock);
	bool closing = d->closing;
	pthread_mutex_unlock(&d->lock);
	return closing;
}

static void *run(void *arg)
{
	struct ingest_door *d = arg;
	int64_t change = 0;

	while (!is_closing(d)) {
		look(d);
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		change = store_wait_change(d->store, change, LOOK_MS);
	}
	wake(d, NULL, 0, 0, true);
	return NULL;
}

int ingest_park_start(struct ingest_door *d)
{
	pthread_mutex_init(&d->park.lock, NULL);
	d->park.runs = pthread_create(&d->park.thread, NULL, run, d) == 0;
	if (!d->park.runs)
		log_error("C225", "the thread for waiting gates cannot be started");
	return d->park.runs ? 0 : FAIL_MEMORY;
}

void ingest_park_end(struct ingest_door *d)
{
	if (d->park.runs) {
		pthread_join(d->park.thread, NULL);
		pthread_mutex_destroy(&d->park.lock);
	}
}

bool ingest_park(struct ingest_call *c)
{
	struct ingest_door *d = c->door;
	unsigned most = d->conf.parked ? d->conf.parked : PARK_MOST;

	pthread_mutex_lock(&d->park.lock);
	bool may = d->park.count < most && ingest_suspend(c);
	if (may) {
		c->park_next = d->park.first;
		d->park.first = c;
		d->park.count++;
	}
	pthread_mutex_unlock(&d->park.lock);
	return may;
}
