/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"

#include "lib/base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_PRESET     4u
#define CONNECTIONS_PRESET 1024u
#define PER_ADDRESS_PRESET 64u
#define PEM_MAX            (256u << 10)

struct api_http {
	struct api *api;
	struct MHD_Daemon *daemon;
	struct api_http_lanes *lanes;
	struct api_http_patrol *patrol;
	char *cert, *key;
	int fd; /* until the daemon has it */
	unsigned port;
};

/* ---- requests ---- */

static struct api_http_line *line_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* Everything that is no route is a file of the portal. */
static void find(struct api_http *h, struct api_http_exchange *x)
{
	struct api_reply *a = &x->a;

	x->route = api_route_find(&x->q, a);
	if (x->route || a->status != 404 || strncmp(x->q.path, "/api/", 5) == 0 ||
	    !h->api->files)
		return;
	api_reply_fini(a);
	*a = (struct api_reply){ 0 };
	api_http_files_answer(h->api->files, &x->q, a);
}

static enum MHD_Result answer(struct api_http *h, struct api_http_exchange *x)
{
	if (x->a.wait) {
		if (api_http_lanes_poll(h->lanes, x))
			return MHD_YES;
		api_fail_later(&x->a, API_BUSY, 30);
	}
	x->state = API_HTTP_DONE;
	return (enum MHD_Result)api_http_exchange_send(x);
}

static enum MHD_Result finish(struct api_http *h, struct api_http_exchange *x)
{
	x->q.body = buf_span(&x->body);
	x->q.body_too_large = x->body.overflowed;
	api_http_patrol_answers(h->patrol, line_of(x->connection));
	find(h, x);
	if (x->route && x->route->slow) {
		if (api_http_lanes_slow(h->lanes, x))
			return MHD_YES;
		api_fail_later(&x->a, API_BUSY, 5);
	} else if (x->route) {
		api_route_run(x->route, &x->q, &x->a);
	}
	return answer(h, x);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **con_cls)
{
	struct api_http *h = cls;
	struct api_http_exchange *x = *con_cls;

	(void)url; /* ours is x->q.path */
	(void)version;
	if (!x) {
		const struct api_http_line *line = line_of(c);
		x = line ? api_http_exchange_new(h->api, api_http_line_target(line), c)
			 : NULL;
		*con_cls = x;
	}
	if (!x)
		return MHD_NO;
	if (!x->begun) {
		x->q.tls = h->cert != NULL;
		if (api_http_exchange_begin(x, method))
			return MHD_YES;
		return (enum MHD_Result)api_http_exchange_send(x);
	}
	if (*size > 0) {
		buf_add(&x->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (x->state == API_HTTP_READING)
		return finish(h, x);
	if (x->polls) {
		/* Something changed, or time is up: ask the handler again. */
		/* The library may come once more after the answer, when it is ending. */
		api_reply_fini(&x->a);
		x->a = (struct api_reply){ 0 };
		x->route->fn(&x->q, &x->a);
	}
	return answer(h, x);
}

static void *begin(void *cls, const char *target, struct MHD_Connection *c)
{
	struct api_http_line *line = line_of(c);

	(void)cls;
	if (line)
		api_http_line_keep(line, target);
	return NULL; /* a request that is refused early would never be given back */
}

static void end(void *cls, struct MHD_Connection *c, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct api_http *h = cls;

	(void)why;
	api_http_exchange_free(*con_cls);
	*con_cls = NULL;
	api_http_patrol_reads(h->patrol, line_of(c));
}

static void connection(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct api_http *h = cls;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
		    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context =
		    info ? api_http_patrol_enter(h->patrol, info->connect_fd) : NULL;
	} else {
		api_http_patrol_leave(h->patrol, *context);
		*context = NULL;
	}
}

static size_t leave_escapes(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static void __attribute__((format(printf, 2, 0)))
tell(void *cls, const char *fmt, va_list args)
{
	char text[512];

	(void)cls;
	(void)vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("C310", "HTTP: %s", text);
}

/* ---- the socket ---- */

static bool is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *four = (const void *)a;
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	}
	const struct sockaddr_in6 *six = (const void *)a;
	return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* "127.0.0.1:8480", "[::1]:8480" */
static int resolve(const char *listen_at, struct addrinfo **found)
{
	char host[128];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };

	(void)snprintf(host, sizeof(host), "%s", listen_at);
	char *start = host, *port = strrchr(host, ':');
	if (!port)
		return FAIL_FORMAT;
	*port++ = '\0';
	size_t len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		start++;
	}
	return getaddrinfo(start, port, &hints, found) == 0 ? 0 : FAIL_FORMAT;
}

static int open_socket(
    struct api_http *h, const struct addrinfo *at, const char *listen_at)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	int yes = 1;

	h->fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->fd < 0 ||
	    setsockopt(h->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(h->fd, at->ai_addr, at->ai_addrlen) < 0 || listen(h->fd, 511) < 0 ||
	    getsockname(h->fd, (struct sockaddr *)(void *)&name, &len) < 0) {
		log_error("C302", "cannot listen on %s: %s", listen_at,
		    strerrordesc_np(errno));
		return FAIL_IO;
	}
	h->port =
	    ntohs(name.ss_family == AF_INET6
		      ? ((const struct sockaddr_in6 *)(const void *)&name)->sin6_port
		      : ((const struct sockaddr_in *)(const void *)&name)->sin_port);
	return 0;
}

