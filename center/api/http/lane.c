/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A connection thread never waits: a password's hash takes a core for 100 ms, a long poll
 * 25 s of nothing.  Both are suspended; a thread here resumes them. */
struct api_http_lanes {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct store *store;
	bool stopping;

	pthread_t slow_threads[API_HTTP_SLOW_THREADS];
	unsigned slow_started;
	struct api_http_exchange *slow, **slow_end;
	unsigned slow_n;

	pthread_t poll_thread;
	bool poll_started;
	struct api_http_exchange *polls;
	unsigned polls_n, polls_max;
};

/* Many changes a second wake a page only so often. */
#define WAKE_GAP_MS 200
#define WAKE_MS     1000

static void *work(void *arg)
{
	struct api_http_lanes *l = arg;

	(void)pthread_mutex_lock(&l->lock);
	for (;;) {
		while (!l->slow && !l->stopping)
			(void)pthread_cond_wait(&l->wake, &l->lock);
		struct api_http_exchange *x = l->slow;
		if (!x)
			break;
		l->slow = x->next;
		if (!l->slow)
			l->slow_end = &l->slow;
		l->slow_n--;
		(void)pthread_mutex_unlock(&l->lock);
		api_route_run(x->route, &x->q, &x->a);
		x->state = API_HTTP_DONE;
		MHD_resume_connection(x->connection);
		(void)pthread_mutex_lock(&l->lock);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void wake_polls(struct api_http_lanes *l, int64_t change, bool all)
{
	int64_t now_ms = api_http_now_ms();

	(void)pthread_mutex_lock(&l->lock);
	for (struct api_http_exchange **at = &l->polls; *at;) {
		struct api_http_exchange *x = *at;
		x->q.late = all || x->until_ms <= now_ms;
		if (!x->q.late && x->since == change) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		l->polls_n--;
		/* From here on it belongs to its connection's thread again. */
		MHD_resume_connection(x->connection);
	}
	(void)pthread_mutex_unlock(&l->lock);
}

static bool is_stopping(struct api_http_lanes *l)
{
	(void)pthread_mutex_lock(&l->lock);
	bool stopping = l->stopping;
	(void)pthread_mutex_unlock(&l->lock);
	return stopping;
}

static void *watch(void *arg)
{
	struct api_http_lanes *l = arg;
	int64_t seen = store_change(l->store);

	while (!is_stopping(l)) {
		int64_t now = store_wait_change(l->store, seen, WAKE_MS);
		wake_polls(l, now, false);
		if (now != seen)
			(void)nanosleep(
			    &(struct timespec){ .tv_nsec = WAKE_GAP_MS * 1000000 },
			    NULL);
		seen = now;
	}
	wake_polls(l, 0, true);
	return NULL;
}

struct api_http_lanes *api_http_lanes_new(struct store *store, unsigned polls_max)
{
	struct api_http_lanes *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->wake, NULL);
	l->store = store;
	l->polls_max = polls_max;
	l->slow_end = &l->slow;
	while (l->slow_started < API_HTTP_SLOW_THREADS &&
	       pthread_create(&l->slow_threads[l->slow_started], NULL, work, l) == 0)
		l->slow_started++;
	l->poll_started = pthread_create(&l->poll_thread, NULL, watch, l) == 0;
	if (l->slow_started < API_HTTP_SLOW_THREADS || !l->poll_started) {
		api_http_lanes_stop(l);
		api_http_lanes_free(l);
		return NULL;
	}
	return l;
}

void api_http_lanes_stop(struct api_http_lanes *l)
{
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	(void)pthread_cond_broadcast(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
	for (unsigned i = 0; i < l->slow_started; i++)
		(void)pthread_join(l->slow_threads[i], NULL);
	if (l->poll_started)
		(void)pthread_join(l->poll_thread, NULL);
	l->slow_started = 0;
	l->poll_started = false;
}

void api_http_lanes_free(struct api_http_lanes *l)
{
	if (!l)
		return;
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

bool api_http_lanes_slow(struct api_http_lanes *l, struct api_http_exchange *x)
{
	(void)pthread_mutex_lock(&l->lock);
	bool room = !l->stopping && l->slow_n < API_HTTP_SLOW_QUEUE;
	if (room) {
		MHD_suspend_connection(x->connection);
		x->state = API_HTTP_AWAY;
		x->next = NULL;
		*l->slow_end = x;
		l->slow_end = &x->next;
		l->slow_n++;
		(void)pthread_cond_signal(&l->wake);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return room;
}

/* Whether there is room for one more waiting page.  Beyond API_HTTP_POLLS of one session the
 * one that has waited longest gives way, at the watcher's next round: most likely nobody
 * looks at that page any more, which a waiting connection cannot tell. */
static bool poll_room(const struct api_http_lanes *l, const struct api_http_exchange *x)
{
	struct api_http_exchange *oldest = NULL;
	unsigned own = 0, leaving = 0;

	if (l->stopping || l->polls_n >= l->polls_max)
		return false;
	for (struct api_http_exchange *y = l->polls; y; y = y->next) {
		if (strcmp(y->q.scope.session, x->q.scope.session) != 0)
			continue;
		if (y->until_ms == 0) {
			leaving++;
			continue;
		}
		own++;
		if (!oldest || y->until_ms < oldest->until_ms)
			oldest = y;
	}
	if (own < API_HTTP_POLLS)
		return true;
	if (leaving >= 4 * API_HTTP_POLLS)
		return false; /* no person, and no browser either */
	oldest->until_ms = 0;
	return true;
}

bool api_http_lanes_poll(struct api_http_lanes *l, struct api_http_exchange *x)
{
	(void)pthread_mutex_lock(&l->lock);
	bool room = poll_room(l, x);
	if (room) {
		MHD_suspend_connection(x->connection);
		x->state = API_HTTP_AWAY;
		x->since = x->a.wait_since;
		x->a.wait = false;
		if (!x->polls)
			x->until_ms = api_http_now_ms() + API_LIVE_MS;
		x->polls = true;
		x->next = l->polls;
		l->polls = x;
		l->polls_n++;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return room;
}
