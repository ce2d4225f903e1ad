/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/settings.h"

/* Tour 14: Who runs with which rights.
 *
 *   process   user      may                                   never
 *   --------  --------  ------------------------------------  ---------------------------
 *   monitor   root      start, signal and restart the others  reads a byte of the network
 *   inspect   `user`    frames of two ports that were opened  opens another network socket
 *                       before; files of state.dir; clamd     (UNIX ones apart), starts a
 *                                                             program
 *   sensor    `user`    EVE of a Suricata: a file, or a     opens another network socket,
 *                       socket that it listens at; spool      starts a program
 *   uplink    `user`    TLS to the centre; spool and          sees a frame, starts a program
 *                       certificate
 *   control   `user`    TLS to the centre; certificate and    sees a frame, starts a program
 *                       the folder of orders
 *
 * All but the monitor have no capabilities, cannot gain any (no_new_privs), and run under a
 * list of forbidden system calls (rights.c).  A process that dies is started again, at once
 * the first time, then after 1, 2, 4 … 30 s.
 *
 * Threads: one in each process.
 * Serves:  002-27; law 3 */

/* Runs the gate until SIGTERM or SIGINT; SIGHUP: inspect reads the rules again and
 * opens its EVE file anew.  0, or FAIL_* when it could not begin. */
int proc_run(struct settings *s) must_use;

/* The same for a Suricata's EVE (sensor.eve, sensor.socket) instead of two ports. */
int proc_run_sensor(struct settings *s) must_use;
