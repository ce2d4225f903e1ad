/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <pcap/pcap.h>

#define PAYLOAD_MAX 3000u /* so that its base64 is a RECORD_TEXT */

void event_alert_object(struct event *e, const struct rule *rule, bool blocked)
{
	struct record *r = &e->rec;

	record_text(r, RECORD_F_ALERT_ACTION, blocked ? "blocked" : "allowed");
	record_int(r, RECORD_F_ALERT_GID, rule->gid);
	record_int(r, RECORD_F_ALERT_SID, rule->sid);
	record_int(r, RECORD_F_ALERT_REV, rule->rev);
	record_text(r, RECORD_F_ALERT_MSG, rule->msg);
	record_text(r, RECORD_F_ALERT_CATEGORY, rule->class_text);
	record_int(r, RECORD_F_ALERT_SEVERITY, rule->priority);
	if (!e->conf.bare)
		record_text(r, RECORD_F_ALERT_METADATA, rule->metadata);
}

static void put_base64(
    struct event *e, enum record_field f, const uint8_t *at, size_t len)
{
	size_t room = (len + 2) / 3 * 4 + 1;
	uint8_t *text = len ? arena_alloc(&e->text, room) : NULL;

	if (text)
		record_span(&e->rec, f,
		    span_of(text, (size_t)EVP_EncodeBlock(text, at, (int)len)));
}

static void put_printable(struct event *e, struct span s)
{
	uint8_t *text = s.len ? arena_alloc(&e->text, s.len) : NULL;

	if (!text)
		return;
	for (uint32_t i = 0; i < s.len; i++) {
		bool plain = (s.at[i] >= 0x20 && s.at[i] < 0x7f) || s.at[i] == '\r' ||
			     s.at[i] == '\n';
		text[i] = plain ? s.at[i] : '.';
	}
	record_span(&e->rec, RECORD_F_PAYLOAD_PRINTABLE, span_of(text, s.len));
}

/* The frame; of a rebuilt datagram its last fragment's link header and the whole. */
static void put_packet(struct event *e, const struct packet *pkt)
{
	struct span net = pkt->ip;
	size_t link = pkt->net.at >= pkt->bytes && pkt->net.at <= pkt->bytes + pkt->len
			  ? (size_t)(pkt->net.at - pkt->bytes)
			  : 0;
	struct span all = span_of(pkt->bytes, pkt->len);

	if (pkt->ip_rebuilt) {
		uint8_t *copy = arena_alloc(&e->text, link + net.len);
		if (!copy)
			return;
		memcpy(copy, pkt->bytes, link);
		memcpy(copy + link, net.at, net.len);
		all = span_of(copy, link + net.len);
	}
	put_base64(
	    e, RECORD_F_PACKET, all.at, all.len < PAYLOAD_MAX ? all.len : PAYLOAD_MAX);
	record_int(&e->rec, RECORD_F_PACKET_LINKTYPE, pkt->linktype);
	record_text(&e->rec, RECORD_F_PACKET_LINKNAME,
	    pcap_datalink_val_to_name(pkt->linktype));
}

static void put_bytes(struct event *e, const struct packet *pkt)
{
	struct span payload = pkt->payload;

	if (payload.len > PAYLOAD_MAX)
		payload.len = PAYLOAD_MAX;
	if (e->conf.payload)
		put_base64(e, RECORD_F_PAYLOAD, payload.at, payload.len);
	if (e->conf.payload_printable)
		put_printable(e, payload);
	if (e->conf.payload || e->conf.payload_printable)
		record_int(&e->rec, RECORD_F_STREAM, 0);
	if (e->conf.packet && pkt->bytes)
		put_packet(e, pkt);
}

/* Who is told that the conversation is over; our own findings tell both. */
static const char *reject_target(const struct finding *cause)
{
	const char *action = cause && cause->rule ? cause->rule->action : "rejectboth";

	if (strcmp(action, "rejectdst") == 0)
		return "to_server";
	return strcmp(action, "rejectboth") == 0 ? "both" : "to_client";
}

static const char *verdict_word(const struct verdict_result *v)
{
	if (v->verdict != VERDICT_PASS)
		return "drop";
	return v->cause && v->cause->wish == FINDING_PASS ? "pass" : "alert";
}

void event_verdict_object(struct event *e, const struct event_about *about)
{
	const struct verdict_result *v = about->verdict;

	record_text(&e->rec, RECORD_F_VERDICT_ACTION, verdict_word(v));
	if (v->verdict != VERDICT_REJECT)
		return;
	record_text(&e->rec, RECORD_F_VERDICT_REJECT_TARGET, reject_target(v->cause));
	record_text(&e->rec, RECORD_F_VERDICT_REJECT,
	    about->pkt->ip_proto == IPPROTO_TCP ? "[\"tcp-reset\"]"
						: "[\"icmp-prohib\"]");
}

/* "blocked" speaks of the rule, not of the packet: an alert rule on a packet that another
 * one stops stays "allowed". */
static bool is_blocked(const struct event *e, const struct finding *f)
{
	return f->wish == FINDING_REJECT || (f->wish == FINDING_DROP && e->conf.ips);
}

void event_alert(
    struct event *e, const struct event_about *about, const struct finding *f)
{
	e->counts.alerts++;
	if (about->flow)
		about->flow->alerted = true;
	if (!event_wants(e, RECORD_ALERT))
		return;
	event_begin(e, RECORD_ALERT, about, EVENT_AS_PACKET);
	event_alert_object(e, f->rule, is_blocked(e, f));
	event_text(e, RECORD_F_CLASSTYPE, span_text(f->rule->class_id));
	if (e->conf.verdict || about->verdict->verdict != VERDICT_PASS)
		event_verdict_object(e, about);
	if (about->flow)
		record_text(&e->rec, RECORD_F_DIRECTION,
		    about->pkt->dir == PACKET_TO_SERVER ? "to_server" : "to_client");
	if (about->flow && !e->conf.bare)
		event_flow_object(e, about->flow);
	if (about->tx && !e->conf.bare) {
		event_tx_object(e, about->tx);
		event_file_list(e, about->tx);
	}
	put_bytes(e, about->pkt);
	event_otasuke(e, about);
	event_send(e);
}
