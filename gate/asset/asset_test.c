/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "gate/finding.h"
#include "gate/flow.h"
#include "tests/check.h"

static struct arena arena;
static struct packet pkt;
static uint8_t frame[64];
static struct asset_table *table;
static int64_t now_us;

static struct addr ip(const char *text)
{
	struct addr a;

	if (addr_parse(text, &a) < 0)
		check(!"address");
	return a;
}

static void start(void)
{
	struct asset_conf conf = { 0 };

	now_us = 1000000000;
	arena_init(&arena, 1 << 20);
	table = asset_new(&conf);
}

static void stop(void)
{
	asset_free(table);
	arena_fini(&arena);
}

static void set_up(uint8_t mac, enum packet_side side)
{
	arena_reset(&arena);
	memset(frame, 0, sizeof(frame));
	frame[6] = 2;
	frame[11] = mac;
	pkt = (struct packet){ .bytes = frame,
		.len = sizeof(frame),
		.mac_dst = frame,
		.mac_src = frame + 6,
		.side = side,
		.arena = &arena,
		.time_us = now_us };
}

static struct finding *run(void)
{
	asset_note(table, &pkt);
	return pkt.findings;
}

static struct finding *send_ip(uint8_t mac, enum packet_side side, const char *src)
{
	set_up(mac, side);
	pkt.ethertype = 0x0800;
	pkt.src = ip(src);
	pkt.dst = ip("203.0.113.10");
	return run();
}

static struct finding *send_arp(uint8_t mac, enum packet_side side, const char *src)
{
	struct addr a = ip(src);

	set_up(mac, side);
	pkt.ethertype = 0x0806;
	memcpy(frame + 14, "\0\1\x08\0\6\4\0\1", 8);
	memcpy(frame + 22, frame + 6, 6);
	memcpy(frame + 28, a.bytes, 4);
	return run();
}

static struct finding *send_dhcp(uint8_t mac, const char *name)
{
	uint8_t m[300] = { 1, 1, 6 };

	m[28] = 2;
	m[33] = mac;
	memcpy(m + 236, "\x63\x82\x53\x63\x0c", 5);
	m[241] = (uint8_t)strlen(name);
	memcpy(m + 242, name, strlen(name));
	set_up(mac, PACKET_SIDE_LAN);
	pkt.ethertype = 0x0800;
	pkt.src = ip("0.0.0.0");
	pkt.ip_proto = 17;
	pkt.src_port = 68;
	pkt.dst_port = 67;
	pkt.payload = span_of(m, sizeof(m));
	return run();
}

static const char *label_of(const char *address)
{
	static char text[128];
	struct addr a = ip(address);
	struct asset *found = asset_find(table, &a);

	if (!found)
		return "nobody";
	asset_label(found, text, sizeof(text));
	return text;
}

/* With a name: told on the packet that completes it. */
static void told_when_name_and_address_are_known(void)
{
	start();
	check(!send_dhcp(1, "keiri-pc"));
	now_us += 100000;
	struct finding *f = send_arp(1, PACKET_SIDE_LAN, "192.168.10.21");
	check(f && f->kind == FINDING_ASSET && f->on && span_is(f->name, "keiri-pc"));
	check(f && f->asset && strcmp(f->asset->kind, "pc") == 0);
	check(f && strcmp(f->asset->name_from, "dhcp") == 0);
	check_text(label_of("192.168.10.21"), "keiri-pc");
	check(!send_arp(1, PACKET_SIDE_LAN, "192.168.10.21"));
	stop();
}

/* Without one: after five seconds, on whoever's packet comes. */
static void told_without_a_name_soon(void)
{
	start();
	check(!send_arp(1, PACKET_SIDE_LAN, "192.168.10.21"));
	now_us += 4000000;
	check(!send_arp(2, PACKET_SIDE_LAN, "192.168.10.22"));
	now_us += 1000000;
	struct finding *f = send_arp(2, PACKET_SIDE_LAN, "192.168.10.22");
	check(f && span_is(f->name, "02:00:00:00:00:01") && f->asset->mac[5] == 1);
	check(f && !f->next);
	stop();
}

static void told_again_when_renamed(void)
{
	start();
	send_dhcp(1, "old");
	check(send_arp(1, PACKET_SIDE_LAN, "192.168.10.21") != NULL);
	now_us += 10000000;
	check(!send_dhcp(1, "new"));
	check_text(label_of("192.168.10.21"), "old");
	now_us += 60000000;
	struct finding *f = send_dhcp(1, "new");
	check(f && !f->on && span_is(f->name, "new"));
	stop();
}

/* The router's MAC carries the whole Internet; only the router's own address is its. */
static void the_router_does_not_swallow_the_internet(void)
{
	static const char *const outside[] = { "203.0.113.1", "198.51.100.2",
		"192.0.2.3", "203.0.113.1", "198.51.100.9" };

	start();
	for (unsigned i = 0; i < 5; i++)
		check(!send_ip(9, PACKET_SIDE_UNKNOWN, outside[i]));
	check_text(label_of("203.0.113.1"), "nobody");
	send_arp(9, PACKET_SIDE_UNKNOWN, "192.168.10.1");
	struct addr router = ip("192.168.10.1");
	struct asset *a = asset_find(table, &router);
	check(a && strcmp(a->kind, "router") == 0);
	send_ip(9, PACKET_SIDE_UNKNOWN, "192.168.20.5");
	check_text(label_of("192.168.20.5"), "nobody");
	stop();
}

