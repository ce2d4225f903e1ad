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

struct app_part { /* in the transaction's arena */
	struct app_part *next;
	struct app_body body;
};

void app_parts_begin(struct app_parts *p, struct tx *tx)
{
	app_parts_end(p);
	if (p->bytes >= APP_PARTS_KEPT_MAX) {
		tx->truncated = true;
		return;
	}
	p->now = arena_alloc(&tx->arena, sizeof(*p->now));
	if (!p->now) {
		tx->truncated = true;
		return;
	}
	p->now->next = p->all;
	p->all = p->now;
}

void app_parts_add(struct app_parts *p, struct tx *tx, enum packet_dir dir,
    struct span bytes, uint32_t max)
{
	if (!p->now || p->bytes >= APP_PARTS_KEPT_MAX)
		return;
	struct app_body *body = &p->now->body;
	size_t before = body->kept.len;
	app_body_add(body, tx, TX_FILE_DATA, dir, true, bytes, max);
	p->bytes += (uint32_t)(body->kept.len - before);
}

void app_parts_end(struct app_parts *p)
{
	if (p->now)
		app_body_end(&p->now->body);
	p->now = NULL;
}

void app_parts_fini(struct app_parts *p)
{
	for (struct app_part *one = p->all; one; one = one->next)
		app_body_fini(&one->body);
}
