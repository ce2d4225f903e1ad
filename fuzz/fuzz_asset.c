/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/asset/internal.h"

static void must_be_fit(const char *name)
{
	size_t n = strnlen(name, ASSET_NAME_MAX);

	must(n < ASSET_NAME_MAX);
	for (size_t i = 0; i < n; i++)
		must((uint8_t)name[i] >= 0x20 && name[i] != 0x7f);
}

static void must_make_sense(const struct asset_clue *clue)
{
	must_be_fit(clue->name);
	must((clue->name[0] != 0) == (clue->name_rank != ASSET_NAME_NONE));
	must(!clue->kind == (clue->kind_rank == ASSET_KIND_NONE));
}

/* What machines say about themselves; the first byte chooses how.  Invariant: a name is fit
 * to be shown and cleaning it again changes nothing; nobody gets a name without a source, or
 * a prefix wide enough to make the Internet our home. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct addr mine[3] = { { { 192, 168, 10, 21 }, 4 } };
	struct asset_clue clue = { 0 };
	char once[ASSET_NAME_MAX], twice[ASSET_NAME_MAX];

	if (len == 0)
		return 0;
	struct span rest = span_of(bytes + 1, len - 1);
	if (bytes[0] == 'd')
		asset_dhcp(rest, &clue);
	else if (bytes[0] == 'm')
		asset_mdns(rest, mine, &clue);
	else if (bytes[0] == 'n')
		asset_netbios(rest, &clue);
	must_make_sense(&clue);
	struct addr_net net = asset_ra(rest);
	must(net.bits == 0 || (net.bits >= 48 && net.bits <= 128));
	asset_clean_name(rest, once);
	must_be_fit(once);
	asset_clean_name(span_text(once), twice);
	must(strcmp(once, twice) == 0);
	return 0;
}
