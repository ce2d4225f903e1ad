/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "lib/base/addr.h"

/* Invariant: what addr_parse() takes, addr_format() writes so that it is read back equal,
 * and as a network it is inside itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char text[ADDR_TEXT_MAX * 2] = { 0 };
	char again[ADDR_TEXT_MAX];
	struct addr a, b;
	struct addr_net net;

	memcpy(text, bytes, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
	if (addr_net_parse(text, &net) == 0)
		must(addr_inside(&net.base, &net));
	if (addr_parse(text, &a) < 0)
		return 0;
	addr_format(&a, again);
	must(addr_parse(again, &b) == 0);
	must(addr_equal(&a, &b));
	return 0;
}
