/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/notify/ladder/ladder.h"
#include "lib/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* The page behind the link in a call: what it is about, and one button.  Looking at it
 * answers nothing, so that a mail server that tries links does not answer for a person.
 * Needs no login and no script. */
#define PAGE_MAX  (64u << 10)
#define TOKEN_MAX 64u

enum word {
	TITLE,
	ASK,
	BUTTON,
	AFTER,
	DONE,
	TAKEN,
	TOOK_IT,
	OVER,
	GONE_TITLE,
	GONE,
	COMPANY,
	MACHINE,
	WHEN,
	NUMBER,
	JOINED,
	YOU,
	NEXT,
	WORD_MAX,
};

static const char *const words[2][WORD_MAX] = {
	{ "引き受けの確認", "このできごとを引き受けますか。", "引き受けます",
	    "押すと、次の人への連絡が止まります。",
	    "引き受けました。ありがとうございます。", "すでに返事がありました。",
	    "引き受けた人", "このできごとは完了しています。", "このリンクは使えません",
	    "期限が切れたか、番号がちがいます。できごとの一覧を見るか、見守りセンターへ電話"
	    "してください。",
	    "会社", "機器", "起きた時刻", "受付番号", "同じ会社のほかのできごと",
	    "あなた", "会社に電話して、様子を確かめてください。" },
	{ "Take this incident", "Will you take this incident?", "I take it",
	    "The next person will not be called.", "You have it. Thank you.",
	    "Somebody has answered already.", "Taken by", "This incident is closed.",
	    "This link does not work",
	    "It is too old, or not complete. Look at the list of incidents, or call the "
	    "centre.",
	    "Company", "Machine", "Since", "Number", "Others at the same company",
	    "You", "Call the company and see how things are." },
};

static void add_escaped(struct buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			buf_add_text(b, "&amp;");
			break;
		case '<':
			buf_add_text(b, "&lt;");
			break;
		case '>':
			buf_add_text(b, "&gt;");
			break;
		case '"':
			buf_add_text(b, "&quot;");
			break;
		default:
			buf_add_byte(b, (uint8_t)*text);
		}
}

static void begin_page(struct buf *b, const char *lang, const char *title)
{
	buf_addf(b,
	    "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	    "<meta name=\"robots\" content=\"noindex\">"
	    "<link rel=\"stylesheet\" href=\"/answer.css\"><title>%s</title></head>"
	    "<body><main>\n<h1>%s</h1>\n",
	    lang, title, title);
}

static void send_page(struct buf *b, struct api_reply *a, unsigned status)
{
	buf_add_text(b, "</main></body></html>\n");
	must(!b->overflowed);
	a->status = status;
	a->type = "text/html; charset=utf-8";
	a->owned = b->at;
	a->len = b->len;
}

static void add_row(struct buf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_addf(b, "<dt>%s</dt><dd>", name);
	add_escaped(b, value);
	buf_add_text(b, "</dd>\n");
}

static const char *time_text(int64_t us, char text[40])
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	(void)strftime(text, 40, "%Y-%m-%d %H:%M", &tm);
	return text;
}

/* What it is about, for somebody who has just been woken. */
static void add_facts(
    struct buf *b, const struct notify_ladder_call *c, const char *const *w, bool en)
{
	enum record_lang lang = en ? RECORD_EN : RECORD_JA;
	const char *title = record_cause_title(c->cause, lang);
	char number[40], joined[20] = "", at[40];

	buf_addf(b, "<p class=\"what %s\"><strong>%s</strong> ",
	    c->severity == RECORD_URGENT ? "urgent" : "caution",
	    record_severity_name(c->severity, lang));
	add_escaped(b, title ? title : "");
	buf_add_text(b, "</p>\n<dl>\n");
	snprintf(number, sizeof(number), "%" PRId64, c->incident_id);
	if (c->joined)
		snprintf(joined, sizeof(joined), "%d", c->joined);
	add_row(b, w[COMPANY], c->company);
	add_row(b, w[MACHINE], c->machine);
	add_row(b, w[WHEN], time_text(c->opened_us, at));
	add_row(b, w[NUMBER], number);
	add_row(b, w[JOINED], joined);
	add_row(b, w[YOU], c->name);
	buf_add_text(b, "</dl>\n");
}

