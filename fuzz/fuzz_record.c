/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "lib/record/record.h"

static json_t *reload(const struct record *r, struct buf *b)
{
	json_error_t error;

	buf_clear(b);
	record_encode(r, b);
	return b->overflowed ? NULL
			     : json_loadb((const char *)b->at, b->len, 0, &error);
}

static void check_record(const json_t *eve, struct buf *once, struct buf *twice)
{
	static struct record r, back;
	char why[128];

	if (record_decode(eve, &r, why, sizeof(why)) < 0)
		return;
	json_t *again = reload(&r, once);
	if (once->overflowed)
		return;
	must(again != NULL);
	must(record_decode(again, &back, why, sizeof(why)) == 0);
	must(memcmp(r.has, back.has, sizeof(r.has)) == 0);
	buf_clear(twice);
	record_encode(&back, twice);
	must(once->len == twice->len && memcmp(once->at, twice->at, once->len) == 0);
	json_decref(again);
}

/* What a sensor sends.  Invariant: what was decoded is written as JSON that decodes again to
 * the same, and a batch never grows past its limit. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf once, twice;
	json_error_t error;

	buf_init(&once, RECORD_BATCH_BYTES_MAX);
	buf_init(&twice, RECORD_BATCH_BYTES_MAX);
	json_t *eve = json_loadb((const char *)bytes, len, 0, &error);
	if (eve)
		check_record(eve, &once, &twice);
	json_decref(eve);
	if (record_batch_unpack(span_of(bytes, len), &once) == 0)
		must(once.len <= RECORD_BATCH_BYTES_MAX);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
