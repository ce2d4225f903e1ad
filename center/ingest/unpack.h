/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

/* What a forwarder may send, as lines: packed by zstd or gzip (told by their first bytes) or
 * plain; newline-delimited, or one JSON list, whose objects become lines.
 * FAIL_FORMAT; FAIL_LIMIT: more than `lines` may hold; FAIL_MEMORY. */
int ingest_unpack(struct span body, struct buf *lines) must_use;
