/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"
#include "center/store/keep.h"
#include "center/store/internal.h"
#include "center/store/writer.h"
#include "lib/base/log.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct store {
	char place[STORE_PLACE_ROOM];
	struct store_writer *writer;
	struct store_watch *watch; /* NULL: not needed, or not yet */
	pthread_mutex_t lock;
	pthread_cond_t reader_back, changed;
	struct store_db *idle[STORE_READERS_MAX];
	unsigned idle_n, readers; /* readers: idle and lent */
	int64_t change;
	bool closing;
	_Atomic(const struct store_words *) words;
};

static void told(void *arg, int64_t change)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->lock);
	if (change > s->change)
		s->change = change;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

static void init_locks(struct store *s)
{
	pthread_condattr_t attr;

	/* Waits must not jump when somebody sets the wall clock. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->reader_back, &attr);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
}

struct store *store_open(const char *dir)
{
	struct store *s = calloc(1, sizeof(*s));
	struct store_db *db = NULL;

	if (!s)
		return NULL;
	init_locks(s);
	if (store_place(dir, s->place) < 0)
		goto fail;
	db = store_db_open(s->place, STORE_WRITER);
	if (!db || store_migrate_db(db, store_migrations) < 0)
		goto fail;
	if (store_get_int(db, &s->change,
		"SELECT value FROM change_counter WHERE one = 1", STORE_NO_ARGS) < 0)
		goto fail;
	const struct store_words *words;
	if (store_words_newest(db, &words) < 0)
		goto fail;
	store_words_set(s, words);
	s->writer = store_writer_new(db, told, s);
	if (!s->writer)
		goto fail;
	return s;

fail:
	store_db_close(db);
	free(s);
	return NULL;
}

const struct store_words *store_words(struct store *s)
{
	return s->words;
}

void store_words_set(struct store *s, const struct store_words *words)
{
	s->words = words;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->idle_n; i++)
		store_db_close(s->idle[i]);
	if (s->watch)
		store_backend_of(s->place)->watch_free(s->watch);
	/* Last: the writer's connection folds the log back into the file. */
	store_writer_free(s->writer);
	pthread_cond_destroy(&s->reader_back);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int store_post(struct store *s, struct store_job *job)
{
	return store_writer_post(s->writer, job);
}

/* What store_write() waits on. */
struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t finished;
	bool done;
	int result;
};

static void wake(struct store_job *job, int result)
{
	struct waiting *w = job->done_arg;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	w->result = result;
	pthread_cond_signal(&w->finished);
	pthread_mutex_unlock(&w->lock);
}

int store_write(struct store *s, store_write_fn *fn, void *arg)
{
	struct waiting w = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.finished = PTHREAD_COND_INITIALIZER };
	struct store_job job = { .fn = fn, .arg = arg, .done = wake, .done_arg = &w };
	int err = store_post(s, &job);

	if (err < 0)
		return err;
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.finished, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.finished);
	pthread_mutex_destroy(&w.lock);
	return w.result;
}

struct store_db *store_read(struct store *s)
{
	struct store_db *db = NULL;

	pthread_mutex_lock(&s->lock);
	while (s->idle_n == 0 && s->readers >= STORE_READERS_MAX)
		pthread_cond_wait(&s->reader_back, &s->lock);
	if (s->idle_n > 0)
		db = s->idle[--s->idle_n];
	else
		s->readers++;
	pthread_mutex_unlock(&s->lock);
	if (!db)
		db = store_db_open(s->place, STORE_READER);
	if (db && store_db_begin(db) < 0) {
		store_db_close(db);
		db = NULL;
	}
	if (!db) {
		pthread_mutex_lock(&s->lock);
		s->readers--;
		pthread_cond_signal(&s->reader_back);
		pthread_mutex_unlock(&s->lock);
	}
	return db;
}

void store_read_done(struct store *s, struct store_db *db)
{
	if (!db)
		return;
	store_db_rollback(db);
	pthread_mutex_lock(&s->lock);
	s->idle[s->idle_n++] = db;
	pthread_cond_signal(&s->reader_back);
	pthread_mutex_unlock(&s->lock);
}

/* The command line does not wait for changes: the watch begins with the first who asks. */
static struct store_watch *watch_of(struct store *s)
{
	const struct store_backend *backend = store_backend_of(s->place);

	pthread_mutex_lock(&s->lock);
	if (!s->watch && backend->watch_new && !s->closing)
		s->watch = backend->watch_new(s->place, told, s);
	struct store_watch *w = s->watch;
	pthread_mutex_unlock(&s->lock);
	return w;
}

bool store_leads(struct store *s)
{
	const struct store_backend *backend = store_backend_of(s->place);
	struct store_watch *w = watch_of(s);

	return !backend->watch_new || (w && backend->watch_leads(w));
}

bool store_alone(struct store *s)
{
	const struct store_backend *backend = store_backend_of(s->place);
	struct store_watch *w = watch_of(s);

	return !backend->watch_new || (w && backend->watch_alone(w));
}

int64_t store_change(struct store *s)
{
	(void)watch_of(s);
	pthread_mutex_lock(&s->lock);
	int64_t change = s->change;
	pthread_mutex_unlock(&s->lock);
	return change;
}

int64_t store_wait_change(struct store *s, int64_t since, unsigned timeout_ms)
{
	struct timespec until;

	(void)watch_of(s);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	while (s->change <= since && !s->closing)
		if (pthread_cond_timedwait(&s->changed, &s->lock, &until) == ETIMEDOUT)
			break;
	int64_t change = s->change;
	pthread_mutex_unlock(&s->lock);
	return change;
}

/* A connection for the command line, beside a centre that may be running. */
static struct store_db *open_existing(const char *dir)
{
	char place[STORE_PLACE_ROOM];

	if (store_place(dir, place) < 0)
		return NULL;
	if (!store_place_is_postgres(place) && access(place, R_OK) < 0) {
		log_error("C106", "%s: %s", place, strerror(errno));
		return NULL;
	}
	return store_db_open(place, STORE_WRITER);
}

int store_backup(const char *dir, const char *file)
{
	struct store_db *db = open_existing(dir);

	if (!db)
		return FAIL_IO;
	mode_t before = umask(077);
	int err = store_db_copy(db, file);
	umask(before);
	store_db_close(db);
	return err;
}

int store_check(const char *dir, struct buf *report)
{
	struct store_db *db = open_existing(dir);
	int64_t broken = 0;

	if (!db)
		return FAIL_IO;
	int err = store_db_inspect(db, report);
	if (err == 0)
		err = store_keep_check(db, report);
	int chain = err < 0 ? err : store_audit_check(db, &broken);
	if (chain == FAIL_FORMAT)
		buf_addf(report, "audit: the chain breaks at line %lld\n",
		    (long long)broken);
	else if (chain < 0)
		err = chain;
	store_db_close(db);
	if (err < 0)
		return err;
	return report->len || report->overflowed ? FAIL_FORMAT : 0;
}

int store_migrate(const char *dir)
{
	char place[STORE_PLACE_ROOM];
	int err = store_place(dir, place);

	if (err < 0)
		return err;
	struct store_db *db = store_db_open(place, STORE_WRITER);
	if (!db)
		return FAIL_IO;
	err = store_migrate_db(db, store_migrations);
	store_db_close(db);
	return err;
}
