/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How much is too much.  A whole office is hit at once: nobody reads two hundred mails.  A
 * recipient gets so many notices an hour, a company so many a day; where only one more may
 * go and several are due, that one says them all. */

#define HOUR_US    INT64_C(3600000000)
#define DAY_US     (24 * HOUR_US)
#define LINES_MOST 20
/* So many of a company's day are kept for summaries: each recipient gets one. */
#define DAY_LAST ((int64_t)NOTIFY_RECIPIENTS_MAX)

struct policy {
	int64_t hour, hour_urgent, day, day_urgent;
};

static int read_policy(
    struct store_db *db, const struct notify_notice *n, struct policy *p)
{
	struct store_rows *rows;

	*p = (struct policy){ NOTIFY_RECIPIENT_HOUR, NOTIFY_RECIPIENT_HOUR_URGENT,
		NOTIFY_COMPANY_DAY, NOTIFY_COMPANY_DAY_URGENT };
	store_query(db, &rows,
	    "SELECT p.recipient_hour, p.recipient_hour_urgent, p.company_day, "
	    "p.company_day_urgent FROM notice n LEFT JOIN company c ON c.id = n.company_id "
	    "JOIN notify_policy p ON p.chamber_id = COALESCE(c.chamber_id, n.chamber_id) "
	    "WHERE n.id = ?",
	    STORE_ARGS(STORE_INT(n->id)));
	if (store_next(rows))
		*p = (struct policy){ store_col_int(rows, 0), store_col_int(rows, 1),
			store_col_int(rows, 2), store_col_int(rows, 3) };
	return store_rows_free(rows);
}

/* What went out since, and when the oldest of it did. */
struct lately {
	int64_t sent, oldest_us;
};

static int count_rows(
    struct store_db *db, const char *sql, struct store_args args, struct lately *l)
{
	struct store_rows *rows;

	*l = (struct lately){ 0 };
	store_query(db, &rows, sql, args);
	if (store_next(rows)) {
		l->sent = store_col_int(rows, 0);
		l->oldest_us = store_col_int(rows, 1);
	}
	return store_rows_free(rows);
}

static int of_recipient(struct store_db *db, const struct notify_notice *n,
    int64_t now_us, struct lately *l)
{
	return count_rows(db,
	    "SELECT COUNT(*), COALESCE(MIN(sent_us), 0) FROM notice WHERE channel = ? "
	    "AND recipient = ? AND sent_us > ? AND step <> 'test'",
	    STORE_ARGS(STORE_TEXT(n->channel), STORE_TEXT(n->recipient),
		STORE_INT(now_us - HOUR_US)),
	    l);
}

static int of_company(struct store_db *db, const struct notify_notice *n,
    int64_t now_us, struct lately *l)
{
	struct lately flying;
	int err = count_rows(db,
	    "SELECT COUNT(*), COALESCE(MIN(sent_us), 0) FROM notice WHERE company_id = ? "
	    "AND sent_us > ? AND step <> 'test' AND step NOT LIKE 'event%'",
	    STORE_ARGS(STORE_INT(n->company_id), STORE_INT(now_us - DAY_US)), l);

	if (err == 0)
		err = count_rows(db,
		    "SELECT COUNT(*), 0 FROM notice WHERE state = 'sending' "
		    "AND company_id = ? AND id <> ? AND step <> 'test' "
		    "AND step NOT LIKE 'event%'",
		    STORE_ARGS(STORE_INT(n->company_id), STORE_INT(n->id)), &flying);
	l->sent += flying.sent;
	return err;
}

static int had_summary(
    struct store_db *db, const struct notify_notice *n, int64_t now_us, bool *had)
{
	struct lately l;
	int err = count_rows(db,
	    "SELECT COUNT(*), 0 FROM notice WHERE channel = ? AND recipient = ? "
	    "AND sent_us > ? AND step = 'summary'",
	    STORE_ARGS(STORE_TEXT(n->channel), STORE_TEXT(n->recipient),
		STORE_INT(now_us - DAY_US)),
	    &l);

	*had = l.sent > 0;
	return err;
}

/* The others that are due for the same recipient. */
#define OTHERS                                                                 \
	"channel = ? AND recipient = ? AND state = 'waiting' AND due_us <= ? " \
	"AND step NOT IN ('test', 'summary') AND step NOT LIKE 'event%' AND tries = 0 "

static int others(
    struct store_db *db, const struct notify_notice *n, int64_t now_us, int64_t *count)
{
	return store_get_int(db, count,
	    "SELECT COUNT(*) FROM notice WHERE " OTHERS "AND id <> ?",
	    STORE_ARGS(STORE_TEXT(n->channel), STORE_TEXT(n->recipient),
		STORE_INT(now_us), STORE_INT(n->id)));
}

