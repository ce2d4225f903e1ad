/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A backup is good when SQLite, its references and the audit chain say so, and when it was not
 * made by a newer version. */
static int verify(const char *file)
{
	struct store_db *db = store_db_open(file, STORE_READER);
	struct buf report;
	int64_t newest = 0, broken = 0;

	if (!db)
		return FAIL_FORMAT;
	buf_init(&report, 64u << 10);
	int err = store_get_int(
	    db, &newest, "SELECT max(number) FROM migration", STORE_NO_ARGS);
	if (err == 0)
		err = store_db_inspect(db, &report);
	if (err == 0)
		err = store_audit_check(db, &broken);
	store_db_close(db);
	if (err < 0 || report.len) {
		log_error("C136", "%s is not a whole backup%s%s", file,
		    report.len ? ": " : "", report.len ? buf_text(&report) : "");
		err = FAIL_FORMAT;
	} else if (newest > store_schema_newest()) {
		log_error("C136", "%s was made by a newer version", file);
		err = FAIL_FORMAT;
	}
	buf_fini(&report);
	return err;
}

static int copy_bytes(int from, int to)
{
	char piece[64u << 10];
	ssize_t n;

	while ((n = read(from, piece, sizeof(piece))) > 0)
		if (write(to, piece, (size_t)n) != n)
			return FAIL_IO;
	return n < 0 || fsync(to) < 0 ? FAIL_IO : 0;
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = in < 0 || out < 0 ? FAIL_IO : copy_bytes(in, out);

	if (err < 0)
		log_error(
		    "C137", "cannot copy %s to %s: %s", from, to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return err;
}

/* What was there goes aside; the log beside it belongs to it and must not be read into the
 * new file. */
static int put_aside(const char *place)
{
	static const char *const tails[] = { "", "-wal", "-shm" };
	char from[STORE_PLACE_ROOM + 8], to[STORE_PLACE_ROOM + 16];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", place, tails[i]);
		snprintf(to, sizeof(to), "%s.before%s", place, tails[i]);
		if (rename(from, to) == 0)
			continue;
		if (errno != ENOENT) {
			log_error(
			    "C137", "cannot rename %s: %s", from, strerror(errno));
			return FAIL_IO;
		}
		(void)unlink(to); /* of an older one */
	}
	return 0;
}

/* As its directory's owner, who runs the centre. */
static int put_in_place(const char *dir, const char *fresh, const char *place)
{
	struct stat owner;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fstat(fd, &owner) == 0 &&
		    (geteuid() != 0 || chown(fresh, owner.st_uid, owner.st_gid) == 0) &&
		    rename(fresh, place) == 0 && fsync(fd) == 0;

	if (!good)
		log_error("C137", "cannot put %s in place: %s", place, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good ? 0 : FAIL_IO;
}

int store_restore(const char *dir, const char *file, bool force)
{
	char place[STORE_PLACE_ROOM], fresh[STORE_PLACE_ROOM + 8];
	int err = store_place(dir, place);

	if (err < 0)
		return err;
	if (store_place_is_postgres(place)) {
		log_error("C138",
		    "the data is in PostgreSQL: restore it with pg_restore or from a base "
		    "backup");
		return FAIL_CONFLICT;
	}
	if (!force && access(place, F_OK) == 0) {
		log_error("C138", "%s is there already: --force puts it aside", place);
		return FAIL_CONFLICT;
	}
	snprintf(fresh, sizeof(fresh), "%s.new", place);
	/* The copy is what is verified: nothing can change between. */
	err = copy_file(file, fresh);
	if (err == 0)
		err = verify(fresh);
	if (err == 0)
		err = put_aside(place);
	if (err == 0)
		err = put_in_place(dir, fresh, place);
	if (err < 0)
		(void)unlink(fresh);
	return err;
}
