/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"

/* Speaks HTTP: the only folder that knows libmicrohttpd.
 *
 * Owns:    the socket, the connection threads, and four more: two for slow requests
 *          (passwords), one that wakes long polls, one that closes connections that dawdle.
 * Borrows: struct api.
 * Threads: api_http_open/close/port one; the files are read-only once opened.
 * Limits:  API_HTTP_* below; struct api_conf for connections. */
#define API_HTTP_MEMORY       (20u << 10) /* of a connection: its headers */
#define API_HTTP_IDLE_S       30u
#define API_HTTP_READ_MS      20000  /* a request must be here by then */
#define API_HTTP_ANSWER_MS    120000 /* and its answer gone */
#define API_HTTP_SLOW_THREADS 2u     /* each may need 64 MiB (argon2id) */
#define API_HTTP_SLOW_QUEUE   64u
#define API_HTTP_POLLS        8u /* long polls a session */
#define API_HTTP_FILES_MAX    2000u
#define API_HTTP_FILES_BYTES  (64u << 20)

struct MHD_Connection;
struct api_http;
struct api_http_exchange;

struct api_http *api_http_open(const struct api_conf *conf, struct api *api)
    __attribute__((malloc));
void api_http_close(struct api_http *h);
unsigned api_http_port(const struct api_http *h);

/* ---- one request and its answer (exchange.c) ---- */

enum api_http_state {
	API_HTTP_READING,
	API_HTTP_AWAY, /* suspended: with a slow thread, or waiting for a change */
	API_HTTP_DONE,
};

struct api_http_exchange {
	struct MHD_Connection *connection;
	struct api_request q;
	struct api_reply a;
	struct buf body;
	const struct api_route *route;
	enum api_http_state state;
	bool begun, target_bad, polls;
	struct api_http_exchange *next; /* in a lane */
	int64_t since, until_ms;        /* a long poll */
};

struct api_http_exchange *api_http_exchange_new(
    struct api *api, const char *target, struct MHD_Connection *c);
void api_http_exchange_free(struct api_http_exchange *x);
/* Takes headers over; false: the message itself is wrong, `a` says how. */
bool api_http_exchange_begin(struct api_http_exchange *x, const char *method);
/* Sends x->a: MHD_YES or MHD_NO. */
int api_http_exchange_send(struct api_http_exchange *x);

/* ---- what happens off the connection threads (lane.c) ---- */

struct api_http_lanes;

struct api_http_lanes *api_http_lanes_new(struct store *store, unsigned polls_max)
    __attribute__((malloc));
/* Answers everything that is away, and takes nothing more; before the daemon stops. */
void api_http_lanes_stop(struct api_http_lanes *l);
void api_http_lanes_free(struct api_http_lanes *l);
/* Both suspend the connection.  False: there is no room; it was not suspended. */
bool api_http_lanes_slow(struct api_http_lanes *l, struct api_http_exchange *x);
bool api_http_lanes_poll(struct api_http_lanes *l, struct api_http_exchange *x);

/* ---- connections that dawdle (patrol.c) ---- */

/* libmicrohttpd's time-out starts again with every byte; these do not. */
struct api_http_patrol;
struct api_http_line; /* a connection */

struct api_http_patrol *api_http_patrol_new(void) __attribute__((malloc));
void api_http_patrol_free(struct api_http_patrol *p); /* after the daemon */
struct api_http_line *api_http_patrol_enter(struct api_http_patrol *p, int fd);
void api_http_patrol_leave(struct api_http_patrol *p, struct api_http_line *line);
/* It reads a request (again), or has one and answers. */
void api_http_patrol_reads(struct api_http_patrol *p, struct api_http_line *line);
void api_http_patrol_answers(struct api_http_patrol *p, struct api_http_line *line);
/* The request's target, as sent; "" when it was too long.  Kept here because the library
 * tells it before it has a request, and may never have one.  The connection's thread. */
void api_http_line_keep(struct api_http_line *line, const char *target);
const char *api_http_line_target(const struct api_http_line *line);

/* ---- the portal's files (files.c) ---- */

/* Reads the whole folder into memory; NULL with the reason logged. */
struct api_files *api_http_files_open(const char *dir) __attribute__((malloc));
void api_http_files_close(struct api_files *f);
void api_http_files_answer(
    const struct api_files *f, const struct api_request *q, struct api_reply *a);

int64_t api_http_now_ms(void); /* monotonic */
