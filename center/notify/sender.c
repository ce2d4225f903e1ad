/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* How often the thread looks up from waiting: also the longest that notify_stop() waits for
 * a sender that has nothing to do. */
#define LOOK_UP_MS 200u
/* After a server that does not answer at all. */
#define PAUSE_MAX_MS 60000u

struct notify_sender {
	struct notify_conf conf;
	struct store *store;
	pthread_t thread;
	atomic_bool stop;
};

struct step {
	const struct notify_conf *conf;
	struct notify_notice notice;
	int64_t now_us, next_us;
	const char *error;
	bool try_again;
};

static int run_begin(struct store_db *db, void *arg)
{
	struct step *s = arg;

	return notify_begin(db, s->conf, s->now_us, &s->notice, &s->next_us);
}

static int run_end(struct store_db *db, void *arg)
{
	const struct step *s = arg;

	return notify_end(db, s->conf, s->notice.id, s->now_us, s->error, s->try_again);
}

static int run_recover(struct store_db *db, void *arg)
{
	const struct step *s = arg;

	return notify_recover(db, s->now_us);
}

static int send_one(struct notify_smtp *smtp, const struct step *s, char *why)
{
	const struct notify_conf *c = s->conf;
	const struct notify_notice *n = &s->notice;
	const char *name = n->lang == RECORD_JA ? c->from_name_ja : c->from_name_en;
	struct notify_mail mail = { .from = c->from,
		.to = n->recipient,
		.subject = n->subject,
		.body = n->body,
		.message_id = n->message_id,
		.in_reply_to = n->in_reply_to,
		.date_us = s->now_us };
	struct buf text;

	mail.from_name = name                   ? name
			 : n->lang == RECORD_JA ? "見守りセンター"
						: "Otasuke centre";
	buf_init(&text, 256u << 10);
	int err = notify_mail_write(&mail, &text);
	if (err == 0) {
		err =
		    notify_smtp_send(smtp, c->from, n->recipient, buf_span(&text), why);
	} else {
		strcpy(why, "not a mail address, or the mail is too long");
		err = FAIL_DENIED;
	}
	buf_fini(&text);
	return err;
}

static void rest(struct notify_sender *n, unsigned ms)
{
	for (unsigned gone = 0; gone < ms && !n->stop; gone += LOOK_UP_MS)
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_UP_MS * 1000000L }, NULL);
}

/* Until the next notice is due or something changed. */
static void wait_for_work(struct notify_sender *n, int64_t seen, int64_t next_us)
{
	while (!n->stop && clock_now_us() < next_us)
		if (store_wait_change(n->store, seen, LOOK_UP_MS) != seen)
			return;
}

/* One due notice.  False: there was none. */
static bool run_one(struct notify_sender *n, struct notify_smtp *smtp, int64_t *next_us,
    unsigned *silent)
{
	struct step s = {
		.conf = &n->conf, .now_us = clock_now_us(), .next_us = INT64_MAX
	};
	char why[256] = "";
	int err = store_write(n->store, run_begin, &s);

	*next_us = s.next_us;
	if (err < 0) {
		/* The store has said why; a commit that failed left the notice waiting. */
		notify_notice_fini(&s.notice);
		rest(n, 5000);
		return false;
	}
	if (!s.notice.id)
		return false;
	err = send_one(smtp, &s, why);
	s.now_us = clock_now_us();
	s.error = err < 0 ? why : NULL;
	s.try_again = err != FAIL_DENIED;
	while (store_write(n->store, run_end, &s) < 0 && !n->stop)
		rest(n, 1000); /* the mail is out: this must be written down */
	if (err < 0)
		log_warn("C301", "notice %lld was not sent: %s", (long long)s.notice.id,
		    why);
	*silent = err == 0 || err == FAIL_DENIED ? 0 : *silent + 1;
	notify_notice_fini(&s.notice);
	return true;
}

static void *sender_run(void *arg)
{
	struct notify_sender *n = arg;
	struct notify_smtp *smtp = notify_smtp_new(&n->conf);
	unsigned silent = 0; /* tries in a row without an answer */

	if (!smtp) {
		log_error("C302", "cannot start the mail sender: no memory");
		return NULL;
	}
	while (!n->stop) {
		int64_t next_us, seen = store_change(n->store);
		if (!run_one(n, smtp, &next_us, &silent))
			wait_for_work(n, seen, next_us);
		else if (silent > 0)
			/* The others would fail alike. */
			rest(n, silent < 8 ? 500u << (silent - 1) : PAUSE_MAX_MS);
	}
	notify_smtp_free(smtp);
	return NULL;
}

struct notify_sender *notify_start(const struct notify_conf *conf, struct store *store)
{
	struct step s = { .now_us = clock_now_us() };
	struct notify_sender *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->conf = *conf;
	n->store = store;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (store_write(store, run_recover, &s) < 0 ||
	    pthread_create(&n->thread, NULL, sender_run, n) != 0) {
		log_error("C303", "cannot start the mail sender");
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
