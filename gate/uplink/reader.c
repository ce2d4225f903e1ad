/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/record/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define READER_LIST_USES   64u /* batches from one look at the directory */
#define READER_REFUSED_MAX 100u
#define READER_FULL_US     60000000 /* until packing is tried again */
#define READER_SAME_MAX    100u     /* the centre keeps no more of an hour */

struct uplink_reader {
	int dir, lock, watch;
	struct uplink_list
	    list; /* in the order of sending; state UPLINK_PART: used up */
	unsigned uses;
	int64_t full_us; /* when the disk last had no room for a batch; 0: never */
	uint32_t records_max, same_max;
	struct uplink_owner owner;
	uint64_t dropped; /* records of an earlier owner, since that was asked last */
	uint64_t boot;    /* of what we tell ourselves; 0: nothing yet */
	uint32_t told;
};

/* Urgent first: who comes back after a week shall not queue behind the week. */
static int by_order(const void *a, const void *b)
{
	const struct uplink_segment *x = a, *y = b;
	unsigned urgent_x = x->severity == UPLINK_SEVERITIES - 1;
	unsigned urgent_y = y->severity == UPLINK_SEVERITIES - 1;

	if (urgent_x != urgent_y)
		return urgent_x ? -1 : 1;
	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static bool covers(
    const struct uplink_segment *ready, const struct uplink_segment *closed)
{
	return ready->state == UPLINK_READY && closed->state == UPLINK_CLOSED &&
	       ready->boot == closed->boot && ready->severity == closed->severity &&
	       ready->first <= closed->first && closed->last <= ready->last;
}

/* We were killed between packing and deleting: what is packed must not be packed again.
 * The list is sorted by age, so what a batch covers stands right beside it. */
static int delete_covered(
    const struct uplink_reader *r, struct uplink_list *l, size_t i)
{
	const struct uplink_segment *ready = &l->at[i];
	int fail = 0;

	for (size_t j = i ? i - 1 : 0; j < l->count && !fail; j++) {
		if (j > i &&
		    (l->at[j].boot != ready->boot || l->at[j].first > ready->last))
			break;
		if (!covers(ready, &l->at[j]))
			continue;
		fail = uplink_segment_unlink(r->dir, &l->at[j]);
		l->at[j].state = UPLINK_PART;
	}
	return fail;
}

/* What the owner before left open and its writer has closed since. */
static int delete_cut(struct uplink_reader *r, struct uplink_list *l)
{
	int fail = 0;

	for (size_t i = 0; i < l->count && r->owner.n_cuts && !fail; i++) {
		struct uplink_segment *s = &l->at[i];
		if (s->state == UPLINK_PART || !uplink_owner_cut(&r->owner, s))
			continue;
		fail = uplink_segment_unlink(r->dir, s);
		r->dropped += s->records;
		s->state = UPLINK_PART;
	}
	return fail;
}

static int look(struct uplink_reader *r)
{
	uplink_list_fini(&r->list);
	r->uses = 0;
	int fail = uplink_list_read(&r->list, r->dir);
	if (!fail)
		fail = delete_cut(r, &r->list);
	for (size_t i = 0; i < r->list.count && !fail; i++)
		if (r->list.at[i].state == UPLINK_READY)
			fail = delete_covered(r, &r->list, i);
	if (!fail && r->list.count)
		qsort(r->list.at, r->list.count, sizeof(*r->list.at), by_order);
	return fail;
}

/* Half-written batches of a killed reader. */
static void delete_half_written(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len > 4 && strcmp(e->d_name + len - 4, ".tmp") == 0)
			unlinkat(dir, e->d_name, 0);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

struct uplink_reader *uplink_reader_open(const char *path)
{
	struct uplink_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->lock = r->watch = -1;
	r->records_max = RECORD_BATCH_RECORDS_MAX;
	r->same_max = READER_SAME_MAX;
	r->dir = uplink_dir_open(path);
	if (r->dir < 0)
		goto fail;
	r->lock = uplink_dir_lock(r->dir, path, "reader.lock");
	if (r->lock < 0)
		goto fail;
	delete_half_written(r->dir);
	r->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (r->watch < 0 || inotify_add_watch(r->watch, path, IN_MOVED_TO) < 0)
		log_info("G073", "cannot watch %s (%s): it is looked at now and then",
		    path, strerror(errno));
	return r;
fail:
	uplink_reader_close(r);
	return NULL;
}

void uplink_reader_close(struct uplink_reader *r)
{
	if (!r)
		return;
	uplink_list_fini(&r->list);
	if (r->watch >= 0)
		close(r->watch);
	if (r->lock >= 0)
		close(r->lock);
	if (r->dir >= 0)
		close(r->dir);
	free(r);
}

void uplink_reader_wait(struct uplink_reader *r, uint32_t wait_ms)
{
	char events[4096];
	struct pollfd p = { .fd = r->watch, .events = POLLIN };

	if (poll(&p, 1, (int)wait_ms) <= 0)
		return;
	while (read(r->watch, events, sizeof(events)) > 0)
		r->uses = READER_LIST_USES; /* look again */
}

size_t uplink_reader_waiting(const struct uplink_reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->list.count; i++)
		n += r->list.at[i].state != UPLINK_PART;
	return n;
}

