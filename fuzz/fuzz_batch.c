/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "center/ingest/ingest.h"
#include "center/journey.h"
#include "center/store/internal.h"

#define NOW_US (INT64_C(1795226400) * 1000000)

static struct store_db *centre(void)
{
	static struct store_db *db;

	if (db)
		return db;
	db = store_db_open(":memory:", STORE_WRITER);
	must(db && store_migrate_db(db, store_migrations) == 0);
	must(
	    store_script(db,
		"INSERT INTO chamber VALUES (1, 'c', '', '', '');"
		"INSERT INTO company (id, chamber_id, name, created_us) "
		"VALUES (1, 1, 'c', 0);"
		"INSERT INTO contact (chamber_id, company_id, channel, address, created_us) "
		"VALUES (1, 1, 'mail', 'a@sample.example', 0);"
		"INSERT INTO site VALUES (1, 1, 's');"
		"INSERT INTO gate (id, company_id, site_id, name) VALUES (1, 1, 1, 'g');") ==
	    0);
	return db;
}

static void check_text(const char *text)
{
	must(strlen(text) <= EVENT_TEXT_MAX);
	for (; *text; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_event(const struct event *e, struct buf *line)
{
	json_error_t where;

	check_text(e->what);
	check_text(e->peer);
	check_text(e->machine.mac);
	check_text(e->machine.name);
	check_text(e->machine.vendor);
	check_text(e->machine.kind);
	must(e->when_us <= NOW_US && e->cause < RECORD_CAUSE_MAX);
	buf_clear(line);
	must(store_unpack_text(e->eve, line) == 0);
	json_t *eve = json_loadb((const char *)line->at, line->len, 0, &where);
	must(eve != NULL);
	json_decref(eve);
}

static int64_t count(struct store_db *db, const char *sql)
{
	int64_t n = 0;

	must(store_get_int(db, &n, sql, STORE_NO_ARGS) == 0);
	return n;
}

/* All that a gate may send, into an empty company: nothing of it makes a statement fail,
 * every refused record is counted, and what was kept is what was counted. */
static void check_journey(struct batch *b)
{
	struct store_db *db = centre();
	struct journey j = { .notify = { .from = "m@centre.example" } };

	must(store_db_begin(db) == 0);
	must(journey_run(db, b, &j) == 0);
	must(!b->again);
	int64_t events = count(db, "SELECT COALESCE(SUM(events), 0) FROM incident");
	must(events <= b->n);
	must(count(db, "SELECT COALESCE(SUM(kept), 0) FROM incident") ==
	     count(db, "SELECT COUNT(*) FROM event"));
	must(
	    count(db,
		"SELECT COUNT(*) FROM incident WHERE first_us > last_us OR events = 0") ==
	    0);
	must(journey_run(db, b, &j) == 0);
	must(b->again);
	must(count(db, "SELECT COALESCE(SUM(events), 0) FROM incident") == events);
	store_db_rollback(db);
}

/* A batch as a gate sends it, or (without zstd's magic number) the lines in it.  Invariants:
 * texts are short and clean, every kept record comes back, the journey never fails. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct batch b = { .gate_id = 1, .boot = "b", .seq = 1 };
	bool packed = len > 3 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0;
	struct span in = span_of(bytes, len);
	struct buf line;
	int err = packed ? ingest_batch_read(&b, in, NOW_US)
			 : ingest_batch_lines(&b, in, NOW_US);

	buf_init(&line, RECORD_JSON_MAX);
	if (err == 0) {
		must(b.n + b.refused_n <= RECORD_BATCH_RECORDS_MAX + 1);
		for (uint32_t i = 0; i < b.n; i++)
			check_event(&b.events[i], &line);
		check_journey(&b);
	}
	buf_fini(&line);
	ingest_batch_fini(&b);
	return 0;
}
