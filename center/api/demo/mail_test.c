/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/demo/demo.h"
#include "tests/check.h"

static void as_our_notices_are(void)
{
	static const char raw[] =
	    "From: =?UTF-8?B?6KaL5a6I44KK?= <a@one.example>\r\n"
	    "To: b@two.example\r\n"
	    "Subject: =?UTF-8?B?6KaL5a6I44KK?=\r\n =?UTF-8?Q?=E3=82=BB_x?=\r\n"
	    "Content-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n"
	    "6KaL5a6I44KKCg==\r\n";
	struct api_demo_mail m;

	api_demo_mail_read(&m, span_text(raw));
	check_text(buf_text(&m.from), "見守り <a@one.example>");
	check_text(buf_text(&m.to), "b@two.example");
	check_text(buf_text(&m.subject), "見守りセ x");
	check_text(buf_text(&m.text), "見守り\n");
	api_demo_mail_fini(&m);
}

static void first_text_of_a_multipart(void)
{
	static const char raw[] = "Content-Type: multipart/mixed; boundary=\"xy\"\n\n"
				  "--xy\nContent-Type: text/html\n\n<b>no</b>\n"
				  "--xy\nContent-Type: text/plain\n"
				  "Content-Transfer-Encoding: quoted-printable\n\n"
				  "a=3Db=\nc\n--xy--\n";
	struct api_demo_mail m;

	api_demo_mail_read(&m, span_text(raw));
	check_text(buf_text(&m.text), "a=bc\n");
	api_demo_mail_fini(&m);
}

static void nonsense_becomes_question_marks(void)
{
	static const char raw[] =
	    "Subject: a\x01\xff\xc0\x80 =?x\n\nb\x1b[2J\xed\xa0\x80";
	struct api_demo_mail m;

	api_demo_mail_read(&m, span_text(raw));
	check_text(buf_text(&m.subject), "a???? =?x");
	check_text(buf_text(&m.text), "b?[2J???");
	api_demo_mail_fini(&m);
}

CHECK_MAIN(
    as_our_notices_are, first_text_of_a_multipart, nonsense_becomes_question_marks)
