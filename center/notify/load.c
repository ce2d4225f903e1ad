/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/playbook/playbook.h"
#include "center/notify/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A notice with everything that a channel may want to say. */

void notify_notice_fini(struct notify_notice *n)
{
	char **const texts[] = { &n->channel, &n->recipient, &n->step, &n->message_id,
		&n->in_reply_to, &n->subject, &n->body, &n->act, &n->company, &n->cause,
		&n->secret, &n->link, &n->phone };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(*texts[i]);
	*n = (struct notify_notice){ 0 };
}

static char *link_of(const struct notify_conf *conf, int64_t incident_id)
{
	char link[600] = "";

	if (conf->portal_url && incident_id)
		snprintf(link, sizeof(link), "%s/member/#/incidents/%" PRId64,
		    conf->portal_url, incident_id);
	else if (conf->portal_url)
		snprintf(link, sizeof(link), "%s/member/", conf->portal_url);
	return strdup(link);
}

static void take(struct notify_notice *n, struct store_rows *rows)
{
	const char *lang = store_col_text(rows, 8);

	n->id = store_col_int(rows, 0);
	n->incident_id = store_col_int(rows, 1);
	n->company_id = store_col_int(rows, 2);
	n->contact_id = store_col_int(rows, 3);
	n->channel = strdup(store_col_text(rows, 4));
	n->recipient = strdup(store_col_text(rows, 5));
	n->message_id = strdup(store_col_text(rows, 6));
	n->in_reply_to = strdup(store_col_text(rows, 7));
	snprintf(n->lang_code, sizeof(n->lang_code), "%s", *lang ? lang : "ja");
	n->lang = record_lang_find(lang);
	n->over = store_col_int(rows, 9) != 0;
	n->severity = (enum record_severity)store_col_int(rows, 10);
	n->step = strdup(store_col_text(rows, 11));
	n->written = store_col_int(rows, 12) != 0;
	n->subject = strdup(store_col_text(rows, 13));
	n->body = strdup(store_col_text(rows, 14));
	n->company = strdup(store_col_text(rows, 15));
	n->cause = strdup(store_col_text(rows, 16));
	n->secret = strdup(store_col_text(rows, 17));
	n->phone = strdup(store_col_text(rows, 18));
	n->created_us = store_col_int(rows, 19);
	n->chamber_id = store_col_int(rows, 20);
	n->act = strdup("");
}

