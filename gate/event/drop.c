/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <netinet/in.h>

static void put_tcp(struct record *r, const struct packet *p)
{
	static const struct {
		uint8_t flag;
		enum record_field field;
	} flags[] = { { PACKET_TCP_SYN, RECORD_F_DROP_SYN },
		{ PACKET_TCP_ACK, RECORD_F_DROP_ACK },
		{ PACKET_TCP_PSH, RECORD_F_DROP_PSH },
		{ PACKET_TCP_RST, RECORD_F_DROP_RST },
		{ PACKET_TCP_URG, RECORD_F_DROP_URG },
		{ PACKET_TCP_FIN, RECORD_F_DROP_FIN } };

	record_int(r, RECORD_F_DROP_TCPSEQ, p->tcp_seq);
	record_int(r, RECORD_F_DROP_TCPACK, p->tcp_ack);
	record_int(r, RECORD_F_DROP_TCPWIN, p->tcp_window);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		record_bool(r, flags[i].field, p->tcp_flags & flags[i].flag);
}

static void put_packet(struct record *r, const struct packet *p)
{
	record_int(r, RECORD_F_DROP_LEN, p->ip.len);
	record_int(r, RECORD_F_DROP_TOS, p->ip_tos);
	record_int(r, RECORD_F_DROP_TTL, p->ip_ttl);
	if (p->src.version == 4)
		record_int(r, RECORD_F_DROP_IPID, p->ip_id);
	if (p->ip_proto == IPPROTO_TCP)
		put_tcp(r, p);
	else if (p->ip_proto == IPPROTO_UDP)
		record_int(r, RECORD_F_DROP_UDPLEN, p->l4.len);
	else if (p->ip_proto == IPPROTO_ICMP || p->ip_proto == IPPROTO_ICMPV6) {
		record_int(r, RECORD_F_DROP_ICMP_ID, p->icmp_id);
		record_int(r, RECORD_F_DROP_ICMP_SEQ, p->icmp_seq);
	}
}

/* A flow that is dropped whole is told once per direction; what a rule stopped, always. */
static bool is_worth_telling(const struct event *e, const struct event_about *about)
{
	struct flow *f = about->flow;

	if (e->conf.drop_all || !f)
		return true;
	uint8_t bit = (uint8_t)(1u << about->pkt->dir);
	bool told = f->drop_told & bit;
	if (f->dropped || about->verdict->standing)
		f->drop_told |= bit;
	return !told || about->verdict->cause;
}

void event_drop(struct event *e, const struct event_about *about)
{
	const struct finding *cause = about->verdict->cause;

	e->counts.drops++;
	if (!is_worth_telling(e, about) || !event_wants(e, RECORD_DROP))
		return;
	event_begin(e, RECORD_DROP, about, EVENT_AS_PACKET);
	if (about->pkt->src.version)
		put_packet(&e->rec, about->pkt);
	record_text(&e->rec, RECORD_F_DROP_REASON, about->verdict->reason);
	if (e->conf.drop_alerts && cause && cause->rule)
		event_alert_object(e, cause->rule, true);
	if (e->conf.drop_verdict || about->verdict->verdict == VERDICT_REJECT)
		event_verdict_object(e, about);
	if (about->flow) {
		record_text(&e->rec, RECORD_F_DIRECTION,
		    about->pkt->dir == PACKET_TO_SERVER ? "to_server" : "to_client");
		event_flow_object(e, about->flow);
	}
	event_send(e);
}
