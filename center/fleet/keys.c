/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW  "order.key"
#define NEXT "order-next.key"

static int lock(const char *dir)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		log_error("C242", "cannot make %s: %s", dir, strerror(errno));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	log_error("C240", "cannot lock %s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return FAIL_IO;
}

static int open_one(const char *dir, const char *name, struct sign_key *key)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return sign_key_open(path, true, key);
}

/* The command line and the centre may both be the first. */
struct fleet_keys *fleet_keys_open(const char *dir)
{
	struct fleet_keys *keys = calloc(1, sizeof(*keys));
	int fd = keys ? lock(dir) : FAIL_MEMORY;
	int err = fd < 0 ? fd : open_one(dir, NOW, &keys->now);

	if (err == 0)
		err = open_one(dir, NEXT, &keys->next);
	if (fd >= 0)
		close(fd);
	if (err == 0)
		return keys;
	fleet_keys_close(keys);
	return NULL;
}

void fleet_keys_close(struct fleet_keys *keys)
{
	if (!keys)
		return;
	sign_key_wipe(&keys->now);
	sign_key_wipe(&keys->next);
	free(keys);
}

int fleet_keys_turn(const char *dir)
{
	char now[PATH_MAX], next[PATH_MAX], old[PATH_MAX];
	int fd = lock(dir);

	if (fd < 0)
		return fd;
	snprintf(now, sizeof(now), "%s/" NOW, dir);
	snprintf(next, sizeof(next), "%s/" NEXT, dir);
	snprintf(old, sizeof(old), "%s/order-old.key", dir);
	int err = rename(now, old) == 0 && rename(next, now) == 0 ? 0 : FAIL_IO;
	if (err < 0)
		log_error(
		    "C241", "cannot turn the keys in %s: %s", dir, strerror(errno));
	close(fd);
	return err;
}
