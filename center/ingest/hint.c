/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"

#define SLOW_COMMIT_MS 500
#define BAD_COMMIT_MS  2000
#define QUEUE_LONG     128u
#define PER_QUEUED_MS  10u
#define NEXT_MOST_MS   30000u
#define RECORDS_LEAST  2000u

static unsigned at_least(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

bool ingest_hint_make(const struct ingest_load *load, struct ingest_hint *h)
{
	*h = (struct ingest_hint){ 0 };
	if (load->commit_ms > SLOW_COMMIT_MS)
		h->next_after_ms = load->commit_ms > NEXT_MOST_MS / 4
				       ? NEXT_MOST_MS
				       : (unsigned)load->commit_ms * 4;
	if (load->suspended > QUEUE_LONG)
		h->next_after_ms =
		    at_least(h->next_after_ms, load->suspended * PER_QUEUED_MS);
	if (load->held_percent > 50)
		h->next_after_ms = at_least(h->next_after_ms, 2000);
	if (load->quota_percent < 25)
		h->next_after_ms = at_least(h->next_after_ms, 5000);
	h->aggregate = load->commit_ms > BAD_COMMIT_MS || load->quota_percent < 50;
	if (load->commit_ms > BAD_COMMIT_MS || load->quota_percent < 25)
		h->max_records = RECORDS_LEAST;
	if (h->next_after_ms > NEXT_MOST_MS)
		h->next_after_ms = NEXT_MOST_MS;
	return h->next_after_ms || h->max_records || h->aggregate;
}
