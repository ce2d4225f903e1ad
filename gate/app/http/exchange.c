/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

static struct http_flow *flow_of(const htp_tx_t *htp)
{
	return htp_connp_get_user_data(htp->connp);
}

/* Our side of libhtp's transaction, made when missing; NULL: out of budget. */
static struct http_tx *exchange_of(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (h)
		return h;
	struct http_flow *f = flow_of(htp);
	struct tx *tx = app_tx_new(f->flow, FLOW_APP_HTTP);
	if (!tx)
		return NULL;
	h = arena_alloc(&tx->arena, sizeof(*h));
	if (!h) { /* the arena is new: only for want of memory */
		tx_free(tx);
		return NULL;
	}
	tx->proto = h;
	h->tx = tx;
	h->home = f;
	h->htp = htp;
	h->shown.port = -1;
	buf_init(&h->side[0].raw, APP_HTTP_RAW_MAX);
	buf_init(&h->side[1].raw, APP_HTTP_RAW_MAX);
	htp_tx_set_user_data(htp, h);
	if (f->oddness_waits)
		app_event_note(tx, f->oddness);
	f->oddness_waits = false;
	return h;
}

static void reach(struct http_tx *h, enum packet_dir dir, enum tx_progress progress)
{
	if (h->tx->progress[dir] < progress)
		h->tx->progress[dir] = progress;
}

/* libhtp 0.5 does not look at what this hook returns, and on an error would begin the same
 * request again for ever.  Out of budget shows at the request line. */
int http_on_request_start(htp_tx_t *htp)
{
	exchange_of(htp);
	return HTP_OK;
}

int http_on_uri(htp_tx_t *htp)
{
	const struct app_conf *conf = &flow_of(htp)->app->conf;
	htp_uri_t *uri = htp->parsed_uri;
	uint64_t flags = 0;

	if (uri && uri->path && conf->http_double_decode_path)
		htp_urldecode_inplace(
		    htp->cfg, HTP_DECODER_URL_PATH, uri->path, &flags);
	if (uri && uri->query && conf->http_double_decode_query)
		htp_urldecode_inplace(
		    htp->cfg, HTP_DECODER_URLENCODED, uri->query, &flags);
	return HTP_OK;
}

int http_on_request_line(htp_tx_t *htp)
{
	struct http_tx *h = exchange_of(htp);

	if (!h)
		return HTP_ERROR;
	http_show_request_line(h, htp);
	reach(h, PACKET_TO_SERVER, TX_LINE);
	return HTP_OK;
}

static int header_bytes(htp_tx_data_t *d, enum packet_dir dir)
{
	struct http_tx *h = htp_tx_get_user_data(d->tx);

	if (!h)
		return HTP_OK;
	struct buf *raw = &h->side[dir].raw;
	buf_add(raw, d->data, d->len);
	if (raw->overflowed)
		h->tx->truncated = true;
	return HTP_OK;
}

int http_on_request_header_bytes(htp_tx_data_t *d)
{
	return header_bytes(d, PACKET_TO_SERVER);
}

int http_on_response_header_bytes(htp_tx_data_t *d)
{
	return header_bytes(d, PACKET_TO_CLIENT);
}

int http_on_request_headers(htp_tx_t *htp)
{
	struct http_tx *h = exchange_of(htp);

	if (!h)
		return HTP_ERROR;
	http_show_request_headers(h, htp);
	http_form_begin(h, htp);
	http_note_flags(h->tx, htp);
	reach(h, PACKET_TO_SERVER, TX_HEADERS);
	return HTP_OK;
}

/* Is this body a file to whoever receives it?  What scripts POST is one: it is how pages
 * send files without a form. */
static bool body_is_file(const htp_tx_t *htp, enum packet_dir dir)
{
	return dir == PACKET_TO_CLIENT || htp->request_method_number == HTP_M_PUT ||
	       htp->request_method_number == HTP_M_POST;
}

static void body_bytes(
    struct http_tx *h, htp_tx_t *htp, enum packet_dir dir, struct span s)
{
	struct http_side *side = &h->side[dir];
	struct app *a = h->home->app;
	bool form = dir == PACKET_TO_SERVER && h->form.mime;
	bool file = !form && body_is_file(htp, dir);

	if (file && !side->file_asked) {
		side->file_asked = true;
		side->file = app_file_open(a, h->tx, dir, http_file_name(h, htp, dir));
	}
	app_file_bytes(a, side->file, s);
	if (dir == PACKET_TO_SERVER)
		app_body_add(&side->body, h->tx, TX_HTTP_REQUEST_BODY, dir, file, s,
		    a->conf.request_body_max);
	else
		app_body_add(&side->body, h->tx, TX_HTTP_RESPONSE_BODY, dir, file, s,
		    a->conf.response_body_max);
	if (form)
		http_form_bytes(h, s);
	reach(h, dir, TX_BODY);
}

