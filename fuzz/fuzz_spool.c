/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/uplink/internal.h"
#include "lib/record/record.h"

static void check_name(const uint8_t *bytes, size_t len)
{
	char name[128] = { 0 }, again[UPLINK_NAME_ROOM];
	struct uplink_segment s;

	memcpy(name, bytes, len < sizeof(name) - 1 ? len : sizeof(name) - 1);
	if (!uplink_segment_parse(name, &s))
		return;
	must(s.severity < UPLINK_SEVERITIES && s.first <= s.last);
	uplink_segment_name(&s, again);
	must(strcmp(name, again) == 0);
}

/* What a crash left of a segment, and names of files.  Invariant: recovery keeps only whole
 * lines, never more than there were; recovering what was recovered changes nothing; a name
 * that is taken is the one we would have written. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf once, twice;
	uint32_t records, torn, again, torn_again;

	check_name(bytes, len);
	buf_init(&once, RECORD_BATCH_BYTES_MAX);
	buf_init(&twice, RECORD_BATCH_BYTES_MAX);
	uplink_recover_lines(span_of(bytes, len), &once, &records, &torn);
	must(once.len <= len && (records == 0) == (once.len == 0));
	must(once.len == 0 || once.at[once.len - 1] == '\n');
	must(once.len == len || torn > 0);
	uplink_recover_lines(buf_span(&once), &twice, &again, &torn_again);
	must(again == records && torn_again == 0 && twice.len == once.len);
	must(once.len == 0 || memcmp(once.at, twice.at, once.len) == 0);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
