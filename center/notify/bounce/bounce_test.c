/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"
#include "tests/check.h"

#define NAME "0123456789abcdef0123456789abcdef"

static struct notify_bounce read_text(const char *text)
{
	struct notify_bounce b;

	notify_bounce_read(span_text(text), &b);
	return b;
}

/* As Postfix writes it: RFC 3464 with the whole mail behind. */
static const char postfix[] =
    "From: MAILER-DAEMON@relay.example\n"
    "To: bounces+" NAME "@centre.example\n"
    "Subject: Undelivered Mail Returned to Sender\n"
    "Auto-Submitted: auto-replied\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B/1\"\n"
    "\n"
    "--B/1\nContent-Type: text/plain\n\nI am sorry.\n\n"
    "--B/1\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; relay.example\n"
    "X-Postfix-Sender: rfc822; bounces+" NAME "@centre.example\n"
    "\n"
    "Final-Recipient: rfc822; keiri@neji.example\n"
    "Original-Recipient: rfc822;keiri@neji.example\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <keiri@neji.example>:\n"
    "    Recipient address rejected: User unknown\n"
    "\n"
    "--B/1\nContent-Type: message/rfc822\n\n"
    "Message-ID: <" NAME "@centre.example>\nSubject: x\n\nbody\n\n--B/1--\n";

static void a_report(void)
{
	struct notify_bounce b = read_text(postfix);

	check_eq(b.kind, NOTIFY_BOUNCE_FAILED);
	check_text(b.name, NAME);
	check_text(b.status, "5.1.1");
	check_text(b.recipient, "keiri@neji.example");
	check_text(b.diagnostic,
	    "550 5.1.1 <keiri@neji.example>: Recipient address rejected: User unknown");
}

/* The name only in what was sent, as headers; lines with CR. */
static void only_the_headers(void)
{
	struct notify_bounce b = read_text(
	    "From: <>\r\nTo: postmaster@centre.example\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
	    "--x\r\nContent-Type: text/plain\r\n\r\nlater\r\n"
	    "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
	    "Reporting-MTA: dns; a.example\r\n\r\n"
	    "Final-Recipient: rfc822;a@b.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
	    "--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
	    "Received: by a\r\nMessage-ID: <" NAME "@centre.example>\r\n\r\n--x--\r\n");

	check_eq(b.kind, NOTIFY_BOUNCE_LATER);
	check_text(b.name, NAME);
	check_text(b.status, "4.4.1");
}

/* People answer, and programs say that somebody is away: no reports. */
static void what_is_none(void)
{
	check_eq(read_text("").kind, NOTIFY_BOUNCE_NONE);
	check_eq(read_text("To: bounces+" NAME "@centre.example\nAuto-Submitted: "
			   "auto-replied\n\nI am away. Action: failed\n")
		     .kind,
	    NOTIFY_BOUNCE_NONE);
	/* A report about something else. */
	check_eq(read_text("Content-Type: multipart/report; boundary=x\n\n--x\n"
			   "Content-Type: message/delivery-status\n\nA: b\n\nAction: "
			   "failed\nStatus: 5.1.1\n\n--x--\n")
		     .kind,
	    NOTIFY_BOUNCE_NONE);
	/* A name that is too short, or no end behind it. */
	check_text(read_text("To: b+0123@c.example\nContent-Type: multipart/report; "
			     "boundary=x\n\n--x\n\n--x--\n")
		       .name,
	    "");
}

/* Whatever stands in it, the diagnostic is one line of plain characters. */
static void texts_are_cleaned(void)
{
	struct notify_bounce b = read_text(
	    "To: b+" NAME "@c.example\nContent-Type: multipart/report; boundary=x\n\n"
	    "--x\nContent-Type: message/delivery-status\n\nA: b\n\nAction: FAILED\n"
	    "Status: 5.0.0\nDiagnostic-Code: smtp; \x1b[31m<script>\xe3\x81\x82\x01 x\n\n"
	    "--x--\n");

	check_eq(b.kind, NOTIFY_BOUNCE_FAILED);
	for (const char *c = b.diagnostic; *c; c++)
		check((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
}

static void deep_and_large(void)
{
	struct buf b;
	struct notify_bounce r;

	buf_init(&b, 4u << 20);
	buf_add_text(&b, "Content-Type: multipart/report; boundary=b0\n\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n",
		    i, i + 1);
	notify_bounce_read(buf_span(&b), &r);
	check_eq(r.kind, NOTIFY_BOUNCE_NONE);
	buf_clear(&b);
	buf_add_text(&b, postfix);
	while (b.len < 3u << 20)
		buf_add_text(&b, "more and more of the same\n");
	notify_bounce_read(buf_span(&b), &r);
	check_eq(r.kind, NOTIFY_BOUNCE_FAILED);
	buf_fini(&b);
}

/* The smallest things that can be inside each other, as many as fit. */
static void as_deep_as_it_goes(void)
{
	static const char *const inside[] = { "Content-Type: message/rfc822\n\n",
		"--a\nContent-Type: multipart/mixed; boundary=a\n\n",
		"Content-Type:multipart/mixed;boundary=a\n\n--a\n" };
	struct notify_bounce r;
	struct buf b;

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		buf_init(&b, 2u << 20);
		buf_add_text(&b, "Content-Type: multipart/report; boundary=r\n\n--r\n");
		while (b.len < NOTIFY_BOUNCE_MAX)
			buf_add_text(&b, inside[i]);
		notify_bounce_read(buf_span(&b), &r);
		check_eq(r.kind, NOTIFY_BOUNCE_NONE);
		buf_fini(&b);
	}
}

CHECK_MAIN(a_report, only_the_headers, what_is_none, texts_are_cleaned, deep_and_large,
    as_deep_as_it_goes)
