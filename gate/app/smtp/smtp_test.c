/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/smtp.h"

#include "gate/app/app_test.h"
#include "tests/check.h"

#include <netinet/in.h>

#define ASK    PACKET_TO_SERVER
#define ANSWER PACKET_TO_CLIENT

/* Who says what, in turns. */
struct turn {
	enum packet_dir dir;
	const char *text;
};

#define MAIL                                                                    \
	"From: =?UTF-8?B?6KaL5pys?= <sender@a.example>\r\n"                     \
	"To: one@b.example, \"Two, T\" <two@b.example>\r\nSubject: hello\r\n"   \
	"Content-Type: multipart/mixed; boundary=x\r\n\r\n"                     \
	"--x\r\n\r\nsee http://Bad.example/a?b=1, and https://bad.example.\r\n" \
	"..dots\r\n--x\r\nContent-Type: application/zip; name=\"r.zip\"\r\n"    \
	"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n"

static const struct turn whole[] = {
	{ ANSWER, "220 mx.b.example ESMTP\r\n" },
	{ ASK, "EHLO pc.a.example\r\n" },
	{ ANSWER, "250-mx.b.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n" },
	{ ASK, "MAIL FROM:<sender@a.example> SIZE=100\r\nRCPT TO: <one@b.example>\r\n"
	       "rcpt to:<two@b.example>\r\nDATA\r\n" },
	{ ANSWER, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n" },
	{ ASK, MAIL ".\r\n" },
	{ ANSWER, "250 taken\r\n" },
	{ ASK, "QUIT\r\n" },
	{ ANSWER, "221 bye\r\n" },
};

static void say(struct talk *t, const struct turn *turns, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i++)
		talk_say(t, turns[i].dir, turns[i].text, strlen(turns[i].text), step);
}

#define SAY(t, turns, step) say(t, turns, sizeof(turns) / sizeof((turns)[0]), step)

static void look_at_mail(struct talk *t, struct tx *tx)
{
	const struct app_smtp *smtp = tx->proto;

	check_text(talk_span(smtp->helo), "pc.a.example");
	check_text(talk_span(smtp->mail_from), "<sender@a.example>");
	check_eq(smtp->rcpt_count, 2);
	check_text(talk_span(smtp->rcpt_to[1]), "<two@b.example>");
	check_text(talk_span(smtp->from), "見本 <sender@a.example>");
	check_eq(smtp->to_count, 2);
	check_text(talk_span(smtp->to[1]), "\"Two, T\" <two@b.example>");
	check_text(talk_span(smtp->subject), "hello");
	check(smtp->mail_done);
	check_eq(smtp->url_count, 2);
	check_text(talk_span(smtp->urls[0]), "Bad.example/a?b=1");
	check_text(talk_span(smtp->urls[1]), "bad.example");
	check_eq(smtp->attachment_count, 1);
	check_text(talk_span(smtp->attachments[0].name), "r.zip");
	check_eq(smtp->attachments[0].size, 5);
	check_text(talk_field(tx, TX_FILE_DATA, ASK, 0), "hello");
	check_text(talk_field(tx, TX_SMTP_RCPT, ASK, 1), "<two@b.example>");
	check_text(t->files[0].text, "hello");
	check(t->files[0].whole);
	check_eq(tx->progress[ASK], TX_DONE);
	check_eq(tx->progress[ANSWER], TX_DONE);
	check_eq(tx->event_count, 0);
}

static void a_mail_however_it_is_cut(void)
{
	for (size_t step = 0; step < 40; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 25);
		SAY(&t, whole, step);
		check_eq(t.flow.app, FLOW_APP_SMTP);
		check_eq(t.flow.tx_count, 1);
		if (talk_tx(&t, 0))
			look_at_mail(&t, talk_tx(&t, 0));
		talk_end(&t);
	}
}

static void two_mails_are_two_transactions(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "HELO a\r\n" },
		{ ANSWER, "250 x\r\n" },
		{ ASK, "MAIL FROM:<1@a.example>\r\nDATA\r\n" },
		{ ANSWER, "250 x\r\n354 x\r\n" },
		{ ASK,
		    "Subject: 1\r\n\r\nx\r\n.\r\nMAIL FROM:<2@a.example>\r\nDATA\r\n" },
		{ ANSWER, "250 x\r\n250 x\r\n354 x\r\n" },
		{ ASK, "Subject: 2\r\n\r\nx\r\n.\r\n" },
		{ ANSWER, "250 x\r\n" },
	};
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 25);
	SAY(&t, turns, 0);
	check_eq(t.flow.tx_count, 2);
	check_text(talk_field(talk_tx(&t, 1), TX_EMAIL_SUBJECT, ASK, 0), "2");
	check_text(talk_field(talk_tx(&t, 1), TX_SMTP_HELO, ASK, 0), "a");
	check_eq(talk_tx(&t, 1)->progress[ANSWER], TX_DONE);
	talk_end(&t);
}

