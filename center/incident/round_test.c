/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"
#include "center/sample_test.h"

/* What batches of several machines and companies become: stories, impact, campaigns, silence
 * on purpose, and what people put together. */

struct job {
	int64_t now_us, a, b, result;
	struct incident_suppression *hush;
	struct incident_campaign_move *move;
	struct incident_split *split;
	const struct notify_conf *notify;
};

/* The machine's address is made of the name's length. */
static int alert(struct sample *s, int64_t gate, const char *machine, const char *cause,
    const char *peer, int sid, const char *way, bool stopped)
{
	char line[1024], when[40];

	clock_format(s->now_us, when, sizeof(when));
	snprintf(line, sizeof(line),
	    "{\"timestamp\":\"%s\",\"event_type\":\"alert\",\"src_ip\":\"192.168.1.23\","
	    "\"dest_ip\":\"%s\",\"proto\":\"TCP\",\"alert\":{\"action\":\"%s\","
	    "\"signature_id\":%d,\"signature\":\"RULE %d\"},\"otasuke\":{\"cause\":\"%s\","
	    "\"way\":\"%s\",\"stopped\":%s,\"machine\":{\"mac\":\"00:00:5E:00:53:%02x\","
	    "\"name\":\"%s\",\"ip\":\"192.168.1.23\"}}}\n",
	    when, peer, stopped ? "blocked" : "allowed", sid, sid, cause, way,
	    stopped ? "true" : "false", (unsigned)strlen(machine), machine);
	return sample_send(s, gate, line);
}

static int run(struct store_db *db, void *arg)
{
	return store_script(db, arg);
}

static void script(struct sample *s, const char *sql)
{
	check_eq(store_write(s->store, run, (void *)(uintptr_t)sql), 0);
}

/* Companies 2 … n of chamber 1, each with a gate of its number and two more. */
static void add_companies(struct sample *s, int n)
{
	char sql[1024];

	for (int c = 2; c <= n; c++) {
		snprintf(sql, sizeof(sql),
		    "INSERT INTO company (id, chamber_id, name, created_us) "
		    "VALUES (%d, 1, 'company %d', 0);"
		    "INSERT INTO site (id, company_id, name) VALUES (%d, %d, 'x');"
		    "INSERT INTO gate (id, company_id, site_id, name, fingerprint) "
		    "VALUES (%d, %d, %d, 'g', 'f%d');",
		    c, c, c, c, c + 10, c, c, c);
		script(s, sql);
	}
}

static void accounts(struct sample *s)
{
	script(s, "INSERT INTO account (id, role, chamber_id, mail, name, password, "
		  "created_us) VALUES (7, 'operator', 1, 'a@c.example', 'A', '', 0), "
		  "(8, 'operator', 1, 'b@c.example', 'B', '', 0);");
}

static const char *why(struct sample *s, int id)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT why FROM incident WHERE id = %d", id);
	return sample_text(s, sql);
}

/* ---- stories ---- */

