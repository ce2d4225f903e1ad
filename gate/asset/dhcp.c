/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/reader.h"

/* RFC 2131 section 2 (header), RFC 2132 (options), RFC 4702 (option 81). */
#define DHCP_MAGIC       0x63825363u
#define DHCP_OPTIONS_MAX 64u /* more than any client sends */

enum dhcp_option {
	DHCP_PAD = 0,
	DHCP_HOST_NAME = 12,
	DHCP_REQUESTED_IP = 50,
	DHCP_MESSAGE_TYPE = 53,
	DHCP_VENDOR_CLASS = 60,
	DHCP_FQDN = 81,
	DHCP_END = 255,
};

enum dhcp_message { DHCP_REQUEST = 3, DHCP_ACK = 5 };

static void set_name(struct span raw, struct asset_clue *clue)
{
	const uint8_t *dot = raw.len ? memchr(raw.at, '.', raw.len) : NULL;

	if (dot)
		raw.len = (uint32_t)(dot - raw.at);
	asset_clue_name(clue, raw, ASSET_NAME_DHCP);
}

/* Flags, two result codes, then a name: labels when the E flag is set, else text. */
static void read_fqdn(struct span o, struct asset_clue *clue)
{
	if (o.len < 4 || clue->name[0])
		return;
	struct span name = span_of(o.at + 3, o.len - 3);
	if (o.at[0] & 4) {
		uint32_t len = name.at[0];
		if (len >= name.len)
			return;
		name = span_of(name.at + 1, len);
	}
	set_name(name, clue);
}

static void read_option(
    enum dhcp_option code, struct span o, struct asset_clue *clue, uint8_t *message)
{
	if (code == DHCP_HOST_NAME && clue->request)
		set_name(o, clue);
	else if (code == DHCP_FQDN && clue->request)
		read_fqdn(o, clue);
	else if (code == DHCP_VENDOR_CLASS && clue->request)
		clue->kind = asset_kind_of_class(o);
	else if (code == DHCP_MESSAGE_TYPE && o.len == 1)
		*message = o.at[0];
}

static void read_options(struct reader *r, struct asset_clue *clue, uint8_t *message)
{
	for (unsigned i = 0; i < DHCP_OPTIONS_MAX && reader_left(r) > 0; i++) {
		uint8_t code = reader_u8(r);
		if (code == DHCP_END)
			return;
		if (code == DHCP_PAD)
			continue;
		uint8_t len = reader_u8(r);
		const uint8_t *at = reader_take(r, len);
		if (r->ran_short)
			return;
		read_option(code, span_of(at, len), clue, message);
	}
}

void asset_dhcp(struct span udp, struct asset_clue *clue)
{
	struct reader r = reader_of(udp.at, udp.len);
	uint8_t op = reader_u8(&r), htype = reader_u8(&r), hlen = reader_u8(&r);
	uint8_t message = 0;

	reader_take(&r, 13); /* hops, xid, secs, flags, ciaddr */
	const uint8_t *yiaddr = reader_take(&r, 4);
	reader_take(&r, 8); /* siaddr, giaddr */
	const uint8_t *chaddr = reader_take(&r, 16);
	reader_take(&r, 192); /* sname, file */
	uint32_t magic = reader_be32(&r);
	if (r.ran_short || (op != 1 && op != 2) || htype != 1 || hlen != 6 ||
	    magic != DHCP_MAGIC)
		return;
	memcpy(clue->mac, chaddr, 6);
	clue->request = op == 1;
	read_options(&r, clue, &message);
	if (clue->kind)
		clue->kind_rank = ASSET_KIND_CLASS;
	if (op == 2 && message == DHCP_ACK && memcmp(yiaddr, "\0\0\0", 4) != 0)
		clue->ip = addr_v4(yiaddr);
}
