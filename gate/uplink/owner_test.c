/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "tests/check.h"
#include "tests/tempdir.h"

static const char line[] = "{\"event_type\":\"gate\"}";

static void put(struct uplink_spool *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		check_eq(uplink_spool_put(s, 0, span_text(line)), 0);
}

static struct uplink_spool *open_spool(const char *dir)
{
	struct uplink_spool_conf conf = { .dir = dir };

	return uplink_spool_open(&conf);
}

/* Batches that would be sent. */
static unsigned waiting(struct uplink_reader *r)
{
	struct uplink_segment s;
	struct buf packed;
	unsigned n = 0;

	buf_init(&packed, UPLINK_READY_MAX);
	while (uplink_reader_next(r, &s, &packed) == 0) {
		n += s.records;
		check_eq(uplink_reader_done(r, &s), 0);
	}
	buf_fini(&packed);
	return n;
}

static uint64_t bind_to(struct uplink_reader *r, const char *owner)
{
	uint64_t dropped = 99;

	check_eq(uplink_reader_bind(r, owner, &dropped), 0);
	return dropped;
}

static void the_same_owner_loses_nothing(void)
{
	char dir[64];
	struct uplink_spool *s = open_spool(tempdir_make(dir));

	put(s, 3);
	uplink_spool_close(s);
	struct uplink_reader *r = uplink_reader_open(dir);
	check_eq(bind_to(r, "a gate-1"), 0);
	uplink_reader_close(r);
	r = uplink_reader_open(dir);
	check_eq(bind_to(r, "a gate-1"), 0);
	check_eq(waiting(r), 3);
	uplink_reader_close(r);
	tempdir_remove(dir);
}

/* Not even what the writer had open when the gate was enrolled for somebody else. */
static void another_owner_gets_nothing_of_the_first(void)
{
	char dir[64];
	struct uplink_spool *s = open_spool(tempdir_make(dir));

	put(s, 3);
	uplink_spool_close(s);
	s = open_spool(dir);
	put(s, 2);
	struct uplink_reader *r = uplink_reader_open(dir);
	check_eq(bind_to(r, "a gate-1"), 0);
	check_eq(bind_to(r, "a gate-2"), 3);
	uplink_reader_close(r);
	r = uplink_reader_open(dir);
	check_eq(bind_to(r, "a gate-2"), 0);
	uplink_spool_close(s); /* now what was open is closed */
	check_eq(waiting(r), 0);
	check_eq(bind_to(r, "a gate-2"), 2);
	s = open_spool(dir);
	put(s, 4);
	uplink_spool_close(s);
	check_eq(uplink_reader_tell(r, 1, span_text(line)), 0);
	check_eq(waiting(r), 5);
	uplink_reader_close(r);
	tempdir_remove(dir);
}

CHECK_MAIN(the_same_owner_loses_nothing, another_owner_gets_nothing_of_the_first)