static void stages_belong_together(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(alert(&s, 1, "pc", "DANGEROUS_SITE", "192.0.2.1", 1, "out", true), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(alert(&s, 1, "pc", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	/* Another machine's virus is another story. */
	check_eq(alert(&s, 1, "note", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(alert(&s, 1, "pc", "BACKDOOR", "192.0.2.9", 3, "out", true), 0);
	check_text(
	    sample_text(&s, "SELECT COALESCE(parent_id, 0) || ' ' || severity FROM "
			    "incident ORDER BY id"),
	    "0 2|1 2|0 1|1 2");
	check_text(why(&s, 2), "VIRUS_STOPPED STORY_SITE_VIRUS");
	check_text(why(&s, 4), "CALLS_HOME_STOPPED STORY_VIRUS_C2 STORY_SITE_C2");
	/* The first stage says what became of it. */
	check_text(why(&s, 1), "SITE_STOPPED STORY_SITE_VIRUS");
	check_text(sample_text(&s, "SELECT detail FROM audit WHERE incident_id = 1 "
				   "AND action = 'incident.raise'"),
	    "caution>urgent STORY_SITE_VIRUS");
	sample_close(&s);
}

static void late_news_find_their_story(void)
{
	struct sample s;
	int64_t now_us;

	sample_open(&s);
	check_eq(alert(&s, 1, "pc", "BACKDOOR", "192.0.2.9", 3, "out", true), 0);
	now_us = s.now_us;
	s.now_us -= 2 * SAMPLE_HOUR_US;
	check_eq(alert(&s, 1, "pc", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	check_text(
	    sample_text(&s, "SELECT COALESCE(parent_id, 0) || ' ' || severity FROM "
			    "incident ORDER BY id"),
	    "0 2|1 2");
	/* Too long ago to belong together. */
	s.now_us = now_us + 400 * SAMPLE_HOUR_US;
	check_eq(alert(&s, 1, "pc", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	check_text(why(&s, 3), "VIRUS_STOPPED");
	sample_close(&s);
}

/* ---- impact ---- */

static void the_third_machine_is_urgent(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(alert(&s, 1, "a", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	check_eq(alert(&s, 1, "bb", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	check_eq(alert(&s, 1, "ccc", "VIRUS_WEB", "192.0.2.1", 2, "out", true), 0);
	check_text(
	    sample_text(&s, "SELECT severity FROM incident ORDER BY id"), "1|1|2");
	check_text(why(&s, 3), "VIRUS_STOPPED SPREADS:3");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice WHERE severity = 2"), 2);
	sample_close(&s);
}

static void the_machine_counts(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(alert(&s, 1, "pc", "APPLICATION", "192.0.2.1", 2, "out", false), 0);
	script(&s, "UPDATE machine SET role = 'payment'");
	check_eq(alert(&s, 1, "pc", "DANGEROUS_SITE", "192.0.2.1", 2, "out", true), 0);
	check_text(why(&s, 2), "SITE_STOPPED PAYMENT");
	script(&s, "UPDATE machine SET role = '', known = 2");
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 2, "out", true), 0);
	check_text(why(&s, 3), "ODD_STOPPED FOREIGN");
	check_eq(sample_int(&s, "SELECT severity FROM incident WHERE id = 3"),
	    RECORD_CAUTION);
	sample_close(&s);
}

static void what_comes_back_counts(void)
{
	struct sample s;

	sample_open(&s);
	for (int i = 0; i < 3; i++) {
		check_eq(
		    alert(&s, 1, "pc", "DANGEROUS_SITE", "192.0.2.1", 2, "out", true),
		    0);
		script(&s, "UPDATE incident SET state = 'done', outcome = 'solved', "
			   "closed_us = last_us");
		s.now_us += SAMPLE_HOUR_US;
	}
	check_text(
	    sample_text(&s, "SELECT severity FROM incident ORDER BY id"), "1|1|2");
	check_text(why(&s, 3), "SITE_STOPPED RETURNED:2");
	sample_close(&s);
}

static void what_is_watched_comes_back(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(alert(&s, 1, "pc", "BACKDOOR", "192.0.2.9", 3, "out", true), 0);
	script(&s, "UPDATE incident SET state = 'watching'");
	check_eq(alert(&s, 1, "pc", "BACKDOOR", "192.0.2.9", 3, "out", true), 0);
	check_text(sample_text(&s, "SELECT state FROM incident"), "checking");
	check_text(why(&s, 1), "CALLS_HOME_STOPPED AGAIN");
	sample_close(&s);
}

/* ---- traces ---- */

static void all_kinds_are_counted(void)
{
	struct sample s;
	char peer[32];

	sample_open(&s);
	for (int i = 0; i < 80; i++) {
		snprintf(peer, sizeof(peer), "192.0.2.%d", i + 1);
		check_eq(alert(&s, 1, "pc", "OTHER", peer, 5, "out", false), 0);
	}
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "out", false), 0);
	check_eq(sample_int(&s, "SELECT traces FROM incident"), INCIDENT_TRACES_MAX);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident_trace"),
	    INCIDENT_TRACES_MAX + 1);
	check_eq(sample_int(&s, "SELECT SUM(events) FROM incident_trace"), 81);
	check_text(
	    sample_text(&s, "SELECT sign || ' ' || peer || ' ' || what || ' ' || "
			    "events FROM incident_trace WHERE peer = '192.0.2.1'"),
	    "rule:5 192.0.2.1 RULE 5 2");
	sample_close(&s);
}

/* ---- campaigns ---- */

static void the_same_at_three_is_one(void)
{
	struct sample s;

	sample_open(&s);
	add_companies(&s, 5);
	check_eq(alert(&s, 1, "pc", "BACKDOOR", "198.51.100.7", 3, "out", true), 0);
	check_eq(alert(&s, 12, "pc", "BACKDOOR", "198.51.100.7", 3, "out", true), 0);
	/* A company twice is still one. */
	check_eq(alert(&s, 12, "note", "BACKDOOR", "198.51.100.7", 3, "out", true), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM campaign"), 0);
	check_eq(alert(&s, 13, "pc", "BACKDOOR", "198.51.100.7", 3, "out", true), 0);
	check_eq(alert(&s, 14, "pc", "BACKDOOR", "198.51.100.8", 3, "out", true), 0);
	check_text(sample_text(&s, "SELECT kind || ' ' || value || ' ' || companies "
				   "FROM campaign"),
	    "C2 198.51.100.7 3");
	check_eq(
	    sample_int(&s, "SELECT COUNT(*) FROM incident WHERE campaign_id = 1"), 4);
	/* The next one joins. */
	check_eq(alert(&s, 15, "pc", "BACKDOOR", "198.51.100.7", 3, "out", true), 0);
	check_eq(sample_int(&s, "SELECT companies FROM campaign"), 4);
	check_text(
	    sample_text(&s, "SELECT action || ' ' || detail FROM audit WHERE "
			    "incident_id = 6 AND action LIKE 'incident%' ORDER BY id"),
	    "incident.open urgent CALLS_HOME_STOPPED|incident.campaign 1 C2 198.51.100.7");
	sample_close(&s);
}

static int move_all(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_campaign_move(db, j->move);
}

static int put(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_campaign_put(db, j->a, j->b, 7, j->now_us);
}

static int open_by_hand(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_campaign_open(
	    db, j->a, "請求書をよそおうメール", 7, j->now_us, &j->result);
}

static void one_place_to_act(void)
{
	struct sample s;

	sample_open(&s);
	accounts(&s);
	add_companies(&s, 3);
	for (int gate = 11; gate <= 13; gate++)
		check_eq(alert(&s, gate == 11 ? 1 : gate, "pc", "DANGEROUS_SITE",
			     "198.51.100.7", 3, "out", true),
		    0);
	struct job j = { .now_us = s.now_us, .a = 1 };
	check_eq(store_write(s.store, open_by_hand, &j), 0);
	check_eq(store_write(s.store, open_by_hand, &j), FAIL_CONFLICT);
	for (j.a = 2, j.b = j.result; j.a <= 3; j.a++)
		check_eq(store_write(s.store, put, &j), 0);
	check_eq(sample_int(&s, "SELECT companies FROM campaign"), 3);
	script(&s, "UPDATE incident SET state = 'working' WHERE id = 3");
	struct incident_campaign_move m = { .campaign_id = 1,
		.account_id = 7,
		.now_us = s.now_us,
		.to = INCIDENT_CHECKING,
		.note = "同じメールです" };
	j.move = &m;
	check_eq(store_write(s.store, move_all, &j), 0);
	check_eq(m.moved, 2);
	check_eq(m.refused, 1);
	check_text(sample_text(&s, "SELECT state FROM incident ORDER BY id"),
	    "checking|checking|working");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM audit WHERE detail LIKE "
				"'%同じメールです'"),
	    3);
	m.to = INCIDENT_DONE;
	check_eq(store_write(s.store, move_all, &j), FAIL_FORMAT);
	m.outcome = INCIDENT_SOLVED;
	check_eq(store_write(s.store, move_all, &j), 0);
	check_text(sample_text(&s, "SELECT state || outcome FROM incident ORDER BY id"),
	    "donesolved|donesolved|donesolved");
	j = (struct job){ .now_us = s.now_us, .a = 3, .b = 0 };
	check_eq(store_write(s.store, put, &j), 0);
	check_eq(sample_int(&s, "SELECT companies FROM campaign"), 2);
	check_eq(store_write(s.store, put, &j), FAIL_MISSING);
	sample_close(&s);
}

/* ---- suppressions ---- */

static int hush(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_suppress(db, j->hush);
}

static int agree(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_suppress_agree(db, j->a, j->b, j->now_us);
}

static int tick(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_suppress_tick(db, j->now_us);
}

static int try_hush(struct sample *s, struct incident_suppression h)
{
	struct job j = { .hush = &h };

	h.chamber_id = 1;
	h.account_id = 7;
	h.now_us = s->now_us;
	if (!h.cause)
		h.cause = "";
	if (!h.sign)
		h.sign = "";
	if (!h.peer)
		h.peer = "";
	if (!h.reason)
		h.reason = "検査の会社の通信";
	if (!h.expires_us)
		h.expires_us = s->now_us + 24 * SAMPLE_HOUR_US * 10;
	return store_write(s->store, hush, &j);
}

static void silence_has_its_rules(void)
{
	struct sample s;
	int64_t year_us = 366 * 24 * SAMPLE_HOUR_US;

	sample_open(&s);
	accounts(&s);
	check_eq(try_hush(&s, (struct incident_suppression){ .cause = "SILENT",
				  .company_id = 1 }),
	    FAIL_DENIED);
	check_eq(try_hush(&s, (struct incident_suppression){ .cause = "NONSENSE",
				  .company_id = 1 }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s, (struct incident_suppression){ .cause = "PROBE" }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s, (struct incident_suppression){ .company_id = 1 }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s,
		     (struct incident_suppression){
			 .cause = "PROBE", .company_id = 1, .reason = "" }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s, (struct incident_suppression){ .cause = "PROBE",
				  .company_id = 1,
				  .expires_us = s.now_us + year_us }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s,
		     (struct incident_suppression){
			 .cause = "PROBE", .company_id = 1, .expires_us = 1 }),
	    FAIL_FORMAT);
	check_eq(try_hush(&s, (struct incident_suppression){ .cause = "OTHER",
				  .peer = "192.0.2.1" }),
	    0);
	check_eq(sample_int(&s, "SELECT approved_us IS NOT NULL FROM suppression"), 1);
	sample_close(&s);
}

static void silence_is_counted(void)
{
	struct sample s;
	struct job j = { 0 };

	sample_open(&s);
	accounts(&s);
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 5, "in", true), 0);
	check_eq(try_hush(&s,
		     (struct incident_suppression){
			 .cause = "EXPLOIT", .sign = "rule:5", .peer = "192.0.2.1" }),
	    0);
	/* It waits for a second person; the first one cannot be that. */
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 5, "in", true), 0);
	check_eq(sample_int(&s, "SELECT events FROM incident WHERE id = 1"), 2);
	j = (struct job){ .a = 1, .b = 7, .now_us = s.now_us };
	check_eq(store_write(s.store, agree, &j), FAIL_DENIED);
	j.b = 8;
	check_eq(store_write(s.store, agree, &j), 0);
	check_eq(store_write(s.store, agree, &j), FAIL_MISSING);
	int64_t notices = sample_int(&s, "SELECT COUNT(*) FROM notice");
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 5, "in", false), 0);
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 5, "in", false), 0);
	check_text(
	    sample_text(&s, "SELECT severity || ' ' || events || ' ' || why FROM "
			    "incident ORDER BY id"),
	    "1 2 ATTACK_STOPPED|0 2 SUPPRESSED");
	check_eq(sample_int(&s, "SELECT hits FROM suppression"), 2);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), notices);
	/* Another rule is another matter. */
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 6, "in", false), 0);
	check_eq(sample_int(&s, "SELECT severity FROM incident WHERE id = 1"), 2);
	/* It reminds, it ends, and then everything is told again. */
	j.now_us = s.now_us + 4 * 24 * SAMPLE_HOUR_US;
	check_eq(store_write(s.store, tick, &j), 1);
	check_eq(store_write(s.store, tick, &j), 0);
	s.now_us = j.now_us = s.now_us + 10 * 24 * SAMPLE_HOUR_US;
	check_eq(store_write(s.store, tick, &j), 1);
	check_text(sample_text(&s, "SELECT action FROM audit WHERE action LIKE "
				   "'suppression%' ORDER BY id"),
	    "suppression.ask|suppression.agree|suppression.soon_over|suppression.end");
	check_eq(alert(&s, 1, "pc", "EXPLOIT", "192.0.2.1", 5, "in", false), 0);
	check_eq(sample_int(&s, "SELECT severity FROM incident WHERE id = 3"), 2);
	sample_close(&s);
}

