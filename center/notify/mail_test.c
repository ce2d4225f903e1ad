/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/notify.h"
#include "tests/check.h"

#include <stdlib.h>

static const struct notify_mail sample = { .from = "mimamori@chamber.example",
	.from_name = "見守りセンター",
	.to = "president@sample.example",
	.subject = "【緊急】koujou-pc：裏口の通信",
	.body = "社内の「koujou-pc」が\n線を抜いてください。\n",
	.message_id = "0123@chamber.example",
	.in_reply_to = "",
	.date_us = INT64_C(1795226400) * 1000000 };

static const char *written(struct buf *b, const struct notify_mail *m)
{
	buf_clear(b);
	check_eq(notify_mail_write(m, b), 0);
	return buf_text(b);
}

static void the_whole_mail(void)
{
	struct buf b;

	buf_init(&b, 64u << 10);
	check_text(written(&b, &sample),
	    "From: =?UTF-8?B?6KaL5a6I44KK44K744Oz44K/44O8?= <mimamori@chamber.example>\r\n"
	    "To: <president@sample.example>\r\n"
	    "Subject: =?UTF-8?B?44CQ57eK5oCl44CRa291am91LXBj77ya6KOP5Y+j44Gu6YCa5L+h?=\r\n"
	    "Date: Sat, 21 Nov 2026 02:00:00 +0000\r\n"
	    "Message-ID: <0123@chamber.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "56S+5YaF44Gu44CMa291am91LXBj44CN44GMDQrnt5rjgpLmipzjgYTjgabjgY/jgaDjgZXjgYTj\r\n"
	    "gIINCg==\r\n");
	buf_fini(&b);
}

/* Rows of at most 78 characters, whatever the length and wherever characters end. */
static void long_texts_are_folded(void)
{
	struct notify_mail m = sample;
	char subject[700] = "";
	struct buf b;

	buf_init(&b, 64u << 10);
	for (int i = 0; i < 150; i++) {
		strcat(subject, i % 7 ? "あ" : "x");
		m.subject = subject;
		const char *line = written(&b, &m);
		for (const char *end; (end = strstr(line, "\r\n")); line = end + 2)
			check(end - line <= 76);
	}
	buf_fini(&b);
}

/* No text makes a header line of its own. */
static void nothing_is_injected(void)
{
	static const char *const evil[] = { "x\r\nBcc: all@victim.example",
		"x\nBcc: all@victim.example", "x\rBcc: y",
		"=?UTF-8?B?QmNj?=", "\"<evil@victim.example>\"", "x\r\n\r\nbody",
		"\r\n.\r\nMAIL FROM:<x>" };
	struct buf b;

	buf_init(&b, 64u << 10);
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		struct notify_mail m = sample;
		m.subject = m.from_name = m.body = evil[i];
		const char *mail = written(&b, &m);
		check(!strstr(mail, "Bcc"));
		check(!strstr(mail, "MAIL FROM"));
		check(!strstr(mail, "victim"));
		int headers = 0;
		for (; (mail = strstr(mail, "\r\n")) && mail[2] != '\r'; mail += 2)
			headers++;
		check(headers == 8);
		m = sample;
		m.to = evil[i];
		check_eq(notify_mail_write(&m, &b), FAIL_FORMAT);
		m = sample;
		m.from = evil[i];
		check_eq(notify_mail_write(&m, &b), FAIL_FORMAT);
		m = sample;
		m.in_reply_to = evil[i];
		check_eq(notify_mail_write(&m, &b), FAIL_FORMAT);
	}
	buf_fini(&b);
}

static void what_is_an_address(void)
{
	check(notify_address_ok("keiri@sample.example"));
	check(notify_address_ok("a.b+c@192.0.2.1"));
	check(!notify_address_ok(""));
	check(!notify_address_ok("keiri"));
	check(!notify_address_ok("@sample.example"));
	check(!notify_address_ok("keiri@"));
	check(!notify_address_ok("a@b@c"));
	check(!notify_address_ok("a b@c"));
	check(!notify_address_ok("<a@b>"));
	check(!notify_address_ok("a@b\n"));
	check(!notify_address_ok("-oQ/tmp@b"));
	check(!notify_address_ok("経理@sample.example"));
}

CHECK_MAIN(
    the_whole_mail, long_texts_are_folded, nothing_is_injected, what_is_an_address)
