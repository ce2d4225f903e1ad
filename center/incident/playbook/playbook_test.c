/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/playbook/playbook.h"
#include "tests/check.h"

static void every_cause_has_a_playbook(void)
{
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		for (unsigned stopped = 0; stopped < 2; stopped++) {
			const struct incident_book *b = incident_book_for(c, stopped);
			if (!b)
				printf(
				    "# rules/playbooks: no book has \"cause %s %s\"\n",
				    record_cause_id(c), stopped ? "stopped" : "passed");
			check(b != NULL);
		}
}

static void somebody_has_something_to_do(void)
{
	for (const struct incident_book *b = incident_books; b->id; b++) {
		unsigned members = 0;
		check(incident_book_find(b->id) == b);
		for (unsigned i = 0; i < b->steps_n; i++) {
			const struct incident_step *s = &b->steps[i];
			check(incident_step_find(b, s->id) == s);
			check((s->who == INCIDENT_STEP_MEMBER) ==
			      (s->text[RECORD_EASY_JA] != NULL));
			members += s->who == INCIDENT_STEP_MEMBER;
		}
		check(members > 0);
	}
	check(incident_book_find("none") == NULL);
	check(incident_step_find(incident_books, "nothing at all") == NULL);
}

static void fill(const char *text, enum record_lang lang,
    const struct incident_book_words *w, const char *want)
{
	struct buf out;

	buf_init(&out, 1024);
	incident_book_fill(text, lang, w, &out);
	check_text(buf_text(&out), want);
	buf_fini(&out);
}

static void words_are_filled_in(void)
{
	struct incident_book_words none = { 0 }, some = { .machine = "経理{phone}",
		.phone = "06-0000-0000" };

	fill("「{machine}」は{phone}へ", RECORD_JA, &some,
	    "「経理{phone}」は06-0000-0000へ");
	fill("{machine}, {what}, {peer}; {phone}", RECORD_EN, &none,
	    "the machine, unknown, unknown; see your contract");
	fill("{company}{desk}{odd}", RECORD_JA, &none, "");
	fill("open { and", RECORD_JA, &none, "open { and");
	fill("", RECORD_JA, &none, "");
}

CHECK_MAIN(
    every_cause_has_a_playbook, somebody_has_something_to_do, words_are_filled_in)
