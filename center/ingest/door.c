/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* What the gates may ask.  Each route says who may come and how large a body may be. */
static const struct ingest_route routes[] = {
	{ "GET", "/gate/v1/ca", INGEST_ANYONE, 0, ingest_answer_ca },
	{ "POST", "/gate/v1/enrol", INGEST_ANYONE, INGEST_ENROL_MAX,
	    ingest_answer_enrol },
	{ "POST", "/gate/v1/batches/", INGEST_GATE, INGEST_PACKED_MAX,
	    ingest_answer_batch },
	{ "POST", "/gate/v1/eve", INGEST_GATE_OR_TOKEN, RECORD_BATCH_BYTES_MAX,
	    ingest_answer_eve },
	{ "POST", "/gate/v1/renew", INGEST_GATE, INGEST_ENROL_MAX,
	    ingest_answer_renew },
	{ "GET", "/gate/v1/keys", INGEST_GATE, 0, ingest_answer_keys },
	{ "GET", "/gate/v1/orders", INGEST_GATE, 0, ingest_answer_orders },
	{ "GET", "/gate/v1/bundles/", INGEST_GATE, 0, ingest_answer_bundle },
	{ "POST", "/gate/v1/report", INGEST_GATE, FLEET_REPORT_MAX,
	    ingest_answer_report },
};

/* A route that ends with a slash takes what stands behind it. */
static const struct ingest_route *route_find(
    const char *method, const char *url, enum ingest_error *error)
{
	*error = INGEST_MISSING;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		size_t len = strlen(routes[i].path);
		bool open = routes[i].path[len - 1] == '/';
		if (strncmp(url, routes[i].path, len) != 0 || (!open && url[len]))
			continue;
		if (strcmp(method, routes[i].method) == 0)
			return &routes[i];
		*error = INGEST_NO_METHOD;
	}
	return NULL;
}

static const struct {
	unsigned status;
	const char *code, *ja, *en;
} errors[] = {
	[INGEST_BAD] = { 400, "bad", "読み取れない内容です", "cannot be read" },
	[INGEST_DENIED] = { 403, "denied", "この見守り装置は登録されていません",
	    "this gate is not enrolled, or its certificate was revoked" },
	[INGEST_CODE] = { 403, "code", "登録の番号がちがうか、使用済みか、期限切れです",
	    "the code is wrong, used or too old; ask for a new one" },
	[INGEST_MISSING] = { 404, "missing", "そのページはありません",
	    "no such thing" },
	[INGEST_NO_METHOD] = { 405, "method", "この操作はできません",
	    "not this method" },
	[INGEST_LARGE] = { 413, "large", "大きすぎます", "more than a batch may hold" },
	[INGEST_TYPE] = { 415, "type", "形式がちがいます",
	    "not in this form: batches are application/zstd, EVE is plain, gzip or zstd" },
	[INGEST_SLOW] = { 429, "slow", "しばらくしてから送ってください",
	    "too much; wait" },
	[INGEST_BUSY] = { 503, "busy", "しばらくしてから送ってください",
	    "busy; come again" },
};

void ingest_fail(struct ingest_call *c, enum ingest_error e, unsigned retry_s)
{
	c->status = errors[e].status;
	c->retry_s = retry_s;
	json_decref(c->reply);
	c->reply = json_pack("{s:{s:s, s:s, s:s}}", "error", "code", errors[e].code,
	    "message_ja", errors[e].ja, "message_en", errors[e].en);
}

void ingest_fail_store(struct ingest_call *c, int err)
{
	if (err == FAIL_DENIED)
		ingest_fail(c, INGEST_DENIED, 0);
	else
		ingest_fail(c, INGEST_BUSY, 5);
}

static enum MHD_Result send_reply(struct MHD_Connection *conn, struct ingest_call *c)
{
	char *text = c->pem ? strdup(c->pem) : json_dumps(c->reply, JSON_COMPACT);
	struct MHD_Response *r = text ? MHD_create_response_from_buffer(
					    strlen(text), text, MHD_RESPMEM_MUST_FREE)
				      : NULL;
	char number[16];

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(
	    r, "Content-Type", c->pem ? "application/x-pem-file" : "application/json");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (c->retry_s) {
		snprintf(number, sizeof(number), "%u", c->retry_s);
		MHD_add_response_header(r, "Retry-After", number);
	}
	enum MHD_Result sent = MHD_queue_response(conn, c->status, r);
	MHD_destroy_response(r);
	return sent;
}

