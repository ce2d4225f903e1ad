/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "gate/finding.h"
#include "gate/flow.h"
#include "lib/base/log.h"
#include "lib/base/reader.h"

#include <stdio.h>
#include <stdlib.h>

#define ASSET_HOMES_MAX    32u
#define ASSET_PREFIXES_MAX 4u
#define ASSET_NAME_WAIT_US 5000000
#define ASSET_RENAME_US    60000000
#define ASSET_MINUTE_US    60000000
#define ASSET_LOOSE_MAX \
	8u /* home addresses behind one MAC until it counts as a router */
#define ASSET_LOOSE_US     600000000
#define ASSET_STRANGERS    4u
#define ASSET_VOTES        3u
#define ASSET_SAVE_SOON_US 5000000
#define ASSET_SAVE_US      300000000
#define ETHERTYPE_ARP      0x0806
#define PROTO_UDP          17
#define PROTO_ICMP6        58

/* A MAC that forwards addresses from outside: the router, perhaps not yet met itself. */
struct stranger {
	uint8_t mac[6];
	uint8_t votes;
	struct addr last;
};

struct asset_table {
	struct addr_net home[ASSET_HOMES_MAX];
	unsigned homes;
	struct addr_net prefix[ASSET_PREFIXES_MAX]; /* advertised by the router */
	unsigned prefixes;
	const char *store;
	struct asset_vendors *vendors;
	struct asset_map *map;
	struct stranger strangers[ASSET_STRANGERS];
	unsigned next_stranger;
	struct machine *met; /* by this packet */
	int64_t minute_us;   /* start of the minute that `told` counts */
	unsigned told;
	bool changed_soon, changed;
	int64_t saved_us;
};

static const char *const private_ranges[] = { "10.0.0.0/8", "172.16.0.0/12",
	"192.168.0.0/16", "169.254.0.0/16", "fc00::/7" };

static int set_homes(struct asset_table *t, const struct asset_conf *conf)
{
	if (conf->homes > ASSET_HOMES_MAX) {
		log_error("G140", "more than %u home networks", ASSET_HOMES_MAX);
		return FAIL_LIMIT;
	}
	for (unsigned i = 0; i < conf->homes; i++)
		t->home[t->homes++] = conf->home[i];
	if (t->homes)
		return 0;
	for (unsigned i = 0; i < sizeof(private_ranges) / sizeof(private_ranges[0]);
	     i++)
		if (addr_net_parse(private_ranges[i], &t->home[t->homes]) == 0)
			t->homes++;
	return 0;
}

void asset_set_home(struct asset_table *t, const struct addr_net *home, unsigned homes)
{
	struct asset_conf conf = { .home = home, .homes = homes };

	if (homes > ASSET_HOMES_MAX)
		return; /* settings take fewer */
	t->homes = 0;
	(void)!set_homes(t, &conf);
}

struct asset_table *asset_new(const struct asset_conf *conf)
{
	struct asset_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->map = asset_map_new();
	if (!t->map || set_homes(t, conf) < 0)
		goto fail;
	/* Neither is worth a gate that does not start: both say what is wrong. */
	if (conf->vendors)
		t->vendors = asset_vendors_load(conf->vendors);
	if (conf->store && asset_store_load(t->map, conf->store) == 0)
		t->store = conf->store;
	return t;
fail:
	asset_free(t);
	return NULL;
}

void asset_free(struct asset_table *t)
{
	if (!t)
		return;
	if ((t->changed || t->changed_soon) && asset_save(t) < 0)
		log_warn("G144", "machines seen since the last save will count as new");
	asset_map_free(t->map);
	asset_vendors_free(t->vendors);
	free(t);
}

int asset_save(struct asset_table *t)
{
	if (!t->store)
		return 0;
	t->changed = t->changed_soon = false;
	return asset_store_save(t->map, t->store);
}

void asset_idle(struct asset_table *t, int64_t now_us)
{
	int64_t since_us = now_us - t->saved_us;

	if (!t->store || (since_us >= 0 && since_us < ASSET_SAVE_SOON_US))
		return;
	if (!t->changed_soon &&
	    !(t->changed && (since_us < 0 || since_us > ASSET_SAVE_US)))
		return;
	t->saved_us = now_us; /* also when it fails: not again at once */
	if (asset_save(t) < 0)
		t->changed = true;
}

/* --- whose address is it --- */

static bool inside_any(const struct addr_net *nets, unsigned n, const struct addr *ip)
{
	for (unsigned i = 0; i < n; i++)
		if (addr_inside(ip, &nets[i]))
			return true;
	return false;
}