/* --- packing --- */

/* Adds the lines of one closed segment.  False when they belong into the next batch. */
static bool merge(struct uplink_reader *r, const struct uplink_segment *s, bool first,
    struct uplink_segment *into, struct buf *lines)
{
	char name[UPLINK_NAME_ROOM];
	struct buf file;
	uint32_t records, torn;
	size_t before = lines->len;

	uplink_segment_name(s, name);
	buf_init(&file, RECORD_BATCH_BYTES_MAX);
	int fail = uplink_file_read(r->dir, name, &file);
	if (!fail)
		uplink_recover_lines(buf_span(&file), lines, &records, &torn);
	buf_fini(&file);
	if (fail == FAIL_MISSING)
		return true; /* the writer made room of it */
	if (fail && first)
		return uplink_reader_refuse(r, s) ==
		       0; /* it must not block the others */
	if (fail)
		return false;
	if (!first && (lines->overflowed || lines->len > UPLINK_MERGE_BYTES ||
			  into->records + records > r->records_max)) {
		lines->len = before;
		lines->overflowed = false;
		return false;
	}
	into->last = s->last;
	into->records += records;
	return true;
}

/* Merges the closed segment at `i` with those of its kind behind it; *end is behind the last
 * that was looked at. */
static void gather(struct uplink_reader *r, size_t i, struct uplink_segment *into,
    struct buf *lines, size_t *end)
{
	size_t j = i;

	*into = r->list.at[i];
	into->state = UPLINK_READY;
	into->records = 0;
	for (; j < r->list.count && r->list.at[j].boot == into->boot; j++) {
		struct uplink_segment *s = &r->list.at[j];
		if (s->state == UPLINK_CLOSED && s->severity == into->severity &&
		    !merge(r, s, into->records == 0, into, lines))
			break;
	}
	*end = j;
}

static int delete_merged(struct uplink_reader *r, size_t i, size_t end)
{
	unsigned severity = r->list.at[i].severity;
	int fail = 0;

	for (size_t k = i; k < end && !fail; k++) {
		struct uplink_segment *s = &r->list.at[k];
		if (s->state != UPLINK_CLOSED || s->severity != severity)
			continue;
		fail = uplink_segment_unlink(r->dir, s);
		s->state = UPLINK_PART;
	}
	return fail;
}

/* A full disk must not keep us from sending, which is what frees it: renaming needs no
 * room. */
static int rename_alone(struct uplink_reader *r, size_t i)
{
	struct uplink_segment alone = r->list.at[i];

	alone.state = UPLINK_ALONE;
	int fail = uplink_segment_rename(r->dir, &r->list.at[i], &alone);
	if (!fail)
		r->list.at[i] = alone;
	return fail;
}

/* Many of the same become few that say how many they were. */
static int pack_lines(const struct uplink_reader *r, const struct uplink_segment *into,
    struct buf *lines, struct buf *packed)
{
	struct buf fewer;
	uint32_t left;
	int fail;

