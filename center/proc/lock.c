/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/proc/proc.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two centres on one directory would send every notice twice, and one whose data is moved or
 * replaced meanwhile would acknowledge what is lost. */
int proc_lock(const char *dir, int *lock)
{
	char path[PATH_MAX];

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		log_error("C003", "cannot make data.dir %s: %s", dir, strerror(errno));
		return FAIL_IO;
	}
	snprintf(path, sizeof(path), "%s/lock", dir);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0) {
		log_error("C004", "cannot open %s: %s", path, strerror(errno));
		return FAIL_IO;
	}
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	log_error("C005", "another centre runs on %s", dir);
	return FAIL_CONFLICT;
}
