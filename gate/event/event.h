/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/asset/asset.h"
#include "gate/detect/detect.h"
#include "gate/file/file.h"
#include "gate/verdict/weigh.h"
#include "lib/record/record.h"

/* Decides what is worth telling and writes it: EVE lines to a file, records to the uplink.
 *
 * Owns:    its output file and counters.
 * Borrows: packet, flow, findings during the call.
 * Threads: one struct event per worker; lines are appended with one write each.
 * Limits:  RECORD_TEXT_MAX a field; a record is at most RECORD_JSON_MAX bytes; what does not
 *          fit is counted.
 * Serves:  002-19, 002-56, 002-62 */
struct event;

/* Where records for the centre go (uplink registers; event does not look downstream).
 * `json` is one encoded record, borrowed. */
typedef void event_uplink_fn(void *ctx, const struct record *rec, struct span json);

struct event_conf {
	const char *eve_path; /* NULL: none; "-" standard output */
	int eve_fd; /* what event_open() gave for it before rights were given up, or 0 */
	bool eve_all; /* false: alert, drop and our own kinds only */
	struct asset_table *assets;
	event_uplink_fn *uplink; /* NULL: none */
	void *uplink_ctx;
	const char *in_iface; /* EVE in_iface, or NULL */
	const char *mode;     /* "protect", "observe": heartbeat; NULL: not told */

	/* EVE's options, by the names they have in Suricata. */
	bool ips;                                /* alert.action may be "blocked" */
	bool payload, payload_printable, packet; /* alert */
	bool verdict, drop_verdict;              /* the verdict object in each */
	bool drop_all;    /* drop.flows: all; otherwise once per flow and direction */
	bool drop_alerts; /* drop.alerts */
	bool md5;         /* fileinfo */
	bool bare;        /* alert.metadata: no; alerts without flow and transaction */
	bool ether;       /* ethernet: MAC addresses in each event */
};

struct event_counts {
	uint64_t packets, bytes, alerts, drops, flows, http, dns, tls, smtp, files,
	    malformed;
	uint64_t virus, sites, apps, machines;
	uint64_t exceptions; /* packets out of budget */
	uint64_t in, out;    /* packets from outside, from inside */
	uint64_t local;      /* ARP and DHCP */
	uint64_t lost;       /* records too large, or the disk was full */
};

/* The state of the gate around the worker, for its heartbeat. */
struct event_gate {
	int64_t now_us;
	const struct engine_report *rules; /* NULL: none */
	const char *scanner; /* "up", "down", "none"; NULL: no heartbeat (a replay) */
	uint64_t capture_lost, spool_lost;
	unsigned spool_percent;
	int64_t rules_at_us, signatures_at_us; /* 0: not known */
};

/* Opens an EVE file for appending; negative with the reason logged. */
int event_open(const char *path) must_use;
/* NULL, with the reason logged. */
struct event *event_new(const struct event_conf *conf) __attribute__((malloc));
void event_free(struct event *e);

/* Tells what one packet showed. */
void event_packet(
    struct event *e, const struct packet *pkt, const struct verdict_result *v);
/* Tells a flow's end: its last transactions, then EVE "flow". */
void event_flow_end(struct event *e, struct flow *flow);
/* EVE "stats" and, for the centre, the gate's heartbeat. */
void event_stats(struct event *e, const struct event_gate *gate);
const struct event_counts *event_counts(const struct event *e);
/* From now on the gate runs so: "protect" or "observe" (a fixed text), may alerts say
 * "blocked". */
void event_set_mode(struct event *e, const char *mode, bool ips);
/* Opens the output file again, after somebody moved it away (SIGHUP). */
void event_reopen(struct event *e);
