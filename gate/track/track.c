/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/track/track.h"

#include "gate/decode/decode.h"
#include "gate/track/internal.h"
#include "lib/base/must.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FLOWS_MAX       65536u
#define SLAB_FLOWS      64u
#define EXPIRE_EVERY_US 100000
/* A flow moves to the end of its idle list at most this often: most packets then touch no
 * other flow's memory.  Time-outs are late by as much. */
#define RELINK_US    1000000
#define FLOW_ID_MASK ((1ull << 53) - 1) /* what JSON readers keep exactly */

/* One idle list each; within a list all wait equally long, so the oldest is at its head. */
enum idle_class {
	IDLE_TCP_NEW,
	IDLE_TCP_ESTABLISHED,
	IDLE_TCP_CLOSED,
	IDLE_UDP_NEW,
	IDLE_UDP_ESTABLISHED,
	IDLE_OTHER,
	IDLE_CLASSES,
};

struct idle_list {
	struct flow *head, *tail;
	int64_t timeout_us;
};

struct slab {
	struct slab *next;
	struct flow flows[SLAB_FLOWS];
};

struct track {
	struct track_conf conf;
	track_end_fn *end;
	void *end_ctx;
	struct flow **buckets;
	uint32_t mask, count;
	uint64_t seed;
	struct idle_list idle[IDLE_CLASSES];
	int64_t expired_us;  /* when track_expire() last found nothing more to do */
	struct flow *unused; /* chained by hash_next */
	struct slab *slabs;
};

/* What makes two packets belong together, smaller end first.  No padding: it is hashed. */
struct key {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint16_t vlan[PACKET_VLAN_MAX];
	uint8_t version, proto;
};

_Static_assert(sizeof(struct key) == 44, "struct key has padding");

/* The two ends of a packet, as they stand in it. */
struct ends {
	const struct addr *src, *dst;
	uint16_t src_port, dst_port;
	uint8_t proto;
};

static int64_t seconds(uint32_t given, uint32_t otherwise)
{
	return (int64_t)(given ? given : otherwise) * 1000000;
}

struct track *track_new(const struct track_conf *conf, track_end_fn *end, void *ctx)
{
	struct track *t = calloc(1, sizeof(*t));
	uint32_t size = 1;

	if (!t)
		return NULL;
	t->conf = *conf;
	t->end = end;
	t->end_ctx = ctx;
	if (!t->conf.flows_max)
		t->conf.flows_max = FLOWS_MAX;
	while (size < t->conf.flows_max)
		size *= 2;
	t->mask = size - 1;
	t->idle[IDLE_TCP_NEW].timeout_us = seconds(conf->tcp_new_s, 60);
	t->idle[IDLE_TCP_ESTABLISHED].timeout_us =
	    seconds(conf->tcp_established_s, 600);
	t->idle[IDLE_TCP_CLOSED].timeout_us = seconds(conf->tcp_closed_s, 10);
	t->idle[IDLE_UDP_NEW].timeout_us = seconds(conf->udp_new_s, 30);
	t->idle[IDLE_UDP_ESTABLISHED].timeout_us =
	    seconds(conf->udp_established_s, 300);
	t->idle[IDLE_OTHER].timeout_us = seconds(conf->other_s, 30);
	t->buckets = calloc(size, sizeof(*t->buckets));
	if (!t->buckets || getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed)) {
		free(t->buckets);
		free(t);
		return NULL;
	}
	return t;
}

#ifdef OTASUKE_PLAIN_MALLOC
static struct flow *pool_take(struct track *t)
{
	return t->count < t->conf.flows_max ? calloc(1, sizeof(struct flow)) : NULL;
}

static void pool_give(struct track *t, struct flow *f)
{
	(void)t;
	free(f);
}
#else
static void pool_grow(struct track *t)
{
	struct slab *s = malloc(sizeof(*s));

	if (!s)
		return;
	s->next = t->slabs;
	t->slabs = s;
	for (unsigned i = SLAB_FLOWS; i-- > 0;) {
		s->flows[i].hash_next = t->unused;
		t->unused = &s->flows[i];
	}
}

static struct flow *pool_take(struct track *t)
{
	if (t->count >= t->conf.flows_max)
		return NULL;
	if (!t->unused)
		pool_grow(t);
	struct flow *f = t->unused;
	if (f) {
		t->unused = f->hash_next;
		memset(f, 0, sizeof(*f));
	}
	return f;
}

static void pool_give(struct track *t, struct flow *f)
{
	f->hash_next = t->unused;
	t->unused = f;
}
#endif

