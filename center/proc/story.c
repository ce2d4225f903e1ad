/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/proc/proc.h"
#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"

#include <stdlib.h>
#include <string.h>

#define STORY_CLOCK "OTASUKE_STORY_CLOCK"

/* An address that only this machine reaches. */
static bool is_own(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0;
}

int proc_story(const struct conf *conf)
{
	const char *file = getenv(STORY_CLOCK);

	if (!file)
		return 0;
	if (!is_own(conf_text(conf, "gate.listen")) ||
	    !is_own(conf_text(conf, "portal.listen"))) {
		log_error("C012", STORY_CLOCK
		    " is for tests: not with a gate.listen or portal.listen "
		    "that others reach");
		return FAIL_DENIED;
	}
	int err = clock_follow(file);
	if (err < 0)
		log_error("C013", "cannot follow the clock in %s", file);
	else
		log_warn("C014", "the time is that of %s, not the real one", file);
	return err;
}
