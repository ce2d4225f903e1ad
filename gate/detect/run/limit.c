/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

/* How often rules tell: threshold and detection_filter, counted per address, pair, rule or
 * flow. */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
	h *= 0xff51afd7ed558ccdu;
	return h ^ h >> 33;
}

static uint64_t addr_hash(const struct addr *a)
{
	uint64_t v[2];

	memcpy(v, a->bytes, sizeof(v));
	return mix(mix(a->version, v[0]), v[1]);
}

uint64_t detect_run_track_key(struct detect *d, uint64_t seed, uint8_t by)
{
	uint64_t src = addr_hash(&d->pkt->src), dst = addr_hash(&d->pkt->dst);

	switch (by) {
	case TRACK_SRC:
		return mix(seed, src) | 1;
	case TRACK_DST:
		return mix(seed, dst) | 1;
	case TRACK_BOTH: /* a pair has no direction */
		return mix(mix(seed, src < dst ? src : dst), src < dst ? dst : src) | 1;
	case TRACK_FLOW:
		return mix(seed, d->pkt->flow ? d->pkt->flow->id : 0) | 1;
	default:
		return mix(seed, 1) | 1;
	}
}

static int count_backoff(const struct threshold *t, struct table_row *r, bool fresh)
{
	if (fresh) {
		r->count = 0;
		r->next = t->count;
	}
	r->until_us = INT64_MAX;
	if (++r->count < r->next)
		return fresh || r->next == t->count ? 0 : 2;
	r->next =
	    r->next > UINT32_MAX / t->multiplier ? UINT32_MAX : r->next * t->multiplier;
	return 1;
}

static int count_one(
    const struct threshold *t, struct table_row *r, int64_t now, bool fresh)
{
	if (t->kind == THRESHOLD_BACKOFF)
		return count_backoff(t, r, fresh);
	if (fresh || now > r->until_us) {
		r->since_us = now;
		r->until_us = now + (int64_t)t->seconds * 1000000;
		r->count = 0;
	}
	r->count++;
	switch (t->kind) {
	case THRESHOLD_LIMIT:
		return r->count <= t->count ? 1 : 2;
	case THRESHOLD_THRESHOLD:
		if (r->count < t->count)
			return 0;
		r->count = 0;
		return 1;
	case THRESHOLD_BOTH:
		return r->count == t->count ? 1 : r->count > t->count ? 2 : 0;
	default:
		return r->count > t->count;
	}
}

/* Once over the count, another action for a while. */
static int count_rate(const struct threshold *t, struct table_row *r, int64_t now,
    bool fresh, int *action)
{
	if (!fresh && r->next) { /* the while */
		if (now - r->since_us <= (int64_t)t->timeout * 1000000) {
			*action = t->new_action;
			return 1;
		}
		r->next = 0;
		fresh = true;
	}
	if (fresh || now > r->until_us) {
		r->until_us = now + (int64_t)t->seconds * 1000000;
		r->count = 0;
	}
	if (++r->count > t->count) {
		r->next = 1;
		r->since_us = now;
		r->until_us = now + (int64_t)t->timeout * 1000000;
		*action = t->new_action;
	}
	return 1;
}

static bool suppressed(struct detect *d, const struct threshold *t)
{
	if (!t->addrs)
		return true;
	bool src = t->by != TRACK_DST && detect_match_addr(t->addrs, &d->pkt->src);
	bool dst = (t->by == TRACK_DST || t->by == TRACK_EITHER) &&
		   detect_match_addr(t->addrs, &d->pkt->dst);
	return src || dst;
}

/* detection_filter with unique_on: each port counts once. */
static int count_unique(struct detect *d, const struct threshold *t, uint64_t seed)
{
	uint16_t port = t->unique == 1 ? d->pkt->src_port : d->pkt->dst_port;
	int64_t now = d->pkt->time_us;
	struct table_row *seen = detect_run_row(&d->limits,
	    detect_run_track_key(d, mix(seed, port + 1u), t->by), now, true);
	struct table_row *all =
	    detect_run_row(&d->limits, detect_run_track_key(d, seed, t->by), now, true);

	if (!seen || !all)
		return 1;
	bool fresh = all->count == 0 || now > all->until_us;
	if (fresh) {
		all->since_us = now;
		all->until_us = now + (int64_t)t->seconds * 1000000;
		all->count = 0;
	}
	if (fresh || seen->count == 0 || seen->since_us < all->since_us) {
		seen->since_us = now;
		seen->until_us = all->until_us;
		seen->count = 1;
		all->count++;
	}
	return all->count > t->count;
}

static int one_limit(
    struct detect *d, const struct threshold *t, uint64_t seed, int *action)
{
	if (t->kind == THRESHOLD_SUPPRESS)
		return suppressed(d, t) ? 2 : 1;
	if (t->unique)
		return count_unique(d, t, seed);
	uint64_t key = detect_run_track_key(d, seed, t->by);
	struct table_row *r = detect_run_row(&d->limits, key, d->pkt->time_us, false);
	bool fresh = !r;
	if (fresh)
		r = detect_run_row(&d->limits, key, d->pkt->time_us, true);
	if (!r) /* without room to count, better told once too often */
		return 1;
	if (t->kind == THRESHOLD_RATE)
		return count_rate(t, r, d->pkt->time_us, fresh, action);
	return count_one(t, r, d->pkt->time_us, fresh);
}

int detect_run_limit(struct detect *d, const struct sig *s, int *action)
{
	uint64_t seed = mix(mix(s->rule.gid, s->rule.sid), 0x7468);
	int r = 1;

	for (const struct threshold *t = s->threshold; t && r == 1; t = t->next)
		r = one_limit(d, t, mix(seed, t->kind), action);
	return r;
}
