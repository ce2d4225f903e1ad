/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/sensor/sensor.h"

#include "lib/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MAX   64u /* bytes by which a file is known again after it was emptied */
#define READ_BYTES 65536u
#define READS_MAX  16u

struct sensor_file {
	char path[PATH_MAX], memory[PATH_MAX];
	int fd; /* −1: it is not there (yet) */
	uint64_t inode;
	off_t at; /* behind the last byte that was read */
	uint8_t head[HEAD_MAX];
	unsigned head_len;
	struct sensor_cutter cutter;
	bool missing; /* said so */
	long long kept;
	uint64_t kept_inode;
};

/* "INODE OFFSET HEAD-IN-HEX"; what cannot be read means: from the beginning. */
static void remember(struct sensor_file *f)
{
	char hex[2 * HEAD_MAX + 1] = "";
	FILE *in = fopen(f->memory, "re");

	if (!in)
		return;
	long long at = 0;
	if (fscanf(in, "%" SCNu64 " %lld %128s", &f->inode, &at, hex) < 2 || at < 0) {
		f->inode = 0;
		at = 0;
	}
	f->at = (off_t)at;
	for (size_t i = 0; i < HEAD_MAX && hex[2 * i] && hex[2 * i + 1]; i++) {
		unsigned byte;
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			break;
		f->head[f->head_len++] = (uint8_t)byte;
	}
	fclose(in);
}

/* The half line at the end was read but not taken: it is read again. */
int sensor_file_keep(struct sensor_file *f)
{
	char tmp[PATH_MAX + 8];
	long long at = (long long)f->at - (long long)f->cutter.rest.len;

	if (at == f->kept && f->inode == f->kept_inode)
		return 0;
	snprintf(tmp, sizeof(tmp), "%s.tmp", f->memory);
	FILE *out = fopen(tmp, "we");
	bool good = out && fprintf(out, "%" PRIu64 " %lld ", f->inode, at) > 0;
	for (unsigned i = 0; good && i < f->head_len; i++)
		good = fprintf(out, "%02x", f->head[i]) == 2;
	if (out && (fflush(out) != 0 || fsync(fileno(out)) < 0))
		good = false;
	if (out && fclose(out) != 0)
		good = false;
	if (good && rename(tmp, f->memory) == 0) {
		f->kept = at;
		f->kept_inode = f->inode;
		return 0;
	}
	log_error("G100", "cannot remember in %s how far %s was read: %s", f->memory,
	    f->path, strerror(errno));
	return FAIL_IO;
}

static void close_file(struct sensor_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static void learn_head(struct sensor_file *f)
{
	ssize_t n = pread(f->fd, f->head, sizeof(f->head), 0);

	f->head_len = n > 0 ? (unsigned)n : 0;
}

/* It begins with the same bytes as when we read there. */
static bool same_head(const struct sensor_file *f)
{
	uint8_t head[HEAD_MAX];

	return pread(f->fd, head, f->head_len, 0) == (ssize_t)f->head_len &&
	       memcmp(head, f->head, f->head_len) == 0;
}

/* Opens `path`; from where we were when it is the file that we were in. */
static bool open_path(struct sensor_file *f, const char *path, bool only_known)
{
	struct stat st;

	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close_file(f);
		return false;
	}
	bool known = f->inode == (uint64_t)st.st_ino && st.st_size >= f->at &&
		     f->head_len && same_head(f);
	if (only_known && !known) {
		close_file(f);
		return false;
	}
	if (!known) {
		f->at = 0;
		f->inode = (uint64_t)st.st_ino;
		f->head_len = 0;
	}
	return true;
}

/* While we were away the file may have been renamed: eve.json.1, eve-20261121.json. */
static bool find_renamed(struct sensor_file *f)
{
	char dir[PATH_MAX], path[2 * PATH_MAX];
	bool found = false;

	snprintf(dir, sizeof(dir), "%s", f->path);
	char *slash = strrchr(dir, '/');
	if (!slash || !f->inode)
		return false;
	slash[slash == dir] = 0;
	DIR *d = opendir(dir);
	for (struct dirent *e; d && !found && (e = readdir(d));) {
		if (e->d_ino != f->inode)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		found = open_path(f, path, true);
	}
	if (d)
		closedir(d);
	return found;
}

struct sensor_file *sensor_file_open(const char *path, const char *memory)
{
	struct sensor_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->fd = -1;
	snprintf(f->path, sizeof(f->path), "%s", path);
	snprintf(f->memory, sizeof(f->memory), "%s", memory);
	remember(f);
	(void)find_renamed(f); /* else its successor, from the beginning */
	return f;
}

void sensor_file_close(struct sensor_file *f)
{
	if (!f)
		return;
	close_file(f);
	if (f->cutter.rest.max)
		buf_fini(&f->cutter.rest);
	free(f);
}

static void drop_half(struct sensor_file *f, struct sensor_words *w)
{
	w->refused += f->cutter.rest.len > 0;
	if (f->cutter.rest.max)
		buf_clear(&f->cutter.rest);
	f->cutter.skipping = false;
}

static void say_missing(struct sensor_file *f)
{
	if (!f->missing)
		log_warn("G101", "%s cannot be read (%s): waiting for it", f->path,
		    strerror(errno));
	f->missing = true;
}

/* At the end of what we have: is there another file by that name, or was it emptied? */
static bool turned(struct sensor_file *f, struct sensor_words *w)
{
	struct stat now, ours;

	if (fstat(f->fd, &ours) == 0 &&
	    (ours.st_size < f->at || (f->at && !same_head(f)))) {
		drop_half(f, w);
		f->at = 0;
		f->head_len = 0;
		return true;
	}
	if (stat(f->path, &now) < 0 || (uint64_t)now.st_ino == f->inode)
		return false;
	drop_half(f, w);
	close_file(f);
	return true;
}

static size_t read_some(struct sensor_file *f, struct sensor_words *w, int64_t now_us)
{
	static uint8_t piece[READ_BYTES];
	size_t total = 0;

	for (unsigned i = 0; i < READS_MAX; i++) {
		ssize_t n = pread(f->fd, piece, sizeof(piece), f->at);
		if (n <= 0)
			break;
		f->at += n;
		total += (size_t)n;
		sensor_cut(&f->cutter, w, span_of(piece, (size_t)n), now_us);
	}
	if (total && f->head_len < HEAD_MAX)
		learn_head(f);
	return total;
}

size_t sensor_file_read(struct sensor_file *f, struct sensor_words *w, int64_t now_us)
{
	size_t n = 0;

	if (f->fd < 0 && !open_path(f, f->path, false)) {
		say_missing(f);
		return 0;
	}
	f->missing = false;
	/* Emptied and written anew beyond where we were: its head tells. */
	if (f->at == 0 || same_head(f))
		n = read_some(f, w, now_us);
	if (n == 0 && turned(f, w) && (f->fd >= 0 || open_path(f, f->path, false)))
		n = read_some(f, w, now_us);
	return n;
}
