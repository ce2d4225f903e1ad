/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/renew/internal.h"

#include "gate/uplink/file.h"
#include "gate/uplink/http.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define WAIT_S      50u
#define RETRY_MS    1000u
#define RETRY_MAX   60000u
#define ANSWER_MAX  (4u << 20)
#define PEM_MAX     (64u << 10)
#define STEP_MS     50u
#define SHY_S       20u   /* after orders that do not count, on average */
#define PATIENCE_MS 3000u /* for inspect, before the centre hears of something else */

struct control {
	struct renew_conf conf;
	volatile int *stop;
	struct renew_kept kept;
	struct uplink_http *http;
	struct uplink_answer answer;
	json_t *told; /* what the centre knows of us */
	unsigned failures;
	bool away;
};

static uint32_t roll(uint32_t sides)
{
	uint32_t random = 0;

	if (sides == 0 ||
	    getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return sides;
	return random % sides;
}

static void rest(const struct control *c, uint64_t ms)
{
	while (ms && !*c->stop) {
		uint32_t step = ms < 500 ? (uint32_t)ms : 500;
		nanosleep(
		    &(struct timespec){ step / 1000, (long)(step % 1000) * 1000000 },
		    NULL);
		ms -= step;
	}
}

/* Full jitter: thousands of gates come back one by one. */
static void back_off(struct control *c)
{
	uint64_t most = c->conf.retry_ms;

	if (*c->stop)
		return;
	if (!c->away)
		log_warn("G304", "no orders can be fetched from %s (%s)",
		    c->conf.centre, c->answer.why);
	c->away = true;
	for (unsigned i = 0; i < c->failures && most < c->conf.retry_max_ms; i++)
		most *= 2;
	c->failures++;
	most = most > c->conf.retry_max_ms ? c->conf.retry_max_ms : most;
	rest(c,
	    (uint64_t)c->answer.retry_after_s % 3600 * 1000 + roll((uint32_t)most + 1));
}

static bool reached(struct control *c)
{
	if (c->answer.status != 200)
		return false;
	if (c->away)
		log_info("G305", "orders come from %s again", c->conf.centre);
	c->away = false;
	c->failures = 0;
	return true;
}

static json_t *body_of(const struct control *c)
{
	json_error_t error;

	return json_loadb(
	    (const char *)c->answer.body.at, c->answer.body.len, 0, &error);
}

/* A gate that joined before it was told the keys: it asks whom it trusts already. */
static bool pin(struct control *c)
{
	if (renew_kept_gate(&c->kept))
		return true;
	uplink_http_ask(c->http, "/gate/v1/keys", NULL, span_of(NULL, 0), &c->answer);
	json_t *pins = reached(c) ? body_of(c) : NULL;
	if (pins && renew_kept_pin(&c->kept, pins) == 0) {
		log_info("G306", "the centre's order keys are pinned");
		return true;
	}
	back_off(c);
	return false;
}

/* What the centre should know: results that are final, and what runs here. */
static json_t *results_due(const struct control *c)
{
	json_t *due = json_array(), *r;
	size_t i;

	json_array_foreach(json_object_get(c->kept.state, "results"), i, r)
	{
		if (!json_integer_value(json_object_get(r, "seq")))
			(void)json_array_append(due, r);
	}
	return due;
}

static json_t *runs_now(struct control *c)
{
	json_t *applied;

	if (renew_json_read(c->kept.dir, RENEW_APPLIED, &applied) < 0)
		applied = json_object();
	renew_take_applied(&c->kept, applied);
	(void)json_object_set(
	    applied, "number", json_object_get(c->kept.state, "number"));
	(void)json_object_set(
	    applied, "contained", json_object_get(c->kept.state, "contained"));
	(void)json_object_set(
	    applied, "exceptions", json_object_get(c->kept.state, "exceptions"));
	(void)json_object_set(
	    applied, "bundles", json_object_get(c->kept.state, "bundles"));
	(void)json_object_set(applied, "config_version",
	    json_object_get(json_object_get(c->kept.state, "config"), "version"));
	return applied;
}

static void forget(struct control *c, const json_t *sent)
{
	json_t *list = json_object_get(c->kept.state, "results"), *r;
	size_t i;

	json_array_foreach(sent, i, r)
	{
		for (size_t at = 0; at < json_array_size(list); at++)
			if (json_array_get(list, at) == r) {
				(void)json_array_remove(list, at);
				break;
			}
	}
	c->kept.changed = true;
}

static bool report(struct control *c)
{
	json_t *runs = runs_now(c), *due = results_due(c);
	bool good = true;

	if (json_array_size(due) || !c->told || !json_equal(c->told, runs)) {
		json_t *body = json_pack("{s:O, s:O}", "results", due, "runs", runs);
		char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
		uplink_http_ask(c->http, "/gate/v1/report", "application/json",
		    span_text(text ? text : "{}"), &c->answer);
		good = reached(c);
		if (good) {
			forget(c, due);
			json_decref(c->told);
			c->told = json_deep_copy(runs);
		}
		free(text);
		json_decref(body);
	}
	json_decref(due);
	json_decref(runs);
	return good && renew_kept_save(&c->kept) == 0;
}

/* False: some of it was never meant for us, and would come again at once. */
static bool take_all(struct control *c, const json_t *orders)
{
	size_t i;
	json_t *one;
	bool all = true;

	json_array_foreach(orders, i, one)
	{
		if (i < WIRE_ORDERS_MAX)
			all = renew_take(&c->kept, one, clock_now_us()) && all;
	}
	return all;
}

/* inspect looks a few times a second; who ordered waits for the answer. */
static void wait_for_inspect(struct control *c)
{
	json_t *applied;

	for (unsigned ms = 0; ms < PATIENCE_MS && !*c->stop; ms += STEP_MS) {
		if (renew_json_read(c->kept.dir, RENEW_APPLIED, &applied) == 0) {
			renew_take_applied(&c->kept, applied);
			json_decref(applied);
		}
		if (!renew_take_waits(&c->kept))
			return;
		nanosleep(&(struct timespec){ 0, STEP_MS * 1000000 }, NULL);
	}
}

#define PARTS_A_TURN 8u

/* A few parts at a time: an urgent order does not wait for a bundle. */
static void fetch_bundle(struct control *c)
{
	char path[128];

	for (unsigned i = 0;
	     i < PARTS_A_TURN && renew_bundle_due(&c->kept) && !*c->stop; i++) {
		json_t *part = NULL;
		if (renew_bundle_path(&c->kept, path, sizeof(path))) {
			uplink_http_ask(
			    c->http, path, NULL, span_of(NULL, 0), &c->answer);
			if (!reached(c)) {
				back_off(c);
				return;
			}
			part = body_of(c);
		}
		renew_bundle_part(&c->kept, part, clock_now_us());
		json_decref(part);
	}
	if (renew_kept_save(&c->kept) == 0 && renew_take_waits(&c->kept))
		wait_for_inspect(c);
}

static void poll(struct control *c)
{
	char path[96];
	bool waits = renew_take_waits(&c->kept);

	snprintf(path, sizeof(path), "/gate/v1/orders?after=%" PRId64 "&wait=%u",
	    (int64_t)json_integer_value(json_object_get(c->kept.state, "number")),
	    renew_bundle_due(&c->kept) ? 0
	    : waits                    ? 2
				       : c->conf.wait_s);
	uplink_http_ask(c->http, path, NULL, span_of(NULL, 0), &c->answer);
	if (!reached(c)) {
		back_off(c);
		return;
	}
	json_t *body = body_of(c);
	json_t *orders = json_object_get(body, "orders");
	json_int_t again_s = json_integer_value(json_object_get(body, "again_s"));
	if (!take_all(c, orders))
		again_s = SHY_S;
	if (renew_kept_save(&c->kept) == 0 && json_array_size(orders))
		wait_for_inspect(c);
	if (again_s > 0 && again_s < 3600 && report(c))
		rest(c, roll(2 * (uint32_t)again_s * 1000));
	json_decref(body);
	if (renew_bundle_due(&c->kept))
		fetch_bundle(c);
}

static int begin(struct control *c)
{
	struct buf ca;

	buf_init(&ca, PEM_MAX);
	int err = renew_kept_open(&c->kept, c->conf.dir, c->conf.centre_dir);
	if (err == 0)
		err = uplink_file_read(AT_FDCWD, c->conf.ca, &ca);
	if (err == 0) {
		struct uplink_trust trust = { buf_text(&ca), c->conf.cert,
			c->conf.key };
		c->http = uplink_http_open(c->conf.centre, &trust, c->stop);
	} else {
		log_error("G307", "no orders: enrol the gate first");
	}
	buf_fini(&ca);
	return err < 0 ? err : c->http ? 0 : FAIL_IO;
}

int renew_run(const struct renew_conf *conf, volatile int *stop)
{
	struct control c = { .conf = *conf, .stop = stop };

	c.conf.wait_s = conf->wait_s ? conf->wait_s : WAIT_S;
	c.conf.retry_ms = conf->retry_ms ? conf->retry_ms : RETRY_MS;
	c.conf.retry_max_ms = conf->retry_max_ms ? conf->retry_max_ms : RETRY_MAX;
	buf_init(&c.answer.body, ANSWER_MAX);
	int err = begin(&c);
	while (err == 0 && !*stop) {
		renew_kept_tidy(&c.kept, clock_now_us());
		if (renew_kept_save(&c.kept) < 0)
			rest(&c, 5000); /* the disk: told; it may recover */
		else if (!pin(&c))
			continue;
		else if (!report(&c))
			back_off(&c);
		else
			poll(&c);
	}
	uplink_http_close(c.http);
	json_decref(c.told);
	buf_fini(&c.answer.body);
	renew_kept_close(&c.kept);
	return err;
}
