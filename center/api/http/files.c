/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/http/http.h"

#include "lib/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* The portal is small and changes only with the software: it is read once, and a request can
 * ask for nothing but what was read.  There is no path to walk out of. */
#define PATH_ROOM 256u
#define DEPTH_MAX 8

struct file {
	char path[PATH_ROOM]; /* "/member/index.html" */
	const char *type;
	bool text, immutable;
	uint8_t *bytes, *packed; /* packed: gzip, NULL when it would not be smaller */
	size_t len, packed_len;
	char etag[API_ETAG_MAX], packed_etag[API_ETAG_MAX];
};

struct api_files {
	struct file *files; /* sorted by path */
	size_t n, room, bytes;
};

static const struct {
	const char *ending, *type;
	bool text;
} types[] = {
	{ ".html", "text/html; charset=utf-8", true },
	{ ".js", "text/javascript; charset=utf-8", true },
	{ ".css", "text/css; charset=utf-8", true },
	{ ".svg", "image/svg+xml", true },
	{ ".json", "application/json", true },
	{ ".webmanifest", "application/manifest+json", true },
	{ ".txt", "text/plain; charset=utf-8", true },
	{ ".png", "image/png", false },
	{ ".jpg", "image/jpeg", false },
	{ ".webp", "image/webp", false },
	{ ".ico", "image/vnd.microsoft.icon", false },
	{ ".woff2", "font/woff2", false },
	{ ".pdf", "application/pdf", false },
};

static bool ends(const char *text, const char *ending)
{
	size_t len = strlen(text), end = strlen(ending);

	return len > end && strcmp(text + len - end, ending) == 0;
}

/* ---- reading ---- */

static void tag(struct file *f)
{
	uint8_t digest[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof(digest) + 1];

	(void)crypto_generichash(digest, sizeof(digest), f->bytes, f->len, NULL, 0);
	(void)sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	(void)snprintf(f->etag, sizeof(f->etag), "\"%s\"", hex);
	(void)snprintf(f->packed_etag, sizeof(f->packed_etag), "\"%s-z\"", hex);
}

static void pack(struct file *f)
{
	z_stream z = { 0 };

	if (!f->text || f->len < 512 || f->len > UINT32_MAX ||
	    !(f->packed = malloc(f->len)))
		return;
	/* 15 + 16: the largest window, in gzip's wrapping. */
	bool fits = deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9,
			Z_DEFAULT_STRATEGY) == Z_OK;
	if (fits) {
		z.next_in = f->bytes;
		z.avail_in = (uInt)f->len;
		z.next_out = f->packed;
		z.avail_out = (uInt)f->len;
		fits = deflate(&z, Z_FINISH) == Z_STREAM_END;
		f->packed_len = z.total_out;
		(void)deflateEnd(&z);
	}
	if (!fits) {
		free(f->packed);
		f->packed = NULL;
	}
}

static int read_bytes(int fd, struct file *f, size_t most)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return FAIL_IO;
	if (st.st_size < 0 || (uint64_t)st.st_size > most)
		return FAIL_LIMIT;
	f->bytes = malloc((size_t)st.st_size + 1);
	if (!f->bytes)
		return FAIL_MEMORY;
	while (f->len < (size_t)st.st_size) {
		ssize_t n = read(fd, f->bytes + f->len, (size_t)st.st_size - f->len);
		if (n <= 0)
			return FAIL_IO;
		f->len += (size_t)n;
	}
	return 0;
}

static struct file *append(struct api_files *all)
{
	if (all->n >= API_HTTP_FILES_MAX)
		return NULL;
	if (all->n == all->room) {
		size_t room = all->room ? all->room * 2 : 64;
		struct file *more = realloc(all->files, room * sizeof(*more));
		if (!more)
			return NULL;
		all->files = more;
		all->room = room;
	}
	struct file *f = &all->files[all->n++];
	*f = (struct file){ 0 };
	return f;
}

static int take_file(struct api_files *all, int dir, const char *name, const char *path)
{
	size_t kind = 0, kinds = sizeof(types) / sizeof(types[0]);

	while (kind < kinds && !ends(name, types[kind].ending))
		kind++;
	if (kind == kinds)
		return 0; /* source maps and whatever else lies there */
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) /* a link may lead anywhere: it is no file of the portal */
		return errno == ELOOP ? 0 : FAIL_IO;
	struct file *f = append(all);
	if (!f) {
		(void)close(fd);
		return FAIL_LIMIT;
	}
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	f->type = types[kind].type;
	f->text = types[kind].text;
	/* The builder puts a hash of the contents into these names. */
	f->immutable = strstr(path, "/assets/") != NULL;
	int err = read_bytes(fd, f, API_HTTP_FILES_BYTES - all->bytes);
	(void)close(fd);
	if (err < 0)
		return err;
	all->bytes += f->len;
	tag(f);
	pack(f);
	return 0;
}