static int put_off(struct store_db *db, const struct notify_notice *n, int64_t now_us,
    int64_t until_us)
{
	int err = store_exec(db,
	    "UPDATE notice SET due_us = ?, error = 'held back: many at once' "
	    "WHERE channel = ? AND recipient = ? AND state = 'waiting' AND severity <= ? "
	    "AND due_us <= ? AND step <> 'test' AND step NOT LIKE 'event%'",
	    STORE_ARGS(STORE_INT(until_us), STORE_TEXT(n->channel),
		STORE_TEXT(n->recipient), STORE_INT(n->severity), STORE_INT(now_us)));

	return err < 0 ? err : 1;
}

/* ---- the summary ---- */

static void add_line(struct buf *b, const struct notify_notice *n,
    struct store_rows *rows, const char *machine)
{
	const char *title =
	    record_cause_title(record_cause_find(store_col_text(rows, 0)), n->lang);
	enum record_severity severity = (enum record_severity)store_col_int(rows, 1);
	bool ja = n->lang != RECORD_EN;

	buf_addf(b,
	    ja ? "・【%s】%s%s%s（受付番号 %" PRId64 "）\n"
	       : "* [%s] %s%s%s (number %" PRId64 ")\n",
	    record_severity_name(severity, n->lang), machine,
	    *machine ? (ja ? "：" : ": ") : "", title ? title : "",
	    store_col_int(rows, 3));
}

static int add_lines(
    struct store_db *db, const struct notify_notice *n, int64_t now_us, struct buf *b)
{
	struct store_rows *rows;
	int err = 0;

	store_query(db, &rows,
	    "SELECT i.cause, i.severity, COALESCE(i.machine_id, 0), i.id "
	    "FROM notice JOIN incident i ON i.id = notice.incident_id "
	    "WHERE channel = ? AND recipient = ? AND notice.state = 'waiting' "
	    "AND due_us <= ? AND step NOT IN ('test', 'summary') "
	    "AND step NOT LIKE 'event%' AND tries = 0 "
	    "ORDER BY i.severity DESC, notice.id LIMIT 20",
	    STORE_ARGS(
		STORE_TEXT(n->channel), STORE_TEXT(n->recipient), STORE_INT(now_us)));
	while (err == 0 && store_next(rows)) {
		char machine[INCIDENT_LABEL_MAX + 1] = "";
		err = incident_machine_label(db, store_col_int(rows, 2), machine);
		add_line(b, n, rows, machine);
	}
	int end = store_rows_free(rows);
	return err < 0 ? err : end;
}

static void write_summary(const struct notify_notice *n, int64_t count,
    struct buf *subject, struct buf *b, const char *lines)
{
	bool ja = n->lang != RECORD_EN;
	const char *severity = record_severity_name(n->severity, n->lang);

	buf_addf(subject,
	    ja ? "【%s】お知らせ %" PRId64 " 件をまとめてお送りします"
	       : "[%s] %" PRId64 " notices in one",
	    severity, count);
	buf_addf(b, ja ? "%s 様\n\n" : "To %s\n\n", n->company);
	buf_addf(b,
	    ja ? "短いあいだにお知らせが %" PRId64
		 " 件になったので、一通にまとめました。\n\n%s"
	       : "There were %" PRId64
		 " notices within a short time: here they are in one.\n\n%s",
	    count, lines);
	if (count > LINES_MOST)
		buf_addf(b, ja ? "・ほか %" PRId64 " 件\n" : "* and %" PRId64 " more\n",
		    count - LINES_MOST);
	buf_add_text(b,
	    ja ? "\n■ 今すること\n相談窓口へ電話してください。どれから手をつけるかを一緒に決めます。\n"
	       : "\n* What to do now\nCall the desk: we decide together where to begin.\n");
	if (*n->phone)
		buf_addf(b, ja ? "電話 %s\n" : "Telephone %s\n", n->phone);
	if (*n->link)
		buf_addf(b, ja ? "\n■ すべてのお知らせ\n%s\n" : "\n* All notices\n%s\n",
		    n->link);
}

static int fold_into(
    struct store_db *db, const struct notify_notice *n, int64_t now_us, int64_t summary)
{
	int64_t change = store_note_change(db);
	int err = change < 0
		      ? (int)change
		      : store_exec(db,
			    "UPDATE notice SET state = 'folded', summary_id = ? "
			    "WHERE " OTHERS,
			    STORE_ARGS(STORE_INT(summary), STORE_TEXT(n->channel),
				STORE_TEXT(n->recipient), STORE_INT(now_us)));

	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE incident SET change = ? WHERE id IN "
	    "(SELECT incident_id FROM notice WHERE summary_id = ?)",
	    STORE_ARGS(STORE_INT(change), STORE_INT(summary)));
}

