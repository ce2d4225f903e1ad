/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/http.h"

#include "gate/app/http/internal.h"

#include <stdlib.h>

static void *http_open(struct app *a, struct flow *flow)
{
	struct http_flow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->app = a;
	f->flow = flow;
	f->connp = htp_connp_create(http_shop_config(a->http));
	if (!f->connp) {
		free(f);
		return NULL;
	}
	buf_init(&f->waiting[0], APP_HTTP_HELD_MAX);
	buf_init(&f->waiting[1], APP_HTTP_HELD_MAX);
	htp_connp_set_user_data(f->connp, f);
	htp_connp_open(
	    f->connp, NULL, flow->client_port, NULL, flow->server_port, NULL);
	return f;
}

static void http_free(void *parser)
{
	struct http_flow *f = parser;

	/* The exchanges live on in the flow; libhtp's share of them goes now. */
	for (struct tx *tx = f->flow->txs; tx; tx = tx->next) {
		struct http_tx *h = tx->app == FLOW_APP_HTTP ? tx->proto : NULL;
		if (h && h->home == f) {
			http_exchange_end(h);
			h->htp = NULL;
			h->home = NULL;
		}
	}
	htp_connp_destroy_all(f->connp);
	buf_fini(&f->waiting[0]);
	buf_fini(&f->waiting[1]);
	free(f);
}

/* One call of libhtp; returns how many bytes it took. */
static size_t push(struct http_flow *f, enum packet_dir dir, struct span bytes)
{
	int64_t now_us = f->app->now_us;
	htp_time_t now = { .tv_sec = now_us / 1000000, .tv_usec = now_us % 1000000 };
	size_t used = bytes.len;
	int r;

	f->feeding = dir;
	if (dir == PACKET_TO_SERVER)
		r = htp_connp_req_data(f->connp, &now, bytes.at, bytes.len);
	else
		r = htp_connp_res_data(f->connp, &now, bytes.at, bytes.len);
	f->tunnel |= r == HTP_STREAM_TUNNEL;
	if (r == HTP_STREAM_DATA_OTHER || f->tunnel)
		used = dir == PACKET_TO_SERVER ? htp_connp_req_data_consumed(f->connp)
					       : htp_connp_res_data_consumed(f->connp);
	else if (r == HTP_STREAM_ERROR || r == HTP_STREAM_STOP)
		f->broken[dir] = true;
	http_log_drain(f->connp);
	return used < bytes.len ? used : bytes.len;
}

/* What waits for its turn; true when libhtp took some of it. */
static bool push_waiting(struct http_flow *f, enum packet_dir dir)
{
	struct buf *w = &f->waiting[dir];

	if (!w->len || f->broken[dir] || f->tunnel)
		return false;
	size_t used = push(f, dir, buf_span(w));
	buf_drop(w, used);
	return used > 0;
}

/* CONNECT was granted, or the protocol upgraded: what follows is something else. */
static void leave(struct http_flow *f)
{
	for (unsigned dir = 0; dir < 2; dir++)
		app_switch(f->flow, dir, buf_span(&f->waiting[dir]));
}

static void http_feed(void *parser, enum packet_dir dir, struct span bytes)
{
	struct http_flow *f = parser;
	struct buf *w = &f->waiting[dir];

	if (w->len || f->tunnel) {
		buf_add(w, bytes.at, bytes.len);
		push_waiting(f, dir);
	} else {
		size_t used = push(f, dir, bytes);
		buf_add(w, bytes.at + used, bytes.len - used);
	}
	for (bool moved = true;
	     moved;) { /* each round takes bytes of a bounded buffer */
		moved = push_waiting(f, !dir);
		moved = push_waiting(f, dir) || moved;
	}
	if (f->tunnel) {
		leave(f);
		return;
	}
	for (unsigned d = 0; d < 2; d++)
		if (f->broken[d] || f->waiting[d].overflowed)
			app_give_up(f->flow, d);
}

static struct http_tx *newest(struct http_flow *f, enum packet_dir dir)
{
	htp_tx_t *htp = dir == PACKET_TO_SERVER ? htp_connp_get_in_tx(f->connp)
						: htp_connp_get_out_tx(f->connp);

	return htp ? htp_tx_get_user_data(htp) : NULL;
}

/* libhtp can step over a hole within a body; anywhere else it gives up. */
static void http_gap(void *parser, enum packet_dir dir, uint32_t missing)
{
	struct http_flow *f = parser;
	struct http_tx *h = newest(f, dir);

	if (h)
		h->side[dir].lost = true;
	if (f->waiting[dir].len) {
		f->broken[dir] = true;
	} else {
		push(f, dir, span_of(NULL, missing));
	}
	if (f->broken[dir])
		app_give_up(f->flow, dir);
}

static void http_end(void *parser, enum packet_dir dir)
{
	struct http_flow *f = parser;

	if (f->broken[dir] || f->tunnel)
		return;
	f->feeding = dir;
	f->closing[dir] = true;
	if (dir == PACKET_TO_SERVER)
		htp_connp_req_close(f->connp, NULL);
	else
		htp_connp_close(f->connp, NULL);
	http_log_drain(f->connp);
}

static void http_tx_free(struct tx *tx)
{
	struct http_tx *h = tx->proto;

	if (!h)
		return;
	http_exchange_end(h);
	if (h->htp)
		htp_tx_set_user_data(h->htp, NULL);
	app_parts_fini(&h->form.files);
	for (unsigned dir = 0; dir < 2; dir++) {
		buf_fini(&h->side[dir].raw);
		app_body_fini(&h->side[dir].body);
	}
}

const struct app_door app_http_door = {
	.open = http_open,
	.feed = http_feed,
	.gap = http_gap,
	.end = http_end,
	.free = http_free,
	.tx_free = http_tx_free,
};
