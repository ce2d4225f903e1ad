/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* How often a process that does not lead asks whether it may, and how soon one that lost its
 * connection looks for the server again. */
#define LOOK_MS   3000
#define RETURN_MS 1000
/* How long somebody waits for the first answer to "do I lead?". */
#define ANSWER_S 3

/* "otasuke" and what is locked; the first of the pair is the same for all. */
#define LOCKS      "1869898611"
#define LOCK_LEAD  LOCKS ", 1"
#define LOCK_ALIVE LOCKS ", 2"

struct store_watch {
	char *place;
	store_watch_told_fn *told;
	void *told_arg;
	pthread_t thread;
	int wake; /* eventfd */
	PGconn *conn;
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool stop, wants, asked, leads;
	unsigned processes;
};

static bool is_stopping(struct store_watch *w)
{
	pthread_mutex_lock(&w->lock);
	bool stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return stop;
}

static void wake(struct store_watch *w)
{
	uint64_t one = 1;

	(void)!write(w->wake, &one, sizeof(one));
}

/* One number; negative: the connection is of no use any more. */
static int64_t ask(struct store_watch *w, const char *sql)
{
	PGresult *r = PQexec(w->conn, sql);
	int64_t n = -1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0)
		n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	else if (PQresultStatus(r) == PGRES_COMMAND_OK)
		n = 0;
	PQclear(r);
	return n;
}

static void lose(struct store_watch *w)
{
	PQfinish(w->conn);
	w->conn = NULL;
	pthread_mutex_lock(&w->lock);
	if (w->leads)
		log_warn("C124", "the minute's work is given up: the database is away");
	w->leads = w->asked = false;
	w->processes = 0;
	pthread_mutex_unlock(&w->lock);
}

/* From here on no change is missed: what came before is asked for once. */
static bool listen_now(struct store_watch *w)
{
	int64_t change = -1;

	w->conn = postgres_connect(w->place);
	if (w->conn && ask(w, "LISTEN otasuke") == 0 &&
	    ask(w, "SELECT count(pg_advisory_lock_shared(" LOCK_ALIVE "))") == 1)
		change = ask(w, "SELECT value FROM change_counter WHERE one = 1");
	if (change < 0) {
		lose(w);
		return false;
	}
	w->told(w->told_arg, change);
	return true;
}

static bool take_notes(struct store_watch *w)
{
	PGnotify *note;

	if (!PQconsumeInput(w->conn))
		return false;
	while ((note = PQnotifies(w->conn))) {
		w->told(w->told_arg, strtoll(note->extra, NULL, 10));
		PQfreemem(note);
	}
	return true;
}

/* The lock belongs to this session: it goes with the process, however that ends. */
static bool try_to_lead(struct store_watch *w)
{
	pthread_mutex_lock(&w->lock);
	bool wants = w->wants, leads = w->leads;
	pthread_mutex_unlock(&w->lock);
	if (!wants)
		return true;
	int64_t got =
	    leads ? ask(w, "SELECT 1")
		  : ask(w, "SELECT CAST(pg_try_advisory_lock(" LOCK_LEAD ") AS INT)");
	int64_t processes = ask(w,
	    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
	    "AND classid = " LOCKS " AND objid = 2 AND database = "
	    "(SELECT oid FROM pg_database WHERE datname = current_database())");
	if (got < 0 || processes < 0)
		return false;
	if (got && !leads)
		log_info("C125", "this process does the minute's work");
	pthread_mutex_lock(&w->lock);
	w->leads = got > 0;
	w->asked = true;
	w->processes = (unsigned)processes;
	pthread_cond_broadcast(&w->answered);
	pthread_mutex_unlock(&w->lock);
	return true;
}

static void sleep_until_something(struct store_watch *w, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = w->wake, .events = POLLIN },
		{ .fd = w->conn ? PQsocket(w->conn) : -1, .events = POLLIN } };
	uint64_t n;

	if (poll(fds, 2, timeout_ms) > 0 && fds[0].revents)
		(void)!read(w->wake, &n, sizeof(n));
}

static void *watch_run(void *arg)
{
	struct store_watch *w = arg;

	while (!is_stopping(w)) {
		if (!w->conn && !listen_now(w)) {
			sleep_until_something(w, RETURN_MS);
			continue;
		}
		if (!take_notes(w) || !try_to_lead(w)) {
			lose(w);
			continue;
		}
		if (take_notes(w)) /* what came in with the answers */
			sleep_until_something(w, LOOK_MS);
	}
	PQfinish(w->conn);
	return NULL;
}

static void free_watch(struct store_watch *w)
{
	if (w->wake >= 0)
		close(w->wake);
	pthread_cond_destroy(&w->answered);
	pthread_mutex_destroy(&w->lock);
	free(w->place);
	free(w);
}

struct store_watch *postgres_watch_new(
    const char *place, store_watch_told_fn *told, void *told_arg)
{
	struct store_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->place = strdup(place);
	w->told = told;
	w->told_arg = told_arg;
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->answered, NULL);
	if (!w->place || w->wake < 0 ||
	    pthread_create(&w->thread, NULL, watch_run, w) != 0) {
		log_error(
		    "C126", "cannot start to watch the database: %s", strerror(errno));
		free_watch(w);
		return NULL;
	}
	return w;
}

void postgres_watch_free(struct store_watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_mutex_unlock(&w->lock);
	wake(w);
	pthread_join(w->thread, NULL);
	free_watch(w);
}

/* The first who asks waits a moment for the answer; later it is known. */
static void wait_for_answer(struct store_watch *w)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ANSWER_S;
	if (!w->wants) {
		w->wants = true;
		wake(w);
	}
	while (!w->asked && !w->stop)
		if (pthread_cond_timedwait(&w->answered, &w->lock, &until) != 0)
			break;
}

bool postgres_watch_leads(struct store_watch *w)
{
	pthread_mutex_lock(&w->lock);
	wait_for_answer(w);
	bool leads = w->leads;
	pthread_mutex_unlock(&w->lock);
	return leads;
}

bool postgres_watch_alone(struct store_watch *w)
{
	pthread_mutex_lock(&w->lock);
	wait_for_answer(w);
	bool alone = w->processes == 1;
	pthread_mutex_unlock(&w->lock);
	return alone;
}
