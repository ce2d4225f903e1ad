/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/postgres/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <stdlib.h>
#include <time.h>

/* A server that does not answer must not hold the centre for minutes. */
#define CONNECT_S "5"

/* The server's remarks are not errors; only at a commit they matter (postgres.c). */
static void note_notice(void *arg, const PGresult *r)
{
	struct postgres_db *pg = arg;
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (!severity || strcmp(severity, "WARNING") != 0)
		return;
	if (pg)
		pg->warned = true;
	log_warn("C121", "database: %s", text ? text : "a warning without words");
}

/* What of libpq's words fits in a line of the log; they end with one. */
static void tell(const char *what, const char *words)
{
	log_error("C102", "%s: %.*s", what, (int)strcspn(words, "\n"), words);
}

PGconn *postgres_connect(const char *place)
{
	/* The later one counts: presets, the place, what must be so. */
	const char *keys[] = { "connect_timeout", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "fallback_application_name",
		"dbname", "client_encoding", NULL };
	const char *values[] = { CONNECT_S, "10", "5", "3", "otasuke-center", place,
		"UTF8", NULL };
	PGconn *conn = PQconnectdbParams(keys, values, 1);

	if (conn)
		PQsetNoticeReceiver(conn, note_notice, NULL);
	if (conn && PQstatus(conn) == CONNECTION_OK)
		return conn;
	tell("cannot reach the database", conn ? PQerrorMessage(conn) : "no memory");
	PQfinish(conn);
	return NULL;
}

void postgres_drop(struct postgres_db *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	postgres_forget(pg);
}

int postgres_alive(struct postgres_db *pg)
{
	return pg->conn ? 0 : FAIL_IO;
}

/* "Acknowledged" must mean "on the disk", whatever the server's preset is; a server that
 * waits for its replicas (synchronous_standby_names) goes on doing so. */
static int set_up(struct postgres_db *pg)
{
	int err = postgres_run(pg,
	    "SET search_path = public; SET standard_conforming_strings = on; "
	    "SET timezone = 'UTC'; SET lock_timeout = '10s'; "
	    "SET idle_in_transaction_session_timeout = '5min'; "
	    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; "
	    "SET tcp_keepalives_count = 3");

	if (err < 0 || pg->db.mode != STORE_WRITER)
		return err;
	/* A centre that hangs must not keep the writers' lock from the others for long. */
	return postgres_run(pg,
	    "SET idle_in_transaction_session_timeout = '60s'; "
	    "SELECT set_config('synchronous_commit', 'on', false) "
	    "WHERE current_setting('synchronous_commit') IN ('off', 'local')");
}

int postgres_reopen(struct postgres_db *pg)
{
	if (pg->conn)
		postgres_drop(pg);
	pg->conn = postgres_connect(pg->place);
	if (!pg->conn)
		return FAIL_IO;
	PQsetNoticeReceiver(pg->conn, note_notice, pg);
	int err = set_up(pg);
	if (err < 0)
		postgres_drop(pg);
	return err;
}

static bool is_class(const char *state, const char *class)
{
	return strncmp(state, class, strlen(class)) == 0;
}

static int fail_of(const char *state)
{
	static const struct {
		const char *state;
		int err;
	} rows[] = {
		{ "23505", FAIL_CONFLICT }, /* unique_violation */
		{ "40", FAIL_BUSY },        /* deadlock, serialization */
		{ "55P03", FAIL_BUSY },     /* lock_not_available */
		{ "0A000", FAIL_BUSY }, /* a plan that somebody's migration made old */
		{ "53200", FAIL_MEMORY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is_class(state, rows[i].state))
			return rows[i].err;
	return FAIL_IO;
}

int postgres_judge(struct postgres_db *pg, const PGresult *r, const char *sql)
{
	switch (PQresultStatus(r)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
		return 0;
	default:
		break;
	}
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *words = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	int err = fail_of(state ? state : "08000");
	if (err != FAIL_CONFLICT)
		log_error("C101", "database: %s (%s), in: %.300s",
		    words ? words : "the connection is lost", state ? state : "08000",
		    sql);
	if (PQstatus(pg->conn) == CONNECTION_BAD)
		postgres_drop(pg);
	else if (state && strcmp(state, "0A000") == 0)
		pg->stale = true;
	return err;
}

int postgres_run(struct postgres_db *pg, const char *sql)
{
	int err = postgres_alive(pg);

	if (err < 0)
		return err;
	PGresult *r = PQexec(pg->conn, sql);
	err = postgres_judge(pg, r, sql);
	PQclear(r);
	return err;
}
