/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/events.h"
#include "gate/track/track.h"

#include "tests/check.h"

enum {
	SYN = PACKET_TCP_SYN,
	ACK = PACKET_TCP_ACK,
	FIN = PACKET_TCP_FIN,
	RST = PACKET_TCP_RST
};

static struct track *t;
static struct packet pkt;
static int64_t now;
static unsigned ended;
static const uint8_t data[65536];

static void on_end(void *ctx, struct flow *f)
{
	(void)ctx;
	(void)f;
	ended++;
}

static void setup(bool midstream)
{
	struct track_conf conf = { .midstream = midstream };

	now = 1;
	ended = 0;
	t = track_new(&conf, on_end, NULL);
}

static void segment(
    bool client, unsigned flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	struct addr c = addr_v4((uint8_t[]){ 192, 0, 2, 1 });
	struct addr s = addr_v4((uint8_t[]){ 192, 0, 2, 2 });

	pkt = (struct packet){ .ip_proto = 6,
		.time_us = ++now,
		.src = client ? c : s,
		.dst = client ? s : c,
		.src_port = client ? 40000 : 80,
		.dst_port = client ? 80 : 40000,
		.tcp_flags = (uint8_t)flags,
		.tcp_seq = seq,
		.tcp_ack = ack,
		.tcp_window = 1000,
		.payload = span_of(data, len) };
}

static struct flow *client(unsigned flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	segment(true, flags, seq, ack, len);
	track_packet(t, &pkt);
	return pkt.flow;
}

static struct flow *server(unsigned flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	segment(false, flags, seq, ack, len);
	track_packet(t, &pkt);
	return pkt.flow;
}

static bool noted(uint16_t code)
{
	for (unsigned i = 0; i < pkt.events; i++)
		if (pkt.event[i] == code)
			return true;
	return false;
}

static void is_ignored(uint16_t code)
{
	check(pkt.tcp_ignored);
	if (!noted(code))
		printf("# not %s\n", decode_event_name(code));
	check(noted(code));
}

