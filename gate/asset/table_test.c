/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "tests/check.h"

static const uint8_t *mac_of(uint32_t n)
{
	static uint8_t mac[6];

	mac[0] = 2;
	for (unsigned i = 0; i < 4; i++)
		mac[2 + i] = (uint8_t)(n >> 8 * (3 - i));
	return mac;
}

static struct addr ip_of(uint32_t n)
{
	const uint8_t ip[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	return addr_v4(ip);
}

static void an_address_leads_to_one_machine(void)
{
	struct asset_map *m = asset_map_new();
	struct addr ip = ip_of(1), other = ip_of(2);
	bool fresh;
	struct machine *a = asset_map_touch(m, mac_of(1), 1, &fresh);
	check(fresh);
	struct machine *b = asset_map_touch(m, mac_of(2), 2, &fresh);

	asset_map_bind(m, a, &ip, true);
	asset_map_bind(m, a, &other, false);
	check(asset_map_by_ip(m, &ip) == a && addr_equal(&a->asset.ip4, &other));
	asset_map_bind(m, b, &ip, true);
	check(asset_map_by_ip(m, &ip) == b && addr_equal(&b->asset.ip4, &ip));
	asset_map_unbind_loose(m, a);
	check(!asset_map_by_ip(m, &other) && a->asset.ip4.version == 0);
	check(asset_map_touch(m, mac_of(1), 3, &fresh) == a && !fresh);
	asset_map_free(m);
}

static void a_machine_keeps_its_latest_addresses(void)
{
	struct asset_map *m = asset_map_new();
	bool fresh;
	struct machine *a = asset_map_touch(m, mac_of(1), 1, &fresh);

	for (uint32_t i = 0; i < 50; i++) {
		struct addr ip = ip_of(i);
		asset_map_bind(m, a, &ip, true);
	}
	unsigned found = 0;
	for (uint32_t i = 0; i < 50; i++) {
		struct addr ip = ip_of(i);
		found += asset_map_by_ip(m, &ip) == a;
	}
	check_eq(found, ASSET_IPS);
	check_eq(a->asset.ip4.bytes[3], 49);
	asset_map_free(m);
}

/* Two machines that talk survive a hundred thousand forged MACs. */
static void a_flood_only_pushes_out_itself(void)
{
	struct asset_map *m = asset_map_new();
	bool fresh;

	for (unsigned i = 0; i < 3; i++) {
		asset_map_touch(m, mac_of(1), i, &fresh);
		asset_map_touch(m, mac_of(2), i, &fresh);
	}
	for (uint32_t i = 10; i < 100000; i++) {
		struct addr ip = ip_of(i);
		struct machine *who = asset_map_touch(m, mac_of(i), i, &fresh);
		check(fresh);
		asset_map_bind(m, who, &ip, false);
		asset_map_wait(m, who);
	}
	check(asset_map_find(m, mac_of(1)) && asset_map_find(m, mac_of(2)));
	check(asset_map_find(m, mac_of(99999)) && !asset_map_find(m, mac_of(10)));
	unsigned waiting = 0;
	for (struct machine *who; (who = asset_map_untold(m)); waiting++)
		asset_map_told(who);
	check_eq(waiting, ASSET_MAX - 2);
	asset_map_free(m);
}

static void the_longest_unseen_goes_first(void)
{
	struct asset_map *m = asset_map_new();
	bool fresh;

	for (uint32_t n = 0; n < 3; n++)
		for (uint32_t i = 0; i < ASSET_MAX; i++)
			asset_map_touch(m, mac_of(i), n, &fresh);
	asset_map_touch(m, mac_of(0), 9, &fresh);
	asset_map_touch(m, mac_of(ASSET_MAX), 10, &fresh);
	check(asset_map_find(m, mac_of(0)) && !asset_map_find(m, mac_of(1)));
	asset_map_free(m);
}

CHECK_MAIN(an_address_leads_to_one_machine, a_machine_keeps_its_latest_addresses,
    a_flood_only_pushes_out_itself, the_longest_unseen_goes_first)