bool ingest_hold(struct ingest_call *c, size_t bytes)
{
	struct ingest_door *d = c->door;
	size_t most = (size_t)(d->conf.memory_mb ? d->conf.memory_mb : 256) << 20;

	pthread_mutex_lock(&d->lock);
	size_t others = d->held - c->held;
	bool room = others == 0 || others + bytes <= most;
	if (room) {
		d->held = others + bytes;
		c->held = bytes;
	}
	pthread_mutex_unlock(&d->lock);
	return room;
}

/* The first look at a request: which route, who, how large.  What is refused here is
 * answered when its body (at most the route's size) has been read and thrown away. */
static void look(struct ingest_call *c, struct MHD_Connection *conn, const char *url,
    const char *method)
{
	enum ingest_error error;

	c->route = route_find(method, url, &error);
	if (!c->route) {
		ingest_fail(c, error, 0);
		return;
	}
	buf_init(&c->body, c->route->body_max);
	c->rest = url + strlen(c->route->path);
	if (c->route->who != INGEST_ANYONE) {
		int err = ingest_peer_find(c->door->store, conn,
		    c->route->who == INGEST_GATE_OR_TOKEN, &c->gate);
		if (err < 0)
			ingest_fail(c, err == FAIL_BUSY ? INGEST_BUSY : INGEST_DENIED,
			    err == FAIL_BUSY ? 5 : 0);
	}
	const char *length = MHD_lookup_connection_value(
	    conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	size_t size = c->route->body_max;
	if (length && strtoull(length, NULL, 10) > size)
		ingest_fail(c, INGEST_LARGE, 0);
	else if (length)
		size = strtoull(length, NULL, 10);
	ingest_lines_reads(c->door->lines, c->line, size);
	/* After an outage thousands come at once with all that they kept. */
	if (!c->status && !ingest_hold(c, size))
		ingest_fail(c, INGEST_BUSY, 5);
}

/* NULL: no memory, or the door is closing. */
static struct ingest_call *call_new(struct ingest_door *door)
{
	struct ingest_call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->door = door;
	pthread_mutex_lock(&door->lock);
	bool closing = door->closing;
	door->calls += !closing;
	pthread_mutex_unlock(&door->lock);
	if (closing) {
		free(c);
		return NULL;
	}
	return c;
}

static void know_line(struct ingest_call *c, struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *context =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const union MHD_ConnectionInfo *from =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct addr a = ingest_peer_addr(from ? from->client_addr : NULL);

	c->line = context ? context->socket_context : NULL;
	addr_format(&a, c->peer);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *len, void **own)
{
	struct ingest_door *door = arg;
	struct ingest_call *c = *own;

	(void)version;
	if (!c) {
		c = *own = call_new(door);
		if (!c)
			return MHD_NO;
		c->conn = conn;
		know_line(c, conn);
		look(c, conn, url, method);
		/* Nobody reads gigabytes to say no. */
		return c->status == 413 ? send_reply(conn, c) : MHD_YES;
	}
	if (*len > 0) {
		c->seen += *len;
		if (!c->status)
			buf_add(&c->body, data, *len);
		*len = 0;
		if (c->body.overflowed)
			ingest_fail(c, INGEST_LARGE, 0);
		size_t most = c->route ? c->route->body_max : 0;
		return c->seen > most + INGEST_PACKED_MAX * 2 ? MHD_NO : MHD_YES;
	}
	if (!c->status)
		c->route->answer(c);
	/* It waits for the writer; we are called again when it was resumed. */
	if (c->parked) {
		c->parked = false;
		return MHD_YES;
	}
	return send_reply(conn, c);
}

static void completed(void *arg, struct MHD_Connection *conn, void **own,
    enum MHD_RequestTerminationCode why)
{
	struct ingest_door *door = arg;
	struct ingest_call *c = *own;

	(void)conn;
	(void)why;
	if (!c)
		return;
	ingest_lines_rests(door->lines, c->line);
	json_decref(c->reply);
	buf_fini(&c->body);
	if (c->batch_read)
		ingest_batch_fini(&c->batch);
	buf_fini(&c->cert);
	size_t held = c->held;
	free(c);
	*own = NULL;
	pthread_mutex_lock(&door->lock);
	door->held -= held;
	door->calls--;
	pthread_cond_broadcast(&door->left);
	pthread_mutex_unlock(&door->lock);
}

static enum MHD_Result may_come(void *arg, const struct sockaddr *from, socklen_t len)
{
	struct ingest_door *d = arg;

	(void)len;
	return ingest_lines_room(d->lines, from) ? MHD_YES : MHD_NO;
}

static void connection(void *arg, struct MHD_Connection *conn, void **line,
    enum MHD_ConnectionNotificationCode what)
{
	struct ingest_door *d = arg;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		ingest_lines_leave(d->lines, *line);
		*line = NULL;
		return;
	}
	const union MHD_ConnectionInfo *fd =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	int socket = fd ? fd->connect_fd : -1;
	const union MHD_ConnectionInfo *from =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*line = socket < 0 ? NULL
			   : ingest_lines_enter(
				 d->lines, socket, from ? from->client_addr : NULL);
}

