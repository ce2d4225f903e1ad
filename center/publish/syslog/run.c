/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/syslog/syslog.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS      1000u
#define STEP_MS      100u /* the longest that stop waits, but for a send */
#define RETRY_MAX_MS 60000u
#define TIMEOUT_MS   10000L
#define SURE_US      INT64_C(10000000)
#define LOG_EVERY    60u /* failed looks between two lines in our own log */

struct publish_syslog {
	struct publish_syslog_conf conf;
	struct store *store;
	pthread_t thread;
	atomic_bool stop;
	char host[256];
	/* The thread's own. */
	int udp;      /* -1: not UDP, or not open */
	CURL *stream; /* NULL: not open */
	unsigned failures;
	/* A connection that ends may have swallowed its last lines: then again from safe_id,
	 * where it was SURE_US ago.  -1: not known yet. */
	int64_t safe_id, safe_us, next_id;
};

/* ---- the wire ---- */

static void hang_up(struct publish_syslog *s)
{
	if (s->udp >= 0)
		close(s->udp);
	if (s->stream)
		curl_easy_cleanup(s->stream);
	s->udp = -1;
	s->stream = NULL;
}

static int open_udp(struct publish_syslog *s, const char *place)
{
	char host[256] = "", port[16] = "514";
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *all, *a;

	if (sscanf(place, "[%255[^]]]:%15[0-9]", host, port) < 1)
		(void)sscanf(place, "%255[^:]:%15[0-9]", host, port);
	if (getaddrinfo(host, port, &hints, &all) != 0)
		return FAIL_PEER;
	for (a = all; a && s->udp < 0; a = a->ai_next) {
		s->udp = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (s->udp >= 0 && connect(s->udp, a->ai_addr, a->ai_addrlen) < 0)
			hang_up(s);
	}
	freeaddrinfo(all);
	return s->udp >= 0 ? 0 : FAIL_PEER;
}

