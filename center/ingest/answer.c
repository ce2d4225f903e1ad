/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Enrolment needs signatures: all comers together get this many tries. */
#define TRIES_PER_S 5
#define TRIES_BURST 50

void ingest_answer_ca(struct ingest_call *c)
{
	c->status = 200;
	c->pem = ingest_ca_pem(c->door->ca);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool ingest_suspend(struct ingest_call *c)
{
	struct ingest_door *d = c->door;

	pthread_mutex_lock(&d->lock);
	bool closing = d->closing;
	d->suspended += !closing;
	pthread_mutex_unlock(&d->lock);
	if (closing)
		return false;
	c->parked = true;
	ingest_lines_waits(d->lines, c->line);
	MHD_suspend_connection(c->conn);
	return true;
}

void ingest_resume(struct ingest_call *c)
{
	struct ingest_door *d = c->door;

	MHD_resume_connection(c->conn); /* c may be gone after this */
	pthread_mutex_lock(&d->lock);
	d->suspended--;
	pthread_cond_broadcast(&d->left);
	pthread_mutex_unlock(&d->lock);
}

/* The writer is done: back to the connection's thread. */
static void written(struct store_job *job, int result)
{
	struct ingest_call *c = job->done_arg;
	struct ingest_door *d = c->door;
	int64_t took_ms = now_ms() - c->posted_ms;

	c->result = result;
	c->written = true;
	pthread_mutex_lock(&d->lock);
	d->commit_ms += (took_ms - d->commit_ms) / 8;
	pthread_mutex_unlock(&d->lock);
	ingest_resume(c);
}

void ingest_write_later(struct ingest_call *c, store_write_fn *fn)
{
	c->job =
	    (struct store_job){ .fn = fn, .arg = c, .done = written, .done_arg = c };
	c->posted_ms = now_ms();
	if (!ingest_suspend(c)) {
		ingest_fail(c, INGEST_BUSY, 10);
		return;
	}
	if (store_post(c->door->store, &c->job) == 0)
		return;
	ingest_fail(c, INGEST_BUSY, 5);
	ingest_resume(c);
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
	return ingest_enrol(db, c->door->ca, c->code, c->door->conf.keys, c->csr,
	    c->now_us, &c->cert, &c->gate.id);
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
		ingest_write_later(c, run_enrol);
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
	log_info("C224", "gate %" PRId64 " %s", c->gate.id,
	    c->code ? "enrolled" : "renewed its certificate");
	json_decref(c->reply);
	c->status = 200;
	ingest_answer_keys(c);
	(void)json_object_set_new(c->reply, "cert", json_string(buf_text(&c->cert)));
	(void)json_object_set_new(
	    c->reply, "ca", json_string(ingest_ca_pem(c->door->ca)));
}

void ingest_answer_enrol(struct ingest_call *c)
{
	if (c->written)
		end_enrol(c);
	else
		begin_enrol(c);
}

/* ---- renewal ---- */

static int run_renew(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;

	buf_clear(&c->cert);
	return ingest_renew(db, c->door->ca, c->gate.id, c->gate.fingerprint, c->csr,
	    c->now_us, &c->cert);
}

void ingest_answer_renew(struct ingest_call *c)
{
	json_error_t where;

	if (c->written) {
		end_enrol(c);
		return;
	}
	c->now_us = clock_now_us();
	if (!may_try(c->door, c->now_us)) {
		ingest_fail(c, INGEST_SLOW, 10);
		return;
	}
	c->reply = json_loadb((const char *)c->body.at, c->body.len, 0, &where);
	c->csr = json_string_value(json_object_get(c->reply, "csr"));
	buf_init(&c->cert, 64u << 10);
	if (c->csr)
		ingest_write_later(c, run_renew);
	else
		ingest_fail(c, INGEST_BAD, 0);
}
