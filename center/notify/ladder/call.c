/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/internal.h"
#include "center/store/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define MINUTE_US INT64_C(60000000)

/* One who is told: a person of the rota, or a contact of the company. */
struct target {
	int64_t account_id, contact_id;
	char name[256], channel[12], address[1024], lang[8];
};

/* What rings goes before what lies in a box; what the centre cannot use is left out. */
static const char *const phone_first[] = { "voice", "sms", "line", "mail", NULL };
static const char *const mail_first[] = { "mail", "line", "sms", "voice", NULL };

static int of_channel(struct store_db *db, int64_t chamber_id, int64_t account_id,
    const char *channel, struct target *t)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, address, lang FROM contact WHERE chamber_id = ? AND account_id = ? "
	    "AND channel = ? AND state = 'ok' AND events = 0 ORDER BY position, id LIMIT 1",
	    STORE_ARGS(
		STORE_INT(chamber_id), STORE_INT(account_id), STORE_TEXT(channel)));
	if (store_next(rows)) {
		t->contact_id = store_col_int(rows, 0);
		snprintf(t->address, sizeof(t->address), "%s", store_col_text(rows, 1));
		snprintf(t->lang, sizeof(t->lang), "%s", store_col_text(rows, 2));
		snprintf(t->channel, sizeof(t->channel), "%s", channel);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* By which way this person is told; whoever has no contact gets a mail to their login. */
static int way_to(struct store_db *db, const struct notify_conf *conf,
    int64_t chamber_id, const struct notify_ladder_person *p, const char *way,
    struct target *t)
{
	const char *const *order = strcmp(way, "phone") == 0 ? phone_first : mail_first;

	*t = (struct target){ .account_id = p->account_id };
	snprintf(t->name, sizeof(t->name), "%s", p->name);
	for (; *order; order++) {
		if (!notify_channel_ready(*order, conf))
			continue;
		int err = of_channel(db, chamber_id, p->account_id, *order, t);
		if (err != FAIL_MISSING)
			return err;
	}
	snprintf(t->channel, sizeof(t->channel), "mail");
	snprintf(t->address, sizeof(t->address), "%s", p->mail);
	snprintf(t->lang, sizeof(t->lang), "%s", p->lang);
	return 0;
}

static void add_clock(struct buf *b, const char *lang, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;
	char text[40];

	localtime_r(&t, &tm);
	(void)strftime(
	    text, sizeof(text), strcmp(lang, "en") == 0 ? "%H:%M" : "%H時%M分", &tm);
	buf_add_text(b, text);
}

/* What stands below the notice: how to answer, and what happens otherwise. */
static void write_more(struct buf *b, const struct notify_conf *conf,
    const struct target *t, int reminder, int64_t next_us, const char *token)
{
	bool en = strcmp(t->lang, "en") == 0;

	if (reminder)
		buf_addf(b,
		    en ? "* Reminder %d: nothing has moved for a while\n"
		       : "■ もう一度お知らせします（%d 回目）。しばらく動きがありません\n",
		    reminder);
	else
		buf_add_text(b, en ? "* Please answer\n" : "■ お返事のお願い\n");
	if (conf->portal_url) {
		buf_add_text(b,
		    en ? "Open this page and press the button (no login needed):\n"
		       : "次のページを開いて、ボタンを押してください（ログインは要りません）。\n");
		buf_addf(b, "%s/answer/%s\n", conf->portal_url, token);
	}
	if (strcmp(t->channel, "mail") == 0)
		buf_add_text(b, en ? "Replying to this mail answers too.\n"
				   : "このメールに返信しても、返事になります。\n");
	if (next_us == INT64_MAX)
		return;
	buf_add_text(b, en ? "Without an answer by " : "");
	add_clock(b, t->lang, next_us);
	buf_add_text(b, en ? " the next person is told.\n"
			   : "までに返事がないときは、次の人に連絡します。\n");
}

static int note_call(struct store_db *db, const struct notify_ladder *l,
    const struct notify_ladder_row *row, const struct target *t, const char *token,
    int64_t notice_id, int64_t now_us)
{
	char hash[STORE_HASH_ROOM];
	int64_t limits[INCIDENT_WATCH_LIMIT_MAX];
	int err = incident_watch_limits_get(db, l->chamber_id, limits);

	if (err < 0)
		return err;
	store_token_hash(token, hash);
	return store_exec(db,
	    "INSERT INTO ladder_call (incident_id, company_id, step, whom, account_id, "
	    "name, channel, recipient, at_us, notice_id, hash, expires_us) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(l->incident_id), STORE_INT(l->company_id),
		STORE_INT(row->step), STORE_TEXT(row->whom), STORE_ID(t->account_id),
		STORE_TEXT(t->name), STORE_TEXT(t->channel), STORE_TEXT(t->address),
		STORE_INT(now_us), STORE_INT(notice_id), STORE_TEXT(hash),
		STORE_INT(
		    now_us + limits[INCIDENT_WATCH_answer_link_min] * MINUTE_US)));
}

