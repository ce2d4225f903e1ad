/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"
#include "lib/record/record.h"

/* Who does what next: the playbooks of rules/playbooks/, made into tables by tools/books.py,
 * and what of them was done for an incident.
 *
 * Owns:    nothing; the tables are in the program.
 * Threads: the tables any; incident_step_mark() and incident_book_add() the writer's.
 * Limits:  INCIDENT_BOOKS_MAX playbooks an incident, the one of its cause among them.
 * Serves:  001-15, 002-09, 002-27, 002-32, 002-40, 002-45, 002-64 (each book names its own) */
#define INCIDENT_BOOKS_MAX 6u

enum incident_step_who {
	INCIDENT_STEP_MEMBER,
	INCIDENT_STEP_OPERATOR,
	INCIDENT_STEP_DESK,
	INCIDENT_STEP_PARTNER,
	INCIDENT_STEP_WHO_MAX,
};

struct incident_step {
	const char *id;
	enum incident_step_who who;
	unsigned within_min;               /* after the incident was opened */
	const char *text[RECORD_LANG_MAX]; /* easy: members' steps only, else NULL */
};

struct incident_letter {
	const char *id;
	const char *text[RECORD_LANG_MAX]; /* subject, empty line, text; easy: NULL */
};

struct incident_book {
	const char *id;
	const char *title[RECORD_LANG_MAX];
	const struct incident_step *steps;
	unsigned steps_n;
	const struct incident_letter *letters;
	unsigned letters_n;
};

struct incident_book_cause {
	enum record_cause cause;
	bool stopped;
	const char *book;
};

/* Made by tools/books.py; end with id NULL and RECORD_CAUSE_MAX. */
extern const struct incident_book incident_books[];
extern const struct incident_book_cause incident_book_causes[];

/* The playbook of this cause; NULL: none. */
const struct incident_book *incident_book_for(enum record_cause cause, bool stopped);
/* NULL: no such playbook, no such step. */
const struct incident_book *incident_book_find(const char *id);
const struct incident_step *incident_step_find(
    const struct incident_book *book, const char *id);
const char *incident_step_who_name(enum incident_step_who who);

/* Appends a text with {company} {machine} {what} {peer} {desk} {phone} filled in; what is
 * not known stands as the language's "unknown", a name without a value stays empty. */
struct incident_book_words {
	const char *company, *machine, *what, *peer, *desk,
	    *phone; /* NULL: not known */
};

void incident_book_fill(const char *text, enum record_lang lang,
    const struct incident_book_words *w, struct buf *out);

/* The playbooks of an incident: that of its cause, then those that somebody added.  Returns
 * how many, or a negative fail. */
int incident_books_of(struct store_db *db, int64_t incident_id, enum record_cause cause,
    bool stopped, const struct incident_book *books[INCIDENT_BOOKS_MAX]) must_use;

struct incident_book_act {
	int64_t incident_id, account_id, now_us;
	const struct incident_book *book;
	const struct incident_step *step; /* NULL: with incident_book_add() */
	bool done;
};

/* Writer: adds a playbook to an incident, with a line in its history; again changes nothing.
 * FAIL_MISSING: no such incident; FAIL_LIMIT: it has INCIDENT_BOOKS_MAX. */
int incident_book_add(
    struct store_db *db, const struct incident_book_act *act) must_use;
/* Writer: a step is done, or not after all; with a line in the history and a new `change`.
 * FAIL_MISSING: no such incident. */
int incident_step_mark(
    struct store_db *db, const struct incident_book_act *act) must_use;
