/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/event.h"

#include "gate/event/internal.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int event_open(const char *path)
{
	int fd = strcmp(path, "-") == 0
		     ? dup(STDOUT_FILENO)
		     : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		log_error("G020", "cannot write %s: %s; give another eve.path", path,
		    strerror(errno));
	return fd;
}

struct event *event_new(const struct event_conf *conf)
{
	struct event *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->conf = *conf;
	e->fd = -1;
	if (conf->eve_path)
		e->fd = conf->eve_fd > 0 ? conf->eve_fd : event_open(conf->eve_path);
	if (conf->eve_path && e->fd < 0) {
		free(e);
		return NULL;
	}
	e->start_us = clock_now_us();
	buf_init(&e->line, RECORD_JSON_MAX + 1);
	buf_init(&e->json, RECORD_JSON_MAX);
	arena_init(&e->text, RECORD_JSON_MAX * 2);
	return e;
}

void event_free(struct event *e)
{
	if (!e)
		return;
	if (e->fd >= 0)
		close(e->fd);
	buf_fini(&e->line);
	buf_fini(&e->json);
	arena_fini(&e->text);
	free(e);
}

void event_reopen(struct event *e)
{
	int fd = e->conf.eve_path ? event_open(e->conf.eve_path) : -1;

	if (fd < 0)
		return;
	close(e->fd);
	e->fd = fd;
}

bool event_wants(const struct event *e, enum record_kind kind)
{
	if (record_kind_travels(kind) || kind == RECORD_DROP)
		return e->fd >= 0 || e->conf.uplink;
	return e->fd >= 0 && e->conf.eve_all;
}

void event_begin(struct event *e, enum record_kind kind,
    const struct event_about *about, enum event_as as)
{
	arena_reset(&e->text);
	record_init(&e->rec, kind);
	event_head(e, about, as);
}

/* One write a line, so that lines of several workers never mix. */
static void append(struct event *e)
{
	buf_add_byte(&e->line, '\n');
	bool written = !e->line.overflowed &&
		       write(e->fd, e->line.at, e->line.len) == (ssize_t)e->line.len;
	if (!written && !e->full)
		log_warn("G021", "events are lost: cannot write %s: %s",
		    e->conf.eve_path, strerror(errno));
	e->full = !written;
	e->counts.lost += !written;
}

void event_send(struct event *e)
{
	buf_clear(&e->line);
	record_encode(&e->rec, &e->line);
	if (e->line.overflowed) {
		e->counts.lost++;
		return;
	}
	if (e->conf.uplink && record_kind_travels(e->rec.kind))
		e->conf.uplink(e->conf.uplink_ctx, &e->rec, buf_span(&e->line));
	if (e->fd >= 0)
		append(e);
}

void event_json(struct event *e, enum record_field f)
{
	struct span copy = { 0 };

	if (!e->json.overflowed)
		copy = arena_copy(&e->text, buf_span(&e->json));
	if (copy.len)
		record_span(&e->rec, f, copy);
	buf_clear(&e->json);
}

void event_list(
    struct event *e, enum record_field f, const struct span *items, unsigned n)
{
	if (n == 0)
		return;
	for (unsigned i = 0; i < n; i++) {
		buf_add_byte(&e->json, i ? ',' : '[');
		record_quote(items[i], &e->json);
	}
	buf_add_byte(&e->json, ']');
	event_json(e, f);
}

void event_text(struct event *e, enum record_field f, struct span s)
{
	if (s.len)
		record_span(&e->rec, f, s);
}

#define ETHERTYPE_ARP 0x0806
#define IP_UDP        17
#define DHCP_SERVER   67

/* For the centre's question whether the gate stands where it sees both directions and the
 * office's own talk.  At a mirror port addresses say which way a packet goes. */
static void count_place(struct event *e, const struct packet *pkt)
{
	bool inside = pkt->side == PACKET_SIDE_LAN;

	if (pkt->ethertype == ETHERTYPE_ARP ||
	    (pkt->ip_proto == IP_UDP &&
		(pkt->dst_port == DHCP_SERVER || pkt->src_port == DHCP_SERVER))) {
		e->counts.local++;
		return;
	}
	if (!pkt->src.version)
		return;
	if (pkt->side == PACKET_SIDE_UNKNOWN) {
		bool from = e->conf.assets && asset_is_home(e->conf.assets, &pkt->src);
		bool to = e->conf.assets && asset_is_home(e->conf.assets, &pkt->dst);
		if (from == to)
			return;
		inside = from;
	}
	if (inside)
		e->counts.out++;
	else
		e->counts.in++;
}

static void count(struct event *e, const struct packet *pkt)
{
	if (pkt->time_us > e->now_us)
		e->now_us = pkt->time_us;
	if (!pkt->bytes)
		return; /* made up for a flow's end */
	e->counts.packets++;
	e->counts.bytes += pkt->wire_len;
	e->counts.malformed += pkt->malformed;
	e->counts.exceptions += pkt->out_of_budget;
	count_place(e, pkt);
}

static void tell_finding(
    struct event *e, struct event_about *about, const struct finding *f)
{
	about->tx = f->tx;
	if (f->exception)
		; /* somebody said why it is let be */
	else if (f->kind != FINDING_RULE)
		event_own(e, about, f);
	else if (!f->suppressed && f->wish != FINDING_PASS)
		event_alert(e, about, f);
	about->tx = NULL;
}

/* Tour 11: What is worth telling. */
void event_packet(
    struct event *e, const struct packet *pkt, const struct verdict_result *v)
{
	struct event_about about = { pkt, pkt->flow, NULL, v };

	count(e, pkt);
	if (e->conf.ether)
		event_ether_note(pkt);
	if (pkt->events)
		event_anomalies(e, &about);
	for (const struct finding *f = pkt->findings; f; f = f->next)
		tell_finding(e, &about, f);
	if (v->verdict != VERDICT_PASS && pkt->bytes)
		event_drop(e, &about);
	if (pkt->flow && pkt->flow->txs)
		event_txs(e, &about, false);
}

void event_flow_end(struct event *e, struct flow *flow)
{
	struct event_about about = { NULL, flow, NULL, NULL };

	if (e->now_us < flow->last_us)
		e->now_us = flow->last_us;
	if (flow->txs)
		event_txs(e, &about, true);
	event_flow(e, flow);
	event_ether_end(flow);
}

void event_set_mode(struct event *e, const char *mode, bool ips)
{
	e->conf.mode = mode;
	e->conf.ips = ips;
}

const struct event_counts *event_counts(const struct event *e)
{
	return &e->counts;
}
