/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/must.h"

#include <stddef.h>
#include <stdint.h>

/* The one function of a fuzz target.  A broken invariant is a must(), so that libFuzzer,
 * AFL++ and replay.c all see it as a crash.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
