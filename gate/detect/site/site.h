/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/span.h"

/* Lists of hosts: dangerous ones are blocked, off-business ones are counted.
 *
 * A host of a list stands for itself and everything below it, label by label:
 * `bad.example` holds for `www.bad.example`, not for `notbad.example`.
 *
 * Owns:    struct site_table, immutable once loaded.
 * Threads: any.
 * Limits:  SITE_LISTS_MAX lists, SITE_HOSTS_MAX hosts, SITE_HOST_MAX bytes a host.
 * Serves:  002-03, 002-04
 *
 * The format of a list (rules/sites/): `key = value` lines, `--`, then one host a line; `#`
 * begins a comment.  Keys: list, kind (dangerous or off-business), category, source,
 * licence; all are needed.  Hosts are written as DNS carries them (xn--… for others). */
#define SITE_LISTS_MAX 64u
#define SITE_HOSTS_MAX 20000000u
#define SITE_HOST_MAX  253u

struct site_list {
	const char *name, *category, *source, *licence;
	bool dangerous;
};

struct site_table;

/* Called for each line that could not be used. */
typedef void site_refuse_fn(
    void *ctx, const char *file, unsigned line, const char *why);

struct site_table *site_new(void) __attribute__((malloc));
void site_free(struct site_table *t);
/* Adds a file.  FAIL_IO, FAIL_FORMAT (its head is broken; in `why`), FAIL_LIMIT. */
int site_load(struct site_table *t, const char *path, site_refuse_fn *refuse, void *ctx,
    struct buf *why);
/* The list in which `host` or a parent of it stands, dangerous ones first; or NULL.  Case,
 * a port behind and a dot at the end do not matter. */
const struct site_list *site_find(const struct site_table *t, struct span host);
uint32_t site_count(const struct site_table *t);