static bool is_link_local(const struct addr *ip)
{
	return (ip->version == 6 && ip->bytes[0] == 0xfe &&
		   (ip->bytes[1] & 0xc0) == 0x80) ||
	       (ip->version == 4 && ip->bytes[0] == 169 && ip->bytes[1] == 254);
}

bool asset_is_home(const struct asset_table *t, const struct addr *ip)
{
	return ip->version && (inside_any(t->home, t->homes, ip) || is_link_local(ip) ||
				  inside_any(t->prefix, t->prefixes, ip));
}

unsigned asset_count(const struct asset_table *t, int64_t since_us)
{
	unsigned n = 0;

	for (struct machine *m = asset_map_next(t->map, NULL); m;
	     m = asset_map_next(t->map, m))
		n += m->asset.last_us >= since_us;
	return n;
}

/* On the WAN side there may be other people's link-local and advertised addresses. */
static bool is_home_from(
    const struct asset_table *t, const struct addr *ip, enum packet_side side)
{
	return side == PACKET_SIDE_WAN
		   ? ip->version && inside_any(t->home, t->homes, ip)
		   : asset_is_home(t, ip);
}

static bool is_machine_address(const struct addr *ip)
{
	static const struct addr none4 = { .version = 4 }, none6 = { .version = 6 };
	uint8_t first = ip->bytes[0];

	if (ip->version == 4) /* multicast, reserved, loopback, this network */
		return first < 224 && first != 127 && first != 0 &&
		       !addr_equal(ip, &none4);
	return ip->version == 6 && first != 0xff && !addr_equal(ip, &none6);
}

struct asset *asset_find(struct asset_table *t, const struct addr *ip)
{
	struct machine *who = asset_map_by_ip(t->map, ip);

	return who ? &who->asset : NULL;
}

/* --- what a machine is --- */

static void guess_kind(struct asset_table *t, struct machine *who, const char *kind,
    enum asset_kind_rank rank)
{
	if (!kind || rank <= who->kind_rank)
		return;
	who->kind_rank = rank;
	t->changed = true;
	if (strcmp(who->asset.kind, kind) == 0)
		return;
	who->asset.kind = kind;
	asset_map_wait(t->map, who); /* ranks only rise: told a few times at most */
}

static void becomes_router(struct asset_table *t, struct machine *who)
{
	if (who->router)
		return;
	who->router = true;
	guess_kind(t, who, "router", ASSET_KIND_ROUTER);
	asset_map_unbind_loose(t->map, who);
}

static struct stranger *find_stranger(struct asset_table *t, const uint8_t mac[6])
{
	for (unsigned i = 0; i < ASSET_STRANGERS; i++)
		if (memcmp(t->strangers[i].mac, mac, 6) == 0)
			return &t->strangers[i];
	return NULL;
}

/* An address from outside came in by this MAC: several different ones make it the router. */
static void vote_router(struct asset_table *t, const struct packet *pkt)
{
	struct stranger *s = find_stranger(t, pkt->mac_src);

	if (!s) {
		s = &t->strangers[t->next_stranger++ % ASSET_STRANGERS];
		*s = (struct stranger){ 0 };
		memcpy(s->mac, pkt->mac_src, 6);
	}
	if (s->votes >= ASSET_VOTES || addr_equal(&s->last, &pkt->src))
		return;
	s->last = pkt->src;
	if (++s->votes < ASSET_VOTES)
		return;
	struct machine *who = asset_map_find(t->map, pkt->mac_src);
	if (who)
		becomes_router(t, who);
}

static struct machine *meet(struct asset_table *t, const uint8_t mac[6], int64_t now_us)
{
	bool fresh;
	struct machine *who = asset_map_touch(t->map, mac, now_us, &fresh);

	t->met = who;
	t->changed = true;
	if (!fresh)
		return who;
	struct asset *a = &who->asset;
	snprintf(
	    a->vendor, sizeof(a->vendor), "%s", asset_vendors_find(t->vendors, mac));
	guess_kind(t, who, asset_kind_of_vendor(a->vendor), ASSET_KIND_VENDOR);
	asset_map_wait(t->map, who);
	struct stranger *s = find_stranger(t, mac);
	if (s && s->votes >= ASSET_VOTES)
		becomes_router(t, who);
	return who;
}

