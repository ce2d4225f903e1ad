/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/internal.h"
#include "gate/app/mime/mime.h"

#include "lib/base/must.h"

#include <netinet/in.h>
#include <stdlib.h>

#define TIDY_MAX  16u /* transactions looked at per packet */
#define TRIES_MAX 4u  /* datagrams of a flow in which a protocol is looked for */

static const struct app_door *const doors[FLOW_APP_MAX] = {
	[FLOW_APP_HTTP] = &app_http_door,
	[FLOW_APP_DNS] = &app_dns_door,
	[FLOW_APP_TLS] = &app_tls_door,
	[FLOW_APP_SMTP] = &app_smtp_door,
};

static uint32_t body_limit(uint32_t bytes)
{
	if (!bytes)
		return APP_BODY_MAX;
	return bytes < APP_BODY_LIMIT_MAX ? bytes : APP_BODY_LIMIT_MAX;
}

struct app *app_new(const struct app_conf *conf, const struct app_file_sink *sink)
{
	struct app *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->conf = *conf;
	if (sink)
		a->sink = *sink;
	a->conf.request_body_max = body_limit(conf->request_body_max);
	a->conf.response_body_max = body_limit(conf->response_body_max);
	app_mime_prepare();
	a->http = app_http_shop_new(&a->conf);
	if (conf->guess)
		a->ndpi = app_ndpi_new();
	if (a->http && (a->ndpi || !conf->guess))
		return a;
	app_free(a);
	return NULL;
}

void app_free(struct app *a)
{
	if (!a)
		return;
	app_http_shop_free(a->http);
	app_ndpi_free(a->ndpi);
	free(a);
}

static struct app_state *state_of(struct app *a, struct flow *flow)
{
	if (flow->app_state)
		return flow->app_state;
	struct app_state *st = calloc(1, sizeof(*st));
	if (!st)
		return NULL;
	st->app = a;
	st->flow = flow;
	buf_init(&st->held[0], APP_HELD_MAX);
	buf_init(&st->held[1], APP_HELD_MAX);
	flow->app_state = st;
	return st;
}

static void parser_close(struct app_state *st)
{
	if (st->door)
		st->door->free(st->parser);
	st->door = NULL;
	st->parser = NULL;
}

static void state_free(struct app_state *st)
{
	parser_close(st);
	buf_fini(&st->held[0]);
	buf_fini(&st->held[1]);
	st->flow->app_state = NULL;
	free(st);
}

static void feed_parser(struct app_state *st, enum packet_dir dir, struct span bytes)
{
	if (st->door && !st->deaf[dir] && bytes.len)
		st->door->feed(st->parser, dir, bytes);
}

/* The parser exists: give it what was held, the client's bytes first. */
static void feed_held(struct app_state *st)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		struct buf held = st->held[dir];

		buf_init(&st->held[dir], APP_HELD_MAX);
		if (!st->switching)
			feed_parser(st, dir, buf_span(&held));
		else /* the other direction's bytes ended this protocol */
			buf_add(&st->held[dir], held.at, held.len);
		buf_fini(&held);
		if (st->ended[dir] && st->door && !st->deaf[dir])
			st->door->end(st->parser, dir);
	}
}

static void note_failed_change(struct flow *flow)
{
	struct tx *tx = flow->txs_tail;

	if (tx && tx->app == FLOW_APP_HTTP)
		app_event_note(tx, APP_EVENT_HTTP_FAILED_CHANGE);
	else if (tx && tx->app == FLOW_APP_SMTP)
		app_event_note(tx, APP_EVENT_SMTP_FAILED_CHANGE);
}

/* Opens the parser for `app`; false when this flow is to be left alone. */
static bool open_parser(struct app_state *st, enum flow_app app)
{
	if (app != FLOW_APP_FAILED && doors[app]) {
		st->parser = doors[app]->open(st->app, st->flow);
		if (st->parser) {
			st->door = doors[app];
			st->flow->app = app;
			return true;
		}
	}
	/* Known by name only; or: after CONNECT or STARTTLS into the unknown the flow keeps its name. */
	if (st->flow->app_orig == FLOW_APP_UNKNOWN) {
		st->flow->app = FLOW_APP_FAILED;
	} else {
		st->flow->app = st->flow->app_orig;
		note_failed_change(st->flow);
	}
	st->deaf[0] = st->deaf[1] = true;
	buf_fini(&st->held[0]);
	buf_fini(&st->held[1]);
	return false;
}

/* No protocol yet: see whether what is held tells one.  `rest` are bytes of `dir` for
 * which there was no room: fine when the protocol is known now, too late otherwise. */
static void recognise(struct app_state *st, enum packet_dir dir, struct span rest)
{
	struct span held[2] = { buf_span(&st->held[0]), buf_span(&st->held[1]) };
	enum flow_app app = app_guess(st->flow, held);

	if (app == FLOW_APP_UNKNOWN && !rest.len && !(st->ended[0] && st->ended[1]) &&
	    !st->held[0].overflowed && !st->held[1].overflowed)
		return;
	if (app == FLOW_APP_UNKNOWN)
		app = FLOW_APP_FAILED;
	if (!open_parser(st, app))
		return;
	feed_held(st);
	if (st->switching)
		buf_add(&st->held[dir], rest.at, rest.len);
	else
		feed_parser(st, dir, rest);
}

/* Another protocol begins where the last one stopped (asked for by app_switch). */
static void settle_switch(struct app_state *st)
{
	/* Each round needs the held bytes to name a protocol that switches again; the held
	 * bytes shrink, so two are plenty. */
	for (unsigned round = 0; round < 2 && st->switching; round++) {
		st->switching = false;
		parser_close(st);
		st->flow->app_orig = st->flow->app;
		st->deaf[0] = st->deaf[1] = false;
		recognise(st, PACKET_TO_SERVER, span_of(NULL, 0));
	}
	if (st->switching)
		open_parser(st, FLOW_APP_FAILED);
	st->switching = false;
}

