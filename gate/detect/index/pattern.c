/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"

/* Which content of a rule is searched for first.  A good one is long, and stands in a
 * buffer whose values differ from each other: every second request has the method GET. */

/* In hundredths: how telling a byte in that buffer is. */
static unsigned weight(uint16_t buffer)
{
	switch (buffer) {
	case TX_HTTP_METHOD:
	case TX_HTTP_PROTOCOL:
	case TX_HTTP_STAT_CODE:
	case TX_HTTP_STAT_MSG:
	case TX_HTTP_CONNECTION:
	case TX_TLS_VERSION:
		return 5;
	case TX_HTTP_HEADER_NAMES:
	case TX_HTTP_ACCEPT:
	case TX_HTTP_ACCEPT_ENC:
	case TX_HTTP_ACCEPT_LANG:
	case TX_HTTP_CONTENT_LEN:
	case TX_HTTP_CONTENT_TYPE:
	case TX_HTTP_START:
		return 40;
	case TX_HTTP_HEADER:
	case TX_HTTP_HEADER_RAW:
	case TX_HTTP_RESPONSE_LINE:
	case TX_HTTP_REQUEST_LINE:
		return 80;
	default:
		return 100;
	}
}

static unsigned different_bytes(const uint8_t *p, uint32_t len)
{
	uint64_t seen[4] = { 0 };
	unsigned n = 0;

	for (uint32_t i = 0; i < len; i++)
		seen[p[i] >> 6] |= 1ull << (p[i] & 63);
	for (unsigned i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(seen[i]);
	return n;
}

static unsigned score(const struct block *b, const struct item *it)
{
	const struct content *c = &it->u.content;
	uint32_t len = c->fast_len ? c->fast_len : c->len;
	const uint8_t *p = c->bytes + (c->fast_len ? c->fast_offset : 0);
	unsigned kinds = different_bytes(p, len);
	unsigned s = kinds < 3 ? kinds + (len > 3) : kinds + (len > 16 ? 16 : len);

	return s * weight(b->source->buffer) + (it->flags & ITEM_FAST ? 800 : 0);
}

/* Can bytes of that block be searched before the rule is looked at? */
static bool searchable(const struct sig *s, const struct block *b)
{
	if (b->absent_ok || b->absent_only)
		return false;
	if (s->flags & SIG_TX)
		return b->source->buffer < TX_BUFFER_MAX;
	return b->source->buffer == BUFFER_PAYLOAD && b->source->transforms == 0;
}

bool detect_index_choose(const struct sig *s, struct index_choice *c)
{
	unsigned best = 0;

	for (unsigned i = 0; i < s->block_count; i++) {
		const struct block *b = &s->blocks[i];
		for (unsigned k = 0; searchable(s, b) && k < b->count; k++) {
			const struct item *it = &b->items[k];
			if (it->kind != ITEM_CONTENT || (it->flags & ITEM_NEGATED))
				continue;
			unsigned now = score(b, it);
			if (now <= best)
				continue;
			best = now;
			const struct content *x = &it->u.content;
			*c = (struct index_choice){ .block = b,
				.item = it,
				.bytes = x->bytes + (x->fast_len ? x->fast_offset : 0),
				.len = x->fast_len ? x->fast_len : x->len };
		}
	}
	return best > 0;
}