static void idle_unlink(struct track *t, struct flow *f)
{
	struct idle_list *l = &t->idle[f->idle_class];

	if (f->idle_prev)
		f->idle_prev->idle_next = f->idle_next;
	else
		l->head = f->idle_next;
	if (f->idle_next)
		f->idle_next->idle_prev = f->idle_prev;
	else
		l->tail = f->idle_prev;
}

static void idle_link(struct track *t, struct flow *f, unsigned class)
{
	struct idle_list *l = &t->idle[class];

	f->idle_class = (uint8_t) class;
	f->idle_us = f->last_us;
	f->idle_prev = l->tail;
	f->idle_next = NULL;
	if (l->tail)
		l->tail->idle_next = f;
	else
		l->head = f;
	l->tail = f;
}

static unsigned idle_class_of(const struct flow *f)
{
	if (f->ip_proto == IPPROTO_TCP)
		return f->state == FLOW_NEW           ? IDLE_TCP_NEW
		       : f->state == FLOW_ESTABLISHED ? IDLE_TCP_ESTABLISHED
						      : IDLE_TCP_CLOSED;
	if (f->ip_proto == IPPROTO_UDP)
		return f->state == FLOW_NEW ? IDLE_UDP_NEW : IDLE_UDP_ESTABLISHED;
	return IDLE_OTHER;
}

static void idle_touch(struct track *t, struct flow *f)
{
	unsigned class = idle_class_of(f);

	if (class == f->idle_class && f->last_us - f->idle_us < RELINK_US)
		return;
	idle_unlink(t, f);
	idle_link(t, f, class);
}

static bool is_idle(const struct track *t, const struct flow *f, int64_t now_us)
{
	return now_us - f->last_us > t->idle[f->idle_class].timeout_us;
}

static void end_flow(struct track *t, struct flow *f, enum flow_end why)
{
	struct flow **at = &t->buckets[f->hash & t->mask];

	f->end = why;
	if (t->end)
		t->end(t->end_ctx, f);
	while (*at != f)
		at = &(*at)->hash_next;
	*at = f->hash_next;
	idle_unlink(t, f);
	pool_give(t, f);
	t->count--;
}

static int by_age(const void *a, const void *b)
{
	const struct flow *const *f = a, *const *g = b;

	if ((*f)->start_us != (*g)->start_us)
		return (*f)->start_us < (*g)->start_us ? -1 : 1;
	return 0;
}

static void end_all(struct track *t)
{
	struct flow **all = calloc(t->count ? t->count : 1, sizeof(*all));
	uint32_t n = 0;

	for (unsigned c = 0; c < IDLE_CLASSES; c++)
		for (struct flow *f = t->idle[c].head; all && f; f = f->idle_next)
			all[n++] = f;
	if (all)
		qsort(all, n, sizeof(struct flow *), by_age);
	for (uint32_t i = 0; i < n; i++)
		end_flow(t, all[i], FLOW_END_SHUTDOWN);
	free(all);
	/* Without memory for the list they still end, in another order. */
	for (unsigned c = 0; c < IDLE_CLASSES; c++)
		while (t->idle[c].head)
			end_flow(t, t->idle[c].head, FLOW_END_SHUTDOWN);
}

void track_free(struct track *t)
{
	if (!t)
		return;
	end_all(t);
	while (t->slabs) {
		struct slab *next = t->slabs->next;
		free(t->slabs);
		t->slabs = next;
	}
	free(t->buckets);
	free(t);
}

/* The type that answers an ICMP type, or 255 (RFC 792, 950; RFC 4443 4, 4861, 2894). */
static uint8_t icmp_counterpart(bool v6, uint8_t type)
{
	static const uint8_t pairs4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 },
		{ 17, 18 }, { 10, 9 } };
	static const uint8_t pairs6[][2] = { { 128, 129 }, { 133, 134 }, { 135, 136 },
		{ 130, 131 }, { 139, 140 }, { 141, 142 }, { 144, 145 } };
	const uint8_t(*pairs)[2] = v6 ? pairs6 : pairs4;
	size_t n = v6 ? sizeof(pairs6) / 2 : sizeof(pairs4) / 2;

	for (size_t i = 0; i < n; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
		if (pairs[i][1] == type)
			return pairs[i][0];
	}
	return 255;
}

static bool is_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static struct ends ends_of(const struct packet *pkt)
{
	struct ends e = { &pkt->src, &pkt->dst, pkt->src_port, pkt->dst_port,
		pkt->ip_proto };

	if (is_icmp(pkt->ip_proto)) {
		e.src_port = pkt->icmp_type;
		e.dst_port =
		    icmp_counterpart(pkt->ip_proto == IPPROTO_ICMPV6, pkt->icmp_type);
	}
	return e;
}

