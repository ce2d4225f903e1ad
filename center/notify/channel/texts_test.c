/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"
#include "tests/check.h"

/* The characters of the notices are data: cast away const only for the test's own texts. */
static char
    subject
	[] = "【緊急】koujou-pc：裏口の通信",
 act[] =
     "「koujou-pc」のネットワークの線を抜いてください（無線なら無線を切る）。電源は切"
     "らないでください。今からでも遅くありません。そのあと相談窓口へ電話してください。",
 phone[] = "072-555-0100", company[] = "岸和田ねじ製作所", none[] = "";

static struct notify_notice sample(void)
{
	return (struct notify_notice){ .subject = subject,
		.act = act,
		.phone = phone,
		.company = company,
		.link = none,
		.incident_id = 12,
		.lang = RECORD_JA };
}

static void units_are_counted_as_a_telephone_does(void)
{
	check_eq(notify_text_units(""), 0);
	check_eq(notify_text_units("abc"), 3);
	check_eq(notify_text_units("緊急"), 2);
	check_eq(notify_text_units("𠮟る"), 3);     /* outside the BMP: two */
	check_eq(notify_text_units("\xff\xe3"), 2); /* no UTF-8 */
}

static void one_part_keeps_the_telephone(void)
{
	struct notify_notice n = sample();
	struct buf b;

	buf_init(&b, 4096);
	notify_sms_text(&b, &n, 1);
	check(notify_text_units(buf_text(&b)) <= 70);
	check_text(
	    buf_text(&b), "【緊急】koujou-pc：裏口の通信\n電話072-555-0100 番号12");
	buf_clear(&b);
	notify_sms_text(&b, &n, 2);
	check(notify_text_units(buf_text(&b)) <= 134);
	/* Whole sentences only. */
	check_text(buf_text(&b),
	    "【緊急】koujou-pc：裏口の通信\n「koujou-pc」のネットワークの線を抜いてくださ"
	    "い（無線なら無線を切る）。電源は切らないでください。今からでも遅くありませ"
	    "ん。そのあと相談窓口へ電話してください。\n電話072-555-0100 番号12");
	buf_fini(&b);
}

/* Whatever the texts: never longer than it may be, never a broken character. */
static void never_too_long(void)
{
	static const char *const texts[] = { "", "a", "あ。い。う。", "Stop. Now. Go.",
		"𠮟𠮟𠮟𠮟𠮟𠮟", "一行\n二行\n三行" };
	const size_t n = sizeof(texts) / sizeof(texts[0]);
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < n * n * n; i++)
		for (size_t units = 1; units < 30; units++) {
			buf_clear(&b);
			notify_text_fit(&b, texts[i % n], texts[i / n % n],
			    texts[i / n / n], units);
			check(notify_text_units(buf_text(&b)) <= units + 1);
			check(b.len == 0 || (b.at[0] & 0xc0) != 0x80);
		}
	buf_fini(&b);
}

static void a_voice_says_no_brackets(void)
{
	struct notify_notice n = sample();
	struct buf b;

	buf_init(&b, 4096);
	notify_voice_text(&b, &n);
	check(strstr(buf_text(&b), "【") == NULL);
	check(
	    strncmp(buf_text(&b),
		"こちらは見守りセンターです。岸和田ねじ製作所様へのお知らせです。緊急、koujou",
		strlen(
		    "こちらは見守りセンターです。岸和田ねじ製作所様へのお知らせです。緊急、"
		    "koujou")) == 0);
	check(strstr(buf_text(&b), "受付番号は、12 番です。") != NULL);
	n.lang = RECORD_EN;
	buf_clear(&b);
	notify_voice_text(&b, &n);
	check(strstr(buf_text(&b), "The desk's number is 072-555-0100.") != NULL);
	buf_fini(&b);
}

static void what_is_a_number(void)
{
	char plain[20];

	check(notify_phone_ok("090-1234-5678"));
	check(notify_phone_ok("+81-90-1234-5678"));
	check(!notify_phone_ok("110"));
	check(!notify_phone_ok("090 1234 5678"));
	check(!notify_phone_ok("-09012345678"));
	check(!notify_phone_ok("0901234567890123"));
	check(!notify_phone_ok("090-1234-5678\n"));
	check(!notify_phone_ok("09012345678;rm"));
	check(!notify_phone_ok(""));
	notify_phone_plain("+81-90-1234-5678", plain);
	check_text(plain, "+819012345678");
}

CHECK_MAIN(units_are_counted_as_a_telephone_does, one_part_keeps_the_telephone,
    never_too_long, a_voice_says_no_brackets, what_is_a_number)
