/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/login.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

/* The table: how many wrong tries in a window, counted by what.  The mail's own limit stops
 * guessing from many addresses; it does not hold at an address where that person has logged
 * in lately, so nobody can be locked out by somebody else. */
enum counted { BY_BOTH, BY_PEER, BY_WHO, COUNTED_MAX };

#define MINUTE_US 60000000ll

static const struct {
	unsigned tries;
	int64_t window_us;
} limits[COUNTED_MAX] = {
	[BY_BOTH] = { 10, 15 * MINUTE_US },
	[BY_PEER] = { 60, 15 * MINUTE_US },
	[BY_WHO] = { 100, 15 * MINUTE_US },
};

#define KNOWN_US (30 * 24 * 60 * MINUTE_US)

/* Counters live in sets of WAYS; the one whose window began first makes room.  To push out
 * somebody's counter takes thousands of addresses, each with BY_PEER's few tries. */
#define WAYS 4u
#define SETS 8192u

struct counter {
	uint64_t key; /* 0: free */
	int64_t since_us;
	unsigned wrong;
};

struct api_limits {
	pthread_mutex_t lock;
	uint8_t secret[crypto_shorthash_KEYBYTES];
	struct counter wrong[SETS][WAYS];
	struct counter known[SETS][WAYS];
};

struct api_limits *api_limits_new(void)
{
	struct api_limits *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return NULL;
	}
	randombytes_buf(l->secret, sizeof(l->secret));
	return l;
}

void api_limits_free(struct api_limits *l)
{
	if (!l)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* An address as a person has it: an IPv6 user owns a whole /64. */
static void add_peer(crypto_generichash_state *h, const char *peer)
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, peer, &six) == 1)
		(void)crypto_generichash_update(h, six.s6_addr, 8);
	else
		(void)crypto_generichash_update(
		    h, (const unsigned char *)peer, strlen(peer));
}

static uint64_t key_of(
    struct api_limits *l, enum counted by, const char *who, const char *peer)
{
	crypto_generichash_state h;
	unsigned char kind = (unsigned char)by, long_key[16];
	uint64_t key = 0;

	(void)crypto_generichash_init(
	    &h, l->secret, sizeof(l->secret), sizeof(long_key));
	(void)crypto_generichash_update(&h, &kind, 1);
	if (by != BY_WHO)
		add_peer(&h, peer);
	(void)crypto_generichash_update(&h, &kind, 1);
	if (by != BY_PEER)
		(void)crypto_generichash_update(
		    &h, (const unsigned char *)who, strlen(who));
	(void)crypto_generichash_final(&h, long_key, sizeof(long_key));
	memcpy(&key, long_key, sizeof(key));
	return key ? key : 1;
}

static struct counter *find(struct counter sets[SETS][WAYS], uint64_t key)
{
	for (unsigned i = 0; i < WAYS; i++)
		if (sets[key % SETS][i].key == key)
			return &sets[key % SETS][i];
	return NULL;
}

static struct counter *make(
    struct counter sets[SETS][WAYS], uint64_t key, int64_t now_us)
{
	struct counter *c = find(sets, key), *set = sets[key % SETS];

	if (c)
		return c;
	c = &set[0];
	for (unsigned i = 1; i < WAYS; i++)
		if (set[i].since_us < c->since_us)
			c = &set[i];
	*c = (struct counter){ .key = key, .since_us = now_us };
	return c;
}

static bool is_known(
    struct api_limits *l, const char *who, const char *peer, int64_t now_us)
{
	const struct counter *c = find(l->known, key_of(l, BY_BOTH, who, peer));

	return c && now_us - c->since_us < KNOWN_US;
}

static bool counts(struct api_limits *l, enum counted by, const char *who,
    const char *peer, int64_t now_us)
{
	if (!who)
		return by == BY_PEER;
	return by != BY_WHO || !is_known(l, who, peer, now_us);
}

/* Seconds until another try; 0: now. */
static unsigned wait_s(
    struct api_limits *l, enum counted by, uint64_t key, int64_t now_us)
{
	struct counter *c = find(l->wrong, key);
	int64_t over_us;

	if (!c)
		return 0;
	over_us = c->since_us + limits[by].window_us;
	/* A clock that was set back must not keep anybody out until it is there again. */
	if (over_us <= now_us || c->since_us > now_us) {
		*c = (struct counter){ .key = 0 };
		return 0;
	}
	return c->wrong < limits[by].tries
		   ? 0
		   : (unsigned)((over_us - now_us) / 1000000) + 1;
}

unsigned api_limit_take(
    struct api_limits *l, const char *who, const char *peer, int64_t now_us)
{
	uint64_t keys[COUNTED_MAX] = { 0 };
	unsigned longest = 0;

	(void)pthread_mutex_lock(&l->lock);
	for (enum counted by = 0; by < COUNTED_MAX; by++) {
		if (!counts(l, by, who, peer, now_us))
			continue;
		keys[by] = key_of(l, by, who, peer);
		unsigned s = wait_s(l, by, keys[by], now_us);
		if (s > longest)
			longest = s;
	}
	for (enum counted by = 0; longest == 0 && by < COUNTED_MAX; by++)
		if (keys[by])
			make(l->wrong, keys[by], now_us)->wrong++;
	(void)pthread_mutex_unlock(&l->lock);
	return longest;
}

static void give(
    struct api_limits *l, const char *who, const char *peer, int64_t now_us)
{
	for (enum counted by = 0; by < COUNTED_MAX; by++) {
		if (!counts(l, by, who, peer, now_us))
			continue;
		struct counter *c = find(l->wrong, key_of(l, by, who, peer));
		if (c && c->wrong > 0)
			c->wrong--;
	}
}

void api_limit_give(
    struct api_limits *l, const char *who, const char *peer, int64_t now_us)
{
	(void)pthread_mutex_lock(&l->lock);
	give(l, who, peer, now_us);
	(void)pthread_mutex_unlock(&l->lock);
}

void api_limit_right(
    struct api_limits *l, const char *who, const char *peer, int64_t now_us)
{
	(void)pthread_mutex_lock(&l->lock);
	give(l, who, peer, now_us);
	if (who) {
		struct counter *c = find(l->wrong, key_of(l, BY_BOTH, who, peer));
		if (c)
			c->key = 0;
		make(l->known, key_of(l, BY_BOTH, who, peer), now_us)->since_us =
		    now_us;
	}
	(void)pthread_mutex_unlock(&l->lock);
}
