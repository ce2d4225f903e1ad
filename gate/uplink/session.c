/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/record/record.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define SESSION_POLL_MS     1000u
#define SESSION_RETRY_MS    1000u
#define SESSION_RETRY_MAX   300000u
#define SESSION_AFTER_MAX_S 3600u
#define SESSION_ANSWER_MAX  (64u << 10)
#define SESSION_PEM_MAX     (64u << 10)
#define SESSION_RENEW_DAYS  180u
#define SESSION_RENEW_MS    (6 * 3600 * 1000) /* between two looks at the certificate */
#define SESSION_SAME_FEW    10u

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
	int64_t hold_ms;   /* until then only what is urgent goes: the centre asked */
	int64_t renew_ms;  /* when the certificate is looked at again */
	struct stat enrolled; /* cert.pem as it was read */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

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

/* The centre has much to do: half to one and a half of what it asked for, so that not all
 * gates come back together. */
static void follow(struct session *s, const struct uplink_hint *h)
{
	uint32_t after_ms = h->next_after_ms;

	s->hold_ms = after_ms ? now_ms() + after_ms / 2 + roll(after_ms + 1) : 0;
	uplink_reader_limit(
	    s->reader, h->max_records, h->aggregate ? SESSION_SAME_FEW : 0);
}

static void note_taken(struct session *s, const struct uplink_segment *seg)
{
	struct uplink_hint hint;

	uplink_hint_read(buf_span(&s->answer.body), &hint);
	if (hint.refused > 0)
		log_warn("G087", "the centre could not read %lld of %u records",
		    (long long)hint.refused, seg->records);
	follow(s, &hint);
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

/* What enrolment left in conf.dir. */
struct papers {
	struct buf cert, key, ca;
};

static int read_paper(const struct session *s, const char *name, struct buf *pem)
{
	char path[PATH_MAX];

	buf_init(pem, SESSION_PEM_MAX);
	snprintf(path, sizeof(path), "%s/%s", s->conf.dir, name);
	int fail = uplink_file_read(AT_FDCWD, path, pem);
	if (!fail && strstr(buf_text(pem), "-----BEGIN "))
		return 0;
	log_error("G092", "%s cannot be used: enrol the gate first", path);
	return fail ? FAIL_IO : FAIL_FORMAT;
}

static int read_papers(struct session *s, struct papers *p)
{
	char path[PATH_MAX];

	*p = (struct papers){ .cert = { .at = NULL } };
	if (uplink_renew_finish(s->conf.dir) == FAIL_IO)
		return FAIL_IO;
	snprintf(path, sizeof(path), "%s/cert.pem", s->conf.dir);
	if (stat(path, &s->enrolled) < 0)
		memset(&s->enrolled, 0, sizeof(s->enrolled));
	int fail = read_paper(s, "ca.pem", &p->ca);
	if (!fail)
		fail = read_paper(s, "cert.pem", &p->cert);
	return fail ? fail : read_paper(s, "key.pem", &p->key);
}

static void end_papers(struct papers *p)
{
	if (p->key.at)
		OPENSSL_cleanse(p->key.at, p->key.len);
	buf_fini(&p->cert);
	buf_fini(&p->key);
	buf_fini(&p->ca);
}

/* The company that these records are of is not the one that this gate belongs to now. */
static int tell_dropped(struct session *s, uint64_t dropped)
{
	struct record r;
	struct buf line;
	char what[40];

	log_warn("G094",
	    "%" PRIu64 " records of an earlier enrolment were deleted unsent", dropped);
	snprintf(what, sizeof(what), "%" PRIu64, dropped);
	record_init(&r, RECORD_TROUBLE);
	record_time(&r, RECORD_F_TIMESTAMP, clock_now_us());
	record_text(&r, RECORD_F_TROUBLE_REASON, what);
	record_int(&r, RECORD_F_TROUBLE_RECORDS, (int64_t)dropped);
	record_text(&r, RECORD_F_CAUSE, record_cause_id(RECORD_CAUSE_RECORDS_LOST));
	buf_init(&line, RECORD_JSON_MAX);
	record_encode(&r, &line);
	int fail = uplink_reader_tell(s->reader, 1, buf_span(&line));
	buf_fini(&line);
	return fail;
}

static int bind_spool(struct session *s, struct papers *p)
{
	char owner[UPLINK_OWNER_ROOM];
	uint64_t dropped = 0;
	int fail = uplink_owner_name(buf_text(&p->cert), buf_text(&p->ca), owner);

	if (!fail)
		fail = uplink_reader_bind(s->reader, owner, &dropped);
	return fail || !dropped ? fail : tell_dropped(s, dropped);
}

/* As the enrolment that is there now, with the spool that belongs to it. */
static int begin(struct session *s)
{
	struct papers p;
	int fail = read_papers(s, &p);

	if (!fail) {
		struct uplink_trust trust = { .ca_pem = buf_text(&p.ca),
			.cert_pem = buf_text(&p.cert),
			.key_pem = buf_text(&p.key) };
		uplink_http_close(s->http);
		s->http = uplink_http_open(s->conf.centre, &trust, s->stop);
		if (!s->reader)
			s->reader = uplink_reader_open(s->conf.spool_dir);
		fail = !s->http ? FAIL_IO : !s->reader ? FAIL_CONFLICT : 0;
	}
	if (!fail)
		fail = bind_spool(s, &p);
	end_papers(&p);
	return fail;
}

static bool enrolled_again(const struct session *s)
{
	char path[PATH_MAX];
	struct stat now;

	snprintf(path, sizeof(path), "%s/cert.pem", s->conf.dir);
	if (stat(path, &now) < 0)
		return false; /* on its way */
	return now.st_ino != s->enrolled.st_ino ||
	       now.st_mtim.tv_sec != s->enrolled.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != s->enrolled.st_mtim.tv_nsec;
}

/* Whatever goes wrong is told and tried again later: the old certificate is good still. */
static void look_after_certificate(struct session *s)
{
	bool renewed = false;

	if (now_ms() < s->renew_ms)
		return;
	s->renew_ms = now_ms() + SESSION_RENEW_MS / 2 + roll(SESSION_RENEW_MS);
	if (uplink_renew(s->http, s->conf.dir, s->conf.renew_days, &renewed) < 0)
		log_info("G098", "the certificate is looked at again in some hours");
}

static bool must_wait(struct session *s, const struct uplink_segment *seg)
{
	int64_t left_ms = s->hold_ms - now_ms();

	if (!s->hold_ms || left_ms <= 0 || seg->severity == UPLINK_SEVERITIES - 1)
		return false;
	uplink_reader_wait(s->reader, left_ms < 500 ? (uint32_t)left_ms : 500);
	return true;
}

/* One turn: sends something, or waits. */
static void turn(struct session *s)
{
	struct uplink_segment seg;
	int status = enrolled_again(s) ? begin(s) : 0;

	if (!status) {
		look_after_certificate(s);
		status = uplink_reader_next(s->reader, &seg, &s->packed);
	}
	if (status == 0 && !must_wait(s, &seg))
		status = send_one(s, &seg);
	else if (status == FAIL_MISSING)
		uplink_reader_wait(s->reader, s->conf.poll_ms);
	if (status < 0 && status != FAIL_MISSING)
		rest(s, s->conf.retry_ms); /* the disk: reported; it may recover */
}

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

int uplink_session_run(const struct uplink_session_conf *conf, volatile int *stop)
{
	struct session s = { .conf = *conf, .stop = stop };

	s.conf.renew_days = or_else(conf->renew_days, SESSION_RENEW_DAYS);
	s.conf.poll_ms = or_else(conf->poll_ms, SESSION_POLL_MS);
	s.conf.retry_ms = or_else(conf->retry_ms, SESSION_RETRY_MS);
	s.conf.retry_max_ms = or_else(conf->retry_max_ms, SESSION_RETRY_MAX);
	buf_init(&s.packed, UPLINK_READY_MAX);
	buf_init(&s.answer.body, SESSION_ANSWER_MAX);
	int fail = begin(&s);
	while (!fail && !*stop)
		turn(&s);
	uplink_http_close(s.http);
	uplink_reader_close(s.reader);
	buf_fini(&s.packed);
	buf_fini(&s.answer.body);
	return fail;
}
