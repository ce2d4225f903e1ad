/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/playbook/playbook.h"
#include "center/notify/notify.h"
#include "tests/check.h"

#include <stdlib.h>
#include <time.h>

/* What people read, word for word. */
static const struct notify_words sample = { .lang = RECORD_JA,
	.cause = RECORD_CAUSE_BACKDOOR,
	.severity = RECORD_URGENT,
	.stopped = true,
	.sample = true,
	.company = "岸和田ねじ製作所",
	.machine = "koujou-pc",
	.what = "sample rule",
	.peer = "198.51.100.7",
	.desk_name = "お助け相談窓口",
	.desk_phone = "072-555-0100",
	.desk_mail = "desk@chamber.example",
	.link = "https://portal.example/member/#/incidents/12",
	.incident_id = 12,
	.events = 3,
	.first_us = INT64_C(1795226400) * 1000000 };

static void check_words(
    const struct notify_words *w, const char *subject_want, const char *body_want)
{
	struct buf subject, body;

	setenv("TZ", "JST-9", 1);
	tzset();
	buf_init(&subject, 4096);
	buf_init(&body, 64u << 10);
	notify_write(w, &subject, &body);
	check_text(buf_text(&subject), subject_want);
	check_text(buf_text(&body), body_want);
	buf_fini(&subject);
	buf_fini(&body);
}

static void urgent_in_japanese(void)
{
	check_words(&sample, "【緊急】koujou-pc：裏口の通信（見本）",
	    "岸和田ねじ製作所 様\n"
	    "\n"
	    "（これは見本の会社あての、練習のお知らせです）\n"
	    "\n"
	    "■ 何が起きたか\n"
	    "社内の「koujou-pc」が、攻撃者のものとみられる相手（198.51.100.7）と通信しようと"
	    "しました。見守り装置が止めました。\n"
	    "（2026年11月21日 11時00分から 3 回）\n"
	    "\n"
	    "■ なぜ大事か\n"
	    "「koujou-pc」は、すでに遠くから操られている可能性があります。ほかの機器へ広がる"
	    "ことがあります。\n"
	    "\n"
	    "■ 今すること\n"
	    "「koujou-pc」のネットワークの線を抜いてください（無線なら無線を切る）。電源は切"
	    "らないでください。今からでも遅くありません。そのあと相談窓口へ電話してくださ"
	    "い。\n"
	    "\n"
	    "■ 連絡先\n"
	    "お助け相談窓口\n"
	    "電話 072-555-0100\n"
	    "メール desk@chamber.example\n"
	    "\n"
	    "電話のときは、受付番号 12 をお伝えください。\n"
	    "\n"
	    "■ くわしい内容\n"
	    "https://portal.example/member/#/incidents/12\n"
	    "\n"
	    "――\n"
	    "このメールは見守りセンターから自動で送りました。\n");
}

/* A dangerous name must not become a link; nobody to call, no portal: no empty headings. */
static void caution_in_english(void)
{
	struct notify_words w = sample;

	w.lang = RECORD_EN;
	w.cause = RECORD_CAUSE_DANGEROUS_SITE;
	w.severity = RECORD_CAUTION;
	w.sample = false;
	w.machine = "";
	w.what = "bank-login.example";
	w.desk_name = w.desk_phone = w.desk_mail = w.link = "";
	w.events = 1;
	check_words(&w, "[caution] Dangerous site",
	    "To 岸和田ねじ製作所\n"
	    "\n"
	    "* What happened\n"
	    "\"an unknown machine\" tried to open a dangerous site (bank-login[.]example); the "
	    "gate stopped it.\n"
	    "(2026-11-21 11:00)\n"
	    "\n"
	    "* Why it matters\n"
	    "It is known for stealing passwords with fake pages or for planting viruses.\n"
	    "\n"
	    "* What to do now\n"
	    "Ask whoever uses \"an unknown machine\" whether they followed a link in a mail. If "
	    "they typed a password or number, call the desk at once.\n"
	    "\n"
	    "\n"
	    "On the telephone, give the number 12.\n"
	    "\n"
	    "--\n"
	    "This mail was sent automatically by your monitoring centre.\n");
}

static void a_raise_says_so(void)
{
	struct notify_words w = sample;
	struct buf subject, body;

	w.raised = true;
	w.stopped = false;
	w.sample = false;
	buf_init(&subject, 4096);
	buf_init(&body, 64u << 10);
	notify_write(&w, &subject, &body);
	check_text(buf_text(&subject), "【緊急】続報：koujou-pc：裏口の通信");
	check(
	    strstr(buf_text(&body),
		"前にお送りした「注意」のお知らせが「緊急」に変わりました。") != NULL);
	check(strstr(buf_text(&body), "見守り装置が止めました") == NULL);
	buf_fini(&subject);
	buf_fini(&body);
}

