/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/ndpi/ndpi.h"

#include "gate/finding.h"
#include "tests/check.h"

#include <netinet/in.h>
#include <string.h>

#define HEADERS 40u /* IPv4 and TCP without options */

/* RDP's first packet: TPKT, X.224 connection request, negotiation (MS-RDPBCGR 2.2.1.1). */
static const uint8_t rdp[] = { 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0,
	0, 0 };

struct scene {
	struct app_ndpi *ndpi;
	struct flow flow;
	struct arena arena;
	struct packet pkt;
	uint8_t bytes[HEADERS + 64];
};

static void scene_begin(struct scene *s)
{
	*s = (struct scene){ .ndpi = app_ndpi_new() };
	s->flow = (struct flow){ .ip_proto = IPPROTO_TCP, .client_port = 50000 };
	s->flow.server_port = 3389;
	arena_init(&s->arena, 4096);
}

static void scene_end(struct scene *s)
{
	app_ndpi_flow_end(s->ndpi, &s->flow);
	app_ndpi_free(s->ndpi);
	arena_fini(&s->arena);
}

/* A packet of the client with `payload`. */
static void send_payload(struct scene *s, const uint8_t *payload, uint32_t len)
{
	static const uint8_t head[HEADERS] = { 0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0,
		192, 0, 2, 1, 198, 51, 100, 2, 0xc3, 0x50, 0x0d, 0x3d, 0, 0, 0, 1, 0, 0,
		0, 1, 0x50, 0x18, 0x20, 0, 0, 0, 0, 0 };

	memcpy(s->bytes, head, HEADERS);
	memcpy(s->bytes + HEADERS, payload, len);
	s->bytes[3] = (uint8_t)(HEADERS + len);
	arena_reset(&s->arena);
	s->pkt = (struct packet){ .flow = &s->flow,
		.arena = &s->arena,
		.ip = span_of(s->bytes, HEADERS + len),
		.payload = span_of(s->bytes + HEADERS, len),
		.time_us = 1000000 };
	app_ndpi_packet(s->ndpi, &s->pkt);
}

static void remote_control_is_told_once(void)
{
	struct scene s;
	unsigned told = 0;

	scene_begin(&s);
	for (unsigned i = 0; i < 20; i++) {
		send_payload(&s, rdp, sizeof(rdp));
		for (struct finding *f = s.pkt.findings; f; f = f->next) {
			told++;
			check_eq(f->kind, FINDING_APP);
			check_eq(f->wish, FINDING_COUNT);
			check(span_is(f->name, "RDP"));
			check(span_is(f->detail, "remote-control"));
		}
	}
	check_eq(told, 1);
	check_text(s.flow.app_name, "RDP");
	scene_end(&s);
}

static void a_port_alone_decides_nothing(void)
{
	static const uint8_t noise[] = { 0xee, 1, 2, 3, 0xee, 4, 5, 6, 0xee };
	struct scene s;

	scene_begin(&s);
	for (unsigned i = 0; i < APP_NDPI_PACKETS_MAX + 1; i++) {
		send_payload(&s, noise, sizeof(noise));
		check(!s.pkt.findings);
	}
	check(!s.flow.app_name);
	scene_end(&s);
}

static void an_undecided_flow_may_end(void)
{
	static const uint8_t noise[] = { 0xee, 1, 2, 3 };
	struct scene s;

	scene_begin(&s);
	send_payload(&s, noise, sizeof(noise));
	check(s.flow.guess);
	app_ndpi_flow_end(s.ndpi, &s.flow);
	check(!s.flow.guess);
	scene_end(&s);
}

CHECK_MAIN(remote_control_is_told_once, a_port_alone_decides_nothing,
    an_undecided_flow_may_end)
