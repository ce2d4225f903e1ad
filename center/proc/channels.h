/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/notify/notify.h"
#include "lib/conf/conf.h"

/* Owns: the secrets that stand in files of their own. */
#define PROC_SECRET_MAX 512

struct proc_channels {
	struct notify_conf notify; /* borrows from here and from the settings */
	char smtp[PROC_SECRET_MAX], sms[PROC_SECRET_MAX], voice[PROC_SECRET_MAX],
	    line[PROC_SECRET_MAX], oidc[PROC_SECRET_MAX];
	char self[400];
};

/* 0, or a fail with the reason logged. */
int proc_channels(const struct conf *conf, struct proc_channels *c) must_use;
/* Reads one mail that came back from standard input and takes it in. */
int proc_bounce(const struct conf *conf) must_use;
