/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/conf/conf.h"

/* The centre as a process: its settings, and what starts and ends in which order.
 *
 * Owns:    the lock on data.dir: one centre a directory.
 * Threads: the main thread; it blocks the signals that it waits for.
 * Limits:  proc_run() ends within about 5 s of SIGTERM. */

/* The settings (conf_print_help() shows them). */
extern const struct conf_row proc_rows[];
extern const size_t proc_rows_n;

/* Reads the settings; NULL with the reasons logged.  conf_free() it. */
struct conf *proc_conf_load(const char *file) __attribute__((malloc));
/* Only one process uses DIR from here until `*lock` is closed.  FAIL_CONFLICT: another does. */
int proc_lock(const char *dir, int *lock) must_use;
/* Writes down in data.dir where the data is (store_place_set()), as the settings say; so the
 * `otasuke` command finds it too.  Before anything that opens the store. */
int proc_place(const struct conf *c) must_use;
/* Runs until SIGTERM or SIGINT.  0, or a negative fail when it could not start. */
int proc_run(const struct conf *conf) must_use;
/* The artificial clock of tests/stories, when the environment names one
 * (OTASUKE_STORY_CLOCK); before there are threads.  FAIL_DENIED: others than this machine
 * could reach us. */
int proc_story(const struct conf *conf) must_use;
