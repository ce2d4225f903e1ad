/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli.h"

/* `otasuke status`, for a centre (cmd_status.c) and for a gate (status_gate.c).
 *
 * Owns:    nothing; it only looks.
 * Threads: one. */
#define STATUS_GATE_PRESET "/etc/otasuke/gate.conf"

/* Somebody holds the lock on this file: the program runs. */
bool status_locked(const char *path);
/* Tells how the gate with this configuration is; the exit status. */
int status_gate(const char *file);
