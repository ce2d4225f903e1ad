/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

/* Small files that are there whole or not at all. */

/* Opens the directory, making it first; −1 with the reason logged. */
int uplink_dir_open(const char *path);
/* The whole file appended to `b`. */
int uplink_file_read(int dir, const char *name, struct buf *b) must_use;
/* On the disk under its name, or not at all.  0600 when `secret`. */
int uplink_file_write(
    int dir, const char *name, struct span bytes, bool secret) must_use;
