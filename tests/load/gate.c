/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/load/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include <openssl/err.h>

#define RETRY_MS   1000u
#define ANSWER_MS  60000 /* a request without an answer for so long is lost */
#define PACKED_MAX (32u << 10)

int64_t load_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint32_t load_roll(uint32_t sides)
{
	static uint64_t s;

	if (s == 0)
		(void)!getrandom(&s, sizeof(s), 0);
	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return sides ? (uint32_t)(s >> 20) % sides : 0;
}

/* ---- what it sends ---- */

static void add_time(struct buf *b)
{
	struct timespec t;
	struct tm tm;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + n, sizeof(text) - n, ".%06ld+0000", t.tv_nsec / 1000);
	buf_add_text(b, text);
}

static void add_beat(struct buf *b)
{
	buf_add_text(b, "{\"timestamp\":\"");
	add_time(b);
	buf_add_text(b,
	    "\",\"event_type\":\"gate\",\"gate\":{\"version\":\"load\",\"mode\":\"protect\","
	    "\"uptime_s\":1,\"rules\":36000,\"rules_refused\":0,\"packets\":1,\"bytes\":1,"
	    "\"capture_lost\":0,\"spool_lost\":0}}\n");
}

static void add_alert(struct buf *b, const struct load_gate *g, unsigned i)
{
	unsigned machine = load_roll(12);

	buf_add_text(b, "{\"timestamp\":\"");
	add_time(b);
	buf_addf(b,
	    "\",\"event_type\":\"alert\",\"src_ip\":\"192.168.1.%u\",\"src_port\":%u,"
	    "\"dest_ip\":\"198.51.100.%u\",\"dest_port\":443,\"proto\":\"TCP\",\"flow_id\":%" PRIu64
	    ",\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":%u,\"rev\":1,"
	    "\"signature\":\"load: made up\",\"severity\":2},\"otasuke\":{\"cause\":\"%s\","
	    "\"way\":\"in\",\"stopped\":true,\"machine\":{\"mac\":\"00:00:5e:00:53:%02x\","
	    "\"name\":\"pc-%u\",\"ip\":\"192.168.1.%u\"}}}\n",
	    machine + 10, 1024 + load_roll(60000), load_roll(250) + 1,
	    (uint64_t)g->id << 24 | (uint64_t)g->seq << 6 | i, 9100000 + load_roll(50),
	    load_roll(4) ? "PROBE" : "OFF_BUSINESS_SITE", machine, machine,
	    machine + 10);
}

/* The next batch, as a whole request. */
static void write_batch(struct load_world *w, struct load_gate *g)
{
	struct buf lines;
	char packed[PACKED_MAX], head[256];

	buf_init(&lines, LOAD_BODY_MAX);
	g->seq++;
	add_beat(&lines);
	for (unsigned i = 0; i < w->conf->alerts; i++)
		add_alert(&lines, g, i);
	size_t n = ZSTD_compress(packed, sizeof(packed), lines.at, lines.len, 1);
	buf_fini(&lines);
	if (ZSTD_isError(n))
		abort();
	int h = snprintf(head, sizeof(head),
	    "POST /gate/v1/batches/%s/%u HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
	    "application/zstd\r\nContent-Length: %zu\r\n\r\n",
	    w->boot, g->seq, n);
	g->out = malloc((size_t)h + n);
	if (!g->out)
		abort();
	memcpy(g->out, head, (size_t)h);
	memcpy(g->out + h, packed, n);
	g->out_len = (size_t)h + n;
}

/* ---- its connection ---- */

static void watch(struct load_world *w, struct load_gate *g, bool write, int op)
{
	struct epoll_event e = { .events = EPOLLIN | (write ? EPOLLOUT : 0u),
		.data.ptr = g };

	if (op == EPOLL_CTL_MOD && g->wants_write == write)
		return;
	g->wants_write = write;
	(void)epoll_ctl(w->epoll, op, g->fd, &e);
}

