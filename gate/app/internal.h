/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"
#include "gate/app/events.h"
#include "gate/app/ndpi/ndpi.h"
#include "lib/base/buf.h"

struct app_http_shop;
struct app_state;

/* Bytes of one direction kept until the protocol is recognised. */
#define APP_HELD_MAX (16u << 10)
/* The default of both body limits in app_conf. */
#define APP_BODY_MAX (100u << 10)
/* And the most that they may be: a transaction keeps two bodies. */
#define APP_BODY_LIMIT_MAX (16u << 20)

/* One worker's parsers. */
struct app {
	struct app_conf conf;
	struct app_file_sink sink;
	struct app_http_shop *http;
	struct app_ndpi *ndpi; /* NULL: no guessing */
	int64_t now_us;        /* of the packet that is being fed */
};

/*
 * What a protocol gives to app.c: one struct per folder.
 *
 * `open` makes the parser of a flow (NULL: no memory).  `feed` and `gap` may call
 * app_switch() or app_give_up().  `end` says that nothing more comes from `dir`.
 */
struct app_door {
	void *(*open)(struct app *a, struct flow *flow);
	void (*feed)(void *parser, enum packet_dir dir, struct span bytes);
	void (*gap)(void *parser, enum packet_dir dir, uint32_t missing);
	void (*end)(void *parser, enum packet_dir dir);
	void (*free)(void *parser);
	void (*tx_free)(struct tx *tx); /* frees tx->proto */
};

extern const struct app_door app_http_door;
extern const struct app_door app_dns_door;
extern const struct app_door app_tls_door;
extern const struct app_door app_smtp_door;

/* What app hangs on a flow. */
struct app_state {
	struct app *app;
	struct flow *flow;
	const struct app_door *door; /* NULL: not recognised */
	void *parser;
	struct buf held[2]; /* bytes until then */
	bool deaf[2];       /* the parser gave up on this direction */
	bool ended[2];
	uint8_t tries;  /* datagrams in which no protocol was found */
	bool switching; /* the parser asked for another protocol */
};

/* guess.c: which of our parsers reads this?  `held` are the first bytes of both directions.
 * FLOW_APP_UNKNOWN: more is needed; FLOW_APP_FAILED: none. */
enum flow_app app_guess(const struct flow *flow, const struct span held[2]);

/* The parser is done with its protocol: what follows is recognised anew (STARTTLS, CONNECT).
 * `rest` are bytes of `dir` that were fed but belong to what follows. */
void app_switch(struct flow *flow, enum packet_dir dir, struct span rest);
/* Nothing more of this direction is wanted. */
void app_give_up(struct flow *flow, enum packet_dir dir);

/* A transaction, or NULL when the flow has APP_TXS_MAX already. */
struct tx *app_tx_new(struct flow *flow, enum flow_app app);

/* The file sink, which may be absent; a NULL file is not followed. */
struct file *app_file_open(
    struct app *a, struct tx *tx, enum packet_dir dir, struct span name);
void app_file_bytes(struct app *a, struct file *file, struct span bytes);
void app_file_close(struct app *a, struct file *file, bool whole);

/* A body that grows while rules look at it: the fields show what `kept` holds. */
struct app_body {
	struct buf kept;
	struct tx_field *field, *file_field; /* either may be NULL */
	uint64_t seen;
};

/* Adds bytes up to `max` and shows them in `tx` as `buffer` and, when `as_file`, FILE_DATA.
 * Frees nothing: app_body_fini() when the transaction goes. */
void app_body_add(struct app_body *b, struct tx *tx, enum tx_buffer buffer,
    enum packet_dir dir, bool as_file, struct span bytes, uint32_t max);
/* No more will come. */
void app_body_end(struct app_body *b);
void app_body_fini(struct app_body *b);

/* Bodies of several files in one transaction: FILE_DATA of each. */
#define APP_PARTS_KEPT_MAX (1u << 20) /* bytes of all of them */

struct app_part;

struct app_parts {
	struct app_part *all, *now;
	uint32_t bytes;
};

/* Another file begins; when there is no room its bytes are not kept. */
void app_parts_begin(struct app_parts *p, struct tx *tx);
/* Adds up to `max` bytes of the file that was begun. */
void app_parts_add(struct app_parts *p, struct tx *tx, enum packet_dir dir,
    struct span bytes, uint32_t max);
void app_parts_end(struct app_parts *p);
void app_parts_fini(struct app_parts *p);

/* http/: the libhtp configuration shared by all flows of a worker. */
struct app_http_shop *app_http_shop_new(const struct app_conf *conf)
    __attribute__((malloc));
void app_http_shop_free(struct app_http_shop *shop);
