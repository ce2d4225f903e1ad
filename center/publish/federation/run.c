/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "center/stats/stats.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/bundle.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MS   100u
#define RETRY_S   60
#define TIMEOUT_S 60L
#define DAY_US    INT64_C(86400000000)
#define TOKEN_MAX 256

struct publish_federation {
	struct publish_federation_conf conf;
	struct store *store;
	pthread_t thread;
	atomic_bool stop;
	/* The thread's own. */
	CURL *curl;
	char token[TOKEN_MAX];
	char why[160];
};

/* ---- asking the national centre ---- */

static size_t take(char *at, size_t size, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, at, size * n);
	return b->overflowed ? 0 : size * n;
}

static bool is_safe(const char *url)
{
	static const char *const near[] = {
		"http://127.0.0.1:", "http://[::1]:", "http://localhost:"
	};

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (strncmp(url, near[i], strlen(near[i])) == 0)
			return !strpbrk(url + 7, "@?#");
	return strncmp(url, "https://", 8) == 0 && url[8] && !strpbrk(url + 8, "@?#");
}

static int read_token(struct publish_federation *f)
{
	FILE *file = fopen(f->conf.token, "re");
	bool good = file && fgets(f->token, sizeof(f->token), file);

	if (file)
		(void)fclose(file);
	f->token[good ? strcspn(f->token, "\r\n") : 0] = '\0';
	if (good && *f->token && !strpbrk(f->token, " \t"))
		return 0;
	(void)snprintf(f->why, sizeof(f->why), "national.token_file cannot be read");
	return FAIL_IO;
}

/* `body` NULL: GET.  The answer's status, or a fail. */
static int ask(struct publish_federation *f, const char *path, const char *body,
    struct buf *answer)
{
	char url[1024], bearer[TOKEN_MAX + 32];
	struct curl_slist *head = NULL;
	long status = 0;

	(void)snprintf(url, sizeof(url), "%s/api/v1/federation%s", f->conf.url, path);
	(void)snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", f->token);
	head = curl_slist_append(head, bearer);
	head = curl_slist_append(head, "Content-Type: application/json");
	curl_easy_reset(f->curl);
	curl_easy_setopt(f->curl, CURLOPT_URL, url);
	curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, answer);
	if (f->conf.ca)
		curl_easy_setopt(f->curl, CURLOPT_CAINFO, f->conf.ca);
	if (body)
		curl_easy_setopt(f->curl, CURLOPT_POSTFIELDS, body);
	CURLcode rc = curl_easy_perform(f->curl);
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(head);
	if (rc != CURLE_OK)
		(void)snprintf(f->why, sizeof(f->why), "%s", curl_easy_strerror(rc));
	else if (status != 200)
		(void)snprintf(f->why, sizeof(f->why), "%s answered %ld", path, status);
	return rc == CURLE_OK && status == 200 ? 0 : FAIL_PEER;
}

/* ---- up: days that changed ---- */

static int send_part(struct publish_federation *f, const struct federation_report *r,
    int64_t day, int64_t as_of_us, int hour, unsigned hours)
{
	struct buf text, answer;
	bool sealed = hour == FEDERATION_REST;

	buf_init(&text, FEDERATION_TEXT_MAX);
	buf_init(&answer, 4096);
	int err = federation_print(r->cells, r->n, hour, &text);
	json_t *o = err < 0
			? NULL
			: json_pack("{s:I, s:I, s:i, s:s, s:i, s:i, s:I, s:I}", "day",
			      (json_int_t)day, "as_of_us", (json_int_t)as_of_us, "hour",
			      hour, "cells", buf_text(&text), "sealed", sealed, "hours",
			      (int)hours, "companies", (json_int_t)r->companies,
			      "gates", (json_int_t)r->gates);
	char *body = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (err == 0)
		err = body ? ask(f, "/counts", body, &answer) : FAIL_MEMORY;
	free(body);
	json_decref(o);
	buf_fini(&text);
	buf_fini(&answer);
	return err;
}

static int send_report(struct publish_federation *f, const struct federation_report *r,
    int64_t day, int64_t as_of_us)
{
	unsigned hours = 0;
	int err = 0;

	for (int hour = 0; hour < 24 && err == 0; hour++) {
		bool any = false;
		for (size_t i = 0; i < r->n && !any; i++)
			any = r->cells[i].hour == hour;
		if (!any)
			continue;
		hours++;
		err = send_part(f, r, day, as_of_us, hour, 0);
	}
	return err < 0 ? err : send_part(f, r, day, as_of_us, FEDERATION_REST, hours);
}

struct sent {
	int64_t day, as_of_us;
	const char *sum;
};