/* The pause of gate/uplink/session.c: doubles, and a random part of it. */
static void lose(struct load_world *w, struct load_gate *g)
{
	uint64_t most = RETRY_MS;
	int64_t now = load_now_ms();

	if (g->ssl)
		SSL_free(g->ssl);
	if (g->fd >= 0)
		close(g->fd);
	g->ssl = NULL;
	g->fd = -1;
	if (g->state >= LOAD_IDLE)
		w->sums.lost++;
	if (g->lost_ms == 0)
		g->lost_ms = now;
	g->state = LOAD_AWAY;
	g->failures++;
	for (unsigned i = 1; i < g->failures && most < w->conf->retry_max_ms; i++)
		most *= 2;
	if (most > w->conf->retry_max_ms)
		most = w->conf->retry_max_ms;
	g->next_ms = now + load_roll((uint32_t)most + 1);
}

/* The door of this gate: they are dealt out in turn. */
static void door_of(
    const struct load_world *w, const struct load_gate *g, struct sockaddr_in *a)
{
	unsigned n = 1, at = 0, port = 0;
	const char *place = w->conf->doors;
	char host[64] = "";

	for (const char *c = place; *c; c++)
		n += *c == ',';
	/* One that does not answer is another's turn. */
	at = (unsigned)((g->id + g->failures) % n);
	while (at--)
		place = strchr(place, ',') + 1;
	(void)sscanf(place, "%63[^:]:%u", host, &port);
	*a = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, host, &a->sin_addr);
}

