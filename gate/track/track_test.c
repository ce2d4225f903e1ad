/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/track/track.h"

#include "tests/check.h"

#define SECOND 1000000LL

static struct track *t;
static unsigned ended;
static enum flow_end last_end;
static int64_t last_start;

static void on_end(void *ctx, struct flow *f)
{
	check(ctx == &ended);
	ended++;
	last_end = f->end;
	last_start = f->start_us;
}

static void setup(uint32_t flows_max)
{
	struct track_conf conf = { .flows_max = flows_max, .vlan_in_key = true };

	ended = 0;
	t = track_new(&conf, on_end, &ended);
}

static struct packet packet(uint8_t proto, unsigned src, unsigned dst, int64_t time_us)
{
	struct packet p = {
		.ip_proto = proto, .time_us = time_us, .len = 100, .wire_len = 100
	};

	p.src = addr_v4((uint8_t[]){ 192, 0, 2, (uint8_t)src });
	p.dst = addr_v4((uint8_t[]){ 192, 0, 2, (uint8_t)dst });
	return p;
}

static struct packet udp(
    unsigned src, unsigned src_port, unsigned dst, unsigned dst_port, int64_t time_us)
{
	struct packet p = packet(17, src, dst, time_us);

	p.src_port = (uint16_t)src_port;
	p.dst_port = (uint16_t)dst_port;
	track_packet(t, &p);
	return p;
}

static void both_directions_are_one_flow(void)
{
	setup(0);
	struct packet a = udp(1, 1000, 2, 53, 1), b = udp(2, 53, 1, 1000, 2);
	check(a.flow && a.flow == b.flow);
	check_eq(a.dir, PACKET_TO_SERVER);
	check_eq(b.dir, PACKET_TO_CLIENT);
	check_eq(a.flow->client_port, 1000);
	check_eq(a.flow->state, FLOW_ESTABLISHED);
	check_eq(a.flow->packets[0], 1);
	check_eq(a.flow->bytes[1], 100);
	check(udp(1, 1001, 2, 53, 3).flow != a.flow);
	check(a.flow->id != 0);
	check_eq(track_count(t), 2);
	track_free(t);
	check_eq(ended, 2);
	check_eq(last_end, FLOW_END_SHUTDOWN);
	check_eq(last_start, 3);
}

static void the_id_is_the_same_in_every_run(void)
{
	uint64_t id[2];

	for (unsigned i = 0; i < 2; i++) {
		setup(0);
		id[i] = udp(1, 1000, 2, 53, 77).flow->id;
		track_free(t);
	}
	check_eq(id[0], id[1]);
}

static void vlans_keep_flows_apart(void)
{
	setup(0);
	struct flow *plain = udp(1, 1, 2, 2, 1).flow;
	struct packet p = packet(17, 1, 2, 1);
	p.src_port = 1;
	p.dst_port = 2;
	p.vlan[0] = 7;
	p.vlan_depth = 1;
	track_packet(t, &p);
	check(p.flow && p.flow != plain);
	track_free(t);
}

static void what_has_no_flow(void)
{
	setup(0);
	struct packet p = packet(17, 1, 2, 1);
	p.ip_fragment = true;
	track_packet(t, &p);
	check(!p.flow);
	p.ip_fragment = false;
	p.malformed = true;
	track_packet(t, &p);
	check(!p.flow);
	p = packet(2, 1, 2, 1);
	track_packet(t, &p);
	check(!p.flow);
	check_eq(track_count(t), 0);
	track_free(t);
}

static struct packet icmp(unsigned src, unsigned dst, unsigned type, int64_t time_us)
{
	struct packet p = packet(1, src, dst, time_us);

	p.icmp_type = (uint8_t)type;
	track_packet(t, &p);
	return p;
}

static void echo_and_reply_are_one_flow(void)
{
	setup(0);
	struct packet a = icmp(1, 2, 8, 1), b = icmp(2, 1, 0, 2);
	check(a.flow && a.flow == b.flow);
	check_eq(b.dir, PACKET_TO_CLIENT);
	check_eq(a.flow->icmp_type, 8);
	check_eq(a.flow->client_port, 0);
	check(icmp(2, 1, 8, 3).flow != a.flow);
	track_free(t);
}

static void icmp_errors_belong_to_what_they_are_about(void)
{
	uint8_t quoted[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1,
		192, 0, 2, 2, 0x03, 0xe8, 0, 53 };

	setup(0);
	struct flow *f = udp(1, 1000, 2, 53, 1).flow;
	struct packet p = packet(1, 9, 1, 2);
	p.icmp_type = 3;
	p.payload = span_of(quoted, sizeof(quoted));
	track_packet(t, &p);
	check(p.flow == f);
	check_eq(p.dir, PACKET_TO_CLIENT);
	check_eq(f->state, FLOW_NEW);
	quoted[23] = 54;
	p.flow = NULL;
	track_packet(t, &p);
	check(p.flow && p.flow != f);
	track_free(t);
}

static void idle_flows_end(void)
{
	setup(0);
	udp(1, 1, 2, 53, 0);                      /* new: 30 s */
	udp(3, 1, 2, 53, 0), udp(2, 53, 3, 1, 0); /* established: 300 s */
	track_expire(t, 29 * SECOND, 10);
	check_eq(ended, 0);
	track_expire(t, 32 * SECOND, 10);
	check_eq(ended, 1);
	check_eq(last_end, FLOW_END_TIMEOUT);
	udp(3, 1, 2, 53, 200 * SECOND);
	track_expire(t, 400 * SECOND, 10);
	check_eq(ended, 1);
	track_expire(t, 502 * SECOND, 10);
	check_eq(ended, 2);
	track_free(t);
	check_eq(ended, 2);
}

static void a_packet_after_the_time_out_begins_a_new_flow(void)
{
	setup(0);
	struct flow *f = udp(1, 1, 2, 53, 0).flow;
	uint64_t id = f->id;
	f = udp(1, 1, 2, 53, 31 * SECOND).flow;
	check_eq(ended, 1);
	check(f->id != id);
	check_eq(f->packets[0], 1);
	track_free(t);
}

static void the_longest_idle_makes_room(void)
{
	setup(3);
	for (unsigned i = 0; i < 3; i++)
		udp(1, i + 1, 2, 53, i * SECOND);
	udp(1, 1, 2, 53, 5 * SECOND);
	udp(1, 4, 2, 53, 6 * SECOND);
	check_eq(track_count(t), 3);
	check_eq(ended, 1);
	check_eq(last_end, FLOW_END_FORCED);
	check_eq(last_start, SECOND);
	for (unsigned i = 0; i < 1000; i++)
		udp(1, i, 2, 54, 7 * SECOND + i);
	check_eq(track_count(t), 3);
	track_free(t);
}

static void expiring_stops_when_told(void)
{
	setup(0);
	for (unsigned i = 0; i < 100; i++)
		udp(1, i, 2, 53, 0);
	track_expire(t, 100 * SECOND, 4);
	check_eq(ended, 4);
	track_expire(t, 100 * SECOND, 1000);
	check_eq(ended, 100);
	track_free(t);
}

CHECK_MAIN(both_directions_are_one_flow, the_id_is_the_same_in_every_run,
    vlans_keep_flows_apart, what_has_no_flow, echo_and_reply_are_one_flow,
    icmp_errors_belong_to_what_they_are_about, idle_flows_end,
    a_packet_after_the_time_out_begins_a_new_flow, the_longest_idle_makes_room,
    expiring_stops_when_told)
