/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a centre may set is a part of what can be set at all, and reads the same. */
#include "lib/wire/remote.h"
#include "tests/check.h"

extern const struct conf_row settings_rows[];
extern const size_t settings_row_count;

static const struct conf_row *own(const char *key)
{
	for (size_t i = 0; i < settings_row_count; i++)
		if (strcmp(settings_rows[i].key, key) == 0)
			return &settings_rows[i];
	return NULL;
}

static void each_remote_setting_is_one_of_ours(void)
{
	for (size_t i = 0; i < wire_remote_row_count; i++) {
		const struct conf_row *far = &wire_remote_rows[i],
				      *near = own(far->key);
		check(near != NULL);
		if (!near)
			continue;
		check_eq(near->type, far->type);
		check_eq(near->least, far->least);
		check_eq(near->most, far->most);
		check(!far->choices ||
		      strncmp(near->choices, far->choices, strlen(far->choices)) == 0);
		check(!near->repeatable && !near->pending);
	}
}

CHECK_MAIN(each_remote_setting_is_one_of_ours)
