/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/mime/mime.h"

#include "tests/check.h"

#include <stdlib.h>

/* What a mail became: one line for each call of the sink. */
static struct buf story;

static void on_header(void *ctx, unsigned depth, struct span name, struct span value)
{
	(void)ctx;
	buf_addf(&story, "h%u %.*s=%.*s\n", depth, (int)name.len, (const char *)name.at,
	    (int)value.len, (const char *)value.at);
}

static void on_part(void *ctx, const struct app_mime_part *part)
{
	(void)ctx;
	buf_addf(&story, "part %.*s [%.*s]%s\n", (int)part->content_type.len,
	    (const char *)part->content_type.at, (int)part->name.len,
	    (const char *)part->name.at, part->attachment ? " attached" : "");
}

static void on_bytes(void *ctx, struct span bytes)
{
	(void)ctx;
	buf_add(&story, bytes.at, bytes.len);
}

static void on_part_end(void *ctx, bool whole)
{
	(void)ctx;
	buf_addf(&story, "|%s\n", whole ? "" : "cut");
}

static void on_odd(void *ctx, enum app_mime_odd what)
{
	(void)ctx;
	buf_addf(&story, "odd %d\n", (int)what);
}

static const struct app_mime_sink sink = { .header = on_header,
	.part = on_part,
	.bytes = on_bytes,
	.part_end = on_part_end,
	.odd = on_odd };

/* `text` in pieces of `step`, each in memory of exactly its size. */
static const char *read_mail(const char *text, const char *boundary, size_t step)
{
	struct app_mime *m = app_mime_new(&sink, span_text(boundary));
	size_t len = strlen(text);

	buf_clear(&story);
	for (size_t at = 0; at < len;) {
		size_t part = step && step < len - at ? step : len - at;
		uint8_t *copy = malloc(part);
		memcpy(copy, text + at, part);
		app_mime_feed(m, span_of(copy, part));
		free(copy);
		at += part;
	}
	app_mime_end(m, true);
	app_mime_free(m);
	return buf_text(&story);
}

static void same_in_all_steps(const char *text, const char *boundary, const char *want)
{
	for (size_t step = 0; step < 20; step++)
		check_text(read_mail(text, boundary, step), want);
}

static void a_mail_without_parts(void)
{
	same_in_all_steps(
	    "Subject: one\r\n two\r\nFrom: a@b.example\r\n\r\nhello\r\n\r\nbye\r\n", "",
	    "h0 Subject=one two\nh0 From=a@b.example\npart text/plain []\n"
	    "hello\r\n\r\nbye\r\n|\n");
}

static void parts_within_parts(void)
{
	same_in_all_steps(
	    "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n"
	    "--a b\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
	    "--x\r\n\r\nplain\r\n--x\r\nContent-Type: text/HTML\r\n\r\n<b>\r\n--x--\r\n"
	    "--a b\r\nContent-Type: application/pdf; name=\"r.pdf\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--a b--\r\nepilogue\r\n",
	    "",
	    "h0 Content-Type=multipart/mixed; boundary=\"a b\"\n"
	    "h1 Content-Type=multipart/alternative; boundary=x\n"
	    "part text/plain []\nplain|\n"
	    "h2 Content-Type=text/HTML\npart text/html []\n<b>|\n"
	    "h1 Content-Type=application/pdf; name=\"r.pdf\"\n"
	    "h1 Content-Transfer-Encoding=base64\n"
	    "part application/pdf [r.pdf] attached\nhello|\n");
}

static void a_mail_in_a_mail(void)
{
	same_in_all_steps(
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
	    "--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n"
	    "Content-Disposition: attachment; filename=i.zip\r\n\r\nzip\r\n--x--\r\n",
	    "",
	    "h0 Content-Type=multipart/mixed; boundary=x\n"
	    "h1 Content-Type=message/rfc822\nh2 Subject=inner\n"
	    "h2 Content-Disposition=attachment; filename=i.zip\n"
	    "part text/plain [i.zip] attached\nzip|\n");
}