	if (into->records <= r->same_max)
		return record_batch_pack(buf_span(lines), packed);
	buf_init(&fewer, RECORD_BATCH_BYTES_MAX);
	uplink_aggregate(buf_span(lines), r->same_max, &fewer, &left);
	fail = record_batch_pack(buf_span(&fewer), packed);
	buf_fini(&fewer);
	return fail;
}

/* Packs the closed segment at `i` and others of its kind into one batch.  On success list
 * entry `i` is that batch (or a segment that goes alone), the others are used up. */
static int pack(struct uplink_reader *r, size_t i)
{
	struct uplink_segment into;
	char name[UPLINK_NAME_ROOM];
	struct buf lines, packed;
	size_t end;
	int fail = 0;

	if (r->full_us && clock_now_us() - r->full_us < READER_FULL_US)
		return rename_alone(r, i);
	r->full_us = 0;
	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	buf_init(&packed, UPLINK_READY_MAX);
	gather(r, i, &into, &lines, &end);
	if (into.records)
		fail = pack_lines(r, &into, &lines, &packed);
	uplink_segment_name(&into, name);
	if (into.records && !fail &&
	    uplink_file_write(r->dir, name, buf_span(&packed), false) < 0) {
		r->full_us = clock_now_us();
		fail = rename_alone(r, i);
	} else if (!fail) {
		fail = delete_merged(r, i, end);
		if (!fail && into.records)
			r->list.at[i] = into;
	}
	buf_fini(&lines);
	buf_fini(&packed);
	return fail;
}

int uplink_reader_pack_all(struct uplink_reader *r)
{
	int fail = look(r);

	for (size_t i = 0; i < r->list.count && !fail; i++)
		if (r->list.at[i].state == UPLINK_CLOSED)
			fail = pack(r, i);
	r->uses = READER_LIST_USES;
	return fail;
}

/* Index of the next to send, or the list's count. */
static size_t find_next(const struct uplink_reader *r)
{
	size_t i = 0;

	while (i < r->list.count && r->list.at[i].state == UPLINK_PART)
		i++;
	return i;
}

static int read_batch(
    struct uplink_reader *r, const struct uplink_segment *s, struct buf *packed)
{
	char name[UPLINK_NAME_ROOM];
	struct buf file, lines;
	uint32_t records, torn;

	uplink_segment_name(s, name);
	buf_clear(packed);
	if (s->state == UPLINK_READY)
		return uplink_file_read(r->dir, name, packed);
	buf_init(&file, RECORD_BATCH_BYTES_MAX);
	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	int fail = uplink_file_read(r->dir, name, &file);
	if (!fail)
		uplink_recover_lines(buf_span(&file), &lines, &records, &torn);
	if (!fail)
		fail = record_batch_pack(buf_span(&lines), packed);
	buf_fini(&file);
	buf_fini(&lines);
	return fail;
}

int uplink_reader_next(
    struct uplink_reader *r, struct uplink_segment *s, struct buf *packed)
{
	if (r->uses++ >= READER_LIST_USES || find_next(r) == r->list.count) {
		int fail = look(r);
		if (fail)
			return fail;
	}
	for (;;) {
		size_t i = find_next(r);
		if (i == r->list.count)
			return FAIL_MISSING;
		int fail = r->list.at[i].state == UPLINK_CLOSED ? pack(r, i) : 0;
		if (fail)
			return fail;
		if (r->list.at[i].state == UPLINK_PART)
			continue; /* nothing was left of it */
		*s = r->list.at[i];
		fail = read_batch(r, s, packed);
		if (fail == 0)
			return 0;
		/* Either the writer made room of it, or it is broken and must not block. */
		r->list.at[i].state = UPLINK_PART;
		if (fail != FAIL_MISSING && uplink_reader_refuse(r, s) < 0)
			return FAIL_IO;
	}
}

static void use_up(struct uplink_reader *r, const struct uplink_segment *s)
{
	for (size_t i = 0; i < r->list.count; i++)
		if (r->list.at[i].boot == s->boot && r->list.at[i].first == s->first)
			r->list.at[i].state = UPLINK_PART;
}

