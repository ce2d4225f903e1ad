/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"
#include "lib/base/must.h"

#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/*
 * Puts IP fragments together again (RFC 791 3.2, RFC 8200 4.5).
 *
 * Where fragments overlap, the bytes that came first stay.  What an attacker can make us
 * keep is bounded three ways: datagrams, bytes, age; the oldest goes first.
 */
#define HEADER_MAX   256u
#define RANGES_MAX   128u /* 64 KiB in Ethernet-sized pieces, in the worst order, is 45 */
#define DATAGRAM_MAX 65535u
#define ROOM_STEP    4096u
#define NONE         UINT32_MAX

/* Bytes [from, to) of the datagram's data are here. */
struct range {
	uint16_t from, to;
};

struct datagram_key {
	struct addr src, dst;
	uint32_t id;
	uint16_t vlan[PACKET_VLAN_MAX];
	uint8_t vlan_depth;
	uint8_t proto; /* IPv4 only: RFC 791; IPv6 has it in the first fragment alone */
};

struct datagram {
	struct datagram_key key;
	uint32_t bucket, hash_next; /* indices into datagrams[], NONE at the end */
	uint32_t older, newer;
	int64_t first_us;
	uint8_t *bytes;
	uint32_t room;
	uint32_t total; /* of data; NONE until the last fragment came */
	uint8_t header[HEADER_MAX];
	uint16_t header_len; /* 0 until the first fragment came */
	uint16_t next_at;
	uint8_t proto;
	uint16_t ranges;
	struct range range[RANGES_MAX];
};

struct decode_fragments {
	struct datagram *datagrams;
	uint32_t *buckets;
	uint32_t max, mask, count;
	uint32_t unused; /* head of the free ones, chained by hash_next */
	uint32_t oldest, newest;
	uint64_t bytes, bytes_max;
	uint64_t seed;
};

struct decode_fragments *decode_fragments_new(uint32_t max, uint32_t bytes_max)
{
	struct decode_fragments *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->max = max;
	f->bytes_max = bytes_max;
	for (f->mask = 1; f->mask < max; f->mask *= 2)
		;
	f->buckets = malloc(f->mask * sizeof(*f->buckets));
	f->datagrams = calloc(max, sizeof(*f->datagrams));
	if (!f->buckets || !f->datagrams ||
	    getrandom(&f->seed, sizeof(f->seed), 0) != sizeof(f->seed)) {
		decode_fragments_free(f);
		return NULL;
	}
	for (uint32_t i = 0; i < f->mask; i++)
		f->buckets[i] = NONE;
	f->mask--;
	for (uint32_t i = 0; i < max; i++)
		f->datagrams[i].hash_next = i + 1 < max ? i + 1 : NONE;
	f->unused = 0;
	f->oldest = f->newest = NONE;
	return f;
}

void decode_fragments_free(struct decode_fragments *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; f->datagrams && i < f->max; i++)
		free(f->datagrams[i].bytes);
	free(f->datagrams);
	free(f->buckets);
	free(f);
}

uint32_t decode_fragments_count(const struct decode_fragments *f)
{
	return f->count;
}

static void unlink_bucket(struct decode_fragments *f, uint32_t i)
{
	uint32_t *at = &f->buckets[f->datagrams[i].bucket];

	while (*at != i)
		at = &f->datagrams[*at].hash_next;
	*at = f->datagrams[i].hash_next;
}

static void forget(struct decode_fragments *f, uint32_t i)
{
	struct datagram *g = &f->datagrams[i];

	unlink_bucket(f, i);
	if (g->older != NONE)
		f->datagrams[g->older].newer = g->newer;
	else
		f->oldest = g->newer;
	if (g->newer != NONE)
		f->datagrams[g->newer].older = g->older;
	else
		f->newest = g->older;
	f->bytes -= g->room;
	free(g->bytes);
	g->bytes = NULL;
	g->room = 0;
	g->hash_next = f->unused;
	f->unused = i;
	f->count--;
}