static void bdat_counts_bytes(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\nMAIL FROM:<1@a.example>\r\n" },
		{ ASK,
		    "BDAT 14\r\nSubject: b\r\n\r\nBDAT 7 LAST\r\n.\r\nx\r\n.QUIT\r\n" },
		{ ANSWER, "250 x\r\n250 x\r\n250 x\r\n250 x\r\n221 x\r\n" },
	};

	for (size_t step = 0; step < 30; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 25);
		SAY(&t, turns, step);
		struct tx *tx = talk_tx(&t, 0);
		const struct app_smtp *smtp = tx->proto;
		check_text(talk_span(smtp->subject), "b");
		check(smtp->mail_done);
		check_eq(tx->event_count, 0);
		talk_end(&t);
	}
}

static void a_refused_mail_leaves_commands(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\n" },
		{ ANSWER, "250 x\r\n" },
		{ ASK, "DATA\r\n" },
		{ ANSWER, "503 first MAIL\r\n" },
		{ ASK, "MAIL FROM:<1@a.example>\r\n" },
		{ ANSWER, "250 x\r\n" },
	};
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 25);
	SAY(&t, turns, 0);
	check(talk_event(talk_tx(&t, 0), APP_EVENT_SMTP_DATA_REJECTED));
	check_text(talk_field(talk_tx(&t, 0), TX_SMTP_FROM, ASK, 0), "<1@a.example>");
	talk_end(&t);
}

static void starttls_hands_over(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\n" },
		{ ANSWER, "250-x\r\n250 STARTTLS\r\n" },
		{ ASK, "STARTTLS\r\n" },
		{ ANSWER, "220 go\r\n" },
	};
	static const uint8_t hello[] = { 22, 3, 1, 0, 10, 1, 0, 0, 6, 3, 3, 0, 0, 0,
		0 };

	for (size_t step = 0; step < 8; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 25);
		SAY(&t, turns, step);
		talk_say(&t, ASK, hello, sizeof(hello), step);
		check_eq(t.flow.app, FLOW_APP_TLS);
		check_eq(t.flow.app_orig, FLOW_APP_SMTP);
		check_eq(t.flow.tx_count, 2);
		talk_end(&t);
	}
}

static void starttls_refused_goes_on(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\nSTARTTLS\r\nMAIL FROM:<1@a.example>\r\n" },
		{ ANSWER, "250 x\r\n454 not now\r\n250 x\r\n" },
	};
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 25);
	SAY(&t, turns, 0);
	check(talk_event(talk_tx(&t, 0), APP_EVENT_SMTP_TLS_REJECTED));
	check_text(talk_field(talk_tx(&t, 0), TX_SMTP_FROM, ASK, 0), "<1@a.example>");
	talk_end(&t);
}

static void a_hole_in_a_mail_makes_its_part_not_whole(void)
{
	static const struct turn before[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\nDATA\r\n" },
		{ ANSWER, "250 x\r\n354 x\r\n" },
		{ ASK, "Content-Disposition: attachment; filename=a.txt\r\n\r\nhel" },
	};
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 25);
	SAY(&t, before, 0);
	talk_chunk(&t, (struct chunk){
			   .dir = ASK, .gap = 5, .bytes = span_of("end\r\n.\r\n", 8) });
	check_text(t.files[0].text, "helend\r\n");
	check(!t.files[0].open && !t.files[0].whole);
	talk_end(&t);
}

static void a_mail_cut_by_the_flow_is_closed(void)
{
	static const struct turn turns[] = {
		{ ANSWER, "220 x\r\n" },
		{ ASK, "EHLO a\r\nDATA\r\nContent-Type: a/b; name=c\r\n\r\nhel" },
	};
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 25);
	SAY(&t, turns, 0);
	check(t.files[0].open);
	talk_close_flow(&t);
	check(!t.files[0].open && !t.files[0].whole);
	check_eq(talk_tx(&t, 0)->progress[ASK], TX_DONE);
	talk_end(&t);
}

static void ftp_greets_alike_but_is_not_mail(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 21);
	talk_text(&t, ANSWER, "220 ftp.b.example\r\n");
	talk_text(&t, ASK, "USER anonymous\r\n");
	check_eq(t.flow.app, FLOW_APP_FAILED);
	talk_end(&t);
}

CHECK_MAIN(a_mail_however_it_is_cut, two_mails_are_two_transactions, bdat_counts_bytes,
    a_refused_mail_leaves_commands, starttls_hands_over, starttls_refused_goes_on,
    a_hole_in_a_mail_makes_its_part_not_whole, a_mail_cut_by_the_flow_is_closed,
    ftp_greets_alike_but_is_not_mail)
