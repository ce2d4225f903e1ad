/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"
#include "center/notify/channel/channel.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* One thread, many tries at the same time: a server that hangs holds its own try and nobody
 * else's, and the end of the centre waits for none of them. */

/* How often the thread looks up: also the longest that notify_stop() waits. */
#define LOOK_UP_MS 200u
/* After a mail server that does not answer at all. */
#define PAUSE_MAX_MS 60000u
#define TRIES_MAX    32u
#define MAILBOX_US   INT64_C(60000000) /* after one that could not be read */
#define LOOK_US      (NOTIFY_LOOK_S * INT64_C(1000000))

struct notify_sender {
	struct notify_conf conf;
	struct store *store;
	pthread_t thread;
	atomic_bool stop;
	/* The thread's own. */
	CURLM *multi;
	struct notify_try *tries;
	unsigned flying[NOTIFY_CHANNELS], flying_all;
	unsigned silent[NOTIFY_CHANNELS];  /* tries in a row without an answer */
	int64_t pause_us[NOTIFY_CHANNELS]; /* nothing before this */
	int64_t mailbox_us;                /* the next look into the bounces */
};

struct step {
	const struct notify_conf *conf;
	struct notify_notice notice;
	const char *able;
	int64_t id, now_us, next_us;
	const char *error, *reference;
	bool try_again;
};

static int run_begin(struct store_db *db, void *arg)
{
	struct step *s = arg;

	notify_notice_fini(&s->notice); /* a commit that was tried again */
	return notify_begin(db, s->conf, s->now_us, s->able, &s->notice, &s->next_us);
}

static int run_end(struct store_db *db, void *arg)
{
	const struct step *s = arg;

	return notify_end(
	    db, s->conf, s->id, s->now_us, s->error, s->try_again, s->reference);
}

static int run_recover(struct store_db *db, void *arg)
{
	const struct step *s = arg;

	return notify_recover(db, s->conf, s->now_us);
}

static void rest(struct notify_sender *n, unsigned ms)
{
	for (unsigned gone = 0; gone < ms && !n->stop; gone += LOOK_UP_MS)
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_UP_MS * 1000000L }, NULL);
}

static unsigned number_of(const struct notify_channel *c)
{
	unsigned i = 0;

	while (notify_channels[i] != c)
		i++;
	return i;
}

/* ---- a try's end ---- */

static void try_free(struct notify_try *t)
{
	curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->list);
	buf_fini(&t->out);
	buf_fini(&t->in);
	notify_notice_fini(&t->notice);
	free(t);
}

static void unlink_try(struct notify_sender *n, struct notify_try *t)
{
	struct notify_try **at = &n->tries;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	n->flying[number_of(t->channel)]--;
	n->flying_all--;
}

/* A server that does not answer would not answer the others either; only mail has one server
 * for all, the others pause by recipient (queue.c). */
static void learn(struct notify_sender *n, const struct notify_try *t, int result)
{
	unsigned c = number_of(t->channel);
	bool answered = result == 0 || result == FAIL_DENIED;

	n->silent[c] = answered ? 0 : n->silent[c] + 1;
	if (answered || t->channel != &notify_mail_channel)
		return;
	unsigned ms = n->silent[c] < 8 ? 500u << (n->silent[c] - 1) : PAUSE_MAX_MS;
	n->pause_us[c] = clock_now_us() + (int64_t)ms * 1000;
}

static void write_end(struct notify_sender *n, const struct notify_try *t, int result)
{
	struct step s = { .conf = &n->conf,
		.id = t->notice.id,
		.now_us = clock_now_us(),
		.error = result < 0 ? t->why : NULL,
		.reference = t->reference,
		.try_again = result != FAIL_DENIED };

	while (store_write(n->store, run_end, &s) < 0 && !n->stop)
		rest(n, 1000); /* the notice is out: this must be written down */
	if (result < 0)
		log_warn("C301", "notice %lld was not sent by %s: %s",
		    (long long)t->notice.id, t->channel->name, t->why);
}

