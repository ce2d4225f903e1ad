/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/tx.h"

#include <stdlib.h>

struct tx *tx_new(struct flow *flow, enum flow_app app)
{
	struct tx *tx = calloc(1, sizeof(*tx));

	if (!tx)
		return NULL;
	tx->flow = flow;
	tx->app = app;
	tx->id = flow->tx_next_id++;
	arena_init(&tx->arena, TX_ARENA_MAX);
	tx->fields_tail = &tx->fields;
	if (flow->txs_tail)
		flow->txs_tail->next = tx;
	else
		flow->txs = tx;
	flow->txs_tail = tx;
	flow->tx_count++;
	return tx;
}

static void unlink_tx(struct flow *flow, struct tx *tx)
{
	struct tx *before = NULL;

	for (struct tx *t = flow->txs; t && t != tx; t = t->next)
		before = t;
	if (before)
		before->next = tx->next;
	else
		flow->txs = tx->next;
	if (flow->txs_tail == tx)
		flow->txs_tail = before;
}

void tx_free(struct tx *tx)
{
	if (!tx)
		return;
	unlink_tx(tx->flow, tx);
	arena_fini(&tx->arena);
	free(tx);
}

struct tx_field *tx_lend(
    struct tx *tx, enum tx_buffer buffer, enum packet_dir dir, struct span data)
{
	struct tx_field *f = NULL;

	if (tx->field_count < TX_FIELDS_MAX)
		f = arena_alloc(&tx->arena, sizeof(*f));
	if (!f) {
		tx->truncated = true;
		return NULL;
	}
	f->buffer = buffer;
	f->dir = (uint8_t)dir;
	f->data = data;
	*tx->fields_tail = f;
	tx->fields_tail = &f->next;
	tx->field_count++;
	return f;
}

struct tx_field *tx_add(
    struct tx *tx, enum tx_buffer buffer, enum packet_dir dir, struct span data)
{
	struct span copy = arena_copy(&tx->arena, data);

	if (copy.len != data.len) {
		tx->truncated = true;
		return NULL;
	}
	return tx_lend(tx, buffer, dir, copy);
}

struct tx_field *tx_find(const struct tx *tx, enum tx_buffer buffer)
{
	for (struct tx_field *f = tx->fields; f; f = f->next)
		if (f->buffer == buffer)
			return f;
	return NULL;
}

const char *tx_buffer_name(enum tx_buffer buffer)
{
	static const char *const names[TX_BUFFER_MAX] = {
#define TX_NAME(id, keyword, dir) [TX_##id] = keyword,
		TX_BUFFERS(TX_NAME)
#undef TX_NAME
	};
	return buffer < TX_BUFFER_MAX ? names[buffer] : NULL;
}