static void add_end(struct buf *b, const struct notify_ladder_call *c,
    const char *const *w, bool just_now)
{
	char at[40];

	buf_addf(b, "<p class=\"said\" role=\"status\">%s</p>\n",
	    just_now                                 ? w[DONE]
	    : strcmp(c->incident_state, "done") == 0 ? w[OVER]
						     : w[TAKEN]);
	if (!just_now && c->answered_us) {
		buf_addf(b, "<dl><dt>%s</dt><dd>", w[TOOK_IT]);
		add_escaped(b, c->answered_by);
		buf_addf(b, " (%s)</dd></dl>\n", time_text(c->answered_us, at));
	}
	if (just_now)
		buf_addf(b, "<p>%s</p>\n", w[NEXT]);
}

static void show(const struct api_request *q, struct api_reply *a,
    const struct notify_ladder_call *c, bool just_now)
{
	bool en = strcmp(c->lang, "en") == 0;
	const char *const *w = words[en];
	bool over = just_now || !c->open;
	struct buf b;

	buf_init(&b, PAGE_MAX);
	begin_page(&b, en ? "en" : "ja", w[TITLE]);
	add_facts(&b, c, w, en);
	if (over) {
		add_end(&b, c, w, just_now);
	} else {
		buf_addf(
		    &b, "<p>%s</p>\n<form method=\"post\" action=\"/answer/", w[ASK]);
		add_escaped(&b, q->name);
		buf_addf(&b, "\"><button>%s</button></form>\n<p>%s</p>\n", w[BUTTON],
		    w[AFTER]);
	}
	send_page(&b, a, 200);
}

/* In both languages: whose link it was is not known. */
static void show_gone(struct api_reply *a)
{
	struct buf b;

	buf_init(&b, PAGE_MAX);
	begin_page(&b, "ja", words[0][GONE_TITLE]);
	buf_addf(&b, "<p>%s</p>\n<p lang=\"en\">%s. %s</p>\n", words[0][GONE],
	    words[1][GONE_TITLE], words[1][GONE]);
	send_page(&b, a, 404);
}

struct answer {
	const char *token;
	int64_t now_us;
	struct notify_ladder_call call;
};

static int find(struct store_db *db, struct answer *s)
{
	if (strlen(s->token) > TOKEN_MAX)
		return FAIL_MISSING;
	return notify_ladder_find(db, s->token, s->now_us, &s->call);
}

void api_watch_answer_page(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct answer s = { .token = q->name, .now_us = q->now_us };

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = find(db, &s);
	store_read_done(q->api->store, db);
	if (err == 0)
		show(q, a, &s.call, false);
	else if (err == FAIL_MISSING)
		show_gone(a);
	else
		api_fail_store(a, err);
}

static int take(struct store_db *db, void *arg)
{
	struct answer *s = arg;
	int err = find(db, s);

	return err < 0 ? err : notify_ladder_answer(db, &s->call, "link", s->now_us);
}

void api_watch_answer(struct api_request *q, struct api_reply *a)
{
	struct answer s = { .token = q->name, .now_us = q->now_us };
	int err = store_write(q->api->store, take, &s);

	if (err == 0)
		show(q, a, &s.call, true);
	else if (err == FAIL_CONFLICT)
		api_watch_answer_page(q, a);
	else if (err == FAIL_MISSING)
		show_gone(a);
	else
		api_fail_store(a, err);
}

static const char style[] =
    "html{font:1.125rem/1.7 sans-serif;color:#1b1b1b;background:#fff}"
    "body{margin:0}main{max-width:34rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.4rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem}"
    "dt{color:#555}dd{margin:0;overflow-wrap:anywhere}"
    ".what{border-left:.5rem solid #b35900;padding:.5rem .8rem;background:#fff4e5}"
    ".what.urgent{border-color:#b00020;background:#fdecee}"
    "button{font:inherit;font-weight:bold;width:100%;min-height:3.5rem;border:0;"
    "border-radius:.5rem;background:#004b9b;color:#fff}"
    "button:focus-visible{outline:4px solid #f5a400;outline-offset:2px}"
    ".said{font-weight:bold;border:2px solid #1d6b2f;padding:.8rem;border-radius:.5rem}";

void api_watch_answer_style(struct api_request *q, struct api_reply *a)
{
	(void)q;
	a->status = 200;
	a->type = "text/css; charset=utf-8";
	a->bytes = (const uint8_t *)style;
	a->len = sizeof(style) - 1;
}