static void finish(struct notify_sender *n, struct notify_try *t, int result)
{
	if (result < 0 && !t->why[0])
		snprintf(t->why, sizeof(t->why), "it could not be written");
	write_end(n, t, result);
	learn(n, t, result);
	unlink_try(n, t);
	try_free(t);
}

/* ---- a try's beginning ---- */

static struct notify_try *try_new(struct notify_sender *n, struct notify_notice *notice)
{
	struct notify_try *t = calloc(1, sizeof(*t));

	if (!t || !(t->curl = curl_easy_init())) {
		free(t);
		return NULL;
	}
	t->conf = &n->conf;
	t->channel = notify_channel_find(notice->channel);
	t->notice = *notice;
	*notice = (struct notify_notice){ 0 };
	t->now_us = clock_now_us();
	buf_init(&t->out, NOTIFY_TRY_OUT);
	buf_init(&t->in, NOTIFY_TRY_IN);
	t->next = n->tries;
	n->tries = t;
	n->flying[number_of(t->channel)]++;
	n->flying_all++;
	return t;
}

static void start_try(struct notify_sender *n, struct notify_notice *notice)
{
	struct notify_try *t = try_new(n, notice);

	if (!t) {
		log_error("C302", "no memory for a notice: it is tried again later");
		notify_notice_fini(notice);
		return;
	}
	notify_try_setup(t);
	int err = t->channel->open(t);
	if (err == 0 && curl_multi_add_handle(n->multi, t->curl) != CURLM_OK)
		err = FAIL_MEMORY;
	if (err != 0)
		finish(n, t, err > 0 ? 0 : err);
}

/* The channels that can take one now, ",mail,sms,"; *next_us: when a pause ends.  What is
 * not set up is taken too and fails at once, so that somebody else is told; but mail waits
 * for its server to be named. */
static void able_channels(
    const struct notify_sender *n, char able[80], int64_t now_us, int64_t *next_us)
{
	strcpy(able, ",");
	*next_us = INT64_MAX;
	for (unsigned i = 0; notify_channels[i]; i++) {
		const struct notify_channel *c = notify_channels[i];
		if (c == &notify_mail_channel && !c->ready(&n->conf))
			continue;
		if (n->pause_us[i] > now_us) {
			if (n->pause_us[i] < *next_us)
				*next_us = n->pause_us[i];
			continue;
		}
		/* After silence one try alone finds out whether it is over. */
		unsigned most = n->silent[i] ? 1 : c->at_once;
		if (n->flying[i] < most && n->flying_all < TRIES_MAX)
			sprintf(able + strlen(able), "%s,", c->name);
	}
}

/* Starts what is due; returns when to look again. */
static int64_t start_due(struct notify_sender *n)
{
	while (!n->stop) {
		char able[80];
		struct step s = { .conf = &n->conf,
			.now_us = clock_now_us(),
			.able = able,
			.next_us = INT64_MAX };
		int64_t pause_us;
		able_channels(n, able, s.now_us, &pause_us);
		if (!able[1])
			return pause_us;
		if (store_write(n->store, run_begin, &s) < 0) {
			/* The store has said why; what failed to commit stayed waiting. */
			notify_notice_fini(&s.notice);
			return s.now_us + 5000000;
		}
		if (!s.notice.id)
			return s.next_us < pause_us ? s.next_us : pause_us;
		start_try(n, &s.notice);
	}
	return INT64_MAX;
}

static void collect(struct notify_sender *n)
{
	int left;
	CURLMsg *m;

	while ((m = curl_multi_info_read(n->multi, &left))) {
		struct notify_try *t;
		CURLcode rc = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		curl_multi_remove_handle(n->multi, t->curl);
		finish(n, t, t->channel->done(t, rc));
	}
}

