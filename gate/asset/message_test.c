/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/buf.h"
#include "tests/check.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
static struct asset_clue clue;

/* A BOOTP header of 236 bytes, the magic cookie, then the options. */
static struct span dhcp(uint8_t op, const void *options, size_t len)
{
	static uint8_t m[512];

	memset(m, 0, sizeof(m));
	m[0] = op;
	m[1] = 1;
	m[2] = 6;
	memcpy(m + 16, "\xc0\xa8\x0a\x15", 4);
	memcpy(m + 28, mac, 6);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	memcpy(m + 240, options, len);
	clue = (struct asset_clue){ 0 };
	return span_of(m, 240 + len);
}

static void dhcp_request_names_its_sender(void)
{
	static const char o[] = "\x35\1\3\0\x0c\x08keiri-pc\x3c\x08MSFT 5.0\xff\x0c\1x";

	asset_dhcp(dhcp(1, o, sizeof(o) - 1), &clue);
	check_text(clue.name, "keiri-pc");
	check_text(clue.kind, "pc");
	check(clue.request && memcmp(clue.mac, mac, 6) == 0);
	check_eq(clue.ip.version, 0);
}

static void dhcp_ack_gives_an_address(void)
{
	static const char o[] = "\x35\1\5\x0c\x05other\xff";

	asset_dhcp(dhcp(2, o, sizeof(o) - 1), &clue);
	check(!clue.request && clue.name[0] == 0);
	check(clue.ip.version == 4 && clue.ip.bytes[3] == 0x15);
}

static void dhcp_reads_both_kinds_of_full_names(void)
{
	static const char labels[] = "\x51\x0e\4\0\0\x05koujo\5local\xff";
	static const char text[] = "\x51\x0d\0\0\0koujo.test\xff";

	asset_dhcp(dhcp(1, labels, sizeof(labels) - 1), &clue);
	check_text(clue.name, "koujo");
	asset_dhcp(dhcp(1, text, sizeof(text) - 1), &clue);
	check_text(clue.name, "koujo");
}

static void dhcp_stops_where_it_is_cut(void)
{
	asset_dhcp(dhcp(1, "\x0c\x20short", 7), &clue);
	check_text(clue.name, "");
	clue = (struct asset_clue){ 0 };
	asset_dhcp(span_of(mac, 6), &clue);
	check(!clue.request);
}

/* --- mDNS --- */

static const struct addr mine[3] = { { { 192, 168, 10, 21 }, 4 } };

/* Header of a response with `records`, then the bytes. */
static void mdns(uint8_t records, const void *bytes, size_t len)
{
	uint8_t m[512] = { 0, 0, 0x84, 0, 0, 0, 0, records };

	memcpy(m + 12, bytes, len);
	clue = (struct asset_clue){ 0 };
	asset_mdns(span_of(m, 12 + len), mine, &clue);
}

static void mdns_names_only_its_sender(void)
{
	static const char own[] =
	    "\x08"
	    "keiri-pc\5local\0\0\1\x80\1\0\0\0\x78\0\4\xc0\xa8\x0a\x15";
	static const char foreign[] =
	    "\5other\5local\0\0\1\x80\1\0\0\0\x78\0\4\xc0\xa8\x0a\x16";

	mdns(1, own, sizeof(own) - 1);
	check_text(clue.name, "keiri-pc");
	check_eq(clue.name_rank, ASSET_NAME_MDNS);
	mdns(1, foreign, sizeof(foreign) - 1);
	check_text(clue.name, "");
}

/* Service, then the host by a pointer to the "local" of the first name. */
static void mdns_knows_a_printer(void)
{
	static const char m[] =
	    "\x08_printer\4_tcp\5local\0\0\x0c\0\1\0\0\0\x78\0\2\xc0\x0c"
	    "\3lp1\xc0\x1a\0\1\x80\1\0\0\0\x78\0\4\xc0\xa8\x0a\x15";

	mdns(2, m, sizeof(m) - 1);
	check_text(clue.kind, "printer");
	check_text(clue.name, "lp1");
}