static void a_preview_tells_what_it_would_hide(void)
{
	struct sample s;
	struct incident_preview p;
	int64_t ids[5], since;
	unsigned n;

	sample_open(&s);
	add_companies(&s, 2);
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "in", true), 0);
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "in", true), 0);
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.2", 6, "in", true), 0);
	check_eq(alert(&s, 12, "pc", "OTHER", "192.0.2.1", 5, "in", false), 0);
	since = s.now_us - 24 * SAMPLE_HOUR_US;
	struct store_db *db = store_read(s.store);
	struct incident_suppression h = {
		.chamber_id = 1, .cause = "", .peer = "", .sign = "rule:5"
	};
	check_eq(incident_suppress_preview(db, &h, since, &p), 0);
	check_eq(p.incidents, 2);
	check_eq(p.events, 3);
	check_eq(p.companies, 2);
	check_eq(p.by_severity[RECORD_LOG], 1);
	check_eq(p.by_severity[RECORD_CAUTION], 1);
	check_eq(incident_suppress_examples(db, &h, since, ids, 5, &n), 0);
	check_eq(n, 2);
	h.company_id = 1;
	h.sign = "";
	h.cause = "OTHER";
	check_eq(incident_suppress_preview(db, &h, since, &p), 0);
	check_eq(p.incidents, 1);
	check_eq(p.events, 3);
	h.chamber_id = 2;
	check_eq(incident_suppress_preview(db, &h, since, &p), 0);
	check_eq(p.incidents, 0);
	store_read_done(s.store, db);
	sample_close(&s);
}

