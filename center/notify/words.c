/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/playbook/playbook.h"
#include "center/notify/internal.h"

#include <inttypes.h>
#include <time.h>

/* Every word of a mail that is not of the record's three sentences. */
static const struct {
	const char *to, *sample, *raised, *again, *happened, *why, *act, *steps, *call,
	    *phone, *mail, *more, *number, *when, *last, *end;
} texts[] = {
	[RECORD_JA] = { "%s 様\n\n",
	    "（これは見本の会社あての、練習のお知らせです）\n\n",
	    "前にお送りした「注意」のお知らせが「緊急」に変わりました。\n\n",
	    "前にお知らせして様子を見ていたことが、また起きました。\n\n",
	    "■ 何が起きたか\n", "■ なぜ大事か\n", "■ 今すること\n", "■ まずやること\n",
	    "■ 連絡先\n", "電話 %s\n", "メール %s\n", "\n■ くわしい内容\n%s\n",
	    "\n電話のときは、受付番号 %" PRId64 " をお伝えください。\n",
	    "%Y年%-m月%-d日 %-H時%M分",
	    "\n短いあいだにお知らせが続いたため、次のメールまで間をあけます。すべてのお知らせは画面で"
	    "確かめられます。\n",
	    "\n――\nこのメールは見守りセンターから自動で送りました。\n" },
	[RECORD_EN] = { "To %s\n\n", "(This is an exercise for a sample company.)\n\n",
	    "An earlier notice of level \"caution\" has become \"urgent\".\n\n",
	    "What you were told of before, and was being watched, has happened again.\n\n",
	    "* What happened\n", "* Why it matters\n", "* What to do now\n",
	    "* First steps\n", "* Whom to call\n", "Telephone %s\n", "Mail %s\n",
	    "\n* Details\n%s\n", "\nOn the telephone, give the number %" PRId64 ".\n",
	    "%Y-%m-%d %H:%M",
	    "\nThere were many notices within the hour: the next mails will wait a while. The "
	    "portal shows all of them.\n",
	    "\n--\nThis mail was sent automatically by your monitoring centre.\n" },
	/* Sentences of at most 32 characters, as in lib/record/causes.tbl. */
	[RECORD_EASY_JA] = { "%s さま\n\n",
	    "（れんしゅうです。本当のことではありません。）\n\n",
	    "前にお知らせしたことが、もっと大変になりました。\n\n",
	    "前にお知らせしたことが、またおきました。\n\n", "■ 何がありましたか\n",
	    "■ どうして大切ですか\n", "■ 今すること\n", "■ はじめにすること\n",
	    "■ 話すところ\n", "電話 %s\n", "メール %s\n", "\n■ くわしいこと\n%s\n",
	    "\n電話で、この番号を言ってください：%" PRId64 "\n",
	    "%Y年%-m月%-d日 %-H時%M分",
	    "\nお知らせが多いです。つぎのメールは、すこしあとで来ます。ぜんぶのお知らせは、画面で見ることができます。\n",
	    "\n――\nこのメールは、センターの機械が送りました。\n" },
};

/* A name that a program would turn into a link must not be one that leads there. */
static void add_unlinked(struct buf *b, const char *name)
{
	for (; *name; name++)
		if (*name == '.')
			buf_add_text(b, "[.]");
		else
			buf_add_byte(b, (uint8_t)*name);
}

static void add_time(struct buf *b, const char *format, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;
	char text[64];

	localtime_r(&t, &tm);
	if (strftime(text, sizeof(text), format, &tm) > 0)
		buf_add_text(b, text);
}

static void write_subject(const struct notify_words *w, struct buf *b)
{
	bool ja = w->lang != RECORD_EN;
	const char *title = record_cause_title(w->cause, w->lang);

	buf_addf(
	    b, ja ? "【%s】" : "[%s] ", record_severity_name(w->severity, w->lang));
	if (w->raised || w->again)
		buf_add_text(b, ja ? "続報：" : "Update: ");
	if (*w->machine)
		buf_addf(b, ja ? "%s：" : "%s: ", w->machine);
	buf_add_text(b, title ? title : "");
	if (w->sample)
		buf_add_text(b, ja ? "（見本）" : " (sample)");
}

static void write_steps(const struct notify_words *w, const char *what, struct buf *b)
{
	struct incident_book_words words = { .company = w->company,
		.machine = w->machine,
		.what = what,
		.peer = w->peer,
		.desk = w->desk_name,
		.phone = w->desk_phone };

	if (w->steps_n == 0)
		return;
	buf_add_text(b, texts[w->lang].steps);
	for (unsigned i = 0; i < w->steps_n; i++) {
		buf_addf(b, "%u. ", i + 1);
		incident_book_fill(w->steps[i]->text[w->lang], w->lang, &words, b);
		buf_add_text(b, "\n");
	}
	buf_add_text(b, "\n");
}

/* What happened, when and how often; why; what to do, and what to begin with. */
static void write_sentences(const struct notify_words *w, struct buf *b)
{
	struct buf happened, why, act, what;
	bool ja = w->lang != RECORD_EN;

	buf_init(&happened, 8192);
	buf_init(&why, 8192);
	buf_init(&act, 8192);
	buf_init(&what, 4 * EVENT_TEXT_MAX);
	add_unlinked(&what, w->what);
	struct record_words words = { .machine = *w->machine ? w->machine : NULL,
		.what = what.len ? buf_text(&what) : NULL,
		.peer = *w->peer ? w->peer : NULL,
		.stopped = w->stopped };
	record_say(w->cause, w->lang, &words, &happened, &why, &act);
	buf_addf(b, "%s%s\n", texts[w->lang].happened, buf_text(&happened));
	buf_add_text(b, ja ? "（" : "(");
	add_time(b, texts[w->lang].when, w->first_us);
	if (w->events > 1)
		buf_addf(b, ja ? "から %" PRId64 " 回" : ", %" PRId64 " times since",
		    w->events);
	if (w->late)
		buf_add_text(
		    b, w->lang == RECORD_EASY_JA ? "。このお知らせは、おくれて来ました"
		       : ja ? "。そのときのことで、装置からの連絡が遅れて届きました"
			    : "; it happened then, the gate's message came late");
	buf_addf(b, "%s\n\n%s%s\n\n%s%s\n\n", ja ? "）" : ")", texts[w->lang].why,
	    buf_text(&why), texts[w->lang].act, buf_text(&act));
	write_steps(w, buf_text(&what), b);
	buf_fini(&happened);
	buf_fini(&why);
	buf_fini(&act);
	buf_fini(&what);
}

void notify_write(const struct notify_words *w, struct buf *subject, struct buf *body)
{
	write_subject(w, subject);
	buf_addf(body, texts[w->lang].to, w->company);
	if (w->sample)
		buf_add_text(body, texts[w->lang].sample);
	if (w->raised)
		buf_add_text(body, texts[w->lang].raised);
	if (w->again)
		buf_add_text(body, texts[w->lang].again);
	write_sentences(w, body);
	if (*w->desk_name || *w->desk_phone || *w->desk_mail)
		buf_addf(body, "%s%s\n", texts[w->lang].call, w->desk_name);
	if (*w->desk_phone)
		buf_addf(body, texts[w->lang].phone, w->desk_phone);
	if (*w->desk_mail)
		buf_addf(body, texts[w->lang].mail, w->desk_mail);
	buf_addf(body, texts[w->lang].number, w->incident_id);
	if (*w->link)
		buf_addf(body, texts[w->lang].more, w->link);
	if (w->last)
		buf_add_text(body, texts[w->lang].last);
	buf_add_text(body, texts[w->lang].end);
}
