/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/store.h"
#include "lib/record/record.h"

/* Tells another log what happened to incidents: one line for each line of their history, as
 * RFC 5424 with structured data, or as CEF inside it.
 *
 * Over TCP and TLS lines carry their length in front (RFC 6587 section 3.4.1, RFC 5425).
 * How far it has come is a row (export_place): after an outage it goes on a few seconds
 * before where it was, since a connection that ends may have swallowed its last lines: a line
 * may come twice.  Over UDP nobody knows what arrived.
 *
 * Owns:    its thread and connection.
 * Borrows: store and configuration texts, from publish_syslog_start() to _stop().
 * Threads: start and stop by one thread; line.c any.
 * Limits:  PUBLISH_SYSLOG_LINE_MAX a line, longer texts are cut; PUBLISH_SYSLOG_MOST lines a
 *          look, a look each second.  One process of several does it.
 * Serves:  syslog/CEF out. */
#define PUBLISH_SYSLOG_LINE_MAX 4096u
#define PUBLISH_SYSLOG_MOST     500u

struct publish_syslog_conf {
	/* udp://host:514, tcp://host:601, tls://host:6514; NULL: off */
	const char *url;
	const char *ca; /* PEM file for tls; NULL: the system's */
	bool cef;       /* else RFC 5424's structured data */
};

struct publish_syslog;

/* NULL, with the reason logged. */
struct publish_syslog *publish_syslog_start(const struct publish_syslog_conf *conf,
    struct store *store) __attribute__((malloc));
void publish_syslog_stop(struct publish_syslog *s);

/* ---- a line (line.c) ---- */

struct publish_syslog_line {
	int64_t at_us, audit_id, incident_id, company_id, events;
	const char *action, *detail; /* of the history: incident.open "urgent" */
	const char *company, *gate, *machine, *mac, *ip, *what, *peer, *state;
	enum record_cause cause;
	enum record_severity severity;
	bool stopped;
	const char *host; /* of this centre */
};

/* Appends the line, without length or newline.  Whatever stands in the texts: one line, and
 * no field but ours. */
void publish_syslog_write(
    const struct publish_syslog_line *l, bool cef, struct buf *out);
