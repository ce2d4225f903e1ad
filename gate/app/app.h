/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/stream/stream.h"
#include "gate/tx.h"

/* Understands protocols: turns chunks into transactions with fields.
 *
 * Owns:    flow->app_state, the flow's transactions, nDPI's detection module.
 * Borrows: packet, flow, chunk during the call.
 * Threads: one struct app per worker.
 * Limits:  app_conf; TX_ARENA_MAX, TX_FIELDS_MAX, APP_TXS_MAX live transactions a flow.
 * Serves:  002-01, 002-03, 002-05 */
#define APP_TXS_MAX 512u

struct app;

/* Called just before app frees a transaction, in app_tidy() and in app_flow_end(): the
 * stages behind it free what they hung on it. */
typedef void app_tx_end_fn(void *ctx, struct tx *tx);

struct app_conf {
	uint32_t request_body_max, response_body_max; /* kept for rules; 0 = 100 KiB */
	uint8_t http_layers_max; /* content encodings on top of each other; 0 = 2 */
	bool http_lzma;          /* undo that one too */
	bool http_double_decode_path, http_double_decode_query;
	bool guess; /* nDPI application detection */
	bool ja3;
	app_tx_end_fn *tx_end; /* NULL: none */
	void *tx_end_ctx;
};

/* Where files go as they pass (file/ registers itself; app does not look downstream).
 * `open` may return NULL: then the file is not followed. */
struct app_file_sink {
	void *ctx;
	struct file *(*open)(
	    void *ctx, struct tx *tx, enum packet_dir dir, struct span name);
	void (*bytes)(void *ctx, struct file *file, struct span bytes);
	/* `whole`: every byte was seen. */
	void (*close)(void *ctx, struct file *file, bool whole);
};

struct app *app_new(const struct app_conf *conf, const struct app_file_sink *sink)
    __attribute__((malloc));
void app_free(struct app *a);

/* Recognises the protocol and feeds it.  Adds FINDING_APP when nDPI decides. */
void app_feed(struct app *a, struct packet *pkt, const struct chunk *chunk);

/* After event/: frees transactions that are complete, inspected and told. */
void app_tidy(struct app *a, struct flow *flow);
/* The flow ends: what is unfinished becomes final, so that it can be told once more. */
void app_flow_close(struct app *a, struct flow *flow);
/* Frees everything app hung on the flow. */
void app_flow_end(struct app *a, struct flow *flow);
