/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/digest/digest.h"

#include "center/store/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_US    (1440 * MINUTE_US)
#define BODY_MAX  (64u << 10)

struct digest {
	int64_t id, chamber_id, company_id, until_us;
	int at_min;
	bool daily, off, empty, en;
	char address[1024], lang[8];
};

/* What happened since the last one. */
struct happened {
	int64_t urgent, caution, log, held, open, silent;
};

static int64_t day_begins(int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	return us - us % MINUTE_US - (tm.tm_hour * 60 + tm.tm_min) * MINUTE_US;
}

static bool is_monday(int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_wday == 1;
}

/* ---- holding back ---- */

int notify_digest_hold(
    struct store_db *db, const struct incident *i, int64_t now_us, bool *held)
{
	int64_t chamber_id, n, limits[INCIDENT_WATCH_LIMIT_MAX];

	*held = false;
	/* What concerns the watch itself has no machine, and never waits. */
	if (!i->fresh || i->severity != RECORD_CAUTION || !i->machine_id)
		return 0;
	int err = store_get_int(db, &n,
	    "SELECT COUNT(*) FROM incident WHERE company_id = ? AND severity > 0 "
	    "AND machine_id IS NOT NULL AND opened_us >= ? AND id < ?",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(day_begins(now_us)),
		STORE_INT(i->id)));
	if (err == 0)
		err = store_get_int(db, &chamber_id,
		    "SELECT chamber_id FROM company WHERE id = ?",
		    STORE_ARGS(STORE_INT(i->company_id)));
	if (err == 0)
		err = incident_watch_limits_get(db, chamber_id, limits);
	if (err < 0 || n < limits[INCIDENT_WATCH_caution_a_day])
		return err;
	*held = true;
	return store_exec(db,
	    "INSERT INTO digest_held (incident_id, company_id, at_us) VALUES (?, ?, ?) "
	    "ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(i->id), STORE_INT(i->company_id), STORE_INT(now_us)));
}

/* ---- who ---- */

static int64_t next_at(int64_t now_us, int at_min)
{
	int64_t at_us = day_begins(now_us) + at_min * MINUTE_US;

	while (at_us <= now_us)
		at_us += DAY_US;
	return at_us;
}

int notify_digest_enter(struct store_db *db, int64_t now_us)
{
	int err = store_exec(db,
	    "INSERT INTO digest (chamber_id, company_id, address, lang, rhythm, at_min, "
	    "until_us, next_us) SELECT DISTINCT k.chamber_id, k.company_id, k.address, "
	    "k.lang, 'weekly', 510, ?, ? FROM contact k WHERE k.company_id IS NOT NULL "
	    "AND k.channel = 'mail' AND k.state = 'ok' AND k.events = 0 AND k.reserve = 0 "
	    "AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.chamber_id = k.chamber_id "
	    "AND d.company_id = k.company_id AND d.address = k.address) "
	    "ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(now_us),
		STORE_INT(next_at(now_us, NOTIFY_DIGEST_COMPANY_AT))));

	return err < 0
		   ? err
		   : store_exec(db,
			 "INSERT INTO digest (chamber_id, company_id, address, lang, "
			 "rhythm, at_min, until_us, next_us) SELECT a.chamber_id, NULL, "
			 "a.mail, a.lang, 'daily', 480, ?, ? FROM account a "
			 "WHERE " STORE_ACCOUNT_SEES(
			     "a") " AND NOT EXISTS (SELECT 1 FROM digest d "
				  "WHERE d.chamber_id = a.chamber_id AND d.company_id IS NULL "
				  "AND d.address = a.mail) ON CONFLICT DO NOTHING",
			 STORE_ARGS(STORE_INT(now_us),
			     STORE_INT(next_at(now_us, NOTIFY_DIGEST_CENTRE_AT))));
}

