/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/dns/name.h"

#define LABELS_MAX 255u /* a name of 255 bytes has no more (RFC 1035 2.3.4) */

/* A name in text form while it is put together. */
struct text {
	uint8_t at[APP_DNS_NAME_MAX];
	uint32_t len;
	unsigned labels;
};

/* False when the name is to be cut here. */
static bool text_add(struct text *t, const uint8_t *label, uint8_t len, unsigned *wrong)
{
	if (++t->labels > LABELS_MAX) {
		*wrong |= APP_DNS_LABELS;
		return false;
	}
	uint32_t dot = t->len ? 1 : 0;
	if (t->len + dot + len > sizeof(t->at)) {
		*wrong |= APP_DNS_LONG_NAME;
		return false;
	}
	if (dot)
		t->at[t->len++] = '.';
	memcpy(t->at + t->len, label, len);
	t->len += len;
	return true;
}

/* The name at r's place; r moves behind it, wherever its pointers lead (RFC 1035 4.1.4). */
static void walk(struct span message, struct reader *r, struct text *t, unsigned *wrong)
{
	struct reader here = *r;
	unsigned jumps = 0;

	for (;;) {
		uint8_t len = reader_u8(&here);
		if (here.ran_short || len == 0)
			break;
		if ((len & 0xc0) == 0xc0) {
			uint32_t offset =
			    (uint32_t)(len & 0x3f) << 8 | reader_u8(&here);
			if (jumps == 0)
				*r = here;
			if (here.ran_short || offset >= message.len) {
				*wrong |= APP_DNS_MALFORMED;
				break;
			}
			if (++jumps > APP_DNS_JUMPS_MAX) {
				*wrong |= APP_DNS_LOOP;
				break;
			}
			here = reader_of(message.at + offset, message.len - offset);
			continue;
		}
		const uint8_t *label = reader_take(&here, len & 0xc0 ? SIZE_MAX : len);
		if (!label || !text_add(t, label, len, wrong))
			break;
	}
	if (jumps == 0)
		*r = here;
	if (here.ran_short)
		*wrong |= APP_DNS_MALFORMED;
}

struct span app_dns_name(
    struct span message, struct reader *r, struct arena *arena, unsigned *wrong)
{
	struct text t = { .len = 0 };

	walk(message, r, &t, wrong);
	struct span copy = arena_copy(arena, span_of(t.at, t.len));
	if (copy.len != t.len)
		*wrong |= APP_DNS_CUT;
	return copy;
}
