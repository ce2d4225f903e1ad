/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/playbook/playbook.h"
#include "center/incident/internal.h"

#include "lib/base/must.h"

const struct incident_book *incident_book_find(const char *id)
{
	for (const struct incident_book *b = incident_books; b->id; b++)
		if (strcmp(b->id, id) == 0)
			return b;
	return NULL;
}

const struct incident_book *incident_book_for(enum record_cause cause, bool stopped)
{
	for (const struct incident_book_cause *c = incident_book_causes; c->book; c++)
		if (c->cause == cause && c->stopped == stopped)
			return incident_book_find(c->book);
	return NULL;
}

const struct incident_step *incident_step_find(
    const struct incident_book *book, const char *id)
{
	for (unsigned i = 0; i < book->steps_n; i++)
		if (strcmp(book->steps[i].id, id) == 0)
			return &book->steps[i];
	return NULL;
}

const char *incident_step_who_name(enum incident_step_who who)
{
	static const char *const names[INCIDENT_STEP_WHO_MAX] = { "member", "operator",
		"desk", "partner" };

	return names[who];
}

/* ---- words ---- */

static const char *word_for(
    struct span name, enum record_lang lang, const struct incident_book_words *w)
{
	const char *word = span_is(name, "company")   ? w->company
			   : span_is(name, "machine") ? w->machine
			   : span_is(name, "what")    ? w->what
			   : span_is(name, "peer")    ? w->peer
			   : span_is(name, "desk")    ? w->desk
			   : span_is(name, "phone")   ? w->phone
						      : "";

	if (word && word[0])
		return word;
	if (span_is(name, "machine"))
		return lang == RECORD_EN   ? "the machine"
		       : lang == RECORD_JA ? "その機器"
					   : "その機械";
	if (span_is(name, "phone"))
		return lang == RECORD_EN   ? "see your contract"
		       : lang == RECORD_JA ? "契約書の番号"
					   : "けいやくの紙の番号";
	if (span_is(name, "what") || span_is(name, "peer"))
		return lang == RECORD_EN   ? "unknown"
		       : lang == RECORD_JA ? "不明"
					   : "わかりません";
	return "";
}

void incident_book_fill(const char *text, enum record_lang lang,
    const struct incident_book_words *w, struct buf *out)
{
	for (;;) {
		size_t plain = strcspn(text, "{");
		const char *close = strchr(text + plain, '}');
		buf_add(out, text, close ? plain : strlen(text));
		if (!close)
			return;
		const char *open = text + plain + 1;
		buf_add_text(
		    out, word_for(span_of(open, (size_t)(close - open)), lang, w));
		text = close + 1;
	}
}

/* ---- of an incident ---- */

static bool has(
    const struct incident_book **books, int n, const struct incident_book *b)
{
	for (int i = 0; i < n; i++)
		if (books[i] == b)
			return true;
	return false;
}

int incident_books_of(struct store_db *db, int64_t incident_id, enum record_cause cause,
    bool stopped, const struct incident_book *books[INCIDENT_BOOKS_MAX])
{
	struct store_rows *rows;
	int n = 0;

	books[0] = incident_book_for(cause, stopped);
	n += books[0] != NULL;
	(void)store_query(db, &rows,
	    "SELECT book FROM incident_book WHERE incident_id = ? ORDER BY added_us, book",
	    STORE_ARGS(STORE_INT(incident_id)));
	while (store_next(rows)) {
		/* A book that a later version has taken out stays in the history only. */
		const struct incident_book *b =
		    incident_book_find(store_col_text(rows, 0));
		if (b && n < (int)INCIDENT_BOOKS_MAX && !has(books, n, b))
			books[n++] = b;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

/* The incident's company; its row gets a new `change`, so that open pages look again. */
static int touch(struct store_db *db, int64_t incident_id, int64_t *company_id)
{
	int64_t change;
	int err = store_get_int(db, company_id,
	    "SELECT company_id FROM incident WHERE id = ?",
	    STORE_ARGS(STORE_INT(incident_id)));

	if (err < 0)
		return err;
	change = store_note_change(db);
	if (change < 0)
		return (int)change;
	return store_exec(db, "UPDATE incident SET change = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(change), STORE_INT(incident_id)));
}

int incident_book_add(struct store_db *db, const struct incident_book_act *act)
{
	int64_t company, n;
	int err = store_get_int(db, &n,
	    "SELECT count(*) FROM incident_book WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(act->incident_id)));

	if (err == 0 && n >= (int64_t)INCIDENT_BOOKS_MAX - 1)
		err = FAIL_LIMIT;
	if (err == 0)
		err = touch(db, act->incident_id, &company);
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO incident_book (incident_id, company_id, book, account_id, "
		    "added_us) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		    STORE_ARGS(STORE_INT(act->incident_id), STORE_INT(company),
			STORE_TEXT(act->book->id), STORE_ID(act->account_id),
			STORE_INT(act->now_us)));
	if (err < 0 || store_changed(db) == 0)
		return err;
	return incident_history(db, act->incident_id, company, act->account_id,
	    act->now_us, "incident.book", act->book->id);
}

int incident_step_mark(struct store_db *db, const struct incident_book_act *act)
{
	char detail[128];
	int64_t company;
	int err = touch(db, act->incident_id, &company);

	must(act->step);
	if (err == 0 && act->done)
		err = store_exec(db,
		    "INSERT INTO incident_step (incident_id, company_id, book, step, "
		    "account_id, done_us) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		    STORE_ARGS(STORE_INT(act->incident_id), STORE_INT(company),
			STORE_TEXT(act->book->id), STORE_TEXT(act->step->id),
			STORE_ID(act->account_id), STORE_INT(act->now_us)));
	else if (err == 0)
		err = store_exec(db,
		    "DELETE FROM incident_step WHERE incident_id = ? AND book = ? AND "
		    "step = ?",
		    STORE_ARGS(STORE_INT(act->incident_id), STORE_TEXT(act->book->id),
			STORE_TEXT(act->step->id)));
	if (err < 0 || store_changed(db) == 0)
		return err;
	(void)snprintf(detail, sizeof(detail), "%s/%s%s", act->book->id, act->step->id,
	    act->done ? "" : " undone");
	return incident_history(db, act->incident_id, company, act->account_id,
	    act->now_us, "incident.step", detail);
}
