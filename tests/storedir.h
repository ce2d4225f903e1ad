/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"
#include "tests/tempdir.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <string.h>
#include <unistd.h>

/* A centre's directory for a test: with a file for SQLite in it, or, when OTASUKE_STORE_URL
 * names a server (tests/postgres.py starts one), with a PostgreSQL database of its own. */
static inline bool storedir_on_postgres(void)
{
	return getenv("OTASUKE_STORE_URL") != NULL;
}

static inline PGconn *storedir_server(const char *server)
{
	PGconn *conn = PQconnectdb(server);

	if (PQstatus(conn) != CONNECTION_OK) {
		fprintf(stderr, "%s", PQerrorMessage(conn));
		exit(1);
	}
	return conn;
}

static inline void storedir_ask(PGconn *conn, const char *sql)
{
	PGresult *r = PQexec(conn, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
		exit(1);
	}
	PQclear(r);
}

/* "otasuke_XXXXXX" from the end of the directory's name. */
static inline void storedir_name(const char *dir, char name[40])
{
	snprintf(name, 40, "\"otasuke_%s\"", strrchr(dir, '-') + 1);
}

/* `dir` has room for 64 bytes. */
static inline const char *storedir_make(char *dir)
{
	const char *server = getenv("OTASUKE_STORE_URL");
	char name[40], sql[80], url[512];

	tempdir_make(dir);
	if (!server)
		return dir;
	storedir_name(dir, name);
	PGconn *conn = storedir_server(server);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	storedir_ask(conn, sql);
	PQfinish(conn);
	/* postgres://…/postgres?host=… : another database of the same server. */
	const char *more = strchr(server, '?');
	int len = (int)(more ? more - server : (ptrdiff_t)strlen(server));
	while (len > 0 && server[len - 1] != '/')
		len--;
	name[strlen(name) - 1] = 0;
	snprintf(url, sizeof(url), "%.*s%s%s", len, server, name + 1, more ? more : "");
	if (store_place_set(dir, url) < 0)
		exit(1);
	return dir;
}

static inline void storedir_remove(const char *dir)
{
	const char *server = getenv("OTASUKE_STORE_URL");
	char name[40], sql[80];

	if (server) {
		storedir_name(dir, name);
		PGconn *conn = storedir_server(server);
		snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", name);
		storedir_ask(conn, sql);
		PQfinish(conn);
	}
	tempdir_remove(dir);
}
