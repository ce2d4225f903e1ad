/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND_US  INT64_C(1000000)
#define FORGET_US  (3600 * SECOND_US)
#define FRESH_US   (600 * SECOND_US) /* an event that cannot have waited long */
#define OVERLAP_US (60 * SECOND_US)
#define PROOFS     3

/* When a spool was opened stands in its name (gate/uplink/spool.c): seconds since 1970 in
 * hex, then eight random digits.  0: another kind of name. */
static int64_t opened_us(const char *boot)
{
	char *end;

	if (strlen(boot) != 16 || strspn(boot, "0123456789abcdef") != 16)
		return 0;
	uint64_t both = strtoull(boot, &end, 16);
	return (int64_t)(both >> 32) * SECOND_US;
}

static int64_t newest_us(const struct batch *b)
{
	int64_t newest = 0;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->events[i].clock != EVENT_CLOCK_IMPOSSIBLE &&
		    b->events[i].at_us > newest)
			newest = b->events[i].at_us;
	return newest;
}

/* After a restart a gate sends what its last life left beside what is new.  Two lives that
 * both go on are two gates: the older one still records after the younger one began. */
static bool both_live(const struct ingest_place *p, const struct batch *b)
{
	int64_t now_us = b->clock_us ? b->clock_us : b->taken_us;
	int64_t newest = newest_us(b);
	int64_t one = opened_us(b->boot), other = opened_us(p->boot);

	if (newest < now_us - FRESH_US)
		return false;
	if (!one || !other) /* not our spool: only the addresses can tell */
		return b->peer && strcmp(b->peer, p->peer) != 0;
	/* The younger one records now in any case: only the older can tell. */
	return one < other && newest > other + OVERLAP_US;
}

bool ingest_place_note(struct ingest_place *p, const struct batch *b)
{
	const char *peer = b->peer ? b->peer : "";
	bool returned = strcmp(b->boot, p->boot_before) == 0 && both_live(p, b);

	if (strcmp(b->boot, p->boot) == 0) {
		snprintf(p->peer, sizeof(p->peer), "%s", peer);
		return false;
	}
	memcpy(p->boot_before, p->boot, sizeof(p->boot));
	memcpy(p->peer_before, p->peer, sizeof(p->peer));
	snprintf(p->boot, sizeof(p->boot), "%s", b->boot);
	snprintf(p->peer, sizeof(p->peer), "%s", peer);
	if (!returned)
		return false;
	if (b->taken_us - p->return_us > FORGET_US || b->taken_us < p->return_us)
		p->returns = 0;
	p->return_us = b->taken_us;
	return ++p->returns % PROOFS == 0;
}