/* A ladder that begins again, because it got worse or came back, is another one. */
static void name_step(const struct notify_ladder *l,
    const struct notify_ladder_row *row, int reminder, char *step, size_t room)
{
	char again[24] = "";

	if (l->returns)
		snprintf(again, sizeof(again), "-%lld", (long long)l->returns);
	if (reminder)
		snprintf(step, room, "remind-%d%s", reminder, again);
	else
		snprintf(
		    step, room, "escalate-%d-%d%s", (int)l->severity, row->step, again);
}

static int tell(struct store_db *db, const struct notify_conf *conf,
    const struct notify_ladder *l, const struct notify_ladder_row *row,
    const struct target *t, int reminder, int64_t next_us, int64_t now_us)
{
	char step[64], token[STORE_TOKEN_ROOM];
	struct buf more;

	store_token_make(token);
	name_step(l, row, reminder, step, sizeof(step));
	buf_init(&more, 4096);
	write_more(&more, conf, t, reminder, next_us, token);
	int64_t id = notify_add(db, conf,
	    &(struct notify_new){ .company_id = l->company_id,
		.incident_id = l->incident_id,
		.contact_id = t->contact_id,
		.channel = t->channel,
		.recipient = t->address,
		.lang = t->lang,
		.step = step,
		.severity = l->severity,
		.due_us = now_us,
		.more = buf_text(&more) },
	    now_us);
	buf_fini(&more);
	/* 0: this step told this address already, as somebody else's. */
	return id <= 0 ? (int)id : note_call(db, l, row, t, token, id, now_us);
}

/* The company once more, by what rings.  Who has nothing that rings was told already. */
static int tell_members(struct store_db *db, const struct notify_conf *conf,
    const struct notify_ladder *l, const struct notify_ladder_row *row, int reminder,
    int64_t next_us, int64_t now_us)
{
	struct notify_contact contacts[NOTIFY_RECIPIENTS_MAX];
	int n = notify_contacts(db, 0, l->company_id, l->severity, contacts);
	bool phone = strcmp(row->way, "phone") == 0;
	int err = n < 0 ? n : 0;

	for (int i = 0; i < n && err == 0; i++) {
		const struct notify_contact *c = &contacts[i];
		bool rings =
		    strcmp(c->channel, "voice") == 0 || strcmp(c->channel, "sms") == 0;
		if (rings != phone || !notify_channel_ready(c->channel, conf))
			continue;
		struct target t = { .account_id = c->account_id, .contact_id = c->id };
		snprintf(t.name, sizeof(t.name), "%s", *c->name ? c->name : c->address);
		snprintf(t.channel, sizeof(t.channel), "%s", c->channel);
		snprintf(t.address, sizeof(t.address), "%s", c->address);
		snprintf(t.lang, sizeof(t.lang), "%s", c->lang);
		err = tell(db, conf, l, row, &t, reminder, next_us, now_us);
	}
	return err;
}

static int tell_rank(struct store_db *db, const struct notify_conf *conf,
    const struct notify_ladder *l, const struct notify_ladder_row *row,
    enum notify_ladder_rank rank, int reminder, int64_t next_us, int64_t now_us)
{
	struct notify_ladder_person people[NOTIFY_LADDER_PEOPLE];
	int n = notify_ladder_on_duty(db, l->chamber_id, rank, now_us, people);
	int err = n < 0 ? n : 0;

	if (n == 0)
		err = notify_ladder_note(db, l, 0, now_us, "ladder.nobody", row->whom);
	for (int i = 0; i < n && err == 0; i++) {
		struct target t;
		err = way_to(db, conf, l->chamber_id, &people[i], row->way, &t);
		if (err == 0)
			err = tell(db, conf, l, row, &t, reminder, next_us, now_us);
	}
	return err;
}

int notify_ladder_call_row(struct store_db *db, const struct notify_conf *conf,
    const struct notify_ladder *l, const struct notify_ladder_row *row, int reminder,
    int64_t next_us, int64_t now_us)
{
	static const struct {
		const char *whom;
		enum notify_ladder_rank from, to;
	} ranks[] = { { "duty", NOTIFY_LADDER_DUTY, NOTIFY_LADDER_DUTY },
		{ "second", NOTIFY_LADDER_SECOND, NOTIFY_LADDER_SECOND },
		{ "chief", NOTIFY_LADDER_CHIEF, NOTIFY_LADDER_CHIEF },
		{ "all", NOTIFY_LADDER_DUTY, NOTIFY_LADDER_CHIEF } };

	int err = 0;

	if (strcmp(row->whom, "member") == 0)
		return tell_members(db, conf, l, row, reminder, next_us, now_us);
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
		if (strcmp(row->whom, ranks[i].whom) == 0)
			for (int r = (int)ranks[i].from;
			     r <= (int)ranks[i].to && err == 0; r++)
				err = tell_rank(db, conf, l, row,
				    (enum notify_ladder_rank)r, reminder, next_us,
				    now_us);
	return err;
}

int notify_ladder_note(struct store_db *db, const struct notify_ladder *l,
    int64_t account_id, int64_t now_us, const char *action, const char *detail)
{
	return store_audit(db, &(struct store_audit){ .at_us = now_us,
				   .account_id = account_id,
				   .company_id = l->company_id,
				   .incident_id = l->incident_id,
				   .action = action,
				   .detail = detail });
}
