/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/reader.h"

/* Length of the well-formed UTF-8 character at `at` (RFC 3629), 0 when it is none. */
static unsigned utf8_len(const uint8_t *at, size_t left)
{
	unsigned len = at[0] < 0x80   ? 1
		       : at[0] < 0xc2 ? 0
		       : at[0] < 0xe0 ? 2
		       : at[0] < 0xf0 ? 3
		       : at[0] < 0xf5 ? 4
				      : 0;

	if (len == 0 || len > left)
		return 0;
	for (unsigned i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

void asset_clean_name(struct span raw, char name[ASSET_NAME_MAX])
{
	size_t n = 0;

	while (raw.len && raw.at[raw.len - 1] == 0)
		raw.len--;
	for (uint32_t i = 0; i < raw.len;) {
		unsigned len = utf8_len(raw.at + i, raw.len - i);
		bool shown = len > 1
				 ? !(raw.at[i] == 0xc2 && raw.at[i + 1] < 0xa0)
				 : len == 1 && raw.at[i] >= 0x20 && raw.at[i] != 0x7f;
		unsigned room = shown ? len : 1;
		if (n + room > ASSET_NAME_MAX - 1)
			break;
		if (shown)
			memcpy(name + n, raw.at + i, len);
		else
			name[n] = '?';
		n += room;
		i += len ? len : 1;
	}
	name[n] = 0;
}

void asset_clue_name(
    struct asset_clue *clue, struct span raw, enum asset_name_rank rank)
{
	if (clue->name_rank != ASSET_NAME_NONE)
		return;
	asset_clean_name(raw, clue->name);
	if (clue->name[0])
		clue->name_rank = rank;
}

/* RFC 4861 4.2 and 4.6.2: type, code, checksum, hop limit, flags, lifetime, two timers, then
 * options in units of 8 bytes; L flag of a Prefix Information says on-link. */
struct addr_net asset_ra(struct span icmp)
{
	struct addr_net none = { 0 };
	struct reader r = reader_of(icmp.at, icmp.len);

	if (reader_u8(&r) != 134)
		return none;
	reader_take(&r, 15);
	while (!r.ran_short && reader_left(&r) >= 8) {
		uint8_t type = reader_u8(&r), units = reader_u8(&r);
		struct reader o = reader_part(&r, units ? units * 8u - 2 : 0);
		uint8_t bits = reader_u8(&o), flags = reader_u8(&o);
		reader_take(&o, 12); /* lifetimes, reserved */
		const uint8_t *prefix = reader_take(&o, 16);
		if (units == 0)
			return none;
		/* Never wider than a /48: one lie must not make the Internet our home. */
		if (type == 3 && prefix && flags & 0x80 && bits >= 48 && bits <= 128 &&
		    (prefix[0] & 0xe0) == 0x20)
			return (struct addr_net){ addr_v6(prefix), bits };
	}
	return none;
}