static int64_t add_summary(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n, int64_t now_us, int64_t count)
{
	struct buf subject, body, lines;

	buf_init(&subject, 1024);
	buf_init(&body, 64u << 10);
	buf_init(&lines, 32u << 10);
	free(n->link);
	n->link = NULL;
	int64_t id = add_lines(db, n, now_us, &lines);
	char link[600] = "";
	if (conf->portal_url)
		snprintf(link, sizeof(link), "%s/member/", conf->portal_url);
	n->link = strdup(link);
	if (id == 0 && n->link) {
		write_summary(n, count, &subject, &body, buf_text(&lines));
		id = notify_add(db, conf,
		    &(struct notify_new){ .company_id = n->company_id,
			.chamber_id = n->chamber_id,
			.contact_id = n->contact_id,
			.channel = n->channel,
			.recipient = n->recipient,
			.lang = n->lang_code,
			.step = "summary",
			.severity = n->severity,
			.due_us = now_us,
			.subject = buf_text(&subject),
			.body = buf_text(&body) },
		    now_us);
	}
	buf_fini(&subject);
	buf_fini(&body);
	buf_fini(&lines);
	return id;
}

static int fold(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n, int64_t now_us, int64_t count, int64_t *summary)
{
	int64_t id = add_summary(db, conf, n, now_us, count);
	int err = id < 0 ? (int)id : fold_into(db, n, now_us, id);

	*summary = id;
	return err < 0 ? err : 2;
}

static bool is_counted(const struct notify_notice *n)
{
	return strcmp(n->step, "test") != 0 && strncmp(n->step, "event", 5) != 0;
}

int notify_hold(struct store_db *db, const struct notify_conf *conf,
    struct notify_notice *n, int64_t now_us, int64_t *summary)
{
	struct policy p;
	struct lately hour, day = { 0 };
	bool urgent = n->severity == RECORD_URGENT, had = false;
	int64_t waiting = 0;

	if (!is_counted(n))
		return 0;
	int err = read_policy(db, n, &p);
	if (err == 0)
		err = of_recipient(db, n, now_us, &hour);
	if (err == 0 && n->company_id)
		err = of_company(db, n, now_us, &day);
	if (err < 0)
		return err;
	int64_t hour_left = (urgent ? p.hour_urgent : p.hour) - hour.sent;
	int64_t day_left =
	    n->company_id ? (urgent ? p.day_urgent : p.day) - day.sent : INT64_MAX;
	if (hour_left <= 0 || day_left <= 0)
		return put_off(db, n, now_us,
		    day_left <= 0 ? (day.oldest_us ? day.oldest_us : now_us) + DAY_US
				  : hour.oldest_us + HOUR_US);
	if (day_left <= DAY_LAST)
		err = had_summary(db, n, now_us, &had);
	if (err == 0 && had)
		return put_off(db, n, now_us, now_us + HOUR_US);
	if (err < 0 || (hour_left > 1 && day_left > DAY_LAST) ||
	    strcmp(n->step, "summary") == 0)
		return err;
	n->last = true;
	err = others(db, n, now_us, &waiting);
	if (err < 0 || waiting == 0 || n->written)
		return err;
	return fold(db, conf, n, now_us, waiting + 1, summary);
}

/* ---- channels that cost by the month ---- */

static void month_of(int64_t now_us, char month[16])
{
	time_t t = (time_t)(now_us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(month, 16, "%Y-%m", &tm);
}

int notify_month_full(struct store_db *db, const struct notify_conf *conf,
    const char *channel, enum record_severity severity, int64_t now_us)
{
	int64_t used = 0, most = conf->line_month ? conf->line_month : 200;
	char month[16];

	if (strcmp(channel, "line") != 0)
		return 0;
	if (severity != RECORD_URGENT)
		most -= conf->line_reserve;
	month_of(now_us, month);
	int err = store_get_int(db, &used,
	    "SELECT n FROM channel_use WHERE channel = ? AND month = ?",
	    STORE_ARGS(STORE_TEXT(channel), STORE_TEXT(month)));
	if (err < 0 && err != FAIL_MISSING)
		return err;
	return used >= most;
}

int notify_month_count(struct store_db *db, const char *channel, int64_t now_us)
{
	char month[16];

	month_of(now_us, month);
	return store_exec(db,
	    "INSERT INTO channel_use (channel, month, n) VALUES (?, ?, 1) "
	    "ON CONFLICT (channel, month) DO UPDATE SET n = channel_use.n + 1",
	    STORE_ARGS(STORE_TEXT(channel), STORE_TEXT(month)));
}
