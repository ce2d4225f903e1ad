/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "lib/wire/order.h"

/* Invariant: an order is refused with a reason, or taken; and one that was taken reads the
 * same after it was written again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct wire_order o, again;
	struct buf text, twice;
	char why[128] = "";

	if (wire_order_read(span_of(bytes, len), &o, why, sizeof(why)) < 0) {
		must(why[0] && !o.values);
		return 0;
	}
	buf_init(&text, 2 * WIRE_ORDER_MAX);
	buf_init(&twice, 2 * WIRE_ORDER_MAX);
	if (wire_order_write(&o, &text) == 0) {
		must(wire_order_read(buf_span(&text), &again, why, sizeof(why)) == 0);
		must(wire_order_write(&again, &twice) == 0);
		must(strcmp(buf_text(&text), buf_text(&twice)) == 0);
		wire_order_fini(&again);
	}
	buf_fini(&twice);
	wire_order_fini(&o);
	buf_fini(&text);
	return 0;
}
