/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/internal.h"
#include "lib/base/clock.h"

#include <stdlib.h>
#include <time.h>

/* A recording, as if it happened now: the first frame comes at once, each later one when as
 * much time has passed as when it was recorded, and all carry the time of today.  Behind the
 * last frame nothing comes any more, like a line on which nobody speaks. */
struct paced_capture {
	struct capture base;
	struct capture *file;
	struct packet ahead; /* read, but its time has not come */
	bool has_ahead, over;
	int64_t shift_us; /* today minus then */
};

static struct paced_capture *of(struct capture *c)
{
	return (struct paced_capture *)c;
}

static void wait_us(int64_t us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL); /* a signal may end it early */
}

/* A signal or the end of patience: the frame stays for the next call. */
static int come(struct paced_capture *p, struct packet *pkt, int wait_ms)
{
	int64_t left = p->ahead.time_us + p->shift_us - clock_now_us();

	if (left > wait_ms * 1000LL) {
		wait_us(wait_ms * 1000LL);
		return CAPTURE_NONE;
	}
	if (left > 0)
		wait_us(left);
	*pkt = p->ahead;
	pkt->time_us += p->shift_us;
	p->has_ahead = false;
	return CAPTURE_FRAME;
}

static int next(struct capture *c, struct packet *pkt, int wait_ms, struct buf *why)
{
	struct paced_capture *p = of(c);

	if (!p->has_ahead && !p->over) {
		bool first = capture_counts(p->file).frames == 0;
		int got = capture_next(p->file, &p->ahead, 0, why);
		if (got < 0)
			return got;
		p->over = got == CAPTURE_END;
		p->has_ahead = got == CAPTURE_FRAME;
		if (first && p->has_ahead)
			p->shift_us = clock_now_us() - p->ahead.time_us;
	}
	if (p->has_ahead)
		return come(p, pkt, wait_ms);
	wait_us(wait_ms * 1000LL);
	return CAPTURE_NONE;
}

static void close_paced(struct capture *c)
{
	capture_close(of(c)->file);
	free(of(c));
}

static const struct capture_kind paced_kind = {
	.next = next,
	.close = close_paced,
};

struct capture *capture_open_paced(const char *path, struct buf *why)
{
	struct paced_capture *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->base.kind = &paced_kind;
	p->file = capture_open_file(path, why);
	if (p->file)
		return &p->base;
	free(p);
	return NULL;
}