static void log_mhd(void *arg, const char *format, va_list ap)
{
	char text[500];

	(void)arg;
	if (vsnprintf(text, sizeof(text), format, ap) > 0)
		log_debug("C220", "gate door: %s", text);
}

/* Our paths have no escapes: one that does is none of ours. */
static size_t keep_escapes(void *arg, struct MHD_Connection *conn, char *text)
{
	(void)arg;
	(void)conn;
	return strlen(text);
}

static const char priorities[] =
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:"
    "-AES-256-CBC";

static struct MHD_Daemon *start(struct ingest_door *d, const struct sockaddr *addr)
{
	unsigned threads = d->conf.threads ? d->conf.threads : 2;
	unsigned connections = d->conf.connections ? d->conf.connections : 30000;

	return MHD_start_daemon(
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME |
		MHD_USE_ITC | MHD_USE_ERROR_LOG |
		(addr->sa_family == AF_INET6 ? MHD_USE_DUAL_STACK : 0),
	    0, may_come, d, handle, d, MHD_OPTION_NOTIFY_CONNECTION, connection, d,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
	    MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_SOCK_ADDR, addr,
	    MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0,
	    MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT,
	    75u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(16u << 10),
	    MHD_OPTION_NOTIFY_COMPLETED, completed, d, MHD_OPTION_HTTPS_PRIORITIES,
	    priorities, MHD_OPTION_HTTPS_MEM_TRUST, ingest_ca_pem(d->ca),
	    MHD_OPTION_HTTPS_CERT_CALLBACK, ingest_peer_certificate, MHD_OPTION_END);
}

static void free_door(struct ingest_door *d)
{
	ingest_quota_free(d->quota);
	ingest_lines_free(d->lines);
	pthread_cond_destroy(&d->left);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

struct ingest_door *ingest_open(
    const struct ingest_conf *conf, struct store *store, struct ingest_ca *ca)
{
	struct ingest_door *d = calloc(1, sizeof(*d));
	struct sockaddr_storage addr;

	if (!d)
		return NULL;
	d->conf = *conf;
	d->store = store;
	d->ca = ca;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->left, NULL);
	d->quota = ingest_quota_new(conf->records_per_s ? conf->records_per_s : 500,
	    conf->records_burst ? conf->records_burst : 200000);
	d->lines = ingest_lines_new(conf->per_address);
	if (!d->quota || !d->lines || ingest_listen_parse(conf->listen, &addr) < 0 ||
	    ingest_peer_present(ca) < 0)
		goto fail;
	if (ingest_park_start(d) < 0)
		goto fail;
	d->daemon = start(d, (struct sockaddr *)&addr);
	if (!d->daemon) {
		d->closing = true; /* nobody else looks yet but the parking thread */
		ingest_park_end(d);
		log_error("C221",
		    "the gates' door cannot listen on %s: is the port taken?",
		    conf->listen);
		goto fail;
	}
	return d;

fail:
	free_door(d);
	return NULL;
}

unsigned ingest_port(const struct ingest_door *d)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void ingest_door_renewed(struct ingest_door *d)
{
	/* On failure the old one stays, and the reason is logged. */
	(void)!ingest_peer_present(d->ca);
}

/* A connection that waits for the writer must be woken before the library may close it;
 * those that are being answered get a moment. */
static void wait_until_left(struct ingest_door *d)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3;
	pthread_mutex_lock(&d->lock);
	while (d->suspended > 0)
		pthread_cond_wait(&d->left, &d->lock);
	while (d->calls > 0 && pthread_cond_timedwait(&d->left, &d->lock, &until) == 0)
		;
	pthread_mutex_unlock(&d->lock);
}

void ingest_close(struct ingest_door *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->closing = true;
	pthread_mutex_unlock(&d->lock);
	/* Not MHD_quiesce_daemon(): in 0.9.75 it and a worker thread may both take the listening
	 * socket out of the worker's epoll set, and the second of them aborts the process.  Who
	 * still comes is hung up on. */
	ingest_park_end(d);
	wait_until_left(d);
	MHD_stop_daemon(d->daemon);
	ingest_peer_forget(); /* no connection is left that could hold it */
	free_door(d);
}
