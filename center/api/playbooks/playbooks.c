/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/playbook/playbook.h"

/* The playbooks of an incident, each with its steps, what is done of them, and its letters.
 * Members see their own steps; the letters are for whoever writes to partners, so they do
 * too. */

#define TEXT_MAX (8u << 10)

static const char *const langs[RECORD_LANG_MAX] = { "ja", "en", "easy" };

static json_t *titles(const struct incident_book *b)
{
	json_t *o = json_object();

	for (unsigned l = 0; l < RECORD_LANG_MAX; l++)
		(void)json_object_set_new(o, langs[l], json_string(b->title[l]));
	return o;
}

void api_playbooks_list(struct api_request *q, struct api_reply *a)
{
	json_t *items = json_array();

	(void)q;
	for (const struct incident_book *b = incident_books; b->id; b++)
		(void)json_array_append_new(
		    items, json_pack("{s:s, s:o}", "id", b->id, "title", titles(b)));
	api_json(a, 200, json_pack("{s:o}", "items", items));
}

/* ---- of an incident ---- */

struct subject {
	int64_t id, opened_us;
	enum record_cause cause;
	bool stopped;
	char company[256], machine[256], what[256], peer[64], desk[256], phone[64];
	struct incident_book_words words;
};

static const char *copy(char *to, size_t room, const char *text)
{
	(void)snprintf(to, room, "%s", text);
	return to;
}

static int subject_of(
    const struct api_request *q, struct store_db *db, struct subject *s)
{
	struct store_rows *rows;
	struct api_sql sql;
	bool found;

	api_sql_init(&sql,
	    "SELECT i.id, i.opened_us, i.cause, i.stopped, c.name, " API_MACHINE_LABEL
	    ", i.what, i.peer, h.desk_name, h.desk_phone FROM incident i JOIN company c "
	    "ON c.id = i.company_id JOIN chamber h ON h.id = c.chamber_id "
	    "LEFT JOIN machine m ON m.id = i.machine_id WHERE");
	api_sql_with(&sql, " i.id = ?", STORE_INT(q->id));
	api_sql_scope(&sql, &q->scope, "i.company_id");
	api_sql_query(&sql, db, &rows);
	found = store_next(rows);
	if (found) {
		s->id = store_col_int(rows, 0);
		s->opened_us = store_col_int(rows, 1);
		s->cause = record_cause_find(store_col_text(rows, 2));
		s->stopped = store_col_int(rows, 3) != 0;
#define COPY(member, column) \
	s->words.member =    \
	    copy(s->member, sizeof(s->member), store_col_text(rows, column))
		COPY(company, 4);
		COPY(machine, 5);
		COPY(what, 6);
		COPY(peer, 7);
		COPY(desk, 8);
		COPY(phone, 9);
#undef COPY
	}
	int err = store_rows_free(rows);
	api_sql_fini(&sql);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* One text in each language that has it. */
static void add_texts(
    json_t *o, const char *const text[RECORD_LANG_MAX], const struct subject *s)
{
	for (unsigned l = 0; l < RECORD_LANG_MAX; l++) {
		char name[16];
		struct buf filled;
		if (!text[l])
			continue;
		buf_init(&filled, TEXT_MAX);
		incident_book_fill(text[l], l, &s->words, &filled);
		(void)snprintf(name, sizeof(name), "text_%s", langs[l]);
		(void)json_object_set_new(o, name, json_string(buf_text(&filled)));
		buf_fini(&filled);
	}
}

static json_t *step_json(const struct incident_step *step, const struct subject *s)
{
	json_t *o = json_pack("{s:s, s:s, s:i, s:I, s:n, s:n}", "id", step->id, "who",
	    incident_step_who_name(step->who), "within_min", (int)step->within_min,
	    "due_us", (json_int_t)(s->opened_us + step->within_min * INT64_C(60000000)),
	    "done_us", "done_by");

	add_texts(o, step->text, s);
	return o;
}

static json_t *book_json(
    const struct incident_book *b, const struct subject *s, bool member)
{
	json_t *steps = json_array(), *letters = json_array();

	for (unsigned i = 0; i < b->steps_n; i++)
		if (!member || b->steps[i].who == INCIDENT_STEP_MEMBER)
			(void)json_array_append_new(steps, step_json(&b->steps[i], s));
	for (unsigned i = 0; i < b->letters_n; i++) {
		json_t *o = json_pack("{s:s}", "id", b->letters[i].id);
		add_texts(o, b->letters[i].text, s);
		(void)json_array_append_new(letters, o);
	}
	return json_pack("{s:s, s:o, s:o, s:o}", "id", b->id, "title", titles(b),
	    "steps", steps, "letters", letters);
}

static json_t *find_step(json_t *books, const char *book, const char *step)
{
	json_t *b, *s;
	size_t i, j;

	json_array_foreach(books, i, b)
	{
		if (strcmp(json_string_value(json_object_get(b, "id")), book) != 0)
			continue;
		json_array_foreach(json_object_get(b, "steps"), j, s)
		{
			if (strcmp(json_string_value(json_object_get(s, "id")), step) ==
			    0)
				return s;
		}
	}
	return NULL;
}

static int add_done(json_t *books, struct store_db *db, int64_t incident_id)
{
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT d.book, d.step, d.done_us, a.name FROM incident_step d LEFT JOIN "
	    "account a ON a.id = d.account_id WHERE d.incident_id = ?",
	    STORE_ARGS(STORE_INT(incident_id)));
	while (store_next(rows)) {
		json_t *s =
		    find_step(books, store_col_text(rows, 0), store_col_text(rows, 1));
		if (!s)
			continue;
		(void)json_object_set_new(
		    s, "done_us", json_integer(store_col_int(rows, 2)));
		(void)json_object_set_new(
		    s, "done_by", json_string(store_col_text(rows, 3)));
	}
	return store_rows_free(rows);
}

