/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct api_http_line {
	struct api_http_line *next, **before;
	int fd;
	int64_t until_ms;
	char target[API_TARGET_MAX];
};

struct api_http_patrol {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct api_http_line *lines;
	bool stopping;
};

int64_t api_http_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Once a second: whoever is over time is hung up on.  The descriptor is alive, because a
 * line leaves before its socket is closed; the daemon does the closing. */
static void *walk(void *arg)
{
	struct api_http_patrol *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct timespec until;
		int64_t now_ms = api_http_now_ms();
		for (struct api_http_line *l = p->lines; l; l = l->next)
			if (l->until_ms <= now_ms)
				(void)shutdown(l->fd, SHUT_RDWR);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		(void)pthread_cond_timedwait(&p->wake, &p->lock, &until);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct api_http_patrol *api_http_patrol_new(void)
{
	struct api_http_patrol *p = calloc(1, sizeof(*p));
	pthread_condattr_t monotonic;

	if (!p)
		return NULL;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&p->thread, NULL, walk, p) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

void api_http_patrol_free(struct api_http_patrol *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	(void)pthread_cond_destroy(&p->wake);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

struct api_http_line *api_http_patrol_enter(struct api_http_patrol *p, int fd)
{
	struct api_http_line *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = fd;
	l->until_ms = api_http_now_ms() + API_HTTP_READ_MS;
	(void)pthread_mutex_lock(&p->lock);
	l->next = p->lines;
	l->before = &p->lines;
	if (l->next)
		l->next->before = &l->next;
	p->lines = l;
	(void)pthread_mutex_unlock(&p->lock);
	return l;
}

void api_http_patrol_leave(struct api_http_patrol *p, struct api_http_line *l)
{
	if (!l)
		return;
	(void)pthread_mutex_lock(&p->lock);
	*l->before = l->next;
	if (l->next)
		l->next->before = l->before;
	(void)pthread_mutex_unlock(&p->lock);
	free(l);
}

static void set_until(struct api_http_patrol *p, struct api_http_line *l, int64_t ms)
{
	if (!l)
		return;
	(void)pthread_mutex_lock(&p->lock);
	l->until_ms = api_http_now_ms() + ms;
	(void)pthread_mutex_unlock(&p->lock);
}

void api_http_patrol_reads(struct api_http_patrol *p, struct api_http_line *l)
{
	/* Between two requests a browser may be quiet for as long as the daemon allows. */
	set_until(p, l, API_HTTP_IDLE_S * 1000 + API_HTTP_READ_MS);
}

void api_http_patrol_answers(struct api_http_patrol *p, struct api_http_line *l)
{
	set_until(p, l, API_HTTP_ANSWER_MS);
}

void api_http_line_keep(struct api_http_line *l, const char *target)
{
	size_t len = strlen(target);

	l->target[0] = '\0';
	if (len < sizeof(l->target))
		memcpy(l->target, target, len + 1);
}

const char *api_http_line_target(const struct api_http_line *l)
{
	return l->target;
}
