/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/uplink.h"
#include "gate/proc/internal.h"

#include <limits.h>

#define POLL_MS 1000

static volatile int stop;

static void on_stop(int signal)
{
	(void)signal;
	stop = 1;
}

/* Carries the spool to the centre; sees no frame. */
int proc_uplink(struct settings *s, const struct proc_user *user)
{
	char spool[PATH_MAX], dir[PATH_MAX];
	struct sigaction act = { .sa_handler = on_stop };

	settings_path(s, "spool.dir", "spool", spool, sizeof(spool));
	settings_path(s, "centre.dir", "centre", dir, sizeof(dir));
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if (proc_drop(PROC_UPLINK, user) < 0)
		return 1;
	struct uplink_session_conf conf = { .spool_dir = spool,
		.centre = conf_text(s->conf, "centre.url"),
		.dir = dir,
		.poll_ms = POLL_MS };
	return uplink_session_run(&conf, &stop) < 0;
}
