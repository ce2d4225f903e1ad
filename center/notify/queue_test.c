/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"
#include "center/sample_test.h"

#define S INT64_C(1000000)

/* The life of a notice, step by step, without a mail server. */

struct step {
	struct sample *sample;
	struct notify_notice notice;
	int64_t next_us;
	const char *error;
	bool try_again;
};

static int run_begin(struct store_db *db, void *arg)
{
	struct step *s = arg;

	return notify_begin(
	    db, &s->sample->journey.notify, s->sample->now_us, &s->notice, &s->next_us);
}

static int run_end(struct store_db *db, void *arg)
{
	struct step *s = arg;

	return notify_end(db, &s->sample->journey.notify, s->notice.id,
	    s->sample->now_us, s->error, s->try_again);
}

static int run_recover(struct store_db *db, void *arg)
{
	return notify_recover(db, ((struct step *)arg)->sample->now_us);
}

/* One try that ends with `error`; the notice's id, 0: none was due. */
static int64_t try_one(struct sample *sample, const char *error, bool again)
{
	struct step s = { .sample = sample, .error = error, .try_again = again };

	check_eq(store_write(sample->store, run_begin, &s), 0);
	int64_t id = s.notice.id;
	if (id)
		check_eq(store_write(sample->store, run_end, &s), 0);
	notify_notice_fini(&s.notice);
	return id;
}

static void incidents(struct sample *s, int n, const char *cause)
{
	struct buf lines;

	buf_init(&lines, 1u << 20);
	for (int i = 0; i < n; i++) {
		char machine[64];
		memset(machine, 'm', sizeof(machine));
		machine[i + 1] = 0;
		sample_alert(&lines, machine, cause, true, s->now_us);
	}
	check_eq(sample_send(s, 1, buf_text(&lines)), 0);
	buf_fini(&lines);
}

static int one_recipient(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db, "UPDATE company SET mail = 'keiri@neji.example'");
}

static void open_alone(struct sample *s)
{
	sample_open(s);
	check_eq(store_write(s->store, one_recipient, NULL), 0);
}

static void pauses_double_and_end(void)
{
	struct sample s;
	const char *state = "SELECT state || tries FROM notice";

	open_alone(&s);
	incidents(&s, 1, "BACKDOOR");
	int64_t begun_us = s.now_us, wait_us = 10 * S;
	check_eq(try_one(&s, "connection refused", true), 1);
	check_text(sample_text(&s, state), "waiting1");
	check_text(sample_text(&s, "SELECT error FROM notice"), "connection refused");
	while (sample_int(&s, "SELECT state = 'waiting' FROM notice")) {
		s.now_us += wait_us - 1;
		check_eq(try_one(&s, NULL, true), 0); /* not yet */
		s.now_us += 1;
		check_eq(try_one(&s, "connection refused", true), 1);
		wait_us = wait_us * 2 < SAMPLE_HOUR_US ? wait_us * 2 : SAMPLE_HOUR_US;
	}
	check(s.now_us - begun_us >= 3 * 24 * SAMPLE_HOUR_US);
	check_text(sample_text(&s, "SELECT state FROM notice"), "failed");
	check_text(
	    sample_text(&s, "SELECT action FROM audit WHERE action LIKE 'notice%'"),
	    "notice.failed");
	sample_close(&s);
}

static void a_final_no_is_final(void)
{
	struct sample s;

	open_alone(&s);
	incidents(&s, 1, "BACKDOOR");
	check_eq(try_one(&s, "RCPT failed: 550", false), 1);
	check_text(sample_text(&s, "SELECT state FROM notice"), "failed");
	s.now_us += SAMPLE_HOUR_US;
	check_eq(try_one(&s, NULL, true), 0);
	sample_close(&s);
}

/* The centre died between "sending" and the answer: the same mail, the same name. */
static void what_was_under_way_is_tried_again(void)
{
	struct sample s;
	char name[400];

	open_alone(&s);
	incidents(&s, 1, "BACKDOOR");
	struct step step = { .sample = &s };
	check_eq(store_write(s.store, run_begin, &step), 0);
	snprintf(name, sizeof(name), "%s", step.notice.message_id);
	notify_notice_fini(&step.notice);
	check_eq(try_one(&s, NULL, true), 0); /* nobody else takes it */
	check_eq(store_write(s.store, run_recover, &step), 0);
	check_eq(store_write(s.store, run_begin, &step), 0);
	check_text(step.notice.message_id, name);
	check(strstr(step.notice.subject, "【緊急】") != NULL);
	notify_notice_fini(&step.notice);
	sample_close(&s);
}

static void urgent_goes_first(void)
{
	struct sample s;

	open_alone(&s);
	s.journey.notify.caution_delay_s = 0;
	incidents(&s, 1, "EXPLOIT");
	s.now_us += S;
	incidents(&s, 1, "BACKDOOR");
	check_eq(try_one(&s, NULL, true), 2);
	check_eq(try_one(&s, NULL, true), 1);
	sample_close(&s);
}

/* Sixty machines at once: ten mails of level caution an hour, then urgent ones still go. */
static void never_a_flood(void)
{
	struct sample s;
	int sent = 0;

	open_alone(&s);
	s.journey.notify.caution_delay_s = 0;
	incidents(&s, 60, "EXPLOIT");
	while (try_one(&s, NULL, true))
		sent++;
	check_eq(sent, NOTIFY_HOURLY);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice WHERE body LIKE "
				"'%次のメールまで間をあけます%'"),
	    1);
	check_eq(
	    sample_int(&s, "SELECT COUNT(*) FROM notice WHERE error LIKE 'held%'"), 50);
	s.now_us += 60 * S;
	incidents(&s, 1, "BACKDOOR");
	check(try_one(&s, NULL, true) > 60);
	check_eq(try_one(&s, NULL, true), 0);
	s.now_us += SAMPLE_HOUR_US;
	for (sent = 0; try_one(&s, NULL, true);)
		sent++;
	check_eq(sent, NOTIFY_HOURLY);
	sample_close(&s);
}

static int solve(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(
	    db, "UPDATE incident SET state = 'done', outcome = 'mistaken'");
}

static void what_is_over_is_not_told(void)
{
	struct sample s;

	open_alone(&s);
	incidents(&s, 1, "EXPLOIT");
	check_eq(store_write(s.store, solve, NULL), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(try_one(&s, NULL, true), 0);
	check_text(sample_text(&s, "SELECT state FROM notice"), "cancelled");
	sample_close(&s);
}

CHECK_MAIN(pauses_double_and_end, a_final_no_is_final,
    what_was_under_way_is_tried_again, urgent_goes_first, never_a_flood,
    what_is_over_is_not_told)