static int write_sent(struct store_db *db, void *arg)
{
	const struct sent *s = arg;

	return store_exec(db,
	    "INSERT INTO federation_sent (day, sum, as_of_us) VALUES (?, ?, ?) ON CONFLICT "
	    "(day) DO UPDATE SET sum = excluded.sum, as_of_us = excluded.as_of_us",
	    STORE_ARGS(STORE_INT(s->day), STORE_TEXT(s->sum), STORE_INT(s->as_of_us)));
}

/* 1: it changed since it was sent last, with what is there in *r; the time of the report is
 * beyond the last one's even when the clock went back. */
static int look(
    struct store_db *db, int64_t day, struct federation_report *r, int64_t *as_of_us)
{
	struct store_rows *rows;
	char sum[65] = "";

	*as_of_us = clock_now_us();
	(void)store_query(db, &rows,
	    "SELECT sum, as_of_us FROM federation_sent WHERE day = ?",
	    STORE_ARGS(STORE_INT(day)));
	if (store_next(rows)) {
		(void)snprintf(sum, sizeof(sum), "%s", store_col_text(rows, 0));
		if (*as_of_us <= store_col_int(rows, 1))
			*as_of_us = store_col_int(rows, 1) + 1;
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = federation_gather(db, day, r);
	if (err < 0)
		return err;
	/* A day of which nothing was ever said and nothing is to be said. */
	return strcmp(sum, r->sum) != 0 && (*sum || r->n > 0);
}

static int send_day(struct publish_federation *f, int64_t day)
{
	struct store_db *db = store_read(f->store);
	struct federation_report r = { 0 };
	int64_t as_of_us = 0;
	int changed = db ? look(db, day, &r, &as_of_us) : FAIL_IO;

	if (db)
		store_read_done(f->store, db);
	int err = changed > 0 ? send_report(f, &r, day, as_of_us) : changed;
	if (changed > 0 && err == 0)
		err = store_write(f->store, write_sent,
		    &(struct sent){ .day = day, .as_of_us = as_of_us, .sum = r.sum });
	federation_report_fini(&r);
	return err;
}

static int64_t last_done(struct publish_federation *f)
{
	struct store_db *db = store_read(f->store);
	int64_t at_us = 0;

	if (!db)
		return 0;
	if (store_get_int(db, &at_us,
		"SELECT at_us FROM federation_state WHERE name = 'done'",
		STORE_NO_ARGS) < 0)
		at_us = 0;
	store_read_done(f->store, db);
	return at_us;
}

/* From FEDERATION_BACK_DAYS before the last time that went well, to today. */
static int send_days(struct publish_federation *f)
{
	int64_t now_us = clock_now_us(), from_us = last_done(f);
	struct stats_when when;
	int64_t last = 0;
	int err = 0;

	if (from_us == 0 || from_us > now_us)
		from_us = now_us;
	if (from_us < now_us - FEDERATION_OUTAGE_DAYS * DAY_US)
		from_us = now_us - FEDERATION_OUTAGE_DAYS * DAY_US;
	for (int64_t at = from_us - FEDERATION_BACK_DAYS * DAY_US; err == 0 && !f->stop;
	     at += DAY_US / 2) {
		if (at > now_us)
			at = now_us;
		when = (struct stats_when){ 0 };
		stats_when(&when, at);
		if (when.day != last)
			err = send_day(f, when.day);
		last = when.day;
		if (at == now_us)
			break;
	}
	return err;
}

/* ---- down: what is new ---- */

struct heard {
	const struct publish_federation *f;
	const char *body, *signature;
	struct span file;
	char why[128];
};

static int write_advisory(struct store_db *db, void *arg)
{
	const struct heard *h = arg;

	return federation_advisory_take(
	    db, h->f->conf.keys, h->body, h->signature, clock_now_us());
}

static void hear_advisories(struct publish_federation *f, const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		struct heard h = { .f = f,
			.body = json_string_value(json_object_get(one, "body")),
			.signature =
			    json_string_value(json_object_get(one, "signature")) };
		int err = h.body && h.signature && !f->stop
			      ? store_write(f->store, write_advisory, &h)
			      : FAIL_FORMAT;
		if (err == FAIL_DENIED || err == FAIL_FORMAT)
			log_warn("C412", "national: an advisory is refused: %s",
			    err == FAIL_DENIED ? "not signed by national.key"
					       : "it cannot be read");
	}
}

static int write_bundle(struct store_db *db, void *arg)
{
	struct heard *h = arg;

	return federation_offer_keep(
	    db, h->f->conf.keys, h->file, clock_now_us(), h->why, sizeof(h->why));
}

static int fetch(
    struct publish_federation *f, int64_t id, int64_t size, struct buf *file)
{
	int err = 0;

	for (int64_t part = 0; err == 0 && (int64_t)file->len < size && !f->stop;
	     part++) {
		size_t before = file->len;
		char path[96];
		(void)snprintf(path, sizeof(path),
		    "/offers/%" PRId64 "/part?part=%" PRId64, id, part);
		err = ask(f, path, NULL, file);
		if (err == 0 && file->len == before)
			err = FAIL_FORMAT;
	}
	return err;
}

