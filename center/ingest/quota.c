/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

#include <pthread.h>
#include <stdlib.h>

/* Even an empty batch costs a commit. */
#define BATCH_COST 20
#define GATES_MAX  65536u /* a power of two */
#define PROBES_MAX 32u

/* What a gate may still send; filled up by the clock.  May go below zero: how many records
 * a batch holds is known only afterwards. */
struct bucket {
	int64_t gate_id; /* 0: free */
	int64_t level, at_us;
};

struct ingest_quota {
	pthread_mutex_t lock;
	unsigned per_s, burst;
	struct bucket buckets[GATES_MAX];
};

struct ingest_quota *ingest_quota_new(unsigned per_s, unsigned burst)
{
	struct ingest_quota *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	q->per_s = per_s;
	q->burst = burst;
	return q;
}

void ingest_quota_free(struct ingest_quota *q)
{
	if (!q)
		return;
	pthread_mutex_destroy(&q->lock);
	free(q);
}

/* The gate's bucket; in a crowded table the one that rested longest is given away (it is
 * full again, or nearly). */
static struct bucket *bucket_of(struct ingest_quota *q, int64_t gate_id, int64_t now_us)
{
	uint64_t at = (uint64_t)gate_id * UINT64_C(0x9e3779b97f4a7c15) >> 40;
	struct bucket *oldest = NULL;

	for (unsigned i = 0; i < PROBES_MAX; i++) {
		struct bucket *b = &q->buckets[(at + i) & (GATES_MAX - 1)];
		if (b->gate_id == gate_id)
			return b;
		if (!b->gate_id) {
			oldest = b;
			break;
		}
		if (!oldest || b->at_us < oldest->at_us)
			oldest = b;
	}
	*oldest = (struct bucket){ gate_id, q->burst, now_us };
	return oldest;
}

static void fill(struct ingest_quota *q, struct bucket *b, int64_t now_us)
{
	/* A clock that was set back: count from here, or nothing comes in until then. */
	if (now_us < b->at_us)
		b->at_us = now_us;
	int64_t more = (now_us - b->at_us) / 1000 * q->per_s / 1000;

	if (more <= 0)
		return;
	b->level =
	    b->level + more < (int64_t)q->burst ? b->level + more : (int64_t)q->burst;
	b->at_us = now_us;
}

unsigned ingest_quota_wait(struct ingest_quota *q, int64_t gate_id, int64_t now_us)
{
	unsigned wait_s = 0;

	pthread_mutex_lock(&q->lock);
	struct bucket *b = bucket_of(q, gate_id, now_us);
	fill(q, b, now_us);
	if (b->level <= 0)
		wait_s = (unsigned)(-b->level / q->per_s) + 1;
	pthread_mutex_unlock(&q->lock);
	return wait_s;
}

unsigned ingest_quota_left(struct ingest_quota *q, int64_t gate_id, int64_t now_us)
{
	pthread_mutex_lock(&q->lock);
	struct bucket *b = bucket_of(q, gate_id, now_us);
	fill(q, b, now_us);
	int64_t left = b->level > 0 ? b->level * 100 / q->burst : 0;
	pthread_mutex_unlock(&q->lock);
	return (unsigned)left;
}

void ingest_quota_note(
    struct ingest_quota *q, int64_t gate_id, unsigned records, int64_t now_us)
{
	pthread_mutex_lock(&q->lock);
	struct bucket *b = bucket_of(q, gate_id, now_us);
	fill(q, b, now_us);
	b->level -= BATCH_COST + (int64_t)records;
	pthread_mutex_unlock(&q->lock);
}