/* ---- by people ---- */

static int merge(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_merge(db, j->a, j->b, 7, j->now_us);
}

static int unmerge(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_unmerge(db, j->a, 7, j->now_us);
}

static const char everything[] =
    "SELECT state || ' ' || outcome || ' ' || severity || ' ' || stopped || ' ' || "
    "COALESCE(merged_into, 0) || ' ' || (first_us / 3600000000) || ' ' || "
    "(last_us / 3600000000) FROM incident ORDER BY id";

static void merged_and_taken_apart(void)
{
	struct sample s;
	char before[400];

	sample_open(&s);
	accounts(&s);
	check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "in", true), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(alert(&s, 1, "note", "EXPLOIT", "192.0.2.1", 5, "in", false), 0);
	check_eq(alert(&s, 1, "third", "OTHER", "192.0.2.1", 5, "in", true), 0);
	snprintf(before, sizeof(before), "%.399s", sample_text(&s, everything));
	struct job j = { .now_us = s.now_us, .a = 1, .b = 1 };
	check_eq(store_write(s.store, merge, &j), FAIL_CONFLICT);
	j.a = 3; /* into 2, then 2 into 1 */
	j.b = 2;
	check_eq(store_write(s.store, merge, &j), 0);
	j.a = 2;
	j.b = 1;
	check_eq(store_write(s.store, merge, &j), 0);
	check_text(
	    sample_text(&s, "SELECT COALESCE(merged_into, 0) || ' ' || severity FROM "
			    "incident ORDER BY id"),
	    "0 2|1 2|1 0");
	check_eq(store_write(s.store, merge, &j), FAIL_CONFLICT);
	/* More of what was merged goes on there; no new incident, no second first notice. */
	check_eq(alert(&s, 1, "note", "EXPLOIT", "192.0.2.1", 5, "in", false), 0);
	check_eq(alert(&s, 1, "third", "OTHER", "192.0.2.1", 5, "in", true), 0);
	check_eq(sample_int(&s, "SELECT events FROM incident WHERE id = 1"), 3);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 3);
	/* Undone in turn: as it was. */
	j.a = 2;
	check_eq(store_write(s.store, unmerge, &j), 0);
	check_text(
	    sample_text(&s, "SELECT COALESCE(merged_into, 0) FROM incident ORDER "
			    "BY id"),
	    "0|0|2");
	j.a = 3;
	check_eq(store_write(s.store, unmerge, &j), 0);
	check_text(sample_text(&s, everything), before);
	check_eq(store_write(s.store, unmerge, &j), FAIL_MISSING);
	sample_close(&s);
}

