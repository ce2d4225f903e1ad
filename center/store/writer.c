/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/writer.h"
#include "center/metric/metric.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct store_writer {
	struct store_db *db;
	store_writer_told_fn *told;
	void *told_arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct store_job *first, **last; /* waiting, oldest first */
	unsigned waiting;
	bool closing;
};

/* Takes the oldest jobs for one commit.  NULL: closing, and nothing left. */
static struct store_job *take_group(struct store_writer *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->first && !w->closing)
		pthread_cond_wait(&w->work, &w->lock);
	struct store_job *group = w->first;
	struct store_job **end = &w->first;
	for (unsigned n = 0; *end && n < STORE_GROUP_MAX; n++) {
		end = &(*end)->next;
		w->waiting--;
	}
	if (group) {
		struct store_job *rest = *end;
		*end = NULL;
		w->first = rest;
		if (!rest)
			w->last = &w->first;
	}
	pthread_mutex_unlock(&w->lock);
	return group;
}

/* One job in a savepoint, so that its failure undoes nothing of the others. */
static int run_job(struct store_db *db, struct store_job *job)
{
	int err = store_db_save(db);

	if (err == 0)
		job->result = store_db_save_end(db, job->fn(db, job->arg), &err);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What did not get its turn goes back to where it was: before all others. */
static void give_back(struct store_writer *w, struct store_job *rest)
{
	struct store_job **end = &rest;

	pthread_mutex_lock(&w->lock);
	for (; *end; end = &(*end)->next)
		w->waiting++;
	if (!w->first)
		w->last = end;
	*end = w->first;
	w->first = rest;
	pthread_mutex_unlock(&w->lock);
}

/* All jobs in one transaction.  Negative: nothing of it happened.  A group ends early when
 * its time is over: batches of thousands of records must not keep a login, or the notice of
 * the first of them, waiting for the last. */
static int run_group(struct store_writer *w, struct store_job *group, int64_t *change)
{
	int64_t until_ms = now_ms() + STORE_GROUP_MS;
	int err = store_db_begin(w->db);

	for (struct store_job *job = group; job && err == 0; job = job->next) {
		err = run_job(w->db, job);
		if (job->next && now_ms() >= until_ms) {
			give_back(w, job->next);
			job->next = NULL;
		}
	}
	/* A job that was undone took its change back with it: ask the table. */
	if (err == 0 && store_db_take_change(w->db) > 0)
		err = store_get_int(w->db, change,
		    "SELECT value FROM change_counter WHERE one = 1", STORE_NO_ARGS);
	if (err == 0)
		err = store_db_commit(w->db, *change);
	if (err < 0) {
		store_db_rollback(w->db);
		*change = 0;
	}
	return err;
}

static void *writer_run(void *arg)
{
	struct store_writer *w = arg;
	struct store_job *group;

	while ((group = take_group(w))) {
		int64_t change = 0, began_us = clock_monotonic_us();
		int err = run_group(w, group, &change);
		metric_add(
		    METRIC_COMMIT_US, (uint64_t)(clock_monotonic_us() - began_us));
		metric_add(err < 0 ? METRIC_COMMIT_FAILED : METRIC_COMMITS, 1);
		if (err < 0)
			log_error("C103",
			    "a group of writes failed (%d); the senders "
			    "will try again",
			    err);
		if (change > 0)
			w->told(w->told_arg, change);
		while (group) {
			/* done() may free the job. */
			struct store_job *next = group->next;
			metric_add(METRIC_JOBS, err == 0);
			group->done(group, err < 0 ? err : group->result);
			group = next;
		}
	}
	return NULL;
}

struct store_writer *store_writer_new(
    struct store_db *db, store_writer_told_fn *told, void *told_arg)
{
	struct store_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->db = db;
	w->told = told;
	w->told_arg = told_arg;
	w->last = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	if (pthread_create(&w->thread, NULL, writer_run, w) != 0) {
		log_error("C104", "cannot start the writer thread");
		free(w);
		return NULL;
	}
	return w;
}

void store_writer_free(struct store_writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	must(!w->first);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	store_db_close(w->db);
	free(w);
}

int store_writer_post(struct store_writer *w, struct store_job *job)
{
	int err = 0;

	job->next = NULL;
	job->result = FAIL_IO;
	pthread_mutex_lock(&w->lock);
	if (w->closing || w->waiting >= STORE_JOBS_MAX) {
		err = FAIL_BUSY;
	} else {
		*w->last = job;
		w->last = &job->next;
		w->waiting++;
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	return err;
}
