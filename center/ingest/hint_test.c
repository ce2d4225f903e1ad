/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "center/ingest/unpack.h"

#include "tests/check.h"

static void calm_has_no_hint(void)
{
	struct ingest_load load = { .quota_percent = 100, .commit_ms = 20 };
	struct ingest_hint h;

	check(!ingest_hint_make(&load, &h));
	load.suspended = 100;
	load.held_percent = 50;
	load.quota_percent = 50;
	check(!ingest_hint_make(&load, &h));
}

static void a_slow_disk_asks_for_patience(void)
{
	struct ingest_load load = { .quota_percent = 100, .commit_ms = 800 };
	struct ingest_hint h;

	check(ingest_hint_make(&load, &h));
	check_eq(h.next_after_ms, 3200);
	check(!h.aggregate && !h.max_records);
	load.commit_ms = INT64_MAX;
	check(ingest_hint_make(&load, &h));
	check_eq(h.next_after_ms, 30000);
	check(h.aggregate && h.max_records == 2000);
}

static void a_flood_is_to_be_counted_together(void)
{
	struct ingest_load load = { .quota_percent = 40 };
	struct ingest_hint h;

	check(ingest_hint_make(&load, &h));
	check(h.aggregate && !h.next_after_ms && !h.max_records);
	load.quota_percent = 0;
	check(ingest_hint_make(&load, &h));
	check(h.aggregate && h.next_after_ms == 5000 && h.max_records == 2000);
	load.suspended = 4000;
	check(ingest_hint_make(&load, &h));
	check_eq(h.next_after_ms, 30000);
}

static const char *unpacked(const char *body)
{
	static struct buf lines;
	static bool born;

	if (born)
		buf_fini(&lines);
	born = true;
	buf_init(&lines, 4096);
	return ingest_unpack(span_text(body), &lines) < 0 ? "no" : buf_text(&lines);
}

static void a_list_becomes_lines(void)
{
	check_text(unpacked("{\"a\":1}\n{\"b\":2}"), "{\"a\":1}\n{\"b\":2}");
	check_text(unpacked("[{\"a\":[1,2]},{\"b\":\"],\\\"\"}]\n"),
	    " {\"a\":[1,2]}\n{\"b\":\"],\\\"\"} \n");
	check_text(unpacked(" [ ] "), "     ");
	check_text(unpacked("[{\"a\":1}"), "no");
	check_text(unpacked("[{\"a\":1}] {}"), "no");
	check_text(unpacked("[\"a"), "no");
	check_text(unpacked("\x1f\x8b rubbish"), "no");
	check_text(unpacked("\x28\xb5\x2f\xfd rubbish"), "no");
}

static void networks_are_read_whole(void)
{
	struct addr_net home[INGEST_HOMES_MAX];

	check_eq(ingest_homes_parse("192.0.2.0/24, 2001:db8::/32 x", home), 2);
	check(ingest_home_ok("") && ingest_home_ok("[192.0.2.0/24,198.51.100.1]"));
	check(!ingest_home_ok("192.0.2.0/24,x") && !ingest_home_ok("192.0.2.0/33"));
}

CHECK_MAIN(calm_has_no_hint, a_slow_disk_asks_for_patience,
    a_flood_is_to_be_counted_together, a_list_becomes_lines, networks_are_read_whole)
