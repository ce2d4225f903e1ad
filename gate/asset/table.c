/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include <stdlib.h>
#include <sys/random.h>

#define TABLE_BUCKETS   8192u
#define TABLE_PASSER_BY 3u /* frames until a machine counts as one that talks */

struct asset_map {
	struct asset *by_mac[TABLE_BUCKETS];
	struct asset_ip *by_ip[TABLE_BUCKETS];
	struct ring passers, talkers, untold;
	uint64_t seed; /* strangers choose MACs; they shall not choose buckets */
	unsigned used;
	struct machine machines[ASSET_MAX];
};

static struct machine *of_seen(struct ring *r)
{
	return (struct machine *)(void *)((char *)r - offsetof(struct machine, seen));
}

static struct machine *of_untold(struct ring *r)
{
	return (struct machine *)(void *)((char *)r - offsetof(struct machine, untold));
}

static void ring_init(struct ring *r)
{
	r->prev = r->next = r;
}

static void ring_out(struct ring *r)
{
	r->prev->next = r->next;
	r->next->prev = r->prev;
	ring_init(r);
}

/* Puts `r` before `at`. */
static void ring_in(struct ring *at, struct ring *r)
{
	r->prev = at->prev;
	r->next = at;
	at->prev->next = r;
	at->prev = r;
}

static unsigned bucket(const struct asset_map *m, const void *bytes, size_t len)
{
	uint64_t h = m->seed, word;

	for (size_t at = 0; at < len; at += sizeof(word)) {
		size_t n = len - at < sizeof(word) ? len - at : sizeof(word);
		word = 0;
		memcpy(&word, (const uint8_t *)bytes + at, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (unsigned)(h >> 17) % TABLE_BUCKETS;
}

struct asset_map *asset_map_new(void)
{
	struct asset_map *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	if (getrandom(&m->seed, sizeof(m->seed), 0) != (ssize_t)sizeof(m->seed))
		m->seed = (uintptr_t)m;
	ring_init(&m->passers);
	ring_init(&m->talkers);
	ring_init(&m->untold);
	return m;
}

void asset_map_free(struct asset_map *m)
{
	free(m);
}

struct machine *asset_map_find(struct asset_map *m, const uint8_t mac[6])
{
	struct asset *a = m->by_mac[bucket(m, mac, 6)];

	while (a && memcmp(a->mac, mac, 6) != 0)
		a = a->next;
	return (struct machine *)a;
}

static struct asset_ip **find_ip(struct asset_map *m, const struct addr *ip)
{
	struct asset_ip **at = &m->by_ip[bucket(m, ip->bytes, sizeof(ip->bytes))];

	while (*at && !addr_equal(&(*at)->ip, ip))
		at = &(*at)->next;
	return at;
}

struct machine *asset_map_by_ip(struct asset_map *m, const struct addr *ip)
{
	struct asset_ip *found = ip->version ? *find_ip(m, ip) : NULL;

	return found ? found->machine : NULL;
}

static void unbind(struct asset_map *m, struct asset_ip *node)
{
	if (!node->ip.version)
		return;
	struct asset_ip **at = find_ip(m, &node->ip);
	struct asset *a = &node->machine->asset;
	*at = node->next;
	if (addr_equal(&a->ip4, &node->ip))
		a->ip4 = (struct addr){ 0 };
	if (addr_equal(&a->ip6, &node->ip))
		a->ip6 = (struct addr){ 0 };
	*node = (struct asset_ip){ 0 };
}

void asset_map_unbind_loose(struct asset_map *m, struct machine *who)
{
	for (unsigned i = 0; i < ASSET_IPS; i++)
		if (!who->ips[i].sure)
			unbind(m, &who->ips[i]);
}

static bool is_link_local(const struct addr *ip)
{
	return ip->version == 6 && ip->bytes[0] == 0xfe &&
	       (ip->bytes[1] & 0xc0) == 0x80;
}

static void note_address(struct asset *a, const struct addr *ip)
{
	if (ip->version == 4)
		a->ip4 = *ip;
	else if (!a->ip6.version || !is_link_local(ip))
		a->ip6 = *ip;
}

/* In turn; an address of which we are sure gives way only to another such one. */
static struct asset_ip *take_ip(struct machine *who, bool sure)
{
	for (unsigned i = 0; i < ASSET_IPS; i++) {
		struct asset_ip *node = &who->ips[who->next_ip++ % ASSET_IPS];
		if (sure || !node->sure)
			return node;
	}
	return NULL;
}

void asset_map_bind(
    struct asset_map *m, struct machine *who, const struct addr *ip, bool sure)
{
	struct asset_ip *node = *find_ip(m, ip);

	if (node && node->machine != who) {
		unbind(m, node);
		node = NULL;
	}
	if (!node) {
		node = take_ip(who, sure);
		if (!node)
			return;
		unbind(m, node);
		struct asset_ip **at = find_ip(m, ip);
		*node = (struct asset_ip){ .next = *at, .machine = who, .ip = *ip };
		*at = node;
	}
	node->sure |= sure;
	note_address(&who->asset, ip);
}

static void forget(struct asset_map *m, struct machine *who)
{
	struct asset **at = &m->by_mac[bucket(m, who->asset.mac, 6)];

	for (unsigned i = 0; i < ASSET_IPS; i++)
		unbind(m, &who->ips[i]);
	while (*at != &who->asset)
		at = &(*at)->next;
	*at = who->asset.next;
	ring_out(&who->seen);
	ring_out(&who->untold);
}

static struct machine *take_slot(struct asset_map *m)
{
	if (m->used < ASSET_MAX)
		return &m->machines[m->used++];
	struct ring *from = m->passers.prev != &m->passers ? &m->passers : &m->talkers;
	struct machine *oldest = of_seen(from->prev);
	forget(m, oldest);
	return oldest;
}

static struct machine *make(struct asset_map *m, const uint8_t mac[6], int64_t now_us)
{
	struct machine *who = take_slot(m);
	struct asset **at = &m->by_mac[bucket(m, mac, 6)];

	*who = (struct machine){ 0 };
	memcpy(who->asset.mac, mac, 6);
	who->asset.name_from = "";
	who->asset.kind = "";
	who->asset.first_us = now_us;
	who->asset.next = *at;
	*at = &who->asset;
	ring_init(&who->seen);
	ring_init(&who->untold);
	return who;
}

struct machine *asset_map_touch(
    struct asset_map *m, const uint8_t mac[6], int64_t now_us, bool *fresh)
{
	struct machine *who = asset_map_find(m, mac);

	*fresh = !who;
	if (!who)
		who = make(m, mac, now_us);
	if (who->frames < TABLE_PASSER_BY)
		who->frames++;
	struct ring *to = who->frames < TABLE_PASSER_BY ? &m->passers : &m->talkers;
	if (to->next != &who->seen) {
		ring_out(&who->seen);
		ring_in(to->next, &who->seen);
	}
	who->asset.last_us = now_us;
	return who;
}

struct machine *asset_map_next(struct asset_map *m, struct machine *after)
{
	unsigned i = after ? (unsigned)(after - m->machines) + 1 : 0;

	return i < m->used ? &m->machines[i] : NULL;
}

struct machine *asset_map_untold(struct asset_map *m)
{
	return m->untold.next != &m->untold ? of_untold(m->untold.next) : NULL;
}

void asset_map_wait(struct asset_map *m, struct machine *who)
{
	if (who->untold.next == &who->untold)
		ring_in(&m->untold, &who->untold);
}

void asset_map_told(struct machine *who)
{
	ring_out(&who->untold);
}
