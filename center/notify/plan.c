/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Made before the first try and never again: the same mail sent twice has one name. */
static void make_message_id(const struct notify_conf *conf, char *id, size_t room)
{
	unsigned char random[16];
	char hex[2 * sizeof(random) + 1];
	const char *at = strrchr(conf->from, '@');

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	snprintf(id, room, "%s@%s", hex, at ? at + 1 : "localhost");
}

static int add(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, const char *recipient, const char *step,
    const char *in_reply_to, int64_t due_us, int64_t now_us)
{
	char message_id[400];

	make_message_id(conf, message_id, sizeof(message_id));
	return store_exec(db,
	    "INSERT INTO notice (incident_id, company_id, recipient, step, severity, "
	    "created_us, due_us, message_id, in_reply_to) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(i->id), STORE_INT(i->company_id),
		STORE_TEXT(recipient), STORE_TEXT(step), STORE_INT(i->severity),
		STORE_INT(now_us), STORE_INT(due_us), STORE_TEXT(message_id),
		STORE_TEXT(in_reply_to)));
}

/* What this recipient was told already. */
struct told {
	bool any, on_its_way;
	int64_t id;
	enum record_severity severity;
	char message_id[400];
};

static int find_told(struct store_db *db, const struct incident *i,
    const char *recipient, struct told *t)
{
	struct store_rows *rows;

	*t = (struct told){ 0 };
	store_query(db, &rows,
	    "SELECT id, state, severity, message_id FROM notice WHERE incident_id = ? "
	    "AND channel = 'mail' AND recipient = ? AND step = 'first'",
	    STORE_ARGS(STORE_INT(i->id), STORE_TEXT(recipient)));
	if (store_next(rows)) {
		t->any = true;
		t->id = store_col_int(rows, 0);
		t->on_its_way = strcmp(store_col_text(rows, 1), "waiting") != 0;
		t->severity = (enum record_severity)store_col_int(rows, 2);
		snprintf(t->message_id, sizeof(t->message_id), "%s",
		    store_col_text(rows, 3));
	}
	return store_rows_free(rows);
}

static int plan_for(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, const char *recipient, int64_t now_us)
{
	bool urgent = i->severity == RECORD_URGENT;
	struct told t;
	int err = find_told(db, i, recipient, &t);

	if (err < 0 || (t.any && t.severity >= i->severity))
		return err;
	if (!t.any)
		return add(db, conf, i, recipient, "first", "",
		    now_us + (urgent ? 0 : (int64_t)conf->caution_delay_s * 1000000),
		    now_us);
	/* It became urgent.  What still waits goes now; after a notice that is out, one more
	 * says so, in the same thread. */
	if (t.on_its_way)
		return add(
		    db, conf, i, recipient, "raised", t.message_id, now_us, now_us);
	return store_exec(db, "UPDATE notice SET severity = ?, due_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(i->severity), STORE_INT(now_us), STORE_INT(t.id)));
}

/* The company's addresses, copied; free() the result. */
static int addresses_of(struct store_db *db, int64_t company_id, char **list)
{
	struct store_rows *rows;

	*list = NULL;
	store_query(db, &rows, "SELECT mail FROM company WHERE id = ?",
	    STORE_ARGS(STORE_INT(company_id)));
	if (store_next(rows))
		*list = strdup(store_col_text(rows, 0));
	int err = store_rows_free(rows);
	return err < 0 ? err : *list ? 0 : FAIL_MEMORY;
}

/* Nobody can be told: that must not stay unseen. */
static int note_nobody(struct store_db *db, const struct incident *i, int64_t now_us)
{
	struct store_audit line = { .at_us = now_us,
		.company_id = i->company_id,
		.incident_id = i->id,
		.action = "notice.nobody" };

	if (!i->fresh && i->severity == i->severity_before)
		return 0;
	return store_audit(db, &line);
}

int notify_plan(struct store_db *db, const struct notify_conf *conf,
    const struct incident *i, int64_t now_us)
{
	const char *recipients[NOTIFY_RECIPIENTS_MAX];
	char *list;

	if (i->severity == RECORD_LOG ||
	    (!i->fresh && i->severity == i->severity_before))
		return 0;
	int err = addresses_of(db, i->company_id, &list);
	if (err < 0)
		return err;
	unsigned n = notify_recipients(list, recipients);
	if (n == 0)
		err = note_nobody(db, i, now_us);
	for (unsigned r = 0; r < n && err == 0; r++)
		err = plan_for(db, conf, i, recipients[r], now_us);
	free(list);
	return err;
}
