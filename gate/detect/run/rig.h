/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/detect.h"
#include "gate/finding.h"
#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

/* For tests: an engine from rule text, a flow, and packets made by hand. */
#define RIG_SIDS_MAX 64u

struct rig {
	struct engine *engine;
	struct detect *detect;
	struct flow flow;
	struct arena arena;
	struct packet pkt;
	uint64_t sent[2]; /* bytes of the stream so far */
	uint8_t history[2][65536];
	int64_t now_us;
	uint32_t sids[RIG_SIDS_MAX]; /* alerts of the last packet */
	unsigned sid_count;
	const struct finding *first;
};

static inline struct engine *rig_engine(const char *rules, const char *sites)
{
	char path[] = "/tmp/detect-test-XXXXXX",
	     site_path[] = "/tmp/detect-site-XXXXXX";
	const char *const files[] = { path }, *const lists[] = { site_path };
	const char *const vars[] = { "HOME_NET", "[192.168.0.0/16]" };
	struct buf why;
	int fd = mkstemp(path), site_fd = mkstemp(site_path);

	check(write(fd, rules, strlen(rules)) == (ssize_t)strlen(rules));
	if (sites)
		check(write(site_fd, sites, strlen(sites)) == (ssize_t)strlen(sites));
	buf_init(&why, 4096);
	struct engine *e = engine_build(&(struct engine_source){ .rule_files = files,
					    .rule_file_count = 1,
					    .vars = vars,
					    .var_count = 1,
					    .site_lists = lists,
					    .site_list_count = sites ? 1 : 0 },
	    &why);
	if (!e)
		printf("# %s\n", buf_text(&why));
	for (unsigned i = 0; e && i < engine_report(e).refused; i++)
		printf("# line %u: %s\n", engine_report(e).refusals[i].line,
		    engine_report(e).refusals[i].reason);
	check(e && engine_report(e).refused == 0);
	buf_fini(&why);
	close(fd);
	close(site_fd);
	unlink(path);
	unlink(site_path);
	return e;
}

/* A TCP flow 192.168.1.5:40000 to 203.0.113.9:80, established. */
static inline void rig_open(struct rig *r, const char *rules, const char *sites)
{
	memset(r, 0, sizeof(*r));
	r->engine = rig_engine(rules, sites);
	r->detect = detect_new(r->engine);
	check(r->detect);
	arena_init(&r->arena, 1u << 20);
	addr_parse("192.168.1.5", &r->flow.client);
	addr_parse("203.0.113.9", &r->flow.server);
	r->flow.client_port = 40000;
	r->flow.server_port = 80;
	r->flow.ip_proto = 6;
	r->flow.id = 1;
	r->flow.state = FLOW_ESTABLISHED;
	r->flow.stream[0] = r->flow.stream[1] = (struct stream *)(void *)r;
	r->flow.packets[0] = r->flow.packets[1] = 5;
	r->now_us = 1000000000;
}

static inline void rig_close(struct rig *r)
{
	while (r->flow.txs) {
		detect_tx_end(r->detect, r->flow.txs);
		tx_free(r->flow.txs);
	}
	detect_flow_end(r->detect, &r->flow);
	detect_free(r->detect);
	engine_unref(r->engine);
	arena_fini(&r->arena);
}

static inline void rig_packet(struct rig *r, enum packet_dir dir)
{
	static uint8_t header[20] = { [12] = 0x50 };
	struct flow *f = &r->flow;

	arena_reset(&r->arena);
	r->pkt = (struct packet){ .arena = &r->arena, .flow = f, .dir = dir };
	r->pkt.bytes = header;
	r->pkt.src = dir ? f->server : f->client;
	r->pkt.dst = dir ? f->client : f->server;
	r->pkt.src_port = dir ? f->server_port : f->client_port;
	r->pkt.dst_port = dir ? f->client_port : f->server_port;
	r->pkt.ip_proto = f->ip_proto;
	r->pkt.ip_ttl = 64;
	r->pkt.tcp_flags = PACKET_TCP_ACK | PACKET_TCP_PSH;
	r->pkt.l4 = span_of(header, sizeof(header));
	r->pkt.time_us = r->now_us += 1000;
	f->packets[dir]++;
}

static inline void rig_collect(struct rig *r)
{
	r->sid_count = 0;
	r->first = r->pkt.findings;
	for (const struct finding *f = r->pkt.findings; f; f = f->next)
		if (f->kind == FINDING_RULE && r->sid_count < RIG_SIDS_MAX)
			r->sids[r->sid_count++] = f->rule->sid;
}

/* Sends bytes as one packet and runs detection; returns the number of alerts. */
static inline unsigned rig_send(
    struct rig *r, enum packet_dir dir, const void *bytes, size_t len)
{
	struct chunk c = { .dir = dir };

	rig_packet(r, dir);
	r->pkt.payload = span_of(bytes, len);
	c.bytes = c.window = r->pkt.payload;
	if (r->flow.ip_proto == 6 && len) {
		uint64_t at = r->sent[dir],
			 back = at < STREAM_WINDOW ? at : STREAM_WINDOW;
		memcpy(r->history[dir] + at, bytes, len);
		c.offset = at;
		c.bytes = span_of(r->history[dir] + at, len);
		c.window = span_of(r->history[dir] + at - back, len + back);
		r->sent[dir] += len;
	}
	detect_run(r->detect, &r->pkt, &c);
	rig_collect(r);
	return r->sid_count;
}

static inline unsigned rig_text(struct rig *r, enum packet_dir dir, const char *text)
{
	return rig_send(r, dir, text, strlen(text));
}

static inline bool rig_saw(const struct rig *r, uint32_t sid)
{
	for (unsigned i = 0; i < r->sid_count; i++)
		if (r->sids[i] == sid)
			return true;
	return false;
}
