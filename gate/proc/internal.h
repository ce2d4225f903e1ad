/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/proc/proc.h"

#include <signal.h>
#include <sys/types.h>

enum proc_role { PROC_INSPECT, PROC_UPLINK, PROC_SENSOR };

/* monitor.c: set by the signals in the process that looks. */
extern volatile sig_atomic_t proc_stop, proc_again;
extern pid_t proc_monitor; /* 0: nobody started us */

/* rights.c: looks up `user` (root only; others stay who they are). */
struct proc_user {
	bool change; /* we are root and become uid:gid */
	uid_t uid;
	gid_t gid;
};

int proc_user_find(const struct settings *s, struct proc_user *u) must_use;
/* Makes the folders of the gate and gives them to the user. */
int proc_folders(const struct settings *s, const struct proc_user *u) must_use;
/* Nobody outlives the monitor, not even when it is killed: two that bridge the same ports would
 * double every frame.  Negative: it is gone already. */
int proc_stay_with_monitor(void) must_use;
/* From here on nothing but what the role may. */
int proc_drop(enum proc_role role, const struct proc_user *u) must_use;

/* The bodies of the children; what they return is the exit status. */
int proc_inspect(struct settings *s, const struct proc_user *user);
int proc_uplink(struct settings *s, const struct proc_user *user);
int proc_sensor(struct settings *s, const struct proc_user *user);
int proc_control(struct settings *s, const struct proc_user *user);
/* Does this gate take orders from a centre? */
bool proc_obeys(const struct settings *s);