/* An address that was only seen as a source: not when the machine forwards for others. */
static void bind_loose(
    struct asset_table *t, struct machine *who, const struct addr *ip, int64_t now_us)
{
	if (addr_equal(&who->asset.ip4, ip) || addr_equal(&who->asset.ip6, ip) ||
	    who->router)
		return;
	if (asset_map_by_ip(t->map, ip) == who) {
		asset_map_bind(t->map, who, ip, false);
		return;
	}
	if (now_us - who->loose_since_us > ASSET_LOOSE_US) {
		who->loose_since_us = now_us;
		who->loose_ips = 0;
	}
	if (++who->loose_ips > ASSET_LOOSE_MAX)
		becomes_router(t, who);
	else
		asset_map_bind(t->map, who, ip, false);
}

static void take_clue(struct asset_table *t, struct machine *who,
    const struct asset_clue *clue, int64_t now_us)
{
	struct asset *a = &who->asset;

	guess_kind(t, who, clue->kind, clue->kind_rank);
	if (clue->name_rank == ASSET_NAME_NONE || clue->name_rank < who->name_rank ||
	    strcmp(a->name, clue->name) == 0)
		return;
	if (a->told && now_us - who->told_us < ASSET_RENAME_US && a->name[0])
		return; /* one that changes its name all the time: later */
	memcpy(a->name, clue->name, sizeof(a->name));
	who->name_rank = clue->name_rank;
	a->name_from = asset_name_source(clue->name_rank);
	guess_kind(t, who, asset_kind_of_name(a->name), ASSET_KIND_NAME);
	asset_map_wait(t->map, who);
}

/* --- what a frame teaches --- */

/* RFC 826, Ethernet and IPv4 only. */
static void learn_arp(struct asset_table *t, const struct packet *pkt)
{
	struct reader r = reader_of(pkt->bytes, pkt->len);

	if (!pkt->mac_dst)
		return; /* not a whole Ethernet header */
	reader_take(
	    &r, (size_t)(pkt->mac_dst - pkt->bytes) + 14 + 4u * pkt->vlan_depth);
	uint32_t types = reader_be32(&r);
	uint16_t sizes = reader_be16(&r);
	reader_be16(&r); /* operation: either side tells who it is */
	const uint8_t *mac = reader_take(&r, 6), *ip4 = reader_take(&r, 4);
	if (r.ran_short || types != 0x00010800 || sizes != 0x0604 ||
	    memcmp(mac, pkt->mac_src, 6) != 0)
		return;
	struct addr ip = addr_v4(ip4);
	bool home = is_machine_address(&ip) && is_home_from(t, &ip, pkt->side);
	if (!home && pkt->side != PACKET_SIDE_LAN)
		return;
	struct machine *who = meet(t, mac, pkt->time_us);
	if (home)
		asset_map_bind(t->map, who, &ip, true);
}

static void learn_dhcp(struct asset_table *t, const struct packet *pkt)
{
	struct asset_clue clue = { 0 };
	struct machine *who;

	asset_dhcp(pkt->payload, &clue);
	if (clue.request && pkt->side != PACKET_SIDE_WAN &&
	    memcmp(clue.mac, pkt->mac_src, 6) == 0) {
		who = meet(t, clue.mac, pkt->time_us);
		take_clue(t, who, &clue, pkt->time_us);
	} else if (clue.ip.version && asset_is_home(t, &clue.ip)) {
		who = asset_map_find(t->map, clue.mac);
		if (who)
			asset_map_bind(t->map, who, &clue.ip, true);
	}
}

static void learn_udp(
    struct asset_table *t, struct machine *who, const struct packet *pkt)
{
	const struct addr mine[3] = { pkt->src, who->asset.ip4, who->asset.ip6 };
	struct asset_clue clue = { 0 };

	if (pkt->src_port == 5353)
		asset_mdns(pkt->payload, mine, &clue);
	else if (pkt->src_port == 137)
		asset_netbios(pkt->payload, &clue);
	take_clue(t, who, &clue, pkt->time_us);
}

/* RFC 4861 6.1.2: only from a link-local address and with a hop limit of 255. */
static void learn_prefix(struct asset_table *t, const struct packet *pkt)
{
	if (pkt->ip_ttl != 255 || !is_link_local(&pkt->src) ||
	    pkt->side == PACKET_SIDE_LAN)
		return;
	struct addr_net net = asset_ra(pkt->l4);
	if (net.bits && t->prefixes < ASSET_PREFIXES_MAX &&
	    !inside_any(t->prefix, t->prefixes, &net.base))
		t->prefix[t->prefixes++] = net;
}

