/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/internal.h"
#include "gate/renew/renew.h"

#include <limits.h>
#include <stdio.h>

bool proc_obeys(const struct settings *s)
{
	return conf_given(s->conf, "centre.url") && conf_bool(s->conf, "centre.orders");
}

static volatile int stop;

static void on_stop(int signal)
{
	(void)signal;
	stop = 1;
}

/* Fetches orders; sees no frame. */
int proc_control(struct settings *s, const struct proc_user *user)
{
	char orders[PATH_MAX], dir[PATH_MAX / 2], cert[PATH_MAX], key[PATH_MAX],
	    ca[PATH_MAX];
	struct sigaction act = { .sa_handler = on_stop };

	settings_path(s, "centre.dir", "centre", dir, sizeof(dir));
	snprintf(orders, sizeof(orders), "%s/orders", conf_text(s->conf, "state.dir"));
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if (proc_drop(PROC_UPLINK, user) < 0)
		return 1;
	struct renew_conf conf = { .dir = orders,
		.centre_dir = dir,
		.centre = conf_text(s->conf, "centre.url"),
		.cert = cert,
		.key = key,
		.ca = ca };
	return renew_run(&conf, &stop) < 0;
}
