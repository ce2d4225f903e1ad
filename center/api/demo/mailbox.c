/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/demo/demo.h"

#include "center/api/handlers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE_MAX (4u << 20)

/* A file of the Maildir. */
struct entry {
	char name[256];
	const char *folder; /* "new", "cur" */
	int64_t at_us;
};

struct box {
	int fd;
	struct entry *entries; /* newest first */
	size_t n;
};

static void keep(struct box *b, const struct entry *e)
{
	size_t at = b->n;

	if (b->n == API_DEMO_MAILS && e->at_us <= b->entries[b->n - 1].at_us)
		return;
	if (b->n < API_DEMO_MAILS)
		b->n++;
	else
		at--;
	for (; at > 0 && b->entries[at - 1].at_us < e->at_us; at--)
		b->entries[at] = b->entries[at - 1];
	b->entries[at] = *e;
}

static void look(struct box *b, const char *folder)
{
	int fd = openat(b->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *file;

	if (!dir && fd >= 0)
		(void)close(fd);
	/* The DIR is this call's own. */
	while (dir && (file = readdir(dir)) != NULL) {
		struct entry e = { .folder = folder };
		struct stat st;
		if (file->d_name[0] == '.' ||
		    fstatat(fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		(void)snprintf(e.name, sizeof(e.name), "%s", file->d_name);
		e.at_us =
		    (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
		keep(b, &e);
	}
	if (dir)
		(void)closedir(dir);
}

/* False: there is no mailbox. */
static bool open_box(struct box *b, const struct api *api)
{
	*b = (struct box){ .fd = -1 };
	if (!api->demo_maildir)
		return false;
	b->entries = calloc(API_DEMO_MAILS, sizeof(*b->entries));
	b->fd = open(api->demo_maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!b->entries || b->fd < 0) {
		free(b->entries);
		if (b->fd >= 0)
			(void)close(b->fd);
		return false;
	}
	look(b, "new");
	look(b, "cur");
	return true;
}

static void close_box(struct box *b)
{
	(void)close(b->fd);
	free(b->entries);
}

static void read_mail(
    const struct box *b, const struct entry *e, struct api_demo_mail *m)
{
	uint8_t part[4096];
	struct buf raw;
	ssize_t n = 0;
	int dir =
	    openat(b->fd, e->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd = dir < 0 ? -1 : openat(dir, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	buf_init(&raw, API_DEMO_MAIL_MAX);
	while (fd >= 0 && !raw.overflowed && (n = read(fd, part, sizeof(part))) > 0)
		buf_add(&raw, part, (size_t)n);
	if (fd >= 0)
		(void)close(fd);
	if (dir >= 0)
		(void)close(dir);
	/* Of a longer one, its beginning. */
	api_demo_mail_read(m, buf_span(&raw));
	buf_fini(&raw);
}

/* ---- as a page ---- */

static void add_escaped(struct buf *page, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			buf_add_text(page, "&amp;");
			break;
		case '<':
			buf_add_text(page, "&lt;");
			break;
		case '>':
			buf_add_text(page, "&gt;");
			break;
		case '"':
			buf_add_text(page, "&quot;");
			break;
		default:
			buf_add_byte(page, (uint8_t)*text);
		}
}

static void add_link(struct buf *page, const char *name)
{
	for (; *name; name++)
		if (strchr(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			"-_.~,",
			*name))
			buf_add_byte(page, (uint8_t)*name);
		else
			buf_addf(page, "%%%02X", (unsigned char)*name);
}

static void add_time(struct buf *page, int64_t us)
{
	time_t at = (time_t)(us / 1000000);
	struct tm day;
	char text[40];

	(void)localtime_r(&at, &day);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &day);
	buf_add_text(page, text);
}

static void begin_page(struct buf *page, const char *title)
{
	buf_add_text(page,
	    "<!doctype html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\"><title>");
	add_escaped(page, title);
	buf_add_text(page, "（見本）</title></head><body>\n<h1>");
	add_escaped(page, title);
	buf_add_text(page,
	    "（見本）</h1>\n<p>架空の会社に届いたメールです。"
	    "<span lang=\"en\">Mails to made-up companies (sample).</span></p>\n");
}

static void send_page(struct buf *page, struct api_reply *a)
{
	buf_add_text(page, "</body></html>\n");
	if (page->overflowed) {
		buf_fini(page);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	a->status = 200;
	a->type = "text/html; charset=utf-8";
	a->owned = page->at; /* freed with free(), as buf_fini() would */
	a->len = page->len;
}

static void row(struct buf *page, const struct entry *e, const struct api_demo_mail *m)
{
	struct api_demo_mail mail = *m;

	buf_add_text(page, "<li>");
	add_time(page, e->at_us);
	buf_add_text(page, " <a href=\"/demo/mail/");
	add_link(page, e->name);
	buf_add_text(page, "\">");
	add_escaped(page, mail.subject.len ? buf_text(&mail.subject) : "-");
	buf_add_text(page, "</a> → ");
	add_escaped(page, buf_text(&mail.to));
	buf_add_text(page, "</li>\n");
}

/* ---- as JSON ---- */

static bool wants_json(const struct api_request *q)
{
	return q->accept && strstr(q->accept, "application/json") &&
	       !strstr(q->accept, "text/html");
}

static json_t *shown(const struct entry *e, struct api_demo_mail *m, bool text)
{
	json_t *o = json_pack("{s:s, s:I, s:s, s:s, s:s}", "id", e->name, "at_us",
	    (json_int_t)e->at_us, "from", buf_text(&m->from), "to", buf_text(&m->to),
	    "subject", buf_text(&m->subject));

	if (o && text)
		(void)json_object_set_new(o, "text", json_string(buf_text(&m->text)));
	return o;
}

void api_demo_list(struct api_request *q, struct api_reply *a)
{
	struct box b;
	struct buf page;
	json_t *items = json_array();

	if (!open_box(&b, q->api)) {
		json_decref(items);
		api_fail(a, API_MISSING, NULL);
		return;
	}
	buf_init(&page, PAGE_MAX);
	begin_page(&page, "メール箱");
	buf_add_text(&page, b.n ? "<ul>\n" : "<p>まだ届いていません。</p>\n<ul>");
	for (size_t i = 0; i < b.n; i++) {
		struct api_demo_mail m;
		read_mail(&b, &b.entries[i], &m);
		row(&page, &b.entries[i], &m);
		(void)json_array_append_new(items, shown(&b.entries[i], &m, false));
		api_demo_mail_fini(&m);
	}
	buf_add_text(&page, "</ul>\n");
	close_box(&b);
	if (wants_json(q)) {
		buf_fini(&page);
		api_json(a, 200, json_pack("{s:o*}", "items", items));
		return;
	}
	json_decref(items);
	send_page(&page, a);
}

static void mail_page(
    struct api_demo_mail *m, const struct entry *e, struct api_reply *a)
{
	struct buf page;

	buf_init(&page, PAGE_MAX);
	begin_page(&page, m->subject.len ? buf_text(&m->subject) : "-");
	buf_add_text(&page, "<p>");
	add_time(&page, e->at_us);
	buf_add_text(&page, "<br>");
	add_escaped(&page, buf_text(&m->from));
	buf_add_text(&page, " → ");
	add_escaped(&page, buf_text(&m->to));
	buf_add_text(&page, "</p>\n<pre>");
	add_escaped(&page, buf_text(&m->text));
	buf_add_text(&page, "</pre>\n<p><a href=\"/demo/mail\">一覧へ</a></p>\n");
	send_page(&page, a);
}

void api_demo_mail(struct api_request *q, struct api_reply *a)
{
	struct box b;
	const struct entry *e = NULL;
	struct api_demo_mail m;

	if (!open_box(&b, q->api)) {
		api_fail(a, API_MISSING, NULL);
		return;
	}
	/* Only what the list shows can be asked for. */
	for (size_t i = 0; i < b.n && !e; i++)
		if (strcmp(b.entries[i].name, q->name) == 0)
			e = &b.entries[i];
	if (!e) {
		api_fail(a, API_MISSING, NULL);
	} else {
		read_mail(&b, e, &m);
		if (wants_json(q))
			api_json(a, 200, shown(e, &m, true));
		else
			mail_page(&m, e, a);
		api_demo_mail_fini(&m);
	}
	close_box(&b);
}