static void learn_ip(struct asset_table *t, const struct packet *pkt)
{
	if (pkt->ip_proto == PROTO_ICMP6 && pkt->icmp_type == 134)
		learn_prefix(t, pkt);
	if (!is_machine_address(&pkt->src))
		return;
	bool home = is_home_from(t, &pkt->src, pkt->side);
	if (!home && pkt->side != PACKET_SIDE_LAN) {
		vote_router(t, pkt);
		return;
	}
	struct machine *who = meet(t, pkt->mac_src, pkt->time_us);
	if (home)
		bind_loose(t, who, &pkt->src, pkt->time_us);
	if (pkt->ip_proto == PROTO_UDP &&
	    (pkt->src_port == 5353 || pkt->src_port == 137))
		learn_udp(t, who, pkt);
}

static void learn(struct asset_table *t, const struct packet *pkt)
{
	static const uint8_t nobody[6];

	if (pkt->mac_src[0] & 1 || memcmp(pkt->mac_src, nobody, 6) == 0)
		return;
	if (pkt->ethertype == ETHERTYPE_ARP) {
		learn_arp(t, pkt);
		return;
	}
	if (!pkt->src.version || pkt->tunnel_depth)
		return;
	if (pkt->ip_proto == PROTO_UDP && (pkt->dst_port == 67 || pkt->dst_port == 68))
		learn_dhcp(t, pkt);
	learn_ip(t, pkt);
}

/* Somebody outside got an answer from it: it serves. */
static void note_serving(struct asset_table *t, const struct packet *pkt)
{
	const struct flow *flow = pkt->flow;
	struct machine *who = (struct machine *)flow->asset_server;

	if (!who || flow->asset_client || pkt->dir != PACKET_TO_CLIENT ||
	    !pkt->payload.len || flow->state != FLOW_ESTABLISHED ||
	    flow->server_port >= 10000 || who->kind_rank >= ASSET_KIND_SERVES ||
	    asset_is_home(t, &flow->client))
		return;
	guess_kind(t, who, "server", ASSET_KIND_SERVES);
}

static void attribute(struct asset_table *t, struct packet *pkt)
{
	struct flow *flow = pkt->flow;

	if (!flow->asset_client)
		flow->asset_client = asset_find(t, &flow->client);
	if (!flow->asset_server)
		flow->asset_server = asset_find(t, &flow->server);
	note_serving(t, pkt);
}

/* --- telling --- */

static bool within_budget(struct asset_table *t, int64_t now_us)
{
	int64_t since_us = now_us - t->minute_us;

	if (since_us < 0 || since_us >= ASSET_MINUTE_US) {
		t->minute_us = now_us;
		t->told = 0;
	}
	return t->told < ASSET_TELL_PER_MINUTE;
}

static void tell(struct asset_table *t, struct packet *pkt, struct machine *who)
{
	struct asset *a = &who->asset;
	struct finding *f =
	    within_budget(t, pkt->time_us) ? finding_add(pkt, FINDING_ASSET) : NULL;
	if (!f)
		return;
	char label[128];
	asset_label(a, label, sizeof(label));
	f->wish = FINDING_COUNT;
	f->asset = a;
	f->on = !a->told;
	f->name = arena_copy(pkt->arena, span_text(label));
	a->told = true;
	who->told_us = pkt->time_us;
	asset_map_told(who);
	t->told++;
	t->changed_soon = true;
}

static bool is_complete(const struct asset *a)
{
	return a->name[0] && (a->ip4.version || a->ip6.version);
}

static void tell_who_is_ready(struct asset_table *t, struct packet *pkt)
{
	struct machine *who = t->met;

	if (who && who->untold.next != &who->untold && is_complete(&who->asset))
		tell(t, pkt, who);
	who = asset_map_untold(t->map);
	if (!who)
		return;
	int64_t waited_us = pkt->time_us - who->asset.first_us;
	if (waited_us < 0 || waited_us >= ASSET_NAME_WAIT_US)
		tell(t, pkt, who);
}

void asset_note(struct asset_table *t, struct packet *pkt)
{
	t->met = NULL;
	if (pkt->mac_src)
		learn(t, pkt);
	if (pkt->flow)
		attribute(t, pkt);
	tell_who_is_ready(t, pkt);
}

void asset_label(const struct asset *a, char *text, size_t room)
{
	if (a->name[0])
		snprintf(text, room, "%s", a->name);
	else if (a->vendor[0])
		snprintf(text, room, "%s %02x:%02x:%02x", a->vendor, a->mac[3],
		    a->mac[4], a->mac[5]);
	else
		asset_mac_text(a->mac, text);
}
