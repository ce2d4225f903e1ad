/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* HTTP/1 exchanges, parsed by libhtp.
 *
 * Owns:    struct app_http (tx->proto of a transaction with app FLOW_APP_HTTP).
 * Borrows: its spans point into the transaction's arena.
 * Threads: those of the flow's worker.
 * Limits:  APP_HTTP_LINE_MAX, APP_HTTP_HEADERS_MAX, APP_HTTP_BOMB_MAX, APP_HTTP_HELD_MAX
 *          and the two body limits of app_conf.
 * Serves:  002-01, 002-03 */
#define APP_HTTP_LINE_MAX    18000u /* bytes of a request line or header line */
#define APP_HTTP_HEADERS_MAX 1024u  /* header lines of one message */
#define APP_HTTP_BOMB_MAX \
	(8u << 20)            /* inflated bytes when they are 2048 times the sent */
#define APP_HTTP_LAYERS_MAX 2 /* content encodings on top of each other */
#define APP_HTTP_HELD_MAX   (16u << 10) /* bytes behind CONNECT until it is answered */

/* What EVE's http object needs.  A span that was not seen has len 0. */
struct app_http {
	struct span hostname; /* without port, letters as sent */
	int port;             /* as named by the client, −1 when it named none */
	struct span url;      /* as sent */
	struct span user_agent;
	struct span referer;
	struct span xff; /* X-Forwarded-For */
	struct span method;
	struct span
	    protocol; /* of the request, "HTTP/1.1"; of the response if that is all */
	int status;   /* 0: no response, or not a number: then status_text */
	struct span status_text;
	struct span redirect;     /* Location */
	struct span content_type; /* of the response, without parameters */
	struct span request_content_type;
	struct span content_range;          /* of the response */
	uint64_t request_len, response_len; /* body bytes, de-chunked and inflated */
};