/* Until something changes, is due or is answered. */
static void wait_for_work(struct notify_sender *n, int64_t seen, int64_t next_us)
{
	if (n->flying_all) {
		curl_multi_poll(n->multi, NULL, 0, LOOK_UP_MS, NULL);
		return;
	}
	while (!n->stop && clock_now_us() < next_us)
		if (store_wait_change(n->store, seen, LOOK_UP_MS) != seen)
			return;
}

static void end_all(struct notify_sender *n)
{
	while (n->tries) {
		struct notify_try *t = n->tries;
		/* curl would wait for the mail server's word about what it was given. */
		curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, 1L);
		curl_multi_remove_handle(n->multi, t->curl);
		unlink_try(n, t);
		try_free(t);
	}
	curl_multi_cleanup(n->multi);
}

static int run_hooks(struct store_db *db, void *arg)
{
	const struct step *s = arg;

	return notify_hooks(db, s->conf, s->now_us);
}

/* Whether anybody wants to know of every change; asked without the writer. */
static bool has_hooks(struct notify_sender *n)
{
	struct store_db *db = store_read(n->store);
	int64_t one = 0;

	if (!db)
		return false;
	int err = store_get_int(db, &one,
	    "SELECT 1 FROM contact WHERE channel = 'webhook' AND events = 1 "
	    "AND state = 'ok' LIMIT 1",
	    STORE_NO_ARGS);
	store_read_done(n->store, db);
	return err == 0 && one;
}

static void look_for_changes(struct notify_sender *n)
{
	struct step s = { .conf = &n->conf, .now_us = clock_now_us() };

	if (has_hooks(n) && store_write(n->store, run_hooks, &s) < 0)
		log_warn("C307", "changes could not be told to webhooks; they will be");
}

static void look_for_bounces(struct notify_sender *n)
{
	int64_t now_us = clock_now_us();

	if (!n->conf.bounce_maildir ||
	    (now_us < n->mailbox_us && n->mailbox_us - now_us < MAILBOX_US))
		return;
	int found = notify_bounce_maildir(n->store, &n->conf);
	n->mailbox_us = now_us + (found < 0 ? MAILBOX_US : LOOK_US);
}

static void *sender_run(void *arg)
{
	struct notify_sender *n = arg;
	int64_t next_us = 0, seen = 0;

	while (!n->stop) {
		int64_t change = store_change(n->store), now_us = clock_now_us();
		int running;
		/* Too far ahead: somebody has set the clock back. */
		if (change != seen || now_us >= next_us || next_us - now_us > LOOK_US) {
			if (change != seen)
				look_for_changes(n);
			look_for_bounces(n);
			next_us = start_due(n);
			seen = change;
			/* Another process may put something in. */
			if (next_us > clock_now_us() + LOOK_US)
				next_us = clock_now_us() + LOOK_US;
		}
		curl_multi_perform(n->multi, &running);
		unsigned before = n->flying_all;
		collect(n);
		if (n->flying_all < before)
			next_us = 0; /* there is room for another */
		else
			wait_for_work(n, seen, next_us);
	}
	end_all(n);
	return NULL;
}

struct notify_sender *notify_start(const struct notify_conf *conf, struct store *store)
{
	struct step s = { .conf = conf, .now_us = clock_now_us() };
	struct notify_sender *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->conf = *conf;
	n->store = store;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	n->multi = curl_multi_init();
	if (!n->multi || store_write(store, run_recover, &s) < 0 ||
	    pthread_create(&n->thread, NULL, sender_run, n) != 0) {
		log_error("C303", "cannot start the sender of notices");
		if (n->multi)
			curl_multi_cleanup(n->multi);
		free(n);
		return NULL;
	}
	return n;
}

void notify_stop(struct notify_sender *n)
{
	if (!n)
		return;
	n->stop = true;
	pthread_join(n->thread, NULL);
	free(n);
}
