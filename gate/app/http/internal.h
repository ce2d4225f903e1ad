/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/http/http.h"
#include "gate/app/internal.h"
#include "gate/app/mime/mime.h"

#include <htp/htp.h>

#define APP_HTTP_RAW_MAX  (64u << 10) /* raw header bytes kept of one message */
#define APP_HTTP_NAME_MAX 255u        /* bytes of a file's name */

/* The parser of one flow; libhtp's user data. */
struct http_flow {
	struct app *app;
	struct flow *flow;
	htp_connp_t *connp;
	enum packet_dir feeding; /* whose bytes libhtp is reading now */
	struct buf
	    waiting[2]; /* bytes libhtp will take when the other side has moved on */
	bool broken[2];
	bool closing[2]; /* the connection ends before the message says so */
	bool tunnel;
	bool oddness_waits; /* complained of before we had a transaction for it */
	enum app_event oddness;
};

/* One side of an exchange. */
struct http_side {
	struct buf raw; /* header lines as sent, until they are complete */
	struct app_body body;
	struct file *file;
	bool file_asked; /* opened, or nobody wanted it */
	size_t headers;  /* already shown; what comes later is a trailer */
	bool lost;       /* bytes of the body are missing */
};

/* A form that a browser sent (RFC 7578): each file in it goes its own way. */
struct http_form {
	struct app_mime *mime;
	struct app_parts files;
	struct file *file;
	bool part_is_file;
};

/* tx->proto: what event/ sees, then what the parser needs. */
struct http_tx {
	struct app_http shown;
	struct tx *tx;
	struct http_flow *home;
	struct http_side side[2];
	struct http_form form;
	htp_tx_t *htp; /* NULL once libhtp has let go of it */
};

static inline struct span http_span(const bstr *b)
{
	bstr *at = (bstr *)(uintptr_t)b; /* libhtp's macros cast const away */

	return at ? span_of(bstr_ptr(at), bstr_len(at)) : span_of(NULL, 0);
}

/* shop.c */
htp_cfg_t *http_shop_config(struct app_http_shop *shop);

/* exchange.c: what libhtp calls */
int http_on_request_start(htp_tx_t *htp);
int http_on_uri(htp_tx_t *htp); /* only with app_conf.http_double_decode_… */
int http_on_request_line(htp_tx_t *htp);
int http_on_request_header_bytes(htp_tx_data_t *d);
int http_on_request_headers(htp_tx_t *htp);
int http_on_request_body(htp_tx_data_t *d);
int http_on_request_trailer(htp_tx_t *htp);
int http_on_request_done(htp_tx_t *htp);
int http_on_response_start(htp_tx_t *htp);
int http_on_response_line(htp_tx_t *htp);
int http_on_response_header_bytes(htp_tx_data_t *d);
int http_on_response_headers(htp_tx_t *htp);
int http_on_response_body(htp_tx_data_t *d);
int http_on_response_trailer(htp_tx_t *htp);
int http_on_response_done(htp_tx_t *htp);
int http_on_both_done(htp_tx_t *htp);
/* Closes what is open on both sides; nothing more comes. */
void http_exchange_end(struct http_tx *h);

/* fields.c: from libhtp's tables into the transaction */
void http_show_request_line(struct http_tx *h, htp_tx_t *htp);
void http_show_request_headers(struct http_tx *h, htp_tx_t *htp);
void http_show_response_line(struct http_tx *h, htp_tx_t *htp);
void http_show_response_headers(struct http_tx *h, htp_tx_t *htp);
/* Header lines that came after the body. */
void http_show_trailer(
    struct http_tx *h, enum packet_dir dir, const htp_table_t *headers);

/* odd.c: what libhtp complains about becomes app events */
int http_on_log(htp_log_t *log);
void http_note_flags(struct tx *tx, const htp_tx_t *htp);
/* Forgets libhtp's log lines: it would keep them as long as the connection. */
void http_log_drain(htp_connp_t *connp);

/* form.c: begins when the request's headers say multipart/form-data */
void http_form_begin(struct http_tx *h, const htp_tx_t *htp);
void http_form_bytes(struct http_tx *h, struct span bytes);
void http_form_end(struct http_tx *h, bool whole);

/* name.c: what the body would be called on disk; bounded by APP_HTTP_NAME_MAX */
struct span http_file_name(struct http_tx *h, const htp_tx_t *htp, enum packet_dir dir);