static char *read_pem(const char *path)
{
	struct buf text;
	char *copy = NULL;
	uint8_t part[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		log_error("C303", "cannot read %s: %s", path, strerrordesc_np(errno));
		return NULL;
	}
	buf_init(&text, PEM_MAX);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(&text, part, (size_t)n);
	(void)close(fd);
	if (n == 0 && !text.overflowed)
		copy = strdup(buf_text(&text));
	else
		log_error("C303", "cannot read %s: it is not a PEM file", path);
	buf_fini(&text);
	return copy;
}

static bool is_address(const char *text)
{
	uint8_t bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	       inet_pton(AF_INET6, text, bytes) == 1;
}

static int prepare(struct api_http *h, const struct api_conf *conf)
{
	struct addrinfo *at = NULL;
	int err = 0;

	if (resolve(conf->listen, &at) < 0) {
		log_error("C302",
		    "cannot listen on \"%s\": write an address and a port, as in "
		    "127.0.0.1:8480",
		    conf->listen);
		return FAIL_FORMAT;
	}
	if (!conf->cert && !is_loopback(at->ai_addr)) {
		log_error("C304",
		    "%s is not this machine only: give a certificate and a key, or listen "
		    "on 127.0.0.1 behind a server with TLS",
		    conf->listen);
		err = FAIL_DENIED;
	}
	if (err == 0 && !conf->cert != !conf->key) {
		log_error("C308",
		    "portal.cert and portal.key belong together: name both "
		    "files, or neither");
		err = FAIL_FORMAT;
	}
	if (err == 0 && conf->proxy && !is_address(conf->proxy)) {
		log_error("C309",
		    "portal.proxy %s is not an address: write it in numbers, as in "
		    "127.0.0.1",
		    conf->proxy);
		err = FAIL_FORMAT;
	}
	if (err == 0 && conf->cert) {
		h->cert = read_pem(conf->cert);
		h->key = conf->key ? read_pem(conf->key) : NULL;
		if (!h->cert || !h->key)
			err = FAIL_IO;
	}
	if (err == 0)
		err = open_socket(h, at, conf->listen);
	freeaddrinfo(at);
	return err;
}

static struct MHD_Daemon *start(
    struct api_http *h, const struct api_conf *conf, unsigned connections)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (h->cert ? MHD_USE_TLS : 0u);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, h->key },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(flags, 0, NULL, NULL, handle, h,
	    MHD_OPTION_EXTERNAL_LOGGER, tell, NULL, MHD_OPTION_LISTEN_SOCKET, h->fd,
	    MHD_OPTION_THREAD_POOL_SIZE, conf->threads ? conf->threads : THREADS_PRESET,
	    MHD_OPTION_CONNECTION_LIMIT, connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    conf->proxy         ? connections
	    : conf->per_address ? conf->per_address
				: PER_ADDRESS_PRESET,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)API_HTTP_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, API_HTTP_IDLE_S,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, begin, h,
	    MHD_OPTION_NOTIFY_COMPLETED, end, h, MHD_OPTION_NOTIFY_CONNECTION,
	    connection, h, MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
	    MHD_OPTION_ARRAY, h->cert ? tls : none, MHD_OPTION_END);
}

struct api_http *api_http_open(const struct api_conf *conf, struct api *api)
{
	struct api_http *h = calloc(1, sizeof(*h));
	unsigned connections =
	    conf->connections ? conf->connections : CONNECTIONS_PRESET;

	if (!h)
		return NULL;
	h->api = api;
	h->fd = -1;
	if (prepare(h, conf) < 0)
		goto fail;
	h->patrol = api_http_patrol_new();
	h->lanes = api_http_lanes_new(api->store, connections / 4 * 3);
	if (!h->patrol || !h->lanes)
		goto fail;
	h->daemon = start(h, conf, connections);
	if (!h->daemon) {
		log_error("C305", "the HTTP server does not start on %s", conf->listen);
		goto fail;
	}
	h->fd = -1;
	log_info("C306", "the portal listens on %s (port %u)", conf->listen, h->port);
	return h;
fail:
	api_http_close(h);
	return NULL;
}

void api_http_close(struct api_http *h)
{
	if (!h)
		return;
	/* Those who wait get their answer, and nobody can wait any more; then the rest.  Not
	 * MHD_quiesce_daemon() before: in 0.9.75 it and a worker thread may both take the
	 * listening socket out of the worker's epoll set, and the second of them aborts. */
	if (h->lanes)
		api_http_lanes_stop(h->lanes);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	api_http_lanes_free(h->lanes);
	api_http_patrol_free(h->patrol);
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->cert);
	free(h->key);
	free(h);
}

unsigned api_http_port(const struct api_http *h)
{
	return h->port;
}
