/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
static char dir[] = "/tmp/otasuke-asset-XXXXXX";
static char path[64], aside[80];

static void write_file(const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

static void remembers(void)
{
	struct asset_map *m = asset_map_new();
	struct addr ip = { { 192, 168, 10, 21 }, 4 };
	bool fresh;
	struct machine *who = asset_map_touch(m, mac, 5, &fresh);

	check_eq(asset_store_load(m, path), 0); /* none yet */
	strcpy(who->asset.name, "経理PC");
	strcpy(who->asset.vendor, "Example \"Works\"");
	who->name_rank = ASSET_NAME_DHCP;
	who->asset.kind = "pc";
	who->asset.told = true;
	asset_map_bind(m, who, &ip, true);
	check_eq(asset_store_save(m, path), 0);
	asset_map_free(m);

	m = asset_map_new();
	check_eq(asset_store_load(m, path), 0);
	who = asset_map_find(m, mac);
	check(who && who == asset_map_by_ip(m, &ip));
	if (!who)
		return;
	check_text(who->asset.name, "経理PC");
	check_text(who->asset.vendor, "Example \"Works\"");
	check_text(who->asset.name_from, "dhcp");
	check_text(who->asset.kind, "pc");
	check_eq(who->asset.first_us, 5);
	check(who->asset.told && !asset_map_untold(m));
	asset_map_free(m);
}

static void a_broken_file_is_put_aside(void)
{
	struct asset_map *m = asset_map_new();

	write_file("{\"machines\": [{\"mac\": \"02:00:00:0");
	check_eq(asset_store_load(m, path), 0);
	check(!asset_map_next(m, NULL));
	check(access(path, F_OK) != 0 && access(aside, F_OK) == 0);
	write_file(
	    "{\"machines\": [7, {}, {\"mac\": \"x\"}, {\"mac\": \"02:00:00:00:00:07\","
	    "\"kind\": \"toaster\", \"name_rank\": 99, \"ip4\": 4, \"ip6\": \"x\"}]}");
	check_eq(asset_store_load(m, path), 0);
	struct machine *who = asset_map_find(m, mac);
	check(who && who->asset.kind[0] == 0 && who->name_rank == 0);
	check(who && asset_map_untold(m) == who);
	asset_map_free(m);
}

static void says_when_it_cannot_write(void)
{
	struct asset_map *m = asset_map_new();

	check_eq(asset_store_save(m, "/nonexistent/machines"), FAIL_IO);
	asset_map_free(m);
}

static void knows_makers(void)
{
	write_file(
	    "OUI/MA-L\t\tOrganization\r\n\r\n02-00-5E   (hex)\t\tExample Works, Inc.\r\n"
	    "02005E     (base 16)\t\tExample Works, Inc.\r\n\t\t\t\tSomewhere 1\r\n"
	    "00-00-01   (hex)\t\tFirst K.K.\r\n");
	struct asset_vendors *v = asset_vendors_load(path);
	const uint8_t one[6] = { 2, 0, 0x5e, 1, 2, 3 }, other[6] = { 2, 0, 0x5f };

	check_text(asset_vendors_find(v, one), "Example Works, Inc.");
	check_text(asset_vendors_find(v, other), "");
	check_text(asset_vendors_find(NULL, one), "");
	asset_vendors_free(v);
	check(!asset_vendors_load("/nonexistent/oui.txt"));
}

static const struct check_case cases[] = { { remembers },
	{ a_broken_file_is_put_aside }, { says_when_it_cannot_write },
	{ knows_makers } };

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/machines", dir);
	snprintf(aside, sizeof(aside), "%s.broken", path);
	int failed = check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "remembers, a_broken_file_is_put_aside, says_when_it_cannot_write, knows_makers");
	unlink(path);
	unlink(aside);
	rmdir(dir);
	return failed;
}
