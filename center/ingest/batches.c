/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "center/metric/metric.h"
#include "lib/base/clock.h"

#include <errno.h>
#include <stdlib.h>

int ingest_place_parse(struct batch *b, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : 0;
	char *end;

	if (len == 0 || len > EVENT_BOOT_MAX || slash[1] < '0' || slash[1] > '9')
		return FAIL_FORMAT;
	memcpy(b->boot, text, len);
	b->boot[len] = 0;
	if (strspn(b->boot,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
		"XYZ-_") != len)
		return FAIL_FORMAT;
	errno = 0;
	b->seq = strtoll(slash + 1, &end, 10);
	return errno || *end ? FAIL_FORMAT : 0;
}

const char *ingest_header(struct ingest_call *c, const char *name)
{
	return MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, name);
}

static bool is_zstd(struct ingest_call *c)
{
	const char *type = ingest_header(c, MHD_HTTP_HEADER_CONTENT_TYPE);

	return type && strcmp(type, "application/zstd") == 0;
}

static int run_batch(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;
	int err =
	    c->gate.next ? ingest_renew_done(db, c->gate.id, c->gate.fingerprint) : 0;

	return err < 0 ? err
		       : c->door->conf.take(db, &c->batch, c->door->conf.take_arg);
}

#define CLOCK_MOST_US (INT64_C(253402128000) * 1000000) /* the year 9999 */

/* The gate's clock when it sent, µs since 1970; what is no such number was not told. */
static int64_t clock_of(struct ingest_call *c)
{
	const char *text = ingest_header(c, "Otasuke-Clock");
	size_t len = text ? strspn(text, "0123456789") : 0;

	if (len == 0 || len > 18 || text[len])
		return 0;
	int64_t us = strtoll(text, NULL, 10);
	return us < CLOCK_MOST_US ? us : 0;
}

/* Its quota; who it is and what it says beside the body. */
void ingest_batch_begin(struct ingest_call *c)
{
	unsigned wait_s = ingest_quota_wait(c->door->quota, c->gate.id, clock_now_us());

	if (wait_s) {
		ingest_fail(c, INGEST_SLOW, wait_s);
		return;
	}
	c->batch.gate_id = c->gate.id;
	c->batch.home = c->gate.home;
	c->batch.peer = c->peer;
	c->batch.words = store_words(c->door->store);
	c->batch.clock_us = clock_of(c);
}

/* Hands what was read to the writer, or says why not. */
void ingest_batch_end(struct ingest_call *c, int err, int64_t now_us)
{
	int64_t counted = 0;

	for (uint32_t i = 0; i < c->batch.counted_n && c->batch.eve; i++)
		counted += c->batch.counted[i].events;
	ingest_quota_note(c->door->quota, c->gate.id,
	    c->batch.n + c->batch.refused_n + (unsigned)counted / 8, now_us);
	c->said = c->batch.n; /* the writer may add what it says of the gate itself */
	if (err == 0 && !ingest_hold(c, c->batch.arena.used))
		ingest_fail(c, INGEST_BUSY, 5);
	else if (err == 0)
		ingest_write_later(c, run_batch);
	else if (err == FAIL_LIMIT)
		ingest_fail(c, INGEST_LARGE, 0);
	else if (err == FAIL_MEMORY)
		ingest_fail(c, INGEST_BUSY, 30);
	else
		ingest_fail(c, INGEST_BAD, 0);
}

static void begin_batch(struct ingest_call *c)
{
	int64_t now_us = clock_now_us();

	if (ingest_place_parse(&c->batch, c->rest) < 0 || !is_zstd(c)) {
		ingest_fail(c, is_zstd(c) ? INGEST_MISSING : INGEST_TYPE, 0);
		return;
	}
	c->batch_read = true;
	int err = ingest_batch_read(&c->batch, buf_span(&c->body), now_us);
	buf_fini(&c->body);
	ingest_batch_end(c, err, now_us);
}

/* What the gate should do while much is under way; NULL: go on. */
static json_t *hint_for(struct ingest_call *c)
{
	struct ingest_door *d = c->door;
	size_t most = (size_t)(d->conf.memory_mb ? d->conf.memory_mb : 256) << 20;
	struct ingest_load load;
	struct ingest_hint h;

	load.quota_percent = ingest_quota_left(d->quota, c->gate.id, clock_now_us());
	pthread_mutex_lock(&d->lock);
	load.suspended = d->suspended;
	load.commit_ms = d->commit_ms;
	load.held_percent = (unsigned)(d->held * 100 / most);
	pthread_mutex_unlock(&d->lock);
	if (!ingest_hint_make(&load, &h))
		return NULL;
	return json_pack("{s:i, s:i, s:b}", "next_after_ms", (int)h.next_after_ms,
	    "max_records", (int)h.max_records, "aggregate", h.aggregate);
}

void ingest_batch_answer(struct ingest_call *c)
{
	int64_t counted = 0;

	if (c->result < 0) {
		metric_add(METRIC_BATCH_REFUSED, 1);
		ingest_fail_store(c, c->result);
		return;
	}
	for (uint32_t i = 0; i < c->batch.counted_n; i++)
		counted += c->batch.counted[i].events;
	metric_add(c->batch.again ? METRIC_BATCH_AGAIN : METRIC_BATCH_TAKEN, 1);
	if (!c->batch.again) {
		metric_add(METRIC_RECORD_TAKEN, c->batch.n);
		metric_add(METRIC_RECORD_REFUSED, c->batch.refused_n);
	}
	c->status = 200;
	c->reply = json_pack("{s:i, s:i, s:b, s:o*}", "taken", (int)c->said, "refused",
	    (int)c->batch.refused_n, "again", c->batch.again, "hint", hint_for(c));
	if (c->batch.eve)
		json_object_set_new(c->reply, "counted", json_integer(counted));
}

void ingest_answer_batch(struct ingest_call *c)
{
	if (c->written) {
		ingest_batch_answer(c);
		return;
	}
	ingest_batch_begin(c);
	if (!c->status)
		begin_batch(c);
}