/* The library makes the connection and checks the certificate; what goes over it is ours. */
static int open_stream(struct publish_syslog *s, const char *place, bool tls)
{
	char url[512];

	(void)snprintf(url, sizeof(url), "%s://%s", tls ? "https" : "http", place);
	s->stream = curl_easy_init();
	if (!s->stream)
		return FAIL_MEMORY;
	curl_easy_setopt(s->stream, CURLOPT_URL, url);
	curl_easy_setopt(s->stream, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(s->stream, CURLOPT_PROXY, "");
	curl_easy_setopt(s->stream, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->stream, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(s->stream, CURLOPT_CONNECTTIMEOUT_MS, TIMEOUT_MS);
	if (s->conf.ca)
		curl_easy_setopt(s->stream, CURLOPT_CAINFO, s->conf.ca);
	CURLcode rc = curl_easy_perform(s->stream);
	if (rc == CURLE_OK)
		return 0;
	if (s->failures % LOG_EVERY == 0)
		log_warn("C401", "syslog %s: %s", s->conf.url, curl_easy_strerror(rc));
	hang_up(s);
	return FAIL_PEER;
}

static int dial(struct publish_syslog *s)
{
	const char *place = strstr(s->conf.url, "://") + 3;

	if (s->udp >= 0 || s->stream)
		return 0;
	return strncmp(s->conf.url, "udp:", 4) == 0
		   ? open_udp(s, place)
		   : open_stream(s, place, strncmp(s->conf.url, "tls:", 4) == 0);
}

static bool writable(struct publish_syslog *s)
{
	curl_socket_t fd;

	if (curl_easy_getinfo(s->stream, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
		return false;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	return poll(&p, 1, (int)TIMEOUT_MS) == 1 && !(p.revents & (POLLERR | POLLHUP));
}

static int send_stream(struct publish_syslog *s, const uint8_t *at, size_t len)
{
	while (len > 0) {
		size_t sent = 0;
		CURLcode rc = curl_easy_send(s->stream, at, len, &sent);
		if (rc == CURLE_AGAIN && !s->stop && writable(s))
			continue;
		if (rc != CURLE_OK)
			return FAIL_PEER;
		at += sent;
		len -= sent;
	}
	return 0;
}

static int send_line(struct publish_syslog *s, const struct buf *line)
{
	char length[24];

	if (s->udp >= 0)
		return send(s->udp, line->at, line->len, 0) < 0 ? FAIL_PEER : 0;
	int n = snprintf(length, sizeof(length), "%zu ", line->len);
	int err = send_stream(s, (const uint8_t *)length, (size_t)n);
	return err < 0 ? err : send_stream(s, line->at, line->len);
}

/* The other side has gone although we have nothing to send. */
static bool was_left(struct publish_syslog *s)
{
	curl_socket_t fd;

	if (!s->stream ||
	    curl_easy_getinfo(s->stream, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
		return false;
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLERR | POLLHUP));
}

/* ---- what is new ---- */

static int write_place(struct store_db *db, void *arg)
{
	const int64_t *audit_id = arg;

	return store_exec(db,
	    "INSERT INTO export_place (name, audit_id) VALUES ('syslog', ?) ON CONFLICT (name) "
	    "DO UPDATE SET audit_id = excluded.audit_id",
	    STORE_ARGS(STORE_INT(*audit_id)));
}

/* Where to go on.  The first time: from now, not with years of history. */
static int place_of(struct store_db *db, int64_t *audit_id)
{
	int err = store_get_int(db, audit_id,
	    "SELECT audit_id FROM export_place WHERE name = 'syslog'", STORE_NO_ARGS);

	if (err != FAIL_MISSING)
		return err;
	err = store_get_int(
	    db, audit_id, "SELECT COALESCE(max(id), 0) FROM audit", STORE_NO_ARGS);
	return err < 0 ? err : 1;
}

static void line_of(struct store_rows *rows, struct publish_syslog_line *l)
{
	bool hidden = store_col_int(rows, 17) != 0;

	*l = (struct publish_syslog_line){ .audit_id = store_col_int(rows, 0),
		.at_us = store_col_int(rows, 1),
		.action = store_col_text(rows, 2),
		.incident_id = store_col_int(rows, 4),
		.company_id = store_col_int(rows, 5),
		.company = hidden ? "" : store_col_text(rows, 6),
		.gate = hidden ? "" : store_col_text(rows, 7),
		.cause = record_cause_find(store_col_text(rows, 8)),
		.severity = (enum record_severity)store_col_int(rows, 9),
		.state = store_col_text(rows, 10),
		.stopped = store_col_int(rows, 11) != 0,
		.what = hidden ? "" : store_col_text(rows, 12),
		.peer = hidden ? "" : store_col_text(rows, 13),
		.events = store_col_int(rows, 14),
		.machine = hidden ? "" : store_col_text(rows, 15),
		.mac = hidden ? "" : store_col_text(rows, 16),
		.ip = hidden ? "" : store_col_text(rows, 18),
		/* A note of people's stays in the centre: only its first line's words. */
		.detail = "" };
	if (l->cause >= RECORD_CAUSE_MAX)
		l->cause = RECORD_CAUSE_OTHER;
	if (l->severity > RECORD_URGENT)
		l->severity = RECORD_URGENT;
}

static void add_detail(
    struct store_rows *rows, struct publish_syslog_line *l, char *room, size_t size)
{
	bool note = strcmp(l->action, "incident.note") == 0;

	(void)snprintf(room, size, "%s", note ? "" : store_col_text(rows, 3));
	room[strcspn(room, "\n")] = '\0';
	l->detail = room;
}

static void step_back(struct publish_syslog *s, int64_t *audit_id)
{
	if (s->safe_id >= 0 && *audit_id > s->safe_id)
		*audit_id = s->safe_id;
}

static void note_safe(struct publish_syslog *s, int64_t audit_id)
{
	int64_t now_us = clock_monotonic_us();

	if (s->safe_id >= 0 && now_us - s->safe_us < SURE_US)
		return;
	s->safe_id = s->safe_id < 0 ? audit_id : s->next_id;
	s->next_id = audit_id;
	s->safe_us = now_us;
}

/* Sends what is new; *audit_id is how far it came.  Returns how many, or a fail. */
static int send_news(struct publish_syslog *s, struct store_db *db, int64_t *audit_id)
{
	struct store_rows *rows;
	struct buf line;
	int n = 0, err = 0;

	buf_init(&line, 2 * PUBLISH_SYSLOG_LINE_MAX);
	(void)store_query(db, &rows,
	    "SELECT a.id, a.at_us, a.action, a.detail, i.id, c.id, c.name, g.name, i.cause, "
	    "i.severity, i.state, i.stopped, i.what, i.peer, i.events, COALESCE(CASE WHEN "
	    "m.label <> '' THEN m.label ELSE m.name END, ''), COALESCE(m.mac, ''), "
	    "i.confidential, COALESCE(m.ip, '') FROM audit a JOIN incident i ON i.id = "
	    "a.incident_id JOIN company c ON c.id = i.company_id JOIN gate g ON g.id = "
	    "i.gate_id LEFT JOIN machine m ON m.id = i.machine_id WHERE a.id > ? AND a.action "
	    "LIKE 'incident.%' ORDER BY a.id LIMIT ?",
	    STORE_ARGS(STORE_INT(*audit_id), STORE_INT(PUBLISH_SYSLOG_MOST)));
	while (err == 0 && !s->stop && store_next(rows)) {
		struct publish_syslog_line l;
		char detail[256];
		line_of(rows, &l);
		add_detail(rows, &l, detail, sizeof(detail));
		l.host = s->host;
		buf_clear(&line);
		publish_syslog_write(&l, s->conf.cef, &line);
		err = dial(s);
		if (err == 0)
			err = send_line(s, &line);
		if (err == 0) {
			*audit_id = l.audit_id;
			n++;
		}
	}
	int read = store_rows_free(rows);
	buf_fini(&line);
	if (err < 0) {
		hang_up(s);
		step_back(s, audit_id);
	}
	return n > 0 ? n : err < 0 ? err : read;
}

/* One look.  Returns how many lines went out, or a fail. */
static int look(struct publish_syslog *s)
{
	struct store_db *db = store_read(s->store);
	int64_t audit_id = 0;
	int n = db ? place_of(db, &audit_id) : FAIL_IO;

	int64_t before = audit_id;
	if (n == 0 && was_left(s)) {
		hang_up(s);
		step_back(s, &audit_id);
	}
	if (n == 0)
		n = send_news(s, db, &audit_id);
	if (db)
		store_read_done(s->store, db);
	if (n >= 0)
		note_safe(s, audit_id);
	if (n > 0 || (n == 0 && audit_id != before)) {
		int err = store_write(s->store, write_place, &audit_id);
		if (err < 0)
			return err;
	}
	return n;
}

static void rest(struct publish_syslog *s, unsigned ms)
{
	for (unsigned gone = 0; gone < ms && !s->stop; gone += STEP_MS)
		nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
}

static void *run(void *arg)
{
	struct publish_syslog *s = arg;
	unsigned pause_ms = LOOK_MS;

	while (!s->stop) {
		int n = store_leads(s->store) ? look(s) : 0;
		if (n < 0 && s->failures++ % LOG_EVERY == 0)
			log_warn("C402", "syslog %s does not take lines; they wait",
			    s->conf.url);
		if (n >= 0)
			s->failures = 0;
		pause_ms = n >= 0                        ? LOOK_MS
			   : pause_ms * 2 < RETRY_MAX_MS ? pause_ms * 2
							 : RETRY_MAX_MS;
		/* There may be more at once. */
		if (n < (int)PUBLISH_SYSLOG_MOST)
			rest(s, pause_ms);
	}
	hang_up(s);
	return NULL;
}

static bool place_ok(const char *url)
{
	return (strncmp(url, "udp://", 6) == 0 || strncmp(url, "tcp://", 6) == 0 ||
		   strncmp(url, "tls://", 6) == 0) &&
	       url[6] && !strpbrk(url + 6, "/ @?#");
}

struct publish_syslog *publish_syslog_start(
    const struct publish_syslog_conf *conf, struct store *store)
{
	struct publish_syslog *s;

	if (!place_ok(conf->url)) {
		log_error("C400",
		    "syslog.url %s: must be udp://host:port, tcp://host:port or "
		    "tls://host:port",
		    conf->url);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->conf = *conf;
	s->store = store;
	s->udp = -1;
	s->safe_id = -1;
	if (gethostname(s->host, sizeof(s->host) - 1) < 0)
		(void)snprintf(s->host, sizeof(s->host), "-");
	if (pthread_create(&s->thread, NULL, run, s) != 0) {
		log_error("C403", "cannot start the syslog thread");
		free(s);
		return NULL;
	}
	return s;
}

void publish_syslog_stop(struct publish_syslog *s)
{
	if (!s)
		return;
	s->stop = true;
	pthread_join(s->thread, NULL);
	free(s);
}