static int body(htp_tx_data_t *d, enum packet_dir dir)
{
	struct http_tx *h = htp_tx_get_user_data(d->tx);

	if (h && h->home && d->data && d->len)
		body_bytes(h, d->tx, dir, span_of(d->data, d->len));
	else if (h && !d->data && d->len)
		h->side[dir].lost = true; /* a hole that libhtp steps over */
	if (h && h->form.mime && !d->data && d->len)
		app_mime_gap(h->form.mime);
	if (h) {
		h->shown.request_len = h->side[0].body.seen;
		h->shown.response_len = h->side[1].body.seen;
	}
	return HTP_OK;
}

int http_on_request_body(htp_tx_data_t *d)
{
	return body(d, PACKET_TO_SERVER);
}

int http_on_response_body(htp_tx_data_t *d)
{
	return body(d, PACKET_TO_CLIENT);
}

static int trailer(htp_tx_t *htp, enum packet_dir dir)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (!h)
		return HTP_OK;
	http_show_trailer(h, dir,
	    dir == PACKET_TO_SERVER ? htp->request_headers : htp->response_headers);
	reach(h, dir, TX_TRAILER);
	return HTP_OK;
}

int http_on_request_trailer(htp_tx_t *htp)
{
	return trailer(htp, PACKET_TO_SERVER);
}

int http_on_response_trailer(htp_tx_t *htp)
{
	return trailer(htp, PACKET_TO_CLIENT);
}

static void side_end(struct http_tx *h, enum packet_dir dir, bool whole)
{
	struct http_side *side = &h->side[dir];

	if (dir == PACKET_TO_SERVER)
		http_form_end(h, whole && !side->lost);
	if (h->home)
		app_file_close(h->home->app, side->file, whole && !side->lost);
	side->file = NULL;
	app_body_end(&side->body);
	buf_fini(&side->raw);
}

int http_on_request_done(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (!h)
		return HTP_OK;
	http_note_flags(h->tx, htp);
	side_end(h, PACKET_TO_SERVER, !flow_of(htp)->closing[PACKET_TO_SERVER]);
	reach(h, PACKET_TO_SERVER, TX_DONE);
	return HTP_OK;
}

int http_on_response_start(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (h)
		return HTP_OK;
	/* An answer to a question that nobody saw. */
	h = exchange_of(htp);
	if (!h)
		return HTP_ERROR;
	h->shown.url = http_span(htp->request_uri);
	h->shown.url = arena_copy(&h->tx->arena, h->shown.url);
	h->tx->progress[PACKET_TO_SERVER] = TX_DONE;
	h->tx->inspected[PACKET_TO_SERVER] = TX_DONE;
	return HTP_OK;
}

int http_on_response_line(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (!h)
		return HTP_OK;
	http_show_response_line(h, htp);
	reach(h, PACKET_TO_CLIENT, TX_LINE);
	return HTP_OK;
}

/* What follows a granted CONNECT is not HTTP until it is recognised as such; libhtp's own
 * probing would swallow the first bytes of it. */
static bool opens_tunnel(const htp_tx_t *htp)
{
	return htp->request_method_number == HTP_M_CONNECT &&
	       htp->response_status_number >= 200 && htp->response_status_number < 300;
}

int http_on_response_headers(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (!h)
		return HTP_OK;
	http_show_response_headers(h, htp);
	reach(h, PACKET_TO_CLIENT, TX_HEADERS);
	if (!opens_tunnel(htp))
		return HTP_OK;
	flow_of(htp)->tunnel = true;
	return HTP_STOP;
}

int http_on_response_done(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (!h)
		return HTP_OK;
	http_note_flags(h->tx, htp);
	/* Without a length the connection's end is the body's (RFC 9112 6.3). */
	bool ends_by_close = htp->response_transfer_coding == HTP_CODING_IDENTITY &&
			     htp->response_content_length < 0;
	side_end(h, PACKET_TO_CLIENT,
	    ends_by_close || !flow_of(htp)->closing[PACKET_TO_CLIENT]);
	reach(h, PACKET_TO_CLIENT, TX_DONE);
	return HTP_OK;
}

/* libhtp frees its own part right after this (tx_auto_destroy). */
int http_on_both_done(htp_tx_t *htp)
{
	struct http_tx *h = htp_tx_get_user_data(htp);

	if (h)
		h->htp = NULL;
	htp_tx_set_user_data(htp, NULL);
	return HTP_OK;
}

void http_exchange_end(struct http_tx *h)
{
	side_end(h, PACKET_TO_SERVER, h->tx->progress[PACKET_TO_SERVER] == TX_DONE);
	side_end(h, PACKET_TO_CLIENT, h->tx->progress[PACKET_TO_CLIENT] == TX_DONE);
	h->tx->progress[0] = h->tx->progress[1] = TX_DONE;
}