static void take_steps(struct notify_words *w)
{
	const struct incident_book *book = incident_book_for(w->cause, w->stopped);

	for (unsigned i = 0; book && i < book->steps_n; i++)
		if (book->steps[i].who == INCIDENT_STEP_MEMBER &&
		    w->steps_n < NOTIFY_STEPS_MAX)
			w->steps[w->steps_n++] = &book->steps[i];
}

/* Characters of the longest sentence, without what stands in （） and 「」: 32 are easy (the
 * measure of lib/record/cause_test.c). */
static unsigned longest(const char *text)
{
	unsigned most = 0, now = 0, inside = 0;

	for (const char *at = text; *at; at++) {
		if (((unsigned char)*at & 0xc0) == 0x80)
			continue;
		bool opens = strncmp(at, "（", 3) == 0 || strncmp(at, "「", 3) == 0;
		bool closes = strncmp(at, "）", 3) == 0 || strncmp(at, "」", 3) == 0;
		/* A step's number is none of its words. */
		bool ends = *at == '\n' || strncmp(at, ". ", 2) == 0 ||
			    strncmp(at, "。", 3) == 0;
		inside += opens;
		now = ends ? 0 : now + (inside == 0);
		inside -= closes && inside;
		most = now > most ? now : most;
	}
	return most;
}

static void check_cause(const struct notify_words *w)
{
	struct buf subject, body;

	buf_init(&subject, 4096);
	buf_init(&body, 64u << 10);
	notify_write(w, &subject, &body);
	check(!strchr(buf_text(&body), '{'));
	check(!strchr(buf_text(&body), '|'));
	check(!subject.overflowed && !body.overflowed);
	check(w->steps_n == 0 || strstr(buf_text(&body), "\n1. ") != NULL);
	if (w->lang == RECORD_EASY_JA) {
		if (longest(buf_text(&body)) > 32)
			printf("# %u: %s\n", longest(buf_text(&body)), buf_text(&body));
		check(longest(buf_text(&body)) <= 32);
		check(strstr(buf_text(&body), "何が起きたか") == NULL);
	}
	buf_fini(&subject);
	buf_fini(&body);
}

/* Every cause has words in all languages, none stays unfilled, and easy ones are short. */
static void every_cause_has_words(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		for (unsigned i = 0; i < 2 * RECORD_LANG_MAX; i++) {
			struct notify_words w = sample;
			w.cause = c;
			w.lang = (enum record_lang)(i / 2);
			w.stopped = i & 1;
			w.raised = w.again = w.last = w.late = true;
			w.link = "";
			w.desk_mail = "";
			take_steps(&w);
			check_cause(&w);
		}
}

static void urgent_in_easy_japanese(void)
{
	struct notify_words w = sample;

	w.lang = RECORD_EASY_JA;
	w.sample = false;
	w.again = true;
	w.steps_n = 0;
	take_steps(&w);
	check_words(&w, "【緊急】続報：koujou-pc：わるい人とつながっている",
	    "岸和田ねじ製作所 さま\n"
	    "\n"
	    "前にお知らせしたことが、またおきました。\n"
	    "\n"
	    "■ 何がありましたか\n"
	    "「koujou-pc」が、わるい人のコンピューター（198.51.100.7）とつながろうとしました。"
	    "見まもりの機械が止めました。\n"
	    "（2026年11月21日 11時00分から 3 回）\n"
	    "\n"
	    "■ どうして大切ですか\n"
	    "だれかが、とおくから「koujou-pc」を動かしているかもしれません。ほかの機械にも"
	    "広がります。\n"
	    "\n"
	    "■ 今すること\n"
	    "「koujou-pc」の線をぬいてください。Wi-Fi は切ってください。電気は切らないでくだ"
	    "さい。今からでもおそくありません。相談するところに電話してください。\n"
	    "\n"
	    "■ はじめにすること\n"
	    "1. 「koujou-pc」の線をぬいてください。Wi-Fi は切ってください。今からでもおそくあ"
	    "りません。\n"
	    "2. 電気は切らないでください。\n"
	    "3. 電話をしてください。ばんごうは 072-555-0100 です。\n"
	    "\n"
	    "■ 話すところ\n"
	    "お助け相談窓口\n"
	    "電話 072-555-0100\n"
	    "メール desk@chamber.example\n"
	    "\n"
	    "電話で、この番号を言ってください：12\n"
	    "\n"
	    "■ くわしいこと\n"
	    "https://portal.example/member/#/incidents/12\n"
	    "\n"
	    "――\n"
	    "このメールは、センターの機械が送りました。\n");
}

CHECK_MAIN(urgent_in_japanese, caution_in_english, a_raise_says_so,
    urgent_in_easy_japanese, every_cause_has_words)
