/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"
#include "center/sample_test.h"

#define S INT64_C(1000000)

/* The life of a notice, step by step, without a mail server. */

struct step {
	struct sample *sample;
	struct notify_notice notice;
	int64_t next_us;
	const char *able, *error;
	bool try_again;
};

static int run_begin(struct store_db *db, void *arg)
{
	struct step *s = arg;

	return notify_begin(db, &s->sample->journey.notify, s->sample->now_us,
	    s->able ? s->able : ",mail,", &s->notice, &s->next_us);
}

static int run_end(struct store_db *db, void *arg)
{
	struct step *s = arg;

	return notify_end(db, &s->sample->journey.notify, s->notice.id,
	    s->sample->now_us, s->error, s->try_again, "");
}

static int run_recover(struct store_db *db, void *arg)
{
	struct sample *s = ((struct step *)arg)->sample;

	return notify_recover(db, &s->journey.notify, s->now_us);
}

/* One try that ends with `error`; the notice's id, 0: none was due. */
static int64_t try_by(
    struct sample *sample, const char *able, const char *error, bool again)
{
	struct step s = {
		.sample = sample, .able = able, .error = error, .try_again = again
	};

	check_eq(store_write(sample->store, run_begin, &s), 0);
	int64_t id = s.notice.id;
	if (id)
		check_eq(store_write(sample->store, run_end, &s), 0);
	notify_notice_fini(&s.notice);
	return id;
}

static int64_t try_one(struct sample *sample, const char *error, bool again)
{
	return try_by(sample, ",mail,", error, again);
}

static int64_t try_any(struct sample *sample, const char *error, bool again)
{
	return try_by(sample, ",mail,sms,", error, again);
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
	return store_script(db, "DELETE FROM contact WHERE id = 1");
}

static int add_reserve(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "INSERT INTO contact (id, chamber_id, company_id, channel, address, reserve, "
	    "created_us) VALUES (3, 1, 1, 'mail', 'soumu@neji.example', 1, 0)");
}

static int by_sms_first(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "INSERT INTO contact (id, chamber_id, company_id, channel, address, position, "
	    "created_us) VALUES (4, 1, 1, 'sms', '0901234567', 0, 0)");
}

static int small_policy(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db, "INSERT INTO notify_policy VALUES (1, 5, 8, 30, 50)");
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
	    "notice.nobody|notice.failed");
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

/* The day's number of 注意 stands before these policies (digest/): out of the way. */
static int no_digest(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db,
	    "INSERT INTO watch_limit (chamber_id, key, value) "
	    "SELECT id, 'caution_a_day', 1000 FROM chamber",
	    STORE_NO_ARGS);
}

/* Sixty machines at once: nine mails and one that says the rest; urgent ones still go, and
 * nothing comes a second time in the next hour. */
static void never_a_flood(void)
{
	struct sample s;
	int sent = 0;

	open_alone(&s);
	check_eq(store_write(s.store, no_digest, NULL), 0);
	s.journey.notify.caution_delay_s = 0;
	incidents(&s, 60, "EXPLOIT");
	while (try_one(&s, NULL, true))
		sent++;
	check_eq(sent, NOTIFY_RECIPIENT_HOUR);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice WHERE state = 'folded'"),
	    60 - NOTIFY_RECIPIENT_HOUR + 1);
	check_text(sample_text(&s, "SELECT subject FROM notice WHERE step = 'summary'"),
	    "【注意】お知らせ 51 件をまとめてお送りします");
	const char *body =
	    sample_text(&s, "SELECT body FROM notice WHERE step = 'summary'");
	check(strstr(body, "m：外からの攻撃（受付番号 51）\n") != NULL);
	check(strstr(body, "・ほか 31 件\n") != NULL);
	check(strstr(body, "電話 072-555-0100\n") != NULL);
	s.now_us += 60 * S;
	incidents(&s, 1, "BACKDOOR");
	check(try_one(&s, NULL, true) > 60);
	check_eq(try_one(&s, NULL, true), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(try_one(&s, NULL, true), 0);
	sample_close(&s);
}

/* The day of a company ends as well, whatever the hours say; each recipient is told so. */
static void a_day_ends_too(void)
{
	struct sample s;
	int sent = 0;

	sample_open(&s);
	s.journey.notify.caution_delay_s = 0;
	check_eq(store_write(s.store, small_policy, NULL), 0);
	check_eq(store_write(s.store, no_digest, NULL), 0);
	for (int h = 0; h < 20; h++) {
		incidents(&s, 20 + h, h % 2 ? "EXPLOIT" : "DANGEROUS_SITE");
		while (try_one(&s, NULL, true))
			sent++;
		s.now_us += SAMPLE_HOUR_US + S;
	}
	check(sent <= 30 && sent >= 20);
	check_eq(sample_int(&s, "SELECT COUNT(DISTINCT recipient) FROM notice "
				"WHERE step = 'summary' AND state = 'sent'"),
	    2);
	sample_close(&s);
}

/* A final no: whoever is next in the company's order hears it instead, the last one's no
 * is noted. */
static void somebody_else_is_told(void)
{
	struct sample s;

	open_alone(&s);
	check_eq(store_write(s.store, add_reserve, NULL), 0);
	incidents(&s, 1, "BACKDOOR");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 1);
	check_eq(try_one(&s, "550 no such user", false), 1);
	check_text(sample_text(&s, "SELECT recipient || step || instead_of FROM notice "
				   "WHERE id = 2"),
	    "soumu@neji.examplefirst1");
	check_eq(try_one(&s, "550 no such user", false), 2);
	check_eq(try_one(&s, NULL, true), 0);
	check_text(
	    sample_text(&s, "SELECT action FROM audit WHERE action = 'notice.nobody'"),
	    "notice.nobody");
	sample_close(&s);
}

/* A server that only says "later" must not keep an urgent notice from the next. */
static void patience_ends(void)
{
	struct sample s;

	open_alone(&s);
	check_eq(store_write(s.store, add_reserve, NULL), 0);
	incidents(&s, 1, "BACKDOOR");
	check_eq(try_one(&s, "451 later", true), 1);
	s.now_us += 20 * S;
	check_eq(try_one(&s, "451 later", true), 1);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 1);
	s.now_us += 300 * S;
	check_eq(try_one(&s, "451 later", true), 1);
	check_eq(try_one(&s, NULL, true), 2);
	s.now_us += 300 * S;
	check_eq(try_one(&s, NULL, true), 1); /* and the first arrives in the end */
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 2);
	check_eq(sample_int(&s, "SELECT fails FROM contact WHERE id = 2"), 0);
	sample_close(&s);
}

/* A channel that this centre does not have fails at once, so that somebody is told. */
static void a_channel_that_is_not_there(void)
{
	struct sample s;

	open_alone(&s);
	check_eq(store_write(s.store, by_sms_first, NULL), 0);
	incidents(&s, 1, "BACKDOOR");
	check_eq(try_any(&s, NULL, true), 2); /* the mail */
	check_text(sample_text(&s, "SELECT state || error FROM notice WHERE channel = "
				   "'sms'"),
	    "failedthis centre has no such channel");
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
    what_was_under_way_is_tried_again, urgent_goes_first, never_a_flood, a_day_ends_too,
    somebody_else_is_told, patience_ends, a_channel_that_is_not_there,
    what_is_over_is_not_told)
