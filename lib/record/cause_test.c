/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include "tests/check.h"

#include <ctype.h>

/* Words that a clerk would have to look up (002: 専門用語を使わない).  Latin letters are
 * looked for apart. */
static const char *const jargon[] = { "シグネチャ", "インシデント", "アラート",
	"マルウェア", "バックドア", "ポート番号", "プロトコル", "パケット", "ドメイン",
	"サーバ", "フィッシング", "ログを", "セッション", "トラフィック",
	"ファイアウォール", "エンドポイント", "スキャン", "脆弱性", "侵入防止", "隔離",
	"検体", "感染経路", "感染端末", "端末", "暗号化", "認証", "アンチウイルス",
	"ペイロード", "エクスプロイト", "ホスト", "アドレス", "ゲートウェイ" };

struct sentences {
	struct buf part[3];
};

static void say(struct sentences *s, enum record_cause c, enum record_lang lang,
    bool stopped, const char *name)
{
	struct record_words w = {
		.machine = name, .what = name, .peer = name, .stopped = stopped
	};

	for (unsigned i = 0; i < 3; i++)
		buf_clear(&s->part[i]);
	record_say(c, lang, &w, &s->part[0], &s->part[1], &s->part[2]);
}

static void each_sentence(enum record_lang lang, void (*look)(const char *text))
{
	struct sentences s;

	for (unsigned i = 0; i < 3; i++)
		buf_init(&s.part[i], RECORD_TEXT_MAX);
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		for (unsigned stopped = 0; stopped < 2; stopped++) {
			say(&s, c, lang, stopped, NULL);
			for (unsigned i = 0; i < 3; i++)
				look(buf_text(&s.part[i]));
			look(record_cause_title(c, lang));
		}
	for (unsigned i = 0; i < 3; i++)
		buf_fini(&s.part[i]);
}

static void look_for_jargon(const char *text)
{
	check(text[0] != 0);
	for (size_t i = 0; i < sizeof(jargon) / sizeof(jargon[0]); i++)
		if (strstr(text, jargon[i]))
			check_text(text, jargon[i]);
	for (const char *at = text; *at; at++)
		check(!isalpha((unsigned char)*at) && !strchr("|{}", *at));
}

/* Wi-Fi is what is written on the machine. */
static void look_for_jargon_easy(const char *text)
{
	char plain[RECORD_TEXT_MAX], *at;

	(void)snprintf(plain, sizeof(plain), "%s", text);
	while ((at = strstr(plain, "Wi-Fi")) != NULL)
		memmove(at, at + 5, strlen(at + 5) + 1);
	look_for_jargon(plain);
}

static void japanese_needs_no_dictionary(void)
{
	each_sentence(RECORD_JA, look_for_jargon);
}

/* The character at `at`; its length in *len. */
static unsigned long character(const char *at, unsigned *len)
{
	unsigned char c = (unsigned char)*at;
	unsigned long v = c < 0x80   ? c
			  : c < 0xe0 ? c & 0x1f
			  : c < 0xf0 ? c & 0x0f
				     : c & 7;

	*len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	for (unsigned i = 1; i < *len; i++)
		v = v << 6 | ((unsigned char)at[i] & 0x3f);
	return v;
}

struct level {
	unsigned
	    longest; /* characters of a sentence, without what stands in （） and 「」 */
	unsigned kanji_run, kanji_percent;
};

static struct level level_of(const char *text)
{
	struct level l = { 0 };
	unsigned len, in_sentence = 0, run = 0, kanji = 0, all = 0, inside = 0;

	for (const char *at = text; *at; at += len) {
		unsigned long c = character(at, &len);
		if (c == 0xff08 || c == 0x300c)
			inside++;
		else if ((c == 0xff09 || c == 0x300d) && inside)
			inside--;
		else if (!inside) {
			bool is_kanji = c >= 0x4e00 && c < 0xa000;
			all++;
			kanji += is_kanji;
			run = is_kanji ? run + 1 : 0;
			l.kanji_run = run > l.kanji_run ? run : l.kanji_run;
			in_sentence = c == 0x3002 ? 0 : in_sentence + 1;
			l.longest = in_sentence > l.longest ? in_sentence : l.longest;
		}
	}
	/* A title is too short to have a share. */
	l.kanji_percent = all > 10 ? 100 * kanji / all : 0;
	return l;
}

static void look_at_length(const char *text)
{
	struct level l = level_of(text);

	if (l.longest > 60 || l.kanji_percent > 55)
		printf("# %u characters, %u %% kanji: %s\n", l.longest, l.kanji_percent,
		    text);
	check(l.longest <= 60 && l.kanji_percent <= 55);
}

static void look_at_ease(const char *text)
{
	struct level l = level_of(text);

	look_for_jargon_easy(text);
	if (l.longest > 32 || l.kanji_run > 2 || l.kanji_percent > 40)
		printf("# %u characters, %u kanji in a row, %u %% kanji: %s\n",
		    l.longest, l.kanji_run, l.kanji_percent, text);
	check(l.longest <= 32 && l.kanji_run <= 2 && l.kanji_percent <= 40);
}

/* A sentence is read in one breath; in easy Japanese it says one thing, and no word is
 * longer than two kanji. */