static void dial(struct load_world *w, struct load_gate *g)
{
	struct sockaddr_in to, from = { .sin_family = AF_INET };
	int one = 1;

	door_of(w, g, &to);
	g->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (g->fd < 0) {
		lose(w, g);
		return;
	}
	/* From many addresses, so that ports do not run out in a storm. */
	from.sin_addr.s_addr =
	    htonl(0x7f010000u + (uint32_t)(g->id % 60000) + 1); /* 127.1.x.y */
	(void)setsockopt(g->fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	(void)setsockopt(g->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)bind(g->fd, (const struct sockaddr *)&from, sizeof(from));
	g->began_ms = load_now_ms();
	g->state = LOAD_CONNECTING;
	if (connect(g->fd, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS) {
		lose(w, g);
		return;
	}
	g->next_ms = g->began_ms + ANSWER_MS;
	watch(w, g, true, EPOLL_CTL_ADD);
}

static bool begin_tls(struct load_world *w, struct load_gate *g)
{
	g->ssl = SSL_new(w->tls);
	if (!g->ssl || SSL_set_fd(g->ssl, g->fd) != 1 ||
	    SSL_use_certificate(g->ssl, g->cert) != 1 ||
	    SSL_use_PrivateKey(g->ssl, w->key) != 1)
		return false;
	SSL_set_connect_state(g->ssl);
	g->state = LOAD_SHAKING;
	return true;
}

static void send_batch(struct load_world *w, struct load_gate *g)
{
	/* What was not acknowledged goes again, as it was. */
	if (!g->out)
		write_batch(w, g);
	g->out_at = g->in_len = 0;
	g->began_ms = load_now_ms();
	g->next_ms = g->began_ms + ANSWER_MS;
	g->state = LOAD_SENDING;
	load_gate_ready(w, g);
}

void load_gate_due(struct load_world *w, struct load_gate *g)
{
	if (g->state == LOAD_AWAY)
		dial(w, g);
	else if (g->state == LOAD_IDLE && (!w->ending || g->out))
		send_batch(w, g);
	else if (g->state != LOAD_IDLE)
		lose(w, g);
	else
		g->next_ms = INT64_MAX;
}

/* ---- the answer ---- */

static unsigned bucket(int64_t n, unsigned most)
{
	return n < 0 ? 0 : n >= most ? most - 1 : (unsigned)n;
}

static void note_ack(struct load_world *w, struct load_gate *g, const char *body)
{
	int64_t now = load_now_ms();

	w->sums.latency[bucket(now - g->began_ms, 4096)]++;
	if (g->lost_ms)
		w->sums.back[bucket((now - g->lost_ms) / 1000, 1200)]++;
	g->lost_ms = 0;
	g->failures = 0;
	w->sums.acked++;
	w->sums.again +=
	    strstr(body, "\"again\":true") || strstr(body, "\"again\": true");
	w->sums.alerts += w->conf->alerts;
	g->alerts_acked += w->conf->alerts;
	g->acked = g->seq;
	free(g->out);
	g->out = NULL;
	g->state = LOAD_IDLE;
	/* Full jitter around the beat. */
	g->next_ms = w->ending
			 ? INT64_MAX
			 : now + w->conf->beat_ms / 2 + load_roll(w->conf->beat_ms);
}

/* A whole answer is in g->in. */
static void take_answer(struct load_world *w, struct load_gate *g, const char *body)
{
	unsigned status = 0, wait_s = 5;
	const char *retry = strcasestr(g->in, "\nRetry-After: ");

	(void)sscanf(g->in, "HTTP/1.1 %u", &status);
	if (status == 200) {
		note_ack(w, g, body);
		return;
	}
	if (status == 429 || status == 503) {
		if (retry)
			(void)sscanf(retry + 14, "%u", &wait_s);
		w->sums.later++;
		g->state = LOAD_IDLE;
		g->next_ms = load_now_ms() + wait_s * 500 + load_roll(wait_s * 1000);
		return;
	}
	w->sums.refused++;
	lose(w, g);
}

static void read_answer(struct load_world *w, struct load_gate *g)
{
	unsigned length = 0;
	const char *head, *body;

	g->in[g->in_len] = '\0';
	body = strstr(g->in, "\r\n\r\n");
	head = strcasestr(g->in, "\nContent-Length: ");
	if (!body || !head || head > body || sscanf(head + 17, "%u", &length) != 1)
		return;
	if (strlen(body + 4) >= length)
		take_answer(w, g, body + 4);
}

/* ---- whatever can be done ---- */

/* 1: go on, 0: wait, -1: lost. */
static int after(struct load_world *w, struct load_gate *g, int rc)
{
	int why = SSL_get_error(g->ssl, rc);

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		watch(w, g, why == SSL_ERROR_WANT_WRITE, EPOLL_CTL_MOD);
		return 0;
	}
	return -1;
}

static int step(struct load_world *w, struct load_gate *g)
{
	int rc, err = 0;
	socklen_t len = sizeof(err);

	ERR_clear_error();
	switch (g->state) {
	case LOAD_CONNECTING:
		(void)getsockopt(g->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		return err || !begin_tls(w, g) ? -1 : 1;
	case LOAD_SHAKING:
		rc = SSL_do_handshake(g->ssl);
		if (rc != 1)
			return after(w, g, rc);
		w->sums.shakes++;
		g->state = LOAD_IDLE;
		watch(w, g, false, EPOLL_CTL_MOD);
		send_batch(w, g);
		return 0;
	case LOAD_SENDING:
		rc = SSL_write(
		    g->ssl, g->out + g->out_at, (int)(g->out_len - g->out_at));
		if (rc <= 0)
			return after(w, g, rc);
		g->out_at += (size_t)rc;
		if (g->out_at == g->out_len) {
			g->state = LOAD_READING;
			watch(w, g, false, EPOLL_CTL_MOD);
		}
		return 1;
	case LOAD_READING:
	case LOAD_IDLE:
		if (g->in_len + 1 >= sizeof(g->in))
			return -1;
		rc = SSL_read(
		    g->ssl, g->in + g->in_len, (int)(sizeof(g->in) - 1 - g->in_len));
		if (rc <= 0)
			return after(w, g, rc);
		g->in_len += (size_t)rc;
		read_answer(w, g);
		return g->state == LOAD_READING;
	default:
		return 0;
	}
}

void load_gate_ready(struct load_world *w, struct load_gate *g)
{
	int rc = 1;

	while (rc > 0 && g->state != LOAD_AWAY)
		rc = step(w, g);
	if (rc < 0)
		lose(w, g);
}

void load_gate_fini(struct load_gate *g)
{
	if (g->ssl)
		SSL_free(g->ssl);
	if (g->fd >= 0)
		close(g->fd);
	X509_free(g->cert);
	free(g->out);
}
