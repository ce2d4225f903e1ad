/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/dns/dns.h"
#include "gate/app/http/http.h"
#include "gate/app/smtp/smtp.h"
#include "gate/app/tls/tls.h"
#include "gate/event/event.h"
#include "gate/event/names.h"

struct event {
	struct event_conf conf;
	int fd;            /* −1: no EVE */
	bool full;         /* the last write failed; said once */
	struct record rec; /* the one being built */
	struct buf line;   /* the one being encoded */
	struct buf json;   /* the JSON member being built */
	struct arena text; /* JSON members of rec */
	int64_t start_us, now_us;
	struct event_counts counts;
};

/* Whose address is the source (Suricata: LOG_DIR_*). */
enum event_as {
	EVENT_AS_PACKET,
	EVENT_AS_CLIENT, /* from who opened the conversation */
	EVENT_AS_SERVER, /* from who answers */
	EVENT_AS_NOBODY, /* not about a conversation */
};

/* What a record is about; pkt may be NULL at a flow's end, flow and tx may be NULL. */
struct event_about {
	const struct packet *pkt;
	struct flow *flow;
	const struct tx *tx;
	const struct verdict_result *verdict;
};

/* event.c: begins e->rec, and sends it off. */
void event_begin(struct event *e, enum record_kind kind,
    const struct event_about *about, enum event_as as);
void event_send(struct event *e);
/* False when nobody wants this kind: building it can be spared. */
bool event_wants(const struct event *e, enum record_kind kind);
/* Moves e->json into the record as `f`; an empty one is left out. */
void event_json(struct event *e, enum record_field f);
/* A JSON list of texts as `f`; none when `n` is 0. */
void event_list(
    struct event *e, enum record_field f, const struct span *items, unsigned n);
/* A text that is left out when empty. */
void event_text(struct event *e, enum record_field f, struct span s);

/* head.c */
void event_head(struct event *e, const struct event_about *about, enum event_as as);
void event_machine(struct event *e, const struct asset *a);
/* cause, way, stopped and machine, for kinds that travel. */
void event_otasuke(struct event *e, const struct event_about *about);

/* alert.c, drop.c */
void event_alert(
    struct event *e, const struct event_about *about, const struct finding *f);
void event_alert_object(struct event *e, const struct rule *rule, bool blocked);
void event_drop(struct event *e, const struct event_about *about);
void event_verdict_object(struct event *e, const struct event_about *about);

/* own.c: virus, site, app, asset, scanner */
void event_own(
    struct event *e, const struct event_about *about, const struct finding *f);

/* http.c, dns.c, tls.c, smtp.c: the objects, within any kind that carries them. */
void event_http_object(struct event *e, const struct app_http *http);
void event_dns_object(struct event *e, const struct tx *tx);
void event_tls_object(struct event *e, const struct app_tls *tls);
void event_smtp_object(struct event *e, const struct app_smtp *smtp);
/* tx.c */
void event_tx_object(struct event *e, const struct tx *tx);
void event_txs(struct event *e, const struct event_about *about, bool last);
/* fileinfo.c */
void event_file_object(struct event *e, const struct file *file);
void event_files(struct event *e, const struct event_about *about, bool last);
void event_file_list(struct event *e, const struct tx *tx);
/* flow.c */
void event_flow_object(struct event *e, const struct flow *flow);
void event_flow(struct event *e, struct flow *flow);
/* ether.c: MAC addresses, when asked for */
void event_ether_note(const struct packet *pkt);
void event_ether_packet(struct event *e, const struct packet *pkt, bool turned);
void event_ether_flow(struct event *e, const struct flow *flow);
void event_ether_end(struct flow *flow);
/* anomaly.c */
void event_anomalies(struct event *e, const struct event_about *about);
void event_app_anomalies(struct event *e, const struct event_about *about);