static int hear_bundle(struct publish_federation *f, const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *sum = json_string_value(json_object_get(o, "sha256"));
	int64_t version = json_integer_value(json_object_get(o, "version")),
		size = json_integer_value(json_object_get(o, "size"));
	struct heard h = { .f = f };
	struct buf file;
	char is[65];

	if (!name || !sum || size <= 0 || size > (int64_t)WIRE_BUNDLE_MAX)
		return FAIL_FORMAT;
	struct store_db *db = store_read(f->store);
	int err = db ? federation_offer_known(db, name, version) : FAIL_IO;
	if (db)
		store_read_done(f->store, db);
	if (err != 0)
		return err < 0 ? err : 0;
	buf_init(&file, WIRE_BUNDLE_MAX);
	err = fetch(f, json_integer_value(json_object_get(o, "id")), size, &file);
	if (err == 0) {
		wire_bundle_sum(buf_span(&file), is);
		h.file = buf_span(&file);
		(void)snprintf(h.why, sizeof(h.why), "it is not what was announced");
		err = strcmp(is, sum) == 0 ? store_write(f->store, write_bundle, &h)
					   : FAIL_FORMAT;
		if (err < 0)
			log_warn("C413",
			    "national: bundle %s %" PRId64 " is refused: %s", name,
			    version, h.why);
	}
	buf_fini(&file);
	return err == FAIL_PEER ? err : 0;
}

static int hear(struct publish_federation *f)
{
	struct buf answer;
	json_t *o = NULL, *one;
	size_t i;

	buf_init(&answer, FEDERATION_NEWS_MAX);
	int err = ask(f, "/news", NULL, &answer);
	if (err == 0) {
		o = json_loadb((const char *)answer.at, answer.len, 0, NULL);
		err = o ? 0 : FAIL_FORMAT;
	}
	if (err == 0 && f->conf.keys) {
		hear_advisories(f, json_object_get(o, "advisories"));
		json_array_foreach(json_object_get(o, "bundles"), i, one)
		{
			if (err == 0 && !f->stop)
				err = hear_bundle(f, one);
		}
	}
	json_decref(o);
	buf_fini(&answer);
	return err;
}

/* ---- the thread ---- */

struct state {
	const char *name, *detail;
};

static int write_state(struct store_db *db, void *arg)
{
	const struct state *s = arg;

	return store_exec(db,
	    "INSERT INTO federation_state (name, at_us, detail) VALUES (?, ?, ?) ON CONFLICT "
	    "(name) DO UPDATE SET at_us = excluded.at_us, detail = excluded.detail",
	    STORE_ARGS(
		STORE_TEXT(s->name), STORE_INT(clock_now_us()), STORE_TEXT(s->detail)));
}

/* One exchange. */
static int exchange(struct publish_federation *f)
{
	f->why[0] = '\0';
	int err = read_token(f);
	if (err == 0)
		err = send_days(f);
	if (err == 0 && !f->stop)
		err = hear(f);
	if (f->stop)
		return 0;
	if (err < 0)
		log_warn("C411", "national: %s: %s; tried again in a minute",
		    f->conf.url, *f->why ? f->why : "not done");
	struct state s = { err < 0 ? "failed" : "done", f->why };
	int kept = store_write(f->store, write_state, &s);
	return err < 0 ? err : kept;
}

static void *run(void *arg)
{
	struct publish_federation *f = arg;

	while (!f->stop) {
		int err = store_leads(f->store) ? exchange(f) : 0;
		int64_t pause_s =
		    err < 0 && f->conf.every_s > RETRY_S ? RETRY_S : f->conf.every_s;
		for (int64_t gone = 0; gone < pause_s * 1000 && !f->stop;
		     gone += STEP_MS)
			nanosleep(
			    &(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
	}
	return NULL;
}

struct publish_federation *publish_federation_start(
    const struct publish_federation_conf *conf, struct store *store)
{
	struct publish_federation *f;

	if (!is_safe(conf->url) || !conf->token) {
		log_error("C410",
		    "national.url must be https://… (http:// on this machine only), and "
		    "national.token_file be given");
		return NULL;
	}
	if (!conf->keys)
		log_warn("C414",
		    "national.key is not set: advisories and bundles are not taken");
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->conf = *conf;
	f->store = store;
	f->curl = curl_easy_init();
	if (f->curl && pthread_create(&f->thread, NULL, run, f) == 0)
		return f;
	log_error("C415", "cannot start the thread for the national centre");
	curl_easy_cleanup(f->curl);
	free(f);
	return NULL;
}

void publish_federation_stop(struct publish_federation *f)
{
	if (!f)
		return;
	f->stop = true;
	pthread_join(f->thread, NULL);
	curl_easy_cleanup(f->curl);
	free(f);
}