int notify_load(struct store_db *db, const struct notify_conf *conf, int64_t id,
    struct notify_notice *n)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	*n = (struct notify_notice){ 0 };
	store_query(db, &rows,
	    "SELECT n.id, COALESCE(n.incident_id, 0), COALESCE(n.company_id, 0), "
	    "COALESCE(n.contact_id, 0), n.channel, n.recipient, n.message_id, "
	    "n.in_reply_to, CASE WHEN n.lang <> '' THEN n.lang ELSE COALESCE(c.lang, 'ja') "
	    "END, CASE WHEN i.state = 'done' AND n.written = 0 THEN 1 ELSE 0 END, "
	    "n.severity, n.step, n.written, n.subject, n.body, COALESCE(c.name, ''), "
	    "COALESCE(i.cause, ''), COALESCE(k.secret, ''), COALESCE(h.desk_phone, ''), "
	    "n.created_us, COALESCE(n.chamber_id, 0) FROM notice n LEFT JOIN company c ON c.id = n.company_id "
	    "LEFT JOIN incident i ON i.id = n.incident_id "
	    "LEFT JOIN contact k ON k.id = n.contact_id "
	    "LEFT JOIN chamber h ON h.id = COALESCE(c.chamber_id, n.chamber_id) "
	    "WHERE n.id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		take(n, rows);
		n->link = link_of(conf, n->incident_id);
		found = n->channel && n->recipient && n->step && n->message_id &&
				n->in_reply_to && n->subject && n->body && n->act &&
				n->company && n->cause && n->secret && n->link &&
				n->phone
			    ? 0
			    : FAIL_MEMORY;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int set_text(char **at, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return FAIL_MEMORY;
	free(*at);
	*at = copy;
	return 0;
}

/* The one sentence of the three that somebody with a telephone in his hand needs. */
static int fill_act(struct notify_notice *n, const struct notify_words *w)
{
	struct buf happened, why, act;
	struct record_words words = { .machine = *w->machine ? w->machine : NULL,
		.what = *w->what ? w->what : NULL,
		.peer = *w->peer ? w->peer : NULL,
		.stopped = w->stopped };

	buf_init(&happened, 8192);
	buf_init(&why, 8192);
	buf_init(&act, 8192);
	record_say(w->cause, w->lang, &words, &happened, &why, &act);
	int err = set_text(&n->act, buf_text(&act));
	buf_fini(&happened);
	buf_fini(&why);
	buf_fini(&act);
	return err;
}

static int fill_texts(
    struct notify_notice *n, const struct notify_words *w, const char *more)
{
	struct buf subject, body;

	buf_init(&subject, 4096);
	buf_init(&body, 64u << 10);
	notify_write(w, &subject, &body);
	if (*more)
		buf_addf(&body, "\n%s\n", more);
	int err = subject.overflowed || body.overflowed ? FAIL_LIMIT : 0;
	if (err == 0)
		err = set_text(&n->subject, buf_text(&subject));
	if (err == 0)
		err = set_text(&n->body, buf_text(&body));
	buf_fini(&subject);
	buf_fini(&body);
	return err < 0 ? err : fill_act(n, w);
}

/* A page for the FAX stays one page. */
static int find_steps(
    struct store_db *db, const struct notify_notice *n, struct notify_words *w)
{
	const struct incident_book *books[INCIDENT_BOOKS_MAX];
	int err = 0;

	if (strcmp(n->channel, "fax") != 0)
		err =
		    incident_books_of(db, w->incident_id, w->cause, w->stopped, books);
	for (int i = 0; i < err; i++)
		for (unsigned k = 0; k < books[i]->steps_n; k++)
			if (books[i]->steps[k].who == INCIDENT_STEP_MEMBER &&
			    w->steps_n < NOTIFY_STEPS_MAX)
				w->steps[w->steps_n++] = &books[i]->steps[k];
	return err < 0 ? err : 0;
}

static int fill_from_incident(struct store_db *db, struct notify_notice *n)
{
	struct store_rows *rows;
	char machine[INCIDENT_LABEL_MAX + 1] = "";
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT i.cause, i.severity, i.stopped, i.what, i.peer, i.first_us, i.last_us, "
	    "i.events, COALESCE(i.machine_id, 0), c.name, c.sample, h.desk_name, "
	    "h.desk_phone, h.desk_mail, n.more, n.created_us FROM notice n "
	    "JOIN incident i ON i.id = n.incident_id "
	    "JOIN company c ON c.id = i.company_id "
	    "JOIN chamber h ON h.id = c.chamber_id WHERE n.id = ?",
	    STORE_ARGS(STORE_INT(n->id)));
	if (store_next(rows)) {
		found = incident_machine_label(db, store_col_int(rows, 8), machine);
		n->severity = (enum record_severity)store_col_int(rows, 1);
		struct notify_words words = { .lang = n->lang,
			.cause = record_cause_find(store_col_text(rows, 0)),
			.severity = n->severity,
			.stopped = store_col_int(rows, 2),
			.raised = *n->in_reply_to && strcmp(n->step, "raised") == 0,
			.again =
			    strncmp(n->step, NOTIFY_AGAIN, strlen(NOTIFY_AGAIN)) == 0,
			.last = n->last,
			.late = store_col_int(rows, 15) - store_col_int(rows, 6) >
				NOTIFY_LATE_US,
			.sample = store_col_int(rows, 10),
			.what = store_col_text(rows, 3),
			.peer = store_col_text(rows, 4),
			.first_us = store_col_int(rows, 5),
			.last_us = store_col_int(rows, 6),
			.events = store_col_int(rows, 7),
			.company = store_col_text(rows, 9),
			.desk_name = store_col_text(rows, 11),
			.desk_phone = store_col_text(rows, 12),
			.desk_mail = store_col_text(rows, 13),
			.machine = machine,
			.link = n->link,
			.incident_id = n->incident_id };
		if (found == 0)
			found = find_steps(db, n, &words);
		if (found == 0)
			found = fill_texts(n, &words, store_col_text(rows, 14));
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int notify_fill(
    struct store_db *db, const struct notify_conf *conf, struct notify_notice *n)
{
	(void)conf;
	if (n->written || !n->incident_id)
		return set_text(&n->act, n->body);
	return fill_from_incident(db, n);
}
