/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/fill/fill.h"
#include "bench/fill/sample.h"
#include "center/ingest/ingest.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FLIGHT   64 /* batches that wait for one commit, as gates' connections do */
#define HOUR_US  INT64_C(3600000000)
#define LEARN_AT 50000 /* a centre looks every minute */

struct flight {
	struct store_job job;
	struct batch batch;
	struct run *run;
	bool busy;
};

struct run {
	const struct fill_plan *plan;
	struct store *store;
	struct journey journey;
	struct sample_draw draw;
	struct flight flight[FLIGHT];
	pthread_mutex_t lock;
	pthread_cond_t landed;
	double *upto; /* of each gate: its share and that of all before */
	int64_t taken, bytes, stored, seq, now_us, hour;
	double made_s; /* CPU of making the records: not the centre's */
	int failed;
};

static double seconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Gate n makes records as n^-0.6: the noisiest of 3,000 makes one in sixty. */
static int share_out(struct run *r)
{
	double sum = 0;

	r->upto = malloc(r->plan->gates * sizeof(*r->upto));
	if (!r->upto)
		return FAIL_MEMORY;
	for (uint32_t i = 0; i < r->plan->gates; i++)
		r->upto[i] = sum += pow(i + 1, -0.6);
	return 0;
}

static uint32_t draw_gate(struct run *r)
{
	double x = (double)(sample_next(&r->draw) >> 11) / 9007199254740992.0 *
		   r->upto[r->plan->gates - 1];
	uint32_t low = 0, high = r->plan->gates - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (r->upto[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	/* Noise has nothing to do with the order in which gates were bought. */
	return (uint32_t)((uint64_t)low * 7919 % r->plan->gates) + 1;
}

static int take(struct store_db *db, void *arg)
{
	struct flight *f = arg;

	return journey_run(db, &f->batch, &f->run->journey);
}

static void landed(struct store_job *job, int result)
{
	struct flight *f = job->done_arg;
	struct run *r = f->run;

	ingest_batch_fini(&f->batch);
	pthread_mutex_lock(&r->lock);
	if (result < 0)
		r->failed = result;
	f->busy = false;
	pthread_cond_signal(&r->landed);
	pthread_mutex_unlock(&r->lock);
}

static struct flight *wait_for_room(struct run *r)
{
	struct flight *f = NULL;

	pthread_mutex_lock(&r->lock);
	while (!f) {
		for (unsigned i = 0; i < FLIGHT && !f; i++)
			if (!r->flight[i].busy)
				f = &r->flight[i];
		if (!f)
			pthread_cond_wait(&r->landed, &r->lock);
	}
	f->busy = true;
	pthread_mutex_unlock(&r->lock);
	return f;
}

static void wait_for_all(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < FLIGHT; i++)
		while (r->flight[i].busy)
			pthread_cond_wait(&r->landed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

/* One batch as a gate sends it: unpacked, read, written, in one commit with others. */
static int send(struct run *r, uint32_t gate, struct span packed)
{
	struct flight *f = wait_for_room(r);

	f->run = r;
	f->batch = (struct batch){ .gate_id = gate,
		.boot = "bench",
		.seq = ++r->seq,
		.words = store_words(r->store) };
	int err = ingest_batch_read(&f->batch, packed, r->now_us);
	if (err < 0 || f->batch.refused_n)
		return err < 0 ? err : FAIL_FORMAT;
	r->taken += f->batch.n;
	f->job =
	    (struct store_job){ .fn = take, .arg = f, .done = landed, .done_arg = f };
	return store_post(r->store, &f->job);
}

static int make_and_send(struct run *r)
{
	struct buf lines, packed;
	double before = seconds(CLOCK_THREAD_CPUTIME_ID);
	uint32_t gate = draw_gate(r),
		 n = 1 + sample_skewed(&r->draw, r->plan->batch * 4 - 3);

	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	buf_init(&packed, RECORD_BATCH_BYTES_MAX);
	for (uint32_t i = 0; i < n; i++)
		sample_record(&r->draw, r->plan->alerts ? SAMPLE_ALERTS : SAMPLE_OFFICE,
		    gate, r->now_us - (n - i) * 1000000, &lines);
	r->bytes += lines.len;
	int err = record_batch_pack(buf_span(&lines), &packed);
	r->made_s += seconds(CLOCK_THREAD_CPUTIME_ID) - before;
	if (err == 0)
		err = send(r, gate, buf_span(&packed));
	buf_fini(&lines);
	buf_fini(&packed);
	return err;
}

/* What the centre does as time goes by, and what its operators and its mail server do: what
 * needs somebody is finished after three days, notices leave. */
static int hourly(struct store_db *db, void *arg)
{
	const struct run *r = arg;
	int err = incident_tidy(db, r->now_us, 100000);

	if (err >= 0)
		err = store_exec(db,
		    "UPDATE notice SET state = 'sent', sent_us = due_us WHERE state = "
		    "'waiting'",
		    STORE_NO_ARGS);
	if (err == 0)
		err = store_exec(db,
		    "UPDATE ladder SET state = 'ended', next_us = NULL WHERE state <> 'ended'",
		    STORE_NO_ARGS);
	if (err < 0 || r->hour % 24 != 0)
		return err;
	return store_exec(db,
	    "UPDATE incident SET state = 'done', outcome = 'solved', closed_us = ? "
	    "WHERE state <> 'done' AND severity > 0 AND last_us < ?",
	    STORE_ARGS(STORE_INT(r->now_us), STORE_INT(r->now_us - 72 * HOUR_US)));
}

static int count_stored(struct run *r)
{
	struct store_db *db = store_read(r->store);
	int err = db ? store_get_int(
			   db, &r->stored, "SELECT count(*) FROM event", STORE_NO_ARGS)
		     : FAIL_IO;

	store_read_done(r->store, db);
	return err;
}

/* The hours pass as evenly as the records. */
static int send_all(struct run *r)
{
	int64_t start_us = r->plan->end_us - r->plan->days * 24 * HOUR_US,
		learn = LEARN_AT;
	int err = 0;

	while (r->taken < r->plan->events && err == 0 && r->failed == 0) {
		r->now_us =
		    start_us + (int64_t)((double)r->taken / (double)r->plan->events *
					 (double)(r->plan->end_us - start_us));
		if (r->now_us / HOUR_US != r->hour) {
			r->hour = r->now_us / HOUR_US;
			err = store_write(r->store, hourly, r);
		}
		if (err == 0)
			err = make_and_send(r);
		if (err == 0 && r->taken >= learn) {
			learn *= 4;
			err = store_learn(r->store, r->now_us);
		}
		if (r->taken % 500000 < r->plan->batch)
			fprintf(stderr, "\r%" PRId64 " ", r->taken);
	}
	wait_for_all(r);
	return err < 0 ? err : r->failed;
}

int fill_run(struct store *s, const struct fill_plan *p)
{
	static struct run r;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);

	r = (struct run){ .plan = p,
		.store = s,
		.draw = { p->seed },
		.journey.notify = {
		    .from = "otasuke@centre.example", .caution_delay_s = 600 } };
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.landed, NULL);
	int err = share_out(&r);
	if (err == 0)
		err = send_all(&r);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - r.made_s;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	if (err == 0)
		err = count_stored(&r);
	if (err == 0)
		printf(
		    "{\"events\":%" PRId64 ",\"stored\":%" PRId64
		    ",\"record_bytes\":%" PRId64 ",\"batches\":%" PRId64
		    ",\"cpu_s\":%.2f,\"wall_s\":%.2f,\"made_s\":%.2f,\"now_us\":%" PRId64
		    "}\n",
		    r.taken, r.stored, r.bytes / (r.taken ? r.taken : 1), r.seq, cpu,
		    wall, r.made_s, r.now_us);
	free(r.upto);
	return err;
}
