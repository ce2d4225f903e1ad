/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "center/ingest/unpack.h"
#include "lib/base/clock.h"

#include <stdio.h>

/* EVE from whoever forwards it: newline-delimited objects, or one list of them, plain or
 * packed by gzip or zstd.  Idempotent by the header Otasuke-Batch (BOOT/SEQ) where the
 * sender counts, else by the content. */

static bool is_coding(struct ingest_call *c)
{
	const char *coding = ingest_header(c, MHD_HTTP_HEADER_CONTENT_ENCODING);

	return !coding || strcmp(coding, "identity") == 0 ||
	       strcmp(coding, "gzip") == 0 || strcmp(coding, "zstd") == 0;
}

/* The sum of the lines stands for the numbers that a forwarder does not have. */
static void name_by_content(struct batch *b, struct span lines)
{
	char sum[INGEST_SUM_ROOM];

	ingest_sum(lines, sum);
	memcpy(b->boot, sum, EVENT_BOOT_MAX);
	b->boot[EVENT_BOOT_MAX] = 0;
	b->seq = INGEST_SEQ_SUM;
}

static void begin_eve(struct ingest_call *c)
{
	int64_t now_us = clock_now_us();
	const char *place = ingest_header(c, "Otasuke-Batch");
	struct buf lines;

	if (!is_coding(c)) {
		ingest_fail(c, INGEST_TYPE, 0);
		return;
	}
	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	int err = ingest_unpack(buf_span(&c->body), &lines);
	buf_fini(&c->body);
	c->batch.eve = true;
	if (err == 0 && place)
		err = ingest_place_parse(&c->batch, place);
	else if (err == 0)
		name_by_content(&c->batch, buf_span(&lines));
	if (err == 0) {
		c->batch_read = true;
		err = ingest_batch_lines(&c->batch, buf_span(&lines), now_us);
	}
	buf_fini(&lines);
	ingest_batch_end(c, err, now_us);
}

void ingest_answer_eve(struct ingest_call *c)
{
	if (c->written) {
		ingest_batch_answer(c);
		return;
	}
	ingest_batch_begin(c);
	if (!c->status)
		begin_eve(c);
}
