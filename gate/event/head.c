/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <netinet/in.h>
#include <stdio.h>

const char *event_proto_name(uint8_t proto, char *text)
{
	switch (proto) {
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_IGMP:
		return "IGMP";
	case IPPROTO_IPIP:
		return "IP-ENCAP";
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_IPV6:
		return "IPv6";
	case IPPROTO_GRE:
		return "GRE";
	case IPPROTO_ESP:
		return "ESP";
	case IPPROTO_AH:
		return "AH";
	case IPPROTO_ICMPV6:
		return "IPv6-ICMP";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		snprintf(text, 8, "%03u", proto);
		return text;
	}
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

static void put_proto(struct event *e, uint8_t proto)
{
	char text[8];
	const char *name = event_proto_name(proto, text);

	if (name == text)
		record_span(
		    &e->rec, RECORD_F_PROTO, arena_copy(&e->text, span_text(text)));
	else
		record_text(&e->rec, RECORD_F_PROTO, name);
}

static void put_ends(struct event *e, const struct addr *src, uint16_t src_port,
    const struct addr *dst, uint16_t dst_port, bool ports)
{
	record_addr(&e->rec, RECORD_F_SRC_IP, src);
	record_addr(&e->rec, RECORD_F_DEST_IP, dst);
	if (ports) {
		record_int(&e->rec, RECORD_F_SRC_PORT, src_port);
		record_int(&e->rec, RECORD_F_DEST_PORT, dst_port);
	}
}

static void put_packet(struct event *e, const struct packet *p)
{
	if (p->src.version == 0)
		return;
	put_ends(e, &p->src, p->src_port, &p->dst, p->dst_port, has_ports(p->ip_proto));
	put_proto(e, p->ip_proto);
	record_int(&e->rec, RECORD_F_IP_V, p->src.version);
	if (p->ip_proto == IPPROTO_ICMP || p->ip_proto == IPPROTO_ICMPV6) {
		record_int(&e->rec, RECORD_F_ICMP_TYPE, p->icmp_type);
		record_int(&e->rec, RECORD_F_ICMP_CODE, p->icmp_code);
	}
}

static void put_flow(struct event *e, const struct flow *f, bool from_server)
{
	bool ports = has_ports(f->ip_proto);

	if (from_server)
		put_ends(
		    e, &f->server, f->server_port, &f->client, f->client_port, ports);
	else
		put_ends(
		    e, &f->client, f->client_port, &f->server, f->server_port, ports);
	put_proto(e, f->ip_proto);
	record_int(&e->rec, RECORD_F_IP_V, f->client.version);
	if (f->ip_proto == IPPROTO_ICMP || f->ip_proto == IPPROTO_ICMPV6) {
		record_int(&e->rec, RECORD_F_ICMP_TYPE, f->icmp_type);
		record_int(&e->rec, RECORD_F_ICMP_CODE, f->icmp_code);
	}
}

static void put_vlans(struct event *e, const uint16_t *vlan, unsigned depth)
{
	if (depth == 0)
		return;
	for (unsigned i = 0; i < depth; i++)
		buf_addf(&e->json, "%c%u", i ? ',' : '[', vlan[i]);
	buf_add_byte(&e->json, ']');
	event_json(e, RECORD_F_VLAN);
}

static const char *packet_source(const struct packet *p)
{
	if (!p->bytes)
		return "stream (flow timeout)";
	if (p->ip_rebuilt)
		return "defrag";
	if (p->tunnel_depth)
		return p->src.version == 4 ? "ipv4 tunnel" : "ipv6 tunnel";
	return "wire/pcap";
}

void event_head(struct event *e, const struct event_about *about, enum event_as as)
{
	const struct packet *p = about->pkt;
	const struct flow *f = about->flow;

	record_time(&e->rec, RECORD_F_TIMESTAMP, p ? p->time_us : e->now_us);
	if (f)
		record_int(&e->rec, RECORD_F_FLOW_ID, (int64_t)f->id);
	record_text(&e->rec, RECORD_F_IN_IFACE, e->conf.in_iface);
	if (p) {
		if (p->number)
			record_int(&e->rec, RECORD_F_PCAP_CNT, (int64_t)p->number);
		put_vlans(e, p->vlan, p->vlan_depth);
		record_text(&e->rec, RECORD_F_PKT_SRC, packet_source(p));
	} else if (f) {
		put_vlans(e, f->vlan, f->vlan_depth);
	}
	if (as == EVENT_AS_NOBODY)
		return;
	if (f && (as != EVENT_AS_PACKET || !p))
		put_flow(e, f, as == EVENT_AS_SERVER);
	else if (p)
		put_packet(e, p);
	if (e->conf.ether && p)
		event_ether_packet(e, p,
		    as != EVENT_AS_PACKET && (as == EVENT_AS_SERVER) != (p->dir == 1));
	if (about->tx)
		record_int(&e->rec, RECORD_F_TX_ID, (int64_t)about->tx->id);
	if (f && f->app != FLOW_APP_UNKNOWN)
		record_text(&e->rec, RECORD_F_APP_PROTO, flow_app_name(f->app));
	if (f && f->app_orig != FLOW_APP_UNKNOWN)
		record_text(
		    &e->rec, RECORD_F_APP_PROTO_ORIG, flow_app_name(f->app_orig));
}

void event_machine(struct event *e, const struct asset *a)
{
	char *label = arena_alloc(&e->text, 128), *mac = arena_alloc(&e->text, 18);

	if (!label || !mac)
		return;
	asset_label(a, label, 128);
	snprintf(mac, 18, "%02x:%02x:%02x:%02x:%02x:%02x", a->mac[0], a->mac[1],
	    a->mac[2], a->mac[3], a->mac[4], a->mac[5]);
	record_text(&e->rec, RECORD_F_MACHINE_MAC, mac);
	record_text(&e->rec, RECORD_F_MACHINE_NAME, label);
	record_addr(&e->rec, RECORD_F_MACHINE_IP, a->ip4.version ? &a->ip4 : &a->ip6);
	event_text(e, RECORD_F_MACHINE_VENDOR, span_text(a->vendor));
	event_text(e, RECORD_F_MACHINE_KIND, span_text(a->kind));
}

/* A machine that asset/ does not know still has an address. */
static void put_machine_at(
    struct event *e, const struct asset *a, const struct addr *ip)
{
	if (!a)
		a = asset_find(e->conf.assets, ip);
	if (a)
		event_machine(e, a);
	else
		record_addr(&e->rec, RECORD_F_MACHINE_IP, ip);
}

/* Who opened the conversation decides the way; the machine is the company's end of it. */
static void put_way(struct event *e, const struct event_about *about)
{
	const struct flow *f = about->flow;
	const struct packet *p = about->pkt;
	const struct addr *from = f ? &f->client : p ? &p->src : NULL;
	const struct addr *to = f ? &f->server : p ? &p->dst : NULL;

	if (!from || !e->conf.assets || !e->rec.has[RECORD_F_SRC_IP])
		return;
	bool home_from = asset_is_home(e->conf.assets, from);
	bool home_to = asset_is_home(e->conf.assets, to);
	if (!home_from && !home_to)
		return;
	record_text(&e->rec, RECORD_F_WAY,
	    !home_from ? "in"
	    : home_to  ? "local"
		       : "out");
	if (e->rec.has[RECORD_F_MACHINE_MAC])
		return;
	if (home_from)
		put_machine_at(e, f ? f->asset_client : NULL, from);
	else
		put_machine_at(e, f ? f->asset_server : NULL, to);
}

void event_otasuke(struct event *e, const struct event_about *about)
{
	put_way(e, about);
	if (about->verdict)
		record_bool(
		    &e->rec, RECORD_F_STOPPED, about->verdict->verdict != VERDICT_PASS);
	record_text(
	    &e->rec, RECORD_F_CAUSE, record_cause_id(record_cause_get(&e->rec)));
}
