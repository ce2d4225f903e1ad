/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <netinet/in.h>
#include <stdio.h>

/* The part that alerts carry too. */
static void put_counts(struct record *r, const struct flow *f)
{
	record_int(
	    r, RECORD_F_FLOW_PKTS_TOSERVER, (int64_t)f->packets[PACKET_TO_SERVER]);
	record_int(
	    r, RECORD_F_FLOW_PKTS_TOCLIENT, (int64_t)f->packets[PACKET_TO_CLIENT]);
	record_int(
	    r, RECORD_F_FLOW_BYTES_TOSERVER, (int64_t)f->bytes[PACKET_TO_SERVER]);
	record_int(
	    r, RECORD_F_FLOW_BYTES_TOCLIENT, (int64_t)f->bytes[PACKET_TO_CLIENT]);
	record_time(r, RECORD_F_FLOW_START, f->start_us);
}

void event_flow_object(struct event *e, const struct flow *f)
{
	struct record *r = &e->rec;

	put_counts(r, f);
	record_addr(r, RECORD_F_FLOW_SRC_IP, &f->client);
	record_addr(r, RECORD_F_FLOW_DEST_IP, &f->server);
	if (f->ip_proto == IPPROTO_TCP || f->ip_proto == IPPROTO_UDP) {
		record_int(r, RECORD_F_FLOW_SRC_PORT, f->client_port);
		record_int(r, RECORD_F_FLOW_DEST_PORT, f->server_port);
	}
}

static const char *state_name(enum flow_state s)
{
	static const char *const names[] = {
		[FLOW_NEW] = "new",
		[FLOW_ESTABLISHED] = "established",
		[FLOW_CLOSED] = "closed",
	};
	return names[s];
}

static void put_flags(struct event *e, enum record_field f, uint8_t flags)
{
	char text[4];

	snprintf(text, sizeof(text), "%02x", flags);
	record_span(&e->rec, f, arena_copy(&e->text, span_text(text)));
}

static void put_tcp(struct event *e, const struct flow *f)
{
	static const struct {
		uint8_t flag;
		enum record_field field;
	} bits[] = { { PACKET_TCP_SYN, RECORD_F_TCP_SYN },
		{ PACKET_TCP_FIN, RECORD_F_TCP_FIN },
		{ PACKET_TCP_RST, RECORD_F_TCP_RST },
		{ PACKET_TCP_PSH, RECORD_F_TCP_PSH },
		{ PACKET_TCP_ACK, RECORD_F_TCP_ACK },
		{ PACKET_TCP_URG, RECORD_F_TCP_URG },
		{ PACKET_TCP_ECE, RECORD_F_TCP_ECN },
		{ PACKET_TCP_CWR, RECORD_F_TCP_CWR } };

	uint8_t both = f->tcp_flags[0] | f->tcp_flags[1];

	put_flags(e, RECORD_F_TCP_FLAGS, both);
	put_flags(e, RECORD_F_TCP_FLAGS_TS, f->tcp_flags[PACKET_TO_SERVER]);
	put_flags(e, RECORD_F_TCP_FLAGS_TC, f->tcp_flags[PACKET_TO_CLIENT]);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (both & bits[i].flag)
			record_bool(&e->rec, bits[i].field, true);
	record_text(&e->rec, RECORD_F_TCP_STATE, flow_tcp_state_name(f->tcp_state));
}

void event_flow(struct event *e, struct flow *f)
{
	struct event_about about = { NULL, f, NULL, NULL };
	struct record *r = &e->rec;

	e->counts.flows++;
	if (!event_wants(e, RECORD_FLOW))
		return;
	event_begin(e, RECORD_FLOW, &about, EVENT_AS_CLIENT);
	event_ether_flow(e, f);
	put_counts(r, f);
	record_time(r, RECORD_F_FLOW_END, f->last_us);
	record_int(r, RECORD_F_FLOW_AGE, f->last_us / 1000000 - f->start_us / 1000000);
	record_text(r, RECORD_F_FLOW_STATE, state_name(f->state));
	record_text(r, RECORD_F_FLOW_REASON, flow_end_name(f->end));
	record_bool(r, RECORD_F_FLOW_ALERTED, f->alerted);
	if (f->dropped || f->passed)
		record_text(r, RECORD_F_FLOW_ACTION, f->dropped ? "drop" : "pass");
	if (f->tx_count)
		record_int(r, RECORD_F_FLOW_TX_CNT, (int64_t)f->tx_count);
	if (f->ip_proto == IPPROTO_TCP)
		put_tcp(e, f);
	event_send(e);
}
