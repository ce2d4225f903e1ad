/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_place_is_postgres(const char *place)
{
	return strncmp(place, "postgres://", 11) == 0 ||
	       strncmp(place, "postgresql://", 13) == 0;
}

int store_place_read(const char *file, char *url, size_t room)
{
	FILE *f = fopen(file, "re");

	if (!f && errno == ENOENT)
		return FAIL_MISSING;
	bool got = f && fgets(url, (int)room, f);
	if (f)
		fclose(f);
	if (!got) {
		log_error("C107", "cannot read %s: %s", file, strerror(errno));
		return FAIL_IO;
	}
	size_t len = strlen(url);
	while (len > 0 && isspace((unsigned char)url[len - 1]))
		url[--len] = 0;
	if (store_place_is_postgres(url))
		return 0;
	log_error("C108", "%s: its first line must begin with postgres://", file);
	return FAIL_FORMAT;
}

int store_place(const char *dir, char place[STORE_PLACE_ROOM])
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		log_error("C105", "cannot make %s: %s", dir, strerror(errno));
		return FAIL_IO;
	}
	char file[STORE_PLACE_ROOM];
	int len = snprintf(file, sizeof(file), "%s/" STORE_PLACE_FILE, dir);
	if (len < 0 || (size_t)len >= sizeof(file))
		return FAIL_LIMIT;
	int err = store_place_read(file, place, STORE_PLACE_ROOM);
	if (err != FAIL_MISSING)
		return err;
	len = snprintf(place, STORE_PLACE_ROOM, "%s/otasuke.db", dir);
	return len > 0 && (size_t)len < STORE_PLACE_ROOM ? 0 : FAIL_LIMIT;
}

/* Whole or not at all; it may hold a password.  Whoever owns the directory runs the centre,
 * and must be able to read what the administrator wrote there. */
static int write_place(const char *dir, const char *file, const char *url)
{
	char fresh[STORE_PLACE_ROOM];
	struct stat owner;
	int len = snprintf(fresh, sizeof(fresh), "%s.new", file);
	int fd = len > 0 && (size_t)len < sizeof(fresh)
		     ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
		     : -1;
	bool good = fd >= 0 && dprintf(fd, "%s\n", url) > 0 && fsync(fd) == 0 &&
		    stat(dir, &owner) == 0 &&
		    (geteuid() != 0 || fchown(fd, owner.st_uid, owner.st_gid) == 0);

	if (fd >= 0)
		close(fd);
	if (good && rename(fresh, file) == 0)
		return 0;
	log_error("C109", "cannot write %s: %s", file, strerror(errno));
	return FAIL_IO;
}

int store_place_set(const char *dir, const char *url)
{
	char file[STORE_PLACE_ROOM], was[STORE_PLACE_ROOM];

	if (!store_place_is_postgres(url)) {
		log_error("C108", "the store's address must begin with postgres://");
		return FAIL_FORMAT;
	}
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		log_error("C105", "cannot make %s: %s", dir, strerror(errno));
		return FAIL_IO;
	}
	int len = snprintf(file, sizeof(file), "%s/" STORE_PLACE_FILE, dir);
	if (len < 0 || (size_t)len >= sizeof(file))
		return FAIL_LIMIT;
	if (access(file, F_OK) == 0 && store_place_read(file, was, sizeof(was)) == 0 &&
	    strcmp(was, url) == 0)
		return 0;
	return write_place(dir, file, url);
}
