/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"
#include "lib/base/must.h"

/* What a suppression would have kept silent.  Counts traces when it names a sign or an
 * address, else whole incidents. */

#define VALUES_MAX 16u

struct sql {
	struct buf text;
	struct store_value values[VALUES_MAX];
	unsigned n;
};

static void add(struct sql *q, const char *text, struct store_value value)
{
	must(q->n < VALUES_MAX);
	buf_add_text(&q->text, text);
	q->values[q->n++] = value;
}

static bool by_trace(const struct incident_suppression *s)
{
	return *s->sign || *s->peer;
}

static void add_scope(
    struct sql *q, const struct incident_suppression *s, int64_t since_us)
{
	add(q, " WHERE i.last_us >= ?", STORE_INT(since_us));
	if (s->company_id)
		add(q, " AND i.company_id = ?", STORE_INT(s->company_id));
	add(q,
	    " AND EXISTS (SELECT 1 FROM company c WHERE c.id = i.company_id "
	    "AND c.chamber_id = ?)",
	    STORE_INT(s->chamber_id));
	if (s->machine_id)
		add(q, " AND i.machine_id = ?", STORE_INT(s->machine_id));
	if (*s->cause)
		add(q, " AND i.cause = ?", STORE_TEXT(s->cause));
	for (unsigned c = 0; c < RECORD_CAUSE_MAX; c++)
		if (incident_policy_of(c) == INCIDENT_NEVER)
			buf_addf(&q->text, " AND i.cause <> '%s'", record_cause_id(c));
}

/* "SELECT <columns> FROM … WHERE …" */
static void begin(struct sql *q, const struct incident_suppression *s, int64_t since_us,
    const char *columns)
{
	buf_init(&q->text, 4096);
	q->n = 0;
	buf_addf(&q->text, "SELECT %s FROM incident i%s", columns,
	    by_trace(s) ? " JOIN incident_trace t ON t.incident_id = i.id" : "");
	add_scope(q, s, since_us);
	if (*s->sign)
		add(q, " AND t.sign = ?", STORE_TEXT(s->sign));
	if (*s->peer)
		add(q, " AND t.peer = ?", STORE_TEXT(s->peer));
}

static void run(struct sql *q, struct store_db *db, struct store_rows **rows)
{
	must(!q->text.overflowed);
	store_query(
	    db, rows, buf_text(&q->text), (struct store_args){ q->values, q->n });
	buf_fini(&q->text);
}

static int count(struct store_db *db, const struct incident_suppression *s,
    int64_t since_us, struct incident_preview *p)
{
	struct store_rows *rows;
	struct sql q;

	begin(&q, s, since_us,
	    by_trace(s) ? "i.severity, COUNT(DISTINCT i.id), SUM(t.events)"
			: "i.severity, COUNT(*), SUM(i.events)");
	buf_add_text(&q.text, " GROUP BY i.severity");
	run(&q, db, &rows);
	while (store_next(rows)) {
		int64_t severity = store_col_int(rows, 0);
		if (severity >= RECORD_LOG && severity <= RECORD_URGENT)
			p->by_severity[severity] = store_col_int(rows, 1);
		p->incidents += store_col_int(rows, 1);
		p->events += store_col_int(rows, 2);
	}
	return store_rows_free(rows);
}

static int count_whom(struct store_db *db, const struct incident_suppression *s,
    int64_t since_us, struct incident_preview *p)
{
	struct store_rows *rows;
	struct sql q;

	begin(&q, s, since_us,
	    "COUNT(DISTINCT i.company_id), COUNT(DISTINCT i.machine_id)");
	run(&q, db, &rows);
	if (store_next(rows)) {
		p->companies = store_col_int(rows, 0);
		p->machines = store_col_int(rows, 1);
	}
	return store_rows_free(rows);
}

/* Of very mixed incidents a part is only counted: it may or may not belong here. */
static int count_unknown(struct store_db *db, const struct incident_suppression *s,
    int64_t since_us, struct incident_preview *p)
{
	struct store_rows *rows;
	struct sql q;

	buf_init(&q.text, 4096);
	q.n = 0;
	buf_add_text(&q.text, "SELECT COALESCE(SUM(t.events), 0) FROM incident i JOIN "
			      "incident_trace t ON t.incident_id = i.id");
	add_scope(&q, s, since_us);
	buf_add_text(&q.text, " AND t.sign = '' AND t.peer = ''");
	run(&q, db, &rows);
	if (store_next(rows))
		p->unknown = store_col_int(rows, 0);
	return store_rows_free(rows);
}

int incident_suppress_preview(struct store_db *db, const struct incident_suppression *s,
    int64_t since_us, struct incident_preview *p)
{
	*p = (struct incident_preview){ 0 };
	int err = count(db, s, since_us, p);
	if (err == 0)
		err = count_whom(db, s, since_us, p);
	if (err == 0 && by_trace(s))
		err = count_unknown(db, s, since_us, p);
	return err;
}

int incident_suppress_examples(struct store_db *db,
    const struct incident_suppression *s, int64_t since_us, int64_t *ids, unsigned most,
    unsigned *n)
{
	struct store_rows *rows;
	struct sql q;

	*n = 0;
	begin(&q, s, since_us, "DISTINCT i.id, i.last_us");
	add(&q, " ORDER BY i.last_us DESC, i.id DESC LIMIT ?", STORE_INT(most));
	run(&q, db, &rows);
	while (*n < most && store_next(rows))
		ids[(*n)++] = store_col_int(rows, 0);
	return store_rows_free(rows);
}