static void expire(struct decode_fragments *f, int64_t now_us)
{
	while (f->oldest != NONE && now_us - f->datagrams[f->oldest].first_us >
					DECODE_FRAGMENT_AGE_S * 1000000LL)
		forget(f, f->oldest);
}

static uint32_t create(struct decode_fragments *f, const struct datagram_key *key,
    uint32_t bucket, int64_t now)
{
	if (f->unused == NONE)
		forget(f, f->oldest);
	uint32_t i = f->unused;
	struct datagram *g = &f->datagrams[i];
	f->unused = g->hash_next;
	g->key = *key;
	g->bucket = bucket;
	g->hash_next = f->buckets[bucket];
	f->buckets[bucket] = i;
	g->older = f->newest;
	g->newer = NONE;
	if (f->newest != NONE)
		f->datagrams[f->newest].newer = i;
	else
		f->oldest = i;
	f->newest = i;
	g->first_us = now;
	g->total = NONE;
	g->header_len = 0;
	g->ranges = 0;
	f->count++;
	return i;
}

static uint32_t find_or_create(
    struct decode_fragments *f, const struct packet *pkt, uint8_t proto)
{
	struct datagram_key key;

	memset(&key, 0, sizeof(key)); /* padding too: it is hashed and compared */
	key.src = pkt->src;
	key.dst = pkt->dst;
	key.id = pkt->ip_id;
	memcpy(key.vlan, pkt->vlan, sizeof(key.vlan));
	key.vlan_depth = pkt->vlan_depth;
	key.proto = pkt->src.version == 4 ? proto : 0;
	uint32_t bucket =
	    (uint32_t)XXH3_64bits_withSeed(&key, sizeof(key), f->seed) & f->mask;
	for (uint32_t i = f->buckets[bucket]; i != NONE; i = f->datagrams[i].hash_next)
		if (memcmp(&f->datagrams[i].key, &key, sizeof(key)) == 0)
			return i;
	return create(f, &key, bucket, pkt->time_us);
}

