/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#define SPOOL_MAX         (256u << 20)
#define SPOOL_BATCH_BYTES (256u << 10)
#define SPOOL_BATCH_MS    1000u
#define SPOOL_RECORDS_MAX 5000u /* of one segment; two of them still make one batch */
#define SPOOL_BLOCK       4096u
#define SPOOL_CALM_US     60000000 /* without trouble, until it is said to be over */

/* The open segment of one severity: kept apart so that room can be made by severity. */
struct part {
	int fd; /* −1: none */
	struct uplink_segment segment;
	uint64_t len;
	int64_t since_us; /* first tick that saw it; 0: none yet */
};

struct uplink_spool {
	struct uplink_spool_conf conf;
	int dir, lock;
	uint64_t boot;
	uint32_t seq;
	struct part parts[UPLINK_SEVERITIES];
	uint64_t
	    bytes; /* at most that much is on the disk: the reader only takes away */
	uint64_t lost;
	bool full, failing; /* said so: its limit, the disk */
	int64_t trouble_us; /* the last time of either */
};

uint64_t uplink_boot_make(void)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (uint32_t)getpid();
	return (uint64_t)(clock_now_us() / 1000000) << 32 | random;
}

/* What is there from before, closed; and how much it is. */
static int take_over(struct uplink_spool *s)
{
	struct uplink_list l;
	int fail = uplink_list_read(&l, s->dir);

	if (!fail)
		fail = uplink_recover(s->dir, &l);
	for (size_t i = 0; i < l.count; i++)
		s->bytes += l.at[i].bytes;
	uplink_list_fini(&l);
	return fail;
}

struct uplink_spool *uplink_spool_open(const struct uplink_spool_conf *conf)
{
	struct uplink_spool *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = *conf;
	s->conf.max_bytes = conf->max_bytes ? conf->max_bytes : SPOOL_MAX;
	s->conf.batch_bytes = conf->batch_bytes ? conf->batch_bytes : SPOOL_BATCH_BYTES;
	s->conf.batch_ms = conf->batch_ms ? conf->batch_ms : SPOOL_BATCH_MS;
	s->boot = uplink_boot_make();
	for (unsigned i = 0; i < UPLINK_SEVERITIES; i++)
		s->parts[i].fd = -1;
	s->lock = -1;
	s->dir = uplink_dir_open(conf->dir);
	if (s->dir < 0)
		goto fail;
	s->lock = uplink_dir_lock(s->dir, conf->dir, "writer.lock");
	if (s->lock < 0 || take_over(s) < 0)
		goto fail;
	return s;
fail:
	uplink_spool_close(s);
	return NULL;
}

static int close_part(struct uplink_spool *s, struct part *p)
{
	struct uplink_segment closed = p->segment;
	int fail = 0;

	if (p->fd < 0)
		return 0;
	close(p->fd);
	p->fd = -1;
	closed.state = UPLINK_CLOSED;
	struct uplink_segment open = p->segment;
	open.records = 0; /* the name it was born with */
	if (closed.records == 0)
		fail = uplink_segment_unlink(s->dir, &open);
	else
		fail = uplink_segment_rename(s->dir, &open, &closed);
	return fail;
}

void uplink_spool_close(struct uplink_spool *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < UPLINK_SEVERITIES; i++)
		if (close_part(s, &s->parts[i]) < 0)
			log_warn(
			    "G069", "the next start recovers what could not be closed");
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

uint64_t uplink_spool_lost(const struct uplink_spool *s)
{
	return s->lost;
}

unsigned uplink_spool_percent(const struct uplink_spool *s)
{
	struct uplink_list l;
	uint64_t bytes = 0;

	if (uplink_list_read(&l, s->dir) == 0)
		for (size_t i = 0; i < l.count; i++)
			bytes += l.at[i].bytes;
	uplink_list_fini(&l);
	return bytes >= s->conf.max_bytes ? 100
					  : (unsigned)(bytes * 100 / s->conf.max_bytes);
}

int uplink_spool_tick(struct uplink_spool *s, int64_t now_us)
{
	int fail = 0;

	for (unsigned i = 0; i < UPLINK_SEVERITIES; i++) {
		struct part *p = &s->parts[i];
		if (p->fd < 0)
			continue;
		int64_t age_us = p->since_us ? now_us - p->since_us : 0;
		if (!p->since_us)
			p->since_us = now_us;
		/* A clock that was set back must not keep records here. */
		if (age_us >= (int64_t)s->conf.batch_ms * 1000 || age_us < 0)
			fail = close_part(s, p) < 0 ? FAIL_IO : fail;
	}
	return fail;
}

/* --- room --- */

/* The oldest of the least severe, not above `severity`; our own open parts are spared. */
static struct uplink_segment *pick_victim(struct uplink_list *l, unsigned severity)
{
	struct uplink_segment *victim = NULL;

	for (size_t i = 0; i < l->count; i++) {
		struct uplink_segment *s = &l->at[i];
		if (s->bytes == 0 || s->state == UPLINK_PART || s->severity > severity)
			continue;
		if (!victim || s->severity < victim->severity)
			victim = s;
	}
	return victim;
}

static void say_full(struct uplink_spool *s)
{
	if (!s->full)
		log_warn("G070",
		    "the spool %s is full: the oldest of the least severe records are given "
		    "up; see whether the centre is reached",
		    s->conf.dir);
	s->full = true;
	s->trouble_us = clock_now_us();
}

