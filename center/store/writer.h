/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/internal.h"

/* The one thread that changes the database.
 *
 * Owns:    the write connection it is given, and its thread.
 * Threads: writer_post() any.
 * Limits:  STORE_JOBS_MAX waiting; STORE_GROUP_MAX a commit, STORE_GROUP_MS of them. */
struct store_writer;

/* Called by the writer's thread after a commit that changed the change counter. */
typedef void store_writer_told_fn(void *arg, int64_t change);

struct store_writer *store_writer_new(struct store_db *db, store_writer_told_fn *told,
    void *told_arg) __attribute__((malloc));
/* Finishes what waits, then ends the thread and closes the connection. */
void store_writer_free(struct store_writer *w);
int store_writer_post(struct store_writer *w, struct store_job *job) must_use;
