/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

/* A notice on paper: A4, black and white, large type, for a FAX machine or a printer.
 *
 * Owns:    nothing.
 * Threads: any; one call uses a core for some milliseconds.
 * Limits:  ten pages, what comes behind is left out; `out` is born with its maximum.
 * Serves:  001-13 */
#define NOTIFY_PDF_MAX (512u << 10)

/* 0; FAIL_LIMIT: `out` is too small; FAIL_IO: cairo could not. */
int notify_pdf(
    const char *title, const char *body, const char *foot, struct buf *out) must_use;
