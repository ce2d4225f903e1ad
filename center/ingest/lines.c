/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#define BUCKETS 4096u

/* Handshake and the first request's head; what a line of a small office manages; until the
 * writer is done; between two requests (the daemon ends those that rest longer). */
#define HEAD_MS      20000
#define BODY_MS      15000
#define BYTES_PER_MS 16u
#define WAIT_MS      600000
#define REST_MS      (75000 + HEAD_MS)

struct ingest_line {
	struct ingest_line *next, **before; /* of its bucket */
	struct addr from;
	int fd;
	int64_t until_ms;
};

struct ingest_lines {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	unsigned per_address;
	bool stopping;
	struct ingest_line *buckets[BUCKETS];
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One customer has one IPv4 address or one /64. */
static struct addr who(const struct sockaddr *sa)
{
	struct addr a = ingest_peer_addr(sa);

	if (a.version == 6)
		memset(a.bytes + 8, 0, 8);
	return a;
}

/* What comes from this machine is a proxy in front, or a test. */
static bool is_own(const struct addr *a)
{
	static const uint8_t six[8] = { 0 };

	return a->version == 0 || (a->version == 4 && a->bytes[0] == 127) ||
	       (a->version == 6 && memcmp(a->bytes, six, 8) == 0);
}

static struct ingest_line **bucket_of(struct ingest_lines *l, const struct addr *a)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(a->bytes); i++)
		h = (h ^ a->bytes[i]) * 16777619u;
	return &l->buckets[(h ^ h >> 16) & (BUCKETS - 1)];
}

/* Once a second: whoever is over time is hung up on.  The descriptor is alive, because a
 * line leaves before its socket is closed; the daemon does the closing. */
static void *walk(void *arg)
{
	struct ingest_lines *l = arg;

	(void)pthread_mutex_lock(&l->lock);
	while (!l->stopping) {
		struct timespec until;
		int64_t now = now_ms();
		for (unsigned b = 0; b < BUCKETS; b++)
			for (struct ingest_line *i = l->buckets[b]; i; i = i->next)
				if (i->until_ms <= now)
					(void)shutdown(i->fd, SHUT_RDWR);
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		(void)pthread_cond_timedwait(&l->wake, &l->lock, &until);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

struct ingest_lines *ingest_lines_new(unsigned per_address)
{
	struct ingest_lines *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;

	if (!l)
		return NULL;
	l->per_address = per_address;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&l->thread, NULL, walk, l) == 0)
		return l;
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

void ingest_lines_free(struct ingest_lines *l)
{
	if (!l)
		return;
	(void)pthread_mutex_lock(&l->lock);
	l->stopping = true;
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
	(void)pthread_join(l->thread, NULL);
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

bool ingest_lines_room(struct ingest_lines *l, const struct sockaddr *from)
{
	struct addr a = who(from);
	unsigned n = 0;

	if (!l->per_address || is_own(&a))
		return true;
	(void)pthread_mutex_lock(&l->lock);
	for (struct ingest_line *i = *bucket_of(l, &a); i; i = i->next)
		n += addr_equal(&i->from, &a);
	(void)pthread_mutex_unlock(&l->lock);
	return n < l->per_address;
}

struct ingest_line *ingest_lines_enter(
    struct ingest_lines *l, int fd, const struct sockaddr *from)
{
	struct ingest_line *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->fd = fd;
	i->from = who(from);
	i->until_ms = now_ms() + HEAD_MS;
	(void)pthread_mutex_lock(&l->lock);
	i->before = bucket_of(l, &i->from);
	i->next = *i->before;
	if (i->next)
		i->next->before = &i->next;
	*i->before = i;
	(void)pthread_mutex_unlock(&l->lock);
	return i;
}

void ingest_lines_leave(struct ingest_lines *l, struct ingest_line *i)
{
	if (!i)
		return;
	(void)pthread_mutex_lock(&l->lock);
	*i->before = i->next;
	if (i->next)
		i->next->before = i->before;
	(void)pthread_mutex_unlock(&l->lock);
	free(i);
}

static void set_until(struct ingest_lines *l, struct ingest_line *i, int64_t ms)
{
	if (!i)
		return;
	(void)pthread_mutex_lock(&l->lock);
	i->until_ms = now_ms() + ms;
	(void)pthread_mutex_unlock(&l->lock);
}

void ingest_lines_reads(struct ingest_lines *l, struct ingest_line *i, size_t bytes)
{
	set_until(l, i, BODY_MS + (int64_t)(bytes / BYTES_PER_MS));
}

void ingest_lines_waits(struct ingest_lines *l, struct ingest_line *i)
{
	set_until(l, i, WAIT_MS);
}

void ingest_lines_rests(struct ingest_lines *l, struct ingest_line *i)
{
	set_until(l, i, REST_MS);
}