static void mdns_does_not_run_in_circles(void)
{
	static const char self[] = "\xc0\x0c\0\1\0\1\0\0\0\0\0\0";
	static const char forward[] = "\xc0\x20\0\1\0\1\0\0\0\0\0\0";

	mdns(200, self, sizeof(self) - 1);
	check_text(clue.name, "");
	mdns(200, forward, sizeof(forward) - 1);
	check_text(clue.name, "");
}

/* --- NetBIOS --- */

static void netbios(const char *name, uint8_t suffix, uint16_t flags)
{
	struct buf b;
	char padded[17];

	buf_init(&b, 200);
	buf_add(&b, "\0\1\x29\x10\0\1\0\0\0\0\0\1\x20", 13);
	snprintf(padded, sizeof(padded), "%-15s", name);
	padded[15] = (char)suffix;
	for (unsigned i = 0; i < 16; i++) {
		buf_add_byte(&b, (uint8_t)('A' + (((uint8_t)padded[i]) >> 4)));
		buf_add_byte(&b, (uint8_t)('A' + (padded[i] & 15)));
	}
	buf_add(&b, "\0\0\x20\0\1\xc0\x0c\0\x20\0\1\0\0\0\0\0\6", 17);
	buf_add_byte(&b, (uint8_t)(flags >> 8));
	buf_add_byte(&b, (uint8_t)flags);
	buf_add(&b, "\xc0\xa8\x0a\x15", 4);
	clue = (struct asset_clue){ 0 };
	asset_netbios(buf_span(&b), &clue);
	buf_fini(&b);
}

static void netbios_takes_workstations_only(void)
{
	netbios("EIGYO-NOTE", 0, 0);
	check_text(clue.name, "EIGYO-NOTE");
	netbios("WORKGROUP", 0, 0x8000);
	check_text(clue.name, "");
	netbios("EIGYO-NOTE", 0x20, 0);
	check_text(clue.name, "");
}

static void names_are_fit_to_be_shown(void)
{
	char name[ASSET_NAME_MAX];
	char longest[80];

	asset_clean_name(span_text("経理PC"), name);
	check_text(name, "経理PC");
	asset_clean_name(span_text("a\x1b[2J\xff\xe7\x94"), name);
	check_text(name, "a?[2J???");
	asset_clean_name(span_of("nul\0\0", 5), name);
	check_text(name, "nul");
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 62, "あ", 3);
	asset_clean_name(span_of(longest, sizeof(longest)), name);
	check_eq(strlen(name), 62);
}

static void advertised_prefix(void)
{
	uint8_t ra[16 + 32] = { 134 };

	ra[16] = 3;
	ra[17] = 4;
	ra[18] = 64;
	ra[19] = 0xc0;
	memcpy(ra + 32, "\x20\x01\x0d\xb8\0\1\0\2", 8);
	struct addr_net net = asset_ra(span_of(ra, sizeof(ra)));
	check_eq(net.bits, 64);
	check_eq(net.base.bytes[7], 2);
	check_eq(asset_ra(span_of(ra, sizeof(ra) - 1)).bits, 0);
	ra[18] = 3; /* an eighth of the Internet */
	check_eq(asset_ra(span_of(ra, sizeof(ra))).bits, 0);
	ra[17] = 0;
	check_eq(asset_ra(span_of(ra, sizeof(ra))).bits, 0);
}

CHECK_MAIN(dhcp_request_names_its_sender, dhcp_ack_gives_an_address,
    dhcp_reads_both_kinds_of_full_names, dhcp_stops_where_it_is_cut,
    mdns_names_only_its_sender, mdns_knows_a_printer, mdns_does_not_run_in_circles,
    netbios_takes_workstations_only, names_are_fit_to_be_shown, advertised_prefix)