void app_switch(struct flow *flow, enum packet_dir dir, struct span rest)
{
	struct app_state *st = flow->app_state;

	must(st);
	st->switching = true;
	st->deaf[0] = st->deaf[1] = true;
	buf_add(&st->held[dir], rest.at, rest.len);
}

void app_give_up(struct flow *flow, enum packet_dir dir)
{
	if (flow->app_state)
		flow->app_state->deaf[dir] = true;
}

/* Bytes of a direction whose protocol is not known. */
static void hold_bytes(struct app_state *st, const struct chunk *chunk)
{
	struct buf *held = &st->held[chunk->dir];
	size_t room = held->max - held->len;
	size_t fits = chunk->bytes.len < room ? chunk->bytes.len : room;

	if (chunk->gap) { /* what starts with a hole is nobody's first bytes */
		open_parser(st, FLOW_APP_FAILED);
		return;
	}
	buf_add(held, chunk->bytes.at, fits);
	recognise(
	    st, chunk->dir, span_of(chunk->bytes.at + fits, chunk->bytes.len - fits));
}

static void feed_stream(struct app_state *st, const struct chunk *chunk)
{
	enum packet_dir dir = chunk->dir;

	if (chunk->end && !chunk->bytes.len && !chunk->gap && !st->door)
		st->ended[dir] = true;
	if (!st->door) {
		if (chunk->bytes.len || chunk->gap)
			hold_bytes(st, chunk);
		else
			recognise(st, dir, span_of(NULL, 0));
	} else {
		if (chunk->gap && !st->deaf[dir])
			st->door->gap(st->parser, dir, chunk->gap);
		feed_parser(st, dir, chunk->bytes);
	}
	if (chunk->end && !st->ended[dir]) {
		st->ended[dir] = true;
		if (st->door && !st->deaf[dir])
			st->door->end(st->parser, dir);
	}
	if (st->switching)
		settle_switch(st);
}

/* Datagrams are whole messages: nothing is held. */
static void feed_datagram(struct app_state *st, const struct chunk *chunk)
{
	struct span held[2] = { 0 };

	if (!chunk->bytes.len)
		return;
	held[chunk->dir] = chunk->bytes;
	if (!st->door) {
		enum flow_app app = app_guess(st->flow, held);
		/* The first datagrams may be junk, and what follows not. */
		if (app == FLOW_APP_UNKNOWN && ++st->tries < TRIES_MAX)
			return;
		if (!open_parser(st, app ? app : FLOW_APP_FAILED))
			return;
	}
	feed_parser(st, chunk->dir, chunk->bytes);
}

static void feed(struct app *a, struct flow *flow, const struct chunk *chunk)
{
	struct app_state *st = state_of(a, flow);

	if (!st || (st->deaf[0] && st->deaf[1]))
		return;
	if (flow->ip_proto == IPPROTO_UDP)
		feed_datagram(st, chunk);
	else
		feed_stream(st, chunk);
	if (flow->app == FLOW_APP_FAILED)
		state_free(st);
}

void app_feed(struct app *a, struct packet *pkt, const struct chunk *chunk)
{
	struct flow *flow = pkt->flow;

	if (!flow || (flow->ip_proto != IPPROTO_TCP && flow->ip_proto != IPPROTO_UDP))
		return;
	a->now_us = pkt->time_us;
	bool news = chunk->bytes.len || chunk->gap || chunk->end;
	if (news && flow->app != FLOW_APP_FAILED)
		feed(a, flow, chunk);
	if (a->ndpi)
		app_ndpi_packet(a->ndpi, pkt);
}

static void free_tx(struct app *a, struct tx *tx)
{
	if (a->conf.tx_end)
		a->conf.tx_end(a->conf.tx_end_ctx, tx);
	doors[tx->app]->tx_free(tx);
	tx_free(tx);
}

/* Nobody needs it any more. */
static bool is_over(const struct flow *flow, const struct tx *tx)
{
	if (tx->progress[0] != TX_DONE || tx->progress[1] != TX_DONE || !tx->told)
		return false;
	return flow->passed || flow->dropped ||
	       (tx->inspected[0] == TX_DONE && tx->inspected[1] == TX_DONE);
}

void app_tidy(struct app *a, struct flow *flow)
{
	/* Only the oldest few: a flow with many open ones must not cost a walk per packet. */
	struct tx *tx = flow->txs;

	for (unsigned i = 0; tx && i < TIDY_MAX; i++) {
		struct tx *next = tx->next;
		if (is_over(flow, tx))
			free_tx(a, tx);
		tx = next;
	}
}

void app_flow_close(struct app *a, struct flow *flow)
{
	struct app_state *st = flow->app_state;

	(void)a;
	if (st && st->door)
		for (unsigned dir = 0; dir < 2; dir++)
			if (!st->ended[dir] && !st->deaf[dir])
				st->door->end(st->parser, dir);
	if (st) { /* closes the files that are still open */
		parser_close(st);
		st->deaf[0] = st->deaf[1] = true;
	}
	for (struct tx *tx = flow->txs; tx; tx = tx->next)
		tx->progress[0] = tx->progress[1] = TX_DONE;
}

void app_flow_end(struct app *a, struct flow *flow)
{
	/* The parser first: what it still points to dies with the transactions. */
	if (flow->app_state)
		state_free(flow->app_state);
	while (flow->txs)
		free_tx(a, flow->txs);
	if (a->ndpi)
		app_ndpi_flow_end(a->ndpi, flow);
}
