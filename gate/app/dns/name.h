/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/dns/internal.h"
#include "lib/base/reader.h"

/* A compressed name at r's place, as text in `arena`; r moves behind it.  A name that was
 * cut short leaves what was read and a bit in `wrong`. */
struct span app_dns_name(
    struct span message, struct reader *r, struct arena *arena, unsigned *wrong);