int uplink_reader_done(struct uplink_reader *r, const struct uplink_segment *s)
{
	use_up(r, s);
	return uplink_segment_unlink(r->dir, s);
}

static int open_refused(const struct uplink_reader *r)
{
	if (mkdirat(r->dir, "refused", 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(r->dir, "refused", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int uplink_reader_refuse(struct uplink_reader *r, const struct uplink_segment *s)
{
	char name[UPLINK_NAME_ROOM];
	struct uplink_list l;
	int refused = open_refused(r);

	uplink_segment_name(s, name);
	use_up(r, s);
	if (refused < 0 || renameat(r->dir, name, refused, name) < 0) {
		log_error("G074", "cannot put %s aside: %s; it is deleted", name,
		    strerror(errno));
		if (refused >= 0)
			close(refused);
		return uplink_segment_unlink(r->dir, s);
	}
	int fail = uplink_list_read(&l, refused);
	for (size_t i = 0; !fail && i + READER_REFUSED_MAX < l.count; i++)
		fail = uplink_segment_unlink(refused, &l.at[i]);
	uplink_list_fini(&l);
	close(refused);
	return fail;
}

void uplink_reader_limit(struct uplink_reader *r, uint32_t records, uint32_t same)
{
	r->records_max = records && records < RECORD_BATCH_RECORDS_MAX
			     ? records
			     : RECORD_BATCH_RECORDS_MAX;
	r->same_max = same ? same : READER_SAME_MAX;
}

/* --- whose it is --- */

/* Everything goes; what a writer holds open goes when it was closed. */
static int drop_all(struct uplink_reader *r, struct uplink_owner *o)
{
	struct uplink_list l;
	int fail = uplink_list_read(&l, r->dir);

	o->n_cuts = 0;
	for (size_t i = 0; i < l.count && !fail; i++) {
		struct uplink_segment *s = &l.at[i];
		if (s->state == UPLINK_PART && o->n_cuts < UPLINK_CUTS_MAX)
			o->cuts[o->n_cuts++] = (struct uplink_cut){ s->boot, s->first };
	}
	for (size_t i = 0; i < l.count && !fail; i++) {
		if (l.at[i].state == UPLINK_PART)
			continue;
		fail = uplink_segment_unlink(r->dir, &l.at[i]);
		r->dropped += l.at[i].records;
	}
	uplink_list_fini(&l);
	return fail;
}

int uplink_reader_bind(struct uplink_reader *r, const char *owner, uint64_t *dropped)
{
	struct uplink_owner o;
	int fail = uplink_owner_read(r->dir, &r->owner);
	bool same = fail == 0 && strcmp(r->owner.name, owner) == 0;

	if (fail && fail != FAIL_MISSING)
		return fail;
	bool first = fail == FAIL_MISSING;
	o = (struct uplink_owner){ .n_cuts = 0 };
	snprintf(o.name, sizeof(o.name), "%s", owner);
	fail = same || first ? 0 : drop_all(r, &o);
	if (!fail && !same) {
		fail = uplink_owner_write(r->dir, &o);
		r->owner = o;
	}
	if (!fail)
		fail = look(r);
	*dropped = r->dropped;
	r->dropped = 0;
	return fail;
}

int uplink_reader_tell(struct uplink_reader *r, unsigned severity, struct span json)
{
	char name[UPLINK_NAME_ROOM];
	struct buf line;

	if (!r->boot)
		r->boot = uplink_boot_make();
	struct uplink_segment s = { .boot = r->boot,
		.first = r->told,
		.last = r->told,
		.severity = severity,
		.records = 1,
		.state = UPLINK_CLOSED };
	buf_init(&line, RECORD_JSON_MAX);
	buf_add(&line, json.at, json.len);
	buf_add_byte(&line, '\n');
	uplink_segment_name(&s, name);
	int fail = line.overflowed
		       ? FAIL_LIMIT
		       : uplink_file_write(r->dir, name, buf_span(&line), false);
	buf_fini(&line);
	r->told += fail == 0;
	r->uses = READER_LIST_USES;
	return fail;
}