static void say_failing(struct uplink_spool *s, int error)
{
	if (!s->failing)
		log_error("G072",
		    "cannot write to the spool %s: %s; the oldest of the least severe records are "
		    "given up; see whether the disk has room (df %s)",
		    s->conf.dir, strerror(error), s->conf.dir);
	s->failing = true;
	s->trouble_us = clock_now_us();
}

/* A minute later: at the limit every other record fits. */
static void say_well_again(struct uplink_spool *s)
{
	if (!s->full && !s->failing)
		return;
	int64_t calm_us = clock_now_us() - s->trouble_us;
	if (calm_us >= 0 && calm_us < SPOOL_CALM_US)
		return;
	log_info("G071", "the spool has room again; %llu records were given up",
	    (unsigned long long)s->lost);
	s->full = s->failing = false;
}

/* Looks what the reader has left, then deletes until at most `keep` bytes are there, and
 * `least` segments in any case.  FAIL_LIMIT: the rest is more severe. */
static int make_room(
    struct uplink_spool *s, unsigned severity, uint64_t keep, unsigned least)
{
	struct uplink_list l;
	unsigned deleted = 0;
	int fail = uplink_list_read(&l, s->dir);

	s->bytes = 0;
	for (size_t i = 0; i < l.count; i++)
		s->bytes += l.at[i].bytes;
	while (!fail && (s->bytes > keep || deleted < least)) {
		struct uplink_segment *victim = pick_victim(&l, severity);
		if (!victim) {
			fail = FAIL_LIMIT;
			break;
		}
		fail = uplink_segment_unlink(s->dir, victim);
		s->lost += victim->records;
		s->bytes -= victim->bytes;
		victim->bytes = 0;
		deleted++;
	}
	uplink_list_fini(&l);
	return fail;
}

/* Some sixteenth at once: listing the directory for every record would be slow. */
static int fit_bounds(struct uplink_spool *s, unsigned severity, uint64_t need)
{
	uint64_t max = s->conf.max_bytes;

	if (s->bytes + need <= max)
		return 0;
	uint64_t margin = max / 16 > need ? max / 16 : need;
	int fail = make_room(s, severity, max > margin ? max - margin : 0, 0);
	if (s->bytes + need > max - max / 8)
		say_full(s); /* not when the reader had made room meanwhile */
	if (fail && fail != FAIL_LIMIT)
		return fail;
	return s->bytes + need <= max ? 0 : FAIL_LIMIT;
}

/* --- writing --- */

static int open_part(struct uplink_spool *s, struct part *p, unsigned severity)
{
	char name[UPLINK_NAME_ROOM];

	p->segment = (struct uplink_segment){
		.boot = s->boot, .first = s->seq, .last = s->seq, .severity = severity
	};
	p->len = 0;
	p->since_us = 0;
	uplink_segment_name(&p->segment, name);
	p->fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (p->fd < 0)
		return FAIL_IO;
	s->seq++;
	return 0;
}

/* One write per record; what did not fit whole is taken back. */
static int append(struct uplink_spool *s, unsigned severity, struct span json)
{
	struct part *p = &s->parts[severity];
	static char newline[] = "\n";
	struct iovec piece[2] = { { (void *)(uintptr_t)json.at, json.len },
		{ newline, 1 } };

	if (p->fd < 0 && open_part(s, p, severity) < 0)
		return FAIL_IO;
	ssize_t n = pwritev(p->fd, piece, 2, (off_t)p->len);
	if (n == (ssize_t)json.len + 1) {
		s->bytes += (p->len + (uint64_t)n + SPOOL_BLOCK - 1) / SPOOL_BLOCK *
				SPOOL_BLOCK -
			    (p->len + SPOOL_BLOCK - 1) / SPOOL_BLOCK * SPOOL_BLOCK;
		p->len += (uint64_t)n;
		p->segment.records++;
		return 0;
	}
	int error = n < 0 ? errno : ENOSPC;
	if (n > 0 && ftruncate(p->fd, (off_t)p->len) < 0)
		error = errno; /* the next record overwrites it, or recovery drops it */
	errno = error;
	return FAIL_IO;
}

static int append_or_make_room(
    struct uplink_spool *s, unsigned severity, struct span json)
{
	if (append(s, severity, json) == 0)
		return 0;
	int error = errno;
	say_failing(s, error);
	if ((error == ENOSPC || error == EDQUOT) &&
	    make_room(s, severity, UINT64_MAX, 1) == 0 &&
	    append(s, severity, json) == 0)
		return 0;
	return FAIL_IO;
}

int uplink_spool_put(struct uplink_spool *s, unsigned severity, struct span json)
{
	must(severity < UPLINK_SEVERITIES);
	must(
	    json.len < RECORD_JSON_MAX && json.len && !memchr(json.at, '\n', json.len));
	struct part *p = &s->parts[severity];
	int fail = fit_bounds(s, severity, json.len + 1u + SPOOL_BLOCK);
	if (!fail)
		fail = append_or_make_room(s, severity, json);
	if (fail) {
		s->lost++;
		return fail;
	}
	say_well_again(s);
	if (p->len >= s->conf.batch_bytes || p->segment.records >= SPOOL_RECORDS_MAX)
		return close_part(s, p);
	return 0;
}
