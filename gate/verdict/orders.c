/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/verdict/orders.h"

#include "gate/detect/detect.h"

#include <netinet/in.h>
#include <stdio.h>

#define ETHER_ARP 0x0806u

bool verdict_machine_parse(const char *text, struct verdict_machine *m)
{
	unsigned b[6];
	char rest;

	*m = (struct verdict_machine){ 0 };
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4],
		&b[5], &rest) == 6) {
		for (unsigned i = 0; i < 6; i++)
			m->mac[i] = (uint8_t)b[i];
		m->by_mac = true;
		return true;
	}
	return addr_parse(text, &m->ip) == 0;
}

static bool is_of(const struct verdict_machine *m, const struct packet *p)
{
	if (!m->by_mac)
		return addr_equal(&m->ip, &p->src) || addr_equal(&m->ip, &p->dst);
	return (p->mac_src && memcmp(p->mac_src, m->mac, 6) == 0) ||
	       (p->mac_dst && memcmp(p->mac_dst, m->mac, 6) == 0);
}

/* What a machine needs to have an address and to be seen: without it people would look for a
 * broken cable. */
static bool is_housekeeping(const struct packet *p)
{
	if (!p->src.version)
		return p->ethertype == ETHER_ARP;
	if (p->ip_proto == IPPROTO_UDP)
		return (p->src_port == 68 && p->dst_port == 67) ||
		       (p->src_port == 67 && p->dst_port == 68) ||
		       (p->src_port == 546 && p->dst_port == 547) ||
		       (p->src_port == 547 && p->dst_port == 546);
	/* Router and neighbour discovery. */
	return p->ip_proto == IPPROTO_ICMPV6 && p->icmp_type >= 133 &&
	       p->icmp_type <= 136;
}

static bool holds(int64_t until_us, const struct packet *p)
{
	return until_us == 0 || p->time_us < until_us;
}

bool verdict_orders_cut(const struct verdict_orders *o, const struct packet *p)
{
	for (unsigned i = 0; i < o->cuts; i++)
		if (is_of(&o->cut[i].machine, p) && holds(o->cut[i].until_us, p))
			return !is_housekeeping(p);
	return false;
}

static bool is_host(const char *host, struct span name)
{
	size_t len = strlen(host);

	if (name.len < len ||
	    strncasecmp((const char *)name.at + name.len - len, host, len) != 0)
		return false;
	return name.len == len || name.at[name.len - len - 1] == '.';
}

/* A virus stays a virus: no exception reaches it. */
static bool is_about(
    const struct verdict_except *e, const struct packet *p, const struct finding *f)
{
	switch (e->what) {
	case VERDICT_HOST:
		return f->kind == FINDING_SITE && is_host(e->host, f->name);
	case VERDICT_SIGNATURE:
		return f->kind == FINDING_RULE && f->rule && f->rule->sid == e->sid;
	default:
		return (f->kind == FINDING_RULE || f->kind == FINDING_SITE ||
			   f->kind == FINDING_APP) &&
		       is_of(&e->machine, p);
	}
}

void verdict_orders_except(const struct verdict_orders *o, struct packet *p)
{
	for (struct finding *f = p->findings; f; f = f->next)
		for (unsigned i = 0; i < o->excepts && !f->exception; i++) {
			const struct verdict_except *e = &o->except[i];
			if (!holds(e->until_us, p) || !is_about(e, p, f))
				continue;
			f->exception = e->id;
			f->suppressed = true;
			f->wish = FINDING_COUNT;
		}
}
