/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* A directory of a test's own.  `dir` has room for 64 bytes. */
static inline const char *tempdir_make(char *dir)
{
	snprintf(dir, 64, "/tmp/otasuke-test-XXXXXX");
	if (!mkdtemp(dir)) {
		perror(dir);
		exit(1);
	}
	return dir;
}

static inline int tempdir_remove_one(
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void tempdir_remove(const char *dir)
{
	nftw(dir, tempdir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