static void sentences_are_short(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++) {
		if (!record_cause_title(c, RECORD_EASY_JA)) {
			printf("# causes.tbl: %s has no RECORD_EASY row\n",
			    record_cause_id(c));
			check(record_cause_title(c, RECORD_EASY_JA) != NULL);
			return;
		}
	}
	each_sentence(RECORD_JA, look_at_length);
	each_sentence(RECORD_EASY_JA, look_at_ease);
}

static void english_is_complete(void)
{
	struct sentences s;

	for (unsigned i = 0; i < 3; i++)
		buf_init(&s.part[i], RECORD_TEXT_MAX);
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++) {
		say(&s, c, RECORD_EN, true, "x");
		for (unsigned i = 0; i < 3; i++)
			check(s.part[i].len > 10 &&
			      !strpbrk(buf_text(&s.part[i]), "|{}"));
	}
	for (unsigned i = 0; i < 3; i++)
		buf_fini(&s.part[i]);
}

static void words_and_alternatives_are_filled_in(void)
{
	struct sentences s;

	for (unsigned i = 0; i < 3; i++)
		buf_init(&s.part[i], RECORD_TEXT_MAX);
	say(&s, RECORD_CAUSE_BACKDOOR, RECORD_EN, true, "keiri {what} | pc");
	check_text(buf_text(&s.part[0]),
	    "\"keiri {what} | pc\" in your office tried to talk to what looks like an "
	    "attacker's server (keiri {what} | pc); the gate stopped it.");
	say(&s, RECORD_CAUSE_BACKDOOR, RECORD_EN, false, NULL);
	check_text(buf_text(&s.part[0]),
	    "\"an unknown machine\" in your office is talking to what looks like an "
	    "attacker's server (address unknown).");
	for (unsigned i = 0; i < 3; i++)
		buf_fini(&s.part[i]);
}

static void the_classtype_and_the_way_decide(void)
{
	check_eq(record_cause_of(RECORD_ALERT, "trojan-activity", true),
	    RECORD_CAUSE_BACKDOOR);
	check_eq(record_cause_of(RECORD_ALERT, "trojan-activity", false),
	    RECORD_CAUSE_EXPLOIT);
	check_eq(record_cause_of(RECORD_ALERT, "attempted-recon", false),
	    RECORD_CAUSE_PROBE);
	check_eq(record_cause_of(RECORD_ALERT, "made-up", true), RECORD_CAUSE_OTHER);
	check_eq(record_cause_of(RECORD_ALERT, NULL, true), RECORD_CAUSE_OTHER);
	check_eq(record_cause_of(RECORD_ASSET, NULL, true), RECORD_CAUSE_NEW_MACHINE);
}

static void a_record_shows_its_cause(void)
{
	struct record r;

	record_init(&r, RECORD_VIRUS);
	check_eq(record_cause_get(&r), RECORD_CAUSE_VIRUS_WEB);
	record_text(&r, RECORD_F_VIRUS_CARRIER, "smtp");
	check_eq(record_cause_get(&r), RECORD_CAUSE_VIRUS_MAIL);
	record_text(&r, RECORD_F_VIRUS_RESULT, "unscannable");
	check_eq(record_cause_get(&r), RECORD_CAUSE_UNSCANNABLE);
	record_init(&r, RECORD_SITE);
	record_bool(&r, RECORD_F_SITE_DANGEROUS, true);
	check_eq(record_cause_get(&r), RECORD_CAUSE_DANGEROUS_SITE);
	record_init(&r, RECORD_APP);
	record_text(&r, RECORD_F_APP_CATEGORY, "remote-control");
	check_eq(record_cause_get(&r), RECORD_CAUSE_REMOTE_CONTROL);
	record_init(&r, RECORD_ALERT);
	record_text(&r, RECORD_F_CLASSTYPE, "domain-c2");
	record_text(&r, RECORD_F_WAY, "out");
	check_eq(record_cause_get(&r), RECORD_CAUSE_BACKDOOR);
	record_text(&r, RECORD_F_CAUSE, "PROBE");
	check_eq(record_cause_get(&r), RECORD_CAUSE_PROBE);
}

static void severity_follows_the_table(void)
{
	check_eq(record_cause_severity(RECORD_CAUSE_EXPLOIT, true), RECORD_CAUTION);
	check_eq(record_cause_severity(RECORD_CAUSE_EXPLOIT, false), RECORD_URGENT);
	check_eq(record_cause_severity(RECORD_CAUSE_BACKDOOR, true), RECORD_URGENT);
	check_text(record_severity_name(RECORD_URGENT, RECORD_JA), "緊急");
	check_text(record_severity_name(RECORD_LOG, RECORD_EN), "log");
	check_eq(record_cause_find("VIRUS_MAIL"), RECORD_CAUSE_VIRUS_MAIL);
	check_eq(record_cause_find("virus"), RECORD_CAUSE_MAX);
	check_text(record_cause_id(RECORD_CAUSE_OTHER), "OTHER");
}

CHECK_MAIN(japanese_needs_no_dictionary, sentences_are_short, english_is_complete,
    words_and_alternatives_are_filled_in, the_classtype_and_the_way_decide,
    a_record_shows_its_cause, severity_follows_the_table)
