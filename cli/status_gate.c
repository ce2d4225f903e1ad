/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/status.h"

#include "gate/settings.h"
#include "lib/base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Records that the centre has not taken for so long say that the way there is cut. */
#define LATE_US (INT64_C(5) * 60 * 1000000)

enum scanner { SCANNER_NONE, SCANNER_UP, SCANNER_DOWN };

struct facts {
	bool inspects, sends, joined, has_centre;
	enum scanner scanner;
	long waiting;      /* files of the spool */
	int64_t oldest_us; /* of them, 0: none */
};

bool status_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0;

	if (fd >= 0)
		(void)close(fd);
	return locked;
}

/* A path that follows from state.dir unless it is set. */
static void path_of(const struct conf *c, const char *key, const char *name,
    const char *file, char path[PATH_MAX])
{
	const char *given = conf_text(c, key);

	if (given)
		snprintf(path, PATH_MAX, "%s/%s", given, file);
	else
		snprintf(
		    path, PATH_MAX, "%s/%s/%s", conf_text(c, "state.dir"), name, file);
}

static enum scanner look_for_scanner(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	if (!path)
		return SCANNER_NONE;
	if (strlen(path) >= sizeof(at.sun_path))
		return SCANNER_DOWN;
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
	if (fd >= 0)
		(void)close(fd);
	return up ? SCANNER_UP : SCANNER_DOWN;
}

static void look_at_spool(const char *path, struct facts *f)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)) != NULL) {
		const char *state = strrchr(e->d_name, '.');
		if (!state ||
		    (strcmp(state, ".closed") != 0 && strcmp(state, ".ready") != 0) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		int64_t at_us = (int64_t)st.st_mtim.tv_sec * 1000000;
		f->waiting++;
		if (f->oldest_us == 0 || at_us < f->oldest_us)
			f->oldest_us = at_us;
	}
	if (dir)
		closedir(dir);
}

static void look(const struct conf *c, struct facts *f)
{
	char path[PATH_MAX];

	path_of(c, "spool.dir", "spool", "writer.lock", path);
	f->inspects = status_locked(path);
	path_of(c, "spool.dir", "spool", "reader.lock", path);
	f->sends = status_locked(path);
	path_of(c, "spool.dir", "spool", "", path);
	look_at_spool(path, f);
	path_of(c, "centre.dir", "centre", "cert.pem", path);
	f->joined = access(path, F_OK) == 0;
	f->has_centre = conf_text(c, "centre.url") != NULL;
	f->scanner = look_for_scanner(conf_text(c, "clamd.socket"));
}

static bool tell(const struct facts *f, bool ja)
{
	bool late = f->oldest_us && clock_now_us() - f->oldest_us > LATE_US;

	const struct {
		bool bad, shown;
		const char *ja, *en;
	} lines[] = {
		{ !f->inspects, true,
		    f->inspects ? "見守り装置は動いています。"
				: "見守り装置が動いていません。",
		    f->inspects ? "The gate inspects traffic."
				: "The gate does not run." },
		{ f->scanner == SCANNER_DOWN, true,
		    f->scanner == SCANNER_UP ? "ウイルス検査は動いています。"
		    : f->scanner == SCANNER_DOWN
			? "ウイルス検査（clamd）が動いていません。"
			: "ウイルス検査は設定されていません。",
		    f->scanner == SCANNER_UP     ? "The virus scanner answers."
		    : f->scanner == SCANNER_DOWN ? "The virus scanner (clamd) is down."
						 : "No virus scanner is set." },
		{ !f->joined, f->has_centre,
		    f->joined ? "センターに参加しています。"
			      : "センターに参加していません（otasuke enrol）。",
		    f->joined ? "It belongs to a centre."
			      : "It has not joined the centre (otasuke enrol)." },
		{ !f->sends || late, f->has_centre && f->joined,
		    !f->sends ? "センターへの送信が動いていません。"
		    : late
			? "センターへ届いていない記録があります。つながりを確かめてください。"
			: "記録はセンターへ届いています。",
		    !f->sends ? "Nothing sends to the centre."
		    : late    ? "Records do not reach the centre; check the connection."
			      : "Records reach the centre." },
	};

	bool bad = false;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!lines[i].shown)
			continue;
		printf("%s%s\n",
		    !lines[i].bad ? ""
		    : ja          ? "！ "
				  : "! ",
		    ja ? lines[i].ja : lines[i].en);
		bad |= lines[i].bad;
	}
	return bad;
}

int status_gate(const char *file)
{
	struct conf *c = conf_new(settings_rows, settings_row_count);
	struct facts f = { 0 };
	struct buf why;
	bool bad = true;

	buf_init(&why, 64u << 10);
	if (!c || conf_load(c, file, &why) < 0) {
		fprintf(stderr, "otasuke status: %s", why.len ? buf_text(&why) : "\n");
	} else {
		look(c, &f);
		bad = tell(&f, cli_in_japanese());
	}
	buf_fini(&why);
	conf_free(c);
	return bad ? CLI_FAILED : CLI_DONE;
}
