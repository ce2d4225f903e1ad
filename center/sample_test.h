/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/ingest/ingest.h"
#include "center/journey.h"
#include "lib/base/clock.h"
#include "tests/check.h"
#include "tests/storedir.h"

#include <inttypes.h>

/* A store with a sample chamber, company and two gates, for tests of what happens in the
 * writer.  Ids: chamber 1, company 1, site 1, gates 1 and 2. */
#define SAMPLE_NOW_US  (INT64_C(1795226400) * 1000000) /* 2026-11-21 11:00 in Japan */
#define SAMPLE_HOUR_US INT64_C(3600000000)

struct sample {
	char dir[64];
	struct store *store;
	struct journey journey;
	int64_t now_us, seq;
};

static inline int sample_fill(struct store_db *db, void *arg)
{
	const struct sample *s = arg;
	int err = store_script(db,
	    "INSERT INTO chamber VALUES (1, '岸和田商工会議所（見本）', 'お助け相談窓口', "
	    "'072-555-0100', 'desk@chamber.example');");

	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO company (id, chamber_id, name, sample, created_us) "
		    "VALUES (1, 1, '岸和田ねじ製作所', 1, ?)",
		    STORE_ARGS(STORE_INT(s->now_us)));
	if (err == 0)
		err = store_script(db,
		    "INSERT INTO contact (id, chamber_id, company_id, channel, address, "
		    "position, created_us) VALUES "
		    "(1, 1, 1, 'mail', 'shacho@neji.example', 1, 0), "
		    "(2, 1, 1, 'mail', 'keiri@neji.example', 2, 0);"
		    "INSERT INTO site VALUES (1, 1, '本社');"
		    "INSERT INTO gate (id, company_id, site_id, name, fingerprint) VALUES "
		    "(1, 1, 1, 'gate-1', 'aa'), (2, 1, 1, 'gate-2', 'bb');");
	return err < 0 ? err : store_settle_ids(db);
}

static inline void sample_open(struct sample *s)
{
	*s = (struct sample){ .now_us = SAMPLE_NOW_US,
		.journey.notify = { .portal_url = "https://portal.example",
		    .from = "otasuke@centre.example",
		    .caution_delay_s = 600 } };
	s->store = store_open(storedir_make(s->dir));
	check(s->store != NULL);
	check_eq(store_write(s->store, sample_fill, s), 0);
}

static inline void sample_close(struct sample *s)
{
	store_close(s->store);
	storedir_remove(s->dir);
}

struct sample_batch {
	struct sample *sample;
	struct batch *batch;
};

static inline int sample_run(struct store_db *db, void *arg)
{
	struct sample_batch *sb = arg;

	return journey_run(db, sb->batch, &sb->sample->journey);
}

/* Sends records, one a line, as the next batch of a gate. */
static inline int sample_send(struct sample *s, int64_t gate, const char *lines)
{
	struct batch b = { .gate_id = gate, .boot = "boot", .seq = ++s->seq };
	struct sample_batch sb = { s, &b };
	int err = ingest_batch_lines(&b, span_text(lines), s->now_us);

	if (err == 0)
		err = store_write(s->store, sample_run, &sb);
	ingest_batch_fini(&b);
	return err;
}

/* An alert of a machine; `hours` before now. */
static inline void sample_alert(struct buf *lines, const char *machine,
    const char *cause, bool stopped, int64_t at_us)
{
	char when[40];

	clock_format(at_us, when, sizeof(when));
	buf_addf(lines,
	    "{\"timestamp\":\"%s\",\"event_type\":\"alert\",\"src_ip\":\"192.168.1.23\","
	    "\"dest_ip\":\"198.51.100.7\",\"proto\":\"TCP\",\"alert\":{\"action\":\"%s\","
	    "\"signature_id\":1,\"signature\":\"RULE\"},\"otasuke\":{\"cause\":\"%s\","
	    "\"way\":\"out\",\"stopped\":%s,\"machine\":{\"mac\":\"00:00:5E:00:53:%02x\","
	    "\"name\":\"%s\",\"ip\":\"192.168.1.23\"}}}\n",
	    when, stopped ? "blocked" : "allowed", cause, stopped ? "true" : "false",
	    (unsigned)strlen(machine), machine);
}

static inline int64_t sample_int(struct sample *s, const char *sql)
{
	struct store_db *db = store_read(s->store);
	int64_t n = -1;

	if (store_get_int(db, &n, sql, STORE_NO_ARGS) < 0)
		n = -1;
	store_read_done(s->store, db);
	return n;
}

/* The first column of all rows, with | between. */
static inline const char *sample_text(struct sample *s, const char *sql)
{
	static char text[8192];
	struct store_db *db = store_read(s->store);
	struct store_rows *rows;
	size_t len = 0;

	text[0] = 0;
	store_query(db, &rows, sql, STORE_NO_ARGS);
	while (store_next(rows) && len < sizeof(text))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    len ? "|" : "", store_col_text(rows, 0));
	store_rows_free(rows);
	store_read_done(s->store, db);
	return text;
}