static void an_encoded_mail_in_a_mail(void)
{
	same_in_all_steps("Content-Type: message/rfc822\r\n"
			  "Content-Transfer-Encoding: base64\r\n\r\n"
			  "Content-Disposition: attachment; filename=a.exe\r\n\r\nMZ",
	    "",
	    "h0 Content-Type=message/rfc822\nh0 Content-Transfer-Encoding=base64\n"
	    "h1 Content-Disposition=attachment; filename=a.exe\n"
	    "part text/plain [a.exe] attached\nMZ|\n");
	same_in_all_steps("Content-Type: message/rfc822\r\n"
			  "Content-Transfer-Encoding: base64\r\n\r\nQTogYg==\r\n",
	    "",
	    "h0 Content-Type=message/rfc822\nh0 Content-Transfer-Encoding=base64\n"
	    "part message/rfc822 [] attached\nA: b|\n");
}

static void quoted_printable(void)
{
	same_in_all_steps("Content-Transfer-Encoding: quoted-printable\r\n\r\n"
			  "a=3Db=\r\nc=\r\n=E3=81=82 =zz\r\n",
	    "",
	    "h0 Content-Transfer-Encoding=quoted-printable\n"
	    "part text/plain []\na=bc\xe3\x81\x82 =zz\r\nodd 6\n|\n");
}

static void a_form_of_a_page(void)
{
	same_in_all_steps("--q\r\nContent-Disposition: form-data; name=\"f\"; "
			  "filename=\"a.bin\"\r\n\r\n\r\n1\n2\r\r\n\r\n--q--",
	    "q",
	    "h1 Content-Disposition=form-data; name=\"f\"; filename=\"a.bin\"\n"
	    "part text/plain [a.bin] attached\n\r\n1\n2\r\r\n|\n");
}

static void parameter(const char *value, const char *want)
{
	struct buf out;

	buf_init(&out, 1000);
	check_eq(app_mime_parameter(span_text(value), "filename", &out), want != NULL);
	check_text(buf_text(&out), want ? want : "");
	buf_fini(&out);
}

static void names_of_files_in_every_dress(void)
{
	app_mime_prepare();
	parameter("attachment; filename=a.pdf", "a.pdf");
	parameter("attachment ; size=3; FileName = \"a; \\\"b\\\".pdf\" ; x=y",
	    "a; \"b\".pdf");
	parameter("attachment; filename*=utf-8'ja'%E8%A6%8B%E7%A9%8D.pdf", "見積.pdf");
	parameter(
	    "attachment; filename*0*=utf-8''%E8%A6; filename*1*=%8B; filename*2=x.pdf",
	    "見x.pdf");
	parameter("attachment; filename=\"=?UTF-8?B?6KaL56mN?= =?utf-8?q?_=41.pdf?=\"",
	    "見積 A.pdf");
	parameter("attachment; filename=\"=?ISO-2022-JP?B?GyRCOCs2YRsoQi5wZGY=?=\"",
	    "見近.pdf");
	parameter("attachment; filename=\"=?x-none?B?YQ==?=.pdf\"", "a.pdf");
	parameter("attachment; name=a.pdf", NULL);
	parameter("filename=a.pdf", NULL);
}

static void what_is_too_long_is_cut(void)
{
	static char text[60000];
	size_t len = 0;

	len += (size_t)sprintf(text, "X: ");
	memset(text + len, 'y', 20000);
	len += 20000;
	len += (size_t)sprintf(text + len, "\r\n\r\n");
	memset(text + len, 'z', 20000);
	len += 20000;
	text[len] = '\0';
	read_mail(text, "", 0);
	size_t whole = story.len;
	check(strstr(buf_text(&story), "odd 2\n") != NULL); /* long header value */
	check(strstr(buf_text(&story), "odd 0\n") != NULL); /* long line */
	read_mail(text, "", 7);
	check_eq(story.len, whole);
}

int main(void)
{
	buf_init(&story, 1u << 20);
	static const struct check_case cases[] = { { a_mail_without_parts },
		{ parts_within_parts }, { a_mail_in_a_mail },
		{ an_encoded_mail_in_a_mail }, { quoted_printable },
		{ a_form_of_a_page }, { names_of_files_in_every_dress },
		{ what_is_too_long_is_cut } };
	int r = check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "a_mail_without_parts, parts_within_parts, a_mail_in_a_mail, "
	    "an_encoded_mail_in_a_mail, quoted_printable, "
	    "a_form_of_a_page, names_of_files_in_every_dress, what_is_too_long_is_cut");
	buf_fini(&story);
	return r;
}