static void a_machine_with_many_addresses_routes(void)
{
	char text[32];

	start();
	send_arp(5, PACKET_SIDE_LAN, "192.168.10.254");
	for (unsigned i = 1; i < 20; i++) {
		snprintf(text, sizeof(text), "192.168.77.%u", i);
		send_ip(5, PACKET_SIDE_LAN, text);
	}
	now_us += 5000000;
	struct finding *f = send_arp(5, PACKET_SIDE_LAN, "192.168.10.254");
	check(f && f->on && strcmp(f->asset->kind, "router") == 0);
	check_text(label_of("192.168.77.1"), "nobody");
	check_text(label_of("192.168.77.19"), "nobody");
	check_text(label_of("192.168.10.254"), "02:00:00:00:00:05");
	stop();
}

static void flows_get_their_machines(void)
{
	struct flow flow = { .client = ip("192.168.10.21"),
		.server = ip("203.0.113.10") };
	struct flow from_outside = { .client = ip("203.0.113.66"),
		.server = ip("192.168.10.5"),
		.state = FLOW_ESTABLISHED,
		.server_port = 80 };

	start();
	send_arp(1, PACKET_SIDE_LAN, "192.168.10.21");
	send_arp(2, PACKET_SIDE_LAN, "192.168.10.5");
	set_up(1, PACKET_SIDE_LAN);
	pkt.flow = &flow;
	run();
	check(
	    flow.asset_client && flow.asset_client->mac[5] == 1 && !flow.asset_server);
	set_up(2, PACKET_SIDE_LAN);
	pkt.flow = &from_outside;
	pkt.dir = PACKET_TO_CLIENT;
	pkt.payload = span_text("HTTP/1.1 200 OK");
	run();
	check(from_outside.asset_server && !from_outside.asset_client);
	check_text(from_outside.asset_server->kind, "server");
	now_us += 5000000;
	check(send_arp(1, PACKET_SIDE_LAN, "192.168.10.21") != NULL);
	struct finding *f = send_arp(2, PACKET_SIDE_LAN, "192.168.10.5");
	check(f && f->on && f->asset->mac[5] == 2);
	f = send_dhcp(2, "printer-1"); /* a better guess, told once more */
	check(f && !f->on && strcmp(f->asset->kind, "printer") == 0);
	check(!send_dhcp(2, "printer-1"));
	stop();
}

/* A LAN machine that asks with somebody else's MAC in the message names nobody. */
static void dhcp_for_others_is_ignored(void)
{
	start();
	send_arp(1, PACKET_SIDE_LAN, "192.168.10.21");
	set_up(1, PACKET_SIDE_LAN);
	send_dhcp(1, "mine");
	uint8_t m[300] = { 1, 1, 6 };
	memcpy(m + 236, "\x63\x82\x53\x63\x0c\1x", 7);
	m[28] = 2;
	m[33] = 1;
	set_up(3, PACKET_SIDE_LAN);
	pkt.src = ip("192.168.10.23");
	pkt.ip_proto = 17;
	pkt.dst_port = 67;
	pkt.payload = span_of(m, sizeof(m));
	run();
	check_text(label_of("192.168.10.21"), "mine");
	stop();
}

static void a_flood_is_told_in_portions(void)
{
	unsigned told = 0;

	start();
	for (unsigned i = 0; i < 200; i++) {
		char text[32];
		snprintf(text, sizeof(text), "192.168.10.%u", i + 1);
		send_arp((uint8_t)(i + 1), PACKET_SIDE_LAN, text);
	}
	now_us += 10000000;
	for (unsigned i = 0; i < 300; i++)
		told += send_arp(1, PACKET_SIDE_LAN, "192.168.10.1") != NULL;
	check_eq(told, ASSET_TELL_PER_MINUTE);
	now_us += 61000000;
	for (unsigned i = 0; i < 300; i++)
		told += send_arp(1, PACKET_SIDE_LAN, "192.168.10.1") != NULL;
	check_eq(told, 2 * ASSET_TELL_PER_MINUTE);
	stop();
}

/* The makers' names or the store are missing: the gate starts all the same. */
static void starts_without_its_files(void)
{
	struct asset_conf conf = { .vendors = "/nonexistent/oui.txt",
		.store = "/nonexistent/dir/machines" };

	start();
	asset_free(table);
	table = asset_new(&conf);
	check(table != NULL);
	if (!table)
		return;
	send_arp(1, PACKET_SIDE_LAN, "192.168.10.21");
	check_text(label_of("192.168.10.21"), "02:00:00:00:00:01");
	stop();
}

CHECK_MAIN(told_when_name_and_address_are_known, told_without_a_name_soon,
    told_again_when_renamed, the_router_does_not_swallow_the_internet,
    a_machine_with_many_addresses_routes, flows_get_their_machines,
    dhcp_for_others_is_ignored, a_flood_is_told_in_portions, starts_without_its_files)
