/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/internal.h"

struct tx *app_tx_new(struct flow *flow, enum flow_app app)
{
	unsigned live = 0;

	for (const struct tx *tx = flow->txs; tx; tx = tx->next)
		if (++live >= APP_TXS_MAX)
			return NULL;
	return tx_new(flow, app);
}

struct file *app_file_open(
    struct app *a, struct tx *tx, enum packet_dir dir, struct span name)
{
	return a->sink.open ? a->sink.open(a->sink.ctx, tx, dir, name) : NULL;
}

void app_file_bytes(struct app *a, struct file *file, struct span bytes)
{
	if (file && bytes.len)
		a->sink.bytes(a->sink.ctx, file, bytes);
}

void app_file_close(struct app *a, struct file *file, bool whole)
{
	if (file)
		a->sink.close(a->sink.ctx, file, whole);
}

static void show(struct app_body *b, struct tx_field *field)
{
	if (field) {
		field->data = buf_span(&b->kept);
		field->growing = true;
	}
}

void app_body_add(struct app_body *b, struct tx *tx, enum tx_buffer buffer,
    enum packet_dir dir, bool as_file, struct span bytes, uint32_t max)
{
	if (!b->seen && bytes.len) {
		buf_init(&b->kept, max);
		b->field = tx_lend(tx, buffer, dir, span_of(NULL, 0));
		if (as_file && buffer != TX_FILE_DATA)
			b->file_field =
			    tx_lend(tx, TX_FILE_DATA, dir, span_of(NULL, 0));
	}
	b->seen += bytes.len;
	if (!b->field || !bytes.len)
		return;
	size_t room = max - b->kept.len;
	if (bytes.len > room)
		tx->truncated = true;
	buf_add(&b->kept, bytes.at, bytes.len < room ? bytes.len : room);
	show(b, b->field);
	show(b, b->file_field);
}

void app_body_end(struct app_body *b)
{
	if (b->field)
		b->field->growing = false;
	if (b->file_field)
		b->file_field->growing = false;
}

void app_body_fini(struct app_body *b)
{
	buf_fini(&b->kept);
}
