/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "center/ingest/internal.h"
#include "center/ingest/unpack.h"

#define NOW_US (INT64_C(1795226400) * 1000000)

/* What a forwarder may post.  Invariants: what was unpacked stays in bounds; every line is
 * taken, counted or refused, and none twice; what is kept is JSON that the centre reads as
 * the same event again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct batch b = { .eve = true, .home = "192.0.2.0/24, 2001:db8::/32" };
	struct buf lines, kept;
	int64_t seen = 0;

	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	if (ingest_unpack(span_of(bytes, len), &lines) < 0) {
		buf_fini(&lines);
		return 0;
	}
	must(lines.len <= RECORD_BATCH_BYTES_MAX);
	uint32_t most = 1;
	for (size_t i = 0; i < lines.len; i++)
		most += lines.at[i] == '\n';
	buf_init(&kept, RECORD_JSON_MAX);
	if (ingest_batch_lines(&b, buf_span(&lines), NOW_US) == 0) {
		for (uint32_t i = 0; i < b.counted_n; i++)
			seen += b.counted[i].events;
		/* A gate's heartbeat says itself how many it counted. */
		bool says = memmem(lines.at, lines.len, "counted", 7) != NULL;
		must(says || b.n + b.refused_n + seen <= most);
		for (uint32_t i = 0; i < b.n; i++) {
			json_error_t where;
			buf_clear(&kept);
			must(b.events[i].when_us <= NOW_US);
			must(store_unpack_text(b.events[i].eve, &kept) == 0);
			json_t *eve =
			    json_loadb((const char *)kept.at, kept.len, 0, &where);
			must(eve != NULL);
			json_decref(eve);
		}
	}
	buf_fini(&kept);
	buf_fini(&lines);
	ingest_batch_fini(&b);
	return 0;
}
