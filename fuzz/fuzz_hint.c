/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/uplink/internal.h"
#include "lib/record/record.h"

/* The centre's answer as the gate reads it, and lines that the gate puts together.
 * Invariants: a hint stays within its bounds whatever is said; no line is longer than the
 * lines were together with their counts, none is added, and what is no alert stays. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct uplink_hint h;
	struct buf out;
	uint32_t left, before = 0;

	uplink_hint_read(span_of(bytes, len), &h);
	must(h.next_after_ms <= 60000);
	must(h.max_records == 0 ||
	     (h.max_records >= 100 && h.max_records <= RECORD_BATCH_RECORDS_MAX));
	must(h.refused >= 0 && h.refused <= RECORD_BATCH_RECORDS_MAX);
	for (size_t i = 0; i < len; i++)
		before += bytes[i] != '\n' && (i == 0 || bytes[i - 1] == '\n');
	buf_init(&out, RECORD_BATCH_BYTES_MAX);
	uplink_aggregate(span_of(bytes, len), 2, &out, &left);
	must(left <= before && (before == 0) == (left == 0));
	buf_fini(&out);
	return 0;
}