static int split(struct store_db *db, void *arg)
{
	struct job *j = arg;

	return incident_split(db, j->split);
}

/* What only the named may see stays theirs, whatever it is put into. */
static void the_confidential_stays_so(void)
{
	static const char named[] = "SELECT incident_id || ':' || account_id FROM "
				    "incident_named ORDER BY incident_id, account_id";
	struct sample s;

	sample_open(&s);
	accounts(&s);
	for (int i = 0; i < 2; i++) {
		check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "in", true), 0);
		s.now_us += SAMPLE_HOUR_US;
	}
	check_eq(alert(&s, 1, "note", "OTHER", "192.0.2.1", 5, "in", true), 0);
	check_eq(alert(&s, 1, "third", "OTHER", "192.0.2.1", 5, "in", true), 0);
	script(&s, "UPDATE incident SET confidential = 1 WHERE id IN (1, 3);"
		   "INSERT INTO incident_named (incident_id, account_id, company_id) "
		   "VALUES (1, 7, 1), (1, 8, 1), (3, 7, 1)");
	struct job j = { .now_us = s.now_us, .a = 1, .b = 2 };
	check_eq(store_write(s.store, merge, &j), 0);
	check_text(
	    sample_text(&s, "SELECT confidential FROM incident ORDER BY id"), "1|1|1");
	check_text(sample_text(&s, named), "1:7|1:8|2:7|2:8|3:7");
	/* Who is named in one of two only does not learn of the other. */
	j = (struct job){ .now_us = s.now_us, .a = 3, .b = 2 };
	check_eq(store_write(s.store, merge, &j), 0);
	check_text(sample_text(&s, named), "1:7|1:8|2:7|3:7");
	j.a = 1;
	check_eq(store_write(s.store, unmerge, &j), 0);
	struct incident_split sp = { .incident_id = 1,
		.account_id = 7,
		.now_us = s.now_us,
		.until_us = s.now_us - 3 * SAMPLE_HOUR_US / 2 };
	j.split = &sp;
	check_eq(store_write(s.store, split, &j), 0);
	check_eq(sample_int(&s, "SELECT confidential FROM incident WHERE id = 4"), 1);
	check_text(sample_text(&s, named), "1:7|1:8|2:7|3:7|4:7|4:8");
	sample_close(&s);
}

