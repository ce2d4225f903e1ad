/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define SESSION_POLL_MS     1000u
#define SESSION_RETRY_MS    1000u
#define SESSION_RETRY_MAX   300000u
#define SESSION_AFTER_MAX_S 3600u
#define SESSION_ANSWER_MAX  (64u << 10)
#define SESSION_PEM_MAX     (64u << 10)

struct session {
	struct uplink_session_conf conf;
	volatile int *stop;
	struct uplink_reader *reader;
	struct uplink_http *http;
	struct buf packed;
	struct uplink_answer answer;
	unsigned failures; /* in a row */
	bool away;         /* said that the centre is not reached */
	bool revoked;      /* said that we are not welcome */
	uint64_t refused;  /* batches */
};

static uint32_t roll(uint32_t sides)
{
	uint32_t random = 0;

	if (sides == 0 ||
	    getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return sides;
	return random % sides;
}

/* Full jitter: thousands of gates that lost the centre together come back one by one. */
static uint32_t back_off_ms(const struct session *s)
{
	uint64_t most = s->conf.retry_ms;

	for (unsigned i = 1; i < s->failures && most < s->conf.retry_max_ms; i++)
		most *= 2;
	if (most > s->conf.retry_max_ms)
		most = s->conf.retry_max_ms;
	return roll((uint32_t)most + 1);
}

static void rest(const struct session *s, uint64_t wait_ms)
{
	while (wait_ms && !*s->stop) {
		uint32_t step_ms = wait_ms < 500 ? (uint32_t)wait_ms : 500;
		/* Not the reader's wait: new records do not end a back-off. */
		struct timespec ts = { step_ms / 1000,
			(long)(step_ms % 1000) * 1000000 };
		nanosleep(&ts, NULL);
		wait_ms -= step_ms;
	}
}

/* While the centre is away everything closed is packed: a week fits into less. */
static void rest_and_pack(struct session *s, uint64_t wait_ms)
{
	if (uplink_reader_pack_all(s->reader) < 0)
		log_warn("G086", "the spool could not be packed; it is tried again");
	rest(s, wait_ms);
}

static void note_taken(struct session *s, const struct uplink_segment *seg)
{
	json_error_t error;
	json_t *a =
	    json_loadb((const char *)s->answer.body.at, s->answer.body.len, 0, &error);
	json_int_t refused = json_integer_value(json_object_get(a, "refused"));

	if (refused > 0)
		log_warn("G087", "the centre could not read %lld of %u records",
		    (long long)refused, seg->records);
	json_decref(a);
	if (s->away || s->revoked)
		log_info("G088",
		    "the centre %s takes records again; %zu segments to go",
		    s->conf.centre, uplink_reader_waiting(s->reader));
	s->away = s->revoked = false;
	s->failures = 0;
}

static void note_revoked(struct session *s)
{
	if (!s->revoked)
		log_error("G089",
		    "the centre %s refuses this gate's certificate: it was revoked or "
		    "belongs to another centre; records are kept, enrol again",
		    s->conf.centre);
	s->revoked = true;
	s->failures = 0;
	rest_and_pack(s, s->conf.retry_max_ms / 2 + roll(s->conf.retry_max_ms / 2 + 1));
}

static void note_away(struct session *s)
{
	uint64_t after_ms = s->answer.retry_after_s < SESSION_AFTER_MAX_S
				? (uint64_t)s->answer.retry_after_s * 1000
				: (uint64_t)SESSION_AFTER_MAX_S * 1000;

	if (*s->stop)
		return;
	s->failures++;
	if (!s->away)
		log_warn("G090", "the centre %s is not reached (%s); records are kept",
		    s->conf.centre, s->answer.why);
	s->away = true;
	rest_and_pack(s, after_ms + back_off_ms(s));
}

/* 400 and 413: the same bytes would be refused for ever. */
static int note_refused(struct session *s, const struct uplink_segment *seg)
{
	s->refused++;
	log_error("G091",
	    "the centre cannot read a batch of %u records (%s): put aside in %s/refused, %" PRIu64
	    " so far",
	    seg->records, s->answer.why, s->conf.spool_dir, s->refused);
	return uplink_reader_refuse(s->reader, seg);
}

static int send_one(struct session *s, const struct uplink_segment *seg)
{
	char path[80];

	snprintf(path, sizeof(path), "/gate/v1/batches/%016" PRIx64 "/%" PRIu32,
	    seg->boot, seg->first);
	uplink_http_ask(
	    s->http, path, "application/zstd", buf_span(&s->packed), &s->answer);
	switch (s->answer.status) {
	case 200:
		note_taken(s, seg);
		return uplink_reader_done(s->reader, seg);
	case 400:
	case 413:
	case 415:
	case 422:
		return note_refused(s, seg);
	case 401:
	case 403:
		note_revoked(s);
		return 0;
	default:
		note_away(s);
		return 0;
	}
}

static int read_ca(const char *path, struct buf *pem)
{
	int fail = uplink_file_read(AT_FDCWD, path, pem);

	if (!fail && strstr(buf_text(pem), "BEGIN CERTIFICATE"))
		return 0;
	log_error("G092", "%s is not a CA certificate: enrol the gate first", path);
	return fail ? FAIL_IO : FAIL_FORMAT;
}

static int begin(struct session *s)
{
	struct buf ca;

	buf_init(&ca, SESSION_PEM_MAX);
	int fail = read_ca(s->conf.ca, &ca);
	if (!fail) {
		struct uplink_trust trust = { buf_text(&ca), s->conf.cert,
			s->conf.key };
		s->http = uplink_http_open(s->conf.centre, &trust, s->stop);
		s->reader = uplink_reader_open(s->conf.spool_dir);
		fail = !s->http ? FAIL_IO : !s->reader ? FAIL_CONFLICT : 0;
	}
	buf_fini(&ca);
	return fail;
}

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

int uplink_session_run(const struct uplink_session_conf *conf, volatile int *stop)
{
	struct session s = { .conf = *conf, .stop = stop };

	s.conf.poll_ms = or_else(conf->poll_ms, SESSION_POLL_MS);
	s.conf.retry_ms = or_else(conf->retry_ms, SESSION_RETRY_MS);
	s.conf.retry_max_ms = or_else(conf->retry_max_ms, SESSION_RETRY_MAX);
	buf_init(&s.packed, UPLINK_READY_MAX);
	buf_init(&s.answer.body, SESSION_ANSWER_MAX);
	int fail = begin(&s);
	while (!fail && !*stop) {
		struct uplink_segment seg;
		int status = uplink_reader_next(s.reader, &seg, &s.packed);
		if (status == 0)
			status = send_one(&s, &seg);
		else if (status == FAIL_MISSING)
			uplink_reader_wait(s.reader, s.conf.poll_ms);
		if (status < 0 && status != FAIL_MISSING)
			rest(&s,
			    s.conf.retry_ms); /* the disk: reported; it may recover */
	}
	uplink_http_close(s.http);
	uplink_reader_close(s.reader);
	buf_fini(&s.packed);
	buf_fini(&s.answer.body);
	return fail;
}