static struct key key_of(const struct track *t, const struct packet *pkt, struct ends e)
{
	struct key k;
	int order = memcmp(e.src->bytes, e.dst->bytes, 16);
	unsigned src = order > 0 || (order == 0 && e.src_port > e.dst_port);

	memcpy(k.addr[src], e.src->bytes, 16);
	memcpy(k.addr[!src], e.dst->bytes, 16);
	k.port[src] = e.src_port;
	k.port[!src] = e.dst_port;
	for (unsigned i = 0; i < PACKET_VLAN_MAX; i++)
		k.vlan[i] =
		    t->conf.vlan_in_key && i < pkt->vlan_depth ? pkt->vlan[i] : 0;
	k.version = e.src->version;
	k.proto = e.proto;
	return k;
}

static bool same_vlan(
    const struct track *t, const struct flow *f, const struct packet *pkt)
{
	return !t->conf.vlan_in_key ||
	       (f->vlan_depth == pkt->vlan_depth &&
		   memcmp(f->vlan, pkt->vlan, sizeof(f->vlan)) == 0);
}

/* Whether the ends are the flow's, and in which direction they stand. */
static bool same_ends(const struct flow *f, const struct ends *e, enum packet_dir *dir)
{
	if (f->ip_proto != e->proto)
		return false;
	if (f->key_port[0] == e->src_port && f->key_port[1] == e->dst_port &&
	    addr_equal(&f->client, e->src) && addr_equal(&f->server, e->dst)) {
		*dir = PACKET_TO_SERVER;
		return true;
	}
	*dir = PACKET_TO_CLIENT;
	return f->key_port[0] == e->dst_port && f->key_port[1] == e->src_port &&
	       addr_equal(&f->client, e->dst) && addr_equal(&f->server, e->src);
}

static struct flow *find(struct track *t, const struct packet *pkt,
    const struct ends *e, uint32_t hash, enum packet_dir *dir)
{
	for (struct flow *f = t->buckets[hash & t->mask]; f; f = f->hash_next)
		if (f->hash == hash && same_ends(f, e, dir) && same_vlan(t, f, pkt))
			return f;
	return NULL;
}

static uint32_t hash_of(const struct track *t, const struct key *k)
{
	return (uint32_t)XXH3_64bits_withSeed(k, sizeof(*k), t->seed);
}

/* Makes room when all flows are in use: the one that was idle longest goes. */
static void evict(struct track *t)
{
	struct flow *oldest = NULL;

	for (unsigned c = 0; c < IDLE_CLASSES; c++) {
		struct flow *f = t->idle[c].head;
		if (f && (!oldest || f->idle_us < oldest->idle_us))
			oldest = f;
	}
	if (oldest)
		end_flow(t, oldest, FLOW_END_FORCED);
}

/* From the key and the time, not from the secret seed: the same capture gives the same
 * numbers again, and EVE tells nothing about the hash table. */
static uint64_t id_of(const struct key *k, const struct packet *pkt)
{
	uint64_t id = XXH3_64bits_withSeed(
			  k, sizeof(*k), (uint64_t)pkt->time_us ^ pkt->number << 40) &
		      FLOW_ID_MASK;

	return id ? id : 1;
}

/* The client is who spoke first, but a SYN-ACK is an answer. */
static bool is_answer(const struct packet *pkt)
{
	return pkt->ip_proto == IPPROTO_TCP &&
	       (pkt->tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) ==
		   (PACKET_TCP_SYN | PACKET_TCP_ACK);
}

static void fill_flow(struct flow *f, const struct packet *pkt, const struct ends *e)
{
	bool answer = is_answer(pkt);

	f->client = answer ? *e->dst : *e->src;
	f->server = answer ? *e->src : *e->dst;
	f->key_port[answer] = e->src_port;
	f->key_port[!answer] = e->dst_port;
	if (!is_icmp(e->proto)) {
		f->client_port = f->key_port[0];
		f->server_port = f->key_port[1];
	}
	f->ip_proto = e->proto;
	memcpy(f->vlan, pkt->vlan, sizeof(f->vlan));
	f->vlan_depth = pkt->vlan_depth;
	f->client_side = pkt->side;
	if (answer && pkt->side != PACKET_SIDE_UNKNOWN)
		f->client_side =
		    pkt->side == PACKET_SIDE_LAN ? PACKET_SIDE_WAN : PACKET_SIDE_LAN;
	f->icmp_type = pkt->icmp_type;
	f->icmp_code = pkt->icmp_code;
	f->start_us = f->last_us = pkt->time_us;
}

