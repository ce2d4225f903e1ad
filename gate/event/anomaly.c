/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/events.h"
#include "gate/decode/events.h"
#include "gate/event/internal.h"

void event_anomalies(struct event *e, const struct event_about *about)
{
	if (!event_wants(e, RECORD_ANOMALY))
		return;
	for (unsigned i = 0; i < about->pkt->events; i++) {
		uint16_t code = about->pkt->event[i];
		event_begin(e, RECORD_ANOMALY, about, EVENT_AS_PACKET);
		record_text(&e->rec, RECORD_F_ANOMALY_TYPE,
		    decode_event_is_stream(code) ? "stream" : "decode");
		record_text(&e->rec, RECORD_F_ANOMALY_EVENT, decode_event_name(code));
		event_send(e);
	}
}

/* "dns.z_flag_set" without the protocol, which stands beside it. */
static const char *bare_name(enum app_event code)
{
	const char *name = app_event_name(code);
	const char *dot = name ? strchr(name, '.') : NULL;
	return dot ? dot + 1 : name;
}

void event_app_anomalies(struct event *e, const struct event_about *about)
{
	const struct tx *tx = about->tx;

	if (!event_wants(e, RECORD_ANOMALY))
		return;
	for (unsigned i = 0; i < tx->event_count; i++) {
		event_begin(e, RECORD_ANOMALY, about, EVENT_AS_CLIENT);
		record_text(&e->rec, RECORD_F_ANOMALY_TYPE, "applayer");
		record_text(&e->rec, RECORD_F_ANOMALY_EVENT, bare_name(tx->events[i]));
		record_text(&e->rec, RECORD_F_ANOMALY_LAYER, "proto_parser");
		record_text(
		    &e->rec, RECORD_F_ANOMALY_APP_PROTO, flow_app_name(tx->app));
		event_send(e);
	}
}
