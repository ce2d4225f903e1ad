/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Enrolment needs signatures: all comers together get this many tries. */
#define TRIES_PER_S 5
#define TRIES_BURST 50

void ingest_answer_ca(struct ingest_call *c)
{
	c->status = 200;
	c->pem = ingest_ca_pem(c->door->ca);
}

void ingest_answer_orders(struct ingest_call *c)
{
	c->status = 200;
	c->reply = json_pack("{s:[]}", "orders");
}

/* The writer is done: back to the connection's thread. */
static void written(struct store_job *job, int result)
{
	struct ingest_call *c = job->done_arg;
	struct ingest_door *d = c->door;
	struct MHD_Connection *conn = c->conn;

	c->result = result;
	c->written = true;
	MHD_resume_connection(conn); /* c may be gone after this */
	pthread_mutex_lock(&d->lock);
	d->suspended--;
	pthread_cond_broadcast(&d->left);
	pthread_mutex_unlock(&d->lock);
}

/* Hands the rest to the writer; the answer function is called again with c->written. */
static void write_later(struct ingest_call *c, store_write_fn *fn)
{
	struct ingest_door *d = c->door;

	pthread_mutex_lock(&d->lock);
	bool closing = d->closing;
	d->suspended += !closing;
	pthread_mutex_unlock(&d->lock);
	if (closing) {
		ingest_fail(c, INGEST_BUSY, 10);
		return;
	}
	c->job =
	    (struct store_job){ .fn = fn, .arg = c, .done = written, .done_arg = c };
	c->parked = true;
	MHD_suspend_connection(c->conn);
	if (store_post(d->store, &c->job) == 0)
		return;
	ingest_fail(c, INGEST_BUSY, 5);
	MHD_resume_connection(c->conn);
	pthread_mutex_lock(&d->lock);
	d->suspended--;
	pthread_cond_broadcast(&d->left);
	pthread_mutex_unlock(&d->lock);
}

/* ---- batches ---- */

/* BOOT/SEQ */
static int parse_place(struct ingest_call *c)
{
	const char *slash = strchr(c->rest, '/');
	size_t len = slash ? (size_t)(slash - c->rest) : 0;
	char *end;

	if (len == 0 || len > EVENT_BOOT_MAX || slash[1] < '0' || slash[1] > '9')
		return FAIL_FORMAT;
	memcpy(c->batch.boot, c->rest, len);
	c->batch.boot[len] = 0;
	if (strspn(c->batch.boot,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
		"XYZ-_") != len)
		return FAIL_FORMAT;
	errno = 0;
	c->batch.seq = strtoll(slash + 1, &end, 10);
	return errno || *end ? FAIL_FORMAT : 0;
}

static bool is_zstd(struct ingest_call *c)
{
	const char *type = MHD_lookup_connection_value(
	    c->conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);

	return type && strcmp(type, "application/zstd") == 0;
}

static int run_batch(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;

	return c->door->conf.take(db, &c->batch, c->door->conf.take_arg);
}

static void begin_batch(struct ingest_call *c)
{
	int64_t now_us = clock_now_us();
	unsigned wait_s = ingest_quota_wait(c->door->quota, c->gate_id, now_us);

	if (wait_s) {
		ingest_fail(c, INGEST_SLOW, wait_s);
		return;
	}
	if (parse_place(c) < 0 || !is_zstd(c)) {
		ingest_fail(c, is_zstd(c) ? INGEST_MISSING : INGEST_TYPE, 0);
		return;
	}
	c->batch.gate_id = c->gate_id;
	c->batch.words = store_words(c->door->store);
	c->batch_read = true;
	int err = ingest_batch_read(&c->batch, buf_span(&c->body), now_us);
	buf_fini(&c->body);
	ingest_quota_note(
	    c->door->quota, c->gate_id, c->batch.n + c->batch.refused_n, now_us);
	if (err == 0 && !ingest_hold(c, c->batch.arena.used))
		ingest_fail(c, INGEST_BUSY, 5);
	else if (err == 0)
		write_later(c, run_batch);
	else if (err == FAIL_LIMIT)
		ingest_fail(c, INGEST_LARGE, 0);
	else if (err == FAIL_MEMORY)
		ingest_fail(c, INGEST_BUSY, 30);
	else
		ingest_fail(c, INGEST_BAD, 0);
}

void ingest_answer_batch(struct ingest_call *c)
{
	if (!c->written) {
		begin_batch(c);
	} else if (c->result < 0) {
		ingest_fail_store(c, c->result);
	} else {
		c->status = 200;
		c->reply = json_pack("{s:i, s:i, s:b}", "taken", (int)c->batch.n,
		    "refused", (int)c->batch.refused_n, "again", c->batch.again);
	}
}

/* ---- enrolment ---- */

static bool may_try(struct ingest_door *d, int64_t now_us)
{
	pthread_mutex_lock(&d->lock);
	int64_t more = (now_us - d->tries.at_us) * TRIES_PER_S / 1000000;
	if (more < 0) /* the clock was set back */
		d->tries.at_us = now_us;
	if (more > 0 || d->tries.at_us == 0) {
		d->tries.level =
		    d->tries.level + more > TRIES_BURST || d->tries.at_us == 0
			? TRIES_BURST
			: d->tries.level + more;
		d->tries.at_us = now_us;
	}
	bool may = d->tries.level > 0;
	d->tries.level -= may;
	pthread_mutex_unlock(&d->lock);
	return may;
}

static int run_enrol(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;

	buf_clear(&c->cert);
	return ingest_enrol(
	    db, c->door->ca, c->code, c->csr, c->now_us, &c->cert, &c->gate_id);
}

static void begin_enrol(struct ingest_call *c)
{
	json_error_t where;

	c->now_us = clock_now_us();
	if (!may_try(c->door, c->now_us)) {
		ingest_fail(c, INGEST_SLOW, 10);
		return;
	}
	/* The texts live in the tree, which lives as the reply until there is one. */
	c->reply = json_loadb((const char *)c->body.at, c->body.len, 0, &where);
	c->code = json_string_value(json_object_get(c->reply, "code"));
	c->csr = json_string_value(json_object_get(c->reply, "csr"));
	buf_init(&c->cert, 64u << 10);
	if (c->code && c->csr)
		write_later(c, run_enrol);
	else
		ingest_fail(c, INGEST_BAD, 0);
}

static void end_enrol(struct ingest_call *c)
{
	if (c->result == FAIL_DENIED || c->result == FAIL_FORMAT) {
		ingest_fail(c, c->result == FAIL_DENIED ? INGEST_CODE : INGEST_BAD, 0);
		return;
	}
	if (c->result < 0) {
		ingest_fail_store(c, c->result);
		return;
	}
	log_info("C224", "gate %" PRId64 " enrolled", c->gate_id);
	json_decref(c->reply);
	c->status = 200;
	c->reply = json_pack("{s:s, s:s, s:I}", "cert", buf_text(&c->cert), "ca",
	    ingest_ca_pem(c->door->ca), "gate", (json_int_t)c->gate_id);
}

void ingest_answer_enrol(struct ingest_call *c)
{
	if (c->written)
		end_enrol(c);
	else
		begin_enrol(c);
}