static struct flow *create(struct track *t, const struct packet *pkt,
    const struct ends *e, const struct key *k, uint32_t hash)
{
	struct flow *f = pool_take(t);

	if (!f) {
		evict(t);
		f = pool_take(t);
	}
	if (!f)
		return NULL;
	fill_flow(f, pkt, e);
	f->id = id_of(k, pkt);
	f->hash = hash;
	f->hash_next = t->buckets[hash & t->mask];
	t->buckets[hash & t->mask] = f;
	idle_link(t, f, idle_class_of(f));
	t->count++;
	return f;
}

static struct flow *find_or_create(
    struct track *t, const struct packet *pkt, enum packet_dir *dir)
{
	struct ends e = ends_of(pkt);
	struct key k = key_of(t, pkt, e);
	uint32_t hash = hash_of(t, &k);
	struct flow *f = find(t, pkt, &e, hash, dir);

	if (f && is_idle(t, f, pkt->time_us)) {
		end_flow(t, f, FLOW_END_TIMEOUT);
		f = NULL;
	} else if (f && pkt->ip_proto == IPPROTO_TCP && track_tcp_begins_anew(f, pkt)) {
		end_flow(t, f, FLOW_END_TCP_REUSE);
		f = NULL;
	}
	if (f)
		return f;
	*dir = is_answer(pkt) ? PACKET_TO_CLIENT : PACKET_TO_SERVER;
	return create(t, pkt, &e, &k, hash);
}

/* An ICMP error belongs to the conversation that it is about. */
static struct flow *find_quoted(
    struct track *t, const struct packet *pkt, enum packet_dir *dir)
{
	struct decode_quoted q;

	if (!is_icmp(pkt->ip_proto) || !decode_quoted(pkt, &q) || is_icmp(q.ip_proto))
		return NULL;
	struct ends e = { &q.src, &q.dst, q.src_port, q.dst_port, q.ip_proto };
	struct key k = key_of(t, pkt, e);
	struct flow *f = find(t, pkt, &e, hash_of(t, &k), dir);
	/* It travels back to who sent the quoted packet. */
	*dir = *dir == PACKET_TO_SERVER ? PACKET_TO_CLIENT : PACKET_TO_SERVER;
	return f && !is_idle(t, f, pkt->time_us) ? f : NULL;
}

static bool has_flow(const struct packet *pkt)
{
	if (pkt->malformed || pkt->ip_fragment || pkt->src.version == 0)
		return false;
	switch (pkt->ip_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_ESP:
		return true;
	case IPPROTO_ICMP:
		return pkt->src.version == 4;
	case IPPROTO_ICMPV6:
		return pkt->src.version == 6;
	default:
		return false;
	}
}

static void count(struct flow *f, const struct packet *pkt)
{
	f->packets[pkt->dir]++;
	f->bytes[pkt->dir] += pkt->wire_len > pkt->len ? pkt->wire_len : pkt->len;
	if (pkt->time_us > f->last_us)
		f->last_us = pkt->time_us;
}

void track_packet(struct track *t, struct packet *pkt)
{
	if (!has_flow(pkt))
		return;
	struct flow *f = find_quoted(t, pkt, &pkt->dir);
	bool about = f != NULL;
	if (!f)
		f = find_or_create(t, pkt, &pkt->dir);
	if (!f)
		return;
	pkt->flow = f;
	count(f, pkt);
	if (!about && f->ip_proto == IPPROTO_TCP)
		track_tcp(&t->conf, f, pkt);
	else if (!about && f->packets[0] && f->packets[1])
		f->state = FLOW_ESTABLISHED;
	idle_touch(t, f);
}

/* Ends the head of `l` if its time is over; false when it stays. */
static bool expire_head(struct track *t, struct idle_list *l, int64_t now_us)
{
	struct flow *f = l->head;

	if (!f || now_us - f->idle_us <= l->timeout_us + RELINK_US)
		return false;
	must(is_idle(t, f, now_us)); /* last_us is at most RELINK_US behind idle_us */
	end_flow(t, f, FLOW_END_TIMEOUT);
	return true;
}

void track_expire(struct track *t, int64_t now_us, unsigned most)
{
	if (now_us - t->expired_us < EXPIRE_EVERY_US && now_us >= t->expired_us)
		return;
	for (unsigned c = 0; c < IDLE_CLASSES; c++)
		while (most > 0 && expire_head(t, &t->idle[c], now_us))
			most--;
	if (most > 0)
		t->expired_us = now_us;
}

uint32_t track_count(const struct track *t)
{
	return t->count;
}
