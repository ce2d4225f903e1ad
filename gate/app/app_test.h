/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"
#include "gate/app/events.h"

#include <stdlib.h>

/*
 * A conversation made of bytes, for the unit tests and fuzz targets of the parsers: no
 * capture, no packets worth the name.  Files end up in `files`, name and bytes.
 */
#define TALK_FILES_MAX 32u

struct talk_file {
	char name[256];
	char text[4096]; /* what fits */
	size_t size;
	uint32_t sum; /* of all bytes, order matters */
	bool open, whole;
};

struct talk {
	struct app *app;
	struct flow flow;
	struct arena arena;
	struct talk_file files[TALK_FILES_MAX];
	unsigned file_count;
	uint64_t offset[2];
};

static struct file *talk_open(
    void *ctx, struct tx *tx, enum packet_dir dir, struct span name)
{
	struct talk *t = ctx;

	(void)tx;
	(void)dir;
	if (t->file_count == TALK_FILES_MAX)
		return NULL;
	struct talk_file *f = &t->files[t->file_count++];
	size_t len = name.len < sizeof(f->name) ? name.len : sizeof(f->name) - 1;
	if (len)
		memcpy(f->name, name.at, len);
	f->open = true;
	return (struct file *)(void *)f;
}

static void talk_bytes(void *ctx, struct file *file, struct span bytes)
{
	struct talk_file *f = (struct talk_file *)(void *)file;

	(void)ctx;
	for (uint32_t i = 0; i < bytes.len; i++) {
		if (f->size < sizeof(f->text) - 1)
			f->text[f->size] = (char)bytes.at[i];
		f->sum = f->sum * 31 + bytes.at[i];
		f->size++;
	}
}

static void talk_close(void *ctx, struct file *file, bool whole)
{
	struct talk_file *f = (struct talk_file *)(void *)file;

	(void)ctx;
	f->open = false;
	f->whole = whole;
}

static inline void talk_begin(struct talk *t, uint8_t ip_proto, uint16_t port)
{
	const struct app_conf conf = { .ja3 = true };

	*t = (struct talk){ .flow = { .ip_proto = ip_proto,
				.client_port = 40000,
				.server_port = port,
				.id = 1 } };
	const struct app_file_sink sink = {
		.ctx = t, .open = talk_open, .bytes = talk_bytes, .close = talk_close
	};
	t->app = app_new(&conf, &sink);
	arena_init(&t->arena, 64u << 10);
}

static inline void talk_chunk(struct talk *t, struct chunk chunk)
{
	struct packet pkt = { .flow = &t->flow, .dir = chunk.dir, .arena = &t->arena };

	chunk.window = chunk.bytes;
	chunk.offset = t->offset[chunk.dir];
	t->offset[chunk.dir] += chunk.bytes.len + chunk.gap;
	app_feed(t->app, &pkt, &chunk);
	arena_reset(&t->arena);
}

/* Bytes in pieces of `step` (0: all at once), each in memory of exactly its size. */
static inline void talk_say(
    struct talk *t, enum packet_dir dir, const void *bytes, size_t len, size_t step)
{
	for (size_t at = 0; at < len;) {
		size_t part = step && step < len - at ? step : len - at;
		uint8_t *copy = malloc(part);
		if (!copy)
			return;
		memcpy(copy, (const uint8_t *)bytes + at, part);
		talk_chunk(
		    t, (struct chunk){ .dir = dir, .bytes = span_of(copy, part) });
		free(copy);
		at += part;
	}
}

static inline void talk_text(struct talk *t, enum packet_dir dir, const char *text)
{
	talk_say(t, dir, text, strlen(text), 0);
}

/* The flow ends; transactions stay to be looked at. */
static inline void talk_close_flow(struct talk *t)
{
	app_flow_close(t->app, &t->flow);
}

static inline void talk_end(struct talk *t)
{
	app_flow_end(t->app, &t->flow);
	app_free(t->app);
	arena_fini(&t->arena);
}

/* The n-th transaction, or NULL. */
static inline struct tx *talk_tx(struct talk *t, unsigned n)
{
	struct tx *tx = t->flow.txs;

	while (tx && n--)
		tx = tx->next;
	return tx;
}

/* The n-th instance of a buffer in one direction as text; "" when there is none. */
static inline const char *talk_field(
    struct tx *tx, enum tx_buffer buffer, enum packet_dir dir, unsigned n)
{
	static char text[8][4096];
	static unsigned turn;

	for (struct tx_field *f = tx ? tx->fields : NULL; f; f = f->next) {
		if (f->buffer != buffer || f->dir != dir || n-- > 0)
			continue;
		char *at = text[turn++ % 8];
		size_t len = f->data.len < 4095 ? f->data.len : 4095;
		if (len)
			memcpy(at, f->data.at, len);
		at[len] = '\0';
		return at;
	}
	return "";
}

static inline bool talk_event(struct tx *tx, enum app_event event)
{
	for (unsigned i = 0; tx && i < tx->event_count; i++)
		if (tx->events[i] == event)
			return true;
	return false;
}

static inline const char *talk_span(struct span s)
{
	static char text[8][4096];
	static unsigned turn;
	char *at = text[turn++ % 8];
	size_t len = s.len < 4095 ? s.len : 4095;

	if (len)
		memcpy(at, s.at, len);
	at[len] = '\0';
	return at;
}