static int books_json(struct api_request *q, struct store_db *db, json_t *items)
{
	const struct incident_book *books[INCIDENT_BOOKS_MAX];
	struct subject s = { 0 };
	int n = subject_of(q, db, &s);

	if (n == 0)
		n = incident_books_of(db, s.id, s.cause, s.stopped, books);
	for (int i = 0; i < n; i++)
		(void)json_array_append_new(
		    items, book_json(books[i], &s, q->scope.company_id != 0));
	return n < 0 ? n : add_done(items, db, s.id);
}

void api_playbooks_get(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *items = json_array();
	int err = db ? books_json(q, db, items) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(items);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o}", "items", items));
}

/* ---- changes ---- */

struct change {
	const struct api_request *q;
	struct incident_book_act act;
};

static int write_add(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = api_incident_seen(c->q, db);

	return err < 0 ? err : incident_book_add(db, &c->act);
}

static int write_mark(struct store_db *db, void *arg)
{
	struct change *c = arg;
	int err = api_incident_seen(c->q, db);

	return err < 0 ? err : incident_step_mark(db, &c->act);
}

static void change(struct api_request *q, struct api_reply *a, store_write_fn *fn)
{
	const char *step = api_body_text(q, "step");
	struct change c = { .q = q,
		.act = { .incident_id = q->id,
		    .account_id = q->scope.account_id,
		    .now_us = q->now_us,
		    .book = incident_book_find(api_body_text(q, "book")),
		    .done = api_body_int(q, "done", 0) == 1 } };

	if (c.act.book && step)
		c.act.step = incident_step_find(c.act.book, step);
	/* A tenant's fence first: of a foreign incident nothing is told. */
	if (!c.act.book || (step && !c.act.step)) {
		api_playbooks_get(q, a);
		if (a->status == 200)
			api_fail(a, API_CONFLICT, "no such playbook or step");
		return;
	}
	/* The company ticks off what is the company's to do. */
	if (q->scope.company_id && c.act.step &&
	    c.act.step->who != INCIDENT_STEP_MEMBER) {
		api_fail(a, API_DENIED, NULL);
		return;
	}
	int err = store_write(q->api->store, fn, &c);
	if (err == FAIL_LIMIT)
		api_fail(a, API_CONFLICT, "too many playbooks");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_playbooks_get(q, a);
}

void api_playbooks_add(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_add);
}

void api_playbooks_mark(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_mark);
}
