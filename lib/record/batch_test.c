/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include "tests/check.h"

#include <stdlib.h>

static void a_batch_comes_back(void)
{
	const char *text = "{\"event_type\":\"alert\"}\n{\"event_type\":\"gate\"}\n";
	struct buf packed, lines;

	buf_init(&packed, 4096);
	buf_init(&lines, 4096);
	check_eq(record_batch_pack(span_text(text), &packed), 0);
	check_eq(record_batch_unpack(buf_span(&packed), &lines), 0);
	check_text(buf_text(&lines), text);
	buf_fini(&packed);
	buf_fini(&lines);
}

static void a_bomb_is_refused(void)
{
	size_t len = RECORD_BATCH_BYTES_MAX;
	char *zeros = calloc(1, len + 1);
	struct buf packed, lines;

	buf_init(&packed, 1u << 20);
	buf_init(&lines, 100000);
	check_eq(record_batch_pack(span_of(zeros, len + 1), &packed), FAIL_LIMIT);
	check_eq(record_batch_pack(span_of(zeros, len), &packed), 0);
	check(packed.len < 10000);
	check_eq(record_batch_unpack(buf_span(&packed), &lines), FAIL_LIMIT);
	check(lines.len <= 100000);
	memset(zeros, '\n', RECORD_BATCH_RECORDS_MAX + 1);
	check_eq(
	    record_batch_pack(span_of(zeros, RECORD_BATCH_RECORDS_MAX + 1), &packed),
	    FAIL_LIMIT);
	buf_fini(&packed);
	buf_fini(&lines);
	free(zeros);
}

static void what_is_broken_is_refused(void)
{
	struct buf packed, lines;

	buf_init(&packed, 4096);
	buf_init(&lines, 4096);
	check_eq(
	    record_batch_unpack(span_text("not zstd at all"), &lines), FAIL_FORMAT);
	check_eq(record_batch_unpack(span_of(NULL, 0), &lines), FAIL_FORMAT);
	check_eq(record_batch_pack(span_text("{}\n"), &packed), 0);
	check_eq(record_batch_unpack(span_of(packed.at, packed.len - 1), &lines),
	    FAIL_FORMAT);
	buf_add_byte(&packed, 0);
	check_eq(record_batch_unpack(buf_span(&packed), &lines), FAIL_FORMAT);
	buf_fini(&packed);
	buf_fini(&lines);
}

CHECK_MAIN(a_batch_comes_back, a_bomb_is_refused, what_is_broken_is_refused)
