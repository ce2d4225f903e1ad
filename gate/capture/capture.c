/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/capture.h"

#include "gate/capture/internal.h"

int capture_next(struct capture *c, struct packet *pkt, int wait_ms, struct buf *why)
{
	*pkt = (struct packet){ 0 };
	int got = c->kind->next(c, pkt, wait_ms, why);
	if (got == CAPTURE_FRAME)
		pkt->number = ++c->counts.frames;
	return got;
}

void capture_verdict(struct capture *c, struct packet *pkt, enum verdict v)
{
	if (c->kind->verdict)
		c->kind->verdict(c, pkt, v);
}

struct capture_counts capture_counts(struct capture *c)
{
	if (c->kind->count)
		c->kind->count(c);
	return c->counts;
}

int capture_percent(struct capture *c)
{
	return c->kind->percent ? c->kind->percent(c) : -1;
}

void capture_close(struct capture *c)
{
	if (c)
		c->kind->close(c);
}