static int take_dir(struct api_files *all, int fd, const char *path, int depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	const struct dirent *e;
	int err = 0;

	if (!dir) {
		(void)close(fd);
		return FAIL_LIMIT;
	}
	/* One thread opens the portal, and nobody else has this DIR. */
	while (err == 0 && (e = readdir(dir)) != NULL) {
		char below[PATH_ROOM];
		if (e->d_name[0] == '.' || snprintf(below, sizeof(below), "%s/%s", path,
					       e->d_name) >= (int)sizeof(below))
			continue;
		int sub = openat(dirfd(dir), e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		err = sub >= 0 ? take_dir(all, sub, below, depth + 1)
			       : take_file(all, dirfd(dir), e->d_name, below);
	}
	(void)closedir(dir);
	return err;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

struct api_files *api_http_files_open(const char *dir)
{
	struct api_files *all = calloc(1, sizeof(*all));
	int fd = all ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0) {
		log_error("C307", "cannot read the portal in %s: %s", dir,
		    strerrordesc_np(errno));
		goto fail;
	}
	int err = take_dir(all, fd, "", 0);
	if (err < 0) {
		log_error("C307", "cannot read the portal in %s: %s", dir,
		    err == FAIL_LIMIT ? "it is too large" : "a file is unreadable");
		goto fail;
	}
	if (all->n > 0)
		qsort(all->files, all->n, sizeof(*all->files), by_path);
	return all;
fail:
	api_http_files_close(all);
	return NULL;
}

void api_http_files_close(struct api_files *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++) {
		free(all->files[i].bytes);
		free(all->files[i].packed);
	}
	free(all->files);
	free(all);
}

/* ---- answering ---- */

static int path_against(const void *path, const void *file)
{
	return strcmp(path, ((const struct file *)file)->path);
}

static const struct file *find(const struct api_files *all, const char *path)
{
	return all->n == 0 ? NULL
			   : bsearch(path, all->files, all->n, sizeof(*all->files),
				 path_against);
}

/* "/" and "/member/" mean their index.html; so do addresses below that are no file, which
 * the page itself understands ("/member/incidents/5"). */
static const struct file *find_page(const struct api_files *all, const char *path)
{
	char page[PATH_ROOM];
	const char *slash = strchr(path + 1, '/'), *last = strrchr(path, '/');

	if (path[1] == '\0')
		return find(all, "/index.html");
	if (!slash || strchr(last, '.') ||
	    snprintf(page, sizeof(page), "%.*s/index.html", (int)(slash - path),
		path) >= (int)sizeof(page))
		return NULL;
	return find(all, page);
}

/* "/member" lacks its slash. */
static bool moved(const struct api_files *all, const char *path, struct api_reply *a)
{
	char page[PATH_ROOM];

	if (strchr(path + 1, '/') || strlen(path) > 64 ||
	    snprintf(page, sizeof(page), "%s/index.html", path) >= (int)sizeof(page) ||
	    !find(all, page))
		return false;
	a->status = 308;
	(void)snprintf(a->location, sizeof(a->location), "%.64s/", path);
	return true;
}

static bool takes_gzip(const char *encoding)
{
	const char *at = encoding ? strstr(encoding, "gzip") : NULL;

	return at && strncmp(at + 4, ";q=0", 4) != 0;
}

static void answer(
    const struct file *f, const struct api_request *q, struct api_reply *a)
{
	bool packed = f->packed && takes_gzip(q->encoding);
	const char *etag = packed ? f->packed_etag : f->etag;

	a->immutable = f->immutable;
	a->revalidate = !f->immutable;
	(void)snprintf(a->etag, sizeof(a->etag), "%s", etag);
	if (q->etag && strstr(q->etag, etag)) {
		a->status = 304;
		return;
	}
	a->status = 200;
	a->type = f->type;
	a->gzip = packed;
	a->bytes = packed ? f->packed : f->bytes;
	a->len = packed ? f->packed_len : f->len;
}

void api_http_files_answer(
    const struct api_files *all, const struct api_request *q, struct api_reply *a)
{
	static const char none[] = "見つかりませんでした。\nThere is no such page.\n";
	const struct file *f;

	if (q->method != API_GET) {
		a->allow = 1u << API_GET;
		api_fail(a, API_NO_METHOD, NULL);
		return;
	}
	f = find(all, q->path);
	if (!f)
		f = find_page(all, q->path);
	if (f) {
		answer(f, q, a);
	} else if (!moved(all, q->path, a)) {
		a->status = 404;
		a->type = "text/plain; charset=utf-8";
		a->bytes = (const uint8_t *)none;
		a->len = sizeof(none) - 1;
	}
}