static void split_by_hand(void)
{
	struct sample s;

	sample_open(&s);
	accounts(&s);
	for (int i = 0; i < 4; i++) {
		check_eq(alert(&s, 1, "pc", "OTHER", "192.0.2.1", 5, "in", true), 0);
		s.now_us += SAMPLE_HOUR_US;
	}
	struct incident_split sp = {
		.incident_id = 1, .account_id = 7, .now_us = s.now_us
	};
	struct job j = { .split = &sp };
	check_eq(store_write(s.store, split, &j), FAIL_FORMAT);
	sp.from_us = 1;
	check_eq(store_write(s.store, split, &j), FAIL_FORMAT); /* everything */
	sp.from_us = SAMPLE_NOW_US + 2 * SAMPLE_HOUR_US;
	check_eq(store_write(s.store, split, &j), 0);
	check_eq(sp.moved, 2);
	const int64_t first[] = { 1 };
	sp.events = first;
	sp.events_n = 1;
	check_eq(store_write(s.store, split, &j), 0);
	check_text(sample_text(&s, "SELECT events || ' ' || kept || ' ' || state FROM "
				   "incident ORDER BY id"),
	    "1 1 new|2 2 checking|1 1 checking");
	check_text(sample_text(&s,
		       "SELECT CASE WHEN incident_id = 1 THEN 'old' WHEN incident_id = "
		       "(SELECT MAX(id) FROM incident) THEN 'third' ELSE 'second' END "
		       "FROM event ORDER BY id"),
	    "third|old|second|second");
	sp.machine_id = 99;
	check_eq(store_write(s.store, split, &j), FAIL_MISSING);
	sample_close(&s);
}

