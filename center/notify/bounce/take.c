/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"
#include "center/notify/internal.h"
#include "center/notify/ladder/ladder.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a report changes. */

static int find(struct store_db *db, const struct notify_bounce *b, int64_t *id,
    int64_t *contact_id)
{
	struct store_rows *rows;
	char from[40], to[40];
	int err = FAIL_MISSING;

	/* All that begin with NAME@: A comes behind @. */
	snprintf(from, sizeof(from), "%s@", b->name);
	snprintf(to, sizeof(to), "%sA", b->name);
	store_query(db, &rows,
	    "SELECT id, COALESCE(contact_id, 0) FROM notice WHERE message_id >= ? "
	    "AND message_id < ? AND state IN ('sent', 'sending', 'waiting')",
	    STORE_ARGS(STORE_TEXT(from), STORE_TEXT(to)));
	if (store_next(rows)) {
		*id = store_col_int(rows, 0);
		*contact_id = store_col_int(rows, 1);
		err = 0;
	}
	int end = store_rows_free(rows);
	return end < 0 ? end : err;
}

/* 5.1.x: nobody there; 5.2.1: shut; 5.4.4: no such host.  Everything else (full, too large,
 * refused as spam) may be of this mail only, and speaks against the contact not at once. */
static bool is_gone(const char *status)
{
	return strncmp(status, "5.1.", 4) == 0 || strcmp(status, "5.2.1") == 0 ||
	       strcmp(status, "5.4.4") == 0;
}

static int take_failed(struct store_db *db, const struct notify_conf *conf,
    const struct notify_bounce *b, int64_t id, int64_t contact_id, int64_t now_us)
{
	char why[256];
	int64_t fails = 0;

	snprintf(why, sizeof(why), "came back: %s %s", b->status, b->diagnostic);
	int err = store_exec(db,
	    "UPDATE notice SET state = 'bounced', error = ?, ended_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(why), STORE_INT(now_us), STORE_INT(id)));
	if (err == 0)
		err = notify_note(db, id, now_us, "notice.bounced", why);
	if (err == 0 && contact_id)
		err = notify_contact_missed(db, contact_id, why, now_us);
	if (err == 0 && contact_id)
		err =
		    store_get_int(db, &fails, "SELECT fails FROM contact WHERE id = ?",
			STORE_ARGS(STORE_INT(contact_id)));
	if (err == 0 && contact_id && (is_gone(b->status) || fails >= 3))
		err = notify_contact_state(db, contact_id, "bounced", why, now_us);
	if (err == 0)
		err = notify_next_contact(db, conf, id, now_us);
	return err < 0 ? err : notify_note_change(db, id);
}

int notify_bounce_take(struct store_db *db, const struct notify_conf *conf,
    const struct notify_bounce *b, int64_t now_us)
{
	int64_t id = 0, contact_id = 0;
	char why[256];
	int err = find(db, b, &id, &contact_id);

	if (err < 0)
		return err;
	if (b->kind == NOTIFY_BOUNCE_FAILED)
		return take_failed(db, conf, b, id, contact_id, now_us);
	if (b->kind != NOTIFY_BOUNCE_LATER)
		return 0;
	snprintf(why, sizeof(why), "delayed: %s %s", b->status, b->diagnostic);
	err = store_exec(db, "UPDATE notice SET error = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(why), STORE_INT(id)));
	return err < 0 ? err : notify_note_change(db, id);
}

struct taking {
	const struct notify_conf *conf;
	struct notify_bounce bounce;
};

static int run_take(struct store_db *db, void *arg)
{
	struct taking *t = arg;

	return notify_bounce_take(db, t->conf, &t->bounce, clock_now_us());
}

int notify_bounce_mail(
    struct store *store, const struct notify_conf *conf, struct span mail)
{
	struct taking t = { .conf = conf };

	notify_bounce_read(mail, &t.bounce);
	if (t.bounce.kind == NOTIFY_BOUNCE_NONE)
		return NOTIFY_BOUNCE_NONE;
	int err = store_write(store, run_take, &t);
	if (err == FAIL_MISSING) {
		log_info("C305",
		    "a report came back about a notice that is not ours or "
		    "was dealt with: %s",
		    t.bounce.name);
		return (int)t.bounce.kind;
	}
	return err < 0 ? err : (int)t.bounce.kind;
}

/* ---- the mailbox ---- */

static int read_file(int dir, const char *name, struct buf *b)
{
	char chunk[8192];
	struct stat st;
	ssize_t n = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return FAIL_IO;
	bool plain = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	while (plain && b->len < NOTIFY_BOUNCE_MAX &&
	       (n = read(fd, chunk, sizeof(chunk))) > 0) {
		size_t room = NOTIFY_BOUNCE_MAX - b->len;
		buf_add(b, chunk, (size_t)n < room ? (size_t)n : room);
	}
	close(fd);
	return plain && n >= 0 ? 0 : FAIL_IO;
}

/* A report is done with when it is in the store; another mail waits for a person. */
static int one_file(struct store *store, const struct notify_conf *conf, int dir,
    const char *name, int *reports)
{
	char seen[NAME_MAX + 16];
	struct buf mail;

	buf_init(&mail, NOTIFY_BOUNCE_MAX);
	int kind = read_file(dir, name, &mail);
	if (kind == 0)
		kind = notify_bounce_mail(store, conf, buf_span(&mail));
	/* A reply may answer a call; its words are for a person all the same. */
	if (kind == NOTIFY_BOUNCE_NONE &&
	    notify_ladder_reply(store, buf_span(&mail)) < 0)
		kind = FAIL_IO;
	buf_fini(&mail);
	if (kind > 0) {
		++*reports;
		return unlinkat(dir, name, 0) < 0 ? FAIL_IO : 0;
	}
	if (kind < 0)
		return kind;
	snprintf(
	    seen, sizeof(seen), "../cur/%s%s", name, strchr(name, ':') ? "" : ":2,");
	return renameat(dir, name, dir, seen) < 0 ? FAIL_IO : 0;
}

int notify_bounce_maildir(struct store *store, const struct notify_conf *conf)
{
	char path[PATH_MAX];
	struct dirent *e;
	int reports = 0, looked = 0, err = 0;

	snprintf(path, sizeof(path), "%s/new", conf->bounce_maildir);
	DIR *d = opendir(path);
	if (!d) {
		log_warn("C304", "cannot look into the mailbox %s: %s", path,
		    strerror(errno));
		return FAIL_IO;
	}
	while (looked < NOTIFY_BOUNCE_FILES && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		looked++;
		int one = one_file(store, conf, dirfd(d), e->d_name, &reports);
		if (one < 0 && err == 0) {
			log_warn("C306", "cannot deal with %s/%s", path, e->d_name);
			err = one;
		}
	}
	closedir(d);
	return err < 0 ? err : reports;
}
