/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/record/record.h"

/* What the files of this folder share. */

/* record.c: takes what has the right type and leaves the rest. */
void record_decode_loose(const json_t *eve, enum record_kind kind, struct record *r);
