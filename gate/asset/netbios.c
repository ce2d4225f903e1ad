/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/reader.h"

/* RFC 1002 section 4.2.2: name registration request.  The name is 16 bytes in first-level
 * encoding (RFC 1001 section 14.1), the last of them the kind of name. */
#define NETBIOS_REGISTER    5u
#define NETBIOS_WORKSTATION 0u
#define NETBIOS_GROUP       0x8000u

/* False when it is not a name of 32 letters A–P. */
static bool decode(const uint8_t *coded, uint8_t name[16])
{
	for (unsigned i = 0; i < 16; i++) {
		uint8_t high = (uint8_t)(coded[2 * i] - 'A');
		uint8_t low = (uint8_t)(coded[2 * i + 1] - 'A');
		if (high > 15 || low > 15)
			return false;
		name[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void asset_netbios(struct span udp, struct asset_clue *clue)
{
	struct reader r = reader_of(udp.at, udp.len);
	uint8_t name[16];

	reader_be16(&r); /* id */
	uint16_t flags = reader_be16(&r);
	reader_take(&r, 8); /* counts */
	uint8_t len = reader_u8(&r);
	const uint8_t *coded = reader_take(&r, 32);
	uint8_t end = reader_u8(&r);
	reader_take(
	    &r, 4 + 2 + 8); /* question; pointer to the name; type, class, TTL */
	uint16_t data_len = reader_be16(&r), name_flags = reader_be16(&r);
	if (r.ran_short || flags & 0x8000 || (flags >> 11 & 15) != NETBIOS_REGISTER ||
	    len != 32 || end != 0 || data_len < 6 || name_flags & NETBIOS_GROUP)
		return;
	if (!decode(coded, name) || name[15] != NETBIOS_WORKSTATION)
		return;
	uint32_t n = 15;
	while (n && name[n - 1] == ' ')
		n--;
	asset_clue_name(clue, span_of(name, n), ASSET_NAME_NETBIOS);
}
