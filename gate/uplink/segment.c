/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096u /* what a small file really takes */

static const char *const states[] = { "part", "closed", "ready", "alone" };

void uplink_segment_name(const struct uplink_segment *s, char name[UPLINK_NAME_ROOM])
{
	snprintf(name, UPLINK_NAME_ROOM, "%016" PRIx64 "-%08x-%08x-%u-%u.%s", s->boot,
	    s->first, s->last, s->severity, s->records, states[s->state]);
}

/* Only what uplink_segment_name() writes, letter by letter. */
bool uplink_segment_parse(const char *name, struct uplink_segment *s)
{
	char state[8], again[UPLINK_NAME_ROOM];

	*s = (struct uplink_segment){ 0 };
	if (sscanf(name, "%16" SCNx64 "-%8x-%8x-%1u-%9u.%7s", &s->boot, &s->first,
		&s->last, &s->severity, &s->records, state) != 6)
		return false;
	for (s->state = UPLINK_PART; s->state <= UPLINK_ALONE; s->state++) {
		if (strcmp(state, states[s->state]) != 0)
			continue;
		uplink_segment_name(s, again);
		return s->severity < UPLINK_SEVERITIES && s->first <= s->last &&
		       strcmp(name, again) == 0;
	}
	return false;
}

int uplink_dir_open(const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		log_error("G060", "cannot make %s: %s", path, strerror(errno));
		return -1;
	}
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		log_error("G060", "cannot open %s: %s", path, strerror(errno));
	return dir;
}

int uplink_dir_lock(int dir, const char *path, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		log_error("G061", "cannot open %s/%s: %s", path, name, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	log_error("G061", "%s is in use by another process (%s: %s)", path, name,
	    strerror(errno));
	close(fd);
	return -1;
}

static int by_age(const void *a, const void *b)
{
	const struct uplink_segment *x = a, *y = b;

	if (x->boot != y->boot)
		return x->boot < y->boot ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static int add(struct uplink_list *l, const struct uplink_segment *s)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		void *at = room > UPLINK_SEGMENTS_MAX
			       ? NULL
			       : reallocarray(l->at, room, sizeof(*l->at));
		if (!at)
			return FAIL_MEMORY;
		l->at = at;
		l->room = room;
	}
	l->at[l->count++] = *s;
	return 0;
}

int uplink_list_read(struct uplink_list *l, int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int fail = 0;

	*l = (struct uplink_list){ 0 };
	if (!d) {
		log_error("G062", "cannot list the spool: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return FAIL_IO;
	}
	for (struct dirent *e; !fail && (e = readdir(d));) {
		struct uplink_segment s;
		struct stat st;
		if (!uplink_segment_parse(e->d_name, &s) ||
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* not ours, or gone meanwhile */
		s.bytes = ((uint64_t)st.st_size + BLOCK - 1) / BLOCK * BLOCK;
		fail = add(l, &s);
	}
	closedir(d);
	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), by_age);
	return fail;
}

void uplink_list_fini(struct uplink_list *l)
{
	free(l->at);
	*l = (struct uplink_list){ 0 };
}

int uplink_file_read(int dir, const char *name, struct buf *b)
{
	uint8_t piece[16384];
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 0;

	if (fd < 0 && errno == ENOENT)
		return FAIL_MISSING;
	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(b, piece, (size_t)n);
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (n == 0)
		return b->overflowed ? FAIL_LIMIT : 0;
	log_error("G063", "cannot read %s: %s", name, strerror(error));
	return FAIL_IO;
}

static bool write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_of(bytes.at + n, bytes.len - (size_t)n);
	}
	return true;
}

int uplink_file_write(int dir, const char *name, struct span bytes, bool secret)
{
	char fresh[UPLINK_NAME_ROOM + 8];

	snprintf(fresh, sizeof(fresh), "%s.tmp", name);
	int fd = openat(
	    dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0640);
	bool good = fd >= 0 && write_all(fd, bytes) && fsync(fd) == 0;
	int error = errno;
	if (fd >= 0 && close(fd) < 0 && good) {
		error = errno;
		good = false;
	}
	if (good && renameat(dir, fresh, dir, name) == 0) {
		if (fsync(dir) == 0)
			return 0;
		error = errno;
		unlinkat(dir, name, 0); /* "not at all" is what we promised */
	} else if (good) {
		error = errno;
	}
	log_error("G064", "cannot write %s: %s", name, strerror(error));
	unlinkat(dir, fresh, 0);
	return FAIL_IO;
}

int uplink_segment_rename(
    int dir, const struct uplink_segment *from, const struct uplink_segment *to)
{
	char old[UPLINK_NAME_ROOM], now[UPLINK_NAME_ROOM];

	uplink_segment_name(from, old);
	uplink_segment_name(to, now);
	if (renameat(dir, old, dir, now) == 0)
		return 0;
	log_error("G065", "cannot rename %s to %s: %s", old, now, strerror(errno));
	return FAIL_IO;
}

int uplink_segment_unlink(int dir, const struct uplink_segment *s)
{
	char name[UPLINK_NAME_ROOM];

	uplink_segment_name(s, name);
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0; /* the other side may have been first */
	log_error("G066", "cannot delete %s: %s", name, strerror(errno));
	return FAIL_IO;
}