/* Room for `len` bytes of datagram `i`; others go when all together are too many. */
static bool reserve(struct decode_fragments *f, uint32_t i, uint32_t len)
{
	struct datagram *g = &f->datagrams[i];
	uint32_t room = (len + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;

	if (room <= g->room)
		return true;
	while (f->bytes - g->room + room > f->bytes_max) {
		uint32_t victim = f->oldest == i ? g->newer : f->oldest;
		if (victim == NONE)
			return false;
		forget(f, victim);
	}
	uint8_t *bytes = realloc(g->bytes, room);
	if (!bytes)
		return false;
	f->bytes += room - g->room;
	g->bytes = bytes;
	g->room = room;
	return true;
}

/* Puts [from, to) into the list, in order, joined with what touches it. */
static bool range_add(struct datagram *g, uint16_t from, uint16_t to)
{
	unsigned first = 0, last;

	while (first < g->ranges && g->range[first].to < from)
		first++;
	for (last = first; last < g->ranges && g->range[last].from <= to; last++) {
		if (g->range[last].from < from)
			from = g->range[last].from;
		if (g->range[last].to > to)
			to = g->range[last].to;
	}
	if (last == first && g->ranges == RANGES_MAX)
		return false;
	memmove(&g->range[first + 1], &g->range[last],
	    (g->ranges - last) * sizeof(g->range[0]));
	g->ranges = (uint16_t)(g->ranges - (last - first) + 1);
	g->range[first] = (struct range){ from, to };
	return true;
}

/* Copies the parts of [from, to) that are not here yet; true when some were here. */
static bool copy_new(
    struct datagram *g, uint16_t from, uint16_t to, const uint8_t *bytes)
{
	uint16_t at = from;
	bool overlap = false;

	for (unsigned i = 0; i < g->ranges && at < to; i++) {
		const struct range *r = &g->range[i];
		if (r->to <= at)
			continue;
		if (r->from >= to)
			break;
		overlap = true;
		if (r->from > at)
			memcpy(g->bytes + at, bytes + (at - from), r->from - at);
		at = r->to;
	}
	if (at < to)
		memcpy(g->bytes + at, bytes + (at - from), to - at);
	return overlap;
}

static bool is_whole(const struct datagram *g)
{
	return g->header_len && g->total != NONE && g->ranges > 0 &&
	       g->range[0].from == 0 && g->range[0].to >= g->total;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static struct span build(const struct datagram *g, struct packet *pkt)
{
	uint32_t len = g->header_len + g->total;
	bool v4 = g->key.src.version == 4;

	if (len > DATAGRAM_MAX + (v4 ? 0u : 40u)) {
		packet_note(pkt, v4 ? DECODE_IPV4_FRAG_PKT_TOO_LARGE
				    : DECODE_IPV6_FRAG_PKT_TOO_LARGE);
		return span_of(NULL, 0);
	}
	uint8_t *at = arena_alloc(pkt->arena, len);
	if (!at) {
		packet_note(
		    pkt, v4 ? DECODE_IPV4_FRAG_IGNORED : DECODE_IPV6_FRAG_IGNORED);
		return span_of(NULL, 0);
	}
	memcpy(at, g->header, g->header_len);
	memcpy(at + g->header_len, g->bytes, g->total);
	if (v4) {
		put16(at + 2, len);
		put16(at + 6, (uint32_t)(at[6] & 0xc0) << 8);
		put16(at + 10, 0);
		put16(at + 10, decode_sum(span_of(at, g->header_len)));
	} else {
		put16(at + 4, len - 40);
		at[g->next_at] = g->proto;
	}
	return span_of(at, len);
}

/* Keeps the header of the first fragment: the datagram will wear it. */
static bool keep_header(struct datagram *g, const struct decode_fragment *part)
{
	if (part->offset != 0 || g->header_len)
		return true;
	if (part->header.len > HEADER_MAX)
		return false;
	memcpy(g->header, part->header.at, part->header.len);
	g->header_len = (uint16_t)part->header.len;
	g->next_at = part->next_at;
	g->proto = part->proto;
	return true;
}

static bool add_part(struct decode_fragments *f, uint32_t i, struct packet *pkt,
    const struct decode_fragment *part, uint32_t len)
{
	struct datagram *g = &f->datagrams[i];
	uint32_t end = part->offset + len;

	if (!keep_header(g, part) || !reserve(f, i, end))
		return false;
	if (copy_new(g, part->offset, (uint16_t)end, part->data.at))
		packet_note(pkt, pkt->src.version == 4 ? DECODE_IPV4_FRAG_OVERLAP
						       : DECODE_IPV6_FRAG_OVERLAP);
	if (!range_add(g, part->offset, (uint16_t)end))
		return false;
	if (!part->more && g->total == NONE)
		g->total = end;
	return true;
}

struct span decode_fragments_add(
    struct decode_fragments *f, struct packet *pkt, const struct decode_fragment *part)
{
	bool v4 = pkt->src.version == 4;
	/* All but the last are cut at multiples of eight; what is beyond has no place. */
	uint32_t len = part->more ? part->data.len & ~7u : part->data.len;

	expire(f, pkt->time_us);
	if (part->offset + len > DATAGRAM_MAX) {
		packet_note(pkt, v4 ? DECODE_IPV4_FRAG_PKT_TOO_LARGE
				    : DECODE_IPV6_FRAG_PKT_TOO_LARGE);
		return span_of(NULL, 0);
	}
	if (len == 0) {
		packet_note(
		    pkt, v4 ? DECODE_IPV4_FRAG_IGNORED : DECODE_IPV6_FRAG_IGNORED);
		return span_of(NULL, 0);
	}
	uint32_t i = find_or_create(f, pkt, part->proto);
	if (!add_part(f, i, pkt, part, len)) {
		packet_note(
		    pkt, v4 ? DECODE_IPV4_FRAG_IGNORED : DECODE_IPV6_FRAG_IGNORED);
		forget(f, i);
		return span_of(NULL, 0);
	}
	if (!is_whole(&f->datagrams[i]))
		return span_of(NULL, 0);
	struct span whole = build(&f->datagrams[i], pkt);
	forget(f, i);
	return whole;
}
