/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/load/load.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS  20
#define SETTLE_S 900 /* the longest that the end waits for acknowledgements */
#define TELL_MS  5000
#define EVENTS   512

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static FILE *work_file(const struct load_conf *c, const char *name, const char *mode)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", c->work, name);
	FILE *f = fopen(path, mode);
	if (!f)
		fprintf(stderr, "otasuke-load: %s: %s\n", path, strerror(errno));
	return f;
}

static int read_world(struct load_world *w)
{
	FILE *f = work_file(w->conf, "gates.pem", "re");
	unsigned n = 0;

	if (!f)
		return FAIL_IO;
	w->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	for (; w->key && n < w->conf->gates; n++) {
		struct load_gate *g = &w->gates[n];
		char line[64];
		g->fd = -1;
		if (!fgets(line, sizeof(line), f) ||
		    sscanf(line, "gate %" SCNd64, &g->id) != 1)
			break;
		g->cert = PEM_read_X509(f, NULL, NULL, NULL);
		if (!g->cert)
			break;
	}
	fclose(f);
	if (n == w->conf->gates)
		return 0;
	fprintf(stderr, "otasuke-load: only %u gates are prepared\n", n);
	return FAIL_FORMAT;
}

static int open_world(struct load_world *w)
{
	struct rlimit lim = { w->conf->gates + 1000, w->conf->gates + 1000 };

	(void)setrlimit(RLIMIT_NOFILE, &lim);
	w->gates = calloc(w->conf->gates, sizeof(*w->gates));
	w->tls = SSL_CTX_new(TLS_client_method());
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!w->gates || !w->tls || w->epoll < 0)
		return FAIL_MEMORY;
	/* The centre is known by its place: it is a made-up gate that must prove itself. */
	SSL_CTX_set_verify(w->tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(w->tls, SSL_MODE_RELEASE_BUFFERS |
				     SSL_MODE_ENABLE_PARTIAL_WRITE |
				     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)snprintf(w->boot, sizeof(w->boot), "load%" PRIx64, (uint64_t)time(NULL));
	return read_world(w);
}

/* ---- the report ---- */

static unsigned percentile(const uint64_t *counts, unsigned n, double share)
{
	uint64_t all = 0, sum = 0;

	for (unsigned i = 0; i < n; i++)
		all += counts[i];
	for (unsigned i = 0; i < n; i++) {
		sum += counts[i];
		if ((double)sum >= share * (double)all && all)
			return i;
	}
	return 0;
}

static void tell(const struct load_world *w, int64_t ms)
{
	unsigned in = 0, lost = 0;

	for (unsigned i = 0; i < w->conf->gates; i++) {
		in += w->gates[i].state >= LOAD_IDLE;
		lost += w->gates[i].lost_ms != 0;
	}
	fprintf(stderr,
	    "%4" PRId64
	    " s  connected %u  not heard since lost %u  acknowledged %" PRIu64
	    "  asked to wait %" PRIu64 "  handshakes %" PRIu64 "\n",
	    ms / 1000, in, lost, w->sums.acked, w->sums.later, w->sums.shakes);
}

static void report(const struct load_world *w, int64_t ms)
{
	const struct load_sums *s = &w->sums;
	uint64_t back = 0;

	for (unsigned i = 0; i < 1200; i++)
		back = s->back[i] ? i : back;
	printf("{\"gates\": %u, \"seconds\": %.1f, \"batches\": %" PRIu64
	       ", \"again\": %" PRIu64 ", \"alerts\": %" PRIu64
	       ", \"refused\": %" PRIu64 ", \"asked_to_wait\": %" PRIu64
	       ", \"handshakes\": %" PRIu64 ", \"connections_lost\": %" PRIu64
	       ", \"answer_ms\": {\"p50\": %u, \"p95\": %u, \"p99\": %u}, "
	       "\"heard_again_s\": {\"p50\": %u, \"p99\": %u, \"all\": %" PRIu64
	       "}, \"boot\": \"%s\"}\n",
	    w->conf->gates, (double)ms / 1000, s->acked, s->again, s->alerts,
	    s->refused, s->later, s->shakes, s->lost, percentile(s->latency, 4096, 0.5),
	    percentile(s->latency, 4096, 0.95), percentile(s->latency, 4096, 0.99),
	    percentile(s->back, 1200, 0.5), percentile(s->back, 1200, 0.99), back,
	    w->boot);
}

static int write_acked(const struct load_world *w)
{
	FILE *f = work_file(w->conf, "acked", "we");

	if (!f)
		return FAIL_IO;
	fprintf(f, "%s\n", w->boot);
	for (unsigned i = 0; i < w->conf->gates; i++)
		fprintf(f, "%" PRId64 " %u %u\n", w->gates[i].id, w->gates[i].acked,
		    w->gates[i].alerts_acked);
	return fclose(f) == 0 ? 0 : FAIL_IO;
}

/* ---- the loop ---- */

static void wait_events(struct load_world *w)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(w->epoll, events, EVENTS, STEP_MS);

	for (int i = 0; i < n; i++)
		load_gate_ready(w, events[i].data.ptr);
}

/* Whose time has come; false when nobody waits for anything any more. */
static bool wake(struct load_world *w)
{
	int64_t now = load_now_ms();
	bool any = false;

	for (unsigned i = 0; i < w->conf->gates; i++) {
		struct load_gate *g = &w->gates[i];
		if (g->next_ms <= now)
			load_gate_due(w, g);
		any |= g->out != NULL;
	}
	return any;
}

static void loop(struct load_world *w)
{
	int64_t began = load_now_ms(), woke = 0, told = began, now;
	int64_t end = began + w->conf->seconds * INT64_C(1000);
	bool any = true;

	while ((now = load_now_ms()) < end + SETTLE_S * 1000 && (now < end || any)) {
		if (stopped && now < end)
			end = now;
		w->ending = now >= end;
		wait_events(w);
		if (now - woke >= STEP_MS) {
			any = wake(w);
			woke = now;
		}
		if (now - told >= TELL_MS && !w->conf->quiet) {
			tell(w, now - began);
			told = now;
		}
	}
	report(w, load_now_ms() - began);
}

int load_run(const struct load_conf *c)
{
	struct load_world w = { .conf = c };
	int err = open_world(&w);
	int64_t now = load_now_ms();

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	/* They come within one beat, not all at once. */
	for (unsigned i = 0; i < c->gates && err == 0; i++)
		w.gates[i].next_ms = now + load_roll(c->beat_ms);
	if (err == 0) {
		loop(&w);
		err = write_acked(&w);
	}
	for (unsigned i = 0; w.gates && i < c->gates; i++)
		load_gate_fini(&w.gates[i]);
	free(w.gates);
	SSL_CTX_free(w.tls);
	EVP_PKEY_free(w.key);
	return err;
}