static int find_due(struct store_db *db, int64_t now_us, struct digest *d)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, chamber_id, COALESCE(company_id, 0), until_us, at_min, rhythm, empty, address, "
	    "lang FROM digest WHERE next_us <= ? ORDER BY next_us, id LIMIT 1",
	    STORE_ARGS(STORE_INT(now_us)));
	if (store_next(rows)) {
		*d = (struct digest){ .id = store_col_int(rows, 0),
			.chamber_id = store_col_int(rows, 1),
			.company_id = store_col_int(rows, 2),
			.until_us = store_col_int(rows, 3),
			.at_min = (int)store_col_int(rows, 4),
			.daily = strcmp(store_col_text(rows, 5), "daily") == 0,
			.off = strcmp(store_col_text(rows, 5), "off") == 0,
			.empty = store_col_int(rows, 6) != 0,
			.en = strcmp(store_col_text(rows, 8), "en") == 0 };
		snprintf(d->address, sizeof(d->address), "%s", store_col_text(rows, 7));
		snprintf(d->lang, sizeof(d->lang), "%s", store_col_text(rows, 8));
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* Does this address still belong there? */
static int is_theirs(struct store_db *db, const struct digest *d, int64_t *yes)
{
	if (d->company_id)
		return store_get_int(db, yes,
		    "SELECT COUNT(*) FROM contact WHERE company_id = ? AND address = ? "
		    "AND channel = 'mail' AND state = 'ok'",
		    STORE_ARGS(STORE_INT(d->company_id), STORE_TEXT(d->address)));
	return store_get_int(db, yes,
	    "SELECT COUNT(*) FROM account a WHERE a.chamber_id = ? AND a.mail = ? "
	    "AND " STORE_ACCOUNT_SEES("a"),
	    STORE_ARGS(STORE_INT(d->chamber_id), STORE_TEXT(d->address)));
}

/* ---- what ---- */

#define OURS                                                \
	" (? = 0 OR i.company_id = ?) AND i.company_id IN " \
	"(SELECT id FROM company WHERE chamber_id = ?) "
#define WHOSE(d)                                                \
	STORE_INT((d)->company_id), STORE_INT((d)->company_id), \
	    STORE_INT((d)->chamber_id)

static int count(struct store_db *db, const struct digest *d, struct happened *h)
{
	struct store_rows *rows;

	*h = (struct happened){ 0 };
	store_query(db, &rows,
	    "SELECT COUNT(CASE WHEN i.severity = 2 AND i.opened_us > ? THEN 1 END), "
	    "COUNT(CASE WHEN i.severity = 1 AND i.opened_us > ? THEN 1 END), "
	    "COUNT(CASE WHEN i.severity = 0 AND i.opened_us > ? THEN 1 END), "
	    "COUNT(CASE WHEN k.at_us > ? THEN 1 END), "
	    "COUNT(CASE WHEN i.state <> 'done' AND i.severity > 0 THEN 1 END), "
	    "COUNT(CASE WHEN i.state <> 'done' AND i.cause = 'SILENT' THEN 1 END) "
	    "FROM incident i LEFT JOIN digest_held k ON k.incident_id = i.id "
	    "WHERE (i.opened_us > ? OR (i.state <> 'done' AND i.severity > 0)) AND" OURS,
	    STORE_ARGS(STORE_INT(d->until_us), STORE_INT(d->until_us),
		STORE_INT(d->until_us), STORE_INT(d->until_us), STORE_INT(d->until_us),
		WHOSE(d)));
	if (store_next(rows))
		*h = (struct happened){ store_col_int(rows, 0), store_col_int(rows, 1),
			store_col_int(rows, 2), store_col_int(rows, 3),
			store_col_int(rows, 4), store_col_int(rows, 5) };
	return store_rows_free(rows);
}

static const char *title_of(const char *cause, bool en)
{
	enum record_cause c = record_cause_find(cause);
	const char *title = c < RECORD_CAUSE_MAX
				? record_cause_title(c, en ? RECORD_EN : RECORD_JA)
				: NULL;

	return title ? title : cause;
}

/* "注意 keiri-pc：外からの攻撃" for what has a line of its own. */
static int add_lines(struct store_db *db, const struct digest *d, struct buf *b)
{
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows,
	    "SELECT i.severity, i.cause, c.name, CASE WHEN m.label <> '' THEN m.label "
	    "WHEN m.name <> '' THEN m.name ELSE COALESCE(m.ip, '') END, i.events, i.id "
	    "FROM incident i JOIN company c ON c.id = i.company_id "
	    "LEFT JOIN machine m ON m.id = i.machine_id WHERE i.opened_us > ? "
	    "AND i.severity > 0 AND (? > 0 OR i.confidential = 0) AND" OURS
	    "ORDER BY i.severity DESC, i.id LIMIT 20",
	    STORE_ARGS(STORE_INT(d->until_us), STORE_INT(d->company_id), WHOSE(d)));
	for (; store_next(rows); n++) {
		const char *machine = store_col_text(rows, 3);
		buf_addf(b, d->en ? "- %s " : "・%s ",
		    record_severity_name((enum record_severity)store_col_int(rows, 0),
			d->en ? RECORD_EN : RECORD_JA));
		if (!d->company_id)
			buf_addf(b, "%s ", store_col_text(rows, 2));
		if (*machine)
			buf_addf(b, d->en ? "%s: " : "%s：", machine);
		buf_addf(b,
		    d->en ? "%s (%" PRId64 " times, no. %" PRId64 ")\n"
			  : "%s（%" PRId64 "回、受付番号 %" PRId64 "）\n",
		    title_of(store_col_text(rows, 1), d->en), store_col_int(rows, 4),
		    store_col_int(rows, 5));
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : n;
}

/* 記録 by kind. */
static int add_counts(struct store_db *db, const struct digest *d, struct buf *b)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT i.cause, COUNT(*), SUM(i.events) FROM incident i WHERE i.severity = 0 "
	    "AND i.opened_us > ? AND" OURS
	    "GROUP BY i.cause ORDER BY 2 DESC, 1 LIMIT 20",
	    STORE_ARGS(STORE_INT(d->until_us), WHOSE(d)));
	while (store_next(rows))
		buf_addf(b, d->en ? "- %s: %" PRId64 "\n" : "・%s：%" PRId64 "件\n",
		    title_of(store_col_text(rows, 0), d->en), store_col_int(rows, 1));
	return store_rows_free(rows);
}

