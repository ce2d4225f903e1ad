/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"
#include "lib/record/record.h"

#include <jansson.h>

#define AFTER_MOST_MS 60000 /* longer, and a centre that forgot us has lost us */
#define RECORDS_LEAST 100

static int64_t number(const json_t *o, const char *name, int64_t least, int64_t most)
{
	const json_t *j = json_object_get(o, name);
	int64_t n = json_integer_value(j);

	if (!json_is_integer(j) || n <= 0)
		return 0;
	return n < least ? least : n > most ? most : n;
}

void uplink_hint_read(struct span answer, struct uplink_hint *h)
{
	json_error_t error;
	json_t *a = json_loadb((const char *)answer.at, answer.len, 0, &error);
	const json_t *hint = json_object_get(a, "hint");

	*h = (struct uplink_hint){
		.next_after_ms =
		    (uint32_t)number(hint, "next_after_ms", 0, AFTER_MOST_MS),
		.max_records = (uint32_t)number(
		    hint, "max_records", RECORDS_LEAST, RECORD_BATCH_RECORDS_MAX),
		.aggregate = json_is_true(json_object_get(hint, "aggregate")),
		.refused = number(a, "refused", 0, RECORD_BATCH_RECORDS_MAX),
	};
	json_decref(a);
}