/* Client's bytes begin at 101, the server's at 501. */
static struct flow *handshake(void)
{
	struct flow *f = client(SYN, 100, 0, 0);
	check_eq(f->tcp_state, FLOW_TCP_SYN_SENT);
	check_eq(f->state, FLOW_NEW);
	server(SYN | ACK, 500, 101, 0);
	check_eq(f->tcp_state, FLOW_TCP_SYN_RECV);
	client(ACK, 101, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	check_eq(f->state, FLOW_ESTABLISHED);
	check_eq(pkt.events, 0);
	return f;
}

static void a_life_from_syn_to_last_ack(void)
{
	setup(false);
	struct flow *f = handshake();
	client(ACK, 101, 501, 10);
	server(ACK, 501, 111, 20);
	client(ACK | FIN, 111, 521, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSE_WAIT);
	server(ACK | FIN, 521, 112, 0);
	check_eq(f->tcp_state, FLOW_TCP_LAST_ACK);
	client(ACK, 112, 522, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	check_eq(f->state, FLOW_CLOSED);
	check_eq(pkt.events, 0);
	check_eq(f->tcp_flags[0], SYN | ACK | FIN);
	track_free(t);
}

static void the_server_closes_first(void)
{
	setup(false);
	struct flow *f = handshake();
	server(ACK | FIN, 501, 101, 5);
	check_eq(f->tcp_state, FLOW_TCP_FIN_WAIT1);
	client(ACK, 101, 507, 0);
	check_eq(f->tcp_state, FLOW_TCP_FIN_WAIT2);
	client(ACK | FIN, 101, 507, 3);
	check_eq(f->tcp_state, FLOW_TCP_TIME_WAIT);
	server(ACK, 507, 105, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	track_free(t);
}

static void both_close_at_once(void)
{
	setup(false);
	struct flow *f = handshake();
	server(ACK | FIN, 501, 101, 0);
	client(ACK | FIN, 101, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSING);
	server(ACK, 502, 102, 0);
	check_eq(f->tcp_state, FLOW_TCP_TIME_WAIT);
	track_free(t);
}

static void a_syn_ack_tells_who_the_client_is(void)
{
	setup(true);
	struct flow *f = server(SYN | ACK, 500, 101, 0);
	check_eq(pkt.dir, PACKET_TO_CLIENT);
	check_eq(f->client_port, 40000);
	check(f->midstream);
	client(ACK, 101, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	track_free(t);
}

static void midstream_only_when_wanted(void)
{
	setup(false);
	struct flow *f = client(ACK, 101, 501, 10);
	check(pkt.tcp_ignored);
	check_eq(f->tcp_state, FLOW_TCP_NONE);
	client(SYN, 3000, 0, 0);
	check_eq(f->tcp_state, FLOW_TCP_SYN_SENT);
	track_free(t);
	setup(true);
	f = client(ACK, 101, 501, 10);
	check(!pkt.tcp_ignored);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	check(f->midstream);
	server(ACK, 501, 111, 10);
	check(!pkt.tcp_ignored);
	track_free(t);
}

static void a_new_syn_after_the_end_is_a_new_flow(void)
{
	setup(false);
	struct flow *f = handshake();
	client(SYN, 9000, 0, 0);
	is_ignored(STREAM_EST_SYN_RESEND_DIFF_SEQ);
	server(RST | ACK, 501, 101, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	client(SYN, 100, 0, 0);
	is_ignored(STREAM_SHUTDOWN_SYN_RESEND);
	check_eq(ended, 0);
	f = client(SYN, 9000, 0, 0);
	check_eq(ended, 1);
	check_eq(f->tcp_state, FLOW_TCP_SYN_SENT);
	check_eq(f->packets[0], 1);
	track_free(t);
}

static void a_reset_counts_only_inside_the_window(void)
{
	setup(false);
	struct flow *f = handshake();
	server(RST, 400, 0, 0);
	is_ignored(STREAM_EST_PACKET_OUT_OF_WINDOW);
	server(RST, 501 + 1001, 0, 0);
	is_ignored(STREAM_EST_PACKET_OUT_OF_WINDOW);
	server(RST | ACK, 501, 5000, 0);
	is_ignored(STREAM_RST_INVALID_ACK);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	server(RST, 600, 0, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	client(ACK, 101, 501, 10); /* was on its way */
	check(!pkt.tcp_ignored);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	/* The client did not take it and the server goes on: nothing was reset. */
	server(ACK, 501, 101, 10);
	check(noted(STREAM_SUSPECTED_RST_INJECT));
	check(!pkt.tcp_ignored);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	server(ACK, 511, 101, 10);
	check_eq(pkt.events, 0);
	track_free(t);
}

static void a_refused_connection(void)
{
	setup(false);
	struct flow *f = client(SYN, 100, 0, 0);
	server(RST | ACK, 0, 77, 0);
	is_ignored(STREAM_RST_INVALID_ACK);
	server(RST | ACK, 0, 101, 0);
	check_eq(f->tcp_state, FLOW_TCP_CLOSED);
	client(SYN, 100, 0, 0);
	check_eq(ended, 1);
	track_free(t);
	setup(false);
	client(RST, 100, 0, 0);
	is_ignored(STREAM_RST_BUT_NO_SESSION);
	client(FIN, 100, 0, 0);
	is_ignored(STREAM_FIN_BUT_NO_SESSION);
	track_free(t);
}

static void wrong_handshakes(void)
{
	setup(false);
	struct flow *f = client(SYN, 100, 0, 0);
	client(SYN | ACK, 100, 5, 0);
	is_ignored(STREAM_3WHS_SYNACK_IN_WRONG_DIRECTION);
	server(SYN | ACK, 500, 200, 0);
	is_ignored(STREAM_3WHS_SYNACK_WITH_WRONG_ACK);
	server(SYN | ACK, 500, 101, 0);
	server(SYN | ACK, 501, 101, 0);
	check(noted(STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_SEQ));
	client(SYN, 99, 0, 0);
	is_ignored(STREAM_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
	client(ACK, 101, 700, 0);
	is_ignored(STREAM_3WHS_RIGHT_SEQ_WRONG_ACK_EVASION);
	client(ACK, 9999, 501, 0);
	is_ignored(STREAM_3WHS_WRONG_SEQ_WRONG_ACK);
	check_eq(f->tcp_state, FLOW_TCP_SYN_RECV);
	client(ACK, 101, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	track_free(t);
}

static void the_attempt_that_is_acknowledged_counts(void)
{
	setup(false);
	struct flow *f = client(SYN, 100, 0, 0);
	client(SYN, 7000, 0, 0);
	server(SYN | ACK, 500, 101, 0); /* it answers the first */
	check(!pkt.tcp_ignored);
	server(SYN | ACK, 900, 101, 0); /* and once more, having forgotten */
	client(ACK, 101, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	check_eq(f->tcp.isn[0], 100);
	check_eq(f->tcp.isn[1], 500);
	client(ACK, 101, 501, 10);
	check(!pkt.tcp_ignored);
	track_free(t);

	setup(false);
	f = client(SYN, 100, 0, 0);
	server(SYN | ACK, 500, 101, 0);
	client(SYN, 7000, 0, 0);
	is_ignored(STREAM_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
	server(SYN | ACK, 500, 7001, 0);
	check(noted(STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_ACK));
	client(ACK, 7001, 501, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	check_eq(f->tcp.next[0], 7001);
	track_free(t);
}

static void many_syns_are_a_flood(void)
{
	setup(false);
	for (uint32_t i = 0; i < 30; i++)
		client(SYN, 100 * i, 0, 0);
	check(noted(STREAM_3WHS_SYN_FLOOD));
	track_free(t);
}

static void what_the_receiver_does_not_take(void)
{
	setup(false);
	handshake();
	client(ACK, 101, 99999, 10);
	is_ignored(STREAM_EST_INVALID_ACK);
	client(ACK, 101 + 1001, 501, 10);
	is_ignored(STREAM_EST_PACKET_OUT_OF_WINDOW);
	client(ACK, 101, 501, 10);
	check_eq(pkt.events, 0);
	server(ACK, 501, 111, 0);
	client(ACK, 101, 501, 10);
	check(noted(STREAM_PKT_SPURIOUS_RETRANSMISSION));
	client(ACK, 110, 501, 1); /* is anybody there? */
	check(pkt.tcp_ignored);
	check_eq(pkt.events, 0);
	segment(true, ACK, 111, 501, 10);
	pkt.l4_checksum_bad = true;
	track_packet(t, &pkt);
	check(pkt.tcp_ignored);
	check_eq(pkt.flow->tcp.next[0], 111);
	track_free(t);
}

static void windows_are_scaled_when_both_ask(void)
{
	setup(false);
	segment(true, SYN, 100, 0, 0);
	pkt.tcp_opt.has_wscale = true;
	pkt.tcp_opt.wscale = 4;
	track_packet(t, &pkt);
	segment(false, SYN | ACK, 500, 101, 0);
	pkt.tcp_opt.has_wscale = true;
	pkt.tcp_opt.wscale = 2;
	track_packet(t, &pkt);
	client(ACK, 101, 501, 0);
	server(ACK, 501 + 15000, 101, 10);
	check_eq(pkt.events, 0);
	client(ACK, 101 + 1001, 501, 10); /* the SYN-ACK's window was not scaled … */
	check(!pkt.tcp_ignored);          /* … but the segment above was */
	client(ACK, 101 + 4001, 501, 10);
	is_ignored(STREAM_EST_PACKET_OUT_OF_WINDOW);
	track_free(t);
}

static void stamped(
    bool from_client, unsigned flags, uint32_t seq, uint32_t ack, uint32_t ts)
{
	segment(from_client, flags, seq, ack, flags & SYN ? 0 : 10);
	pkt.tcp_opt.has_ts = true;
	pkt.tcp_opt.ts_value = ts;
	track_packet(t, &pkt);
}

static void old_timestamps_mark_old_duplicates(void)
{
	setup(false);
	stamped(true, SYN, 100, 0, 1000);
	stamped(false, SYN | ACK, 500, 101, 77);
	client(ACK, 101, 501, 0);
	stamped(true, ACK, 101, 501, 1010);
	check(!pkt.tcp_ignored);
	stamped(true, ACK, 121, 501, 1030); /* one before it is late */
	stamped(true, ACK, 111, 501, 1020);
	check(!pkt.tcp_ignored);
	stamped(true, ACK, 131, 501, 999);
	is_ignored(STREAM_PKT_INVALID_TIMESTAMP);
	track_free(t);
}

static void sequence_numbers_wrap(void)
{
	setup(false);
	client(SYN, 0xffffffff, 0, 0);
	server(SYN | ACK, 0xfffffff0, 0, 0);
	struct flow *f = client(ACK, 0, 0xfffffff1, 0);
	check_eq(f->tcp_state, FLOW_TCP_ESTABLISHED);
	server(ACK, 0xfffffff1, 0, 100);
	client(ACK, 0, 85, 0);
	check_eq(pkt.events, 0);
	check_eq(f->tcp.next[1], 85);
	track_free(t);
}

CHECK_MAIN(a_life_from_syn_to_last_ack, the_server_closes_first, both_close_at_once,
    a_syn_ack_tells_who_the_client_is, midstream_only_when_wanted,
    a_new_syn_after_the_end_is_a_new_flow, a_reset_counts_only_inside_the_window,
    a_refused_connection, wrong_handshakes, the_attempt_that_is_acknowledged_counts,
    many_syns_are_a_flood, what_the_receiver_does_not_take,
    windows_are_scaled_when_both_ask, old_timestamps_mark_old_duplicates,
    sequence_numbers_wrap)