static void add_day(struct buf *b, int64_t us, bool en)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	if (en)
		buf_addf(b, "%d-%02d", tm.tm_mon + 1, tm.tm_mday);
	else
		buf_addf(b, "%d月%d日", tm.tm_mon + 1, tm.tm_mday);
}

static void write_subject(
    const struct digest *d, const struct happened *h, int64_t now_us, struct buf *b)
{
	buf_add_text(b, d->en ? "[digest] " : "【まとめ】");
	add_day(b, d->until_us, d->en);
	buf_add_text(b, d->en ? " to " : "から");
	add_day(b, now_us, d->en);
	buf_addf(b,
	    d->en ? ": %" PRId64 " urgent, %" PRId64 " caution, %" PRId64 " noted"
		  : "まで：緊急 %" PRId64 "、注意 %" PRId64 "、記録 %" PRId64,
	    h->urgent, h->caution, h->log);
}

static int write_body(struct store_db *db, const struct notify_conf *conf,
    const struct digest *d, const struct happened *h, struct buf *b)
{
	bool en = d->en;

	buf_add_text(b,
	    en ? "What the gates saw. Nothing here needs you today unless a line says so.\n"
	       : "見守り装置が見たことのまとめです。\n");
	if (h->held)
		buf_addf(b,
		    en ? "%" PRId64
			 " of them had no mail of their own, because there were "
			 "many in one day.\n"
		       : "このうち %" PRId64
			 " 件は、一日の数が多かったため、これが最初のお知らせです。\n",
		    h->held);
	buf_add_text(b, en ? "\n* Urgent and caution\n" : "\n■ 緊急と注意\n");
	int n = add_lines(db, d, b);
	if (n < 0)
		return n;
	if (n == 0)
		buf_add_text(b, en ? "None.\n" : "ありませんでした。\n");
	if (h->urgent + h->caution > n)
		buf_addf(b, en ? "and %" PRId64 " more\n" : "ほか %" PRId64 " 件\n",
		    h->urgent + h->caution - n);
	buf_add_text(b, en ? "\n* Noted only\n" : "\n■ 記録だけのもの\n");
	int err = add_counts(db, d, b);
	if (h->log == 0)
		buf_add_text(b, en ? "None.\n" : "ありませんでした。\n");
	buf_addf(b,
	    en ? "\n* Not closed yet: %" PRId64 " (silent gates: %" PRId64 ")\n"
	       : "\n■ まだ完了していないもの：%" PRId64 "件（うち見守りの停止 %" PRId64
		 "件）\n",
	    h->open, h->silent);
	if (conf->portal_url)
		buf_addf(b, "\n%s/%s/\n", conf->portal_url,
		    d->company_id ? "member" : "operator");
	return err;
}

static int send(struct store_db *db, const struct notify_conf *conf,
    const struct digest *d, const struct happened *h, int64_t now_us)
{
	struct buf subject, body;
	char step[40];

	snprintf(step, sizeof(step), "digest-%" PRId64, now_us / MINUTE_US);
	buf_init(&subject, 1024);
	buf_init(&body, BODY_MAX);
	write_subject(d, h, now_us, &subject);
	int64_t err = write_body(db, conf, d, h, &body);
	if (err == 0)
		err = notify_add(db, conf,
		    &(struct notify_new){ .company_id = d->company_id,
			.chamber_id = d->company_id ? 0 : d->chamber_id,
			.channel = "mail",
			.recipient = d->address,
			.lang = d->lang,
			.step = step,
			.severity = RECORD_LOG,
			.due_us = now_us,
			.subject = buf_text(&subject),
			.body = buf_text(&body) },
		    now_us);
	buf_fini(&subject);
	buf_fini(&body);
	return err < 0 ? (int)err : 0;
}

int notify_digest_tick(
    struct store_db *db, const struct notify_conf *conf, int64_t now_us)
{
	struct digest d = { 0 };
	struct happened h = { 0 };
	int64_t theirs = 0;
	int err = find_due(db, now_us, &d);

	if (err == 0)
		err = is_theirs(db, &d, &theirs);
	if (err == 0 && !theirs)
		return store_exec(
		    db, "DELETE FROM digest WHERE id = ?", STORE_ARGS(STORE_INT(d.id)));
	if (err == 0)
		err = count(db, &d, &h);
	if (err < 0)
		return err;
	bool its_day = d.daily || is_monday(now_us) || h.held > 0;
	bool nothing = h.urgent + h.caution + h.log == 0;
	if (!d.off && its_day && (!nothing || d.empty))
		err = send(db, conf, &d, &h, now_us);
	int64_t change = err < 0 ? err : store_note_change(db);
	if (change < 0)
		return (int)change;
	return store_exec(db,
	    "UPDATE digest SET until_us = ?, next_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(its_day || d.off ? now_us : d.until_us),
		STORE_INT(next_at(now_us, d.at_min)), STORE_INT(d.id)));
}