static int press(struct store_db *db, void *arg)
{
	struct job *j = arg;

	struct incident i;
	int err = incident_foreign(db, j->a, j->b, 7, j->now_us, &i);

	return err < 0 || j->b ? err : notify_tell(db, j->notify, &i, j->now_us);
}

static void the_unknown_machine_is_told(void)
{
	struct sample s;

	sample_open(&s);
	accounts(&s);
	check_eq(sample_send(&s, 1,
		     "{\"event_type\":\"asset\",\"asset\":{\"event\":\"new\"},"
		     "\"otasuke\":{\"machine\":{\"mac\":\"00:00:5e:00:53:77\","
		     "\"kind\":\"camera\"}}}\n"),
	    0);
	struct job j = { .a = 1, .now_us = s.now_us, .notify = &s.journey.notify };
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 0);
	check_eq(store_write(s.store, press, &j), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 1);
	check_text(why(&s, 1), "PRESSED FOREIGN");
	check_eq(sample_int(&s, "SELECT severity FROM incident"), RECORD_CAUTION);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice WHERE step = 'first'"), 2);
	check_text(sample_text(&s, "SELECT state FROM ladder"), "running");
	/* Once more says nothing new. */
	check_eq(store_write(s.store, press, &j), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 2);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM audit WHERE action = "
				"'incident.raise'"),
	    1);
	j.b = 1;
	check_eq(store_write(s.store, press, &j), 0);
	check_text(sample_text(&s, "SELECT outcome FROM incident"), "harmless");
	j.b = 0;
	check_eq(store_write(s.store, press, &j), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 2);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice WHERE step = 'first'"), 4);
	sample_close(&s);
}

CHECK_MAIN(stages_belong_together, late_news_find_their_story,
    the_third_machine_is_urgent, the_machine_counts, what_comes_back_counts,
    what_is_watched_comes_back, all_kinds_are_counted, the_same_at_three_is_one,
    one_place_to_act, silence_has_its_rules, silence_is_counted,
    a_preview_tells_what_it_would_hide, merged_and_taken_apart,
    the_confidential_stays_so, split_by_hand, the_unknown_machine_is_told)
