/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include "lib/base/must.h"

struct cause_row {
	const char *id;
	enum record_severity stopped, passed;
	const char *title[2]; /* RECORD_JA, RECORD_EN */
};

struct say_row {
	const char *happened, *why, *act;
};

struct class_row {
	const char *classtype;
	enum record_cause outbound, inbound;
};

static const struct cause_row causes[RECORD_CAUSE_MAX] = {
#define RECORD_CAUSE(id, stopped, passed, ja, en) \
	[RECORD_CAUSE_##id] = { #id, RECORD_##stopped, RECORD_##passed, { ja, en } },
#define RECORD_SAY(id, lang, what, why, act)
#define RECORD_CLASS(classtype, out_cause, in_cause)
#include "lib/record/causes.tbl"
};

static const struct say_row says[RECORD_CAUSE_MAX][RECORD_LANG_MAX] = {
#define RECORD_CAUSE(id, stopped, passed, ja, en)
#define RECORD_SAY(id, lang, what, why, act) \
	[RECORD_CAUSE_##id][RECORD_##lang] = { what, why, act },
#define RECORD_EASY(id, title, what, why, act) \
	[RECORD_CAUSE_##id][RECORD_EASY_JA] = { what, why, act },
#define RECORD_CLASS(classtype, out_cause, in_cause)
#include "lib/record/causes.tbl"
};

static const char *const easy_titles[RECORD_CAUSE_MAX] = {
#define RECORD_CAUSE(id, stopped, passed, ja, en)
#define RECORD_SAY(id, lang, what, why, act)
#define RECORD_EASY(id, title, what, why, act) [RECORD_CAUSE_##id] = title,
#define RECORD_CLASS(classtype, out_cause, in_cause)
#include "lib/record/causes.tbl"
};

static const struct class_row classes[] = {
#define RECORD_CAUSE(id, stopped, passed, ja, en)
#define RECORD_SAY(id, lang, what, why, act)
#define RECORD_CLASS(classtype, out_cause, in_cause) \
	{ classtype, RECORD_CAUSE_##out_cause, RECORD_CAUSE_##in_cause },
#include "lib/record/causes.tbl"
};

/* The row of the classtype; "*" stands last and takes every other. */
static enum record_cause class_cause(const char *classtype, bool outbound)
{
	const struct class_row *row = classes;

	while (row->classtype[0] != '*' && strcmp(row->classtype, classtype) != 0)
		row++;
	return outbound ? row->outbound : row->inbound;
}

enum record_cause record_cause_of(
    enum record_kind kind, const char *classtype, bool outbound)
{
	switch (kind) {
	case RECORD_ALERT:
		return class_cause(classtype ? classtype : "", outbound);
	case RECORD_VIRUS:
		return RECORD_CAUSE_VIRUS_WEB;
	case RECORD_SITE:
		return RECORD_CAUSE_OFF_BUSINESS_SITE;
	case RECORD_APP:
		return RECORD_CAUSE_APPLICATION;
	case RECORD_ASSET:
		return RECORD_CAUSE_NEW_MACHINE;
	case RECORD_SCANNER:
		return RECORD_CAUSE_SCANNER;
	default:
		return RECORD_CAUSE_OTHER;
	}
}

static bool has_text(const struct record *r, enum record_field f, const char *text)
{
	return r->has[f] && span_is(r->value[f].text, text);
}

/* What the record itself says, e.g. a gate; a plain Suricata sensor says nothing. */
static enum record_cause told_cause(const struct record *r)
{
	unsigned c = 0;

	while (c < RECORD_CAUSE_MAX && !has_text(r, RECORD_F_CAUSE, causes[c].id))
		c++;
	return c;
}

static const char *classtype_of(const struct record *r)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (has_text(r, RECORD_F_CLASSTYPE, classes[i].classtype))
			return classes[i].classtype;
	return NULL;
}

enum record_cause record_cause_get(const struct record *r)
{
	enum record_cause told = told_cause(r);

	if (told != RECORD_CAUSE_MAX)
		return told;
	if (has_text(r, RECORD_F_VIRUS_RESULT, "unscannable"))
		return RECORD_CAUSE_UNSCANNABLE;
	if (has_text(r, RECORD_F_VIRUS_CARRIER, "smtp"))
		return RECORD_CAUSE_VIRUS_MAIL;
	if (r->has[RECORD_F_SITE_DANGEROUS] && r->value[RECORD_F_SITE_DANGEROUS].number)
		return RECORD_CAUSE_DANGEROUS_SITE;
	if (has_text(r, RECORD_F_APP_CATEGORY, "remote-control"))
		return RECORD_CAUSE_REMOTE_CONTROL;
	return record_cause_of(
	    r->kind, classtype_of(r), has_text(r, RECORD_F_WAY, "out"));
}

const char *record_cause_id(enum record_cause c)
{
	return c < RECORD_CAUSE_MAX ? causes[c].id : NULL;
}

enum record_cause record_cause_find(const char *id)
{
	unsigned c = 0;

	while (c < RECORD_CAUSE_MAX && strcmp(causes[c].id, id) != 0)
		c++;
	return c;
}

const char *record_cause_title(enum record_cause c, enum record_lang lang)
{
	if (c >= RECORD_CAUSE_MAX)
		return NULL;
	return lang == RECORD_EASY_JA ? easy_titles[c]
				      : causes[c].title[lang == RECORD_EN];
}

enum record_severity record_cause_severity(enum record_cause c, bool stopped)
{
	if (c >= RECORD_CAUSE_MAX)
		return RECORD_LOG;
	return stopped ? causes[c].stopped : causes[c].passed;
}

const char *record_lang_name(enum record_lang lang)
{
	static const char *const names[RECORD_LANG_MAX] = { "ja", "en", "easy" };

	return names[lang];
}

enum record_lang record_lang_find(const char *name)
{
	unsigned lang = 0;

	while (lang < RECORD_LANG_MAX && strcmp(record_lang_name(lang), name) != 0)
		lang++;
	return lang < RECORD_LANG_MAX ? lang : RECORD_JA;
}

const char *record_severity_name(enum record_severity s, enum record_lang lang)
{
	static const char *const names[][2] = {
		[RECORD_LOG] = { "記録", "log" },
		[RECORD_CAUTION] = { "注意", "caution" },
		[RECORD_URGENT] = { "緊急", "urgent" },
	};
	return s <= RECORD_URGENT ? names[s][lang == RECORD_EN] : NULL;
}

/* What stands for {machine}, {what} or {peer}; NULL when `name` is none of them. */
static const char *word_for(
    struct span name, enum record_lang lang, const struct record_words *w)
{
	bool ja = lang != RECORD_EN;

	if (span_is(name, "machine"))
		return w->machine ? w->machine
		       : ja       ? "名前の分からない機器"
				  : "an unknown machine";
	if (span_is(name, "what"))
		return w->what ? w->what : ja ? "名前は分かりません" : "name unknown";
	if (span_is(name, "peer"))
		return w->peer ? w->peer
		       : ja    ? "相手は分かりません"
			       : "address unknown";
	return NULL;
}

/* Appends the sentence (or its stopped or passed alternative) with its words filled in. */
static void fill(const char *text, enum record_lang lang, const struct record_words *w,
    struct buf *b)
{
	const char *bar = strchr(text, '|');
	const char *end = bar && w->stopped ? bar : text + strlen(text);

	if (bar && !w->stopped)
		text = bar + 1;
	while (text < end) {
		const char *open = memchr(text, '{', (size_t)(end - text));
		const char *close =
		    open ? memchr(open, '}', (size_t)(end - open)) : NULL;
		if (!close)
			break;
		buf_add(b, text, (size_t)(open - text));
		const char *word =
		    word_for(span_of(open + 1, (size_t)(close - open) - 1), lang, w);
		if (word)
			buf_add_text(b, word);
		text = close + 1;
	}
	buf_add(b, text, (size_t)(end - text));
}

void record_say(enum record_cause c, enum record_lang lang,
    const struct record_words *w, struct buf *happened, struct buf *why,
    struct buf *act)
{
	const struct say_row *row =
	    &says[c < RECORD_CAUSE_MAX ? c : RECORD_CAUSE_OTHER][lang];

	must(row->happened); /* causes.tbl, cause_test.c */
	fill(row->happened, lang, w, happened);
	fill(row->why, lang, w, why);
	fill(row->act, lang, w, act);
}
